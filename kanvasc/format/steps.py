"""Steps and their bodies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from kanvasc.format.doc import SPACE, Doc, Group, Nest, Raw
from kanvasc.format.exprs import entry, expr, item, part
from kanvasc.format.fields import field_parts, option_parts, options_behind
from kanvasc.format.printer import Part, Printer
from kanvasc.source import Span
from kanvasc.syntax import tree

_TEXTS: Final = frozenset({"task", "role"})
"""What stands behind `with` without a colon."""
_INLINE: Final = (tree.RunFlow, tree.SetState, tree.Publish, tree.Push)
"""Steps that may stand on the line of what they are the body of."""


def step_part(p: Printer, node: tree.Step, rank: int = 0) -> Part:
    opened = 0
    if isinstance(node, tree.ForEach):
        opened = node.variable.span.start
    elif isinstance(node, (tree.Together, tree.Retry)):
        opened = node.name.span.start
    return Part(p.written.extent(node.span), partial(_step, p, node), rank, opened=opened)


def _step(p: Printer, node: tree.Step) -> Doc:
    return _PRINTERS[type(node)](p, node)


def unsupported(p: Printer, node: tree.Unsupported) -> Doc:
    """What this version does not know, as it is written."""
    p.take(node.span.end)
    return Raw(p.written.of(node.span), p.written.column(node.span.start))


def unsupported_part(p: Printer, node: tree.Unsupported, rank: int = 0) -> Part:
    return Part(node.span, partial(unsupported, p, node), rank)


# --- bodies


def body_parts(p: Printer, node: tree.Body) -> list[Part]:
    parts = [step_part(p, found) for found in node.steps]
    if node.value is not None:
        parts.append(item(p, node.value, 1))
    if node.on_failure is not None:
        parts.append(on_failure_part(p, node.on_failure, 2))
    return parts


def body(p: Printer, head: Doc, start: int, end: int, node: tree.Body) -> Doc:
    """An opener and its body on the lines below."""
    return p.block(head, start, end, body_parts(p, node))


def on_failure_part(p: Printer, node: tree.Body, rank: int) -> Part:
    word = p.written.word_before(_start(p, node), "failure")
    start = p.written.word_before(word.start, "on").start
    span = Span(start, _end(p, node))
    return Part(span, lambda: body(p, "on failure", start, word.end, node), rank)


def _start(p: Printer, node: tree.Body) -> int:
    return p.written.extent(node.span).start


def _end(p: Printer, node: tree.Body) -> int:
    return p.written.extent(node.span).end


def _arm(p: Printer, head: Doc, start: int, end: int, node: tree.Body) -> Doc:
    """An arm of `match`, with its body behind it if it is short."""
    found = p.collect(start, end, body_parts(p, node))
    steps = node.steps
    inline = not steps or (len(steps) == 1 and isinstance(steps[0], _INLINE))
    lone = found.lone if inline else None
    if lone is None or node.on_failure is not None:
        return p.lay_out(head, found)
    value, comment = lone
    return (Group((head, Nest((SPACE, value)))), comment)


# --- ask, action


def _ask(p: Printer, node: tree.Ask) -> Doc:
    head: Doc = ("ask ", p.name(node.name))
    end = node.name.span.end
    if node.via is not None and node.target is not None:
        comma = (",", p.before(node.target.span.start, " "))
        head = (head, comma, node.via, ": ", expr(p, node.target))
        end = p.written.extent(node.target.span).end
    parts = option_parts(p, node.inputs)
    parts += [Part(p.written.extent(w.span), partial(_with, p, w), 1) for w in node.withs]
    parts += [unsupported_part(p, found, 1) for found in node.unsupported]
    return p.block(head, node.span.start, end, parts + _answer(p, node))


def _with(p: Printer, node: tree.With) -> Doc:
    colon = "" if node.word.text in _TEXTS else ":"
    return ("with ", p.name(node.word), colon, " ", expr(p, node.value))


def _answer(p: Printer, node: tree.Ask | tree.HttpAction) -> list[Part]:
    parts: list[Part] = []
    if node.returns is not None:
        parts.append(
            Part(p.written.extent(node.returns.span), partial(_returns, p, node.returns), 2)
        )
    if node.assuming is not None:
        span = p.written.extent(node.assuming.span)
        parts.append(Part(span, partial(_assuming, p, node.assuming), 3))
    return parts


def _returns(p: Printer, node: tree.Returns) -> Doc:
    start = node.span.start
    return p.block("returns", start, p.written.end_of_words(start, 1), field_parts(p, node.fields))


def _assuming(p: Printer, node: tree.AssumingValues) -> Doc:
    start = node.span.start
    end = p.written.end_of_words(start, 1)
    if not node.entries:
        return ("assuming {", p.closing(node.span.end - 1), "}")
    parts = [Part(p.written.extent(e.span), partial(entry, p, e)) for e in node.entries]
    return p.block("assuming", start, end, parts)


def _action(p: Printer, node: tree.HttpAction) -> Doc:
    head: Doc = ("action ", p.name(node.name), " http")
    end = p.written.end_of_words(node.span.start, 3)
    parts = option_parts(p, node.options) + _answer(p, node)
    return p.block(head, node.span.start, end, parts)


# --- compute, decide


def _compute(p: Printer, node: tree.Compute) -> Doc:
    parts = [Part(p.written.extent(found.span), partial(_let, p, found)) for found in node.lets]
    if node.value is not None:
        parts.append(item(p, node.value, 1))
    return p.block(("compute ", p.name(node.name)), node.span.start, node.name.span.end, parts)


def _let(p: Printer, node: tree.Let) -> Doc:
    return ("let ", p.name(node.name), " = ", expr(p, node.value))


def _decide(p: Printer, node: tree.Decide) -> Doc:
    head: Doc = ("decide ", p.name(node.name))
    if node.subject is None:
        parts = [_when_part(p, found) for found in node.whens]
        parts += _otherwise_part(p, node)
    else:
        word = p.written.word_before(node.subject.span.start, "match")
        span = Span(word.start, p.written.extent(node.span).end)
        parts = [Part(span, partial(_match, p, node, node.subject, word))]
    return p.block(head, node.span.start, node.name.span.end, parts)


def _until(p: Printer, span: Span, node: tree.Body) -> Span:
    return Span(span.start, max(_end(p, node), span.end))


def _when_part(p: Printer, node: tree.When) -> Part:
    span, opened = _until(p, node.span, node.body), node.condition.span.start
    return Part(span, partial(_when, p, node), opened=opened)


def _when(p: Printer, node: tree.When) -> Doc:
    head: Doc = ("when ", Nest(expr(p, node.condition)))
    end = p.written.extent(node.condition.span).end
    return body(p, head, node.span.start, end, node.body)


def _match(p: Printer, node: tree.Decide, subject: tree.Expr, word: Span) -> Doc:
    head: Doc = ("match ", Nest(expr(p, subject)))
    parts = [Part(_until(p, c.span, c.body), partial(_case, p, c)) for c in node.cases]
    parts += _otherwise_part(p, node)
    return p.block(head, word.start, p.written.extent(subject.span).end, parts)


def _case(p: Printer, node: tree.Case) -> Doc:
    literals = p.separated([part(p, found) for found in node.literals])
    head: Doc = (Group(literals), " =>")
    return _arm(p, head, node.span.start, node.literals[-1].span.end, node.body)


def _otherwise_part(p: Printer, node: tree.Decide) -> list[Part]:
    if node.otherwise is None:
        return []
    body_of = node.otherwise
    word = p.written.word_before(_start(p, body_of), "otherwise", "else")
    span = Span(word.start, _end(p, body_of))
    if node.subject is None:
        return [Part(span, lambda: body(p, "otherwise", word.start, word.end, body_of), 1)]
    return [Part(span, lambda: _arm(p, "otherwise =>", word.start, word.end, body_of), 1)]


# --- steps around steps


def _for_each(p: Printer, node: tree.ForEach) -> Doc:
    head: list[Doc] = ["for each ", p.name(node.variable), " in ", Nest(expr(p, node.items))]
    end = p.written.extent(node.items.span).end
    if node.name is not None:
        head += [" as ", p.name(node.name)]
        end = node.name.span.end
    head.append(options_behind(p, node.options))
    if node.options:
        end = p.written.extent(node.options[-1].span).end
    return body(p, Group(head), node.span.start, end, node.body)


def _together(p: Printer, node: tree.Together) -> Doc:
    head: Doc = ("together ", p.name(node.name))
    return body(p, head, node.span.start, node.name.span.end, node.body)


def _retry(p: Printer, node: tree.Retry) -> Doc:
    head = Group(("retry ", p.name(node.name), options_behind(p, node.options)))
    end = node.name.span.end
    if node.options:
        end = p.written.extent(node.options[-1].span).end
    return body(p, head, node.span.start, end, node.body)


def flow_part(p: Printer, node: tree.Flow, rank: int) -> Part:
    span, opened = _until(p, node.span, node.body), node.name.span.start
    return Part(span, partial(_flow, p, node), rank, opened=opened)


def _flow(p: Printer, node: tree.Flow) -> Doc:
    head: Doc = ("flow ", p.name(node.name))
    return body(p, head, node.span.start, node.name.span.end, node.body)


# --- small steps


def _run_flow(p: Printer, node: tree.RunFlow) -> Doc:
    return ("run flow(", p.name(node.flow), p.closing(node.span.end - 1), ")")


def _set_state(p: Printer, node: tree.SetState) -> Doc:
    return ("set ", expr(p, node.target), " = ", expr(p, node.value))


def _memory(word: str) -> Callable[[Printer, Any], Doc]:
    def printed(p: Printer, node: tree.Remember | tree.Recall) -> Doc:
        head: Doc = (word, " ", p.name(node.name))
        parts = option_parts(p, node.options)
        return p.block(head, node.span.start, node.name.span.end, parts)

    return printed


def _publish(p: Printer, node: tree.Publish) -> Doc:
    return ("publish ", expr(p, node.event), " ", expr(p, node.value))


def _push(p: Printer, node: tree.Push) -> Doc:
    return ("push ", expr(p, node.value))


_PRINTERS: Final[dict[type, Callable[[Printer, Any], Doc]]] = {
    tree.Ask: _ask,
    tree.HttpAction: _action,
    tree.Compute: _compute,
    tree.Decide: _decide,
    tree.ForEach: _for_each,
    tree.Together: _together,
    tree.Retry: _retry,
    tree.RunFlow: _run_flow,
    tree.SetState: _set_state,
    tree.Remember: _memory("remember"),
    tree.Recall: _memory("recall"),
    tree.Publish: _publish,
    tree.Push: _push,
    tree.Unsupported: unsupported,
}
