"""Serving a program while it is written: `python -m kanvas_runtime.dev`, for `kanvasc dev`.

`host.py` has what takes long to load, and the listening socket. Every version of the program is
a fork of it (`child.py`), so that a new one answers within milliseconds, and connections that
come in between wait in the socket's queue. The one who writes says on standard input, a JSON
object a line, what is to be served (`messages.py`).
"""
