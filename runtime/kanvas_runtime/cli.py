"""The commands for whoever operates an app. Each family of them is a module with an `add`.

Exit codes: 0 clean, 1 found problems, 2 wrong use or unreadable file, 3 our own bug.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import TypeAlias

from kanvas_runtime.approvals import commands as approvals
from kanvas_runtime.auth import commands as keys
from kanvas_runtime.ledger import commands as ledger
from kanvas_runtime.testing import commands as testing
from kanvas_runtime.usage import Unusable
from kanvas_runtime.version import VERSION

Families: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_FAMILIES: tuple[Callable[[Families], None], ...] = (
    ledger.add,
    keys.add,
    approvals.add,
    testing.add,
)


CALLED_AS = "--called-as"
"""Before all else: how messages are to call this program, for who hands commands on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    given, name = list(sys.argv[1:] if arguments is None else arguments), "python -m kanvas_runtime"
    if given[:1] == [CALLED_AS]:
        _, name, *given = given
    try:
        options = _parser(name).parse_args(given)
        code: int = options.command(options)
        sys.stdout.flush()
        return code
    except Unusable as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as shells count
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        return _own_bug(error)


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description="Operate a built kanvas app.")
    parser.add_argument("--version", action="version", version=f"kanvas_runtime {VERSION}")
    families = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in _FAMILIES:
        add(families)
    return parser


def _own_bug(error: Exception) -> int:
    with tempfile.NamedTemporaryFile(
        "w", prefix="kanvas-", suffix=".txt", delete=False, encoding="utf-8"
    ) as report:
        report.write(f"kanvas_runtime {VERSION}, Python {sys.version}\n{sys.argv}\n")
        traceback.print_exception(error, file=report)
    print(
        f"error: this is a bug in kanvas_runtime ({type(error).__name__}); "
        f"please report it with what is in {report.name}",
        file=sys.stderr,
    )
    return 3
