"""Reductions of sections, machines and the file."""

from __future__ import annotations

from typing import Any, Final, Literal

from kanvasc.diagnostics import Edit
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.build import texts
from kanvasc.syntax.build.base import (
    Builder,
    Children,
    Reduction,
    Token,
    first_token,
    name_of,
    of_type,
    span_of,
)
from kanvasc.syntax.build.external import OLDER_HTTP, unsupported
from kanvasc.syntax.build.reserved import declared_name
from kanvasc.syntax.build.steps import STEPS, OnFailure, last_failure, last_value
from kanvasc.syntax.titles import BLOCKS, SECTIONS

_OLDER_CAPABILITIES: Final = {
    "llm_call": "reason",
    "http_request": "http",
}
_VERDICTS: Final = {
    "ALLOWED_TO": "allowed",
    "NOT_ALLOWED_TO": "not allowed",
    "REQUIRES_APPROVAL_FOR": "requires approval",
}
_CONFIGURATION: Final = tuple(BLOCKS)
_SECTIONS: Final = (*SECTIONS, tree.Unsupported)


# --- the file


def _file(_: Builder, children: Children) -> tree.File:
    span = span_of(children) if children else Span(0, 0)
    return tree.File(
        span,
        of_type(children, tree.Uses),
        of_type(children, tree.TypeDecl),
        of_type(children, tree.Machine),
        of_type(children, tree.Unsupported),
    )


def _uses(builder: Builder, children: Children) -> tree.Uses:
    return tree.Uses(span_of(children), texts.text(builder, children[1]))


def _type_decl(builder: Builder, children: Children) -> tree.TypeDecl:
    name, fields = declared_name(builder, children[1]), of_type(children, tree.Field)
    return tree.TypeDecl(span_of(children), name, fields)


def _machine(builder: Builder, children: Children) -> tree.Machine:
    title = first_token(children, "STRING")
    return tree.Machine(
        span_of(children),
        declared_name(builder, children[1]),
        texts.text(builder, title) if title else None,
        of_type(children, _SECTIONS),
    )


def _accepts(_: Builder, children: Children) -> tree.Accepts:
    return tree.Accepts(span_of(children), of_type(children, tree.Field))


def _responds_with(_: Builder, children: Children) -> tree.RespondsWith:
    return tree.RespondsWith(span_of(children), of_type(children, tree.Field))


# --- achieves, verifies


def _achieves(_: Builder, children: Children) -> tree.Achieves:
    return tree.Achieves(span_of(children), of_type(children, (tree.Statement, tree.Example)))


def _statement(builder: Builder, children: Children) -> tree.Statement:
    word, value = children
    text: tree.Expr = tree.NameRef(value.span, value.text)
    if value.kind == "STRING":
        text = texts.text(builder, value)
    return tree.Statement(span_of(children), name_of(word), text)


def _example(_: Builder, children: Children) -> tree.Example:
    return tree.Example(span_of(children), of_type(children, tree.Clause))


def _verifies(_: Builder, children: Children) -> tree.Verifies:
    return tree.Verifies(span_of(children), of_type(children, tree.Test))


def _test(builder: Builder, children: Children) -> tree.Test:
    title, clauses = texts.text(builder, children[1]), of_type(children, tree.Clause)
    return tree.Test(span_of(children), title, clauses)


_CLAUSES: Final[dict[str, Literal["given", "assuming", "expect"]]] = {
    "GIVEN": "given",
    "ASSUMING": "assuming",
    "EXPECT": "expect",
}
"""A clause is what it was read as: its word may be misspelt."""


def _clause(_: Builder, children: Children) -> tree.Clause:
    return tree.Clause(span_of(children), _CLAUSES[children[0].kind], None, None, children[1])


def _clause_subject(_: Builder, children: Children) -> tree.Clause:
    word, subject, value = children
    return tree.Clause(span_of(children), _CLAUSES[word.kind], name_of(subject), None, value)


