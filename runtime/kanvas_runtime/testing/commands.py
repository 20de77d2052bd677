"""`python -m kanvas_runtime test`: the tests beside built machines, for tools that show results."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kanvas_runtime.cli import Families


def add(families: Families) -> None:
    """Add the command."""
    parser = families.add_parser(
        "test",
        help="run the tests of built programs, offline",
        description="Run the tests.json of each folder against its machines, offline. Each result"
        " is one line of JSON: folder and test are counted from 0.",
    )
    parser.add_argument("folder", nargs="+", type=Path, metavar="FOLDER", help="a built folder")
    parser.set_defaults(command=_test)


def _test(options: argparse.Namespace) -> int:
    return asyncio.run(_all(options.folder))


async def _all(folders: list[Path]) -> int:
    """Exit code 0 when every test passed, else 1."""
    # The command line knows all families; what only this one needs is loaded when it is used.
    from kanvas_runtime.testing import built, offline, perform, suite

    offline.go_offline()  # only now: on some systems the event loop itself begins with a socket
    failed = False
    for number, folder in enumerate(folders):
        machines, tests = built.Built(folder), suite.read(folder).tests
        for index, case in enumerate(tests):
            verdict = await perform.judge(machines.machine(case.module), case)
            failed = failed or not verdict.passed
            line = {"folder": number, "test": index} | verdict.as_json()
            sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
            sys.stdout.flush()
    return 1 if failed else 0
