"""Completion, with places to fill in where the editor knows them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lsprotocol import types as lsp

from kanvasc.analysis.complete import complete
from kanvasc.analysis.completing import Completion, Sort
from kanvasc.lsp.documents import Document
from kanvasc.lsp.server import Server

_KINDS = {
    Sort.field: lsp.CompletionItemKind.Field,
    Sort.step: lsp.CompletionItemKind.Variable,
    Sort.variable: lsp.CompletionItemKind.Variable,
    Sort.function: lsp.CompletionItemKind.Function,
    Sort.method: lsp.CompletionItemKind.Method,
    Sort.constant: lsp.CompletionItemKind.Constant,
    Sort.namespace: lsp.CompletionItemKind.Module,
    Sort.keyword: lsp.CompletionItemKind.Keyword,
    Sort.type: lsp.CompletionItemKind.Class,
    Sort.option: lsp.CompletionItemKind.Property,
    Sort.value: lsp.CompletionItemKind.EnumMember,
    Sort.event: lsp.CompletionItemKind.Event,
    Sort.machine: lsp.CompletionItemKind.Module,
    Sort.file: lsp.CompletionItemKind.File,
}
_PLACE = re.compile(r"\$(?:\{\d+(?::([^}]*))?\}|\d+)")
MOST_FILES = 200


def register(server: Server) -> None:
    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[".", '"', "{", ":"]),
    )
    def on_completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        document, analysis, offset = server.at(params)
        found = complete(analysis, offset, lambda: _beside(document))
        range_ = document.positions.range(found.span)
        snippets = _snippets(server)
        items = [_item(one, range_, snippets, order) for order, one in enumerate(found.items)]
        return lsp.CompletionList(is_incomplete=False, items=items)


def _snippets(server: Server) -> bool:
    document = server.client_capabilities.text_document
    completion = document.completion if document is not None else None
    item = completion.completion_item if completion is not None else None
    return bool(item is not None and item.snippet_support)


def _item(one: Completion, range_: lsp.Range, snippets: bool, order: int) -> lsp.CompletionItem:
    text, form = one.text, lsp.InsertTextFormat.PlainText
    if one.snippet and snippets:
        form = lsp.InsertTextFormat.Snippet
    elif one.snippet:
        text = filled(text)
    return lsp.CompletionItem(
        label=one.label,
        kind=_KINDS[one.sort],
        detail=one.detail or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, one.doc) if one.doc else None,
        sort_text=f"{order:04}",
        text_edit=lsp.TextEdit(range_, text),
        insert_text_format=form,
        insert_text_mode=lsp.InsertTextMode.AdjustIndentation if "\n" in text else None,
    )


def filled(snippet: str) -> str:
    """A snippet with its examples in their places, for editors that have no snippets."""
    return _PLACE.sub(lambda place: place[1] or "", snippet)


def _beside(document: Document) -> list[str]:
    """The other programs below the document's folder, as `uses` names them."""
    own = Path(document.source.path)
    if not own.is_absolute():
        return []
    found: list[str] = []
    for path in sorted(own.parent.rglob("*.kanvas")):
        if path != own and len(found) < MOST_FILES:
            found.append(os.path.relpath(path, own.parent).replace(os.sep, "/"))
    return found
