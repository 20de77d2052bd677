"""Findings while somebody types."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Editor
from tests.lsp.programs import ORDER, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_sound_program_has_none(editor: Editor) -> None:
    assert await editor.open(ORDER).findings() == []


async def test_each_has_its_place_its_code_and_a_page_about_the_code(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "prices.sum()", "prizes.sum()"))
    found = {one.code: one for one in await buffer.findings()}
    wrong = found["K1001"]
    assert buffer.slice(wrong.range) == "prizes"
    assert wrong.severity == lsp.DiagnosticSeverity.Error
    assert wrong.source == "kanvasc"
    assert wrong.message.splitlines()[0].startswith("There is no `prizes` here")
    assert "help: did you mean `prices`?" in wrong.message
    assert wrong.code_description is not None
    page = Path(url2pathname(urlparse(wrong.code_description.href).path))
    assert page.read_text(encoding="utf-8").startswith("# K1001: ")


async def test_what_could_go_is_faded_and_older_spellings_are_struck_through(
    editor: Editor,
) -> None:
    buffer = editor.open(
        "machine m\n  accepts\n    a as string\n  responds with\n    b as integer\n"
        "  implements\n    compute c\n      let left = 1\n      {b: 2}\n"
        "    flow f\n      compute g\n        1\n"
    )
    tags = {one.code: one.tags for one in await buffer.findings()}
    assert list(tags["K1014"] or ()) == [lsp.DiagnosticTag.Unnecessary]
    assert list(tags["K0019"] or ()) == [lsp.DiagnosticTag.Deprecated]


async def test_related_places_are_named(editor: Editor) -> None:
    text = marked(ORDER, "    compute sum", "    compute reading\n      1\n\n    compute sum")
    buffer = editor.open(text)
    twice = next(one for one in await buffer.findings() if one.code == "K1004")
    assert twice.related_information is not None
    (related,) = twice.related_information
    assert related.location.uri == buffer.uri
    assert related.location.range.start == buffer.at("reading")


async def test_emoji_count_as_two(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "input.note ??", "input.notes ??"))
    found = (await buffer.findings())[0]
    assert buffer.slice(found.range) == "notes"
    line = buffer.text.split("\n")[found.range.start.line]
    assert found.range.start.character == line.index("notes") + 2


async def test_they_follow_the_typing(editor: Editor) -> None:
    buffer = editor.open(ORDER)
    assert await buffer.findings() == []
    where = buffer.at("prices.sum")
    buffer.type(where, "z", remove=1)
    assert [one.code for one in await buffer.findings() if one.code == "K1001"] == ["K1001"]
    buffer.type(where, "p", remove=1)
    assert await buffer.findings() == []


async def test_a_burst_of_keys_ends_with_the_findings_of_the_last(editor: Editor) -> None:
    buffer = editor.open("machine m\n")
    where = lsp.Position(1, 0)
    for key in reversed("  accepts\n    name as tex\n"):
        buffer.type(where, key)
    found = await buffer.findings()
    assert [(one.code, buffer.slice(one.range)) for one in found] == [("K1007", "tex")]


async def test_a_closed_buffer_has_none(editor: Editor) -> None:
    buffer = editor.open("machine m\n  accepts\n    a as tex\n")
    assert await buffer.findings() != []
    editor.client.text_document_did_close(lsp.DidCloseTextDocumentParams(buffer.id))
    editor.buffers.remove(buffer)
    await editor.client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert list(editor.client.diagnostics[buffer.uri]) == []


async def test_they_can_be_asked_for(editor: Editor) -> None:
    buffer = editor.open("machine m\n  accepts\n    a as tex\n")
    report = await editor.client.text_document_diagnostic_async(
        lsp.DocumentDiagnosticParams(buffer.id)
    )
    assert isinstance(report, lsp.RelatedFullDocumentDiagnosticReport)
    assert [one.code for one in report.items] == ["K1007"]


async def test_line_ends_of_any_kind_count_as_one(editor: Editor) -> None:
    buffer = editor.open("machine m\r\n  accepts\r\n    a as tex\r\n")
    (found,) = await buffer.findings()
    assert (found.range.start.line, found.range.start.character) == (2, 9)
