"""Signature help for library functions."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.signature import signature
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP,
        lsp.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    def on_signature(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        _, analysis, offset = server.at(params)
        found = signature(analysis, offset)
        if found is None:
            return None
        information = lsp.SignatureInformation(
            label=found.label,
            documentation=found.doc,
            parameters=[lsp.ParameterInformation(label=one) for one in found.parameters],
            active_parameter=found.active,
        )
        return lsp.SignatureHelp([information], 0, found.active)
