"""The command line: one module a verb, its options, help and work together; ``main`` joins them.

Here: what reads arguments and prints. Not here: any work that a user of the library could want.
"""
