"""Formatting over the protocol; what the canonical layout is, the formatter's own tests say."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from kanvasc.format import format_program
from kanvasc.source import Source
from tests.lsp.editor import Buffer, Editor, position
from tests.lsp.programs import ORDER, TWO, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTIONS = lsp.FormattingOptions(tab_size=2, insert_spaces=True)
ONE_LINE = 'machine m accepts a as text responds with b as text implements compute c {b: "🙂"}\n'


async def formatted(editor: Editor, buffer: Buffer) -> str:
    edits = await editor.client.text_document_formatting_async(
        lsp.DocumentFormattingParams(buffer.id, OPTIONS)
    )
    return buffer.apply(edits or ())


@pytest.mark.parametrize(
    "text", [ONE_LINE, TWO.replace("    ", "      "), ORDER.replace("\n\n", "\n")]
)
async def test_the_whole_buffer_gets_the_canonical_layout(editor: Editor, text: str) -> None:
    after = await formatted(editor, editor.open(text))
    assert after == format_program(Source("app.kanvas", text)).text
    assert await formatted(editor, editor.open(after)) == after


async def test_a_range_leaves_the_rest_alone(editor: Editor) -> None:
    text = marked(
        marked(TWO, "{y: input.x * 2}", "{y:input.x*2}"), "{y: steps.other.y}", "{y:steps.other.y}"
    )
    buffer = editor.open(text)
    start = text.index("{y:input")
    range_ = lsp.Range(position(text, start), position(text, start + 5))
    edits = await editor.client.text_document_range_formatting_async(
        lsp.DocumentRangeFormattingParams(buffer.id, range_, OPTIONS)
    )
    after = buffer.apply(edits or ())
    assert "{y: input.x * 2}" in after
    assert "{y:steps.other.y}" in after


@pytest.mark.parametrize(
    ("text", "indented"),
    [
        ("machine m\n|", 2),
        ("machine m\n  accepts\n|", 4),
        ("machine m\n  accepts\n    a as text\n|", 4),
        ("machine m\n  implements\n    compute a\n|", 6),
    ],
)
async def test_a_new_line_is_indented(editor: Editor, text: str, indented: int) -> None:
    buffer = editor.open(text)
    edits = await editor.client.text_document_on_type_formatting_async(
        lsp.DocumentOnTypeFormattingParams(buffer.id, buffer.cursor, "\n", OPTIONS)
    )
    assert buffer.apply(edits or ()) == text.replace("|", " " * indented)


async def test_a_line_with_something_on_it_stays(editor: Editor) -> None:
    buffer = editor.open("machine m\n|accepts\n")
    edits = await editor.client.text_document_on_type_formatting_async(
        lsp.DocumentOnTypeFormattingParams(buffer.id, buffer.cursor, "\n", OPTIONS)
    )
    assert not edits


async def test_what_is_broken_is_left_as_it_is(editor: Editor) -> None:
    text = "machine m\n  accepts\n    a as (\n"
    assert await formatted(editor, editor.open(text)) == text