def _clause_verb(_: Builder, children: Children) -> tree.Clause:
    word, subject, verb, value = children
    named = name_of(subject), name_of(verb)
    return tree.Clause(span_of(children), _CLAUSES[word.kind], *named, value)


# --- ensures


def _ensures(builder: Builder, children: Children) -> tree.Ensures:
    blocks: list[Any] = []
    heading: Token | None = None
    rules: list[tree.Rule] = []
    for child in children[1:]:
        if isinstance(child, tree.Rule):
            rules.append(child)
            continue
        _close_permissions(builder, blocks, heading, rules)
        heading, rules = None, []
        if isinstance(child, Token):
            heading = child
        else:
            blocks.append(child)
    _close_permissions(builder, blocks, heading, rules)
    return tree.Ensures(span_of(children), tuple(blocks))


def _close_permissions(
    builder: Builder, blocks: list[Any], heading: Token | None, rules: list[tree.Rule]
) -> None:
    if heading is None and not rules:
        return
    first = heading or rules[0]
    if heading is None:
        start = rules[0].span.start
        edit = Edit(Span(start, start), "permissions ")
        words = builder.source.text[start:].split(None, 3)[:2]
        span = Span(start, start + len(words[0]))
        builder.older(span, " ".join(words) + " …", "permissions " + " ".join(words), (edit,))
    last = rules[-1] if rules else first
    blocks.append(tree.Permissions(Span(first.span.start, last.span.end), tuple(rules)))


def _rule(_: Builder, children: Children) -> tree.Rule:
    verdict: Any = _VERDICTS[children[0].kind]
    return tree.Rule(span_of(children), verdict, of_type(children, tree.Capability))


def _capability(builder: Builder, children: Children) -> tree.Capability:
    word = name_of(children[0])
    target = texts.text(builder, children[1]) if len(children) > 1 else None
    ours = _OLDER_CAPABILITIES.get(word.text)
    if ours:
        builder.older(word.span, word.text, ours)
        word.text = ours
    elif target and word.text == "call" and (target.plain or "").startswith(OLDER_HTTP):
        builder.older(span_of(children), f'call "{target.plain}"', "http")
        word.text, target = "http", None
    return tree.Capability(span_of(children), word, target)


def _machine_call(builder: Builder, children: Children) -> tree.Capability:
    machine, _, call = children[:3]
    span = Span(machine.span.start, call.span.end)
    if (machine.text, call.text) == ("machine", "call"):
        builder.older(span, "machine.call", "call")
        name = tree.Name(span, "call")
    else:
        name = tree.Name(span, f"{machine.text}.{call.text}")
    target = texts.text(builder, children[3]) if len(children) > 3 else None
    return tree.Capability(span_of(children), name, target)


def _guards(_: Builder, children: Children) -> tree.Guards:
    return tree.Guards(span_of(children), of_type(children, tree.Guard))


def _guard(_: Builder, children: Children) -> tree.Guard:
    return tree.Guard(span_of(children), name_of(children[0]), of_type(children, tree.Option))


def _needs(_: Builder, children: Children) -> tree.Needs:
    return tree.Needs(span_of(children), of_type(children, tree.Option))


def _limits(_: Builder, children: Children) -> tree.Limits:
    return tree.Limits(span_of(children), of_type(children, tree.Option))


# --- expresses


def _expresses(_: Builder, children: Children) -> tree.Expresses:
    return tree.Expresses(span_of(children), of_type(children, (tree.Surface, tree.Unsupported)))


def _surface(builder: Builder, children: Children) -> tree.Surface:
    options = of_type(children, tree.Option)
    for option in options:
        _older_authentication(builder, option)
    renders = of_type(children, tree.Render)
    return tree.Surface(span_of(children), name_of(children[0]), options, renders)


