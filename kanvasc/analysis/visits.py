"""What each kind of node says about names. Kinds that are not listed say nothing themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kanvasc.analysis.declared import Fields, name_of, returned
from kanvasc.analysis.entities import Kind
from kanvasc.analysis.nodes import inside_quotes
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.types import Record, without_null

if TYPE_CHECKING:
    from kanvasc.analysis.resolve import Here, Resolver


def machine(self: Resolver, node: tree.Machine, here: Here) -> None:
    key = ("machine", self.source.path, node.name.text)
    self.define(node.name, key, Kind.machine, "", node)
    self.inside(node, here)


def type_decl(self: Resolver, node: tree.TypeDecl, here: Here) -> None:
    self.define(node.name, ("type", self.source.path, node.name.text), Kind.type, "", node)
    self.inside(node, here)


def field(self: Resolver, node: tree.Field, here: Here) -> None:
    key = ("field", self.source.path, node.name.span.start)
    self.define(node.name, key, Kind.field, here.machine, node)
    if node.type is not None:
        self.visit(node.type, here)
    for modifier in node.modifiers:
        if modifier.value is None:
            continue
        if modifier.word.text == "from":
            _from(self, modifier.value, here)
        else:
            self.visit(modifier.value, here)


def _from(self: Resolver, path: tree.Expr, here: Here) -> None:
    """`from sums.total`: the root is a step without its `steps.`."""
    if isinstance(path, tree.NameRef):
        step = self.step(here, path.text)
        if step is not None:
            self.mention(path.span, step)
    elif isinstance(path, tree.Member):
        _from(self, path.object, here)
        found = self.member_of(_qualified(path.object), path.name.text, here)
        if isinstance(path.object, tree.NameRef) and path.object.text == "state":
            found = _state_field(self, path.name.text, here) or found
        if found is not None:
            self.mention(path.name.span, found)


def _qualified(path: tree.Expr) -> tree.Expr:
    if isinstance(path, tree.Member):
        return tree.Member(path.span, _qualified(path.object), path.name)
    if isinstance(path, tree.NameRef):
        name = tree.Name(path.span, path.text)
        return tree.Member(path.span, tree.NameRef(path.span, "steps"), name)
    return path


def type_expr(self: Resolver, node: tree.TypeExpr, here: Here) -> None:
    declared = self.type(node.word.text)
    if declared is not None:
        self.mention(node.word.span, declared)
    self.inside(node, here)


# --- steps


def step(self: Resolver, node: tree.Step, here: Here) -> None:
    _define_step(self, node, here)
    self.inside(node, here)


def _define_step(self: Resolver, node: tree.Step, here: Here) -> None:
    name = name_of(node)
    if name is not None and here.members is not None:
        key = ("step", self.source.path, here.machine, name.text)
        self.define(name, key, Kind.step, here.machine, node)


def ask(self: Resolver, node: tree.Ask, here: Here) -> None:
    _define_step(self, node, here)
    callee: Fields = ()
    if node.via == "from" and isinstance(node.target, tree.TextLit):
        called = self.machine(node.target.plain or "")
        if called is not None:
            self.mention(inside_quotes(self.source.text, node.target), called)
            members = self.called(called.name)
            callee = members.accepts if members is not None else ()
    for option in node.inputs:
        _field_name(self, callee, option.name)
        self.inside(option, here)
    for part in (*node.withs, node.returns):
        if part is not None:
            self.visit(part, here)
    if node.target is not None:
        self.visit(node.target, here)
    if node.assuming is not None:
        entries(self, node.assuming.entries, returned(node), here)


def http(self: Resolver, node: tree.HttpAction, here: Here) -> None:
    _define_step(self, node, here)
    for part in (*node.options, node.returns):
        if part is not None:
            self.visit(part, here)
    for entry in node.assuming.entries if node.assuming is not None else ():
        fields = returned(node) if entry.key.text == "body" else ()
        match(self, entry.value, fields, here)


def compute(self: Resolver, node: tree.Compute, here: Here) -> None:
    _define_step(self, node, here)
    for let in node.lets:
        self.visit(let.value, here)
        key = ("let", self.source.path, let.name.span.start)
        here = here.with_local(self.define(let.name, key, Kind.let, node.name.text, let))
    if node.value is not None:
        self.visit(node.value, here)


def for_each(self: Resolver, node: tree.ForEach, here: Here) -> None:
    _define_step(self, node, here)
    self.visit(node.items, here)
    for option in node.options:
        self.visit(option, here)
    key = ("variable", self.source.path, node.variable.span.start)
    container = node.name.text if node.name is not None else ""
    variable = self.define(node.variable, key, Kind.variable, container, node)
    self.visit(node.body, here.with_local(variable))


def flow(self: Resolver, node: tree.Flow, here: Here) -> None:
    key = ("flow", self.source.path, here.machine, node.name.text)
    self.define(node.name, key, Kind.flow, here.machine, node)
    self.inside(node, here)


def run_flow(self: Resolver, node: tree.RunFlow, here: Here) -> None:
    _flow_name(self, node.flow, here)


def _flow_name(self: Resolver, name: tree.Name, here: Here) -> None:
    found = self.flow(here, name.text)
    if found is not None:
        self.mention(name.span, found)


def set_state(self: Resolver, node: tree.SetState, here: Here) -> None:
    self.visit(node.target, here)
    if isinstance(node.target, tree.Member):
        known = self.found.get(node.target.name.span)
        if known is not None:
            self.found[known.span] = known._replace(role="write")
    self.visit(node.value, here)


# --- events, permissions, secrets, surfaces


def _event(self: Resolver, written: tree.Expr) -> None:
    if isinstance(written, tree.TextLit) and written.plain:
        self.mention(inside_quotes(self.source.text, written), self.event(written.plain))


def published(self: Resolver, node: tree.PublishedEvent, here: Here) -> None:
    if isinstance(node.event, tree.TextLit) and node.event.plain:
        span = inside_quotes(self.source.text, node.event)
        name = tree.Name(span, node.event.plain)
        self.define(name, ("event", name.text), Kind.event, here.machine, node)
    for declared in node.schema or ():
        self.visit(declared, here)


def publish(self: Resolver, node: tree.Publish, here: Here) -> None:
    _event(self, node.event)
    self.visit(node.value, here)


def subscribe(self: Resolver, node: tree.Subscribe, here: Here) -> None:
    _event(self, node.event)
    if node.flow is not None:
        _flow_name(self, node.flow, here)


def capability(self: Resolver, node: tree.Capability, here: Here) -> None:
    if node.name.text == "call" and isinstance(node.target, tree.TextLit):
        called = self.machine(node.target.plain or "")
        if called is not None:
            self.mention(inside_quotes(self.source.text, node.target), called)


def needs(self: Resolver, node: tree.Needs, here: Here) -> None:
    for option in node.secrets:
        key = ("secret", self.source.path, here.machine, option.name.text)
        self.define(option.name, key, Kind.secret, here.machine, option)
        self.inside(option, here)


def surface(self: Resolver, node: tree.Surface, here: Here) -> None:
    for option in node.options:
        if option.name.text == "on":
            for value in option.values:
                _event(self, value)
        self.visit(option, here)
    for render in node.renders:
        if here.members is not None:
            _field_name(self, here.members.responds, render.field)


# --- tests


def clause(self: Resolver, node: tree.Clause, here: Here) -> None:
    members = here.members
    if members is None:
        return
    subject = node.subject.text if node.subject is not None else ""
    if node.word == "assuming" and subject in members.steps:
        found = self.step(here, subject)
        assert found is not None
        assert node.subject is not None
        self.mention(node.subject.span, found)
        match(self, node.value, returned(members.steps[subject][0]), here)
    elif node.word == "given":
        match(self, node.value, members.accepts, here)
    elif node.word == "expect" and subject in ("", "push"):
        match(self, node.value, members.responds, here)
    else:
        self.visit(node.value, here)


def match(self: Resolver, expr: tree.Expr, fields: Fields, here: Here) -> None:
    """A literal of declared fields: its keys are theirs."""
    if isinstance(expr, tree.MapLit) and fields:
        entries(self, expr.entries, fields, here)
    elif isinstance(expr, tree.ListLit):
        for item in expr.items:
            match(self, item, fields, here)
    else:
        self.visit(expr, here)


def entries(self: Resolver, written: tuple[tree.MapEntry, ...], fields: Fields, here: Here) -> None:
    for entry in written:
        _field_name(self, fields, entry.key)
        declared = self.field_of(fields, entry.key.text)
        inner = self.declared.fields_of(declared.type) if declared is not None else ()
        match(self, entry.value, inner, here)


def _field_name(self: Resolver, fields: Fields, name: tree.Name) -> None:
    declared = self.field_of(fields, name.text)
    if declared is not None:
        self.mention(_bare(self, name), self.field_named(declared), "write")


def _bare(self: Resolver, name: tree.Name) -> Span:
    """A key's span without its quotes."""
    start, end = name.span
    quoted = self.source.text[start : start + 1] == '"'
    return Span(start + 1, end - 1) if quoted else name.span


