"""What `kanvasc explain` says of a code, and the page of all codes: both from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kanvasc.diagnostics.diagnostic import Diagnostic
from kanvasc.diagnostics.registry import CODES, Code
from kanvasc.diagnostics.text import Style, render, wrap
from kanvasc.names import closest
from kanvasc.source import Source

FAMILIES = {
    "K0": "Syntax and layout",
    "K1": "Names",
    "K2": "Types",
    "K3": "Contracts",
    "K4": "Governance",
    "K5": "Surfaces",
    "K6": "Tests",
    "K7": "Events and pushes",
    "K9": "Not supported yet",
}
Check = Callable[[Source], Iterable[Diagnostic]]
"""The compiler, which this layer does not know."""


class NoSuchCode(Exception):
    """The text is one sentence, with the code that was probably meant."""


def entry_of(written: str) -> Code:
    """The code that was written, in capitals or not, with its K or without.

    Raises NoSuchCode.
    """
    code = written.strip().upper()
    code = f"K{code}" if code.isdigit() else code
    if code in CODES:
        return CODES[code]
    near = closest(code, CODES)
    hint = f"did you mean {near}?" if near else "`kanvasc explain` lists all codes"
    raise NoSuchCode(f"there is no code {written!r}: {hint}")


def explanation(entry: Code, check: Check, style: Style) -> str:
    """Title, reason, the wrong program with what is said to it, and the right one."""
    head = style.paint(f"{entry.code} ({entry.severity})", "1")
    lines = [f"{head}: {entry.title}", "", *wrap(entry.why, style.width), ""]
    lines += ["This is wrong:", "", *_indented(entry.wrong), "", "kanvasc says:", ""]
    lines += _indented(_said(entry, check, style))
    lines += ["", "This is right:", "", *_indented(entry.right)]
    return "\n".join([*lines, ""])


def listing(style: Style) -> str:
    """All codes by family, a line each."""
    lines: list[str] = []
    for family, codes in families():
        lines += [style.paint(f"{family}xxx  {FAMILIES[family]}", "1")]
        lines += [f"  {code.code}  {code.severity:7}  {code.title}" for code in codes] + [""]
    return "\n".join(lines)


def families() -> Iterator[tuple[str, list[Code]]]:
    for family in FAMILIES:
        yield (
            family,
            sorted(
                (code for code in CODES.values() if code.code.startswith(family)),
                key=lambda code: code.code,
            ),
        )


def page(check: Check) -> str:
    """All codes as Markdown; each has an anchor, such as `#k1007`."""
    lines = [
        "# What kanvasc says",
        "",
        "Every finding has a code. `kanvasc explain CODE` shows what stands here. How findings are",
        "printed, fixed and allowed is told in [checking.md](checking.md).",
        "",
        *(f"- [{family}xxx](#{_anchor(family)}): {FAMILIES[family]}" for family, _ in families()),
    ]
    for family, codes in families():
        lines += ["", f"## {family}xxx: {FAMILIES[family]}"]
        for entry in codes:
            lines += _section(entry, check)
    return "\n".join([*lines, ""])


def _anchor(family: str) -> str:
    return f"{family}xxx: {FAMILIES[family]}".lower().replace(":", "").replace(" ", "-")


def _section(entry: Code, check: Check) -> Iterator[str]:
    yield from ("", f"### {entry.code}", "", f"**{entry.title}** ({entry.severity})", "", entry.why)
    yield from ("", "```kanvas wrong", entry.wrong.rstrip("\n"), "```")
    yield from ("", "```text", _said(entry, check, Style()).rstrip("\n"), "```")
    yield from ("", "Right:", "", "```kanvas", entry.right.rstrip("\n"), "```")


def _said(entry: Code, check: Check, style: Style) -> str:
    """With what `--fix` would do about it, or what an editor offers."""
    source = Source("app.kanvas", entry.wrong)
    found = tuple(check(source))
    fixes = {fix.title: fix.safe for one in found for fix in one.fixes}
    offered = [
        f"  fix: {title} ({'made by --fix' if safe else 'offered by editors'})\n"
        for title, safe in fixes.items()
    ]
    return render(source, found, style).rstrip("\n") + "\n" + "".join(offered)


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.rstrip("\n").split("\n")]
