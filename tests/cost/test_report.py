"""The page of figures: every part of it stands there, under what a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import report
from bench.claims import Claim
from bench.ratios import Spread
from bench.schemas import ALL, OURS, Compared, Tool
from bench.throughput import BASE, Throughput
from bench.throughput import OURS as BUILT

RATES = [{BASE: 100.0, BUILT: 250.0}, {BASE: 200.0, BUILT: 400.0}, {BASE: 100.0, BUILT: 300.0}]
SHARES = [{BASE: 0.5, BUILT: 0.25}] * 3
SECONDS = [{OURS: 0.5, ALL[0].name: 1.0}, {OURS: 1.0, ALL[0].name: 4.0}]


def test_a_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"Words of a person.\n\n{report.WRITTEN}\n\nOld figures.\n", encoding="utf-8")
    monkeypatch.setattr(report, "DOCS", tmp_path)
    monkeypatch.setattr(report, "PAGE", page)
    reached = Claim("what reached its aim", Spread(3.0, 2.5, 3.5), 1.0, 2.0)
    missed = Claim("what takes too long", Spread(3.0, 2.5, 3.5), 2.0, 1.0, "s", is_bound=True)
    report.write(
        [Throughput(1, RATES, SHARES)],
        [reached, missed],
        [Compared(31, SECONDS)],
        ["how it grows"],
        ["how many there are"],
    )
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Words of a person.")
    assert "Old figures" not in text
    assert "| what reached its aim | 3.00 (2.50 to 3.50) | 1 | 2 | reached the aim |" in text
    assert "| what takes too long | 3.00 (2.50 to 3.50) s | ≤ 2 s | ≤ 1 s | **not yet** |" in text
    assert f"| {BUILT} | 300 | 2.50 (2.00 to 3.00) | 25% of its core |" in text
    assert f"| {OURS} | 0.75 s | 1.00 (1.00 to 1.00) |" in text
    assert f"| {ALL[0].name} | 2.50 s | 3.00 (2.00 to 4.00) |" in text
    assert "how it grows" in text
    assert "how many there are" in text
    assert ">2.50</text>" in (tmp_path / "check.svg").read_text(encoding="utf-8")
    assert BUILT in (tmp_path / "throughput-1.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", ALL, ids=lambda tool: tool.name)
def test_programs_of_other_tools_are_of_like_size(tool: Tool) -> None:
    assert 9_000 < tool.text(300).count("\n") < 11_000
    assert tool.wrong[0] in tool.text(1)
