"""Programs of several files, saved or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Buffer, Editor
from tests.lsp.programs import marked

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHARED = """\
type line
  sku as text
  amount as integer

machine priced
  accepts
    line as line, is required
  responds with
    total as integer
  implements
    compute sum
      {total: input.line.amount * 2}
"""

APP = """\
uses "shared.kanvas"

machine till
  accepts
    lines as list of line, is required
    first as line, is required
  responds with
    total as integer
  ensures
    permissions
      allowed to
        call "priced"
  implements
    ask one, from: "priced"
      line: input.first
    compute sum
      {total: steps.one.total + input.lines.map(each => each.amount).sum()}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared.kanvas").write_text(SHARED, encoding="utf-8")
    (tmp_path / "app.kanvas").write_text(APP, encoding="utf-8")
    return tmp_path


def open_app(editor: Editor, folder: Path, text: str = APP) -> Buffer:
    return editor.open(text, (folder / "app.kanvas").as_uri())


async def test_definitions_lead_into_other_files(editor: Editor, folder: Path) -> None:
    for program, line in (
        (marked(APP, "list of line", "list of li|ne"), 0),
        (marked(APP, "each.amount", "each.am|ount"), 2),
        (marked(APP, 'from: "priced"', 'from: "pri|ced"'), 4),
        (marked(APP, "      line: input", "      li|ne: input"), 6),
        (marked(APP, "steps.one.total", "steps.one.to|tal"), 8),
    ):
        buffer = open_app(editor, folder, program)
        found = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(buffer.id, buffer.cursor)
        )
        assert isinstance(found, list | tuple)
        (place,) = found
        assert isinstance(place, lsp.Location)
        assert place.uri == (folder / "shared.kanvas").as_uri()
        assert place.range.start.line == line
        editor.close(buffer)


async def test_hover_shows_what_another_file_declares(editor: Editor, folder: Path) -> None:
    buffer = open_app(editor, folder, marked(APP, "list of line", "list of li|ne"))
    found = await editor.client.text_document_hover_async(lsp.HoverParams(buffer.id, buffer.cursor))
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert "type line\n  sku as text\n  amount as integer" in found.contents.value


async def test_what_is_not_saved_counts(editor: Editor, folder: Path) -> None:
    app = open_app(editor, folder)
    assert await app.findings() == []
    shared = editor.open(SHARED, (folder / "shared.kanvas").as_uri())
    assert await shared.findings() == []
    shared.type(shared.at("amount as"), "count", remove=len("amount"))
    # What was said of the program when the other file was opened may still be on its way.
    while [one.code for one in await app.findings()] != ["K1003"]:
        editor.client.published.pop(app.uri)


async def test_a_rename_reaches_other_files(editor: Editor, folder: Path) -> None:
    app = open_app(editor, folder, marked(APP, "each.amount", "each.am|ount"))
    shared = editor.open(SHARED, (folder / "shared.kanvas").as_uri())
    edit = await editor.client.text_document_rename_async(
        lsp.RenameParams(app.id, app.cursor, "count")
    )
    assert edit is not None
    texts = {}
    for change in edit.document_changes or ():
        assert isinstance(change, lsp.TextDocumentEdit)
        buffer = app if change.text_document.uri == app.uri else shared
        texts[change.text_document.uri] = buffer.apply(change.edits)
    assert "each => each.count" in texts[app.uri]
    assert "count as integer" in texts[shared.uri]
    assert "input.line.count * 2" in texts[shared.uri]


async def test_references_are_found_in_other_files(editor: Editor, folder: Path) -> None:
    app = open_app(editor, folder)
    shared = editor.open(
        marked(SHARED, "type line", "type li|ne"), (folder / "shared.kanvas").as_uri()
    )
    found = await editor.client.text_document_references_async(
        lsp.ReferenceParams(
            lsp.ReferenceContext(include_declaration=False), shared.id, shared.cursor
        )
    )
    assert found is not None
    assert sorted((Path(one.uri).name, one.range.start.line) for one in found) == [
        ("app.kanvas", 4),
        ("app.kanvas", 5),
        ("shared.kanvas", 6),
    ]
    assert app.uri in {one.uri for one in found}


async def test_paths_complete(editor: Editor, folder: Path) -> None:
    buffer = open_app(editor, folder, marked(APP, '"shared.kanvas"', '"|"'))
    found = await editor.client.text_document_completion_async(
        lsp.CompletionParams(buffer.id, buffer.cursor)
    )
    assert isinstance(found, lsp.CompletionList)
    assert [item.label for item in found.items] == ["shared.kanvas"]


async def test_a_test_of_a_saved_program_runs_with_its_files(editor: Editor, folder: Path) -> None:
    tested = APP + (
        '\n  verifies\n    test "adds"\n      given {lines: [], first: {sku: "a", amount: 2}}\n'
        "      expect {total: 4}\n"
    )
    (folder / "app.kanvas").write_text(tested, encoding="utf-8")
    buffer = open_app(editor, folder, tested)
    result = await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("kanvas.runTest", [buffer.uri, "till", "adds"])
    )
    assert result["passed"], result["output"]
