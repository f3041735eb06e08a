"""The dataset: the gold becomes ``data/``, its card, its page and its releases.

Here: what ``onrecord dataset`` makes. Not here: reading the gold (:mod:`onrecord.corpus.gold`).
"""
