"""`expresses`: which surfaces a machine has, and what their options say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import SurfaceSpec

Value = str | int | float | tuple[str, ...]

SUPPORTED = ("websocket", "page")
LATER_SURFACES = ("api", "mcp", "webhook")
LATER_OPTIONS = {
    "websocket": (
        "every",
        "on",
        "shared",
        "rate_per_principal",
        "max_connections_per_client",
        "max_subscriptions",
        "max_keys",
        "concurrency",
        "scopes",
    ),
    "page": ("scopes",),
}
EXAMPLES = {"websocket": "/ws/name", "page": "/name"}
RESERVED_PATHS = ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/asyncapi.json")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(r"(\d+)(B|KB|MB)?", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m)", re.ASCII)
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+|/")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024 * 1024}


@dataclass
class Surfaces:
    """Reads the surfaces of all machines of an app; `paths` holds those that are taken."""

    at: Elaborator
    paths: dict[str, tuple[Source, Span]]

    def read(
        self, machine: tree.Machine, section: tree.Expresses | None
    ) -> tuple[SurfaceSpec, ...]:
        found: list[SurfaceSpec] = []
        for surface in section.surfaces if section is not None else ():
            if isinstance(surface, tree.Surface) and self._supported(surface):
                made = self._surface(surface)
                if made is not None:
                    found.append(made)
        self._live(found)
        return tuple(found)

    def _supported(self, surface: tree.Surface) -> bool:
        word = surface.kind.text
        if word in SUPPORTED:
            return True
        if word in LATER_SURFACES:
            self.at.not_supported(surface.kind.span, f"The surface `{word}`")
        elif word:
            self.at.report(
                "K5005",
                surface.kind.span,
                f"There is no surface `{word}`",
                help=did_you_mean(word, (*SUPPORTED, *LATER_SURFACES), "surfaces"),
                fixes=_instead(surface.kind, (*SUPPORTED, *LATER_SURFACES)),
            )
        return False

    def _surface(self, surface: tree.Surface) -> SurfaceSpec | None:
        kind: Literal["websocket", "page"] = "page" if surface.kind.text == "page" else "websocket"
        for render in surface.renders:
            self.at.not_supported(render.span, "`render`")
        options: dict[str, Value] = {}
        spans: dict[str, Span] = {}
        for option in surface.options:
            name = option.name.text
            if name in spans:
                self._twice(kind, option, spans[name])
                continue
            spans[name] = option.span
            value = self._option(kind, option)
            if value is not None:
                options[name] = value
        if "path" not in spans:
            self.at.report(
                "K5001",
                surface.kind.span,
                f"This {kind} has no path",
                help=f'add `path: "{EXAMPLES[kind]}"` below it, for example',
            )
        path = options.pop("path", None)
        if not isinstance(path, str):
            return None
        path_span = next(o.span for o in surface.options if o.name.text == "path")
        self._unique(path, path_span)
        return SurfaceSpec(kind, path, surface.kind.span, path_span, options, spans)

    def _twice(self, kind: str, option: tree.Option, first: Span) -> None:
        edit = removal(self.at.source.text, option.span)
        self.at.report(
            "K1004",
            option.span,
            f"`{option.name.text}` stands twice in this {kind}",
            related=(Related(first, "the first one"),),
            help="remove one of the two",
            fixes=(Fix("Remove it", (edit,), safe=False),),
        )

    def _option(self, kind: str, option: tree.Option) -> Value | None:
        name = option.name.text
        reader = READERS[kind].get(name)
        if reader is not None:
            return reader(self, option)
        if name in LATER_OPTIONS[kind]:
            self.at.not_supported(option.span, f"The option `{name}`")
        else:
            known = (*READERS[kind], *LATER_OPTIONS[kind])
            self.at.report(
                "K5005",
                option.name.span,
                f"A {kind} has no option `{name}`",
                help=did_you_mean(name, READERS[kind], "options"),
                fixes=_instead(option.name, known),
            )
        return None

    def _unique(self, path: str, span: Span) -> None:
        here = (self.at.source, span)
        first = self.paths.setdefault(path, here)
        if first is not here:
            self.at.report(
                "K5002",
                span,
                f"The path {path} is taken",
                related=(Related(first[1], "by this surface", first[0]),),
                help="give each surface a path of its own",
            )

    def _live(self, surfaces: list[SurfaceSpec]) -> None:
        """A page is fed by the machine's socket; with several of them it must say which."""
        sockets = [surface.path for surface in surfaces if surface.kind == "websocket"]
        for page in surfaces:
            if page.kind != "page":
                continue
            live = page.options.get("live")
            if live is None and len(sockets) == 1:
                page.options["live"] = sockets[0]
            elif live is None and len(sockets) > 1:
                listed = " or ".join(f'`live: "{path}"`' for path in sockets[:3])
                self.at.report(
                    "K5004",
                    page.span,
                    "This machine has several sockets: the page must say which one feeds it",
                    help=f"add {listed}",
                )
            elif live is not None and live not in sockets:
                self.at.report(
                    "K5004",
                    page.option_spans["live"],
                    f"This machine has no socket at {live}",
                    help=did_you_mean(str(live), sockets, "sockets")
                    if sockets
                    else "add a `websocket` with this path, or leave `live` out",
                )

    def text(self, option: tree.Option) -> str | None:
        """The one literal text of an option, or None with a finding."""
        if any(isinstance(value, tree.Missing) for value in option.values):
            return None
        first = option.values[0] if len(option.values) == 1 else None
        text = first.plain if isinstance(first, tree.TextLit) else None
        if text is None:
            example = EXAMPLES["page"] if option.name.text == "path" else "A title"
            self.wrong(option, "one text", f'"{example}"')
        return text

    def wrong(self, option: tree.Option, wanted: str, example: str, form: str = "") -> None:
        """`form`: how such a value is written."""
        span = option.values[0].span.to(option.values[-1].span) if option.values else option.span
        self.at.report(
            "K5006",
            span,
            f"`{option.name.text}` takes {wanted}",
            label=form,
            help=f"for example `{option.name.text}: {example}`",
        )


