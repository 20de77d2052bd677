"""Reductions of steps and their bodies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from kanvasc.diagnostics import Diagnostic, Edit, Fix, Related, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.build import texts
from kanvasc.syntax.build.base import (
    EXPRESSIONS,
    Builder,
    Children,
    Reduction,
    Token,
    expressions,
    first_token,
    name_of,
    of_type,
    span_of,
)
from kanvasc.syntax.build.external import older_target, unsupported_target
from kanvasc.syntax.build.reserved import declared_name, local_name

STEPS: Final = (
    tree.Ask,
    tree.HttpAction,
    tree.Compute,
    tree.Decide,
    tree.ForEach,
    tree.Together,
    tree.Retry,
    tree.RunFlow,
    tree.SetState,
    tree.Remember,
    tree.Recall,
    tree.Publish,
    tree.Push,
    tree.Unsupported,
)


# --- bodies


def _body(builder: Builder, children: Children) -> tree.Body:
    body: tree.Body = children[1] if len(children) == 3 else children[0]
    return body


def _block(builder: Builder, children: Children) -> tree.Body:
    span = span_of(children) if children else Span(0, 0)
    steps = of_type(children, STEPS)
    value = last_value(builder, [c for c in children if isinstance(c, (*STEPS, *EXPRESSIONS))])
    parts = (*STEPS, *EXPRESSIONS, OnFailure)
    failure = last_failure(builder, [c for c in children if isinstance(c, parts)])
    return tree.Body(span, steps, value, failure)


def last_failure(builder: Builder, items: Sequence[Any]) -> tree.Body | None:
    """What a body does where it fails, which is its last item; before others, nobody could tell
    whose failures are meant."""
    for item, follower in pairwise(() if builder.torn else items):
        if isinstance(item, OnFailure):
            builder.report(_not_at_the_end(item, follower))
    last = items[-1] if items else None
    return last.body if isinstance(last, OnFailure) else None


def _not_at_the_end(failure: OnFailure, follower: Any) -> Diagnostic:
    word = Span(failure.span.start, failure.span.start + len("on failure"))
    return report(
        "K0023",
        word,
        "`on failure` is not at the end of its body",
        related=(Related(follower.span, "the body goes on here"),),
        help="Move it to the end; or indent it, so that it ends the body of the step above.",
    )


def last_value(builder: Builder, items: Sequence[Any]) -> tree.Expr | None:
    """The value of a body, which is its last item; values before it would be lost silently."""
    for place, item in enumerate(() if builder.torn else items[:-1]):
        if isinstance(item, EXPRESSIONS) and not isinstance(item, tree.Missing):
            builder.report(_lost_value(item, items[place + 1]))
    last = items[-1] if items else None
    return last if isinstance(last, EXPRESSIONS) else None


def _lost_value(value: tree.Expr, follower: Any) -> Diagnostic:
    return report(
        "K0015",
        value.span,
        "This value is lost: a body has one value, its last line",
        label="nothing uses it",
        related=(Related(follower.span, "the body goes on here"),),
        help="give it a name with `compute`, move it to the end, or delete it",
        fixes=(Fix("Delete this value", (Edit(value.span, ""),), safe=False),),
    )


def _inline(builder: Builder, children: Children) -> tree.Body:
    return _block(builder, children)


class OnFailure:
    """`on failure` on its way into the body that it ends."""

    __slots__ = ("body", "span")

    def __init__(self, span: Span, body: tree.Body) -> None:
        self.span = span
        self.body = body


def _on_failure(_: Builder, children: Children) -> OnFailure:
    return OnFailure(span_of(children), children[1])


# --- ask, action


def _ask(builder: Builder, children: Children) -> tree.Ask | tree.Unsupported:
    span, name = span_of(children), declared_name(builder, children[1])
    via, target = None, None
    options = list(of_type(children, tree.Option))
    for older in of_type(children, OlderTarget):
        via, target = older.via, older.target
    for option in options:
        if via is None and option.name.text in ("using", "from"):
            via, target = _via(option.name.text), option.values[0]
            _no_more_targets(builder, option)
            options.remove(option)
            break
    if via == "from" and isinstance(target, tree.TextLit):
        if unsupported_target(builder, target):
            return tree.Unsupported(span, tree.Name(target.span, "ask"), name)
        target = older_target(builder, target)
    return tree.Ask(
        span,
        name,
        via,
        target,
        tuple(options),
        of_type(children, tree.With),
        _only(builder, children, tree.Returns, "returns"),
        _only(builder, children, tree.AssumingValues, "assuming"),
        of_type(children, tree.Unsupported),
    )


def _via(word: str) -> Literal["using", "from"]:
    return "using" if word == "using" else "from"


def _no_more_targets(builder: Builder, option: tree.Option) -> None:
    if len(option.values) > 1:
        second = option.values[1]
        builder.report(
            report(
                "K0001",
                second.span,
                "A step asks one target",
                label="a second one",
                help="write a step of its own for each target",
            )
        )


def _only(builder: Builder, children: Children, kind: Any, word: str) -> Any:
    """The part of a step that it has once, if it has it."""
    found = of_type(children, kind)
    if len(found) > 1:
        _report_twice(builder, word, found[0].span, found[1].span)
    return found[-1] if found else None


def _report_twice(builder: Builder, words: str, first: Span, second: Span) -> None:
    builder.report(
        report(
            "K1004",
            Span(second.start, second.start + len(words)),
            f"`{words}` stands twice here",
            label="the second one",
            related=(Related(Span(first.start, first.start + len(words)), "the first one"),),
            help=f"put all of it under one `{words}`",
        )
    )


class OlderTarget:
    """`using "…"` without its colon."""

    __slots__ = ("span", "target", "via")

    def __init__(self, span: Span, via: Literal["using", "from"], target: tree.Expr) -> None:
        self.span = span
        self.via = via
        self.target = target


def _ask_older(builder: Builder, children: Children) -> OlderTarget:
    word, target = children[-2], children[-1]
    text = builder.source.text
    before = len(text[: word.span.start].rstrip(" "))
    comma = text[before - 1] == ","
    start = word.span.start if comma else before
    edit = Edit(Span(start, word.span.end), f"{word.text}:" if comma else f", {word.text}:")
    builder.older(word.span, word.text, f", {word.text}:", (edit,))
    return OlderTarget(span_of(children), _via(word.text), target)


def _with(builder: Builder, children: Children) -> tree.With:
    word, value = children[1], children[-1]
    _text_on_next_line(builder, word, value)
    return tree.With(span_of(children), name_of(word), value)


def _text_on_next_line(builder: Builder, word: Token, value: tree.Expr) -> None:
    between = Span(word.span.end, value.span.start)
    written = builder.source.text[between.start : between.end]
    if word.kind == "NAME" and "\n" in written and not written.strip():
        ours = f"with {word.text} …"
        builder.older(value.span, "text on its own line", ours, (Edit(between, " "),))


def _returns(_: Builder, children: Children) -> tree.Returns:
    return tree.Returns(span_of(children), of_type(children, tree.Field))


def _assuming(_: Builder, children: Children) -> tree.AssumingValues:
    given = children[1]
    entries = of_type(children, tree.MapEntry)
    if isinstance(given, tree.MapLit):
        entries = given.entries
    return tree.AssumingValues(span_of(children), entries)


def _turned(builder: Builder, http: tree.Name, name: Token) -> tree.Name:
    """`action http NAME`: the step's own name stands first."""
    span = Span(http.span.start, name.span.end)
    written = f"{name.text} http"
    builder.report(
        report(
            "K0022",
            span,
            "The name of an action stands before `http`",
            label="the other way round",
            help=f"write `action {written}`",
            fixes=(Fix(f"Write `{written}`", (Edit(span, written),)),),
        )
    )
    return tree.Name(name.span, name.text)


