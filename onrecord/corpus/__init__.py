"""Articles with layers, the registry and the targets: how they are read, checked and kept.

Here: the one reader and the one writer, the one validator, names, seeds, the gold, and exports of
Label Studio (``exports``), which are the other form in which layers are kept. Not here: anything
that predicts, scores or talks to a server.
"""
