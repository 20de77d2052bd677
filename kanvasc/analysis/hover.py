"""What there is to say about the thing under the cursor."""

from __future__ import annotations

from typing import NamedTuple

from kanvasc.analysis import words
from kanvasc.analysis.about import about_entity
from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.functions import EVERY, called
from kanvasc.analysis.nodes import around
from kanvasc.analysis.shapes import spelt
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.library import CONSTANTS, NAMESPACES, LibraryFunction
from kanvasc.types.types import UNKNOWN, Enum


class Hover(NamedTuple):
    """`code` is in the language; `text` is Markdown, and may be empty."""

    span: Span
    code: str
    text: str


def hover(analysis: Analysis, offset: int) -> Hover | None:
    """What an editor shows where the pointer rests; None where there is nothing to say."""
    if in_comment(analysis, offset):
        return None
    path = around(analysis.tree, offset)
    occurrence = analysis.index.at(offset)
    if occurrence is not None:
        code, text = about_entity(analysis, occurrence, path)
        return Hover(occurrence.span, code, text)
    return (
        _function(analysis, path, offset)
        or _word(analysis, path, offset)
        or _value(analysis, path, offset)
    )


def in_comment(analysis: Analysis, offset: int) -> bool:
    return any(
        comment.span.start < offset <= comment.span.end for comment in analysis.tree.comments
    )


def _function(analysis: Analysis, path: tuple[tree.Node, ...], offset: int) -> Hover | None:
    """A library function, by the name of it or of its namespace."""
    nodes = [node for node in path if isinstance(node, tree.Member | tree.NameRef)]
    for node in reversed(nodes):
        span = node.name.span if isinstance(node, tree.Member) else node.span
        if not span.start <= offset <= span.end:
            continue
        function = called(analysis.trace, node)
        if function is not None:
            return Hover(span, *shown(function))
        whole = analysis.source.text[node.span.start : node.span.end]
        if whole in CONSTANTS:
            return Hover(span, f"{whole} as number", f"{CONSTANTS[whole]}")
    return None


def shown(function: LibraryFunction) -> tuple[str, str]:
    return function.signature, function.doc


def _word(analysis: Analysis, path: tuple[tree.Node, ...], offset: int) -> Hover | None:
    """A keyword, an option, a capability, a root: words with a meaning of their own."""
    span = word_at(analysis.source.text, offset)
    if span is None or any(_is_text(node, span) for node in path[-1:]):
        return None
    word = analysis.source.text[span.start : span.end]
    doc = _doc(analysis, path, word, span)
    if not doc:
        return None
    return Hover(span, word if word not in NAMESPACES else f"{word}.…", doc)


def _is_text(node: tree.Node, span: Span) -> bool:
    return isinstance(node, tree.TextLit) and node.span.start < span.start


def _doc(analysis: Analysis, path: tuple[tree.Node, ...], word: str, span: Span) -> str:
    owner = next((node for node in reversed(path) if _names(node, span)), None)
    match owner:
        case tree.TypeExpr():
            return words.TYPES.get(word, "")
        case tree.Capability():
            return words.CAPABILITIES.get(word, "")
        case tree.Surface():
            return words.SURFACES.get(word, "")
        case tree.Option():
            return words.OPTIONS.get(word, "")
        case tree.With():
            return words.WITHS.get(word, "")
        case tree.Modifier():
            return words.MODIFIERS.get(owner.word.text, "")
        case tree.NameRef():
            return _root(word)
        case tree.Member(object=tree.NameRef(text="context")):
            return words.CONTEXT.get(word, "")
        case None:
            return _keyword(analysis.source.text, span)
    return ""


def _root(word: str) -> str:
    if word in NAMESPACES:
        listed = ", ".join(f"`{name}`" for name in EVERY if name.startswith(f"{word}."))
        return f"Functions: {listed}"
    return words.ROOTS.get(word, "")


def _names(node: tree.Node, span: Span) -> bool:
    """Whether a word is the name in a node."""
    if isinstance(node, tree.NameRef):
        return node.span == span
    name = getattr(node, "name", None) or getattr(node, "word", None) or getattr(node, "kind", None)
    return (
        isinstance(name, tree.Name) and name.span.start <= span.start and span.end <= name.span.end
    )


def _keyword(text: str, span: Span) -> str:
    """A keyword may be of two or three words; the cursor is in one of them."""
    line = text[text.rfind("\n", 0, span.start) + 1 : span.start].split()
    after = text[span.end : span.end + 40].split("\n")[0].split()
    word = text[span.start : span.end]
    for start in range(min(2, len(line)), -1, -1):
        for end in range(2, -1, -1):
            phrase = " ".join([*line[len(line) - start :], word, *after[:end]])
            doc = words.about(phrase)
            if doc and (start or end or word not in ("is", "to", "for", "with", "on")):
                return doc
    return words.about(word)


def _value(analysis: Analysis, path: tuple[tree.Node, ...], offset: int) -> Hover | None:
    """The type of the innermost expression that has one to tell."""
    for node in reversed(path):
        type_ = analysis.trace.type_of(node)
        if type_ is None:
            continue
        if type_ == UNKNOWN or isinstance(node, tree.MapLit | tree.TextLit | tree.BoolLit):
            return None
        if isinstance(type_, Enum) and type_.literal:
            return None
        return Hover(node.span, spelt(type_), "")
    return None


def word_at(text: str, offset: int) -> Span | None:
    """The word that a cursor touches."""
    start = end = offset
    while start > 0 and is_word(text[start - 1]):
        start -= 1
    while end < len(text) and is_word(text[end]):
        end += 1
    return Span(start, end) if end > start else None


def is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())
