"""Articles with layers, the registry and the targets: how they are read, checked and kept.

===============  ========================================================================
``corpus``       a corpus: articles, registry, targets; seeds and predictions read; folds
``articles``     the articles of a clone, each read when it is asked for
``gold``         the gold that ``data/`` holds
``layers``       layers from a file, whatever wrote it; saving them
``predictions``  documents with the layers that their system attempts
``lines``        predictions line by line, each checked as it is read
``checking``     what a check says of documents besides whether they are valid
``files``        the one reader and the one writer of JSON and JSON Lines
``stdin``        standard input, to be read as often as a file
``arrays``       long JSON arrays item by item
``streams``      files and folders of documents line by line
``schema``       the JSON Schema of a predictions file
``plain``        values as Python code makes them become plain ones
``validation``   the one validator: what every document must fulfil
``annotated``    what annotations must fulfil beyond a system's output
``borders``      which spans cross the border of a zone
``registry``     entities, and which actor a name means
``naming``       the forms in which systems give names
``resolution``   which actors the speakers and holders of a file mean
``names``        names as they are compared: trimmed, without case and diacritics
``renaming``     the articles with other names, and with two persons exchanged
``linking``      names that are written alike are one entity: for systems, not for scores
``votes``        what readers voted on single items, and what is contested
``seeds``        a new article into ``seeds/``
``duplicates``   which articles may be nearly a text, by an index
``layout``       zones proposed from an article's lines
``zones``        promotional zones, and how much of a span lies in them
``tokens``       the tokens and passages of the config ``entities``
``flat``         overlapping mentions made flat
``show``         an article with its layers as text
``canary``       the string that marks every record
``exports``      Label Studio's exports, the other form in which layers are kept
===============  ========================================================================

Not here: anything that predicts, scores or talks to a server.
"""
