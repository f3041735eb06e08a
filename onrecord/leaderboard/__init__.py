"""The leaderboard: scores become rows that are kept, and the board that shows them.

Here: results and their provenance, the board and its page. Not here: scores and how sure they are.
"""
