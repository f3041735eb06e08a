"""Scoring: gold and predictions become tables of counts; all else is arithmetic on these.

=================  =======================================================================
``streaming``      the same of many documents, in shards and in little memory
``shards``         what is done with a shard, wherever that is
``scores``         the headline scores of a prediction: gold and prediction in, scores out
``entities``       the five layers, a module each: what is right in them
``linking``
``quotes``
``utterances``
``stances``
``material``       gold and prediction side by side, and what names mean in each
``alignment``      quotes put side by side: overlap of contents and the best pairing
``zones``          items in promotional text
``left_out``       promotional stances and contested items
``tables``         counts of each document, of which all else is arithmetic
``clusters``       the same of two clusterings
``columns``        their cells as columns of numbers
``gathering``      the same in the making
``packing``        columns of millions of rows, compressed
``counting``       all tables made at once, document by document
``lea``            LEA with each document left out in turn
``units``          the same by passage and by cell of document and target
``intervals``      how sure one score is
``statistics``     how sure the difference of two is: tests, power, ranks
``comparison``     which of several systems is better, layer by layer
``further``        other measures of the five layers
``breakdown``      scores of parts: outlet, type, form, nesting, zone
``agreement``      how far two passes agree
``ceiling``        what an expert would score in stances
``seqeval_check``  the entity score by seqeval
``errors``         what predictions got wrong, item by item
``report``         the tables that people read
=================  =======================================================================

Not here: running systems, or files of results.
"""
