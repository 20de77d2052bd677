"""The options of surfaces: how each is written, and what its value means."""

from __future__ import annotations

import re
from collections.abc import Callable

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.event_names import is_name
from kanvasc.types.surface_paths import METHODS, near_path, path_problem

Value = str | int | float | tuple[str, ...]

Reader = Callable[[Elaborator, tree.Option], "Value | None"]

PROVIDERS = ("stripe", "github", "slack")
WAYS = ("none", "api_key", "session", "oauth")
EXAMPLES = {"websocket": "/ws/name", "page": "/name", "api": "/api/name", "webhook": "/hooks/name"}
_TEXTS = {"path": "/name", "method": "POST", "provider": "stripe"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(r"(\d+)(B|KB|MB)?", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m)", re.ASCII)
_SCOPE = re.compile(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)*", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024 * 1024}


def _path(at: Elaborator, option: tree.Option) -> Value | None:
    return _checked_path(at, option, parameters=False)


def _route(at: Elaborator, option: tree.Option) -> Value | None:
    return _checked_path(at, option, parameters=True)


def _checked_path(at: Elaborator, option: tree.Option, *, parameters: bool) -> Value | None:
    path = _text(at, option)
    if path is None:
        return None
    problem = path_problem(path, parameters=parameters)
    if problem is None:
        return path
    span = option.values[0].span
    near = near_path(path, parameters=parameters)
    example = "/orders/{id}" if parameters else "/ws/name"
    at.report(
        "K5001",
        span,
        "This path cannot be served",
        label=problem,
        help=f'write `path: "{near or example}"`{"" if near else ", for example"}',
        fixes=(Fix(f'Write "{near}"', (Edit(span, f'"{near}"'),), safe=False),) if near else (),
    )
    return None


def _method(at: Elaborator, option: tree.Option) -> Value | None:
    """How the endpoint is called, in capitals."""
    return _one_of(at, option, METHODS, "GET, POST, PUT, PATCH or DELETE")


def _one_of(
    at: Elaborator, option: tree.Option, known: tuple[str, ...], listed: str
) -> Value | None:
    """One text of a closed list; `listed` says it in a sentence."""
    word = _text(at, option)
    if word is None or word in known:
        return word
    near = closest(word, known)
    span, name = option.values[0].span, option.name.text
    at.report(
        "K5006",
        span,
        f"`{name}` takes {listed}",
        help=f'write `{name}: "{near or _TEXTS[name]}"`{"" if near else ", for example"}',
        fixes=(Fix(f'Write "{near}"', (Edit(span, f'"{near}"'),), safe=False),) if near else (),
    )
    return None


def _provider(at: Elaborator, option: tree.Option) -> Value | None:
    """Who signs the requests, in its own way."""
    return _one_of(at, option, PROVIDERS, "stripe, github or slack")


def _signed(at: Elaborator, option: tree.Option) -> Value | None:
    """The one way in which a hook knows who calls it."""
    words = _words(at, option, "signature")
    if words is None:
        return None
    if set(words) == {"signature"}:
        return ("signature",)
    _wrong(at, option, "signature, for it is the other service that calls", "signature")
    return None


def _title(at: Elaborator, option: tree.Option) -> Value | None:
    return _text(at, option)


def _duration(at: Elaborator, option: tree.Option) -> Value | None:
    """Seconds, of `"30s"` or of a bare number of milliseconds."""
    first = option.values[0] if len(option.values) == 1 else None
    seconds: float | None = None
    if isinstance(first, tree.NumberLit):
        seconds = float(first.text) / 1000
    elif isinstance(first, tree.TextLit) and first.plain is not None:
        match = _DURATION.fullmatch(first.plain)
        seconds = float(match[1]) * _SECONDS[match[2]] if match else None
    elif isinstance(first, tree.Missing):
        return None
    if seconds is None or not 0 < seconds <= 7 * 86400:
        form = "a number above 0 with ms, s, m, h or d, up to 7d"
        _wrong(at, option, "a duration", '"30s"', form)
        return None
    return seconds


def _size(at: Elaborator, option: tree.Option) -> Value | None:
    """Bytes, of `"64KB"` or of a bare number."""
    first = option.values[0] if len(option.values) == 1 else None
    written = first.text if isinstance(first, tree.NumberLit) else None
    if isinstance(first, tree.TextLit):
        written = first.plain
    elif isinstance(first, tree.Missing):
        return None
    match = _SIZE.fullmatch(written) if written is not None else None
    size = int(match[1]) * _BYTES[match[2] or "B"] if match else 0
    if not 64 <= size <= 64 * _BYTES["MB"]:
        form = "a whole number with B, KB or MB, from 64B to 64MB"
        _wrong(at, option, "a size", '"64KB"', form)
        return None
    return size


def _rate(at: Elaborator, option: tree.Option) -> Value | None:
    """Messages a second, of `"50/s"`."""
    text = _text(at, option)
    if text is None:
        return None
    match = _RATE.fullmatch(text)
    rate = float(match[1]) / (60 if match[2] == "m" else 1) if match else 0.0
    if rate <= 0:
        form = "a number above 0 with /s or /m"
        _wrong(at, option, "messages a second or a minute", '"50/s"', form)
        return None
    return rate


def _count(at: Elaborator, option: tree.Option) -> Value | None:
    first = option.values[0] if len(option.values) == 1 else None
    if isinstance(first, tree.Missing):
        return None
    if isinstance(first, tree.NumberLit) and first.text.isdigit() and 0 < int(first.text) < 10**7:
        return int(first.text)
    _wrong(at, option, "a whole number above 0", "32")
    return None


def _auth(at: Elaborator, option: tree.Option) -> Value | None:
    words = _words(at, option)
    if words is None:
        return None
    for word, value in words.items():
        if word not in WAYS:
            _no_way(at, option, word, value.span)
            return None
    if "none" in words and len(words) > 1:
        at.report(
            "K5007",
            words["none"].span,
            "`auth` says that nobody has to sign in, and that somebody has to",
            label="open to everybody",
            related=tuple(
                Related(value.span, "only for who signs in")
                for word, value in words.items()
                if word != "none"
            ),
            why="With `none` no credentials are looked at, so the others would protect nothing.",
            help="take `none` out, or leave it alone there",
        )
        return None
    return tuple(words)


def _no_way(at: Elaborator, option: tree.Option, word: str, span: Span) -> None:
    near = closest(word, WAYS)
    fix = () if near is None else (Fix(f"Write `{near}`", (Edit(span, near),), safe=False),)
    at.report(
        "K5006",
        span if near else option.values[0].span.to(option.values[-1].span),
        "`auth` takes none, api_key, session or oauth",
        help=did_you_mean(word, WAYS, "ways") if near else "for example `auth: api_key, session`",
        fixes=fix,
    )


def _scopes(at: Elaborator, option: tree.Option) -> Value | None:
    values = [value for each in option.values for value in _items(each)]
    if any(isinstance(value, tree.Missing) for value in values):
        return None
    scopes = [
        value.text if isinstance(value, tree.NameRef) else value.plain
        for value in values
        if isinstance(value, tree.NameRef | tree.TextLit)
    ]
    wanted = all(scope is not None and _SCOPE.fullmatch(scope) for scope in scopes)
    if not wanted or len(scopes) < len(values) or len(set(scopes)) < len(scopes) or not scopes:
        form = "words with colons between, each scope once"
        _wrong(at, option, "names of scopes", "machines:run", form)
        return None
    return tuple(scope for scope in scopes if scope is not None)


def _words(
    at: Elaborator, option: tree.Option, known: str = "none, api_key, session or oauth"
) -> dict[str, tree.Expr] | None:
    """The words of an option, each once."""
    values = [value for each in option.values for value in _items(each)]
    if any(isinstance(value, tree.Missing) for value in values):
        return None
    words = {value.text: value for value in values if isinstance(value, tree.NameRef)}
    if len(words) < len(values) or not words:
        _wrong(at, option, known, known.partition(",")[0])
        return None
    return dict(words)


def _items(value: tree.Expr) -> tuple[tree.Expr, ...]:
    return tuple(value.items) if isinstance(value, tree.ListLit) else (value,)


def _origins(at: Elaborator, option: tree.Option) -> Value | None:
    first = option.values[0] if option.values else None
    items = first.items if isinstance(first, tree.ListLit) else option.values
    origins = [item.plain for item in items if isinstance(item, tree.TextLit)]
    if len(origins) == len(items) and all(
        origin and re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+", origin) for origin in origins
    ):
        return tuple(origin for origin in origins if origin)
    form = "http or https, a host and perhaps a port, without a path"
    _wrong(at, option, "a list of origins", '["https://app.example.com"]', form)
    return None


def _text(at: Elaborator, option: tree.Option) -> str | None:
    """The one literal text of an option, or None with a finding."""
    if any(isinstance(value, tree.Missing) for value in option.values):
        return None
    first = option.values[0] if len(option.values) == 1 else None
    text = first.plain if isinstance(first, tree.TextLit) else None
    if text is None:
        example = _TEXTS.get(option.name.text, "A title")
        _wrong(at, option, "one text", f'"{example}"')
    return text


def _wrong(at: Elaborator, option: tree.Option, wanted: str, example: str, form: str = "") -> None:
    """`form`: how such a value is written."""
    span = option.values[0].span.to(option.values[-1].span) if option.values else option.span
    at.report(
        "K5006",
        span,
        f"`{option.name.text}` takes {wanted}",
        label=form,
        help=f"for example `{option.name.text}: {example}`",
    )


def _event(at: Elaborator, option: tree.Option) -> Value | None:
    """The name of an event, `"metric.changed"`."""
    name = _text(at, option)
    if name is None or is_name(name):
        return name
    form = "words of letters, digits and _, with dots between them"
    _wrong(at, option, "the name of an event", '"metric.changed"', form)
    return None


def _switch(at: Elaborator, option: tree.Option) -> Value | None:
    first = option.values[0] if len(option.values) == 1 else None
    if isinstance(first, tree.BoolLit):
        return first.value
    if not isinstance(first, tree.Missing):
        _wrong(at, option, "true or false", "true")
    return None


READERS: dict[str, dict[str, Reader]] = {
    "websocket": {
        "path": _path,
        "every": _duration,
        "on": _event,
        "shared": _switch,
        "idle_timeout": _duration,
        "heartbeat": _duration,
        "max_message": _size,
        "rate": _rate,
        "rate_per_principal": _rate,
        "queue": _count,
        "concurrency": _count,
        "max_connections": _count,
        "max_connections_per_client": _count,
        "max_subscriptions": _count,
        "max_keys": _count,
        "origins": _origins,
        "auth": _auth,
        "scopes": _scopes,
    },
    "page": {
        "path": _path,
        "title": _title,
        "live": _title,
        "auth": _auth,
        "scopes": _scopes,
    },
    "api": {
        "path": _route,
        "method": _method,
        "max_message": _size,
        "rate": _rate,
        "origins": _origins,
        "auth": _auth,
        "scopes": _scopes,
    },
    "mcp": {
        "rate": _rate,
        "auth": _auth,
        "scopes": _scopes,
    },
    "webhook": {
        "path": _path,
        "provider": _provider,
        "auth": _signed,
        "max_message": _size,
        "rate": _rate,
    },
}
