"""Definition, type definition, references, highlights, rename."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.lsp.editor import Buffer, Editor
from tests.lsp.programs import EVERYWHERE, ORDER, TWO, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")


def lines(buffer: Buffer, places: object) -> list[str]:
    """The lines that locations are on."""
    assert isinstance(places, list | tuple)
    text = buffer.text.split("\n")
    return [text[place.range.start.line].strip() for place in places]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (
            marked(ORDER, "input.note", "input.no|te"),
            'note as text, description "What the customer wrote"',
        ),
        (
            marked(ORDER, "steps.reading.mood}", "steps.read|ing.mood}"),
            'ask reading, using: "anthropic:claude-haiku-4-5"',
        ),
        (
            marked(ORDER, "steps.reading.mood}", "steps.reading.moo|d}"),
            'mood as enum("glad", "cross")',
        ),
        (
            marked(ORDER, "prices.sum()", "pri|ces.sum()"),
            "let prices = input.lines.map(line => line.price * line.amount)",
        ),
        (marked(ORDER, "line.amount", "line.amou|nt"), "amount as integer, range: [1, 100]"),
        (marked(ORDER, "list of line", "list of li|ne"), "type line"),
        (marked(ORDER, "expect {total", "expect {tot|al"), "total as decimal"),
        (
            marked(ORDER, '        mood: "glad"', '        mo|od: "glad"'),
            'mood as enum("glad", "cross")',
        ),
        (marked(TWO, 'from: "doubled"', 'from: "dou|bled"'), "machine doubled"),
        (marked(TWO, 'call "doubled"', 'call "dou|bled"'), "machine doubled"),
        (marked(EVERYWHERE, 'publish "item.seen"', 'publish "item|.seen"'), '"item.seen"'),
        (marked(EVERYWHERE, "flow(tidy)", "flow(ti|dy)"), "flow tidy"),
        (marked(EVERYWHERE, "run tidy", "run ti|dy"), "flow tidy"),
        (marked(EVERYWHERE, "steps.both.left", "steps.both.le|ft"), "compute left"),
        (marked(EVERYWHERE, "= state.seen", "= state.se|en"), "seen as integer, default: 0"),
        (
            marked(EVERYWHERE, "steps.shown}", "steps.sho|wn}"),
            "for each item in input.items as shown",
        ),
        (
            "machine m\nimplements\n  compute a\n    {x: 1}\n  compute b\n    steps.a.|x +\n",
            "{x: 1}",
        ),
    ],
)
async def test_a_name_leads_to_where_it_is_made(editor: Editor, program: str, line: str) -> None:
    buffer = editor.open(program)
    found = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(buffer.id, buffer.cursor)
    )
    assert lines(buffer, found)[0] == line


async def test_a_value_leads_to_its_type(editor: Editor) -> None:
    for program in (
        marked(ORDER, "(line => line.price", "(line => li|ne.price"),
        marked(ORDER, "input.lines.map", "input.lin|es.map"),
    ):
        buffer = editor.open(program)
        found = await editor.client.text_document_type_definition_async(
            lsp.TypeDefinitionParams(buffer.id, buffer.cursor)
        )
        assert lines(buffer, found) == ["type line"]


async def references(editor: Editor, buffer: Buffer, *, declaration: bool) -> list[str]:
    found = await editor.client.text_document_references_async(
        lsp.ReferenceParams(
            lsp.ReferenceContext(include_declaration=declaration), buffer.id, buffer.cursor
        )
    )
    return lines(buffer, found)


async def test_all_references_are_found(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "    total as", "    to|tal as"))
    assert await references(editor, buffer, declaration=True) == [
        "total as decimal",
        "{total: prices.sum(), mood: steps.reading.mood}",
        'expect {total: 0, mood: "glad"}',
    ]
    assert len(await references(editor, buffer, declaration=False)) == 2


async def test_highlights_tell_reading_from_writing(editor: Editor) -> None:
    buffer = editor.open(marked(EVERYWHERE, "set state.seen", "set state.se|en"))
    found = await editor.client.text_document_document_highlight_async(
        lsp.DocumentHighlightParams(buffer.id, buffer.cursor)
    )
    assert found is not None
    kinds = [one.kind for one in found]
    assert kinds == [
        lsp.DocumentHighlightKind.Write,
        lsp.DocumentHighlightKind.Write,
        lsp.DocumentHighlightKind.Read,
    ]


async def rename(editor: Editor, buffer: Buffer, name: str) -> str:
    edit = await editor.client.text_document_rename_async(
        lsp.RenameParams(buffer.id, buffer.cursor, name)
    )
    assert edit is not None
    assert edit.document_changes is not None
    (change,) = edit.document_changes
    assert isinstance(change, lsp.TextDocumentEdit)
    assert change.text_document.version == buffer.version
    return buffer.apply(change.edits)


@pytest.mark.parametrize(
    ("program", "name", "parts"),
    [
        (marked(ORDER, "ask reading", "ask rea|ding"), "tone", ["ask tone,", "steps.tone.mood"]),
        (
            marked(ORDER, "input.note", "input.no|te"),
            "words",
            ["words as text", "${input.words ??"],
        ),
        (
            marked(ORDER, "total: prices", "tot|al: prices"),
            "sum",
            ["sum as decimal", "{sum: prices", "expect {sum: 0"],
        ),
        (marked(ORDER, "type line", "type li|ne"), "item", ["type item", "list of item"]),
        (
            marked(ORDER, "(line => line.price", "(line => li|ne.price"),
            "l",
            ["l => l.price * l.amount"],
        ),
        (
            marked(TWO, "machine doubled", "machine dou|bled"),
            "twice_of",
            ["machine twice_of", 'call "twice_of"', 'from: "twice_of"'],
        ),
        (
            marked(TWO, "doubled\n  accepts\n    x as", "doubled\n  accepts\n    |x as"),
            "n",
            ["input.n * 2", "n: input.x"],
        ),
        (
            marked(EVERYWHERE, "flow tidy", "flow ti|dy"),
            "clean",
            ["run clean", "flow clean", "flow(clean)"],
        ),
        (
            marked(EVERYWHERE, 'publish "item.seen"', 'publish "item.se|en"'),
            "item.met",
            ['publish "item.met"', 'on "item.met"', '"item.met"\n'],
        ),
    ],
)
async def test_a_rename_reaches_every_place(
    editor: Editor, program: str, name: str, parts: list[str]
) -> None:
    buffer = editor.open(program)
    before = await buffer.findings()
    after = await rename(editor, buffer, name)
    for part in parts:
        assert part in after
    renamed = editor.open(after)
    assert [one.code for one in await renamed.findings()] == [one.code for one in before]


async def test_rename_is_prepared_with_the_name_alone(editor: Editor) -> None:
    buffer = editor.open(marked(TWO, 'from: "doubled"', 'from: "dou|bled"'))
    found = await editor.client.text_document_prepare_rename_async(
        lsp.PrepareRenameParams(buffer.id, buffer.cursor)
    )
    assert isinstance(found, lsp.PrepareRenamePlaceholder)
    assert (found.placeholder, buffer.slice(found.range)) == ("doubled", "doubled")


async def test_keywords_and_library_functions_cannot_be_renamed(editor: Editor) -> None:
    for program in (
        marked(ORDER, "    compute", "    com|pute"),
        marked(ORDER, ".sum()", ".su|m()"),
    ):
        buffer = editor.open(program)
        found = await editor.client.text_document_prepare_rename_async(
            lsp.PrepareRenameParams(buffer.id, buffer.cursor)
        )
        assert found is None


@pytest.mark.parametrize("name", ["mood", "2", "two words", ""])
async def test_a_rename_that_would_break_the_program_is_refused(editor: Editor, name: str) -> None:
    buffer = editor.open(marked(ORDER, "    total as", "    to|tal as"))
    with pytest.raises(JsonRpcException):
        await rename(editor, buffer, name)
