"""The steps of a machine as the statements of its `run` function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TypeGuard

from kanvasc.plan import attempts, branches, flows, kept, loops, matches, messages, outside
from kanvasc.plan.classes import Classes
from kanvasc.plan.conversions import converted
from kanvasc.plan.expressions import Expressions
from kanvasc.plan.identifiers import constant_name
from kanvasc.plan.python import call, may_fail, mentions
from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.types.control import (
    TypedAttempt,
    TypedForEach,
    TypedRetry,
    TypedRunFlow,
    TypedTogether,
)
from kanvasc.types.inside import bodies, exported
from kanvasc.types.kept import TypedRecall, TypedRemember, TypedSet
from kanvasc.types.messages import TypedPublish, TypedPush
from kanvasc.types.program import (
    TypedAsk,
    TypedBody,
    TypedCall,
    TypedCompute,
    TypedDecide,
    TypedHttp,
    TypedMachine,
    TypedStep,
)
from kanvasc.types.typed import Const, Get, If, Local, Symbol, TypedExpr
from kanvasc.types.types import (
    NEVER,
    NULL,
    NUMBER,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
)

INDENT = "    "


@dataclass
class Statements:
    """Writes the statements of one machine. `asks`: constant of each step that leaves
    the run; `modules`: that of each machine which is called.

    `hoisted`: loops whose body must be a function, and matches of whose subject type checkers may
    learn nothing, by id; `late`: those found to be so. `free`:
    variables of loops that have ended. `flows`: the function of each, and whether it waits.
    `kept`: the state's record; `reads_state`: the next statement reads it, so that it has to be
    asked for first.
    `inside`: the step that is being written, or the flow, by name. `homes`: the flow's function,
    by its place among `functions`, of each variable that is not one of `run`. `read`: what any
    statement reads.
    """

    source: Source
    file: str
    classes: Classes
    expressions: Expressions
    asks: dict[int, str] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    declared: set[str] = field(default_factory=set)
    hoisted: frozenset[int] = frozenset()
    late: set[int] = field(default_factory=set)
    free: dict[tuple[str, Type], list[str]] = field(default_factory=dict)
    flows: dict[str, tuple[str, bool]] = field(default_factory=dict)
    functions: list[tuple[str, ...]] = field(default_factory=list)
    kept: Record | None = None
    reads_state: bool = False
    inside: str = ""
    homes: dict[Symbol, int] = field(default_factory=dict)
    read: set[Symbol] = field(default_factory=set)

    def put(self, text: str, span: Span | None = None) -> None:
        """One statement; with `span`, the program's line stands behind it."""
        if self.reads_state and not kept.is_fresh(self.lines, self.asked_state(), self.depth):
            self._line(self.asked_state())
        self.reads_state = False
        self._line(text, span)

    def _line(self, text: str, span: Span | None = None) -> None:
        comment = "" if span is None else f"  # {self.file}:{self.source.line_of(span.start)}"
        first, *rest = text.split("\n")
        self.lines.append(f"{INDENT * self.depth}{first}{comment}")
        self.lines.extend(f"{INDENT * self.depth}{line}" for line in rest)

    def sequence(self, steps: tuple[TypedStep, ...]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: TypedStep) -> None:
        if self.depth == 1 and self.lines:
            self.lines.append("")
        if isinstance(step, TypedAttempt):
            attempts.attempt(self, step)
            return
        self.classes.words = step.symbol.name
        around, self.inside = self.inside, _called(step)
        self.enter(step.span)
        self._step(step)
        self.inside = around

    def enter(self, span: Span) -> None:
        """From here on, what fails is the step `inside`."""
        self._line(f"run.step = {ast.unparse(ast.Constant(self.inside))}", span)

    def value(self, body: TypedBody) -> str:
        """A body's value. Behind steps, it is again the step around them that fails with it."""
        if body.value is None:
            return "None"
        made = self.expression(body.value)
        if body.steps and self.inside and may_fail(made):
            self.enter(body.value.span)
        return ast.unparse(made)

    def _step(self, step: TypedStep) -> None:
        match step:
            case TypedAsk():
                self._ask(step)
            case TypedCall():
                outside.call_machine(self, step)
            case TypedHttp():
                outside.send_request(self, step)
            case TypedCompute():
                self._compute(step)
            case TypedDecide():
                self._decide(step)
            case TypedForEach():
                loops.for_each(self, step)
            case TypedTogether():
                branches.together(self, step)
            case TypedRetry():
                branches.retry(self, step)
            case TypedRunFlow():
                flows.run_flow(self, step)
            case TypedSet():
                kept.set_field(self, step)
            case TypedRemember() | TypedRecall():
                kept.use_memory(self, step)
            case TypedPublish():
                messages.publish(self, step)
            case TypedPush():
                messages.push(self, step)

    def target(self, symbol: Symbol) -> str:
        """The variable of a step; an unused one begins with `_`, as linters ask."""
        if symbol.used:
            return self.expressions.variable(symbol)
        return self.expressions.names.take(f"_{symbol.name.strip('_') or 'value'}")

    def unread(self) -> list[Symbol]:
        """Those that count as used, though what used them was folded away. Symbols share names,
        so it takes both: that something reads the symbol, and that it became a statement."""
        read = [_read(function) for function in self.functions]
        run = _read(("async def run():", *self.lines))
        return [
            symbol
            for symbol, name in self.expressions.named()
            if symbol.used
            and symbol.kind != "parameter"
            and not (
                symbol in self.read
                and name in (read[self.homes[symbol]] if symbol in self.homes else run)
            )
        ]

    def text(self, value: TypedExpr) -> str:
        return ast.unparse(self.expression(value))

    def expression(self, value: TypedExpr) -> ast.expr:
        """The expression; where it reads the state, the next statement asks for that first."""
        made = self.expressions.of(value)
        self.reads_state |= mentions(made, self.expressions.state)
        self.read.update(self.expressions.read_in(made))
        return made

    def state(self) -> ast.expr:
        """The state as this run sees it, for the next statement."""
        self.reads_state = True
        return ast.Name(self.expressions.state)

    def asked_state(self) -> str:
        """The statement that asks for it."""
        assert self.kept is not None
        return f"{self.expressions.state} = await run.state({self.classes.of(self.kept)})"

    def assign(self, symbol: Symbol, value: str) -> str:
        target = self.target(symbol)
        if target in self.declared or not needs_annotation(symbol.type):
            return f"{target} = {value}"
        self.declared.add(target)
        return f"{target}: {self.classes.annotation(symbol.type)} = {value}"

    def declare(self, target: str, type_: Type, *, absent: bool = False) -> None:
        """A variable that more than one branch sets; `absent`: none of them may."""
        if target not in self.declared:
            self.declared.add(target)
            value = " = None" if absent else ""
            self.put(f"{target}: {self.classes.annotation(type_)}{value}")
        elif absent:
            self.put(f"{target} = None")

    def answer(self, machine: TypedMachine) -> None:
        """The value behind the last step."""
        if machine.answer is not None:
            self.lines.extend([""] if self.lines else [])
            self.classes.words = machine.answer.symbol.name
            value = self.text(machine.answer.value)
            self.put(self.assign(machine.answer.symbol, value), machine.answer.symbol.span)

    def _ask(self, step: TypedAsk) -> None:
        arguments: list[ast.expr] = [ast.Name(self.asks[id(step)])]
        for part in step.task:
            if isinstance(part, str):
                arguments.append(ast.Constant(part))
            else:
                name, value = part
                arguments.append(call("Value", ast.Constant(name), self.expression(value)))
        named = {"role": ast.Constant(step.role)} if step.role is not None else {}
        asked = f"await {ast.unparse(call('run.ask', *arguments, **named))}"
        if step.symbol.used:
            asked = f"{self.expressions.variable(step.symbol)} = {asked}"
        self.put(asked)

    def _compute(self, step: TypedCompute) -> None:
        for let in step.lets:
            self.classes.words = f"{step.symbol.name} {let.symbol.name}"
            self.put(self.assign(let.symbol, self.text(let.value)))
        self.classes.words = step.symbol.name
        self.put(self.assign(step.symbol, self.text(step.value)))

    def _decide(self, step: TypedDecide) -> None:
        if self._as_expression(step):
            return
        for symbol in step.exported:
            if symbol.used:
                self.keep(step, symbol)
                variable = self.expressions.variable(symbol)
                self.declare(variable, symbol.type, absent=isinstance(symbol.type, Nullable))
        target = self.target(step.symbol) if step.symbol.used or step.symbol.type != NULL else ""
        if target:
            self.declare(target, step.symbol.type)
        if matches.by_patterns(step):
            self._by_patterns(step, target)
            return
        self._name_subject(step)
        before = len(self.lines)
        asks = False
        keyword = "if"
        for arm in step.arms:
            condition = self.text(arm.condition)
            if keyword == "elif":
                asks, self.reads_state = asks or self.reads_state, False
            self.put(f"{keyword} {condition}:")
            self.arm(step, arm.body, target, _place(arm.body, arm.span))
            keyword = "elif"
        if asks and not kept.is_fresh(self.lines[: before + 1], self.asked_state(), self.depth):
            # Nothing may stand between `if` and `elif`.
            self.lines.insert(before, f"{INDENT * self.depth}{self.asked_state()}")
        if target or step.otherwise is not None:
            self.put("else:")
            self._otherwise(step, target)

    def _otherwise(self, step: TypedDecide, target: str) -> None:
        if step.otherwise is not None:
            self.arm(step, step.otherwise, target, _place(step.otherwise, step.span))
        else:
            self.depth += 1
            self.put(f"{target} = None")
            self.depth -= 1

    def _name_subject(self, step: TypedDecide) -> None:
        if step.named is not None and step.subject is not None:
            self.put(self.assign(step.named, self.text(step.subject)))

    def _by_patterns(self, step: TypedDecide, target: str) -> None:
        assert step.subject is not None
        subject = self.expression(step.subject)
        text = ast.unparse(subject)
        unseen = id(step) in self.hoisted
        self.put(f"match {ast.unparse(matches.unseen(subject)) if unseen else text}:")
        head = len(self.lines) - 1
        self.expressions.unseen += [text] if unseen else []
        self.depth += 1
        for arm in step.arms:
            self.put(f"case {' | '.join(map(self.text, arm.literals))}:")
            self.arm(step, arm.body, target, _place(arm.body, arm.span))
        if (target and not step.exhaustive) or step.otherwise is not None:
            self.put("case _:")
            self._otherwise(step, target)
        self.depth -= 1
        if unseen:
            self.expressions.unseen.pop()
        elif not matches.is_gathered(subject, self.lines[head:]):
            return
        elif isinstance(step.subject.type, Nullable):
            self.late.add(id(step))  # its arms have to say themselves where it is not null
        else:
            self.lines[head] = f"{INDENT * self.depth}match {ast.unparse(matches.unseen(subject))}:"

    def _as_expression(self, step: TypedDecide) -> bool:
        """One arm and an `otherwise` of values alone: a conditional expression says it best."""
        bodies = [arm.body for arm in step.arms] + ([step.otherwise] if step.otherwise else [])
        sure = step.exhaustive and step.otherwise is None
        if len(step.arms) != 1 or sure or any(body.steps for body in bodies):
            return False
        arm = step.arms[0]
        then = arm.body.value
        otherwise = (
            step.otherwise.value if step.otherwise else Const(step.symbol.type, step.span, None)
        )
        if then is None or otherwise is None:
            return False
        self._name_subject(step)
        whole = If(step.symbol.type, step.span, arm.condition, then, otherwise)
        self.put(self.assign(step.symbol, self.text(whole)))
        return True

    def arm(
        self,
        step: TypedDecide | TypedAttempt,
        body: TypedBody,
        target: str,
        span: Span,
        *,
        exports: bool = True,
    ) -> None:
        """A body whose value goes to `target`, if there is one. `exports`: its steps are seen
        behind `step`."""
        self.depth += 1
        before = len(self.lines)
        attempt = attempts.only(body)
        if attempt is not None and _is_local(body.value, attempt.symbol):
            self.expressions.symbols[attempt.symbol] = target
        self.sequence(body.steps)
        self.classes.words = step.symbol.name
        if target:
            value = self.value(body)
            if value != target and not _is_unread(body.value):
                self.put(f"{target} = {value}", None if body.steps else span)
        if exports:
            self._export(step, body)
        if len(self.lines) == before:
            self.put("pass")
        self.depth -= 1

    def keep(self, step: TypedDecide | TypedAttempt, symbol: Symbol) -> None:
        """What is used behind the step is used in every body that has it."""
        for body in bodies(step):
            inner = left_by(body).get(symbol.name)
            if inner is not None:
                inner.used = True

    def _export(self, step: TypedDecide | TypedAttempt, body: TypedBody) -> None:
        """Hands a step of an arm on to those behind the decision, where they see another type."""
        inner = left_by(body)
        for symbol in step.exported:
            given = inner.get(symbol.name)
            if symbol.used and given is not None:
                self.read.add(given)
                target = self.expressions.variable(symbol)
                name = self.expressions.variable(given)
                if name != target:
                    value = converted(self.expressions, ast.Name(name), given.type, symbol.type)
                    self.put(f"{target} = {ast.unparse(value)}")


