"""What changes for clients between two versions of a program, and what of it breaks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kanvasc.contract.change import Change
from kanvasc.contract.promises import Promises, Way
from kanvasc.contract.shapes import differences
from kanvasc.contract.talking import talking

CEILINGS: Final[dict[str, float | None]] = {
    "max_message": 64 * 1024,
    "rate": 50.0,
    "rate_per_principal": None,
    "queue": 32,
    "concurrency": 1,
    "max_connections": 10_000,
    "max_connections_per_client": 100,
    "max_subscriptions": 16,
    "max_keys": 1_000,
}
"""Limits of a socket, and what holds where the program says nothing; None: no limit. A lower one
refuses what was taken before. A queue that is shorter only waits earlier."""
_WAITS: Final = ("queue", "concurrency")
_SOURCES: Final = ("every", "on")
"""What makes results that nobody asked for."""


def compare(old: Promises, new: Promises) -> tuple[Change, ...]:
    """All changes, in the order of the old version."""
    told = () if old.talk is None or new.talk is None else talking(old.talk, new.talk)
    return (*_machines(old, new), *_surfaces(old, new), *told)


def _machines(old: Promises, new: Promises) -> Iterator[Change]:
    for name, sides in old.machines.items():
        if name not in new.machines:
            if new.complete or (old.has_socket(name) and new.ways is not None):
                yield Change(name, "there is no such machine any more", breaking=True)
            continue
        now = new.machines[name]
        for (side, sent), was, is_ in zip(
            (("input", True), ("output", False)), sides, now, strict=True
        ):
            for found in differences(was, is_, f"{name} {side}", sent=sent):
                breaking = found.narrows if sent else found.widens
                yield Change(found.where, found.what, breaking)
    for name in new.machines:
        if name not in old.machines and (old.complete or not new.complete):
            yield Change(name, "is new", breaking=False)


def _surfaces(old: Promises, new: Promises) -> Iterator[Change]:
    if old.ways is None or new.ways is None:
        return
    both = old.whole and new.whole
    before, after = (
        {way.shown: way for way in each.ways or () if both or way.kind == "websocket"}
        for each in (old, new)
    )
    for shown, was in before.items():
        now = after.get(shown)
        if now is None:
            yield Change(shown, "is not there any more", breaking=True)
        else:
            yield from _way(was, now)
    for shown in after:
        if shown not in before:
            yield Change(shown, "is new", breaking=False)


def _way(old: Way, new: Way) -> Iterator[Change]:
    where = old.shown
    if old.machine != new.machine:
        yield Change(where, f"is answered by {new.machine} instead of {old.machine}", True)
    yield from _auth(where, old.auth, new.auth)
    for scope in new.scopes:
        if scope not in old.scopes:
            yield Change(where, f"needs the scope {scope}", breaking=True)
    for scope in old.scopes:
        if scope not in new.scopes:
            yield Change(where, f"does not need the scope {scope} any more", breaking=False)
    for option in dict.fromkeys((*old.options, *new.options)):
        yield from _option(where, option, old.options, new.options, old.kind)


def _auth(where: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    if set(old) == set(new):
        return
    told = f"lets in by {_listed(new)} instead of {_listed(old)}"
    # Open to all takes everybody who came before, whatever credentials they send.
    breaking = new != ("none",) and not set(old) <= set(new)
    yield Change(where, told, breaking)


def _listed(ways: tuple[str, ...]) -> str:
    words = {"none": "no credentials", "loopback": "this machine only"}
    return ", ".join(words.get(way, way) for way in ways)


def _option(
    where: str, name: str, old: dict[str, Any], new: dict[str, Any], kind: str
) -> Iterator[Change]:
    was, now = (_plain(options.get(name)) for options in (old, new))
    if kind == "websocket" and name in CEILINGS:
        usual = CEILINGS[name]
        was, now = (usual if value is None else value for value in (was, now))
    if was == now:
        return
    if name == "origins":
        yield from _origins(where, was or [], now or [])
        return
    told = f"{name} is {_shown(now)} instead of {_shown(was)}"
    yield Change(where, told, _breaks(name, was, now))


def _breaks(name: str, was: Any, now: Any) -> bool:
    if name in CEILINGS and name not in _WAITS:
        return now is not None and (was is None or now < was)
    if name in _SOURCES:
        return was is not None and now is None
    return name == "shared" and bool(was)


def _origins(where: str, old: list[str], new: list[str]) -> Iterator[Change]:
    for origin in old:
        if origin not in new:
            yield Change(where, f"pages of {origin} may not connect any more", breaking=True)
    for origin in new:
        if origin not in old:
            yield Change(where, f"pages of {origin} may connect", breaking=False)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
