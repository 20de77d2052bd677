"""What may be written in each kind of place of the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kanvasc.analysis import words
from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.completing import Completion, Sort, of_fields, of_function, of_functions
from kanvasc.analysis.declared import Declared, Fields, Members, declared, returned
from kanvasc.analysis.functions import EVERY, methods
from kanvasc.analysis.nodes import around, machine_at
from kanvasc.analysis.shapes import written
from kanvasc.records import dataclass
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import nodes
from kanvasc.types import renders
from kanvasc.types.asking import WITHS
from kanvasc.types.control import FAILURE
from kanvasc.types.library import CONSTANTS, NAMESPACES
from kanvasc.types.members import CONTEXT
from kanvasc.types.permissions import CAPABILITIES
from kanvasc.types.requests import INPUTS
from kanvasc.types.scope import Scope
from kanvasc.types.surface_options import READERS, WAYS
from kanvasc.types.types import (
    BOOLEAN,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    show,
    without_null,
)

TEMPLATES = {
    "enum": 'enum("${1}", "${2}")',
    "object": "object {${1:name} as ${2:text}}",
    "list": "list of ${1:text}",
    "map": "map of ${1:text}",
}


@dataclass(frozen=True)
class At:
    """The place: the program with a word put in at it, and the nodes around that word."""

    analysis: Analysis
    path: tuple[tree.Node, ...]
    offset: int

    @property
    def declared(self) -> Declared:
        return declared(self.analysis.tree)

    @property
    def members(self) -> Members | None:
        machine = machine_at(self.analysis.tree, self.offset)
        return self.declared.machines.get(machine.name.text) if machine is not None else None

    def around(self, *kinds: type[tree.Node]) -> Any:
        """The innermost node of one of the kinds."""
        return next((node for node in reversed(self.path) if isinstance(node, kinds)), None)

    @property
    def scope(self) -> Scope | None:
        """What the nearest expression that was typed sees."""
        found = (self.analysis.trace.scope_of(node) for node in reversed(self.path))
        return next((scope for scope in found if scope is not None), None)

    def shown(self, fields: Fields) -> list[Completion]:
        """Declared fields, as they are written."""
        source = self.analysis.source
        return [
            Completion(one.name.text, Sort.field, written(source, one), rank=1)
            for one in fields
            if one.name.text
        ]


def completions(at: At) -> list[Completion]:
    """What may stand at the place, keywords aside."""
    for depth in range(len(at.path) - 1, -1, -1):
        handler = PLACES.get(type(at.path[depth]))
        if handler is not None:
            found = handler(at, at.path[depth])
            if found is not None:
                return found
    return []


def _on(at: At, name: tree.Name | None) -> bool:
    return name is not None and name.span.start <= at.offset <= name.span.end


# --- expressions


def _member(at: At, node: tree.Member) -> list[Completion] | None:
    if not _on(at, node.name):
        return None
    root = node.object.text if isinstance(node.object, tree.NameRef) else ""
    scope = at.scope
    if root in ROOTS and (scope is None or root not in scope.locals):
        return ROOTS[root](at, scope)
    if root in NAMESPACES:
        return _namespace(root)
    return of_value(at.analysis.trace.type_of(node.object))


def of_value(type_: Type | None) -> list[Completion]:
    """What may stand behind the dot of a value."""
    inner = without_null(type_) if type_ is not None else None
    found = of_fields(inner.fields) if isinstance(inner, Record) else []
    found += of_functions(methods(type_).values(), sort=Sort.method)
    if isinstance(inner, ListOf | MapOf | Enum) or inner == TEXT:
        found.append(Completion("length", Sort.field, "integer", "How many there are.", rank=2))
    return found


def _input(at: At, scope: Scope | None) -> list[Completion]:
    return at.shown(at.members.accepts) if at.members is not None else []


def _steps(at: At, scope: Scope | None) -> list[Completion]:
    if scope is not None:
        return [
            Completion(name, Sort.step, show(symbol.type), rank=1)
            for name, symbol in scope.steps.items()
        ]
    return [Completion(name, Sort.step, rank=1) for name in at.members.steps] if at.members else []


def _context(_: At, __: Scope | None) -> list[Completion]:
    return [
        Completion(name, Sort.field, show(type_), words.CONTEXT.get(name, ""), rank=1)
        for name, type_ in CONTEXT.items()
    ]


def _state(at: At, _: Scope | None) -> list[Completion]:
    return at.shown(tuple(at.members.state.values())) if at.members is not None else []


def _loop(_: At, __: Scope | None) -> list[Completion]:
    return [Completion("index", Sort.field, "integer", words.ROOTS["loop"], rank=1)]


def _error(_: At, __: Scope | None) -> list[Completion]:
    return of_fields(FAILURE.fields)


def _secrets(at: At, _: Scope | None) -> list[Completion]:
    machine = at.members.machine if at.members is not None else None
    blocks = [
        block
        for section in (machine.sections if machine is not None else ())
        if isinstance(section, tree.Ensures)
        for block in section.blocks
        if isinstance(block, tree.Needs)
    ]
    named = [option.name.text for block in blocks for option in block.secrets]
    return [
        Completion(name, Sort.constant, "text", words.ROOTS["secrets"], rank=1) for name in named
    ]


ROOTS: dict[str, Callable[[At, Scope | None], list[Completion]]] = {
    "input": _input,
    "steps": _steps,
    "context": _context,
    "state": _state,
    "loop": _loop,
    "error": _error,
    "secrets": _secrets,
}


def _namespace(root: str) -> list[Completion]:
    prefix = f"{root}."
    found = [
        of_function(function, Sort.method)
        for name, function in EVERY.items()
        if name.startswith(prefix)
    ]
    constants = [name.removeprefix(prefix) for name in CONSTANTS if name.startswith(prefix)]
    return [*found, *(Completion(name, Sort.constant, "number", rank=3) for name in constants)]


def _name(at: At, node: tree.NameRef) -> list[Completion] | None:
    owner = at.path[-2] if len(at.path) > 1 else None
    if isinstance(owner, tree.Modifier) and owner.word.text == "from":
        return _steps(at, None)
    if isinstance(owner, tree.Statement):
        return []
    if isinstance(owner, tree.Option):
        if at.around(tree.Needs) is not None:
            return _listed(("required",), Sort.value)
        surface = at.around(tree.Surface)
        found = _option_words(owner.name.text, "" if surface is None else surface.kind.text)
        if found:
            return found
    if isinstance(owner, tree.With) and owner.word.text == "effort":
        return _listed(("low", "medium", "high"), Sort.value)
    return [*wanted(_hint(at, node)), *_anything(at)]


def _hint(at: At, node: tree.Node) -> Type | None:
    """What the place asks for: by what it belongs to, or by what it is compared with."""
    owner = at.path[-2] if len(at.path) > 1 else None
    if isinstance(owner, tree.Binary) and owner.op in ("==", "!="):
        other = owner.left if owner.right is node else owner.right
        return at.analysis.trace.type_of(other)
    return at.analysis.trace.hint_of(node)


def wanted(type_: Type | None, *, quoted: bool = True) -> list[Completion]:
    """The values of a type that has few."""
    inner = without_null(type_) if type_ is not None else None
    if isinstance(inner, Enum) and not inner.literal:
        texts = (f'"{value}"' if quoted else value for value in inner.values)
        return [Completion(text, Sort.value, rank=0) for text in texts]
    if inner == BOOLEAN and quoted:
        return [Completion(text, Sort.value, rank=0) for text in ("true", "false")]
    return [Completion("null", Sort.value, rank=2)] if isinstance(type_, Nullable) else []


def _anything(at: At) -> list[Completion]:
    """Locals, roots and functions."""
    scope = at.scope
    found: list[Completion] = []
    if scope is not None:
        found += [
            Completion(name, Sort.variable, show(symbol.type), rank=1)
            for name, symbol in scope.locals.items()
        ]
    found += [
        Completion(name, Sort.variable, doc=doc, rank=2)
        for name, doc in words.ROOTS.items()
        if _there(at, scope, name)
    ]
    found += [Completion(name, Sort.namespace, rank=4) for name in NAMESPACES]
    found += [
        of_function(function, Sort.function) for name, function in EVERY.items() if "." not in name
    ]
    literals = words.VALUES.items()
    return found + [Completion(name, Sort.value, doc=doc, rank=5) for name, doc in literals]


def _there(at: At, scope: Scope | None, root: str) -> bool:
    """Whether a root has a value at the place."""
    if scope is None or root in scope.locals:
        return root not in ("loop", "error")
    if scope.fixed:
        return False
    return root not in ("loop", "error") or (root == "loop" and scope.loop is not None)


def _entry(at: At, node: tree.MapEntry) -> list[Completion] | None:
    if not _on(at, node.key):
        return None
    literal = at.around(tree.MapLit)
    if literal is None:
        return _assumed(at)
    there = {entry.key.text for entry in literal.entries}
    return [
        Completion(one.label, one.sort, one.detail, one.doc, f"{one.label}: ", rank=0)
        for one in _fields_of(at, literal)
        if one.label not in there
    ]


def _assumed(at: At) -> list[Completion]:
    step = at.around(tree.Ask, tree.HttpAction)
    fields = at.shown(returned(step)) if step is not None else []
    return [Completion(f.label, f.sort, f.detail, "", f"{f.label}: ", rank=0) for f in fields]


def _fields_of(at: At, literal: tree.MapLit) -> list[Completion]:
    """The fields of the record that a literal is to make."""
    clause = at.around(tree.Clause)
    if clause is not None and at.members is not None and clause.value is literal:
        return at.shown(_clause_fields(clause, at.members))
    for type_ in (at.analysis.trace.hint_of(literal), at.analysis.trace.type_of(literal)):
        inner = without_null(type_) if type_ is not None else None
        if isinstance(inner, Record) and at.analysis.trace.declared(inner) is not None:
            return of_fields(inner.fields)
    return []


def _clause_fields(clause: tree.Clause, members: Members) -> Fields:
    subject = clause.subject.text if clause.subject is not None else ""
    if clause.word == "given":
        return members.accepts
    if clause.word == "expect":
        return members.responds
    steps = members.steps.get(subject, [])
    return returned(steps[0]) if steps else ()


def _subject(at: At, node: tree.Clause) -> list[Completion] | None:
    on_subject = _on(at, node.subject) or isinstance(at.path[-1], tree.NameRef)
    if node.word == "assuming" and on_subject and at.members is not None:
        asks = [name for name, steps in at.members.steps.items() if returned(steps[0])]
        return _listed([*asks, "now"], Sort.step)
    if node.word == "expect" and on_subject:
        return _listed(("error", "push"), Sort.keyword)
    return None


# --- fields, types, permissions, options


def _type(at: At, node: tree.TypeExpr) -> list[Completion] | None:
    if not _on(at, node.word):
        return None
    made = [
        Completion(name, Sort.type, doc=doc, insert=TEMPLATES.get(name, ""), rank=2)
        if name not in TEMPLATES
        else Completion(name, Sort.type, "", doc, TEMPLATES[name], True, 2)
        for name, doc in words.TYPES.items()
    ]
    own = [Completion(name, Sort.type, "declared here", rank=1) for name in at.declared.types]
    return own + made


def _modifier(at: At, node: tree.Modifier) -> list[Completion] | None:
    return modifiers(at) if _on(at, node.word) else None


def modifiers(at: At) -> list[Completion]:
    """What may stand behind the type of a field."""
    before = [
        node
        for node in nodes(at.analysis.tree)
        if isinstance(node, tree.Field) and node.span.start < at.offset
    ]
    field = max(before, key=lambda one: one.span.start, default=None)
    path = around(at.analysis.tree, field.name.span.start) if field is not None else ()
    kinds = {type(node) for node in path}
    given = {one.word.text for one in field.modifiers} if field is not None else set()
    hidden = {"is optional" if tree.Accepts in kinds else "is required"}
    if tree.RespondsWith not in kinds:
        hidden.add("from")
    return [
        Completion(word, Sort.keyword, "", doc, _written(word), True, 3)
        for word, doc in words.MODIFIERS.items()
        if word not in given | hidden
    ]


def _written(word: str) -> str:
    if word.startswith("is "):
        return word
    if word in ("description", "label"):
        return f'{word} "$0"'
    if word == "from":
        return "from $0"
    return f"{word}: $0"


def _capability(at: At, node: tree.Capability) -> list[Completion] | None:
    if not _on(at, node.name):
        return None
    docs = words.CAPABILITIES
    return [Completion(name, Sort.value, doc=docs.get(name, ""), rank=0) for name in CAPABILITIES]


def _surface(at: At, node: tree.Surface) -> list[Completion] | None:
    if not _on(at, node.kind):
        return None
    # A word where an option would fit is read as the next surface.
    before = _surface_before(at, node)
    column = at.analysis.source.position(node.kind.span.start).column
    options = surface_options(before.kind.text, before) if before is not None else []
    if before is not None and column > at.analysis.source.position(before.span.start).column:
        return options
    return [
        *_listed(READERS, Sort.keyword, words.SURFACES),
    ]


def _surface_before(at: At, node: tree.Surface) -> tree.Surface | None:
    section = at.around(tree.Expresses)
    surfaces = [one for one in section.surfaces if isinstance(one, tree.Surface)] if section else []
    before = [one for one in surfaces if one.span.start < node.span.start]
    return before[-1] if before else None


def surface_options(kind: str, surface: tree.Surface) -> list[Completion]:
    there = {option.name.text for option in surface.options}
    return _options([name for name in READERS.get(kind, {}) if name not in there])


def _options(names: Iterable[str]) -> list[Completion]:
    return [
        Completion(name, Sort.option, "", words.OPTIONS.get(name, ""), f"{name}: ", rank=1)
        for name in names
    ]


def _option(at: At, node: tree.Option) -> list[Completion] | None:
    if not _on(at, node.name):
        return None
    owner = at.around(
        tree.Surface,
        tree.Ask,
        tree.HttpAction,
        tree.Retry,
        tree.ForEach,
        tree.Remember,
        tree.Recall,
    )
    match owner:
        case tree.Surface():
            return surface_options(owner.kind.text, owner)
        case tree.Ask(via="from"):
            return _inputs(at, owner)
        case tree.Ask():
            return _listed(("using", "from"), Sort.option)
        case tree.HttpAction():
            return _options(("method", *INPUTS))
    return _options(STEP_OPTIONS.get(type(owner), ()))


def _inputs(at: At, ask: tree.Ask) -> list[Completion]:
    name = ask.target.plain if isinstance(ask.target, tree.TextLit) else None
    if name is not None and name.startswith("@"):
        return _options(INPUTS)
    callee = at.declared.machines.get(name or "")
    fields = at.shown(callee.accepts) if callee is not None else []
    there = {option.name.text for option in ask.inputs}
    return [
        Completion(f.label, f.sort, f.detail, "", f"{f.label}: ", rank=0)
        for f in fields
        if f.label not in there
    ]


STEP_OPTIONS: dict[type[Any], tuple[str, ...]] = {
    tree.Retry: ("max", "backoff", "delay"),
    tree.ForEach: ("concurrency",),
    tree.Remember: ("content", "collection", "metadata", "namespace", "ttl"),
    tree.Recall: ("query", "collection", "limit", "threshold", "filter", "namespace"),
}


def _option_words(name: str, surface: str) -> list[Completion]:
    if name == "auth":
        return _listed(("signature",) if surface == "webhook" else WAYS, Sort.value)
    return []


def _with(at: At, node: tree.With) -> list[Completion] | None:
    return _listed(WITHS, Sort.option, words.WITHS) if _on(at, node.word) else None


def _run(at: At, node: tree.RunFlow | tree.Subscribe) -> list[Completion] | None:
    if not _on(at, node.flow) or at.members is None:
        return None
    return _listed(at.members.flows, Sort.function)


def _render(at: At, node: tree.Render) -> list[Completion] | None:
    if _on(at, node.field) and at.members is not None:
        return at.shown(at.members.responds)
    return _listed(_forms(at, node), Sort.value, words.FORMS)


def _forms(at: At, node: tree.Render) -> tuple[str, ...]:
    """Those that fit the field; all of them when there is no such field."""
    name = "" if at.members is None else at.members.name
    machine = next((m for m in at.analysis.program.machines if m.name == name), None)
    field = None if machine is None else machine.output.type.get(node.field.text)
    return tuple(renders.FORMS) if field is None else renders.fitting(field.type)


def _listed(
    names: Iterable[str], sort: Sort, docs: dict[str, str] | None = None
) -> list[Completion]:
    return [Completion(name, sort, doc=(docs or {}).get(name, ""), rank=1) for name in names]


PLACES: dict[type[Any], Callable[[At, Any], list[Completion] | None]] = {
    tree.Member: _member,
    tree.NameRef: _name,
    tree.MapEntry: _entry,
    tree.Clause: _subject,
    tree.TypeExpr: _type,
    tree.Modifier: _modifier,
    tree.Capability: _capability,
    tree.Surface: _surface,
    tree.Option: _option,
    tree.With: _with,
    tree.RunFlow: _run,
    tree.Subscribe: _run,
    tree.Render: _render,
}
