"""Two JSON Schemas of a contract compared: which values there are no more, and which are new.

Only the schemas that `emit.schema` writes are looked at. Whether a difference breaks somebody
depends on the direction: a client may lose what it sends, and may not know what it receives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from kanvasc.emit.schema import LARGEST_INTEGER
from kanvasc.records import dataclass

Schema: TypeAlias = dict[str, Any]

_LOWER: Final = {"minimum": "at least", "minLength": "at least", "minItems": "at least"}
_UPPER: Final = {"maximum": "at most", "maxLength": "at most", "maxItems": "at most"}
_UNITS: Final = {"Length": " characters", "Items": " items"}
_NAMES: Final = {
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
    "map": "map",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """`where`: a path such as `lines[].sku`; `narrows`: values are gone; `widens`: there are more.

    Neither: nothing that was sent or received before is touched.
    """

    where: str
    what: str
    narrows: bool = False
    widens: bool = False


def differences(old: Schema, new: Schema, where: str, *, sent: bool) -> Iterator[Difference]:
    """`sent`: by clients; otherwise they receive it."""
    was, now = _kinds(old), _kinds(new)
    if was is None or now is None:
        if was is not now:
            gone, come = _named(was), _named(now)
            yield Difference(where, f"is {come} instead of {gone}", was is None, now is None)
        return
    if "integer" in was and "number" in now and "number" not in was:
        yield Difference(where, "takes fractions too" if sent else "may be fractions", widens=True)
        was["number"] = was.pop("integer")
    elif "number" in was and "integer" in now and "integer" not in was:
        yield Difference(where, "takes whole numbers only", narrows=True)
        now["number"] = now.pop("integer")
    for kind in (kind for kind in was if kind not in now):
        verb = "is not taken any more" if sent else "does not come any more"
        yield Difference(where, f"{_NAMES[kind]} {verb}", narrows=True)
    for kind in (kind for kind in now if kind not in was):
        verb = "is taken, too" if sent else "may come, too"
        yield Difference(where, f"{_NAMES[kind]} {verb}", widens=True)
    for kind, schema in was.items():
        if kind in now:
            yield from _same_kind(schema, now[kind], where, sent)
    if sent and old.get("default") != new.get("default"):
        yield Difference(where, f"left out, it is {_value(new)} instead of {_value(old)}")


def _kinds(schema: Schema) -> dict[str, Schema] | None:
    """Kind → the schema for it; None for one that takes anything."""
    if "anyOf" in schema:
        found: dict[str, Schema] = {}
        for part in schema["anyOf"]:
            found |= _kinds(part) or {}
        return found
    if "type" in schema:
        is_map = schema["type"] == "object" and "properties" not in schema
        return {"map" if is_map else str(schema["type"]): schema}
    if "enum" in schema:
        return {"string": schema}
    return None


def _named(kinds: dict[str, Schema] | None) -> str:
    return "any value" if kinds is None else " or ".join(_NAMES[kind] for kind in kinds)


def _value(schema: Schema) -> str:
    return _shown(schema["default"]) if "default" in schema else "nothing"


def _same_kind(old: Schema, new: Schema, where: str, sent: bool) -> Iterator[Difference]:
    yield from _choices(old, new, where, sent)
    yield from _bounds(old, new, where)
    for rule in ("pattern", "format"):
        yield from _rule(old.get(rule), new.get(rule), rule, where)
    inner = (("items", "[]"), ("additionalProperties", "{}"))
    for name, mark in inner:
        before, after = old.get(name, {}), new.get(name, {})
        if isinstance(before, dict) and isinstance(after, dict):
            yield from differences(before, after, f"{where}{mark}", sent=sent)
    if "properties" in old or "properties" in new:
        yield from _fields(old, new, where, sent)


def _choices(old: Schema, new: Schema, where: str, sent: bool) -> Iterator[Difference]:
    before, after = old.get("enum"), new.get("enum")
    if before == after:
        return
    if before is None:
        yield Difference(where, f"is one of {_listed(after or [])} only", narrows=True)
    elif after is None:
        yield Difference(where, "may be any text", widens=True)
    else:
        gone = [each for each in before if each not in after]
        come = [each for each in after if each not in before]
        if gone:
            verb = "is not taken any more" if sent else "does not come any more"
            yield Difference(where, f"{_listed(gone)} {verb}", narrows=True)
        if come:
            verb = "is taken, too" if sent else "may come, too"
            yield Difference(where, f"{_listed(come)} {verb}", widens=True)


def _bounds(old: Schema, new: Schema, where: str) -> Iterator[Difference]:
    for limits, rises in ((_LOWER, True), (_UPPER, False)):
        for name, words in limits.items():
            before, after = _limit(old, name), _limit(new, name)
            if before == after:
                continue
            unit = next((said for end, said in _UNITS.items() if name.endswith(end)), "")
            if after is None:
                yield Difference(where, f"not {words} {before}{unit} any more", widens=True)
                continue
            tighter = before is None or (after > before if rises else after < before)
            instead = "" if before is None else f" instead of {before}"
            told = f"{words} {after}{unit}{instead}"
            yield Difference(where, told, narrows=tighter, widens=not tighter)


def _limit(schema: Schema, name: str) -> Any:
    """None where there is none: what every integer keeps to is not a limit of this one."""
    limit = schema.get(name)
    every = schema.get("type") == "integer" and limit in (LARGEST_INTEGER, -LARGEST_INTEGER)
    return None if every else limit


def _rule(before: str | None, after: str | None, rule: str, where: str) -> Iterator[Difference]:
    if before == after:
        return
    if after is None:
        yield Difference(where, f"has no {rule} any more", widens=True)
    elif before is None:
        yield Difference(where, f"has to fit the {rule} {after}", narrows=True)
    else:
        yield Difference(where, f"has to fit the {rule} {after} instead of {before}", True, True)


def _fields(old: Schema, new: Schema, where: str, sent: bool) -> Iterator[Difference]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, wanted = old.get("required", ()), new.get("required", ())
    for name in before:
        if name not in after:
            verb = "is refused: there is no such field any more" if sent else "does not come"
            yield Difference(_inside(where, name), verb, narrows=True, widens=True)
    for name, schema in after.items():
        at = _inside(where, name)
        if name not in before:
            if sent and name in wanted:
                yield Difference(at, "is new, and has to be sent", narrows=True)
            else:
                yield Difference(at, "is new, and may be left out" if sent else "is new")
            continue
        if sent and name in wanted and name not in needed:
            yield Difference(at, "has to be sent", narrows=True)
        elif sent and name in needed and name not in wanted:
            yield Difference(at, "may be left out", widens=True)
        yield from differences(before[name], schema, at, sent=sent)


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}"


def _listed(values: list[Any]) -> str:
    shown = ", ".join(map(_shown, values))
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
