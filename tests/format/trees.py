"""Trees of every kind that a program can have, made from nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.words import KEYWORDS, MODIFIER_KEYS, PHRASES, RESERVED_LOCALS, SECTION_WORDS

AT = Span(0, 0)
PLAIN = ["a", "b", "total", "order_line", "x1", "a_rather_long_name_for_something_that_is_small"]
WORDS = sorted({*KEYWORDS, *PHRASES, *SECTION_WORDS, *MODIFIER_KEYS, "as", "each", "error", "push"})
LOCALS = [*PLAIN, "input", "steps", "state", "loop", "error"]

plain = st.sampled_from(PLAIN)
any_word = st.one_of(plain, st.sampled_from(WORDS))
declared = st.sampled_from(["stage", "warm", "types", "reading", "a_step_with_quite_a_long_name"])
local = st.sampled_from([name for name in LOCALS if name not in RESERVED_LOCALS])


def named(texts: st.SearchStrategy[str]) -> st.SearchStrategy[tree.Name]:
    return texts.map(lambda text: tree.Name(AT, text))


def made(node: Any, /, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(node, span=st.just(AT), **parts)


def some(items: st.SearchStrategy[Any], least: int = 0, most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def maybe(item: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | item


# --- expressions

characters = st.text(st.sampled_from('ab "\\$\n\t{}é😀/'), min_size=1, max_size=12)
texts = st.one_of(
    characters, st.sampled_from(["GET", "/path", "a longer text that takes its room"])
)
keys = named(st.one_of(any_word, characters))
plain_text = st.one_of(st.just(()), texts.map(lambda text: (text,))).map(
    lambda parts: tree.TextLit(AT, parts)
)
numbers = st.sampled_from(["0", "42", "0.95", "1e3", "120"]).map(lambda n: tree.NumberLit(AT, n))
constants = st.sampled_from([tree.NullLit(AT), tree.BoolLit(AT, True), tree.BoolLit(AT, False)])
names = local.map(lambda name: tree.NameRef(AT, name))
atoms = st.one_of(numbers, constants, plain_text, names)
OPERATORS = ["*", "/", "%", "+", "-", "<", "<=", ">", ">=", "==", "!=", "in", "&&", "||", "??"]


@st.composite
def mixed_text(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> tree.TextLit:
    parts: list[Any] = [draw(inner)]
    if draw(st.booleans()):
        parts.insert(0, draw(texts))
    if draw(st.booleans()):
        parts.append(draw(texts))
    if draw(st.booleans()):
        parts.append(draw(inner))
    return tree.TextLit(AT, tuple(parts))


def composite(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    function = made(tree.Lambda, parameters=some(named(local), 1, 2), body=inner)
    return st.one_of(
        mixed_text(inner),
        made(tree.ListLit, items=some(inner)),
        made(tree.MapLit, entries=some(made(tree.MapEntry, key=keys, value=inner))),
        made(tree.Member, object=inner, name=named(any_word)),
        made(tree.Index, object=inner, index=inner),
        made(tree.Call, callee=inner, arguments=some(inner | function)),
        made(tree.Unary, op=st.sampled_from(["-", "!"]), operand=inner),
        made(
            tree.Binary,
            op=st.sampled_from(OPERATORS),
            left=inner,
            right=inner,
            op_span=st.just(AT),
        ),
        made(tree.Conditional, condition=inner, then=inner, otherwise=inner),
    )


expressions = st.recursive(atoms, composite, max_leaves=8)
lists = made(tree.ListLit, items=some(expressions))
maps = made(tree.MapLit, entries=some(made(tree.MapEntry, key=keys, value=expressions)))
literals = st.one_of(
    numbers, constants, plain_text, numbers.map(lambda number: tree.Unary(AT, "-", number))
)
paths = st.lists(any_word, max_size=2).flatmap(
    lambda members: names.map(lambda root: path_of(root, members))
)


def path_of(root: Any, members: list[str]) -> Any:
    for member in members:
        root = tree.Member(AT, root, tree.Name(AT, member))
    return root


# --- fields, options

FLAGS = ["is required", "is optional", "is secret"]
VALUED = sorted(MODIFIER_KEYS - {"from"})
modifiers = st.one_of(
    made(tree.Modifier, word=named(st.sampled_from(FLAGS)), value=st.none()),
    made(tree.Modifier, word=named(st.sampled_from(VALUED)), value=expressions),
    made(tree.Modifier, word=named(st.just("from")), value=paths),
)


def typed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        made(tree.TypeExpr, word=named(st.sampled_from(["list", "map"])), of=inner),
        made(
            tree.TypeExpr,
            word=named(st.just("object")),
            fields=some(
                made(
                    tree.Field, name=named(any_word), type=inner, modifiers=some(modifiers, most=2)
                )
            ),
        ),
    )


types = st.recursive(
    st.one_of(
        made(tree.TypeExpr, word=named(st.sampled_from(["text", "number", "list", "line"]))),
        made(tree.TypeExpr, word=named(st.just("enum")), values=some(literals, 1)),
    ),
    typed,
    max_leaves=3,
)
fields = made(tree.Field, name=named(any_word), type=types, modifiers=some(modifiers))
options = made(tree.Option, name=keys, values=some(expressions, 1, 2))
plain_options = made(
    tree.Option,
    name=named(st.sampled_from(["url", "body", "max", "delay", "concurrency", "is"])),
    values=some(expressions, 1, 2),
)

# --- steps

returns = made(tree.Returns, fields=some(fields))
assuming = made(tree.AssumingValues, entries=some(made(tree.MapEntry, key=keys, value=expressions)))
withs = made(
    tree.With,
    word=named(st.sampled_from(["task", "role", "effort", "max_tokens", "temperature"])),
    value=expressions,
)
asks = st.one_of(
    made(
        tree.Ask,
        name=named(declared),
        via=st.sampled_from(["using", "from"]),
        target=st.one_of(plain_text, expressions),
        inputs=some(options),
        withs=some(withs),
        returns=maybe(returns),
        assuming=maybe(assuming),
    ),
    made(
        tree.Ask,
        name=named(declared),
        via=st.none(),
        target=st.none(),
        inputs=some(plain_options),
        withs=some(withs),
    ),
)
lets = made(tree.Let, name=named(local), value=expressions)
simple = st.one_of(
    asks,
    made(
        tree.HttpAction,
        name=named(declared),
        options=some(options),
        returns=maybe(returns),
        assuming=maybe(assuming),
    ),
    made(tree.Compute, name=named(declared), lets=some(lets), value=expressions),
    made(tree.RunFlow, flow=named(declared)),
    made(tree.SetState, target=paths, value=expressions),
    made(tree.Remember, name=named(declared), options=some(options)),
    made(tree.Recall, name=named(declared), options=some(options)),
    made(tree.Publish, event=plain_text, value=expressions),
    made(tree.Push, value=expressions),
)


def bodies(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def filled(body: tree.Body) -> bool:
        return bool(body.steps) or body.value is not None

    last = made(tree.Body, steps=some(steps, most=1), value=expressions)
    body = made(
        tree.Body, steps=some(steps, most=2), value=maybe(expressions), on_failure=maybe(last)
    )
    return body.filter(filled)


def nested(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inside = bodies(steps)
    return st.one_of(
        made(
            tree.Decide,
            name=named(declared),
            whens=some(made(tree.When, condition=expressions, body=inside), 1),
            otherwise=maybe(inside),
        ),
        made(
            tree.Decide,
            name=named(declared),
            subject=expressions,
            cases=some(made(tree.Case, literals=some(literals, 1, 2), body=inside), 1),
            otherwise=maybe(inside),
        ),
        made(
            tree.ForEach,
            variable=named(local),
            items=expressions,
            name=maybe(named(declared)),
            options=some(plain_options),
            body=inside,
        ),
        made(tree.Together, name=named(declared), body=inside),
        made(tree.Retry, name=named(declared), options=some(plain_options), body=inside),
    )


steps = st.recursive(simple, nested, max_leaves=4)
flows = made(tree.Flow, name=named(declared), body=bodies(steps))

# --- sections

clauses = st.one_of(
    made(
        tree.Clause,
        word=st.sampled_from(["given", "expect"]),
        subject=st.none(),
        verb=st.none(),
        value=expressions,
    ),
    made(
        tree.Clause,
        word=st.sampled_from(["assuming", "expect"]),
        subject=named(st.sampled_from(["error", "push", "now", "judge"])),
        verb=st.none(),
        value=st.one_of(atoms, lists, maps),
    ),
    made(
        tree.Clause,
        word=st.just("assuming"),
        subject=named(st.just("judge")),
        verb=named(st.just("fails")),
        value=plain_text,
    ),
)
statements = made(
    tree.Statement,
    word=named(st.sampled_from(["goal", "succeeds when", "never"])),
    text=plain_text | names,
)
capabilities = made(
    tree.Capability,
    name=named(st.sampled_from(["reason", "http", "memory", "call", "a.b"])),
    target=maybe(plain_text),
)
rules = made(
    tree.Rule,
    verdict=st.sampled_from(["allowed", "not allowed", "requires approval"]),
    capabilities=some(capabilities, 1),
)
guards = made(tree.Guard, name=named(plain), options=some(options, 1))
ensured = st.one_of(
    made(tree.Permissions, rules=some(rules)),
    made(tree.Guards, guards=some(guards)),
    made(tree.Needs, secrets=some(options)),
    made(tree.Limits, options=some(options)),
)
configuration = st.one_of(
    made(tree.State, fields=some(fields)),
    made(tree.RuntimeOptions, options=some(options)),
    made(tree.Schedules, options=some(options)),
    made(
        tree.Subscribes,
        subscriptions=some(made(tree.Subscribe, event=plain_text, flow=maybe(named(declared)))),
    ),
    made(
        tree.Publishes,
        events=some(made(tree.PublishedEvent, event=plain_text, schema=maybe(some(fields)))),
    ),
)
surfaces = made(
    tree.Surface,
    kind=named(st.sampled_from(["page", "websocket", "api", "mcp"])),
    options=some(options),
    renders=some(
        made(tree.Render, field=named(any_word), style=named(st.sampled_from(["table", "metric"])))
    ),
)
implements = made(
    tree.Implements,
    blocks=some(configuration),
    steps=some(steps),
    flows=some(flows, most=2),
    value=maybe(expressions),
    on_failure=maybe(bodies(simple)),
)
sections = st.one_of(
    implements,
    made(tree.Accepts, fields=some(fields)),
    made(tree.RespondsWith, fields=some(fields)),
    made(
        tree.Achieves,
        items=some(statements | made(tree.Example, clauses=some(clauses))),
    ),
    made(tree.Ensures, blocks=some(ensured)),
    made(tree.Expresses, surfaces=some(surfaces)),
    made(
        tree.Verifies,
        tests=some(made(tree.Test, title=plain_text, clauses=some(clauses))),
    ),
)
machines = made(
    tree.Machine, name=named(declared), title=maybe(plain_text), sections=some(sections)
)
files = made(
    tree.File,
    uses=some(made(tree.Uses, path=plain_text), most=2),
    types=some(made(tree.TypeDecl, name=named(declared), fields=some(fields)), most=2),
    machines=some(machines, 1, 2),
)
