"""`kanvasc`: how it starts, and what happens when a command fails.

A check of a short program is mostly start-up. So what is called all day, `check` of some files,
goes to its work at once; everything else goes by way of `commands`, which knows the options.
"""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper

from kanvasc.cli.exits import Exit, UsageError

_SHORT = frozenset({"build", "check", "fmt"})
"""Commands that end soon: what they leave is not worth looking through while they run."""


def main() -> None:
    """Runs the command line and exits with one of `Exit`."""
    sys.exit(_main())


def _main() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # File names may hold what no encoding has; that is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        result = _run(sys.argv[1:])
        sys.stdout.flush()
        return result
    except UsageError as wrong:
        sys.stderr.write(f"kanvasc: {wrong}\n")
        return Exit.USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; a second failure at exit would only be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.CLEAN
    except Exception:
        return _report_bug()


def _run(arguments: list[str]) -> int:
    if not _SHORT.intersection(arguments[:1]) or "--watch" in arguments:
        return _by_options(arguments)
    gc.disable()
    try:
        files = _plain_check(arguments)
        if files is None:
            return _by_options(arguments)
        from kanvasc.cli.checking import Check

        return Check(files).print()
    finally:
        # Python looks through everything once more when it ends.
        gc.freeze()
        gc.enable()


def _by_options(arguments: list[str]) -> int:
    from kanvasc.cli.commands import run

    return run(arguments)


def _plain_check(arguments: list[str]) -> list[str] | None:
    """The files of a `check` that has no option; None for any other command line."""
    command, *files = arguments
    if command != "check" or any(file.startswith("-") and file != "-" for file in files):
        return None
    return files or ["."]


def _report_bug() -> int:
    import tempfile
    import traceback

    from kanvasc.version import VERSION

    detail = traceback.format_exc()
    with tempfile.NamedTemporaryFile(
        "w", prefix="kanvasc-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"kanvasc {VERSION}, Python {sys.version}\n{sys.argv!r}\n\n{detail}")
    sys.stderr.write(
        "kanvasc: this is a bug in kanvasc, not in your program. Please report it with the "
        f"detail in {file.name}\n"
    )
    return Exit.BUG
