"""docs/protocol.md names every error code, close code and message that there is."""

from __future__ import annotations

import re
from pathlib import Path

from kanvas_runtime.envelope import _FIELDS
from kanvas_runtime.errors import STATUS, CloseCode

PAGE = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_every_error_code_has_its_status() -> None:
    found: dict[str, int] = {}
    for line in part("Errors").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        codes = re.findall(r"`([a-z_]+)`", cells[0])
        if len(cells) == 3 and codes:
            numbers = [int(number) for number in cells[2].split(",")]
            found.update(
                zip(codes, numbers * len(codes) if len(numbers) == 1 else numbers, strict=False)
            )
    assert found == STATUS


def test_every_close_code_is_named() -> None:
    listed = part("Close codes")
    for code in CloseCode:
        assert str(int(code)) in listed


def test_every_op_is_named() -> None:
    for op in (*_FIELDS, "hello", "result", "push", "partial", "done", "error", "pong"):
        assert f'"op":"{op}"' in PAGE
