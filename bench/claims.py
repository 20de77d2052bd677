"""What is asked of a built app and of the tools, and whether it is so."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from bench import compiling, editing, standing, throughput
from bench.ratios import Rounds, Spread, ratio
from bench.throughput import Throughput

EDITOR_ROUNDS = 3


class Claim(NamedTuple):
    """`least` has to be, `aim` is to be; where less is better both are upper bounds."""

    what: str
    value: Spread
    least: float
    aim: float
    unit: str = "×"
    is_bound: bool = False

    @property
    def state(self) -> str:
        def holds(than: float) -> bool:
            return self.value.median <= than if self.is_bound else self.value.median >= than

        return "aim" if holds(self.aim) else "yes" if holds(self.least) else "no"


def of_throughput(found: Throughput) -> list[Claim]:
    """Those about messages one at a time."""
    asked = (
        ("recorded, against FastAPI + pydantic that records nothing", throughput.OURS,
         throughput.BASE, 1.0, 2.0),
        ("recorded, against FastAPI + pydantic that commits a row a message", throughput.OURS,
         throughput.BASE_ROWS, 35.0, 70.0),
        ("recorded, against Node ws + ajv that records nothing", throughput.OURS,
         throughput.NODE, 0.5, 1.0),
        ("ASGI path under another server, nothing recorded, against FastAPI + pydantic",
         throughput.ASGI, throughput.BASE, 1.35, 1.6),
    )  # fmt: skip
    told = [(what, found.ratio(name, base), least, aim) for what, name, base, least, aim in asked]
    return [Claim(what, value, least, aim) for what, value, least, aim in told if value]


PAIR = standing.OURS, standing.BASE


def of_push(found: Rounds) -> Claim:
    return Claim(
        "a result to 200 subscribers, against send_json in a loop", ratio(found, *PAIR), 1.5, 2.3
    )


def of_idle(found: Rounds) -> Claim:
    what = "memory of an idle connection, against FastAPI's defaults"
    return Claim(what, ratio(found, *PAIR), 0.5, 0.4, is_bound=True)


def of_start(found: Rounds) -> Claim:
    what = "start to first handshake, against a bare FastAPI app"
    return Claim(what, ratio(found, *PAIR), 1.3, 1.1, is_bound=True)


def of_commands() -> list[Claim]:
    """Those about commands."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        for name, machines in (("short", 1), ("long", 300)):
            text = compiling.program(machines)
            (folder / f"{name}.kanvas").write_text(text, encoding="utf-8")
        lark = compiling.BASE
        rows = {
            lark: lambda: compiling.cost(compiling.LARK, folder),
            "check": compiling.command(folder, "check", "short.kanvas"),
            "build": compiling.command(folder, "build", "short.kanvas", "-o", "out"),
        }
        short = compiling.measure(rows, compiling.SHORT_ROUNDS)
        long = compiling.measure(
            {"check": compiling.command(folder, "check", "long.kanvas")}, compiling.LONG_ROUNDS
        )
    against = [one.cpu / other.cpu for one, other in zip(short["check"], short[lark], strict=True)]
    return [
        Claim("kanvasc check of 30 lines, against python -c 'import lark'",
              Spread.of(against), 3.0, 2.0, is_bound=True),
        Claim("kanvasc check of 10,000 lines",
              Spread.of([each.cpu for each in long["check"]]), 2.0, 1.0, "s", True),
        Claim("kanvasc build of 30 lines, warm",
              Spread.of([each.cpu for each in short["build"]]), 1.0, 0.4, "s", True),
    ]  # fmt: skip


def of_editor() -> list[Claim]:
    """Those about the language server."""
    waits = [editing.waits(compiling.program(60)) for _ in range(EDITOR_ROUNDS)]
    opened, pressed = (Spread.of(each) for each in zip(*waits, strict=True))
    return [
        Claim("first findings after opening 2,000 lines", opened, 0.5, 0.2, "s", True),
        Claim("findings after a keystroke in 2,000 lines", pressed, 0.15, 0.04, "s", True),
    ]
