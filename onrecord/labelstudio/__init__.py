"""Label Studio: documents as its annotations and back, its exports, its server.

``bridge`` and ``exports`` are pure and need nothing installed; ``client`` needs the extra
``annotate``; ``server`` runs a Label Studio that has an environment of its own. ``workflow`` is what
``onrecord annotate`` does.
"""
