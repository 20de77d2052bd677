"""An editor is told what the command tells: the same codes and words at the same places."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from kanvasc.diagnostics import Diagnostic
from kanvasc.diagnostics.run import prose
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.programs import WRONG
from tests.lsp.editor import Editor, position

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "hint": lsp.DiagnosticSeverity.Hint,
}
WIDE = (
    'machine m\n  accepts\n    a as text, default: "größe" // 数 😀\n    b as txt, label "数😀"\n'
)


def expected(text: str) -> list[tuple[object, ...]]:
    def told(found: Diagnostic) -> tuple[object, ...]:
        start, end = position(text, found.span.start), position(text, found.span.end)
        said = "\n".join((found.title, prose(found))).rstrip()
        return found.code, SEVERITIES[found.severity.value], start, end, said

    return [told(found) for found in Compilation(Source("app.kanvas", text)).diagnostics]


@pytest.mark.parametrize("initial", sorted({path.stem[:2] for path in WRONG}))
async def test_editors_are_told_what_the_command_tells(editor: Editor, initial: str) -> None:
    texts = [p.read_text(encoding="utf-8") for p in WRONG if p.stem.startswith(initial)]
    for text in (*texts, WIDE):
        buffer = editor.open(f"|{text}")
        told = [
            (one.code, one.severity, one.range.start, one.range.end, one.message)
            for one in await buffer.findings()
        ]
        assert told == expected(text), text
        assert told
        editor.close(buffer)
