"""Label Studio: documents as its annotations and back, its exports, its server.

``bridge`` and ``exports`` are pure and need nothing installed; ``client`` needs the extra
``annotate``; ``server`` runs a Label Studio that has an environment of its own, with SQLite or the
PostgreSQL of ``database``; ``accounts`` are its annotators' logins. ``adjudication`` shows two passes
and reads what was decided. ``workflow`` is what ``onrecord annotate`` does.
"""
