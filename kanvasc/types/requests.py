"""Http steps: `ask … from "@std/http/get"` and `action … http`, which are one thing."""

from __future__ import annotations

import re

from kanvasc.diagnostics import Edit, Fix, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import coerce, hosts
from kanvasc.types.assumptions import assumed
from kanvasc.types.confidential import holds_secrets
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.hosts import Origin
from kanvasc.types.options import named, single
from kanvasc.types.program import Constraints, FieldSpec, RecordSpec, TypedHttp
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, NewMap, Symbol, TypedExpr
from kanvasc.types.types import ANY, INTEGER, TEXT, MapOf, Record, RecordField, Type

STD = "@std/"
HTTP = "@std/http/"
METHODS = ("get", "post", "put", "patch", "delete")
INPUTS = ("url", "headers", "body", "timeout")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
LONGEST = 600.0
"""Seconds that an answer may take at most."""

HEADERS = MapOf(ANY)
ANSWER = Record(
    (
        RecordField("status", INTEGER),
        RecordField("headers", HEADERS, required=False),
        RecordField("body", ANY, required=False),
    ),
    "http answer",
)
"""What a request gives when nothing is said about its body."""


def from_path(
    at: Elaborator, declarations: Declarations, step: tree.Ask, path: str, scope: Scope
) -> TypedHttp | None:
    """`ask … from "@std/http/get"`."""
    assert step.target is not None
    for clause in step.withs:
        at.report(
            "K3007",
            clause.span,
            f"A request takes no `with {clause.word.text}`",
            help="its inputs are `url`, `headers`, `body` and `timeout`, each as `name: …`",
            fixes=(_without(at, clause.span),),
        )
    method = path.removeprefix(HTTP)
    if path.startswith(HTTP) and method in METHODS:
        request = _Request(at, declarations, step, step.name)
        given = named(at, step.inputs, INPUTS, "A request")
        return request.typed(given, step.returns, step.assuming, method, scope)
    known = [f"{HTTP}{one}" for one in METHODS]
    near = closest(path, known)
    span = step.target.span
    at.report(
        "K1030",
        span,
        f"There is no `{path}`",
        why="A path that begins with `@` stands for something that every program can do: to send "
        "a request of one of five kinds.",
        help=did_you_mean(path, known, "paths"),
        fixes=(Fix(f"Ask `{near}`", (Edit(span, f'"{near}"'),), safe=False),) if near else (),
    )
    return None


def action(
    at: Elaborator, declarations: Declarations, step: tree.HttpAction, scope: Scope
) -> TypedHttp | None:
    """`action … http`."""
    given = named(at, step.options, ("method", *INPUTS), "A request")
    method = _method(at, given.pop("method", None))
    request = _Request(at, declarations, step, step.name)
    return request.typed(given, step.returns, step.assuming, method, scope)


def _method(at: Elaborator, option: tree.Option | None) -> str:
    if option is None:
        return "get"
    value = single(at, option, "The option")
    word = value.plain if isinstance(value, tree.TextLit) else getattr(value, "text", None)
    method = word.lower() if isinstance(word, str) else ""
    if method in METHODS or isinstance(value, tree.Missing):
        return method or "get"
    near = closest(method, METHODS)
    edits = (Edit(value.span, f'"{near.upper()}"'),) if near else ()
    at.report(
        "K3007",
        value.span,
        "The method is GET, POST, PUT, PATCH or DELETE",
        why="What a machine does to another server is read before it runs.",
        help='write it out: `method: "POST"`',
        fixes=(Fix(f"Write `{edits[0].text}`", edits, safe=False),) if edits else (),
    )
    return "get"


def _without(at: Elaborator, span: Span) -> Fix:
    return Fix("Remove it", (removal(at.source.text, span),), safe=False)


