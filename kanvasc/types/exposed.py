"""Findings about secrets: values that come to where they may not, fields that cannot be secret."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.diagnostics import Related
from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types.confidential import holds_secrets
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.flowing import Flows
from kanvasc.types.program import FieldSpec, RecordSpec, SurfaceSpec, TypedHttp, TypedMachine
from kanvasc.types.surface_paths import WITHOUT_BODY, parameters_of
from kanvasc.types.taint import Origin, Taint
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import ListOf, MapOf, Record, Type, without_null

_SENT = "send it in the `headers`, the `url` or the `body` of a request, and use its answer here"
_HELP = {
    "a condition": "choose by what is no secret: which way a run takes can be seen from outside",
    "what `match` chooses by": "choose by what is no secret: which way a run takes can be seen "
    "from outside",
    "the list of `for each`": "go through a list that is no secret: how often a body runs can be "
    "seen from outside",
    "a guard": "look at fields that are no secrets: whether a guard lets something pass can be "
    "seen from outside",
    "an index": "count with what is no secret: a failure names the index",
    "the task of a model": "leave it out: only fields that are marked `is secret` may come to a "
    "model",
}


@dataclass
class Leaks:
    """Reports secrets of one machine where they would come out."""

    at: Elaborator
    flows: Flows

    def into(self, value: TypedExpr, taint: Taint, place: str) -> None:
        """A place that may have nothing secret."""
        self.report(value, tuple(taint.origins()), place)

    def into_type(
        self, value: TypedExpr, taint: Taint, type_: Type, place: str, declared: FieldSpec
    ) -> None:
        """A field that may have only what its type says is secret."""
        found = tuple(self._beside(taint, type_))
        partly = holds_secrets(self.flows.records, type_)
        label = "only some fields of it are secret" if partly else "no secret is accepted here"
        help_ = (
            f"mark `{declared.name}` as `is secret` there, or send it in the `headers`, the `url` "
            "or the `body` of a request"
        )
        related = (Related(declared.span, label, declared.source),)
        self.report(value, found, place, help_=help_, related=related)

    def _beside(self, taint: Taint, type_: Type) -> Iterator[Origin]:
        """What is secret in a value where the type does not say so."""
        inner = without_null(type_)
        yield from taint.own
        if isinstance(inner, ListOf | MapOf):
            yield from self._beside(Taint((), taint.fields, taint.items).item(), inner.item)
            return
        spec = self.flows.records.get(inner.name or "") if isinstance(inner, Record) else None
        declared = {one.name: one for one in spec.fields} if spec is not None else {}
        for name, inside in taint.fields:
            known = declared.get(name)
            if known is None:
                yield from inside.origins()
            elif not known.secret:
                yield from self._beside(inside, known.type)
        if taint.items is not None:
            yield from taint.items.origins()

    def into_output(self, spec: FieldSpec, taint: Taint) -> None:
        """An output that is no secret."""
        found = tuple(self._beside(taint, spec.type))
        self._tell(spec.span, found, f"the output `{spec.name}`", _SENT)

    def into_model(
        self, value: TypedExpr, origins: tuple[Origin, ...], machine: str, name: str
    ) -> None:
        """A secret of the environment that another machine would show to a model."""
        secret = tuple(origin for origin in origins if origin.kind == "secret")
        help_ = "leave it out: only fields that are marked `is secret` may come to a model"
        place = f"the task of a model, by way of `{machine}`"
        self.report(value, secret, place, help_=f"{help_}, and `{name}` does there")

    def to_any_host(self, value: TypedExpr, taint: Taint, step: TypedHttp, part: str) -> None:
        """A request whose host the run decides."""
        origin = next(taint.origins(), None)
        if origin is None:
            return
        self.at.report(
            "K4023",
            value.span,
            f"The run decides where `{step.symbol.name}` sends a secret",
            label=self._made_of(value.span, origin),
            related=(
                Related(step.url.span, "the host is not written out here"),
                *self._from(value.span, origin),
            ),
            help='write the host out, `url: "https://api.example.com/…"`, or leave the secret '
            f"out of the {part}",
        )

    def report(
        self,
        value: TypedExpr,
        origins: tuple[Origin, ...],
        place: str,
        *,
        help_: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        """A value that holds something secret, on its way to a place."""
        self._tell(value.span, origins, place, help_ or _HELP.get(place, _SENT), related)

    def _tell(
        self,
        span: Span,
        origins: tuple[Origin, ...],
        place: str,
        help_: str,
        related: tuple[Related, ...] = (),
    ) -> None:
        if not origins:
            return
        origin = origins[0]
        self.at.report(
            "K4022",
            span,
            f"A secret would get into {place}",
            label=self._made_of(span, origin),
            related=(*self._from(span, origin), *related),
            help=help_,
        )

    def _made_of(self, span: Span, origin: Origin) -> str:
        same = self.at.text(span) == origin.shown
        return "this is a secret" if same else f"this is made of `{origin.shown}`"

    def _from(self, span: Span, origin: Origin) -> tuple[Related, ...]:
        """Where the secret comes in, unless that can be seen already."""
        own = origin.source.path == self.at.source.path
        if own and span.start <= origin.span.start and origin.span.end <= span.end:
            return ()
        label = "read here" if origin.kind == "secret" else "marked `is secret` here"
        return (Related(origin.span, label, None if own else origin.source),)


def declared(at: Elaborator, machine: TypedMachine) -> None:
    """Fields that are secret in what is kept, published or answered to anybody."""
    if machine.state is not None:
        _open(at, machine.state, _STATE)
    for event in machine.publishes:
        if event.schema is not None:
            _open(at, event.schema, _EVENT)
    if machine.surfaces:
        _open(at, machine.output, _ANSWER)
    for surface in machine.surfaces:
        if surface.kind == "api":
            _in_address(at, machine, surface)


def _in_address(at: Elaborator, machine: TypedMachine, surface: SurfaceSpec) -> None:
    """Secret fields of an endpoint whose place is the path, or a query."""
    method = str(surface.options.get("method", "POST"))
    in_path = parameters_of(surface.path)
    for field in machine.input.fields:
        named = field.name in in_path
        hidden = field.secret or holds_secrets(at.records, field.type)
        if not hidden or not (named or method in WITHOUT_BODY):
            continue
        where = "the path" if named else f"the query of a {method}"
        help_ = "take it out of the path" if named else 'write `method: "POST"`, which has a body'
        at.report(
            "K4026",
            surface.path_span,
            f"The secret `{field.name}` would stand in {where}",
            label="proxies and browsers write down what an address says",
            related=(Related(field.span, "this is a secret", field.source),),
            help=help_,
        )


_STATE = (
    "the state",
    "it is kept on disk",
    "leave it out: a run reads its secrets from the environment, or gets them with its input",
)
_EVENT = ("an event", "whoever subscribes hears it", "leave it out, and send a name for it")
_ANSWER = (
    "an answer",
    "whoever asks the machine gets it",
    "leave it out, or let a machine without a surface answer it and ask that one for it",
)


def _open(at: Elaborator, spec: RecordSpec, place: tuple[str, str, str]) -> None:
    for field in spec.fields:
        if field.secret or holds_secrets(at.records, field.type):
            _not_secret(at, field, *place)


def _not_secret(at: Elaborator, field: FieldSpec, what: str, because: str, help_: str) -> None:
    at.report(
        "K4024",
        field.span,
        f"`{field.name}` of {what} cannot be secret"
        if field.secret
        else f"`{field.name}` of {what} holds a field that is secret",
        label=because,
        help=help_,
    )
