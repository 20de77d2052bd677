"""Our edits as the protocol's."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from kanvasc.diagnostics import Edit
from kanvasc.lsp.documents import Document


def text_edits(document: Document, edits: Iterable[Edit]) -> list[lsp.TextEdit]:
    return [lsp.TextEdit(document.positions.range(edit.span), edit.text) for edit in edits]


def workspace_edit(changes: Iterable[tuple[Document, Iterable[Edit]]]) -> lsp.WorkspaceEdit:
    """Edits of several documents; an editor refuses those of an older version than it has."""
    return lsp.WorkspaceEdit(
        document_changes=[
            lsp.TextDocumentEdit(
                lsp.OptionalVersionedTextDocumentIdentifier(document.uri, document.version),
                list(text_edits(document, edits)),
            )
            for document, edits in changes
        ]
    )
