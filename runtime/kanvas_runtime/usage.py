"""What the commands of all families share."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

DATA_DIRECTORY = ".kanvas"


class Unusable(Exception):
    """What the command was given cannot be used. The message says why; exit code 2."""


def add_data_directory(parser: argparse.ArgumentParser) -> None:
    """The option that every command on a running app's files has."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="D",
        help=f"the app's data directory (default: KANVAS_DATA_DIR, else {DATA_DIRECTORY})",
    )


def data_directory(options: argparse.Namespace) -> Path:
    """The directory that the command is about; told on stderr."""
    chosen = options.data_dir or Path(os.environ.get("KANVAS_DATA_DIR") or DATA_DIRECTORY)
    directory = Path(chosen).absolute()
    print(f"data directory: {directory}", file=sys.stderr)
    return directory


def login() -> str:
    """The login name, for the record; who may open the admin socket is the system's business."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
