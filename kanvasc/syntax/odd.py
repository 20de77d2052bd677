"""Characters that the language has no use for: a precise finding, then the likely meaning."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from kanvasc.diagnostics import Edit, Fix, report
from kanvasc.source import Span
from kanvasc.syntax.strings import interpolation_end, string_end

if TYPE_CHECKING:
    from kanvasc.syntax.scanner import Scanner

FOREIGN_SIGNS: Final = {"===": "==", "!==": "!=", "?.": ".", "->": "=>"}
_REPLACED: Final = {
    "&": "&&", "|": "||", "≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "÷": "/", "−": "-", "–": "-",
    "→": "=>", "…": "...",
}  # fmt: skip
_CURLY: Final = "“”„‟«»＂"
_SPACES: Final = re.compile(
    "[\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+"
)
_ODD_NUMBER: Final = re.compile(r"[0-9](?:[A-Za-z0-9_]|\.(?=[0-9]))*")
_DURATION: Final = re.compile(r"[0-9]+(?:ms|s|m|h|d|KB|MB|kb|mb)")
_SINGLE: Final = re.compile(r"'((?:[^'\\\n]|\\.)*)'")
_CURLY_TEXT: Final = re.compile(r'[“”„‟«»＂]([^“”„‟«»＂"\n]*)[“”„‟«»＂"]')
_CURLY_SINGLE: Final = "‘‚"
_SINGLE_CURLY: Final = re.compile(r'[‘‚]([^‘’"\n]*)[‘’]')
_HALF_CURLY: Final = re.compile(r'"([^“”"\n\\]*)”')
_BLOCK_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_UNKNOWN: Final = re.compile(r"[^\sA-Za-z0-9_\"'“”„‟()\[\]{},:.?+\-*/%<>=!&|#;]+")


def read(scanner: Scanner) -> None:
    """Take what stands at the scanner's place, of which the usual pattern made nothing."""
    char = scanner.text[scanner.at]
    if char == '"':
        _text(scanner)
    elif char.isdigit() and char.isascii():
        _number(scanner)
    elif char in "'`":
        _single_quoted(scanner)
    elif char in _CURLY:
        _curly(scanner)
    elif char in _CURLY_SINGLE and (single := _SINGLE_CURLY.match(scanner.text, scanner.at)):
        _curly_text(scanner, single)
    elif _SPACES.match(char):
        _space(scanner)
    elif char == "#":
        _hash_comment(scanner)
    elif scanner.text.startswith("/*", scanner.at):
        _block_comment(scanner)
    elif char == ";":
        _semicolon(scanner)
    elif char in _REPLACED:
        _replace(scanner, char, _REPLACED[char])
    else:
        _drop(scanner)


def foreign_sign(scanner: Scanner, text: str, end: int) -> str:
    """Report an operator of another language; the operator that it stands for."""
    ours = FOREIGN_SIGNS[text]
    span = Span(scanner.at, end)
    title = f"There is no `{text}` here: write `{ours}`"
    why = "`==` compares by value, and never converts, so one spelling is enough."
    if text == "->":
        why = "An arm of `match` and the body of a small function stand behind `=>`."
    if text == "?.":
        title = "`.` is enough: a member of null is null"
        why = "Where the left side may be null, null flows through `.` already."
    scanner.report(
        report(
            "K0010",
            span,
            title,
            label="not an operator of this language",
            why=why,
            help=f"write `{ours}`",
            fixes=(Fix(f"Write `{ours}`", (Edit(span, ours),)),),
        )
    )
    return ours


