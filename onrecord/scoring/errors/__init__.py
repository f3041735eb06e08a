"""Error analysis: what predictions got wrong, item by item, each of exactly one kind.

Here: the cases of each layer and their report. What one system may have wrong is said in
:mod:`onrecord.scoring.errors.analysis`. Not here: exceptions, which are in :mod:`onrecord.exceptions`.
"""
