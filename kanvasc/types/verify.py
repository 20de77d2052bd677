"""`verifies`: tests against the contract that they test."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.records import dataclass, field
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import nodes
from kanvasc.types.asking import literal_record
from kanvasc.types.assumptions import Assumable, assumable, assumed
from kanvasc.types.control import FAILURE_TYPES
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.expectation import expectation
from kanvasc.types.kept import TypedRecall, TypedRemember
from kanvasc.types.program import RecordSpec, TypedCall, TypedHttp, TypedTest
from kanvasc.types.times import is_datetime
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import ANY, ListOf
from kanvasc.types.wording import default_of, quoted

Outside = Assumable | TypedRemember | TypedCall
"""A step that leaves the run, and so may be assumed to fail; `Assumable` may be answered, too."""
APPROVALS = ("approved", "denied", "expired")
"""What may become of the steps of a test that a person decides about."""

ERROR_CODES = (
    "approval_denied",
    "approval_expired",
    "denied",
    "guard_failed",
    "invalid_input",
    "invalid_json",
    "provider_error",
    "rate_limited",
    "step_failed",
    "timeout",
    "unknown_field",
)


REFUSALS = ("invalid_input", "invalid_json", "unknown_field")
"""Those that a client gets whose message breaks the contract."""


@dataclass(slots=True)
class _Case:
    """What the clauses read so far say. `name` and `span` are for findings about the whole."""

    name: str
    span: Span
    given: TypedExpr | None = None
    assuming: list[tuple[str, TypedExpr]] = field(default_factory=list)
    expect: list[TypedExpr] = field(default_factory=list)
    error: str | None = None
    push: TypedExpr | None = None
    now: str | None = None
    approval: str | None = None
    fails: list[tuple[str, str]] = field(default_factory=list)


class Verifier:
    """Types the tests of one machine."""

    def __init__(
        self,
        at: Elaborator,
        input_: RecordSpec,
        output: RecordSpec,
        outside: dict[str, Outside],
        faulty: frozenset[str] = frozenset(),
    ) -> None:
        """`faulty`: steps that are there, of which something was reported instead."""
        self.at = at
        self.input = input_
        self.output = output
        self.outside = outside
        self.faulty = faulty
        self.asks = {name: step for name, step in outside.items() if isinstance(step, Assumable)}

    def test(self, test: tree.Test) -> TypedTest:
        plain = test.title.plain if isinstance(test.title, tree.TextLit) else None
        return self._typed(test, _Case(f'test "{plain or ""}"', test.title.span), plain or "")

    def example(self, example: tree.Example) -> TypedTest:
        """`for example`: a test without a title of its own."""
        start = example.span.start
        return self._typed(example, _Case("example", Span(start, start + len("for example"))), "")

    def _typed(self, test: tree.Test | tree.Example, case: _Case, title: str) -> TypedTest:
        seen: dict[str, Span] = {}
        refused = any(_expected_error(clause) in REFUSALS for clause in test.clauses)
        for clause in test.clauses:
            subject = _subject(clause)
            if not self._repeated(clause, subject, seen):
                self._clause(clause, subject, case, refused=refused)
        self._check_outcome(test.clauses, case)
        if "given " not in seen and not refused:
            self._check_input(case)
        return TypedTest(
            title,
            test.span,
            case.given,
            tuple(case.assuming),
            tuple(case.expect),
            case.error,
            case.push,
            case.now,
            isinstance(test, tree.Example),
            case.approval,
            tuple(case.fails),
        )

    def _clause(self, clause: tree.Clause, subject: str, case: _Case, *, refused: bool) -> None:
        if clause.verb is not None:
            self._verb(clause, clause.verb, case)
        elif clause.word == "given":
            case.given = self._given(clause, refused=refused)
        elif clause.word == "assuming" and subject == "now":
            case.now = self._now(clause)
        elif clause.word == "assuming" and subject == "approval" and subject not in self.asks:
            case.approval = self._approval(clause)
        elif clause.word == "assuming":
            self._assuming(clause, subject, case.assuming)
        elif subject == "error":
            case.error = self._error(clause)
        elif subject == "push":
            case.push = self._push(clause)
        else:
            case.expect.extend(self._expect(clause, subject))

    def _check_outcome(self, clauses: tuple[tree.Clause, ...], case: _Case) -> None:
        expects = [clause for clause in clauses if clause.word == "expect"]
        errors = [clause for clause in expects if _subject(clause) == "error"]
        if not expects:
            self.at.report(
                "K6001",
                case.span,
                f"The {case.name} expects nothing",
                help=f'add `expect {self._example(self.output)}` or `expect error "…"`',
            )
            return
        output = next((clause for clause in expects if not _subject(clause)), None)
        if errors and output is not None:
            self.at.report(
                "K6001",
                errors[0].span,
                "A run that fails has no output",
                related=(Related(output.span, "here an output is expected"),),
                help="make two tests of it, or remove one of the two expectations",
            )

    def _check_input(self, case: _Case) -> None:
        needed = [field for field in self.input.fields if field.required]
        if needed:
            self.at.report(
                "K3004",
                case.span,
                f"This {case.name.split()[0]} gives no input",
                related=(Related(needed[0].span, f"`{needed[0].name}` is required"),),
                help=f"add `given {self._example(self.input)}`",
            )

    def _example(self, record: RecordSpec) -> str:
        fields = [field for field in record.fields if field.required]
        return "{" + ", ".join(f"{f.name}: {default_of(f.type)}" for f in fields) + "}"

    def _repeated(self, clause: tree.Clause, subject: str, seen: dict[str, Span]) -> bool:
        key = f"{clause.word} {subject}"
        if key == "expect " or key not in seen:
            seen.setdefault(key, clause.span)
            return False
        edit = removal(self.at.source.text, clause.span)
        self.at.report(
            "K1004",
            clause.span,
            f"`{key.strip()}` stands twice in this test",
            related=(Related(seen[key], "the first one"),),
            help="make two tests of it, or remove one of the two",
            fixes=(Fix("Remove it", (edit,), safe=False),),
        )
        return True

    def _given(self, clause: tree.Clause, *, refused: bool) -> TypedExpr | None:
        """`refused`: the test expects that the input is refused, so it need not fit."""
        if isinstance(clause.value, tree.Missing):
            return None
        if not isinstance(clause.value, tree.MapLit):
            self.at.report(
                "K6001",
                clause.value.span,
                "`given` takes the input, field by field",
                help=f"write `given {self._example(self.input)}`",
            )
            return None
        if refused:
            return expectation(self.at, clause.value, ANY)
        return literal_record(self.at, clause.value, self.input, "what the machine accepts")

    def _assuming(
        self, clause: tree.Clause, subject: str, found: list[tuple[str, TypedExpr]]
    ) -> None:
        ask = self.asks.get(subject)
        if ask is None:
            self._assumed_for_nothing(clause, subject)
        elif isinstance(clause.value, tree.MapLit):
            answer = self._answer(ask, clause.value)
            if answer is not None:
                found.append((subject, answer))
        elif not isinstance(clause.value, tree.Missing):
            fails = isinstance(clause.value, tree.NameRef) and clause.value.text == "fails"
            self.at.report(
                "K6001",
                clause.value.span,
                f"How `{subject}` fails has to be said, too"
                if fails
                else f"An answer of `{subject}` is assumed field by field",
                why="An `on failure` may look at `error.type`."
                if fails
                else "What is assumed stands for the answer as it comes, which has fields.",
                help=f'write `assuming {subject} fails "http"`, or another type'
                if fails
                else f"write `assuming {subject} {self._example(assumable(ask))}`",
            )

    def _verb(self, clause: tree.Clause, verb: tree.Name, case: _Case) -> None:
        """`assuming STEP fails "TYPE"`, and what was meant by other words there."""
        subject = _subject(clause)
        if verb.text != "fails" or clause.word != "assuming":
            self._other_verb(clause, verb, subject)
            return
        step = self.outside.get(subject)
        type_ = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
        if step is None:
            self._assumed_for_nothing(clause, subject)
        elif type_ in FAILURE_TYPES.values:
            case.fails.append((subject, type_))
        elif not isinstance(clause.value, tree.Missing):
            near = closest(type_ or "", FAILURE_TYPES.values)
            edit = Edit(clause.value.span, f'"{near}"')
            self.at.report(
                "K6001",
                clause.value.span,
                "A step fails with one of the types that `error.type` may be",
                why="An `on failure` that looks at the type would see this one.",
                help=f"write one of {quoted(FAILURE_TYPES.values)}",
                fixes=(Fix(f'Write "{near}"', (edit,), safe=False),) if near else (),
            )

    def _other_verb(self, clause: tree.Clause, verb: tree.Name, subject: str) -> None:
        edit = removal(self.at.source.text, verb.span)
        fails = closest(verb.text, ("fails", "fail")) is not None and clause.word == "assuming"
        self.at.report(
            "K6001",
            verb.span,
            f"`{clause.word} {subject}` does not take `{verb.text}`",
            why="A step answers what stands behind its name, or it `fails`.",
            help=f'write `assuming {subject} fails "http"`'
            if fails
            else f"leave it out: `{clause.word} {subject} …`",
            fixes=(
                Fix("Write `fails`", (Edit(verb.span, "fails"),), safe=False)
                if fails
                else Fix("Remove it", (edit,), safe=False),
            ),
        )

    def _answer(self, step: Assumable, written: tree.MapLit) -> TypedExpr | None:
        place = (
            f"what `{step.symbol.name}` {'gives' if isinstance(step, TypedRecall) else 'returns'}"
        )
        if isinstance(step, TypedHttp):
            return assumed(self.at, written, step, place)
        return literal_record(self.at, written, assumable(step), place)

    def _now(self, clause: tree.Clause) -> str | None:
        text = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
        if text is not None and is_datetime(text):
            return text
        if not isinstance(clause.value, tree.Missing):
            self.at.report(
                "K6001",
                clause.value.span,
                "`assuming now` takes a date and a time",
                why="The run reads this instead of the clock, so it has to be one moment.",
                help='for example `assuming now "2026-01-01T00:00:00Z"`',
            )
        return None

    def _approval(self, clause: tree.Clause) -> str | None:
        text = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
        if text not in APPROVALS and not isinstance(clause.value, tree.Missing):
            self.at.report(
                "K6001",
                clause.value.span,
                '`assuming approval` takes "approved", "denied" or "expired"',
                why="It stands for a person: what becomes of every step that waits for one.",
                help='for example `assuming approval "denied"`',
            )
        return text

    def _assumed_for_nothing(self, clause: tree.Clause, subject: str) -> None:
        why = "An assumed answer stands for what a step would bring from outside."
        if clause.subject is None:
            example = next(iter(self.asks), "step")
            self.at.report(
                "K6001",
                clause.span,
                "This does not say whose answer is assumed",
                why=why,
                help=f"write the step's name before it: `assuming {example} …`",
            )
            return
        known = self.outside if clause.verb is not None else self.asks
        if subject in self.outside:
            self._answers_itself(clause.subject.span, self.outside[subject])
            return
        if subject in self.faulty:
            return
        near = closest(subject, known)
        edits = (Edit(clause.subject.span, near),) if near else ()
        self.at.report(
            "K1002",
            clause.subject.span,
            f"There is no step `{subject}` that could be assumed to fail"
            if clause.verb is not None
            else f"There is no step `{subject}` whose answer could be assumed",
            why=why,
            help=did_you_mean(subject, known, "steps that ask outside")
            if known
            else "leave it out: no step of this machine asks a model or sends a request",
            fixes=(Fix(f"Write `{near}`", edits, safe=False),) if near else (),
        )

    def _answers_itself(self, span: Span, step: Outside) -> None:
        name = step.symbol.name
        called = isinstance(step, TypedCall)
        self.at.report(
            "K1002",
            span,
            f"What `{name}` answers is not assumed",
            label="this step calls a machine" if called else "`remember` answers nothing",
            why="In a test, machines of the program run as they do when they are served, and what "
            "is remembered is kept to its end.",
            help=(
                "assume what its steps are answered, in tests of that machine, or "
                if called
                else ""
            )
            + f'write `assuming {name} fails "runtime"`',
        )

    def _error(self, clause: tree.Clause) -> str | None:
        code = _expected_error(clause)
        if code in ERROR_CODES or isinstance(clause.value, tree.Missing):
            return code
        self.at.report(
            "K6001",
            clause.value.span,
            f'There is no error "{code or self.at.text(clause.value.span)}"',
            help=did_you_mean(code or "", ERROR_CODES, "errors"),
        )
        return None

    def _expect(self, clause: tree.Clause, subject: str) -> list[TypedExpr]:
        if subject:
            assert clause.subject is not None
            self.at.report(
                "K6001",
                clause.subject.span,
                f"`expect` does not know `{subject}`",
                help='it takes `{…}`, `error "…"` or `push […]`',
            )
            return []
        if isinstance(clause.value, tree.Missing):
            return []
        if not isinstance(clause.value, tree.MapLit):
            self.at.report(
                "K6001",
                clause.value.span,
                "`expect` takes the output, field by field",
                help=f"write `expect {self._example(self.output)}`",
            )
            return []
        value = expectation(self.at, clause.value, self.output.type)
        return [value] if value is not None else []

    def _push(self, clause: tree.Clause) -> TypedExpr | None:
        if isinstance(clause.value, tree.ListLit):
            return expectation(self.at, clause.value, ListOf(self.output.type))
        if not isinstance(clause.value, tree.Missing):
            self.at.report(
                "K6001",
                clause.value.span,
                "`expect push` takes a list of all that is pushed, in its order",
                why="A run may push any number of times, and the list says how often, too.",
                help=f"write `expect push [{self._example(self.output)}]`",
            )
        return None


def _subject(clause: tree.Clause) -> str:
    return clause.subject.text if clause.subject is not None else ""


def _expected_error(clause: tree.Clause) -> str | None:
    """The code that an `expect error` names."""
    if clause.word != "expect" or _subject(clause) != "error":
        return None
    return clause.value.plain if isinstance(clause.value, tree.TextLit) else None


def tests(
    at: Elaborator,
    machine: tree.Machine,
    input_: RecordSpec,
    output: RecordSpec,
    outside: dict[str, Outside],
) -> tuple[TypedTest, ...]:
    """The tests of a machine; a title stands for one test only. `outside`: its steps that leave
    the run."""
    verifier = Verifier(at, input_, output, outside, _faulty(machine, outside))
    found: list[TypedTest] = []
    titles: dict[str, Span] = {}
    for section in machine.sections:
        if isinstance(section, tree.Achieves):
            examples = [item for item in section.items if isinstance(item, tree.Example)]
            found.extend(map(verifier.example, examples))
        elif isinstance(section, tree.Verifies):
            for test in section.tests:
                found.append(verifier.test(test))
                _check_title(at, found[-1].title, test.title.span, titles)
    return tuple(found)


def _faulty(machine: tree.Machine, outside: dict[str, Outside]) -> frozenset[str]:
    kinds = (tree.Ask, tree.HttpAction, tree.Remember, tree.Recall)
    written = {node.name.text for node in nodes(machine) if isinstance(node, kinds)}
    return frozenset(written - outside.keys())


def _check_title(at: Elaborator, title: str, span: Span, titles: dict[str, Span]) -> None:
    first = titles.setdefault(title, span)
    if first is not span:
        at.report(
            "K1004",
            span,
            f'There are two tests "{title}"',
            related=(Related(first, "the first one"),),
            help="give each test a title of its own",
        )
