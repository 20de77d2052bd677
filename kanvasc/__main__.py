"""`python -m kanvasc`."""

from kanvasc.cli import main

main()
