"""`python -m kanvas_runtime.dev`: for `kanvasc dev`, which says on standard input what to serve."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kanvas_runtime import pages  # noqa: F401  loaded before the first fork, for all of them
from kanvas_runtime.dev.child import Options
from kanvas_runtime.dev.host import EXIT_USAGE, Host
from kanvas_runtime.server import listen


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m kanvas_runtime.dev", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the built app stands")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--simulate", action="store_true")
    options = parser.parse_args()
    if not hasattr(os, "fork"):
        print("this needs a system that can fork: use `kanvasc run` here", file=sys.stderr)
        return EXIT_USAGE
    listener = listen(options.host, options.port)
    port = listener.getsockname()[1]
    with listener:
        return Host(listener, options.folder, Options(options.host, port, options.simulate)).run()


if __name__ == "__main__":
    sys.exit(main())