def indentation(scanner: Scanner, margin: str) -> int:
    """Report tabs in a line's margin; the columns that the margin takes."""
    width = 0
    for char in margin:
        width = (width // 2 + 1) * 2 if char == "\t" else width + 1
    span = Span(scanner.line, scanner.line + len(margin))
    rest = scanner.text[span.end : span.end + 1]
    if rest not in ("", "\n", "\r") and not scanner.text.startswith("//", span.end):
        scanner.report(
            report(
                "K0011",
                span,
                "This line is indented with a tab",
                label="a tab is as wide as each editor likes",
                help="indent with spaces, two a level",
                fixes=(Fix("Indent with spaces", (Edit(span, " " * width),)),),
            )
        )
    return width


def _text(scanner: Scanner) -> None:
    text, at = scanner.text, scanner.at
    end, closed = string_end(text, at, scanner.end)
    half = _HALF_CURLY.match(text, at, end)
    if not closed and half is not None:
        _curly_text(scanner, half)
        return
    if not closed and _open_expression(scanner, end):
        return
    if not closed:
        scanner.unclosed(end)
    scanner.add_string(
        at + _quote_width(text, at, end), end - _quote_width(text, at, end) * closed, end
    )


def _open_expression(scanner: Scanner, end: int) -> bool:
    """Whether the text would be closed on its line but for a `}`, which is then reported."""
    text, at = scanner.text, scanner.at
    open_ = text.find("${", at, end)
    while open_ >= 0 and interpolation_end(text, open_ + 2, end) is not None:
        open_ = text.find("${", open_ + 2, end)
    quote = text.find('"', open_ + 2, end)
    if open_ < 0 or quote < 0 or text.startswith('"""', at) or "\n" in text[at:quote]:
        return False
    scanner.report(
        report(
            "K0021",
            Span(open_, open_ + 2),
            "This `${` is never closed",
            label="`}` is missing",
            help="write `}` where the expression ends",
            fixes=(Fix("Write `}`", (Edit(Span(quote, quote), "}"),), safe=False),),
        )
    )
    scanner.scan.faulty.append(Span(open_, quote + 1))
    scanner.add_string(at + 1, quote, quote + 1)
    return True


def _quote_width(text: str, at: int, end: int) -> int:
    return 3 if end - at >= 3 and text.startswith('"""', at) else 1


def _number(scanner: Scanner) -> None:
    found = _ODD_NUMBER.match(scanner.text, scanner.at, scanner.end)
    assert found is not None
    written = found.group()
    digits = re.match(r"[0-9]+", written.replace("_", ""))
    number = digits.group() if digits else "0"
    span = Span(scanner.at, found.end())
    replacement, help_ = number, "write numbers as in `42`, `0.95` or `1e3`"
    if _DURATION.fullmatch(written):
        replacement, help_ = f'"{written}"', "write durations and sizes as a text"
    elif written.replace("_", "").isdigit():
        replacement = written.replace("_", "")
    scanner.report(
        report(
            "K0009",
            span,
            f"`{written}` is not a number",
            label="not a number",
            help=f"{help_}; here: `{replacement}`",
            fixes=(Fix(f"Write `{replacement}`", (Edit(span, replacement),), safe=False),),
        )
    )
    scanner.add("number", number, found.end())
    scanner.scan.faulty.append(Span(span.start, span.end + 10))


def _single_quoted(scanner: Scanner) -> None:
    char = scanner.text[scanner.at]
    pattern = _SINGLE if char == "'" else re.compile(r"`([^`\n]*)`")
    found = pattern.match(scanner.text, scanner.at, scanner.end)
    if found is None:
        _drop(scanner)
        return
    inside = found.group(1)
    written = inside.replace('\\"', '"').replace('"', '\\"').replace("\\'", "'")
    _requote(scanner, found, f'"{written}"', f"A text stands in double quotes, not in `{char}`")


def _curly(scanner: Scanner) -> None:
    found = _CURLY_TEXT.match(scanner.text, scanner.at, scanner.end)
    if found is None:
        _drop(scanner)
    else:
        _curly_text(scanner, found)


def _curly_text(scanner: Scanner, found: re.Match[str]) -> None:
    title = 'These quotes are typographic: the language knows only `"`'
    _requote(scanner, found, f'"{found.group(1)}"', title)


def _requote(scanner: Scanner, found: re.Match[str], written: str, title: str) -> None:
    span = Span(found.start(), found.end())
    scanner.report(
        report(
            "K0007",
            span,
            title,
            label='write it in `"`',
            help=f"write `{written}`",
            fixes=(Fix("Use straight double quotes", (Edit(span, written),)),),
        )
    )
    scanner.add_string(found.start(1), found.end(1), found.end())


def _space(scanner: Scanner) -> None:
    found = _SPACES.match(scanner.text, scanner.at, scanner.end)
    assert found is not None
    span = Span(scanner.at, found.end())
    if span.start > 0 or found.group() != "\ufeff":
        scanner.report(
            report(
                "K0007",
                span,
                "Here is a space that is not an ordinary one",
                label=f"U+{ord(found.group()[0]):04X}, often pasted from mail or a web page",
                help="replace it by an ordinary space",
                fixes=(Fix("Use ordinary spaces", (Edit(span, _as_wide(found.group())),)),),
            )
        )
    scanner.skip(found.end())


def _as_wide(spaces: str) -> str:
    """As many ordinary spaces, so that an indentation stays what it looks like."""
    return " " * max(1, sum(unicodedata.category(space) == "Zs" for space in spaces))


def _hash_comment(scanner: Scanner) -> None:
    newline = scanner.text.find("\n", scanner.at, scanner.end)
    end = scanner.end if newline < 0 else newline
    span = Span(scanner.at, scanner.at + 1)
    scanner.report(
        report(
            "K0010",
            span,
            "Comments begin with `//`",
            label="`#` begins nothing",
            help="write `//` instead of `#`",
            fixes=(Fix("Write `//`", (Edit(span, "//"),)),),
        )
    )
    scanner.skip(end)


def _block_comment(scanner: Scanner) -> None:
    found = _BLOCK_COMMENT.match(scanner.text, scanner.at, scanner.end)
    assert found is not None
    scanner.report(
        report(
            "K0010",
            Span(scanner.at, scanner.at + 2),
            "Comments begin with `//`, and end with their line",
            label="there are no `/* … */` comments",
            help="begin each line of the comment with `//`",
        )
    )
    scanner.skip(found.end())


def _semicolon(scanner: Scanner) -> None:
    span = Span(scanner.at, scanner.at + 1)
    scanner.report(
        report(
            "K0010",
            span,
            "Nothing here ends with `;`",
            label="not needed",
            help="delete it: a line ends by itself",
            fixes=(Fix("Delete `;`", (Edit(span, ""),)),),
        )
    )
    scanner.skip(span.end)


def _replace(scanner: Scanner, written: str, ours: str) -> None:
    span = Span(scanner.at, scanner.at + len(written))
    if ours == "...":
        _drop(scanner)
        return
    scanner.report(
        report(
            "K0010",
            span,
            f"There is no `{written}` here: write `{ours}`",
            label="not an operator of this language",
            help=f"write `{ours}`",
            fixes=(Fix(f"Write `{ours}`", (Edit(span, ours),)),),
        )
    )
    scanner.add(ours, ours, span.end)


def _drop(scanner: Scanner) -> None:
    found = _UNKNOWN.match(scanner.text, scanner.at, scanner.end)
    end = found.end() if found else scanner.at + 1
    written = scanner.text[scanner.at : end]
    span = Span(scanner.at, end)
    shown = written if written.isprintable() and len(written) <= 20 else f"U+{ord(written[0]):04X}"
    scanner.report(
        report(
            "K0007",
            span,
            f"`{shown}` means nothing here",
            label="this is not part of the language",
            help='delete it, or put it in a text: `"…"`',
            fixes=(Fix(f"Delete `{shown}`", (Edit(span, ""),), safe=False),),
        )
    )
    scanner.distrust()
    scanner.skip(end)
