"""Diagnostics for people: excerpt with carets, related places, why, and what to write."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from kanvasc.diagnostics.diagnostic import Diagnostic, Related, Severity
from kanvasc.diagnostics.run import Run
from kanvasc.records import dataclass
from kanvasc.source import Source, Span

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.HINT: "36"}
_WIDEST_EXCERPT = 160
"""Columns of a source line in a pipe; on a terminal a line takes what the window has."""
_NARROWEST_EXCERPT = 40
TAB = "    "
_EMOJI_SIGN = "\ufe0f"
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_JOINED_HANGUL = frozenset(map(chr, range(0x1160, 0x1200)))
"""Vowels and finals of Hangul, drawn into the syllable that the character before them began."""


@dataclass(frozen=True, slots=True)
class Style:
    """Prose is wrapped at `width`; `window`: columns of the terminal, None in a pipe."""

    colour: bool = False
    width: int = 80
    window: int | None = None

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text


def document(run: Run, style: Style) -> str:
    """All findings of a run."""
    return "".join(render(source, found, style) for source, found in run.programs)


def render(source: Source, diagnostics: Iterable[Diagnostic], style: Style) -> str:
    """All findings of one program, each ended by an empty line."""
    return "".join(f"{render_one(source, found, style)}\n" for found in diagnostics)


def render_one(source: Source, found: Diagnostic, style: Style) -> str:
    tint = _COLOURS[found.severity]
    place = source.position(found.span.start)
    gutter = len(str(max(_lines(source, found))))
    head = f"{found.severity}[{found.code}]"
    first, *rest = _title(clean(found.title), len(head) + len(": "), style)
    lines = [f"{style.paint(head, f'1;{tint}')}: {style.paint(first, '1')}"]
    lines += [f"  {style.paint(line, '1')}" for line in rest]
    arrow = style.paint(f"{' ' * gutter}╭─", "34")
    lines.append(f"{arrow} {clean(source.path)}:{place.line}:{place.column}")
    lines += _excerpt(source, found.span, found.label, "^", tint, gutter, style)
    for related in found.related:
        if _is_here(source, related):
            lines.append(_bar(gutter, style))
            lines += _excerpt(source, related.span, related.label, "-", "34", gutter, style)
        else:
            lines.append(f"{_bar(gutter, style)} {_elsewhere(related.source or source, related)}")
    lines.append(style.paint(f"{' ' * gutter}╰─", "34"))
    for text in (found.why, f"help: {found.help}" if found.help else ""):
        if text:
            lines += [f"  {line}" for line in wrap(clean(text), style.width - 2)]
    return "\n".join(lines) + "\n"


def _title(title: str, head: int, style: Style) -> list[str]:
    """On one line in a pipe, where tools look for it; on a terminal on as many as it takes."""
    if style.window is None or head + width_of(title) <= style.window:
        return [title]
    return wrap(title, style.window - head)


def _lines(source: Source, found: Diagnostic) -> list[int]:
    here = [related.span for related in found.related if _is_here(source, related)]
    spans = [found.span, *here]
    return [source.line_of(span.start) for span in spans]


def _is_here(source: Source, related: Related) -> bool:
    return related.source in (None, source)


def _elsewhere(source: Source, related: Related) -> str:
    """A place in another file, on one line."""
    place = source.position(related.span.start)
    return f"{clean(source.path)}:{place.line}:{place.column}: {clean(related.label)}"


def _bar(gutter: int, style: Style) -> str:
    return style.paint(f"{' ' * gutter} │", "34")


def _excerpt(
    source: Source, span: Span, label: str, mark: str, tint: str, gutter: int, style: Style
) -> list[str]:
    """The span's first line and the marks under it."""
    line = source.line_of(span.start)
    text = source.line_text(line)
    start = span.start - source.line_starts[line - 1]
    end = min(max(span.end - source.line_starts[line - 1], start), len(text))
    room = _WIDEST_EXCERPT if style.window is None else style.window - gutter - len(" │ ")
    room = max(_NARROWEST_EXCERPT, room)
    text, start, end = _window(text, start, end, room)
    number = style.paint(f"{line:>{gutter}} │", "34")
    before = width_of(shown(text[:start]))
    marks = mark * max(1, width_of(shown(text[start:end])))
    under = _labelled(marks, clean(label), before, room if style.window else None)
    excerpt = f"{number} {shown(text)}".rstrip()
    return [excerpt, *(f"{_bar(gutter, style)} {style.paint(line, tint)}" for line in under)]


def _labelled(marks: str, label: str, before: int, room: int | None) -> list[str]:
    """The marks `before` columns in, the label behind them or, where it has no room, below."""
    line = " " * before + marks
    if not label:
        return [line]
    if room is None or width_of(line) + 1 + width_of(label) <= room:
        return [f"{line} {label}"]
    margin = " " * max(0, min(before, room - _NARROWEST_EXCERPT))
    return [line, *(margin + part for part in wrap(label, room - len(margin)))]


def _window(text: str, start: int, end: int, room: int) -> tuple[str, int, int]:
    """The part of a line that holds the span and takes at most about `room` columns."""
    columns = width_of(shown(text))
    if columns <= room:
        return text, start, end
    size = max(1, len(text) * room // columns - len("……"))
    left = max(0, min(start - size // 3, len(text) - size))
    right = min(len(text), left + size)
    prefix, suffix = ("…" if left else ""), ("…" if right < len(text) else "")
    part = f"{prefix}{text[left:right]}{suffix}"
    return part, start - left + len(prefix), min(end, right) - left + len(prefix)


def clean(text: str) -> str:
    """`text` on one line, its control characters visible: a program cannot drive the terminal."""
    return "".join(
        character if _printable(character) else f"\\u{{{ord(character):x}}}" for character in text
    )


def shown(text: str) -> str:
    """A source line as it is printed: tabs have a width, control characters are visible."""
    return clean(text.replace("\t", TAB))


def _printable(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def width_of(text: str) -> int:
    """Columns on a terminal: CJK and emoji take two, what joins the sign before it none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, " " + text, text))


def _columns(before: str, character: str) -> int:
    """Of one character behind another (UAX #11, UTS #51)."""
    if character == _EMOJI_SIGN:
        # The sign before it is drawn as an emoji, which takes two.
        return 1 if _columns(" ", before) == 1 and before != " " else 0
    if unicodedata.category(character) in ("Mn", "Me") or character in _JOINED_HANGUL:
        return 0
    if character in _SKIN_TONES and _columns(" ", before) == 2:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` columns; what stands in backticks is not parted."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and width_of(line) + 1 + width_of(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _words(text: str) -> list[str]:
    """Words, where a space inside backticks parts nothing."""
    words: list[str] = []
    open_ = False
    for word in text.split(" "):
        if open_:
            words[-1] += f" {word}"
        else:
            words.append(word)
        open_ ^= word.count("`") % 2 == 1
    return words


def summary(counts: dict[Severity, int], files: int) -> str:
    """`2 errors and 1 warning in 1 file`."""
    parts = [plural(counts[severity], str(severity)) for severity in Severity if counts[severity]]
    if not parts:
        return f"no problems in {plural(files, 'file')}"
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} in {plural(files, 'file')}"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
