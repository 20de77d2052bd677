"""docs/performance.md and its pictures, from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.claims import Claim
from bench.plot import Bar, bars
from bench.ratios import level
from bench.throughput import ASGI, CONNECTIONS, OURS, ROUNDS, SECONDS, Throughput

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
WRITTEN = "<!-- what follows is written by `make bench` -->"
"""What stands before it was written by a person, and stays."""

STATES = {"aim": "reached the aim", "yes": "yes", "no": "**not yet**"}


def write(found: Sequence[Throughput], claims: Sequence[Claim], scale: Sequence[str]) -> None:
    """The figures behind the part that a person wrote, and a picture of each depth."""
    head = PAGE.read_text(encoding="utf-8").partition(WRITTEN)[0]
    parts = [head + WRITTEN, _ground(), _claims(claims)]
    for each in found:
        name = f"throughput-{each.depth}.svg"
        (DOCS / name).write_text(_picture(each), encoding="utf-8")
        parts.append(_table(each) + f"\n\n![messages a second]({name})")
    if scale:
        parts.append("## Many at once\n\n```text\n" + "\n".join(scale) + "\n```")
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _ground() -> str:
    machine = f"{platform.system()} {platform.release().split('-')[0]}, {os.cpu_count()} cores"
    return (
        f"Measured on {machine}, Python {platform.python_version()}; {ROUNDS} rounds of {SECONDS} s"
        f" a server, {CONNECTIONS} connections. Ratios are taken within a round, the median stands"
        " first, and the least and the most in parentheses."
    )


def _claims(claims: Sequence[Claim]) -> str:
    lines = [
        "## What is asked",
        "",
        "| what | measured | at least | aim | |",
        "|---|---|---|---|---|",
    ]
    for each in claims:
        sign = "≤ " if each.is_bound else ""
        unit = "" if each.unit == "×" else f" {each.unit}"
        lines.append(
            f"| {each.what} | {each.value}{unit} | {sign}{each.least:g}{unit} |"
            f" {sign}{each.aim:g}{unit} | {STATES[each.state]} |"
        )
    return "\n".join(lines)


def _table(found: Throughput) -> str:
    lines = [
        f"## {CONNECTIONS} connections, {found.depth} in flight on each",
        "",
        "| server | messages a second | against FastAPI + pydantic | load generator |",
        "|---|---|---|---|",
    ]
    for name in _ranked(found):
        share = level(found.shares, name).median
        rate = level(found.rates, name).median
        lines.append(f"| {name} | {rate:,.0f} | {found.ratio(name)} | {share:.0%} of its core |")
    return "\n".join(lines)


def _ranked(found: Throughput) -> list[str]:
    return sorted(found.rates[0], key=lambda name: -level(found.rates, name).median)


def _picture(found: Throughput) -> str:
    shown = [Bar(name, *level(found.rates, name), name in (OURS, ASGI)) for name in _ranked(found)]
    return bars(f"messages a second, {CONNECTIONS} × {found.depth} in flight", shown)