# --- expressions


def name_ref(self: Resolver, node: tree.NameRef, here: Here) -> None:
    local = here.locals.get(node.text)
    found = local if local is not None else self.step(here, node.text)
    if found is not None:
        self.mention(node.span, found)


def member(self: Resolver, node: tree.Member, here: Here) -> None:
    root = node.object.text if isinstance(node.object, tree.NameRef) else ""
    if root and root not in here.locals and root in ROOTS:
        found = ROOTS[root](self, node.name.text, here)
    else:
        self.visit(node.object, here)
        found = _child(self, node, here) or self.member_of(node.object, node.name.text, here)
    if found is not None:
        self.mention(node.name.span, found)


def _child(self: Resolver, node: tree.Member, here: Here) -> Any:
    """`steps.both.one`: a step inside `together` is a member of its value."""
    match node.object:
        case tree.Member(object=tree.NameRef(text="steps"), name=owner) if here.members:
            for found in here.members.steps.get(owner.text, ()):
                if isinstance(found, tree.Together):
                    names = {name.text for name in map(name_of, found.body.steps) if name}
                    return self.step(here, node.name.text) if node.name.text in names else None
    return None


def _state_field(self: Resolver, name: str, here: Here) -> Any:
    declared = here.members.state.get(name) if here.members is not None else None
    if declared is None:
        return None
    return self.field(self.source.path, declared.name.span, name)


