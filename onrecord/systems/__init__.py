"""Systems: a user's Python file becomes predictions.

Here: loading a system, running it on articles, in one process or several or on a cluster, layers that
it gets, going on after a run was killed. Not here: scores, and the systems themselves, which are in
``baselines/``.
"""
