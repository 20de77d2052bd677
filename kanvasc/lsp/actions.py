"""Code actions: every fix, all safe fixes at once, and changes that need no finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from kanvasc.analysis import Analysis
from kanvasc.analysis.actions import actions, fix_all, fixes
from kanvasc.lsp.documents import Document
from kanvasc.lsp.edits import workspace_edit
from kanvasc.lsp.findings import diagnostic
from kanvasc.lsp.positions import Positions
from kanvasc.lsp.server import Server
from kanvasc.source import Source, Span

FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.kanvasc"
KINDS = [
    lsp.CodeActionKind.QuickFix,
    lsp.CodeActionKind.RefactorExtract,
    lsp.CodeActionKind.RefactorRewrite,
    lsp.CodeActionKind.SourceFixAll,
    FIX_ALL,
]


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=KINDS))
    def on_actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        document = server.document(params.text_document.uri)
        within = document.positions.span(params.range)
        only = params.context.only
        found = [*_fixes(document, within), *_others(document, within), *_all(document)]
        return [action for action in found if _wanted(action, only)]


def _wanted(action: lsp.CodeAction, only: Sequence[lsp.CodeActionKind | str] | None) -> bool:
    """Kinds are paths: who asks for `refactor` gets `refactor.extract` too."""
    if only is None:
        return True
    kind = _text(action.kind or "")
    return any(kind == _text(one) or kind.startswith(f"{_text(one)}.") for one in only)


def _text(kind: lsp.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, lsp.CodeActionKind) else kind


def _fixes(document: Document, within: Span) -> Iterator[lsp.CodeAction]:
    for found, fix in fixes(document.analysis, within):
        yield lsp.CodeAction(
            title=fix.title[:1].upper() + fix.title[1:],
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(document, found)],
            is_preferred=fix.safe,
            edit=workspace_edit([(document, fix.edits)]),
        )


def _others(document: Document, within: Span) -> Iterator[lsp.CodeAction]:
    titles = {fix.title for _, fix in fixes(document.analysis, within)}
    for action in actions(document.analysis, within):
        if action.title not in titles:
            yield lsp.CodeAction(
                title=action.title,
                kind=lsp.CodeActionKind(action.kind),
                edit=workspace_edit([(document, action.edits)]),
            )


def _all(document: Document) -> Iterator[lsp.CodeAction]:
    # On the buffer as it is: one edit may reach over several declarations.
    plain = Analysis(Source(document.source.path, document.text), document.analysis.sources)
    edits = fix_all(plain)
    positions = Positions(plain.source, document.positions.encoding)
    if edits:
        yield lsp.CodeAction(
            title="Fix all that is safe to fix",
            kind=FIX_ALL,
            edit=workspace_edit([(document, edits)], positions),
        )
