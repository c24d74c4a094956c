"""``python -m sstibet``: the command, where its script isn't on the path."""

from sstibet.cli import main

main()
