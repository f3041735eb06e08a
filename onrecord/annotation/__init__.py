"""Annotation: independent passes become gold.

Here: drafts, disagreements, their adjudication, new entities, and Label Studio (``labelstudio``).
Not here: reading exports (:mod:`onrecord.corpus.exports`), and how far two passes agree, which is a
score (:mod:`onrecord.scoring.agreement`).
"""
