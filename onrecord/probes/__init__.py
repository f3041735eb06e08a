"""Probes: sets of short passages of our own that differ by one edit, and what systems make of them.

Here: their sources (one TOML file a phenomenon) and the names that dress them, rendering, checking,
the outcome of a system on them and its tables. Not here: the articles and their scores
(:mod:`onrecord.scoring`), and the drafts whose form the sources share
(:mod:`onrecord.annotation.drafts`).
"""
