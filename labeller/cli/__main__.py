"""`python -m labeller.cli`: the command line where the script `labeller` is not on the path."""

from labeller.cli import main

main()
