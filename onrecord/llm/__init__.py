"""Language models: the questions that they are asked, and the tasks that Inspect AI runs.

A model is asked for one layer of one article, or of some short passages, and answers in words of
the text. ``prompts`` and ``batches`` make the questions, ``acts`` the one about utterances across
articles; ``raw`` keeps what came and makes documents of it. What knows Inspect AI is in ``tasks``,
which it finds by its entry point, ``asking`` and ``scorer``, which these are made of, and ``logs``:
nothing else imports it. Not here: where the words
of an answer stand (:mod:`onrecord.convert.answers`).
"""
