"""What a driver may ask of the server below it, beyond what ASGI offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

EXTENSION = "kanvas.link"
"""Name in the ASGI scope's `extensions` under which our own uvicorn protocol puts itself."""


class Receiver(Protocol):
    """Who is told at once what comes in, instead of asking for it."""

    def text(self, text: str) -> None:
        """A text message."""

    def binary(self) -> None:
        """A binary one."""

    def gone(self, code: int, reason: str) -> None:
        """The client is gone, or about to be."""

    def writable(self) -> None:
        """The client reads again."""


class Link(Protocol):
    """One connection, seen from above.

    `is_direct`: it can `deliver` and `write`; what comes by ASGI's `receive` then is nothing.
    """

    is_direct: bool

    def deliver(self, receiver: Receiver) -> None:
        """From now on `receiver` gets what comes, beginning with what has come already."""

    def write(self, texts: Sequence[str]) -> None:
        """Send text messages, in one go. What cannot be sent is lost."""

    def write_one(self, text: str) -> None:
        """Send a text message."""

    @property
    def takes_more(self) -> bool:
        """Whether the client reads what it is sent; else `writable` says when it does."""

    def opened(self, heartbeat: float, hard_cap: int, on_shutdown: Callable[[], None]) -> None:
        """Before the handshake is accepted.

        `heartbeat` in seconds; a message of more than `hard_cap` bytes ends the connection;
        `on_shutdown` is called instead of closing when the server stops.
        """

    def pause_reading(self) -> None:
        """Take nothing more from the client, and stop the heartbeat: its pongs are not seen."""

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""

    def abort(self) -> None:
        """Drop the transport with whatever is unsent."""


class NoLink:
    """Under another server: these are that server's settings."""

    is_direct = False
    takes_more = True

    def deliver(self, receiver: Receiver) -> None:
        """Only `receive` does."""

    def write(self, texts: Sequence[str]) -> None:
        """Only `send` does."""

    def write_one(self, text: str) -> None:
        """The same."""

    def opened(self, heartbeat: float, hard_cap: int, on_shutdown: Callable[[], None]) -> None:
        """Nothing to set."""

    def pause_reading(self) -> None:
        """Not calling `receive` has to do."""

    def resume_reading(self) -> None:
        """See `pause_reading`."""

    def abort(self) -> None:
        """The application returns, and the server closes."""


def link_of(scope: Mapping[str, Any]) -> Link:
    """The connection's own, or none."""
    link: Link | None = scope.get("extensions", {}).get(EXTENSION)
    return link or NoLink()
