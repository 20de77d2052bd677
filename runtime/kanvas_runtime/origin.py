"""Where in a program an exception came from.

Generated code carries the line of the program it was made from as a comment, `# app.kanvas:5`,
on the line itself or above it. That is what an author wants to read in a log, not our frames.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable
from types import CodeType, TracebackType

_PLACE = re.compile(r"#\s*(\S+\.kanvas:\d+)\s*$")


def place(traceback: TracebackType | None, generated: Callable[..., object]) -> str | None:
    """`app.kanvas:5`, for the innermost frame in the file of `generated`; None when not marked."""
    found = None
    file = inspect.getfile(generated)
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == file:
            found = _marked(code, traceback.tb_lineno) or found
        traceback = traceback.tb_next
    return found


def _marked(code: CodeType, line: int) -> str | None:
    for number in range(line, code.co_firstlineno - 1, -1):
        match = _PLACE.search(linecache.getline(code.co_filename, number))
        if match:
            return match[1]
    return None
