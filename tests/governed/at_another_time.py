"""Runs `app.py` with a clock that a file moves: `python at_another_time.py FILE ARGUMENTS…`.

The file says by how many seconds; it is read for each moment that the app asks for.
"""

from __future__ import annotations

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kanvas_runtime.ledger import Ledger

FILE = Path(sys.argv[1])
_time, _time_ns = time.time, time.time_ns


def offset() -> float:
    return float(FILE.read_text())


def now() -> datetime:
    return datetime.fromtimestamp(_time(), UTC) + timedelta(seconds=offset())


def main() -> None:
    defaults = Ledger.open.__func__.__kwdefaults__  # type: ignore[attr-defined]
    defaults["clock"] = now
    time.time = lambda: _time() + offset()
    time.time_ns = lambda: _time_ns() + int(offset() * 1e9)
    sys.argv = ["app.py", *sys.argv[2:]]
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main()