def _older_authentication(builder: Builder, option: tree.Option) -> None:
    if option.name.text != "authentication":
        return
    edits = [Edit(option.name.span, "auth")]
    option.name.text = "auth"
    for value in option.values:
        if isinstance(value, tree.TextLit) and value.plain:
            edits.append(Edit(value.span, value.plain))
    builder.older(option.name.span, "authentication", "auth", tuple(edits))
    option.values = tuple(_unquoted(value) for value in option.values)


def _unquoted(value: tree.Expr) -> tree.Expr:
    if isinstance(value, tree.TextLit) and value.plain:
        return tree.NameRef(value.span, value.plain)
    return value


def _render(_: Builder, children: Children) -> tree.Render:
    return tree.Render(span_of(children), name_of(children[1]), name_of(children[3]))


# --- implements


class Value:
    """The bare expression at the end of `implements`, told apart from values inside of blocks."""

    __slots__ = ("expression", "span")

    def __init__(self, expression: tree.Expr) -> None:
        self.span = expression.span
        self.expression = expression


def _implements_value(_: Builder, children: Children) -> Value:
    return Value(children[0])


def _implements(builder: Builder, children: Children) -> tree.Implements:
    parts = [c for c in children if isinstance(c, (*STEPS, Value, OnFailure))]
    items = [c.expression if isinstance(c, Value) else c for c in parts]
    value = last_value(builder, [c for c in items if not isinstance(c, OnFailure)])
    return tree.Implements(
        span_of(children),
        of_type(children, _CONFIGURATION),
        of_type(children, STEPS),
        of_type(children, tree.Flow),
        value,
        last_failure(builder, items),
    )


def _older_flows(builder: Builder, children: Children) -> Token:
    (word,) = children
    builder.older(word.span, "flows", "flow …", (Edit(word.span, ""),))
    token: Token = word
    return token


def _state(_: Builder, children: Children) -> tree.State:
    return tree.State(span_of(children), of_type(children, tree.Field))


def _runtime(_: Builder, children: Children) -> tree.RuntimeOptions:
    return tree.RuntimeOptions(span_of(children), of_type(children, tree.Option))


def _schedules(_: Builder, children: Children) -> tree.Schedules:
    return tree.Schedules(span_of(children), of_type(children, tree.Option))


def _subscribes(_: Builder, children: Children) -> tree.Subscribes:
    return tree.Subscribes(span_of(children), of_type(children, tree.Subscribe))


def _subscribe(builder: Builder, children: Children) -> tree.Subscribe:
    flow = name_of(children[3]) if len(children) > 3 else None
    return tree.Subscribe(span_of(children), texts.text(builder, children[1]), flow)


def _publishes(_: Builder, children: Children) -> tree.Publishes:
    return tree.Publishes(span_of(children), of_type(children, tree.PublishedEvent))


def _published(builder: Builder, children: Children) -> tree.PublishedEvent:
    schema = of_type(children, tree.Field) if len(children) > 1 else None
    event = texts.text(builder, children[0])
    return tree.PublishedEvent(span_of(children), event, schema)


REDUCTIONS: Final[dict[str, Reduction]] = {
    "file": _file,
    "uses": _uses,
    "type_decl": _type_decl,
    "machine": _machine,
    "unsupported": unsupported,
    "accepts": _accepts,
    "responds_with": _responds_with,
    "achieves": _achieves,
    "statement": _statement,
    "example": _example,
    "verifies": _verifies,
    "test": _test,
    "clause": _clause,
    "clause_subject": _clause_subject,
    "clause_verb": _clause_verb,
    "ensures": _ensures,
    "rule": _rule,
    "capability": _capability,
    "capability_dotted": _machine_call,
    "guards": _guards,
    "guard": _guard,
    "needs": _needs,
    "limits": _limits,
    "expresses": _expresses,
    "surface": _surface,
    "render": _render,
    "implements": _implements,
    "implements_value": _implements_value,
    "older_flows": _older_flows,
    "state": _state,
    "runtime": _runtime,
    "schedules": _schedules,
    "subscribes": _subscribes,
    "subscribe": _subscribe,
    "publishes": _publishes,
    "published": _published,
}
