"""`python -m hosting` is `austausch`."""

from hosting.cli import main

main(prog_name="austausch")
