"""Programs of the corpus, and the ways to write one program."""

from __future__ import annotations

from pathlib import Path

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.source import Source
from kanvasc.syntax import parse
from kanvasc.syntax.words import SECTION_WORDS

CORPUS = Path(__file__).parents[1] / "corpus" / "syntax"
HEAD = "machine m\n  accepts\n    a as text\n"
STEPS = HEAD + "  implements\n"


def corpus() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in sorted(CORPUS.glob("*.kanvas"))}


def source(text: str) -> Source:
    return Source("test.kanvas", text)


def findings(text: str) -> list[Diagnostic]:
    return list(parse(source(text)).diagnostics)


def errors(text: str) -> list[Diagnostic]:
    return [found for found in findings(text) if found.severity is Severity.ERROR]


def is_section(line: str) -> bool:
    words = line.split()
    if words[1:2] == ["as"] or line.strip().endswith(":"):
        return False
    return words[0] in SECTION_WORDS or words[:2] == ["responds", "with"]


def sections_at_margin(text: str) -> str:
    """Layout 2: sections at column 0, their items as deep below them as before."""
    out: list[str] = []
    machine = False
    for line in text.split("\n"):
        if line and not line.startswith(" "):
            machine = line.startswith("machine")
        out.append(line[2:] if machine and line.startswith("  ") else line)
    return "\n".join(out)


def line_a_section(text: str) -> str:
    """Layout 3: one line a section, for programs without comments and step bodies."""
    out: list[str] = []
    for line in filter(str.strip, text.split("\n")):
        if is_section(line) or line.startswith("machine"):
            out.append(line.strip())
        else:
            out[-1] += " " + line.strip()
    return "\n".join(out)


def one_line(text: str) -> str:
    """Layout 4: all on one line."""
    return " ".join(text.split())


def shown(text: str) -> str:
    """A program with what is said about it, for snapshots."""
    at = source(text)
    out = [text.rstrip("\n"), "-" * 40]
    for found in findings(text):
        start, end = at.position(found.span.start), at.position(found.span.end)
        place = f"{start.line}:{start.column}-{end.line}:{end.column}"
        out.append(f"{found.code} {found.severity} {place} {found.title}")
        out += [f"  {name}: {value}" for name, value in _details(found) if value]
    return "\n".join(out) + "\n"


def _details(found: Diagnostic) -> list[tuple[str, str]]:
    fixes = [f"{fix.title}{'' if fix.safe else ' (unsafe)'}" for fix in found.fixes]
    return [("label", found.label), ("help", found.help), ("fix", "; ".join(fixes))]


def fixed(text: str) -> str:
    """The program with the first fix of every finding applied, the last one first."""
    edits = {edit for found in findings(text) if found.fixes for edit in found.fixes[0].edits}
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
