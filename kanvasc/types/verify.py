"""`verifies`: tests against the contract that they test."""

from __future__ import annotations

from kanvasc.diagnostics import Related
from kanvasc.names import did_you_mean
from kanvasc.syntax import tree
from kanvasc.types.asking import literal_record
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.modifiers import NOTHING_IN_SCOPE
from kanvasc.types.program import RecordSpec, TypedAsk, TypedTest
from kanvasc.types.relations import assignable
from kanvasc.types.typed import Bad, NewMap, NewRecord, TypedExpr
from kanvasc.types.types import DATETIME, ListOf, MapOf, Record, Type, show, without_null

ERROR_CODES = (
    "denied",
    "invalid_input",
    "invalid_json",
    "provider_error",
    "step_failed",
    "timeout",
    "unknown_field",
)


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
        seen: set[str] = set()
        for clause in test.clauses:
            subject = clause.subject.text if clause.subject is not None else ""
            if self._repeated(clause, subject, seen):
                continue
            if clause.word == "given":
                given = self._given(clause)
            elif clause.word == "assuming":
                self._assuming(clause, subject, assuming)
            elif subject == "error":
                error = self._error(clause)
            elif subject == "push":
                self.at.not_supported(clause.span, "`expect push`")
            else:
                expect.extend(self._expect(clause, subject))
        if not expect and error is None and not any(c.word == "expect" for c in test.clauses):
            self.at.report(
                "K6001",
                test.span,
                f'The test "{title or ""}" expects nothing',
                help='add `expect {…}` or `expect error "…"`',
            )
        return TypedTest(title or "", test.span, given, tuple(assuming), tuple(expect), error)

    def _repeated(self, clause: tree.Clause, subject: str, seen: set[str]) -> bool:
        key = f"{clause.word} {subject}"
        if clause.word != "expect" and key in seen:
            self.at.report("K1004", clause.span, f"`{key.strip()}` stands twice in this test")
            return True
        seen.add(key)
        return False

    def _given(self, clause: tree.Clause) -> TypedExpr | None:
        if isinstance(clause.value, tree.Missing):
            return None
        if not isinstance(clause.value, tree.MapLit):
            self.at.report("K6001", clause.value.span, "`given` takes the input: `{…}`")
            return None
        return literal_record(self.at, clause.value, self.input, "what the machine accepts")

    def _assuming(
        self, clause: tree.Clause, subject: str, found: list[tuple[str, TypedExpr]]
    ) -> None:
        if subject == "now":
            value = self.at.infer(clause.value, NOTHING_IN_SCOPE)
            text = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
            if text is None and not isinstance(value, Bad):
                self.at.report(
                    "K6001",
                    clause.value.span,
                    f"`assuming now` takes a {show(DATETIME)}",
                    help='for example `assuming now "2026-01-01T00:00:00Z"`',
                )
            return
        ask = self.asks.get(subject)
        if ask is None:
            span = clause.subject.span if clause.subject is not None else clause.span
            self.at.report(
                "K1002",
                span,
                f"There is no step `{subject}` that an answer could be assumed for",
                help=did_you_mean(subject, self.asks, "steps"),
            )
        elif isinstance(clause.value, tree.MapLit):
            place = f"what `{subject}` returns"
            assumed = literal_record(self.at, clause.value, ask.returns, place)
            if assumed is not None:
                found.append((subject, assumed))

    def _error(self, clause: tree.Clause) -> str | None:
        code = clause.value.plain if isinstance(clause.value, tree.TextLit) else None
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
            self.at.report("K6001", clause.value.span, "`expect` takes the output: `{…}`")
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
        self.at.report(
            "K6002",
            entry.key.span,
            f"The output has no field `{entry.key.text}`",
            help=did_you_mean(entry.key.text, [f.name for f in record.fields], "fields"),
        )
        return False


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
    for section in machine.sections:
        if not isinstance(section, tree.Verifies):
            continue
        for test in section.tests:
            typed = verifier.test(test)
            first = titles.setdefault(typed.title, typed)
            if first is not typed:
                at.report(
                    "K1004",
                    test.title.span,
                    f'There are two tests "{typed.title}"',
                    related=(Related(first.span, "the first one"),),
                    help="give each test a title of its own",
                )
            found.append(typed)
    return tuple(found)
