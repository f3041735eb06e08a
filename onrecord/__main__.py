"""``python -m onrecord``: the command line."""

import sys

from onrecord.cli.main import program

if __name__ == "__main__":  # a process that a system starts imports this file too
    sys.exit(program())
