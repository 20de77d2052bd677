"""`kanvasc test` without its command line.

- `cases`: from typed tests to data that the runtime reads
- `selection`: which tests `-k` means
- `runner`: builds programs, starts the runtime, reads what it says
- `results`, `report`, `junit`: what became of the tests, for people and for machines
- `watch`: when to run them again
"""
