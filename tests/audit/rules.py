"""The rules of permissions, told a second time and in another way: the gate is held against this.

Nothing of the compiler or of the runtime is used here. A permission or a request is a capability
and a target, which is a text as it stands in a program, or None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

ALLOWED, HELD, DENIED = "allowed", "approval", "denied"
_TARGET = re.compile(r"(?:(https?)://)?(\*\.)?([^:/]+)(?::(\d+))?/?")


class Wish(NamedTuple):
    """What a step needs, or what a permission names."""

    capability: str
    target: str | None = None

    def __str__(self) -> str:
        return self.capability if self.target is None else f'{self.capability} "{self.target}"'


@dataclass(frozen=True)
class Rights:
    """The three lists of one machine."""

    allowed: tuple[Wish, ...] = ()
    denied: tuple[Wish, ...] = ()
    approval: tuple[Wish, ...] = ()


def verdict(levels: list[Rights], wish: Wish) -> str:
    """Of a machine whose callers stand before it in `levels`: all of them must agree."""
    found = {_alone(rights, wish) for rights in levels}
    for hardest in (DENIED, HELD):
        if hardest in found:
            return hardest
    return ALLOWED


def _alone(rights: Rights, wish: Wish) -> str:
    if any(_rules_out(each, wish) for each in rights.denied):
        return DENIED
    if any(_rules_out(each, wish) for each in rights.approval):
        return HELD
    return ALLOWED if any(_lets(each, wish) for each in rights.allowed) else DENIED


def _lets(permission: Wish, wish: Wish) -> bool:
    """Exactly what is written: scheme, port and host all have to be those."""
    if permission.capability != wish.capability:
        return False
    if permission.target is None or permission.target == wish.target:
        return True
    if wish.capability != "http" or wish.target is None:
        return False
    return _where(permission.target) == _where(wish.target) and _same_host(permission, wish)


def _rules_out(permission: Wish, wish: Wish) -> bool:
    """As far as it is written; a host alone stands for all of that host."""
    if permission.capability != "http" or permission.target is None or wish.target is None:
        return _lets(permission, wish)
    if permission.capability != wish.capability:
        return False
    scheme, _, _, port = _parts(permission.target)
    if scheme is None and port is None:
        return _same_host(permission, wish)
    return _lets(permission, wish)


def _same_host(permission: Wish, wish: Wish) -> bool:
    assert permission.target is not None
    assert wish.target is not None
    _, below, host, _ = _parts(permission.target)
    asked = _parts(wish.target)[2]
    if not below:
        return asked == host
    return asked.endswith("." + host)


def _where(target: str) -> tuple[str, int]:
    scheme, _, _, port = _parts(target)
    scheme = scheme or "https"
    return scheme, int(port or {"https": 443, "http": 80}[scheme])


def _parts(target: str) -> tuple[str | None, str | None, str, str | None]:
    found = _TARGET.fullmatch(target.lower())
    assert found is not None, target
    scheme, below, host, port = found.groups()
    return scheme, below, host, port
