"""The report: results and the dataset as a folder of pages that opens by a double click.

No server, no request to anywhere: tables and texts are in the pages, written by Jinja2, which escapes
all that comes from articles, predictions and names; a strict Content-Security-Policy lets nothing run
but the one script beside them. ``build`` puts the pages together; ``event`` is what five newsrooms
made of one event, ``board`` the rows side by side, ``system`` one row with its errors, ``reading`` an
article with layers on its text, ``probed`` the probes. Not here: scores, errors and tables themselves
(:mod:`onrecord.scoring`, :mod:`onrecord.leaderboard`).
"""
