"""`kanvasc dev`: serves a program while it is written, a new version after each save."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from kanvasc.cli.checking import print_text
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.output import Output, OutputProblem
from kanvasc.cli.reading import read
from kanvasc.cli.run import cache_folder, environment
from kanvasc.diagnostics.run import ERRORS, Run
from kanvasc.pipeline import Compilation
from kanvasc.testing.watch import CannotWatch, rounds

_FAREWELL = 5.0
"""Seconds that the app gets to end."""


def dev(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 9000,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Answer every outside step as the program assumes.")
    ] = False,
) -> int:
    """Serve a program and reload it with every save; its pages show what is wrong."""
    read(program)  # a file that is not there is no reason to wait for it
    folder = cache_folder(Path(program), "dev")
    command = [sys.executable, "-m", "kanvas_runtime.dev", str(folder)]
    command += ["--host", host, "--port", str(port), *(["--simulate"] if simulate else [])]
    app = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment(program))
    used: list[str] = []
    try:
        for since in rounds([program], lambda: used, lambda: app.poll() is None):
            compilation = _compiled(program)
            if compilation is not None:
                used[:] = [unit.source.path for unit in compilation.units]
                _tell(app, _next(compilation, folder, since))
        return app.wait()
    except BrokenPipeError:
        return app.wait()
    except CannotWatch as wrong:
        raise UsageError(str(wrong)) from None
    except KeyboardInterrupt:
        return Exit.CLEAN
    finally:
        _end(app)


def _compiled(program: str) -> Compilation | None:
    """None while the file is away: editors replace files rather than write into them."""
    try:
        compilation = Compilation(read(program))
    except UsageError as wrong:
        sys.stderr.write(f"kanvasc: {wrong}\n")
        return None
    if any(found for _, found in compilation.findings):
        print_text(compilation.findings, to_stdout=False)
    return compilation


def _next(compilation: Compilation, folder: Path, since: float) -> dict[str, Any]:
    """What the app is told: to serve what was written into `folder`, or why there is nothing."""
    if not compilation.ok:
        return {"do": "problems", "text": _plain(compilation)}
    try:
        Output(folder, compilation.files, compilation.plan.program).write(force=True)
    except OutputProblem as problem:
        return {"do": "problems", "text": str(problem)}
    return {"do": "serve", "since": since}


def _plain(compilation: Compilation) -> str:
    """The errors as the terminal shows them, without colour."""
    from kanvasc.diagnostics import text
    from kanvasc.diagnostics.text import Style

    found = [
        (source, tuple(one for one in diagnostics if one.severity in ERRORS))
        for source, diagnostics in compilation.findings
    ]
    return text.document(Run(tuple(found), Path.cwd()), Style(colour=False, width=80))


def _tell(app: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    assert app.stdin is not None
    app.stdin.write(json.dumps(message).encode() + b"\n")
    app.stdin.flush()


def _end(app: subprocess.Popen[bytes]) -> None:
    """It ends when there is nobody left to tell it anything."""
    assert app.stdin is not None
    with contextlib.suppress(OSError):
        app.stdin.close()
    try:
        app.wait(_FAREWELL)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        app.kill()
        app.wait()
