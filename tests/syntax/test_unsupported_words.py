"""What this version names and skips: one precise finding for a construct with its whole block, and
what stands behind it is read as if the block were not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.syntax.programs import line_a_section, one_line, sections_at_margin

Layout = Callable[[str], str]
LINES: tuple[Layout, ...] = (str, sections_at_margin)
ANYWHERE: tuple[Layout, ...] = (*LINES, line_a_section, one_line)

ACCEPTS = "  accepts\n    a as text is required\n"
RESPONDS = "  responds with\n    b as text\n"
STEP = "    compute last\n      {b: input.a}\n"
WRONG_STEP = "    compute last\n      {b: input.no_such_field}\n"


@dataclass(frozen=True)
class Row:
    """`block` is what is not supported; `title` names it, at the words `marked`."""

    place: str
    block: str
    code: str
    title: str
    marked: str
    layouts: tuple[Layout, ...] = LINES

    def program(self, step: str = STEP) -> str:
        places = dict.fromkeys(
            ("file", "section", "ensures", "step", "with", "field", "target"), ""
        )
        places[self.place] = self.block
        return (
            f"{places['file']}machine m\n{ACCEPTS}{places['field']}{RESPONDS}{ensures(self)}"
            f"{places['section']}  implements\n{places['step']}{places['target']}{step}"
            f"{expresses(self)}"
        )


def ensures(row: Row) -> str:
    return f"  ensures\n{row.block}" if row.place == "ensures" else ""


def expresses(row: Row) -> str:
    page = '    page\n      path: "/m"\n'
    return f"  expresses\n{row.block}{page}" if row.place == "expresses" else ""


def step(head: str, title: str, marked: str | None = None) -> Row:
    """A step with a block below it which would be wrong in many ways if it were read."""
    block = (
        f"    {head}\n      nothing: here.is.known()\n      deeper\n        still as part of it\n"
    )
    return Row("step", block, "K9001", title, marked or head.split()[0])


def block(place: str, word: str, lines: str) -> Row:
    depth = {"file": "", "section": "  ", "ensures": "    ", "expresses": "    "}[place]
    written = "".join(f"{depth}  {line}\n" for line in lines.split("|"))
    title = f"`{word}` is not supported yet"
    return Row(place, f"{depth}{word}\n{written}", "K9002", title, word)


ROWS = {
    "stores": block("section", "stores", "orders in memory|keyed by: id"),
    "stores in the file": block("file", "stores", "orders in memory"),
    "has": block("section", "has", "engine as engine|wheels many wheel"),
    "authority": block("section", "authority", "owner approves everything|limit: 5"),
    "authority in ensures": block("ensures", "authority", "owner approves everything"),
    "wait for": step('wait for "an approval"', "`wait for` is not supported yet", "wait for"),
    "launch": step('launch job, from: "n"', "`launch` is not supported yet"),
    "launch_many": step("launch_many jobs, over: list", "`launch_many` is not supported yet"),
    "goto": step("goto first", "`goto` is not supported yet"),
    "ask of": step('ask q, of: "a person"', "`ask … of` is not supported yet"),
    "ask of without a comma": step("ask q of somebody", "`ask … of` is not supported yet"),
    **{
        f"action {kind}": step(
            f"action work {kind}", f"`action … {kind}` is not supported yet", "action"
        )
        for kind in ("exec", "file", "db", "dataframe", "call")
    },
    "publishes under expresses": Row(
        "expresses",
        '    publishes\n      "order.created"\n',
        "K9002",
        "`publishes` under `expresses` is not supported",
        "publishes",
    ),
    "subscribes under expresses": Row(
        "expresses",
        '    subscribes\n      on "order.created" run first\n',
        "K9002",
        "`subscribes` under `expresses` is not supported",
        "subscribes",
    ),
    "shortcut": block("expresses", "shortcut", 'keys: "ctrl+k"|of: anything'),
    "a2a": block("expresses", "a2a", 'path: "/agents"|card: {a: 1}'),
    "file": Row(
        "field",
        "    c as file\n",
        "K9003",
        "The type `file` is not supported yet",
        "file",
        ANYWHERE,
    ),
    "list of file": Row(
        "field",
        "    c as list of file\n",
        "K9003",
        "The type `file` is not supported yet",
        "file",
        ANYWHERE,
    ),
    "locale": Row("file", 'locale "de"\n', "K9002", "`locale` is not supported yet", "locale"),
    "locale with a colon": Row(
        "file", "locale: de\n\n", "K9002", "`locale` is not supported yet", "locale"
    ),
    "path of the public library": Row(
        "target",
        '    ask sent, from: "@mashin/actions/mail/send"\n      to: input.a\n',
        "K9004",
        "`@mashin/actions/mail/send` is not supported yet",
        '"@mashin/actions/mail/send"',
    ),
    "with tools": Row(
        "target",
        '    ask q, using: "anthropic:claude-haiku-4-5"\n      with task "Say ${input.a}"\n'
        '      with tools ["search", "@mashin/actions/mail/send"]\n',
        "K9001",
        "`with tools` is not supported yet",
        "with tools",
    ),
}
CASES = [
    pytest.param(row, layout, id=f"{name}-{layout.__name__}")
    for name, row in ROWS.items()
    for layout in row.layouts
]
cases = pytest.mark.parametrize(("row", "layout"), CASES)
ALLOWED = "  ensures\n    permissions\n      allowed to\n        reason\n"


def written(row: Row, layout: Layout, last: str = STEP) -> str:
    text = row.program(last)
    if "using:" in row.block:
        text = text.replace("  implements\n", f"{ALLOWED}  implements\n")
    return layout(text)


def found(text: str) -> tuple[Diagnostic, ...]:
    return Compilation(Source("app.kanvas", text)).diagnostics


@cases
def test_it_is_one_precise_error_and_nothing_follows(row: Row, layout: Layout) -> None:
    text = written(row, layout)
    listed = found(text)
    assert [(one.code, one.title) for one in listed] == [(row.code, row.title)]
    (only,) = listed
    assert only.severity is Severity.ERROR
    assert text[only.span.start : only.span.end] == row.marked
    assert only.help


@cases
def test_what_stands_behind_it_is_still_checked(row: Row, layout: Layout) -> None:
    listed = [one.code for one in found(written(row, layout, WRONG_STEP))]
    assert sorted(listed) == sorted([row.code, "K1003"])
