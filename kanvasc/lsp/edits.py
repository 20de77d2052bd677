"""Our edits as the protocol's."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from kanvasc.diagnostics import Edit
from kanvasc.lsp.documents import Document
from kanvasc.lsp.positions import Positions


def text_edits(positions: Positions, edits: Iterable[Edit]) -> list[lsp.TextEdit]:
    return [lsp.TextEdit(positions.range(edit.span), edit.text) for edit in edits]


def workspace_edit(
    changes: Iterable[tuple[Document, Iterable[Edit]]], positions: Positions | None = None
) -> lsp.WorkspaceEdit:
    """Edits of several documents; an editor refuses those of an older version than it has.
    `positions`: how their spans are counted, where that is not as in the analysis."""
    return lsp.WorkspaceEdit(
        document_changes=[
            lsp.TextDocumentEdit(
                lsp.OptionalVersionedTextDocumentIdentifier(document.uri, document.version),
                list(text_edits(positions or document.positions, edits)),
            )
            for document, edits in changes
        ]
    )