def _action(builder: Builder, children: Children) -> tree.HttpAction | tree.Unsupported:
    name, kind = declared_name(builder, children[1]), children[2]
    if name.text == "http" and kind.text not in ("http", ""):
        name, kind = _turned(builder, name, kind), children[1]
    if kind.text not in ("http", ""):
        builder.report(
            report(
                "K0022",
                kind.span,
                f"There is no action `{kind.text}`",
                label="expected `http`",
                help="write `http`",
                fixes=(Fix("Write `http`", (Edit(kind.span, "http"),), safe=False),),
            )
        )
        return tree.Unsupported(span_of(children), tree.Name(kind.span, "action"), name)
    return tree.HttpAction(
        span_of(children),
        name,
        of_type(children, tree.Option),
        _only(builder, children, tree.Returns, "returns"),
        _only(builder, children, tree.AssumingValues, "assuming"),
    )


# --- compute, decide


def _compute(builder: Builder, children: Children) -> tree.Compute:
    name, lets = declared_name(builder, children[1]), of_type(children, tree.Let)
    return tree.Compute(span_of(children), name, lets, children[-1])


def _let(builder: Builder, children: Children) -> tree.Let:
    return tree.Let(span_of(children), local_name(builder, children[1]), children[3])


def _decide(builder: Builder, children: Children) -> tree.Decide:
    return tree.Decide(
        span_of(children),
        declared_name(builder, children[1]),
        whens=of_type(children, tree.When),
        otherwise=_otherwise_of(children),
    )


