"""The providers that a model's name may begin with, each in one file that is imported when used."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from kanvas_runtime.machine import Machine
from kanvas_runtime.reasoning.provider import Provider


class Known(Struct, frozen=True):
    """A provider that there is an adapter for: what it needs, and how it is opened."""

    package: str
    key: str
    open: Callable[[Mapping[str, str]], Provider]


def _open_anthropic(environ: Mapping[str, str]) -> Provider:
    from kanvas_runtime.reasoning.anthropic import Anthropic

    return Anthropic(
        key=environ.get("ANTHROPIC_API_KEY", ""), base_url=environ.get("ANTHROPIC_BASE_URL")
    )


KNOWN: Mapping[str, Known] = {
    "anthropic": Known(package="anthropic", key="ANTHROPIC_API_KEY", open=_open_anthropic),
}


class Reasoners:
    """The providers of one process: each is opened at most once, and closed with it.

    `environ` holds keys and base URLs; `opened` are providers to use as they are.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        opened: Mapping[str, Provider] | None = None,
    ) -> None:
        self._environ = environ
        self._opened = dict(opened or {})

    def provider(self, name: str) -> Provider:
        """Raises `KeyError` for a provider that there is no adapter for."""
        if name not in self._opened:
            self._opened[name] = KNOWN[name].open(self._environ)
        return self._opened[name]

    async def aclose(self) -> None:
        """Close every provider that was opened."""
        opened, self._opened = self._opened, {}
        for provider in opened.values():
            await provider.aclose()


def split_model(model: str) -> tuple[str, str]:
    """`provider:model` → both parts; a name without a provider has the provider `""`."""
    provider, colon, name = model.partition(":")
    return (provider, name) if colon else ("", model)


def missing(
    machines: Iterable[Machine[Any, Any]], environ: Mapping[str, str] = os.environ
) -> str | None:
    """Why these machines cannot start live, in a sentence or two for a person; None if they can."""
    for machine in machines:
        for step in machine.asks:
            lacking = _lacking(step.model, environ)
            if lacking:
                return f"machine {machine.name}, step {step.name}: {lacking}"
    return None


def _lacking(model: str, environ: Mapping[str, str]) -> str | None:
    name, _ = split_model(model)
    known = KNOWN.get(name)
    if known is None:
        names = ", ".join(f'"{each}:…"' for each in sorted(KNOWN))
        return f'no provider answers "{model}". Known: {names}.'
    if not environ.get(known.key):
        return (
            f"{model} needs a key. Set {known.key}, or start simulated with --simulate or"
            " KANVAS_SIMULATE=1: then every step answers what the program assumes."
        )
    if importlib.util.find_spec(known.package) is None:
        return (
            f"{model} needs the package {known.package}, which is not installed. Install"
            f' "kanvas-runtime[{known.package}]", or start simulated with --simulate or'
            " KANVAS_SIMULATE=1."
        )
    return None
