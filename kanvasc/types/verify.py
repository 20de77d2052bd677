"""`verifies`: tests against the contract that they test."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.asking import literal_record
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.modifiers import NOTHING_IN_SCOPE
from kanvasc.types.program import RecordSpec, TypedAsk, TypedTest
from kanvasc.types.relations import assignable
from kanvasc.types.times import is_datetime
from kanvasc.types.typed import Bad, NewMap, NewRecord, TypedExpr
from kanvasc.types.types import ANY, ListOf, MapOf, Record, Type, without_null
from kanvasc.types.wording import default_of

ERROR_CODES = (
    "denied",
    "invalid_input",
    "invalid_json",
    "provider_error",
    "step_failed",
    "timeout",
    "unknown_field",
)


REFUSALS = ("invalid_input", "invalid_json", "unknown_field")
"""Those that a client gets whose message breaks the contract."""


class Verifier:
    """Types the tests of one machine."""

    def __init__(
        self, at: Elaborator, input_: RecordSpec, output: RecordSpec, asks: dict[str, TypedAsk]
    ) -> None:
        self.at = at
        self.input = input_
        self.output = output
        self.asks = asks

    def test(self, test: tree.Test) -> TypedTest:
        title = test.title.plain if isinstance(test.title, tree.TextLit) else None
        given: TypedExpr | None = None
        assuming: list[tuple[str, TypedExpr]] = []
        expect: list[TypedExpr] = []
        error: str | None = None
        seen: dict[str, Span] = {}
        refused = any(_expected_error(clause) in REFUSALS for clause in test.clauses)
        for clause in test.clauses:
            subject = clause.subject.text if clause.subject is not None else ""
            if self._repeated(clause, subject, seen):
                continue
            if clause.word == "given":
                given = self._given(clause, refused=refused)
            elif clause.word == "assuming":
                self._assuming(clause, subject, assuming)
            elif subject == "error":
                error = self._error(clause)
            elif subject == "push":
                self.at.not_supported(clause.span, "`expect push`")
            else:
                expect.extend(self._expect(clause, subject))
        self._check_outcome(test, title or "")
        if "given " not in seen and not refused:
            self._check_input(test)
        return TypedTest(title or "", test.span, given, tuple(assuming), tuple(expect), error)

    def _check_outcome(self, test: tree.Test, title: str) -> None:
        expects = [clause for clause in test.clauses if clause.word == "expect"]
        errors = [clause for clause in expects if _subject(clause) == "error"]
        if not expects:
            self.at.report(
                "K6001",
                test.title.span,
                f'The test "{title}" expects nothing',
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

    def _check_input(self, test: tree.Test) -> None:
        needed = [field for field in self.input.fields if field.required]
        if needed:
            self.at.report(
                "K3004",
                test.title.span,
                "This test gives no input",
                related=(Related(needed[0].span, f"`{needed[0].name}` is required"),),
                help=f"add `given {self._example(self.input)}`",
            )

    def _example(self, record: RecordSpec) -> str:
        fields = [field for field in record.fields if field.required]
        return "{" + ", ".join(f"{f.name}: {default_of(f.type)}" for f in fields) + "}"

    def _repeated(self, clause: tree.Clause, subject: str, seen: dict[str, Span]) -> bool:
        key = f"{clause.word} {subject}"
        if clause.word == "expect" or key not in seen:
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
            return self.at.infer(clause.value, NOTHING_IN_SCOPE, ANY)
        return literal_record(self.at, clause.value, self.input, "what the machine accepts")

    def _assuming(
        self, clause: tree.Clause, subject: str, found: list[tuple[str, TypedExpr]]
    ) -> None:
        if subject == "now":
            self._now(clause)
            return
        ask = self.asks.get(subject)
        if ask is None:
            self._assumed_for_nothing(clause, subject)
        elif isinstance(clause.value, tree.MapLit):
            place = f"what `{subject}` returns"
            assumed = literal_record(self.at, clause.value, ask.returns, place)
            if assumed is not None:
                found.append((subject, assumed))
        elif not isinstance(clause.value, tree.Missing):
            self.at.report(
                "K6001",
                clause.value.span,
                f"An answer of `{subject}` is assumed field by field",
                help=f"write `assuming {subject} {self._example(ask.returns)}`",
            )

    def _now(self, clause: tree.Clause) -> None:
        text = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
        if isinstance(clause.value, tree.Missing) or (text is not None and is_datetime(text)):
            return
        self.at.report(
            "K6001",
            clause.value.span,
            "`assuming now` takes a date and a time",
            why="The run reads this instead of the clock, so it has to be one moment.",
            help='for example `assuming now "2026-01-01T00:00:00Z"`',
        )

    def _assumed_for_nothing(self, clause: tree.Clause, subject: str) -> None:
        why = "An assumed answer stands for what an `ask` would bring from outside."
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
        near = closest(subject, self.asks)
        edits = (Edit(clause.subject.span, near),) if near else ()
        self.at.report(
            "K1002",
            clause.subject.span,
            f"There is no `ask {subject}` whose answer could be assumed",
            why=why,
            help=did_you_mean(subject, self.asks, "asks")
            if self.asks
            else "leave it out: this machine asks nobody",
            fixes=(Fix(f"Write `{near}`", edits, safe=False),) if near else (),
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
        value = self.at.infer(clause.value, NOTHING_IN_SCOPE)
        if isinstance(value, Bad):
            return []
        if not isinstance(value, NewRecord | NewMap):
            self.at.report(
                "K6001",
                clause.value.span,
                "`expect` takes the output, field by field",
                help=f"write `expect {self._example(self.output)}`",
            )
            return []
        return [value] if self._matches(clause.value, value, self.output.type) else []

    def _matches(self, written: tree.Expr, value: TypedExpr, target: Type) -> bool:
        """Whether a part of an expectation can come true, each named field for itself."""
        wanted = without_null(target)
        if isinstance(value, NewRecord) and isinstance(wanted, Record):
            assert isinstance(written, tree.MapLit)
            fields = dict(value.fields)
            return all(
                self._field_matches(entry, fields[entry.key.text], wanted)
                for entry in written.entries
            )
        if isinstance(value, NewRecord) and isinstance(wanted, MapOf):
            return True
        if isinstance(value.type, ListOf) and isinstance(wanted, ListOf):
            return True
        if assignable(value.type, target):
            return True
        self.at.fit(value, target, "what is expected here")
        return False

    def _field_matches(self, entry: tree.MapEntry, value: TypedExpr, record: Record) -> bool:
        field = record.get(entry.key.text)
        if field is not None:
            literal = self.at.infer(entry.value, NOTHING_IN_SCOPE, field.type)
            return self._matches(entry.value, literal, field.type)
        known = [field.name for field in record.fields]
        near = closest(entry.key.text, known)
        self.at.report(
            "K6002",
            entry.key.span,
            f"The output has no field `{entry.key.text}`",
            help=did_you_mean(entry.key.text, known, "fields"),
            fixes=(Fix(f"Write `{near}`", (Edit(entry.key.span, near),), safe=False),)
            if near
            else (),
        )
        return False


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
    asks: dict[str, TypedAsk],
) -> tuple[TypedTest, ...]:
    """The tests of a machine; a title stands for one test only."""
    verifier = Verifier(at, input_, output, asks)
    found: list[TypedTest] = []
    titles: dict[str, TypedTest] = {}
    titles_at: dict[str, Span] = {}
    for section in machine.sections:
        if not isinstance(section, tree.Verifies):
            continue
        for test in section.tests:
            typed = verifier.test(test)
            first = titles.setdefault(typed.title, typed)
            titles_at.setdefault(typed.title, test.title.span)
            if first is not typed:
                at.report(
                    "K1004",
                    test.title.span,
                    f'There are two tests "{typed.title}"',
                    related=(Related(titles_at[typed.title], "the first one"),),
                    help="give each test a title of its own",
                )
            found.append(typed)
    return tuple(found)