def _match(builder: Builder, children: Children) -> tree.Decide:
    return tree.Decide(
        span_of(children),
        declared_name(builder, children[1]),
        subject=children[3],
        cases=of_type(children, tree.Case),
        otherwise=_otherwise_of(children),
    )


class Otherwise:
    """`otherwise` on its way into its step."""

    __slots__ = ("body", "span")

    def __init__(self, span: Span, body: tree.Body) -> None:
        self.span = span
        self.body = body


def _otherwise_of(children: Children) -> tree.Body | None:
    found = of_type(children, Otherwise)
    return found[-1].body if found else None


def _when(builder: Builder, children: Children) -> tree.When:
    word, condition, body = children
    if word.kind != "WHEN":
        builder.older(word.span, word.text, "when")
    return tree.When(span_of(children), condition, body)


def _otherwise(builder: Builder, children: Children) -> Otherwise:
    word = children[0]
    if word.kind == "ELSE":
        builder.older(word.span, "else", "otherwise")
    return Otherwise(span_of(children), children[-1])


def _case(_: Builder, children: Children) -> tree.Case:
    return tree.Case(span_of(children), expressions(children), children[-1])


# --- steps around steps


def _for_each(builder: Builder, children: Children) -> tree.ForEach:
    named = first_token(children, "FOR_EACH_NAME")
    return tree.ForEach(
        span_of(children),
        local_name(builder, children[1]),
        children[3],
        declared_name(builder, named) if named else None,
        of_type(children, tree.Option),
        children[-1],
    )


def _for_each_name(_: Builder, children: Children) -> Token:
    name = children[1]
    return Token("FOR_EACH_NAME", name.text, name.span)


def _together(builder: Builder, children: Children) -> tree.Together:
    return tree.Together(span_of(children), declared_name(builder, children[1]), children[2])


def _retry(builder: Builder, children: Children) -> tree.Retry:
    name, options = declared_name(builder, children[1]), of_type(children, tree.Option)
    return tree.Retry(span_of(children), name, options, children[-1])


def _flow(builder: Builder, children: Children) -> tree.Flow:
    return tree.Flow(span_of(children), declared_name(builder, children[1]), children[2])


# --- small steps


def _run_flow(_: Builder, children: Children) -> tree.RunFlow:
    return tree.RunFlow(span_of(children), name_of(children[2]))


def _set_state(_: Builder, children: Children) -> tree.SetState:
    return tree.SetState(span_of(children), children[1], children[3])


def _remember(builder: Builder, children: Children) -> tree.Remember:
    name, options = declared_name(builder, children[1]), of_type(children, tree.Option)
    return tree.Remember(span_of(children), name, options)


def _recall(builder: Builder, children: Children) -> tree.Recall:
    name, options = declared_name(builder, children[1]), of_type(children, tree.Option)
    return tree.Recall(span_of(children), name, options)


def _publish(builder: Builder, children: Children) -> tree.Publish:
    return tree.Publish(span_of(children), texts.text(builder, children[1]), children[2])


def _push(_: Builder, children: Children) -> tree.Push:
    return tree.Push(span_of(children), children[1])


REDUCTIONS: Final[dict[str, Reduction]] = {
    "body": _body,
    "block": _block,
    "inline": _inline,
    "on_failure": _on_failure,
    "ask": _ask,
    "ask_older": _ask_older,
    "with": _with,
    "returns": _returns,
    "assuming": _assuming,
    "action": _action,
    "compute": _compute,
    "let": _let,
    "decide": _decide,
    "match": _match,
    "when": _when,
    "otherwise": _otherwise,
    "case": _case,
    "for_each": _for_each,
    "for_each_name": _for_each_name,
    "together": _together,
    "retry": _retry,
    "flow": _flow,
    "run_flow": _run_flow,
    "set_state": _set_state,
    "remember": _remember,
    "recall": _recall,
    "publish": _publish,
    "push": _push,
}