def _called(step: TypedStep) -> str:
    """What a failure calls the step; one without a name of its own goes by what it is about."""
    match step:
        case TypedPublish(event=event):
            return f"publish {event}"
        case TypedSet(field=name):
            return f"set state.{name}"
    return step.symbol.name


def _is_unread(value: TypedExpr | None) -> bool:
    """Whether it is a variable that is left out, since nothing but this would read it."""
    return isinstance(value, Local) and not value.symbol.used


def _is_local(value: TypedExpr | None, symbol: Symbol) -> bool:
    return isinstance(value, Local) and value.symbol is symbol


def _read(lines: Iterable[str]) -> set[str]:
    return {node.id for node in ast.walk(ast.parse("\n".join(lines))) if _is_read(node)}


def _is_read(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def left_by(body: TypedBody) -> dict[str, Symbol]:
    """The steps of a body that those behind it may refer to."""
    found: dict[str, Symbol] = {}
    for step in body.steps:
        inner = exported(step)
        found.update({symbol.name: symbol for symbol in (*inner, step.symbol)})
    return found


def _place(body: TypedBody, arm: Span) -> Span:
    """Where an arm's value stands."""
    return body.value.span if body.value is not None else arm


def needs_annotation(type_: Type) -> bool:
    """Whether Python would infer a narrower type than ours, which then fits nowhere else."""
    match type_:
        case Enum() | ListOf() | MapOf() | Nullable():
            return True
    return type_ in (NUMBER, NEVER)


def result(at: Statements, machine: TypedMachine) -> str:
    """The `return` statement: the last step's value itself where it is the output already."""
    whole = _whole(machine)
    if whole is not None:
        return f"return {at.text(whole)}"
    keywords = [
        ast.keyword(at.classes.attribute(machine.output.type, name), at.expression(value))
        for name, value in machine.result
    ]
    made = ast.Call(ast.Name(at.classes.of(machine.output.type)), [], keywords)
    return f"return {ast.unparse(made)}"


def _whole(machine: TypedMachine) -> TypedExpr | None:
    sources = [value.object if isinstance(value, Get) else None for _, value in machine.result]
    first = sources[0] if sources else None
    complete = len(machine.result) == len(machine.output.fields)
    if not complete or not isinstance(first, Local) or first.type != machine.output.type:
        return None
    same = all(isinstance(s, Local) and s.symbol is first.symbol for s in sources)
    names = all(isinstance(v, Get) and v.name == name for name, v in machine.result)
    return first if same and names else None


def ask_constants(at: Statements, asks: tuple[TypedAsk, ...]) -> list[tuple[str, TypedAsk]]:
    """A constant for each `ask` step, named as the step is."""
    found: list[tuple[str, TypedAsk]] = []
    for ask in asks:
        name = at.classes.names.take(constant_name(ask.symbol.name))
        at.asks[id(ask)] = name
        found.append((name, ask))
    return found
