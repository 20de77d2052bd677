"""`python -m bench.compiling`: what a command takes, side by side with `import lark`.

Each round runs every row once, one after the other; a ratio is taken within its round. Figures
are processor time of the process and its children, which other load on the machine moves less
than the clock; the clock stands beside it. Everything is warm: bytecode and parse table are there.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.editing import waits

SHORT_ROUNDS, LONG_ROUNDS = 15, 3
BASE = 'python -c "import lark"'
LARK = [sys.executable, "-c", "import lark"]

MACHINE = """\
machine shipping_{number} "Shipping quote"
  accepts
    country as enum("de", "at", "ch"), is required, label "Country"
    weight as number, is required, range: [0, 30], description "Kilograms"
    express as boolean, default: false
    code as text, pattern: "[A-Z]{{3}}[0-9]{{3}}"

  responds with
    price as decimal
    days as integer
    note as text

  implements
    decide base
      when input.country is "de"
        {{price: toDecimal("4.90"), days: 2}}
      when input.weight is at most 5
        {{price: toDecimal("9.50"), days: 4}}
      otherwise
        {{price: toDecimal("19.50"), days: 5}}
    compute quote
      let factor = input.code is not null ? toDecimal("0.90") : toDecimal(1)
      {{
        price: steps.base.price * factor,
        days: input.express ? 1 : steps.base.days,
        note: "${{input.weight}} kg to ${{input.country.upper()}}",
      }}

  expresses
    websocket
      path: "/ws/shipping/{number}"

"""


def program(machines: int) -> str:
    """A sound program of so many machines, 33 lines each."""
    return "\n".join(MACHINE.format(number=number).rstrip() + "\n" for number in range(machines))


class Cost(NamedTuple):
    """Seconds, of the processor and by the clock."""

    cpu: float
    clock: float


def cost(command: list[str], folder: Path) -> Cost:
    """What a command takes; it has to end well."""
    # What a user has: modules that were compiled once stay compiled.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, ended - began)


def measure(rows: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Rounds in which every row has its turn, after one that only warms up."""
    for row in rows.values():
        row()
    found = [{name: row() for name, row in rows.items()} for _ in range(rounds)]
    return {name: [each[name] for each in found] for name in rows}


def report(found: Mapping[str, list[Cost]], base: str) -> None:
    """Medians, and the ratio to `base` with its spread."""
    for name, costs in found.items():
        ratios = [one.cpu / other.cpu for one, other in zip(costs, found[base], strict=True)]
        cpu, clock = (statistics.median(part) * 1000 for part in zip(*costs, strict=True))
        print(
            f"{name:44} {cpu:>7.0f} ms cpu {clock:>7.0f} ms clock   "
            f"{statistics.median(ratios):5.2f} of the base ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def command(folder: Path, *arguments: str) -> Callable[[], Cost]:
    return lambda: cost([sys.executable, "-m", "kanvasc", *arguments], folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        texts = {"short": 1, "middle": 30, "long": 300, "longest": 3000}
        lines = {name: program(machines).count("\n") for name, machines in texts.items()}
        for name, machines in texts.items():
            (folder / f"{name}.kanvas").write_text(program(machines), encoding="utf-8")
        print(f"commands on {lines['short']} lines, {SHORT_ROUNDS} rounds")
        short = {
            BASE: lambda: cost(LARK, folder),
            "kanvasc check": command(folder, "check", "short.kanvas"),
            "kanvasc check --format json": command(
                folder, "check", "--format", "json", "short.kanvas"
            ),
            "kanvasc fmt": command(folder, "fmt", "short.kanvas"),
            "kanvasc build": command(folder, "build", "short.kanvas", "-o", "out"),
        }
        report(measure(short, SHORT_ROUNDS), BASE)
        print(f"longer programs, {LONG_ROUNDS} rounds; linear is a ratio of lines")
        long = {
            f"kanvasc check, {lines[name]} lines": command(folder, "check", f"{name}.kanvas")
            for name in ("long", "middle", "longest")
        }
        long[f"kanvasc fmt, {lines['middle']} lines"] = command(folder, "fmt", "middle.kanvas")
        report(measure(long, LONG_ROUNDS), next(iter(long)))
    text = program(60)
    print(f"editor, {text.count(chr(10))} lines: over stdio, by the clock")
    opened, pressed = waits(text)
    print(f"{'first findings after opening':44} {opened * 1000:>7.0f} ms")
    print(f"{'findings after a keystroke':44} {pressed * 1000:>7.0f} ms")


if __name__ == "__main__":
    main()
