"""The process's last word: whatever a machine comes to call, no socket opens to anywhere."""

from __future__ import annotations

import sys

_OUTWARD = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
    }
)


class Offline(OSError):
    """Something tried to reach a network from within a test."""


def go_offline() -> None:
    """For the rest of this process; Python lets nobody take an audit hook back (PEP 578)."""
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _OUTWARD:
        raise Offline(f"no test reaches a network ({event})")
