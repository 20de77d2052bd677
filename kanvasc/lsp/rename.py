"""Rename, after asking whether there is something to rename."""

from __future__ import annotations

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidRequest

from kanvasc.analysis import rename as renaming
from kanvasc.lsp.edits import workspace_edit
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def on_prepare(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        document, analysis, offset = server.at(params)
        try:
            found = renaming.renamed(analysis, offset)
        except renaming.NoRename:
            return None
        range_ = document.positions.range(found.span)
        return lsp.PrepareRenamePlaceholder(range_, found.entity.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def on_rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        document, analysis, offset = server.at(params)
        try:
            entity = renaming.renamed(analysis, offset).entity
            documents = server.speaking_of(document, entity)
            others = [other.analysis for other in documents[1:]]
            changes = renaming.rename(analysis, offset, params.new_name, others)
        except renaming.NoRename as problem:
            raise JsonRpcInvalidRequest(str(problem)) from None
        by_analysis = {id(one.analysis): one for one in documents}
        return workspace_edit((by_analysis[id(one.analysis)], one.edits) for one in changes)
