"""Scoring: gold and predictions become tables of counts; all else is arithmetic on these.

Here: the five layers' scores, intervals, tests, comparisons, agreement, breakdowns, the list of
errors (``errors``), and the tables that people read. Not here: running systems, or files of results.
"""
