"""Label Studio: its server, accounts and projects.

``server`` runs a Label Studio that has an environment of its own, with SQLite or the PostgreSQL of
``database``; ``client`` needs the extra ``annotate``; ``accounts`` are its annotators' logins;
``adjudication`` shows two passes and reads what was decided; ``workflow`` is what ``onrecord
annotate`` does. Not here: what an export means (:mod:`onrecord.corpus.exports`).
"""
