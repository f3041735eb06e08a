"""Label Studio: its server, accounts and projects.

================  ==================================================================================
``workflow``      what ``onrecord annotate`` does, step by step
``pushing``       giving a project the clone's articles
``pulling``       bringing its annotations back as an export
``projects``      a project's card, list and instruction
``screen``        the label config, instruction and guidelines of a clone
``server``        starts, finds and stops a Label Studio that has an environment of its own
``process``       a process by its id and when it began
``database``      SQLite, or PostgreSQL by its URL
``private``       files that only their owner reads
``accounts``      annotators' logins
``connection``    a connection to a server, and what it refuses in words
``client``        projects, tasks and annotations over HTTP (extra ``annotate``)
``doubles``       what an interrupted push can leave twice, and taking the second away
``pulled``        what a pull found, valid or faulty
``offering``      utterances of other articles, offered in the tasks of a project
``refreshing``    what tasks show of their articles and offer of the registry, brought up to date
``usage``         what annotations use of a label config, and what another config would take away
``adjudication``  two passes shown side by side, and what was decided read back
================  ==================================================================================

Not here: what an export means (:mod:`onrecord.corpus.exports`).
"""
