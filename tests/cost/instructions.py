"""Counting what the interpreter carries out: the same on a fast machine and on a busy one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

OURS = ("/kanvas_runtime/", "/kanvasc/")


def counted(work: Callable[[], object]) -> int:
    """Instructions of Python's that `work` takes in the product's own files."""
    count = 0

    def inside(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        if event == "opcode":
            count += 1
        return inside

    def entered(frame: FrameType, _event: str, _arg: object) -> Any:
        if not any(part in frame.f_code.co_filename for part in OURS):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return inside

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
