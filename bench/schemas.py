"""Tools like ours on programs of like size: `baml-cli check`, `buf lint`, `tsp compile`.

They know less of a program: none of them types steps or expressions, or asks what a step may do.
Each unit is one quote for shipping, in as many lines as a machine of `compiling.py` has, with its
fields, its rules for them and its one function, as far as the language of the tool has words for
them. A tool is timed after it took a right program and refused a wrong one.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench.compiling import cost, program
from bench.ratios import Rounds, level, ratio, rounds
from bench.servers import COMPILED, PEERS, python

TOOLS = PEERS / "node_modules" / ".bin"
OURS = "kanvasc check"
SIZES = ((1, 7), (300, 5))
"""Units of a program, and rounds."""

BAML = """\
enum Country{number} {{
  DE @description("Germany")
  AT @description("Austria")
  CH @description("Switzerland")
}}

class Parcel{number} {{
  country Country{number} @description("Where it goes")
  weight float @description("Kilograms") @assert(light, {{{{ this <= 30 }}}})
  express bool
  code string? @assert(short, {{{{ this|length <= 6 }}}})
}}

class Quote{number} {{
  price float
  days int
  note string
}}

function Ship{number}(parcel: Parcel{number}) -> Quote{number} {{
  client Model
  prompt #"
    What does it cost to send {{{{ parcel.weight }}}} kg
    to {{{{ parcel.country }}}}?

    {{% if parcel.express %}}
    It has to be there tomorrow.
    {{% endif %}}

    {{{{ ctx.output_format }}}}
  "#
}}

"""
BAML_HEAD = """\
client<llm> Model {
  provider openai
  options {
    model "some-model"
    api_key env.KEY
  }
}

"""

PROTO = """\
// Where a parcel goes.
enum Country{number} {{
  COUNTRY{number}_UNSPECIFIED = 0;
  COUNTRY{number}_DE = 1;
  COUNTRY{number}_AT = 2;
  COUNTRY{number}_CH = 3;
}}

// A parcel that has to be sent.
message Ship{number}Request {{
  Country{number} country = 1;
  // Kilograms.
  double weight = 2;
  bool express = 3;
  optional string code = 4;
}}

// What it costs.
message Ship{number}Response {{
  string price = 1;
  int32 days = 2;
  string note = 3;
}}

// Quotes for parcels.
service Shipping{number}Service {{
  // One quote.
  rpc Ship{number}(Ship{number}Request) returns (Ship{number}Response);
}}

// Nothing else.

"""
PROTO_HEAD = 'syntax = "proto3";\n\npackage shipping.v1;\n\n'

TSP = """\
enum Country{number} {{
  de: "de",
  at: "at",
  ch: "ch",
}}

/** A parcel that has to be sent. */
model Parcel{number} {{
  country: Country{number};

  /** Kilograms. */
  @minValue(0)
  @maxValue(30)
  weight: float64;

  express?: boolean = false;

  @pattern("^[A-Z]{{3}}[0-9]{{3}}$")
  code?: string;
}}

model Quote{number} {{
  price: decimal;
  days: int32;
  note: string;
}}

@route("/shipping/{number}")
@post
op ship{number}(@body parcel: Parcel{number}): Quote{number};

// Nothing else.

"""
TSP_HEAD = """\
import "@typespec/http";
using TypeSpec.Http;

@service
namespace Shipping;

"""


class Tool(NamedTuple):
    """A tool, how it is called in its folder, and how a program of so many units is written."""

    name: str
    program: str
    arguments: tuple[str, ...]
    file: str
    head: str
    unit: str
    wrong: tuple[str, str]
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_installed(self) -> bool:
        return (TOOLS / self.program).exists()

    @property
    def command(self) -> list[str]:
        return [str(TOOLS / self.program), *self.arguments]

    def text(self, units: int) -> str:
        return self.head + "".join(self.unit.format(number=number) for number in range(units))

    def write(self, folder: Path, text: str) -> None:
        for name, content in (*self.settings, (self.file, text)):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        # Libraries that a program imports are looked for beside it.
        modules = folder / "node_modules"
        if not modules.exists():
            modules.symlink_to(PEERS / "node_modules")


BAML_CHECK = Tool(
    "baml-cli check", "baml-cli", ("check", "--from", "baml_src"), "baml_src/main.baml",
    BAML_HEAD, BAML, ("parcel: Parcel0", "parcel: Parsel0"),
)  # fmt: skip
BUF_LINT = Tool(
    "buf lint", "buf", ("lint",), "shipping/v1/shipping.proto",
    PROTO_HEAD, PROTO, ("  Country0 country", "  Land0 country"),
    (("buf.yaml", "version: v2\n"),),
)  # fmt: skip
TSP_COMPILE = Tool(
    "tsp compile", "tsp", ("compile", "main.tsp", "--no-emit"), "main.tsp",
    TSP_HEAD, TSP, ("parcel: Parcel0", "parcel: Parsel0"),
)  # fmt: skip
ALL = (BAML_CHECK, BUF_LINT, TSP_COMPILE)


def judges(tool: Tool, folder: Path) -> None:
    """A tool is timed only after it has shown that it tells right from wrong."""
    for text, is_right in ((tool.text(1), True), (tool.text(1).replace(*tool.wrong, 1), False)):
        tool.write(folder, text)
        done = subprocess.run(
            tool.command, cwd=folder, env=COMPILED, capture_output=True, text=True, timeout=120
        )
        said = done.stdout + done.stderr
        assert (done.returncode == 0) is is_right, f"{tool.name}: {said}"


class Compared(NamedTuple):
    """Seconds by the clock that each tool took for programs of so many lines of ours."""

    lines: int
    seconds: Rounds


def measure() -> list[Compared]:
    """Ours beside those that are installed, on a short program and on a long one."""
    with tempfile.TemporaryDirectory() as base:
        return [_on(Path(base), units, count) for units, count in SIZES]


def lines(found: Compared) -> list[str]:
    """A table for a person."""
    told = [f"checking {found.lines:,} lines or their like, by the clock"]
    for name in found.seconds[0]:
        took, against = level(found.seconds, name).median, ratio(found.seconds, name, OURS)
        told.append(f"  {name:20} {took:6.2f} s   {against!s:>22} of {OURS}")
    return told


def _on(base: Path, units: int, count: int) -> Compared:
    text = program(units)
    folder = base / str(units)
    folder.mkdir()
    (folder / "main.kanvas").write_text(text, encoding="utf-8")
    commands = {OURS: (folder, list(python("-m", "kanvasc", "check", "main.kanvas")))}
    for tool in ALL:
        if tool.is_installed:
            place = folder / tool.program
            judges(tool, place)
            tool.write(place, tool.text(units))
            commands[tool.name] = (place, tool.command)

    def seconds(name: str) -> float:
        place, command = commands[name]
        return cost(command, place).clock

    for name in commands:
        seconds(name)  # What is kept from the first time on is there.
    measures = {name: lambda name=name: seconds(name) for name in commands}  # type: ignore[misc]
    return Compared(text.count("\n"), rounds(count, measures))
