"""Tests of a program, run against its built machines: in this process, without any network.

- `match`: where an answer departs from what was expected
- `suite`: the file of tests that the compiler writes beside the machines
- `built`: the machines of a folder
- `rehearsal`: the gate that answers what is assumed
- `perform`: one test, from its input to a verdict
- `offline`: the process's last word against sockets
- `commands`: `python -m kanvas_runtime test`
"""
