"""Hover: what is said of the thing under the cursor."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor
from tests.lsp.programs import EVERYWHERE, ORDER, TWO, marked
from tests.lsp.test_completion import SENDING

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMED = "machine m\n  accepts\n    name as text\n  implements\n    compute a\n"


async def hover(editor: Editor, program: str) -> str:
    """The text shown at `|`."""
    buffer = editor.open(program)
    found = await editor.client.text_document_hover_async(lsp.HoverParams(buffer.id, buffer.cursor))
    if found is None:
        return ""
    assert isinstance(found.contents, lsp.MarkupContent)
    return found.contents.value


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        (
            marked(ORDER, "input.note", "input.no|te"),
            ['note as text, description "What the customer wrote"', "Input of `order`", "or null"],
        ),
        (
            marked(ORDER, "steps.reading.mood}", "steps.rea|ding.mood}"),
            ["steps.reading as object {mood as", "Needs `reason`: granted"],
        ),
        (marked(ORDER, "steps.reading.mood}", "steps.reading.mo|od}"), ['enum("glad", "cross")']),
        (marked(ORDER, "line.price", "li|ne.price"), ["line as line"]),
        (marked(ORDER, "{total: prices", "{total: pri|ces"), ["let prices as list of decimal"]),
        (marked(ORDER, "list of line", "list of li|ne"), ["type line\n  sku as text"]),
        (marked(ORDER, "prices.sum()", "prices.su|m()"), ["list of N.sum() gives N", "added"]),
        (
            marked(ORDER, "machine order", "machine or|der"),
            ["accepts\n", "responds with", "**Order**"],
        ),
        (
            marked(SENDING, "secrets.partner_key", "secrets.partner|_key"),
            ["secrets.partner_key as text", "KANVAS_SECRET_PARTNER_KEY"],
        ),
        (marked(SENDING, "    needs", "    nee|ds"), ["`name: required`"]),
        (marked(ORDER, "        reason", "        rea|son"), ["Ask models."]),
        (marked(ORDER, "responds with", "responds wi|th"), ["What the answer holds."]),
        (marked(ORDER, "    compute", "    com|pute"), ["Calculates a value"]),
        (marked(ORDER, "is required", "is requi|red"), ["must be there"]),
        (marked(ORDER, "as text, min", "as te|xt, min"), ["code points"]),
        (marked(ORDER, "    websocket", "    web|socket"), ["A socket"]),
        (marked(ORDER, '      path: "/"', '      pa|th: "/"'), ["The address"]),
        (marked(ORDER, "with task", "with ta|sk"), ["What is asked"]),
        (marked(ORDER, "input.note", "inp|ut.note"), ["came in"]),
        (marked(ORDER, "{total: 0,", "{to|tal: 0,"), ["total as decimal", "Output of `order`"]),
        (marked(TWO, 'from: "doubled"', 'from: "dou|bled"'), ["machine doubled\n  accepts"]),
        (marked(TWO, "      x: input.x", "      |x: input.x"), ["Input of `doubled`"]),
        (marked(EVERYWHERE, 'publish "item.seen"', 'publish "item.s|een"'), ["name as text"]),
        (marked(EVERYWHERE, "flow(tidy)", "flow(ti|dy)"), ["flow tidy as boolean"]),
        (marked(EVERYWHERE, "recall kept", "recall ke|pt"), ["held until a person approves it"]),
        (marked(EVERYWHERE, "item.upper()", "it|em.upper()"), ["for each item as text"]),
    ],
)
async def test_it_says_what_it_is(editor: Editor, program: str, parts: list[str]) -> None:
    shown = await hover(editor, program)
    for part in parts:
        assert part in shown


@pytest.mark.parametrize(
    ("program", "part"),
    [
        (
            f"{NAMED}      input.na|me.",
            "name as text",
        ),
        (
            f"{NAMED}      (input.na|me",
            "name as text",
        ),
        (
            "machine m\n  implements\n    compute a\n      1\n    compute b\n      steps.|a +",
            "steps.a as integer",
        ),
        ("machine m\n  accepts\n    na|me as", "name"),
    ],
)
async def test_half_typed_programs_have_it_too(editor: Editor, program: str, part: str) -> None:
    assert part in await hover(editor, program)


async def test_comments_and_blanks_say_nothing(editor: Editor) -> None:
    assert await hover(editor, marked(ORDER, "// Prices", "// Pri|ces")) == ""
    assert await hover(editor, "machine m\n|\n") == ""
