"""`kanvasc run`: builds into a cache and hands over to the app."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.output import Output, OutputProblem


def run(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    host: Annotated[str, typer.Option(help="The address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.")] = 9000,
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Answer every outside step as the program assumes.")
    ] = False,
) -> int:
    """Check a program and serve it here."""
    return serve(program, "run", ["--host", host, "--port", str(port)], simulate)


def serve(program: str, command: str, options: list[str], simulate: bool) -> int:
    """Checks a program, builds it into the cache of a command, and runs its app until it ends."""
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    folder = cache_folder(Path(program), command)
    try:
        Output(folder, compilation.files, compilation.plan.program).write(force=True)
    except OutputProblem as problem:
        raise UsageError(str(problem)) from None
    app = [sys.executable, "app.py", *options, *(["--simulate"] if simulate else [])]
    return _become(app, folder, environment(program))


def environment(program: str) -> dict[str, str]:
    """That of the app, which starts in another folder: what is relative here must not become
    relative there."""
    data = os.environ.get("KANVAS_DATA_DIR") or Path(program).parent / ".kanvas"
    found = {**os.environ, "KANVAS_DATA_DIR": str(Path(data).resolve())}
    if found.get("KANVAS_SECRETS_FILE"):
        found["KANVAS_SECRETS_FILE"] = str(Path(found["KANVAS_SECRETS_FILE"]).resolve())
    return found


def _become(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Runs the app until it ends. It takes this process's place where the system has that, so
    that signals, the terminal and the exit code are its own."""
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.chdir(folder)
        os.execve(command[0], command, environment)
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def cache_folder(program: Path, command: str) -> Path:
    """Where a command keeps the build of a program, one folder for each program's path."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    mark = hashlib.sha256(str(program.resolve()).encode()).hexdigest()[:16]
    return Path(base) / "kanvasc" / command / f"{program.stem}-{mark}"
