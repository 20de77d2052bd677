"""What a step needs to be allowed, and what a permission says about it."""

from __future__ import annotations

from collections.abc import Iterable

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types import hosts
from kanvasc.types.program import Permission


@dataclass(frozen=True, slots=True)
class Need:
    """A capability, for one target as a permission names it, or for the whole of it.

    `chosen`: the run decides the host, so that each has to be granted by name. `label` says of the
    step why it needs this.
    """

    capability: str
    target: str | None = None
    chosen: bool = False
    label: str = ""

    @property
    def shown(self) -> str:
        """As it is written behind `allowed to`."""
        return self.capability if self.target is None else f'{self.capability} "{self.target}"'


@dataclass(frozen=True, slots=True)
class StepNeeds:
    """A step, where its finding is to stand, and all that it needs."""

    name: str
    span: Span
    needs: tuple[Need, ...]


def granting(permissions: Iterable[Permission], need: Need) -> Permission | None:
    """The `allowed to` that covers a need, or the `requires approval for`."""
    held = approving(permissions, need)
    allowed = _about(permissions, "allowed", need)
    return held or next((one for one in allowed if need.chosen or _covers(one, need)), None)


def approving(permissions: Iterable[Permission], need: Need) -> Permission | None:
    """The `requires approval for` that has a person decide about a need."""
    held = _about(permissions, "requires approval", need)
    return next((one for one in held if need.chosen or _concerns(one, need)), None)


def denying(permissions: Iterable[Permission], need: Need) -> Permission | None:
    """The `not allowed to` that rules a need out."""
    denied = _about(permissions, "not allowed", need)
    return next((one for one in denied if _concerns(one, need)), None)


def _about(permissions: Iterable[Permission], verdict: str, need: Need) -> list[Permission]:
    wanted = (verdict, need.capability)
    return [one for one in permissions if (one.verdict, one.capability) == wanted]


def _covers(permission: Permission, need: Need) -> bool:
    if need.capability == "http":
        return hosts.covers(permission.target, need.target)
    return permission.target in (None, need.target)


def _concerns(permission: Permission, need: Need) -> bool:
    if permission.target is None:
        return True
    if need.capability == "http":
        return hosts.forbids(permission.target, need.target)
    return permission.target == need.target
