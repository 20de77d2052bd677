"""Older spellings: read in every layout, normalised in the tree, hinted at, and rewritten whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.syntax import tree
from tests.syntax.programs import line_a_section, one_line, sections_at_margin

Layout = Callable[[str], str]

ANYWHERE: tuple[Layout, ...] = (str, sections_at_margin, line_a_section, one_line)
WITH_BODIES: tuple[Layout, ...] = (str, sections_at_margin)
"""Indentation decides the bodies of steps, so a program that has some keeps its lines."""


@dataclass(frozen=True)
class Row:
    """Two spellings of one program. `hints`: how many the older one has, of the code `code`."""

    older: str
    ours: str
    layouts: tuple[Layout, ...] = ANYWHERE
    code: str = "K0019"
    hints: int = 1


def accepting(field: str) -> str:
    return f"machine m\n  accepts\n    {field}\n    b as text\n"


ASKING = """machine m
  accepts
    passage as text is required
  responds with
    tone as text
  ensures
    permissions
      allowed to
        PERMISSION
  implements
    ASK
      WORDS
      returns
        tone as text
      assuming
        tone: "warm"
"""


def asking(
    permission: str = "reason",
    ask: str = 'ask judge, using: "anthropic:claude-haiku-4-5"',
    task: str = 'with task "Judge ${input.passage}"',
) -> str:
    return ASKING.replace("PERMISSION", permission).replace("ASK", ask).replace("WORDS", task)


FETCHING = """machine m
  responds with
    status as integer
  ensures
    permissions
      allowed to
        PERMISSION
  implements
    ask fetched, from: "TARGET"
      url: "https://api.example.com/rates"
      assuming
        status: 200
        headers: {}
        body: null
    compute done
      {status: steps.fetched.status}
"""

CALLING = """machine n
  accepts
    a as text is required
  responds with
    a as text

  implements
    compute same
      {a: input.a}

machine m
  responds with
    a as text
  ensures
    permissions
      allowed to
        PERMISSION
  implements
    ASK
      a: "x"
"""

DECIDING = """machine m
  accepts
    a as integer is required
  responds with
    b as text
  implements
    decide size
      FIRST
      SECOND
      THIRD
    compute done
      {b: steps.size}
"""


def deciding(first: str, second: str, third: str) -> str:
    filled = DECIDING.replace("FIRST", first).replace("SECOND", second)
    return filled.replace("THIRD", third)


WHEN = deciding(
    'when input.a < 10\n        "small"',
    'when input.a < 100\n        "middle"',
    'otherwise\n        "large"',
)
IF = deciding(
    'if input.a < 10\n        "small"',
    'else if input.a < 100\n        "middle"',
    'else\n        "large"',
)

COMPUTING = """machine m
  accepts
    a as text is required
  responds with
    b as integer
  implements
    compute classify
      {x: input.a.length}
    compute done
      {b: VALUE}
"""

SERVING = """machine m
  accepts
    a as text
  expresses
    page
      path: "/m"
      AUTH
    websocket
      path: "/ws/m"
      AUTH
"""


def nulls(null: str) -> str:
    head = "machine m\n  accepts\n    a as text\n  responds with\n    b as boolean\n"
    return f"{head}  implements\n    compute one\n      {{b: input.a == {null}}}\n"


STATEFUL = """machine m
  responds with
    b as integer
  implements
    state
      FIELDS
    set state.n = state.n + 1
    compute done
      {b: state.n}
"""

FLOWING = """machine m
  responds with
    b as integer
  implements
HEADING    flow first
      compute one
        {b: 1}
