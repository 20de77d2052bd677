"""`expresses`: which surfaces a machine has, and what their options say."""

from __future__ import annotations

from typing import Final

from kanvasc.diagnostics import Fix, Related, removal, spelling
from kanvasc.names import closest, did_you_mean
from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import parameters, renders
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import Kind, RecordSpec, SurfaceSpec
from kanvasc.types.surface_options import EXAMPLES, READERS, Value
from kanvasc.types.surface_paths import Paths, Place

SUPPORTED: Final[tuple[Kind, ...]] = ("websocket", "page", "api", "mcp", "webhook")
KINDS: Final[dict[str, Kind]] = {kind: kind for kind in SUPPORTED}
NOUNS: Final[dict[Kind, str]] = {
    "websocket": "websocket",
    "page": "page",
    "api": "API",
    "mcp": "MCP surface",
    "webhook": "webhook",
}
"""What a surface of each kind is called in a sentence."""
TOOLS: Final = "/mcp"
"""Where tools are called: one address for all machines."""


_PATHS = ("paths", "url", "uri", "route", "address", "endpoint")
"""What people write who mean `path`."""


@dataclass
class Surfaces:
    """Reads the surfaces of all machines of an app; `paths` holds those that are taken."""

    at: Elaborator
    paths: Paths

    def read(
        self, section: tree.Expresses | None, accepted: RecordSpec, output: RecordSpec
    ) -> tuple[SurfaceSpec, ...]:
        """The surfaces of a machine, by what it accepts and what it responds with."""
        found: list[SurfaceSpec] = []
        for surface in section.surfaces if section is not None else ():
            if isinstance(surface, tree.Surface) and self._supported(surface):
                made = self._surface(surface, output)
                if made is not None:
                    found.append(made)
                    parameters.check(self.at, made, accepted)
        self._once(found)
        self._live(found)
        return tuple(found)

    def _supported(self, surface: tree.Surface) -> bool:
        word = surface.kind.text
        if word in SUPPORTED:
            return True
        if word:
            self.at.report(
                "K5005",
                surface.kind.span,
                f"There is no surface `{word}`",
                help=did_you_mean(word, SUPPORTED, "surfaces"),
                fixes=spelling(surface.kind.span, closest(surface.kind.text, SUPPORTED)),
            )
        return False

    def _surface(self, surface: tree.Surface, output: RecordSpec) -> SurfaceSpec | None:
        kind = KINDS[surface.kind.text]
        shown: dict[str, str] = {}
        if kind == "page":
            shown = renders.read(self.at, surface.renders, output)
        elif surface.renders:
            self._shows_nothing(kind, surface.renders[0])
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
        if kind == "mcp":
            return SurfaceSpec(kind, TOOLS, surface.kind.span, surface.kind.span, options, spans)
        if kind == "webhook":
            self._signer(surface, spans)
        if "path" not in spans and not any(name in _PATHS for name in spans):
            self.at.report(
                "K5001",
                surface.kind.span,
                f"{_this(kind)} has no path",
                help=f'add `path: "{EXAMPLES[kind]}"` below it, for example',
            )
        path = options.pop("path", None)
        if not isinstance(path, str):
            return None
        path_span = next(o.span for o in surface.options if o.name.text == "path")
        self._unique(kind, path, str(options.get("method", "POST")), path_span)
        return SurfaceSpec(kind, path, surface.kind.span, path_span, options, spans, shown)

    def _shows_nothing(self, kind: Kind, render: tree.Render) -> None:
        edit = removal(self.at.source.text, render.span)
        self.at.report(
            "K5005",
            render.span,
            f"{_a(kind)} shows nothing, so that it renders no field",
            help="write it under `page`",
            fixes=(Fix("Remove it", (edit,), safe=False),),
        )

    def _signer(self, surface: tree.Surface, spans: dict[str, Span]) -> None:
        """Exactly one of `provider` and `auth` says how a hook knows who calls it."""
        said = [spans[name] for name in ("provider", "auth") if name in spans]
        if len(said) == 1:
            return
        if said:
            self.at.report(
                "K5011",
                said[1],
                "A webhook's requests are signed in one way",
                related=(Related(said[0], "this is the other one"),),
                help="leave `auth` out: a provider has its own signature",
            )
            return
        self.at.report(
            "K5011",
            surface.kind.span,
            "This webhook does not say how its requests are signed",
            help='add `provider: "stripe"` (or "github", or "slack"), or `auth: signature`',
        )

    def _twice(self, kind: Kind, option: tree.Option, first: Span) -> None:
        edit = removal(self.at.source.text, option.span)
        self.at.report(
            "K1004",
            option.span,
            f"`{option.name.text}` stands twice in this {NOUNS[kind]}",
            related=(Related(first, "the first one"),),
            help="remove one of the two",
            fixes=(Fix("Remove it", (edit,), safe=False),),
        )

    def _option(self, kind: Kind, option: tree.Option) -> Value | None:
        name = option.name.text
        reader = READERS[kind].get(name)
        if reader is not None:
            return reader(self.at, option)
        near = "path" if name in _PATHS else closest(name, READERS[kind])
        self.at.report(
            "K5005",
            option.name.span,
            f"{_a(kind)} has no option `{name}`",
            help=f"all tools are called at {TOOLS}"
            if (kind, name) == ("mcp", "path")
            else f"did you mean `{near}`?"
            if near
            else did_you_mean(name, READERS[kind], "options"),
            fixes=() if kind == "mcp" else spelling(option.name.span, near),
        )
        return None

    def _unique(self, kind: Kind, path: str, method: str, span: Span) -> None:
        place = Place(method if kind == "api" else None, self.at.source, span)
        first = self.paths.take(path, place)
        if first is None:
            return
        both = first.method is not None and place.method is not None
        self.at.report(
            "K5002",
            span,
            f"{method} {path} is taken" if both else f"The path {path} is taken",
            related=(Related(first.span, "by this surface", first.source),),
            help="give one of them another path, or another method"
            if both
            else "give each surface a path of its own",
        )

    def _once(self, surfaces: list[SurfaceSpec]) -> None:
        """A machine is one tool."""
        tools = [surface for surface in surfaces if surface.kind == "mcp"]
        for other in tools[1:]:
            self.at.report(
                "K5002",
                other.span,
                "This machine is a tool already",
                related=(Related(tools[0].span, "here"),),
                why="A tool has the machine's name, and all tools one address.",
                help="put the options of both into one `mcp`",
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


def _this(kind: Kind) -> str:
    return f"This {NOUNS[kind]}"


def _a(kind: Kind) -> str:
    noun = NOUNS[kind]
    return f"An {noun}" if noun[:3] in ("API", "MCP") else f"A {noun}"
