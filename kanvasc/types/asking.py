"""`ask … using`: the model, the task with its interpolated values, `returns` and `assuming`."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal, spelling
from kanvasc.names import closest, did_you_mean, misspelt
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import coerce, constants, rules
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.modifiers import NOTHING_IN_SCOPE
from kanvasc.types.program import FieldSpec, RecordSpec, TypedAsk
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, NewRecord, Symbol, TypedExpr
from kanvasc.types.types import INTEGER, TEXT, Record, RecordField, show
from kanvasc.types.wording import default_of

PROVIDERS = ("anthropic",)
EFFORTS = ("low", "medium", "high")
WITHS = ("task", "role", "effort", "max_tokens")
MOST_TOKENS = 128_000
EXAMPLE = '"anthropic:claude-haiku-4-5"'


def ask(
    at: Elaborator, declarations: Declarations, step: tree.Ask, scope: Scope
) -> TypedAsk | None:
    """The typed step, or None when it is no `using` step or its head is unusable."""
    if step.via is None:
        after = Span(step.name.span.end, step.name.span.end)
        suggestion = ', using: "anthropic:claude-haiku-4-5"'
        at.report(
            "K3006",
            step.name.span,
            f"`ask {step.name.text}` does not say whom it asks",
            help=f"write `ask {step.name.text}{suggestion}`",
            fixes=(Fix("Ask a model", (Edit(after, suggestion),), safe=False),),
        )
    if step.via != "using":
        return None
    model = _model(at, step)
    _no_inputs(at, step)
    withs = _withs(at, step)
    task = _task(at, step, withs.get("task"), scope)
    returns = _returns(declarations, step)
    assuming = _assuming(at, step, returns)
    return TypedAsk(
        symbol=Symbol(step.name.text, returns.type, step.name.span, "step"),
        span=step.span,
        model=model,
        returns=returns,
        plain=step.returns is None,
        task=task,
        role=_role(at, withs.get("role")),
        effort=_effort(at, withs.get("effort")),
        max_tokens=_max_tokens(at, withs.get("max_tokens")),
        assuming=assuming,
    )


def _model(at: Elaborator, step: tree.Ask) -> str:
    target = step.target
    if target is None or isinstance(target, tree.Missing):
        return ""
    model = target.plain if isinstance(target, tree.TextLit) else None
    if model is None:
        at.report(
            "K3006",
            target.span,
            "The model of an `ask` is written out as a text",
            why="Which model a machine asks is part of what a reader can see before it runs.",
            help=f"write `using: {EXAMPLE}`",
        )
        return ""
    provider, colon, name = model.partition(":")
    if not colon or not name.strip() or not provider.strip():
        at.report(
            "K3006",
            target.span,
            f'"{model}" does not name a provider and a model',
            help=f"write the provider before it, and a colon: `{EXAMPLE}`",
        )
    elif provider not in PROVIDERS:
        _no_provider(at, target.span, provider, name)
    return model


def _no_provider(at: Elaborator, span: Span, provider: str, name: str) -> None:
    near = closest(provider, PROVIDERS)
    edits = (Edit(span, f'"{near}:{name}"'),)
    at.report(
        "K3006",
        span,
        f'There is no provider "{provider}"',
        help=did_you_mean(provider, PROVIDERS, "providers"),
        fixes=(Fix(f"Ask `{near}`", edits, safe=False),) if near else (),
    )


def _withs(at: Elaborator, step: tree.Ask) -> dict[str, tree.With]:
    found: dict[str, tree.With] = {}
    for clause in step.withs:
        word = clause.word.text
        if word == "temperature":
            at.report(
                "K3007",
                clause.span,
                "This provider's models take no temperature",
                help="leave it out; `with effort: low` to `high` says how hard to think",
                fixes=(_without(at, clause.span),),
            )
        elif word not in WITHS:
            _no_with(at, clause.word)
        elif word in found:
            at.report(
                "K1004",
                clause.span,
                f"`with {word}` stands twice in this step",
                related=(Related(found[word].span, "the first one"),),
                help="put both into one, or remove one of them",
                fixes=(_without(at, clause.span),),
            )
        else:
            found[word] = clause
    return found


_MEANT = {
    "prompt": "task",
    "question": "task",
    "instructions": "task",
    "message": "task",
    "system": "role",
    "persona": "role",
    "tokens": "max_tokens",
}
"""What the words behind `with` are called elsewhere."""


def _no_with(at: Elaborator, word: tree.Name) -> None:
    near = _MEANT.get(word.text) or closest(word.text, WITHS)
    at.report(
        "K3007",
        word.span,
        f"An `ask` has no `with {word.text}`",
        help=f"did you mean `{near}`?"
        if near
        else did_you_mean(word.text, WITHS, "words behind `with`"),
        fixes=spelling(word.span, near),
    )


def _without(at: Elaborator, span: Span) -> Fix:
    return Fix("Remove it", (removal(at.source.text, span),), safe=False)


def _no_inputs(at: Elaborator, step: tree.Ask) -> None:
    for option in step.inputs:
        name = option.name.text
        value = at.text(option.values[0].span) if option.values else "…"
        clause = f"with {_MEANT[name]} {value}" if name in _MEANT else ""
        said = (
            Fix(f"Write `with {_MEANT[name]}`", (Edit(option.span, clause),), safe=False)
            if clause
            else None
        )
        at.report(
            "K3007",
            option.span,
            f"A model takes no input `{name}`",
            why="A model reads its task; only another machine has inputs by name.",
            help=f"write `{clause}`" if clause else f"say it in the task: `${{{value}}}`",
            fixes=(said or _without(at, option.span),),
        )


def _is_task(word: str) -> bool:
    """Whether the task was meant by another word."""
    return (_MEANT.get(word) or closest(word, WITHS)) == "task"


def _task(
    at: Elaborator, step: tree.Ask, clause: tree.With | None, scope: Scope
) -> tuple[str | tuple[str, TypedExpr], ...]:
    if clause is None:
        words = [other.word.text for other in step.withs] + [one.name.text for one in step.inputs]
        if not any(_is_task(word) for word in words):  # that one was reported
            at.report(
                "K3006",
                step.name.span,
                f"`ask {step.name.text}` has no task",
                help='add a line `with task "…"` that says what the model should do',
            )
        return ()
    if not isinstance(clause.value, tree.TextLit):
        value = at.check(clause.value, scope, TEXT, "the task")
        return () if isinstance(value, Bad) else ((at.text(clause.value.span), value),)
    parts: list[str | tuple[str, TypedExpr]] = []
    for part in clause.value.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        value = at.infer(part, scope)
        if not isinstance(value, Bad):
            parts.append((at.text(part.span), value))
    return tuple(parts)


def _role(at: Elaborator, clause: tree.With | None) -> str | None:
    if clause is None:
        return None
    text = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
    if text is None and not isinstance(clause.value, tree.Missing):
        at.report(
            "K4005",
            clause.value.span,
            "A role takes no values from the run",
            label="this comes from outside the program",
            help="say it in the task: values that stand there are marked as data for the model",
        )
    return text


def _effort(at: Elaborator, clause: tree.With | None) -> str | None:
    if clause is None:
        return None
    value = clause.value
    word = value.text if isinstance(value, tree.NameRef) else None
    if isinstance(value, tree.TextLit):
        word = value.plain
    if word in EFFORTS:
        return word
    at.report(
        "K3007",
        value.span,
        "The effort is low, medium or high",
        help=did_you_mean(word or "", EFFORTS, "efforts"),
        fixes=spelling(value.span, closest(word or "", EFFORTS)),
    )
    return None


def _max_tokens(at: Elaborator, clause: tree.With | None) -> int:
    if clause is None:
        return 4096
    value = at.check(clause.value, NOTHING_IN_SCOPE, INTEGER, "`max_tokens`")
    number = constants.evaluate(value) if constants.is_constant(value) else None
    if isinstance(number, int) and 1 <= number <= MOST_TOKENS:
        return number
    if not isinstance(value, Bad):
        at.report(
            "K3007",
            value.span,
            f"`max_tokens` is a whole number from 1 to {MOST_TOKENS}",
            why="The answer is cut there; a cut answer fails the step.",
            help="leave it out for 4096, or write a number in that range",
        )
    return 4096


def _returns(declarations: Declarations, step: tree.Ask) -> RecordSpec:
    name = f"step {step.name.text}"
    if step.returns is not None:
        return declarations.record(step.returns.fields, name, "returns")
    span = Span(step.name.span.start, step.name.span.end)
    fields = (FieldSpec("text", span, TEXT, required=True),)
    return RecordSpec(Record((RecordField("text", TEXT),), name), fields)


def _assuming(at: Elaborator, step: tree.Ask, returns: RecordSpec) -> TypedExpr | None:
    if step.assuming is None:
        return None
    written = tree.MapLit(step.assuming.span, step.assuming.entries)
    return literal_record(at, written, returns, f"what `{step.name.text}` returns")


def literal_record(
    at: Elaborator, written: tree.MapLit, spec: RecordSpec, place: str
) -> TypedExpr | None:
    """A record of literals that keeps the rules of `spec`; each fault is reported at its value."""
    known = {field.name: field for field in spec.fields}
    values: dict[str, TypedExpr] = {}
    faulty = False
    for entry in written.entries:
        field = known.get(entry.key.text)
        if field is None:
            at.report(
                "K3004",
                entry.key.span,
                f"There is no `{entry.key.text}` in {place}",
                help=did_you_mean(entry.key.text, known, "fields"),
                fixes=spelling(entry.key.span, closest(entry.key.text, known)),
            )
            faulty = True
            continue
        value = _literal(at, entry, field, place)
        faulty = faulty or value is None
        values[entry.key.text] = value if value is not None else Bad(field.type, entry.span)
    meant = misspelt([entry.key.text for entry in written.entries], known)
    for field in spec.fields:
        faulty = faulty or field.name in meant
        if field.required and field.name not in values and field.name not in meant:
            at.report(
                "K3004",
                written.span,
                f"`{field.name}` is missing from {place}",
                related=(
                    Related(field.span, f"declared here as {show(field.type)}", field.source),
                ),
                help=f"add `{field.name}: {default_of(field.type)}`, with a value that may come",
            )
            faulty = True
    made = None if faulty else coerce.into_record(values, spec.type, written.span)
    return made if isinstance(made, NewRecord) else None


def _literal(
    at: Elaborator, entry: tree.MapEntry, field: FieldSpec, place: str
) -> TypedExpr | None:
    mark = len(at.diagnostics)
    value = at.check(entry.value, NOTHING_IN_SCOPE, field.type, f"`{field.name}` in {place}")
    if isinstance(value, Bad) or len(at.diagnostics) > mark:
        return None
    if not constants.is_constant(value):
        at.report(
            "K3004",
            value.span,
            f"`{field.name}` in {place} is not written out",
            label="this has to be computed first",
            help="write the value itself",
        )
        return None
    found = rules.broken(value, field, at.records)
    if found is not None:
        at.report(
            "K3004",
            found.span,
            f"`{found.field.name}` breaks a rule of {place}",
            label=found.problem,
            related=(Related(found.field.span, "the rule stands here", found.field.source),),
            help="write a value that may come, or change the rule",
        )
        return None
    return value