"""


def rows() -> dict[str, Row]:
    task = 'with task "Judge ${input.passage}"'
    calling = CALLING.replace("ASK", 'ask same, from: "n"')
    fetching = FETCHING.replace("PERMISSION", 'http "api.example.com"')
    std, mashin = "@std/http/get", "@mashin/actions/http/get"
    stated = STATEFUL.replace("FIELDS", "n as integer, default: 0")
    served = SERVING.replace("AUTH", "auth: none")
    computed = COMPUTING.replace("VALUE", "steps.classify.x")
    return {
        "llm_call": Row(asking("llm_call"), asking()),
        "http_request": Row(
            FETCHING.replace("PERMISSION", 'http_request "api.example.com"').replace("TARGET", std),
            fetching.replace("TARGET", std),
        ),
        "machine.call": Row(
            calling.replace("PERMISSION", 'machine.call "n"'),
            calling.replace("PERMISSION", 'call "n"'),
        ),
        "required": Row(accepting("a as text required"), accepting("a as text is required")),
        "required between": Row(
            accepting("a as text, required, max_length: 3"),
            accepting("a as text, is required, max_length: 3"),
        ),
        "string": Row(accepting("a as string"), accepting("a as text")),
        "list of string": Row(accepting("a as list of string"), accepting("a as list of text")),
        "object": Row(accepting("a as object"), accepting("a as map")),
        "list(T)": Row(accepting("a as list(text)"), accepting("a as list of text")),
        "list(list(T))": Row(
            accepting("a as list(list(text))"), accepting("a as list of list of text"), hints=2
        ),
        "list(string)": Row(
            accepting("a as list(string)"), accepting("a as list of text"), hints=2
        ),
        "default v": Row(accepting("a as integer default 3"), accepting("a as integer default: 3")),
        "default v behind a comma": Row(
            accepting('a as text, default "x"'), accepting('a as text, default: "x"')
        ),
        "ask using": Row(asking(ask='ask judge using "anthropic:claude-haiku-4-5"'), asking()),
        "ask from": Row(
            calling.replace("PERMISSION", 'call "n"').replace("same, from:", "same from"),
            calling.replace("PERMISSION", 'call "n"'),
        ),
        "text of a task on the next line": Row(
            asking(task=task.replace("task ", "task\n        ")), asking(), WITH_BODIES
        ),
        "text of a role on the next line": Row(
            asking(task=f'{task}\n      with role\n        "A judge"'),
            asking(task=f'{task}\n      with role "A judge"'),
            WITH_BODIES,
        ),
        "if and else": Row(IF, WHEN, WITH_BODIES, hints=3),
        "a step without steps": Row(
            COMPUTING.replace("VALUE", "classify.x"), computed, code="K1009"
        ),
        "authentication": Row(SERVING.replace("AUTH", 'authentication: "none"'), served, hints=2),
        "allowed to without permissions": Row(asking().replace("    permissions\n", ""), asking()),
        "not allowed to without permissions": Row(
            "machine m\n  ensures\n    not allowed to reason\n",
            "machine m\n  ensures\n    permissions\n      not allowed to reason\n",
        ),
        "n: type in state": Row(
            STATEFUL.replace("FIELDS", "n: integer, default: 0"), stated, WITH_BODIES
        ),
        "n: older type in state": Row(
            STATEFUL.replace("FIELDS", "n: integer, default: 0\n      s: string"),
            STATEFUL.replace("FIELDS", "n as integer, default: 0\n      s as text"),
            WITH_BODIES,
            hints=3,
        ),
        "the heading flows": Row(
            FLOWING.replace("HEADING", "    flows\n"), FLOWING.replace("HEADING", ""), WITH_BODIES
        ),
        "nil": Row(nulls("nil"), nulls("null")),
        "an older path of a request": Row(
            fetching.replace("TARGET", mashin), fetching.replace("TARGET", std)
        ),
        "an older path in permissions": Row(
            FETCHING.replace("PERMISSION", f'call "{mashin}"').replace("TARGET", std),
            FETCHING.replace("PERMISSION", "http").replace("TARGET", std),
        ),
        "length()": Row(computed.replace("length}", "length()}"), computed, code="K1011"),
    }


ROWS = rows()
CASES = [
    pytest.param(row, layout, id=f"{name}-{layout.__name__}")
    for name, row in ROWS.items()
    for layout in row.layouts
]
cases = pytest.mark.parametrize(("row", "layout"), CASES)


def compiled(text: str) -> Compilation:
    return Compilation(Source("app.kanvas", text))


def shown(found: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.title) for one in found]


def tree_of(text: str) -> tree.File:
    return compiled(text).parsed.tree


def fixed(text: str) -> str:
    """With all fixes of all hints, made together as an editor makes them."""
    edits = [
        edit
        for found in compiled(text).diagnostics
        if found.severity is Severity.HINT
        for fix in found.fixes
        for edit in fix.edits
    ]
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@cases
def test_ours_is_clean(row: Row, layout: Layout) -> None:
    """Else a hint could hide behind another finding."""
    assert shown(compiled(layout(row.ours)).diagnostics) == []


@cases
def test_an_older_spelling_is_a_hint_with_a_safe_fix(row: Row, layout: Layout) -> None:
    found = compiled(layout(row.older)).diagnostics
    assert [one.code for one in found] == [row.code] * row.hints, shown(found)
    for one in found:
        assert one.severity is Severity.HINT
        assert [fix.safe for fix in one.fixes] == [True]


@cases
def test_the_tree_is_the_one_of_ours(row: Row, layout: Layout) -> None:
    if row.code == "K0019":
        assert tree_of(layout(row.older)) == tree_of(layout(row.ours))


@cases
def test_the_fixes_give_a_clean_program_with_an_equal_tree(row: Row, layout: Layout) -> None:
    after = fixed(layout(row.older))
    assert shown(compiled(after).diagnostics) == []
    assert tree_of(after) == tree_of(layout(row.ours))


def test_each_hint_is_worth_its_own_fix() -> None:
    """One fix alone leaves a program with one hint less, and the same tree."""
    for row in ROWS.values():
        for found in compiled(row.older).diagnostics:
            (fix,) = found.fixes
            after = row.older
            for edit in sorted(fix.edits, key=lambda edit: edit.span, reverse=True):
                after = after[: edit.span.start] + edit.text + after[edit.span.end :]
            assert len(compiled(after).diagnostics) == row.hints - 1, after
