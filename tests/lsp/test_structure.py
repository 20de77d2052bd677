"""Symbols, semantic tokens, folding, selections, hints, lenses, links, signatures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from lsprotocol import types as lsp

from kanvasc.lsp.tokens import MODIFIERS, TYPES
from tests.lsp.editor import Buffer, Editor, offset
from tests.lsp.programs import EVERYWHERE, ORDER, marked
from tests.lsp.test_completion import SENDING

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_outline_is_a_tree(editor: Editor) -> None:
    buffer = editor.open(ORDER)
    found = await editor.client.text_document_document_symbol_async(
        lsp.DocumentSymbolParams(buffer.id)
    )
    assert found is not None
    line, order = found
    assert isinstance(order, lsp.DocumentSymbol)
    assert (line.name, order.name, order.detail) == ("line", "order", "Order")
    assert order.children is not None
    sections = {part.name: [inner.name for inner in part.children or ()] for part in order.children}
    assert sections["accepts"] == ["lines", "note", "country"]
    assert sections["implements"] == ["reading", "sum"]
    assert sections["expresses"] == ["page", "websocket"]
    assert sections["verifies"] == ["an empty order costs nothing"]
    for part in _all(found):
        assert _inside(part.selection_range, part.range)


def _all(parts: Iterable[object]) -> Iterable[lsp.DocumentSymbol]:
    for part in parts:
        assert isinstance(part, lsp.DocumentSymbol)
        yield part
        yield from _all(part.children or ())


def _inside(inner: lsp.Range, outer: lsp.Range) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


async def test_symbols_of_the_workspace_are_found_by_their_letters(editor: Editor) -> None:
    editor.open(ORDER)
    found = await editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams("redng"))
    assert found is not None
    assert [(one.name, one.container_name) for one in found] == [("reading", "order")]


def decoded(buffer: Buffer, data: Iterable[int]) -> list[tuple[str, str, set[str]]]:
    """The words of semantic tokens, what each is, and its modifiers."""
    numbers = list(data)
    line = start = 0
    found = []
    for lines, units, length, kind, bits in zip(*(numbers[at::5] for at in range(5)), strict=True):
        start = units + (start if lines == 0 else 0)
        line += lines
        begin = offset(buffer.text, lsp.Position(line, start))
        end = offset(buffer.text, lsp.Position(line, start + length))
        modifiers = {name for bit, name in enumerate(MODIFIERS) if bits >> bit & 1}
        found.append((buffer.text[begin:end], TYPES[kind], modifiers))
    return found


async def tokens(editor: Editor, program: str) -> list[tuple[str, str, set[str]]]:
    buffer = editor.open(program)
    found = await editor.client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(buffer.id)
    )
    assert found is not None
    return decoded(buffer, found.data)


async def test_tokens_say_what_a_word_is(editor: Editor) -> None:
    found = await tokens(editor, ORDER)
    kinds = {(text, kind) for text, kind, _ in found}
    assert {
        ("machine", "keyword"),
        ("order", "class"),
        ("line", "type"),
        ("note", "property"),
        ("reading", "variable"),
        ("prices", "variable"),
        ("sum", "method"),
        ("mood", "property"),
        ("text", "type"),
        ("100", "number"),
        ("// Prices an order 🛒", "comment"),
        ('"🙂🙂 How does this sound? ${', "string"),
        ("required", "decorator"),
        ("reason", "enumMember"),
    } <= kinds
    assert ("line", "parameter", {"declaration"}) in found
    assert ("sum", "method", {"defaultLibrary"}) in found
    assert ("reading", "variable", {"readonly", "declaration"}) in found


async def test_a_word_that_is_a_name_is_no_keyword(editor: Editor) -> None:
    found = await tokens(editor, "machine from\n  accepts\n    returns as text\n    as as text\n")
    kinds = [(text, kind) for text, kind, _ in found if text in ("from", "returns", "as")]
    assert kinds == [
        ("from", "class"),
        ("returns", "property"),
        ("as", "keyword"),
        ("as", "property"),
        ("as", "keyword"),
    ]


async def test_a_secret_is_a_variable_that_nobody_sets(editor: Editor) -> None:
    found = await tokens(editor, SENDING)
    secrets = [(kind, modifiers) for text, kind, modifiers in found if text == "partner_key"]
    assert secrets == [("variable", {"readonly", "declaration"}), ("variable", {"readonly"})]


async def test_tokens_of_a_range_are_those_of_the_whole(editor: Editor) -> None:
    buffer = editor.open(ORDER)
    range_ = lsp.Range(buffer.at("  responds"), buffer.at("  ensures"))
    found = await editor.client.text_document_semantic_tokens_range_async(
        lsp.SemanticTokensRangeParams(buffer.id, range_)
    )
    assert found is not None
    assert [text for text, _, _ in decoded(buffer, found.data)][:4] == [
        "responds",
        "with",
        "total",
        "as",
    ]


async def test_what_has_several_lines_folds(editor: Editor) -> None:
    buffer = editor.open(f"// one\n// two\n{ORDER}")
    found = await editor.client.text_document_folding_range_async(lsp.FoldingRangeParams(buffer.id))
    assert found is not None
    text = buffer.text.split("\n")
    folded = {text[one.start_line].strip(): text[one.end_line].strip() for one in found}
    assert folded["accepts"] == 'country as enum("ch", "de"), default: "ch"'
    assert folded["compute sum"] == "{total: prices.sum(), mood: steps.reading.mood}"
    assert folded['test "an empty order costs nothing"'] == 'expect {total: 0, mood: "glad"}'
    comment = next(one for one in found if one.kind == lsp.FoldingRangeKind.Comment)
    assert (comment.start_line, comment.end_line) == (0, 2)


async def test_selections_grow(editor: Editor) -> None:
    buffer = editor.open(marked(ORDER, "line.price *", "line.pri|ce *"))
    found = await editor.client.text_document_selection_range_async(
        lsp.SelectionRangeParams(buffer.id, [buffer.cursor])
    )
    assert found is not None
    texts = []
    chain: lsp.SelectionRange | None = found[0]
    while chain is not None:
        texts.append(buffer.slice(chain.range))
        chain = chain.parent
    assert texts[:5] == [
        "price",
        "line.price",
        "line.price * line.amount",
        "line => line.price * line.amount",
        "input.lines.map(line => line.price * line.amount)",
    ]
    assert texts[-1] == ORDER


async def hints(editor: Editor, program: str) -> dict[str, str]:
    """Label of each hint by what stands before it on its line."""
    buffer = editor.open(program)
    found = await editor.client.text_document_inlay_hint_async(
        lsp.InlayHintParams(buffer.id, buffer.whole)
    )
    assert found is not None
    text = buffer.text.split("\n")
    return {
        text[hint.position.line][: hint.position.character].strip(): str(hint.label)
        for hint in found
    }


async def test_hints_show_inferred_types(editor: Editor) -> None:
    shown = await hints(editor, ORDER)
    assert shown["let prices"] == ": list of decimal"
    assert shown["compute sum"].startswith(": object {total as decimal")
    assert shown["let prices = input.lines.map(line"] == ": line"
    assert "ask reading" not in shown


async def test_hints_mark_steps_that_wait_for_a_person(editor: Editor) -> None:
    shown = await hints(editor, EVERYWHERE)
    assert shown["recall kept"] == "held for approval"
    assert shown["for each item in input.items as shown"] == ": list of text"


async def signature(editor: Editor, program: str) -> tuple[str, int] | None:
    buffer = editor.open(program)
    found = await editor.client.text_document_signature_help_async(
        lsp.SignatureHelpParams(buffer.id, buffer.cursor)
    )
    if found is None:
        return None
    return found.signatures[0].label, found.active_parameter or 0


async def test_signatures_say_which_argument_comes_next(editor: Editor) -> None:
    head = "machine m\n  accepts\n    a as text, is required\n  implements\n    compute b\n      "
    label = "text.slice(start as integer, end? as integer) gives text"
    assert await signature(editor, f"{head}input.a.slice(|") == (label, 0)
    assert await signature(editor, f"{head}input.a.slice(1, |)") == (label, 1)
    assert await signature(editor, f"{head}Math.max(1, toInteger(|") == (
        "toInteger(value as any) gives integer",
        0,
    )
    assert await signature(editor, f"{head}input.a|") is None


async def test_lenses_stand_above_tests_and_surfaces(editor: Editor) -> None:
    buffer = editor.open(ORDER)
    found = await editor.client.text_document_code_lens_async(lsp.CodeLensParams(buffer.id))
    assert found is not None
    commands = [(one.command.title, one.command.command) for one in found if one.command]
    assert commands == [
        ("Open /", "kanvas.openSurface"),
        ("Open /ws/order", "kanvas.openSurface"),
        ("Run all tests", "kanvas.runTest"),
        ("Run test", "kanvas.runTest"),
    ]


async def test_uses_leads_to_the_file(editor: Editor, tmp_path: Path) -> None:
    other = tmp_path / "other.kanvas"
    other.write_text("machine other\n", encoding="utf-8")
    uri = (tmp_path / "app.kanvas").as_uri()
    buffer = editor.open('uses "other.kanvas"\nmachine m\n', uri)
    found = await editor.client.text_document_document_link_async(lsp.DocumentLinkParams(buffer.id))
    assert found is not None
    (link,) = found
    assert (buffer.slice(link.range), link.target) == ("other.kanvas", other.as_uri())