@dataclass
class _Request:
    """One step."""

    at: Elaborator
    declarations: Declarations
    step: tree.Ask | tree.HttpAction
    name: tree.Name

    def typed(
        self,
        given: dict[str, tree.Option],
        returns: tree.Returns | None,
        assuming: tree.AssumingValues | None,
        method: str,
        scope: Scope,
    ) -> TypedHttp | None:
        url = self._url(given.get("url"), scope)
        origin = self._origin(given["url"].values[0]) if "url" in given else None
        spec = answer(self.declarations, returns, self.name)
        made = TypedHttp(
            symbol=Symbol(self.name.text, spec.type, self.name.span, "step"),
            span=self.step.span,
            method=method,
            url=url,
            returns=spec,
            shaped=returns is not None,
            origin=origin,
            headers=self._value(given.get("headers"), scope, MapOf(TEXT), "the headers"),
            body=self._body(given.get("body"), method, scope),
            confidential=holds_secrets(self.at.records, spec.type.fields[-1].type),
        )
        if made.headers is not None:
            made.headers = coerce.must(made.headers, MapOf(ANY))
        if "timeout" in given:
            made.timeout = self._timeout(given["timeout"]) or made.timeout
        if assuming is not None:
            written = tree.MapLit(assuming.span, assuming.entries)
            made.assuming = assumed(self.at, written, made, f"what `{self.name.text}` returns")
        return None if isinstance(url, Bad) else made

    def _url(self, option: tree.Option | None, scope: Scope) -> TypedExpr:
        if option is None:
            return self.at.report(
                "K3006",
                self.name.span,
                f"The request `{self.name.text}` has no url",
                help='add a line `url: "https://…"`',
            )
        value = self._value(option, scope, TEXT, "the url")
        assert value is not None
        return value

    def _origin(self, url: tree.Expr) -> Origin | None:
        """The host that the url is written with; None where the run decides it."""
        text, whole = _beginning(url)
        if not whole and not _has_whole_host(text):
            return None
        try:
            return hosts.of_url(text)
        except hosts.NoHost as problem:
            self.at.report(
                "K3011",
                url.span,
                "Nothing can be sent to this url",
                label=str(problem),
                help='a url is such as `"https://api.example.com/orders/${input.id}"`',
            )
            return None

    def _value(
        self, option: tree.Option | None, scope: Scope, target: Type, place: str
    ) -> TypedExpr | None:
        if option is None:
            return None
        return self.at.check(single(self.at, option, "The input"), scope, target, place)

    def _timeout(self, option: tree.Option) -> float | None:
        """Seconds, of `"30s"` or of a bare number of milliseconds."""
        first = single(self.at, option, "The input")
        if isinstance(first, tree.Missing):
            return None
        seconds = None
        if isinstance(first, tree.NumberLit):
            seconds = float(first.text) / 1000
        elif isinstance(first, tree.TextLit) and (match := _DURATION.fullmatch(first.plain or "")):
            seconds = float(match[1]) * _SECONDS[match[2]]
        if seconds is not None and 0 < seconds <= LONGEST:
            return seconds
        self.at.report(
            "K3007",
            first.span,
            "The timeout of a request is a duration, up to ten minutes",
            why="A request that nobody waits for any more would hold its run.",
            help='for example `timeout: "10s"`',
        )
        return None

    def _body(self, option: tree.Option | None, method: str, scope: Scope) -> TypedExpr | None:
        if option is not None and method == "get":
            self.at.report(
                "K3007",
                option.span,
                "A GET sends no body",
                why="Servers and what stands before them drop it, or refuse the request.",
                help="send it with POST, or say it in the url",
                fixes=(_without(self.at, option.span),),
            )
        return self._value(option, scope, ANY, "the body")


def _beginning(url: tree.Expr) -> tuple[str, bool]:
    """The text that the url is known to begin with, and whether that is all of it."""
    if isinstance(url, tree.TextLit):
        first = url.parts[0] if url.parts else ""
        return (first if isinstance(first, str) else ""), url.plain is not None
    if isinstance(url, tree.Binary) and url.op == "+":
        text, whole = _beginning(url.left)
        if not whole:
            return text, False
        more, all_ = _beginning(url.right)
        return text + more, all_
    return "", False


def _has_whole_host(text: str) -> bool:
    """Whether what follows can no longer be part of the host."""
    _, found, rest = text.partition("://")
    return bool(found) and any(end in rest for end in "/?#")


def answer(declarations: Declarations, returns: tree.Returns | None, name: tree.Name) -> RecordSpec:
    """The record of a whole answer; its body as `returns` says, where it says anything."""
    body = None
    if returns is not None:
        body = declarations.record(returns.fields, f"step {name.text}.body", "returns")
    fields = (
        FieldSpec("status", name.span, INTEGER, True, constraints=Constraints()),
        FieldSpec("headers", name.span, HEADERS, False, NewMap(HEADERS, name.span, ())),
        FieldSpec("body", name.span, ANY if body is None else body.type, body is not None),
    )
    if body is None:
        return RecordSpec(ANSWER, fields)
    whole = (*ANSWER.fields[:2], RecordField("body", body.type))
    type_ = Record(whole, f"step {name.text} answer")
    return RecordSpec(type_, fields, (body,))
