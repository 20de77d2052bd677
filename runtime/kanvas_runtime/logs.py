"""What the server's own log may not say: query strings, where secrets may stand, and untruths."""

from __future__ import annotations

import logging

_SERVER_LOGGERS = ("uvicorn.error", "uvicorn.access")


_FALSE_ERROR = "ASGI callable returned without completing handshake."
"""uvicorn says so of every handshake that was refused with an HTTP answer."""


class ServerLogFilter(logging.Filter):
    """Cuts the arguments of request lines at the question mark; drops the false error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if record.msg == _FALSE_ERROR:
            return False
        if isinstance(record.args, tuple) and '"' in str(record.msg):
            record.args = tuple(_cut(argument) for argument in record.args)
        return True


def _cut(argument: object) -> object:
    return argument.partition("?")[0] if isinstance(argument, str) else argument


def quiet_server() -> None:
    """Install it, once."""
    for name in _SERVER_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, ServerLogFilter) for each in logger.filters):
            logger.addFilter(ServerLogFilter())


def printable(text: str) -> str:
    """What a client sent, on one line and without control characters."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
