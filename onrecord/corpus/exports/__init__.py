"""Label Studio's exports: documents as its annotations, and back.

Here: the scheme of labels, the JSON of results, reading and writing of exports, all of it pure. Not
here: the server, its client and its projects, which are in :mod:`onrecord.annotation.labelstudio`.
"""