def _input_field(self: Resolver, name: str, here: Here) -> Any:
    fields = here.members.accepts if here.members is not None else ()
    declared = self.field_of(fields, name)
    if declared is None:
        return None
    return self.field(self.source.path, declared.name.span, name)


def _step_named(self: Resolver, name: str, here: Here) -> Any:
    return self.step(here, name)


def _secret(self: Resolver, name: str, here: Here) -> Any:
    return self.entities.get(("secret", self.source.path, here.machine, name))


ROOTS: dict[str, Callable[[Resolver, str, Here], Any]] = {
    "input": _input_field,
    "steps": _step_named,
    "state": _state_field,
    "secrets": _secret,
}


def map_literal(self: Resolver, node: tree.MapLit, here: Here) -> None:
    for entry in node.entries:
        span = _bare(self, entry.key)
        found = self.field_in(_record_of(self, node), entry.key.text)
        if found is not None:
            self.mention(span, found, "write")
        else:
            key = ("entry", self.source.path, entry.key.span.start)
            self.define(tree.Name(span, entry.key.text), key, Kind.entry, here.machine, entry)
        self.visit(entry.value, here)


def _record_of(self: Resolver, node: tree.MapLit) -> Record | None:
    """The declared record that a literal makes, or was to make."""
    for type_ in (self.trace.type_of(node), self.trace.hint_of(node)):
        inner = without_null(type_) if type_ is not None else None
        if isinstance(inner, Record) and self.trace.declared(inner) is not None:
            return inner
    return None


def function(self: Resolver, node: tree.Lambda, here: Here) -> None:
    for parameter in node.parameters:
        key = ("parameter", self.source.path, parameter.span.start)
        here = here.with_local(self.define(parameter, key, Kind.parameter, "", node))
    self.visit(node.body, here)


def nothing(_: Resolver, __: tree.Node, ___: Here) -> None:
    pass


def statement(self: Resolver, node: tree.Statement, here: Here) -> None:
    """`goal answer_questions`: a bare name there names nothing."""
    if not isinstance(node.text, tree.NameRef):
        self.visit(node.text, here)


HANDLERS: dict[type[Any], Callable[[Resolver, Any, Here], None]] = {
    tree.Machine: machine,
    tree.TypeDecl: type_decl,
    tree.Field: field,
    tree.TypeExpr: type_expr,
    tree.Ask: ask,
    tree.HttpAction: http,
    tree.Compute: compute,
    tree.Decide: step,
    tree.ForEach: for_each,
    tree.Together: step,
    tree.Retry: step,
    tree.Remember: step,
    tree.Recall: step,
    tree.Unsupported: step,
    tree.Flow: flow,
    tree.RunFlow: run_flow,
    tree.SetState: set_state,
    tree.PublishedEvent: published,
    tree.Publish: publish,
    tree.Subscribe: subscribe,
    tree.Capability: capability,
    tree.Needs: needs,
    tree.Surface: surface,
    tree.Clause: clause,
    tree.Statement: statement,
    tree.NameRef: name_ref,
    tree.Member: member,
    tree.MapLit: map_literal,
    tree.Lambda: function,
    tree.Name: nothing,
}
