"""What changes in how an app talks: messages, their fields, error codes, close codes, refusals.

An app refuses fields that it does not know, and a client leaves out of account what it does not
know: other fields, and in `kanvas.v1` other messages. So a client fails where something that it
sends is not taken any more, or something that it counts on does not come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from kanvasc.contract.change import Change
from kanvasc.contract.protocols import Frame, Part, Talk
from kanvasc.contract.shapes import differences

C = TypeVar("C")
M = TypeVar("M")

_EARLY: Final = ("partial", "held", "done")
"""Messages beside an answer: a client gets the same answer without them."""
_BARE: Final = "kanvas.plain"
"""Its messages have no names by which a client could pass over new ones."""


def talking(old: Talk, new: Talk) -> Iterator[Change]:
    """All changes, in the order of the old version."""
    for (machine, protocol), frames in old.frames.items():
        if any(name == machine for name, _ in new.frames):
            yield from _spoken(machine, protocol, frames, new.frames.get((machine, protocol)))
    yield from _codes("error", old.errors, new.errors, _other_status, breaking=True)
    yield from _codes("close code", old.closes, new.closes, _other_meaning, breaking=False)
    yield from _codes("handshake", old.handshake, new.handshake, _other_statuses, breaking=True)


def _spoken(
    machine: str, protocol: str, old: dict[str, Frame], new: dict[str, Frame] | None
) -> Iterator[Change]:
    where = f"{machine} {protocol}"
    if new is None:
        yield Change(where, "is not spoken any more", breaking=True)
        return
    for name, frame in old.items():
        if name not in new:
            what = "is not taken any more" if frame.sent else "does not come any more"
            yield Change(f"{where} {name}", what, frame.sent or name not in _EARLY)
        else:
            yield from _frame(f"{where} {name}", frame, new[name], name in _EARLY)
    for name, frame in new.items():
        if name in old:
            continue
        if frame.sent:
            yield Change(f"{where} {name}", "is taken, too", breaking=False)
        else:
            yield Change(f"{where} {name}", "may come, too", breaking=protocol == _BARE)


def _frame(where: str, old: Frame, new: Frame, early: bool) -> Iterator[Change]:
    sent = old.sent
    for path, part in old.parts.items():
        at = f"{where}.{path}"
        now = new.parts.get(path)
        if now is None:
            what = "is refused: there is no such field any more" if sent else "does not come"
            yield Change(at, what, sent or (part.required and not early))
            continue
        if now.required and not part.required:
            what = "has to be sent" if sent else "always comes"
            yield Change(at, what, breaking=sent)
        elif part.required and not now.required:
            yield Change(at, "may be left out", breaking=not sent and not early)
        yield from _part(at, part, now, sent, early)
    for path, part in new.parts.items():
        if path not in old.parts and _parent(path) not in new.parts.keys() - old.parts.keys():
            yield _new(f"{where}.{path}", part, sent)


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _new(where: str, part: Part, sent: bool) -> Change:
    if not sent:
        return Change(where, "is new", breaking=False)
    what = "is new, and has to be sent" if part.required else "is new, and may be left out"
    return Change(where, what, part.required)


def _part(where: str, old: Part, new: Part, sent: bool, early: bool) -> Iterator[Change]:
    # Clients are told to expect codes that they do not know; these are listed by themselves.
    if not where.endswith("error.code"):
        yield from _values(where, old.values, new.values, sent, early)
    if old.schema and new.schema:
        for found in differences(old.schema, new.schema, where, sent=sent):
            breaking = found.narrows if sent else found.widens and not early
            yield Change(found.where, found.what, breaking)


def _values(
    where: str,
    old: tuple[object, ...] | None,
    new: tuple[object, ...] | None,
    sent: bool,
    early: bool,
) -> Iterator[Change]:
    if old == new or old is None or new is None:
        return
    if len(old) == len(new) == 1:
        yield Change(where, f"is {new[0]} instead of {old[0]}", breaking=True)
        return
    for value in old:
        if value not in new:
            what = "is not taken any more" if sent else "does not come any more"
            yield Change(where, f"{value} {what}", breaking=sent)
    for value in new:
        if value not in old:
            what = "is taken, too" if sent else "may come, too"
            yield Change(where, f"{value} {what}", breaking=not sent and not early)


def _codes(
    kind: str,
    old: Mapping[C, M],
    new: Mapping[C, M],
    changed: Callable[[M, M], str],
    *,
    breaking: bool,
) -> Iterator[Change]:
    """Codes that came, went or mean something else, and whether the last breaks a client."""
    if not old or not new:
        return  # a document that lists none
    for code, meaning in old.items():
        if code not in new:
            yield Change(f"{kind} {code}", "does not come any more", breaking=False)
        elif new[code] != meaning:
            yield Change(f"{kind} {code}", changed(meaning, new[code]), breaking)
    for code in new:
        if code not in old:
            yield Change(f"{kind} {code}", "may come, too", breaking=False)


def _other_status(old: int, new: int) -> str:
    return f"has the status {new} instead of {old}"


def _other_statuses(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    return f"has the status {_listed(new)} instead of {_listed(old)}"


def _other_meaning(old: str, new: str) -> str:
    return f'is described as "{new}" instead of "{old}"'


def _listed(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))
