"""Texts, numbers, keys and operators: how they are spelt."""

from __future__ import annotations

import re
from typing import Final

from kanvasc.format.doc import HARD, Doc, Nest
from kanvasc.format.written import Written
from kanvasc.syntax import tree
from kanvasc.syntax.build.texts import margin
from kanvasc.syntax.strings import Inside, pieces_of
from kanvasc.syntax.words import FLAG_WORDS

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "&&": ("and", "&&"),
    "||": ("or", "||"),
    "==": ("==", "is"),
    "!=": ("!=", "is not"),
    "<": ("<", "is less than"),
    ">": (">", "is greater than"),
    "<=": ("<=", "is at most"),
    ">=": (">=", "is at least"),
}
"""Words and signs for one operator; the first where nobody chose."""
_COMMENT: Final = re.compile(r"//[^\n]*")


def operator(written: Written, node: tree.Binary) -> str:
    """As its author wrote it, the word or the sign."""
    ways = _SPELLINGS.get(node.op, (node.op,))
    chosen = " ".join(_COMMENT.sub("", written.of(node.op_span)).split())
    if chosen == "is" and isinstance(node.right, tree.NameRef) and node.right.text in FLAG_WORDS:
        return "=="  # `is required` would be read as a modifier.
    return chosen if chosen in ways else ways[0]


def is_word_not(written: Written, node: tree.Unary) -> bool:
    """Whether it is the loose `not`, not the tight `!`."""
    return node.op == "!" and written.of(node.span)[:1] != "!"


def key(written: Written, name: tree.Name) -> str:
    raw = written.of(name.span)
    if raw.startswith('"') and not raw.startswith('"""'):
        return raw
    return name.text if _NAME.fullmatch(name.text) else quoted(name.text)


def quoted(text: str) -> str:
    """A text as a literal."""
    out = "".join(_ESCAPES.get(sign) or _visible(sign) for sign in text)
    return '"' + out.replace("${", "\\${") + '"'


def _visible(sign: str) -> str:
    return sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}"


def made(node: tree.TextLit, shown: list[str]) -> str:
    """The literal of a text that was not read; `shown`: its expressions, in order."""
    expressions = iter(shown)
    parts = (
        quoted(part)[1:-1] if isinstance(part, str) else "${" + next(expressions) + "}"
        for part in node.parts
    )
    return '"' + "".join(parts) + '"'


def insides(written: Written, node: tree.TextLit) -> list[Inside]:
    """Where the expressions of a text stand."""
    quote = 3 if written.text.startswith('"""', node.span.start) else 1
    start, end = node.span.start + quote, node.span.end - quote
    pieces = pieces_of(written.text, start, end, [])
    return [piece for piece in pieces if isinstance(piece, Inside)]


def literal(written: Written, node: tree.TextLit, replaced: list[tuple[Inside, str]]) -> Doc:
    """A text as it is written, but for the expressions in it."""
    raw, at = "", node.span.start
    for inside, shown in replaced:
        raw += written.text[at : inside.start] + shown
        at = inside.end
    raw += written.text[at : node.span.end]
    if not raw.startswith('"""') or "\n" not in raw:
        return raw
    return _long(raw[3:-3])


def _long(raw: str) -> Doc:
    """Lines, as deep as each other as before, below the line of the opening quotes."""
    first, *lines, last = raw.split("\n")
    indentation = margin(raw)
    inside: list[Doc] = []
    for line in lines:
        inside += [HARD, line[indentation:]]
    # The closing quotes alone on a line are not part of the text.
    inside += [HARD, last[indentation:] if last.strip() else "", '"""']
    return ('"""' + (first if first.strip() else ""), Nest(inside))
