"""Completion by place."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Buffer, Editor
from tests.lsp.programs import EVERYWHERE, ORDER, TWO, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENUM = 'machine m\n  accepts\n    k as enum("aa", "bb")\n'


SENDING = """\
machine m
  ensures
    permissions
      allowed to
        http "api.example.com"
    needs
      partner_key: required
  implements
    action sent http
      url: "https://api.example.com/"
      headers: {authorization: secrets.partner_key}
"""
HOOK = 'machine m\n  expresses\n    webhook\n      path: "/hooks/m"\n'
HOUSE = """\
machine house
  responds with
    course as list of number
    rooms as list of object {name as text}
  implements
    compute answer
      {course: [1], rooms: []}
  expresses
    page
      path: "/house"
"""


async def complete(editor: Editor, program: str) -> tuple[Buffer, dict[str, lsp.CompletionItem]]:
    buffer = editor.open(program)
    found = await editor.client.text_document_completion_async(
        lsp.CompletionParams(buffer.id, buffer.cursor)
    )
    assert isinstance(found, lsp.CompletionList)
    return buffer, {item.label: item for item in found.items}


@pytest.mark.parametrize(
    ("program", "there", "absent"),
    [
        ("|", ["machine", "type", "uses"], ["accepts", "compute"]),
        ("machine m\n  |", ["accepts", "responds with", "implements"], ["compute", "input"]),
        (
            marked(ORDER, "  expresses\n", "  |\n  expresses\n"),
            ["achieves"],
            ["accepts", "ensures"],
        ),
        (
            marked(ORDER, "    compute sum", "    |\n    compute sum"),
            ["ask", "decide", "for each"],
            ["machine"],
        ),
        (marked(ORDER, "prices.sum()", "prices.|"), ["sum", "map", "length"], ["upper", "input"]),
        (marked(ORDER, "steps.reading.mood}", "steps.|}"), ["reading"], ["sum", "input"]),
        (marked(ORDER, "steps.reading.mood}", "steps.reading.|}"), ["mood", "sure"], ["total"]),
        (marked(ORDER, "input.note", "input.|"), ["lines", "note", "country"], ["steps"]),
        (
            marked(ORDER, "prices.sum()", "|"),
            ["prices", "input", "steps", "toNumber"],
            ["loop", "error"],
        ),
        (marked(ORDER, "line.price *", "line.| *"), ["sku", "price", "amount"], ["lines"]),
        (marked(ORDER, "{total: prices.sum(), ", "{|, "), ["total"], ["mood", "lines"]),
        (
            marked(ORDER, "        reason\n", "        |\n"),
            ["reason", "http", "memory", "call"],
            ["input"],
        ),
        (marked(ORDER, "country as enum", "country as |"), ["text", "enum", "line"], ["input"]),
        (
            marked(ORDER, 'default: "ch"', "|"),
            ["default", "is required", "label"],
            ["from", "is optional"],
        ),
        (
            marked(ORDER, "    total as decimal", "    total as decimal, |"),
            ["from", "is optional"],
            ["is required"],
        ),
        (marked(SENDING, "secrets.partner", "secrets.|partner"), ["partner_key"], ["input"]),
        (marked(SENDING, ": required", ": |"), ["required"], ["input", "secrets"]),
        (marked(SENDING, "{authorization: secrets", "{authorization: |secrets"), ["secrets"], []),
        (marked(ORDER, "as text, description", "as text |, description"), ["is secret"], []),
        (marked(ORDER, "    page\n", "    |\n"), ["page", "websocket"], ["path"]),
        (f'{HOOK}      provider: "|"\n', ["stripe", "github", "slack"], ["POST"]),
        (f"{HOOK}      auth: |\n", ["signature"], ["api_key"]),
        (f"{HOOK}      |\n", ["provider", "rate"], ["heartbeat", "scopes"]),
        (f'{HOOK}    api\n      method: "|"\n', ["GET", "PATCH"], ["stripe"]),
        (f"{HOOK}    mcp\n      |\n", ["auth", "scopes"], ["path"]),
        (f"{HOUSE}      render |\n", ["course", "rooms"], ["metric"]),
        (f"{HOUSE}      render course as |\n", ["table", "metric", "chart", "json"], ["cards"]),
        (f"{HOUSE}      render rooms as |\n", ["table", "cards", "json"], ["metric", "chart"]),
        (f"{HOUSE}      render nothing as |\n", ["table", "cards", "metric", "chart"], ["rooms"]),
        (
            marked(ORDER, '      path: "/ws/order"', "      |"),
            ["path", "heartbeat", "origins"],
            ["page"],
        ),
        (marked(ORDER, "with task", "with |"), ["task", "role", "effort"], ["input"]),
        (marked(ORDER, "given {lines: []}", "given {|}"), ["lines", "note", "country"], ["total"]),
        (
            marked(ORDER, "      given {lines: []}", "      |"),
            ["given", "assuming", "expect"],
            ["compute"],
        ),
        (marked(ORDER, "prices.sum()", "Math.|"), ["round", "PI"], ["upper"]),
        (marked(TWO, "      x: input.x", "      |"), ["x"], ["input"]),
        (marked(TWO, 'from: "doubled"', 'from: "|"'), ["doubled", "@std/http/get"], []),
        (marked(TWO, 'call "doubled"', 'call "|"'), ["doubled"], []),
        (marked(EVERYWHERE, 'publish "item.seen"', 'publish "|"'), ["item.seen"], ["name"]),
        (marked(EVERYWHERE, "flow(tidy)", "flow(|)"), ["tidy", "unused"], ["steps"]),
        (marked(EVERYWHERE, "state.seen +", "state.| +"), ["seen"], ["items"]),
        (marked(EVERYWHERE, "        big\n", "        loop.|\n"), ["index"], ["big"]),
        (marked(EVERYWHERE, "        big\n", "        |\n"), ["big", "item", "loop"], ["error"]),
        (
            f'{ENUM}  implements\n    compute a\n      input.k is "|"\n',
            ["aa", "bb"],
            [],
        ),
        (
            "machine m\n  implements\n    compute a\n      context.|",
            ["principal", "surface", "now"],
            [],
        ),
    ],
)
async def test_the_place_decides(
    editor: Editor, program: str, there: list[str], absent: list[str]
) -> None:
    _, items = await complete(editor, program)
    assert [label for label in there if label not in items] == []
    assert [label for label in absent if label in items] == []


async def test_what_is_taken_replaces_what_was_typed(editor: Editor) -> None:
    buffer, items = await complete(editor, marked(ORDER, "🙂🙂 How", "🙂🙂 ${input.no|} How"))
    edit = items["note"].text_edit
    assert isinstance(edit, lsp.TextEdit)
    assert buffer.slice(edit.range) == "no"
    assert "${input.note} How" in buffer.apply([edit])


async def test_snippets_have_places_to_fill_in(editor: Editor) -> None:
    _, items = await complete(editor, "machine m\n  implements\n    |")
    decide = items["decide"]
    assert decide.insert_text_format == lsp.InsertTextFormat.Snippet
    assert isinstance(decide.text_edit, lsp.TextEdit)
    assert decide.text_edit.new_text.startswith("decide ${1:name}\n  when ${2:condition}")
    assert decide.documentation is not None


async def test_library_functions_show_their_signatures(editor: Editor) -> None:
    _, items = await complete(editor, marked(ORDER, "prices.sum()", "prices.|"))
    assert items["join"].detail == "(separator? as text) gives text"
    assert items["sum"].kind == lsp.CompletionItemKind.Method


async def test_nothing_is_offered_in_a_comment(editor: Editor) -> None:
    _, items = await complete(editor, marked(ORDER, "// Prices", "// Pri|ces"))
    assert items == {}


async def test_a_dot_at_the_end_of_a_line_does_not_reach_for_the_next(editor: Editor) -> None:
    _, items = await complete(
        editor,
        "machine m\n  accepts\n    a as text\n  implements\n    compute b\n      input.|\n"
        '  expresses\n    page\n      path: "/"\n',
    )
    assert list(items) == ["a"]
