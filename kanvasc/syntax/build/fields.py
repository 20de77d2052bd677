"""Reductions of fields, types, modifiers and options."""

from __future__ import annotations

from typing import Any, Final

from kanvasc.diagnostics import Edit, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.build import texts
from kanvasc.syntax.build.base import (
    Builder,
    Children,
    Reduction,
    Token,
    expressions,
    name_of,
    of_type,
    span_of,
)
from kanvasc.syntax.build.exprs import key_name

_OLDER_TYPES: Final = {"string": "text"}
_FLAGS: Final = frozenset({"required", "optional", "secret"})


def _field(_: Builder, children: Children) -> tree.Field:
    name, type_ = name_of(children[0]), _known(children[2])
    return tree.Field(span_of(children), name, type_, of_type(children, tree.Modifier))


def _known(type_: object) -> tree.TypeExpr | None:
    return type_ if isinstance(type_, tree.TypeExpr) and type_.word.text else None


def _older_field(builder: Builder, children: Children) -> tree.Field:
    key, colon = children[0], children[1]
    written = f"{key.text}:"
    span = Span(key.span.start, colon.span.end)
    builder.older(span, written, f"{key.text} as", (Edit(Span(key.span.end, span.end), " as"),))
    return _field(builder, children)


def _type(builder: Builder, children: Children) -> Any:
    (token,) = children
    word = name_of(token)
    if token.text == "file":
        builder.report(_no_files(token.span))
        return tree.Missing(token.span)
    if token.text == "object":
        builder.older(token.span, "object", "map")
        word.text = "map"
    return tree.TypeExpr(token.span, _word(builder, word))


def _no_files(span: Span) -> Any:
    return report(
        "K9003",
        span,
        "The type `file` is not supported yet",
        label="not supported yet",
        help="accept a `text` that holds the content, or a url",
    )


def _word(builder: Builder, word: tree.Name) -> tree.Name:
    ours = _OLDER_TYPES.get(word.text)
    if ours:
        builder.older(word.span, word.text, ours)
        word.text = ours
    return word


def _type_of(builder: Builder, children: Children) -> Any:
    word, _, item = children
    node = tree.TypeExpr(span_of(children), name_of(word), of=_known(item))
    return builder.composite(node, (item,))


def _type_object(builder: Builder, children: Children) -> Any:
    fields = of_type(children, tree.Field)
    node = tree.TypeExpr(span_of(children), name_of(children[0]), fields=fields)
    return builder.composite(node, [field.type for field in fields])


def _type_call(builder: Builder, children: Children) -> Any:
    word, opening = children[0], children[1]
    inner = of_type(children, tree.TypeExpr)
    if word.text in ("list", "map") and len(inner) == 1:
        return _older_collection(builder, children, inner[0], opening)
    values = tuple(_as_value(child) for child in children[2:-1] if not isinstance(child, Token))
    return tree.TypeExpr(span_of(children), name_of(word), values=values)


def _older_collection(
    builder: Builder, children: Children, item: tree.TypeExpr, opening: Token
) -> Any:
    word, closing, span = children[0], children[-1], span_of(children)
    written = builder.source.text[span.start : span.end]
    inside = builder.source.text[opening.span.end : closing.span.start].strip()
    edits = (Edit(Span(word.span.end, opening.span.end), " of "), Edit(closing.span, ""))
    builder.older(span, written, f"{word.text} of {inside}", edits)
    return builder.composite(tree.TypeExpr(span, name_of(word), of=item), (item,))


def _as_value(child: Any) -> tree.Expr:
    if isinstance(child, tree.TypeExpr):
        return tree.NameRef(child.span, child.word.text)
    value: tree.Expr = child
    return value


# --- modifiers


def _modifier(builder: Builder, children: Children) -> tree.Modifier:
    first = children[0]
    if first.kind == "MOD_TEXT":
        value = texts.text(builder, children[1])
        return tree.Modifier(span_of(children), name_of(first), value)
    if first.kind == "FROM":
        return tree.Modifier(span_of(children), name_of(first), children[1])
    if first.text in _FLAGS:
        return _older_flag(builder, first)
    return tree.Modifier(first.span, name_of(first))


def _modifier_is(_: Builder, children: Children) -> tree.Modifier:
    span = span_of(children)
    return tree.Modifier(span, tree.Name(span, f"is {children[1].text}"))


def _modifier_required(builder: Builder, children: Children) -> tree.Modifier:
    return _older_flag(builder, children[0])


def _older_flag(builder: Builder, word: Token) -> tree.Modifier:
    ours = f"is {word.text}"
    builder.older(word.span, word.text, ours)
    return tree.Modifier(word.span, tree.Name(word.span, ours))


def _modifier_default(builder: Builder, children: Children) -> tree.Modifier:
    word, value = children
    builder.older(word.span, "default", "default:")
    return tree.Modifier(span_of(children), name_of(word), value)


def _modifier_key(builder: Builder, children: Children) -> tree.Modifier:
    key, _, value = children
    return tree.Modifier(span_of(children), key_name(builder, key), value)


def _path(builder: Builder, children: Children) -> Any:
    names = [child for child in children if child.kind == "NAME"]
    found: Any = tree.NameRef(names[0].span, names[0].text)
    for name in names[1:]:
        span = Span(names[0].span.start, name.span.end)
        found = builder.composite(tree.Member(span, found, name_of(name)), (found,))
    return found


# --- options


def _option(builder: Builder, children: Children) -> tree.Option:
    values = expressions(children)
    return tree.Option(span_of(children), key_name(builder, children[0]), values)


REDUCTIONS: Final[dict[str, Reduction]] = {
    "field": _field,
    "older_field": _older_field,
    "type": _type,
    "type_of": _type_of,
    "type_object": _type_object,
    "type_call": _type_call,
    "modifier": _modifier,
    "modifier_is": _modifier_is,
    "modifier_required": _modifier_required,
    "modifier_default": _modifier_default,
    "modifier_key": _modifier_key,
    "path": _path,
    "option": _option,
}
