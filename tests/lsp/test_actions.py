"""Code actions and what code lenses start."""

from __future__ import annotations

import asyncio

import pytest
from lsprotocol import types as lsp

from tests.lsp.editor import Buffer, Editor
from tests.lsp.programs import ORDER, marked

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def actions(
    editor: Editor, buffer: Buffer, *only: str, range_: lsp.Range | None = None
) -> dict[str, lsp.CodeAction]:
    found = await editor.client.text_document_code_action_async(
        lsp.CodeActionParams(
            buffer.id,
            range_ or lsp.Range(buffer.cursor, buffer.cursor),
            lsp.CodeActionContext(
                list(buffer.client.diagnostics.get(buffer.uri, ())), only=list(only) or None
            ),
        )
    )
    return {one.title: one for one in found or () if isinstance(one, lsp.CodeAction)}


def applied(buffer: Buffer, action: lsp.CodeAction) -> str:
    assert action.edit is not None
    assert action.edit.document_changes is not None
    (change,) = action.edit.document_changes
    assert isinstance(change, lsp.TextDocumentEdit)
    return buffer.apply(change.edits)


async def codes(editor: Editor, text: str) -> list[object]:
    return [one.code for one in await editor.open(text).findings()]


async def test_every_fix_is_offered_where_the_finding_is(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "prices.sum()", "pri|zes.sum()"))
    await buffer.findings()
    fix = (await actions(editor, buffer))["Write `prices`"]
    assert fix.kind == lsp.CodeActionKind.QuickFix
    assert [one.code for one in fix.diagnostics or ()] == ["K1001"]
    assert applied(buffer, fix) == ORDER


async def test_all_safe_fixes_are_one_action(editor: Editor) -> None:
    buffer = editor.open(
        "machine m\n  accepts\n    a as string\n    b as list(string)\n"
        "  responds with\n    c as text\n"
        '  implements\n    compute d\n      {c: input.a ?? ""}\n'
    )
    await buffer.findings()
    (action,) = (await actions(editor, buffer, "source.fixAll")).values()
    after = applied(buffer, action)
    assert "a as text" in after
    assert "K0019" not in await codes(editor, after) or "list of" in after


async def test_a_missing_permission_is_granted(editor: Editor) -> None:
    text = ORDER.replace("  ensures\n    permissions\n      allowed to\n        reason\n\n", "")
    buffer = editor.open(marked(text, "ask reading", "ask rea|ding"))
    assert "K4001" in [one.code for one in await buffer.findings()]
    fix = (await actions(editor, buffer))["Grant `reason`"]
    assert await codes(editor, applied(buffer, fix)) == []


async def test_a_field_is_made_required(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "    note as", "    no|te as"))
    action = (await actions(editor, buffer, "refactor"))["Make `note` required"]
    assert "note as text, is required, description" in applied(buffer, action)
    buffer = editor.open(marked(ORDER, "    lines as", "    li|nes as"))
    assert "Make `lines` required" not in await actions(editor, buffer)


async def test_an_object_becomes_a_type(editor: Editor) -> None:
    buffer = editor.open(
        "machine m\n  accepts\n"
        "    size as obj|ect {width as integer, height as integer}, is required\n"
        "  responds with\n    area as integer\n  implements\n    compute a\n"
        "      {area: input.size.width * input.size.height}\n"
    )
    action = (await actions(editor, buffer, "refactor.extract"))["Extract the type `size`"]
    after = applied(buffer, action)
    assert after.startswith("type size\n  width as integer\n  height as integer\n\nmachine m\n")
    assert "size as size, is required" in after
    assert await codes(editor, after) == []


async def test_a_test_is_added(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "machine order", "machine or|der"))
    action = (await actions(editor, buffer))["Add a test"]
    after = applied(buffer, action)
    assert (
        '    test "answers"\n      given {lines: []}\n      expect {total: 0, mood: "glad"}'
        in after
    )
    assert await codes(editor, after) == []
    without = ORDER[: ORDER.index("\n  verifies")]
    buffer = editor.open(marked(without, "machine order", "machine or|der"))
    after = applied(buffer, (await actions(editor, buffer))["Add a test"])
    assert '\n  verifies\n    test "answers"\n' in after
    assert await codes(editor, after) == []


async def test_a_test_runs_on_the_buffer_as_it_is(editor: Editor) -> None:
    for text, passes in ((ORDER, True), (marked(ORDER, "{total: 0,", "{total: 1,"), False)):
        buffer = editor.open(text)
        result = await editor.client.workspace_execute_command_async(
            lsp.ExecuteCommandParams(
                "kanvas.runTest", [buffer.uri, "order", "an empty order costs nothing"]
            )
        )
        assert result["passed"] is passes
        assert ("1 failed" in result["output"]) is not passes
    messages = [one.message for one in editor.client.messages]
    assert "an empty order costs nothing: passed" in messages


async def test_a_surface_that_is_not_served_says_how(editor: Editor) -> None:
    try:
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 9000)
    except OSError:
        server = None  # somebody else serves there, which is as good
    else:
        server.close()
        await server.wait_closed()
        buffer = editor.open(ORDER)
        result = await editor.client.workspace_execute_command_async(
            lsp.ExecuteCommandParams("kanvas.openSurface", [buffer.uri, "/"])
        )
        assert result == {"opened": False, "address": "http://127.0.0.1:9000/"}
