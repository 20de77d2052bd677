"""The server ends when its editor does, however that came to its end."""

from __future__ import annotations

import os
import sys
import threading
import time

EVERY = 1.0
"""Seconds between two looks."""


def end_with(process: int) -> None:
    """Ends this process when `process` is gone: a pipe may be held open by somebody else."""
    if process == os.getpid() or not alive(process):
        return
    threading.Thread(target=_watch, args=(process,), daemon=True).start()


def _watch(process: int) -> None:
    while alive(process):
        time.sleep(EVERY)
    os._exit(1)


def alive(process: int) -> bool:
    """Whether there is such a process; a dead one that nobody has asked about counts as gone."""
    if sys.platform == "win32":
        return _alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _alive_on_windows(process: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x00100000, False, process)  # SYNCHRONIZE
    if not handle:
        return False
    waiting = kernel.WaitForSingleObject(handle, 0) == 0x00000102  # WAIT_TIMEOUT
    kernel.CloseHandle(handle)
    return bool(waiting)
