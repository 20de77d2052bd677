"""Long buffers, which are analysed with room between their declarations: no position shows it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp

from kanvasc.lsp.layout import SHORT, laid_out
from tests.lsp.editor import Buffer, Editor
from tests.lsp.programs import ORDER, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACHINE = ORDER[ORDER.index("machine order") :]
TYPE = ORDER[: ORDER.index("machine order")]


def numbered(number: int) -> str:
    text = MACHINE.replace("machine order", f"machine order_{number}")
    return text.replace('path: "/"', f'path: "/{number}"').replace("/ws/order", f"/ws/{number}")


LONG = "\n".join([TYPE.rstrip() + "\n", *(numbered(number) for number in range(30))])


def within(number: int, needle: str, replacement: str) -> str:
    """The program with a cursor, or a change, in one of its machines."""
    start = LONG.index(f"machine order_{number} ")
    return LONG[:start] + marked(LONG[start:], needle, replacement)


async def test_findings_stand_where_the_editor_sees_them(editor: Editor) -> None:
    assert len(LONG) > SHORT
    buffer = editor.open(within(20, "prices.sum()", "prizes.sum()"))
    found = [one for one in await buffer.findings() if one.code == "K1001"]
    assert [buffer.slice(one.range) for one in found] == ["prizes"]
    line = buffer.text[: buffer.text.index("prizes")].count("\n")
    assert found[0].range.start.line == line


async def test_typing_moves_what_stands_below(editor: Editor) -> None:
    buffer = editor.open(within(20, "prices.sum()", "prizes.sum()"))
    await buffer.findings()
    for _ in range(3):
        # More than the room that there is, so that all places change once.
        buffer.type(buffer.at("    compute sum"), "    // " + "wide " * 50 + "\n")
        found = [one for one in await buffer.findings() if one.code == "K1001"]
        assert [buffer.slice(one.range) for one in found] == ["prizes"]
    buffer.type(buffer.at("prizes"), "prices", remove=len("prizes"))
    assert await buffer.findings() == []


async def test_a_broken_declaration_is_read_once_more_as_a_whole(editor: Editor) -> None:
    buffer = editor.open(within(3, "    compute sum", "    compute sum ("))
    first = await buffer.findings()
    assert any(one.code.startswith("K0") for one in first if isinstance(one.code, str))
    report = await editor.client.text_document_diagnostic_async(
        lsp.DocumentDiagnosticParams(buffer.id)
    )
    assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
    assert {one.code for one in report.items} <= {one.code for one in first} | {"K0018"}


async def test_features_answer_in_the_editors_positions(editor: Editor) -> None:
    buffer = editor.open(within(25, "steps.reading.mood}", "steps.reading.mo|od}"))
    definition = await editor.client.text_document_definition_async(
        lsp.DefinitionParams(buffer.id, buffer.cursor)
    )
    assert isinstance(definition, list | tuple)
    (place,) = definition
    assert isinstance(place, lsp.Location)
    assert buffer.slice(place.range) == "mood"
    start = buffer.text.index("machine order_25 ")
    assert place.range.start.line > buffer.text[:start].count("\n")
    hover = await editor.client.text_document_hover_async(lsp.HoverParams(buffer.id, buffer.cursor))
    assert hover is not None
    assert hover.range is not None
    assert buffer.slice(hover.range) == "mood"
    folds = await editor.client.text_document_folding_range_async(lsp.FoldingRangeParams(buffer.id))
    lines = buffer.text.split("\n")
    last = [one for one in folds or () if lines[one.start_line].startswith("machine order_29")]
    assert lines[last[0].end_line].strip() == 'expect {total: 0, mood: "glad"}'


async def completions(editor: Editor, buffer: Buffer) -> list[str]:
    found = await editor.client.text_document_completion_async(
        lsp.CompletionParams(buffer.id, buffer.cursor)
    )
    assert isinstance(found, lsp.CompletionList)
    return [item.label for item in found.items]


async def test_completion_and_signatures_work_in_the_middle(editor: Editor) -> None:
    buffer = editor.open(within(14, "steps.reading.mood}", "steps.reading.|}"))
    assert await completions(editor, buffer) == ["mood", "sure"]
    buffer = editor.open(within(14, "prices.sum()", "prices.join(|)"))
    found = await editor.client.text_document_signature_help_async(
        lsp.SignatureHelpParams(buffer.id, buffer.cursor)
    )
    assert found is not None
    assert found.signatures[0].label.startswith("list of T.join(")


async def test_edits_fit_the_buffer(editor: Editor) -> None:
    text = within(2, "note as text", "note as string").replace("is required", "required", 1)
    buffer = editor.open(text)
    await buffer.findings()
    found = await editor.client.text_document_code_action_async(
        lsp.CodeActionParams(
            buffer.id,
            lsp.Range(lsp.Position(0, 0), lsp.Position(0, 0)),
            lsp.CodeActionContext([], only=["source.fixAll"]),
        )
    )
    (action,) = found or ()
    assert isinstance(action, lsp.CodeAction)
    assert action.edit is not None
    (change,) = action.edit.document_changes or ()
    assert isinstance(change, lsp.TextDocumentEdit)
    assert buffer.apply(change.edits) == LONG
    buffer = editor.open(within(2, "    compute sum", "    compute s|um"))
    edit = await editor.client.text_document_rename_async(
        lsp.RenameParams(buffer.id, buffer.cursor, "adding")
    )
    assert edit is not None
    (change,) = edit.document_changes or ()
    assert isinstance(change, lsp.TextDocumentEdit)
    assert buffer.apply(change.edits) == within(2, "    compute sum", "    compute adding")


PARTS = st.lists(
    st.sampled_from(
        ["machine a\n", "  accepts\n", "    x as text 🙂\n", "\n", '"""\n', "type b\n"]
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(PARTS, PARTS, st.data())
async def test_places_are_found_again(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    filler = "// a long line that says nothing at all\n" * (SHORT // 40 + 1)
    first = laid_out(filler + "".join(before))
    text = filler + "".join(after)
    layout = laid_out(text, first)
    offset = data.draw(st.integers(0, len(text)))
    assert layout.real(layout.analysed(offset)) == offset
    end = data.draw(st.integers(offset, len(text)))
    cut = layout.text[layout.analysed(offset) : layout.analysed(end)]
    assert "".join(cut.split()) == "".join(text[offset:end].split())
