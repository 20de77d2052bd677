"""Packages of Node for tests: installed once for each lock file, in the build folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

INSTALL_TIMEOUT = 600


def installed(
    source: Path, builds: Path, name: str, *, copy: Callable[[Path], None] | None = None
) -> Path:
    """A copy of the folder `source` with its packages, below `builds`; `copy` makes it.

    Skips the test where that cannot be, but fails it when the environment says CI=true.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        unable("node and npm are not installed")
    copy = copy or (lambda folder: _copy(source, folder))
    lock = (source / "package-lock.json").read_bytes()
    folder = builds / hashlib.sha256(lock).hexdigest()[:16] / name
    done = folder / ".installed"
    folder.mkdir(parents=True, exist_ok=True)
    # Several processes may run tests that need the same packages.
    with (folder / ".lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not done.is_file():
            copy(folder)
            ran = npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
            if ran.returncode != 0:
                unable(f"npm cannot install what {name} needs: {ran.stderr[-500:]}")
            done.touch()
        copy(folder)
    return folder


def npm(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command, in a folder."""
    return subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT,
        check=False,
    )


def registries(source: Path) -> list[str]:
    """Packages of a lock file that say from where they came, or not what they have to be."""
    packages = json.loads((source / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return [
        name
        for name, entry in packages.items()
        if "resolved" in entry or (name and "integrity" not in entry)
    ]


def unable(reason: str) -> None:
    """Skips, or fails in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _copy(source: Path, folder: Path) -> None:
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=ignored)
