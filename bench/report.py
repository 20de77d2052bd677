"""docs/performance.md and its pictures, from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.claims import Claim
from bench.plot import Bar, bars
from bench.ratios import level, ratio
from bench.schemas import OURS as CHECK
from bench.schemas import Compared
from bench.throughput import ASGI, CONNECTIONS, OURS, ROUNDS, SECONDS, Throughput

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
WRITTEN = "<!-- what follows is written by `make bench` -->"
"""What stands before it was written by a person, and stays."""

_FAIR = (
    "Programs of as many units of about as many lines, by the clock. The other tools know less of a"
    " program (none types steps, or asks what they may do), and baml-cli and buf are native code;"
    " each took a right program and refused a wrong one before it was timed. Those that are not"
    " installed are left out."
)

STATES = {"aim": "reached the aim", "yes": "yes", "no": "**not yet**"}


def write(
    found: Sequence[Throughput],
    claims: Sequence[Claim],
    tools: Sequence[Compared],
    growth: Sequence[str],
    scale: Sequence[str],
) -> None:
    """The figures behind the part that a person wrote, and a picture of each depth."""
    head = PAGE.read_text(encoding="utf-8").partition(WRITTEN)[0]
    parts = [head + WRITTEN, _ground(), _claims(claims)]
    for each in found:
        name = f"throughput-{each.depth}.svg"
        (DOCS / name).write_text(_picture(each), encoding="utf-8")
        parts.append(_table(each) + f"\n\n![messages a second]({name})")
    parts.append(_tools(tools))
    parts.append("![seconds for a check](check.svg)")
    (DOCS / "check.svg").write_text(_check(tools[-1]), encoding="utf-8")
    parts.append("## Longer, wider, deeper\n\n```text\n" + "\n".join(growth) + "\n```")
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


def _tools(found: Sequence[Compared]) -> str:
    """Tools that check programs of like size, by the clock, as those who wait see it."""
    lines = ["## Checking, beside other tools", "", _FAIR, ""]
    heads = [f"{each.lines:,} lines | against {CHECK}" for each in found]
    lines += [f"| tool | {' | '.join(heads)} |", "|---|" + "---|---|" * len(found)]
    for name in found[0].seconds[0]:
        cells = [
            f"{level(each.seconds, name).median:.2f} s | {ratio(each.seconds, name, CHECK)}"
            for each in found
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _check(found: Compared) -> str:
    shown = [Bar(name, *level(found.seconds, name), name == CHECK) for name in found.seconds[0]]
    title = f"seconds to check {found.lines:,} lines or their like"
    return bars(title, sorted(shown, key=lambda bar: bar.value), "{:.2f}")


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
