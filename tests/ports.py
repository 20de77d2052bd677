"""A port for who has to know it before anybody listens."""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def own_port() -> int:
    """One of those that the kernel gives to nobody who takes any: it stays free until it is bound,
    and between two servers that bind it. Processes that ask at the same time get different ones.
    """
    first = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    chance = random.Random(os.urandom(8))
    while True:
        port = chance.randrange(10_000, min(first, 32_768))
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