Reader = Callable[[Surfaces, tree.Option], "Value | None"]


def _instead(word: tree.Name, known: Iterable[str]) -> tuple[Fix, ...]:
    near = closest(word.text, known)
    return (Fix(f"Write `{near}`", (Edit(word.span, near),), safe=False),) if near else ()


def _path(self: Surfaces, option: tree.Option) -> Value | None:
    path = self.text(option)
    if path is None:
        return None
    problem = path_problem(path)
    if problem is None:
        return path
    span = option.values[0].span
    near = _near_path(path)
    self.at.report(
        "K5001",
        span,
        "This path cannot be served",
        label=problem,
        help=f'write `path: "{near or "/ws/name"}"`{"" if near else ", for example"}',
        fixes=(Fix(f'Write "{near}"', (Edit(span, f'"{near}"'),), safe=False),) if near else (),
    )
    return None


def _near_path(path: str) -> str | None:
    """The nearest path that can be served: without a host, doubled or last slashes, blanks."""
    if not path.isascii():
        return None
    rest = re.sub(r"^[a-z]+://[^/]*", "", path).partition("?")[0]
    parts = [re.sub(r"[^A-Za-z0-9._~-]+", "-", part).strip("-") for part in rest.split("/")]
    near = "/" + "/".join(part for part in parts if part not in ("", ".", ".."))
    return near if near != "/" and path_problem(near) is None else None


def path_problem(path: str) -> str | None:
    """Why `path` is no path of a surface (RFC 3986 section 3.3), or None."""
    if not path.startswith("/"):
        return 'it must begin with "/"'
    if len(path) > 1 and path.endswith("/"):
        return 'it must not end with "/"'
    if "{" in path or "}" in path or "/:" in path:
        return "a path takes no parameters"
    if "?" in path or "#" in path:
        return "a path ends before `?` and `#`"
    if "//" in path:
        return "there is no name between these two slashes"
    if any(part in (".", "..") for part in path.split("/")):
        return "`.` and `..` are no names"
    if _PATH.fullmatch(path) is None:
        return "it may hold letters, digits and - . _ ~ only"
    if path in RESERVED_PATHS or path == "/_kanvas" or path.startswith("/_kanvas/"):
        return "the app itself uses it"
    return None


def _title(self: Surfaces, option: tree.Option) -> Value | None:
    return self.text(option)


def _duration(self: Surfaces, option: tree.Option) -> Value | None:
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
        self.wrong(option, "a duration", '"30s"', form)
        return None
    return seconds


def _size(self: Surfaces, option: tree.Option) -> Value | None:
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
        self.wrong(option, "a size", '"64KB"', form)
        return None
    return size


def _rate(self: Surfaces, option: tree.Option) -> Value | None:
    """Messages a second, of `"50/s"`."""
    text = self.text(option)
    if text is None:
        return None
    match = _RATE.fullmatch(text)
    rate = float(match[1]) / (60 if match[2] == "m" else 1) if match else 0.0
    if rate <= 0:
        form = "a number above 0 with /s or /m"
        self.wrong(option, "messages a second or a minute", '"50/s"', form)
        return None
    return rate


def _count(self: Surfaces, option: tree.Option) -> Value | None:
    first = option.values[0] if len(option.values) == 1 else None
    if isinstance(first, tree.Missing):
        return None
    if isinstance(first, tree.NumberLit) and first.text.isdigit() and 0 < int(first.text) < 10**7:
        return int(first.text)
    self.wrong(option, "a whole number above 0", "32")
    return None


def _auth(self: Surfaces, option: tree.Option) -> Value | None:
    words = [value.text for value in option.values if isinstance(value, tree.NameRef)]
    if words == ["none"]:
        return ("none",)
    for word, value in zip(words, option.values, strict=False):
        if word in ("api_key", "session", "oauth"):
            self.at.not_supported(value.span, f"`auth: {word}`")
            return None
    if not any(isinstance(value, tree.Missing) for value in option.values):
        self.wrong(option, "none, api_key, session or oauth", "none")
    return None


def _origins(self: Surfaces, option: tree.Option) -> Value | None:
    first = option.values[0] if option.values else None
    items = first.items if isinstance(first, tree.ListLit) else option.values
    origins = [item.plain for item in items if isinstance(item, tree.TextLit)]
    if len(origins) == len(items) and all(
        origin and re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+", origin) for origin in origins
    ):
        return tuple(origin for origin in origins if origin)
    form = "http or https, a host and perhaps a port, without a path"
    self.wrong(option, "a list of origins", '["https://app.example.com"]', form)
    return None


READERS: dict[str, dict[str, Reader]] = {
    "websocket": {
        "path": _path,
        "idle_timeout": _duration,
        "heartbeat": _duration,
        "max_message": _size,
        "rate": _rate,
        "queue": _count,
        "max_connections": _count,
        "origins": _origins,
        "auth": _auth,
    },
    "page": {"path": _path, "title": _title, "live": _title, "auth": _auth},
}
