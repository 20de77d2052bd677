"""What each word is, for colours that know more than spelling: steps, fields, keywords, types."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.entities import Kind
from kanvasc.analysis.functions import called
from kanvasc.analysis.words import ROOTS
from kanvasc.source import Span
from kanvasc.syntax import brackets, tree
from kanvasc.syntax.nodes import nodes
from kanvasc.syntax.scanner import NUMBER, STRING, WORD, Piece, scan
from kanvasc.syntax.words import KEYWORDS, PHRASES
from kanvasc.types.library import NAMESPACES
from kanvasc.types.types import SCALARS


class TokenKind(StrEnum):
    """The protocol's own names, so that every theme has colours for them."""

    keyword = "keyword"
    type = "type"
    class_ = "class"
    property = "property"
    variable = "variable"
    parameter = "parameter"
    function = "function"
    method = "method"
    namespace = "namespace"
    event = "event"
    enum_member = "enumMember"
    decorator = "decorator"
    string = "string"
    number = "number"
    operator = "operator"
    comment = "comment"


class Modifier(StrEnum):
    declaration = "declaration"
    readonly = "readonly"
    modification = "modification"
    default_library = "defaultLibrary"


class Token(NamedTuple):
    """On one line."""

    span: Span
    kind: TokenKind
    modifiers: frozenset[Modifier] = frozenset()


_BY_KIND: Final = {
    Kind.machine: TokenKind.class_,
    Kind.type: TokenKind.type,
    Kind.field: TokenKind.property,
    Kind.entry: TokenKind.property,
    Kind.step: TokenKind.variable,
    Kind.flow: TokenKind.function,
    Kind.let: TokenKind.variable,
    Kind.variable: TokenKind.variable,
    Kind.parameter: TokenKind.parameter,
    Kind.event: TokenKind.event,
    Kind.secret: TokenKind.variable,
}
_READONLY: Final = frozenset({Kind.step, Kind.let, Kind.variable, Kind.secret})
_LIBRARY: Final = frozenset({Modifier.default_library})
_SIGNS: Final = frozenset(
    {
        "=>",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        "&&",
        "||",
        "??",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "!",
    }
)
_WORDS: Final = frozenset(KEYWORDS) | {
    word for first, rest in PHRASES.items() for phrase, _ in rest for word in (first, *phrase)
}


def tokens(analysis: Analysis) -> tuple[Token, ...]:
    """In the order of the text, none over another."""
    named = _named(analysis)
    found: list[Token] = []
    for piece in brackets.match(scan(analysis.source)):
        found.extend(_of_piece(analysis, piece, named))
    found.extend(Token(one.span, TokenKind.comment) for one in analysis.tree.comments)
    return tuple(_one_line(analysis, sorted(found)))


def _of_piece(analysis: Analysis, piece: Piece, named: dict[Span, Token]) -> list[Token]:
    known = named.get(piece.span)
    if known is not None:
        return [known]
    if piece.kind == WORD:
        word = Token(piece.span, TokenKind.keyword)
        return [word] if piece.text in _WORDS or not analysis.parsed.diagnostics else []
    if piece.kind == NUMBER:
        return [Token(piece.span, TokenKind.number)]
    if piece.kind == STRING:
        return _of_text(analysis, piece, named)
    return [Token(piece.span, TokenKind.operator)] if piece.kind in _SIGNS else []


def _of_text(analysis: Analysis, piece: Piece, named: dict[Span, Token]) -> list[Token]:
    """A text, and between its parts what is interpolated."""
    within = named.get(piece.inside)
    if within is not None:
        return [within]
    found: list[Token] = []
    start = piece.start
    for inner in _interpolations(analysis, piece):
        found.append(Token(Span(start, inner.start), TokenKind.string))
        for one in brackets.match(scan(analysis.source, inner.start, inner.end)):
            if one.kind != "end":
                found.extend(_of_piece(analysis, one, named))
        start = inner.end
    found.append(Token(Span(start, piece.end), TokenKind.string))
    return [token for token in found if token.span.end > token.span.start]


def _interpolations(analysis: Analysis, piece: Piece) -> list[Span]:
    literal = analysis.literals.get(piece.start)
    if literal is None:
        return []
    return [part.span for part in literal.parts if not isinstance(part, str)]


def _named(analysis: Analysis) -> dict[Span, Token]:
    """The words that stand for something, by their spans."""
    found: dict[Span, Token] = {}
    for node in nodes(analysis.tree):
        for token in _of_node(analysis, node):
            found.setdefault(token.span, token)  # the outer node knows more
    for occurrence in analysis.index.occurrences:
        kind = occurrence.entity.kind
        modifiers = {Modifier.readonly} if kind in _READONLY else set()
        if occurrence.role == "definition":
            modifiers.add(Modifier.declaration)
        elif occurrence.role == "write":
            modifiers.add(Modifier.modification)
        found[occurrence.span] = Token(occurrence.span, _BY_KIND[kind], frozenset(modifiers))
    return found


def _of_node(analysis: Analysis, node: tree.Node) -> list[Token]:
    match node:
        case tree.NameRef(span=span, text=text):
            return [_of_root(span, text)]
        case tree.Member(name=name) if called(analysis.trace, node) is not None:
            return [Token(name.span, TokenKind.method, _LIBRARY)]
        case tree.Member(name=name):
            return [Token(name.span, TokenKind.property)]
        case tree.TypeExpr(word=word):
            library = _LIBRARY if word.text in SCALARS else frozenset()
            return [Token(word.span, TokenKind.type, library)]
        case tree.Modifier(word=word):
            return [Token(span, TokenKind.decorator) for span in _words(analysis, word.span)]
        case tree.Option(name=name) | tree.MapEntry(key=name):
            return [Token(name.span, TokenKind.property)]
        case tree.Capability(name=name) | tree.Guard(name=name):
            return [Token(name.span, TokenKind.enum_member)]
        case tree.Surface(kind=kind):
            return [Token(kind.span, TokenKind.keyword)]
        case tree.With(word=word):
            return [Token(word.span, TokenKind.property)]
        case tree.Clause(subject=tree.Name(span=span)):
            return [Token(span, TokenKind.keyword)]
        case tree.Name(span=span, text=text) if text:
            return [Token(span, TokenKind.variable)]
    return []


def _words(analysis: Analysis, span: Span) -> list[Span]:
    """`is required` is two words and one name."""
    found = re.finditer(r"\w+", analysis.source.text[span.start : span.end])
    return [Span(span.start + one.start(), span.start + one.end()) for one in found]


def _of_root(span: Span, text: str) -> Token:
    if text in NAMESPACES:
        return Token(span, TokenKind.namespace, _LIBRARY)
    if text in ROOTS:
        return Token(span, TokenKind.variable, _LIBRARY)
    return Token(span, TokenKind.function if text.startswith(("to", "now")) else TokenKind.variable)


def _one_line(analysis: Analysis, found: list[Token]) -> list[Token]:
    """Texts over several lines are one token a line; blanks at a line's ends are none."""
    text = analysis.source.text
    single: list[Token] = []
    for token in found:
        start = token.span.start
        for line in text[start : token.span.end].split("\n"):
            if line.strip():
                single.append(token._replace(span=Span(start, start + len(line))))
            start += len(line) + 1
    return single
