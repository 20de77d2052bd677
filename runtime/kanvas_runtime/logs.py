"""What the server's own log may not say: query strings, where secrets may stand, and untruths."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from kanvas_runtime.mask import Mask

_SERVER_LOGGERS = ("uvicorn.error", "uvicorn.access", "uvicorn.asgi")


_FALSE_ERRORS = (
    "ASGI callable returned without completing handshake.",
    "ASGI callable returned without completing response.",
)
"""uvicorn says so of every handshake that was refused with an HTTP answer, and of answers that
break off because the client's credentials ended."""


_WIRE = ("< ", "> ")
"""How the protocol library begins what it says of bytes in and out."""

_SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "sec-websocket-protocol", "x-api-key"}
)


class ServerLogFilter(logging.Filter):
    """Cuts the arguments of request lines at the question mark; drops the false error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if record.msg in _FALSE_ERRORS or record.name == "uvicorn.asgi":  # whole requests, at TRACE
            return False
        message, arguments = str(record.msg), record.args
        if not isinstance(arguments, tuple):
            return True
        if arguments and message.startswith(_WIRE):
            return _is_fit(record, arguments)
        if '"' in message:
            record.args = tuple(_cut(argument) for argument in arguments)
        return True


def _is_fit(record: logging.LogRecord, arguments: tuple[object, ...]) -> bool:
    """A line of what goes over the wire, at level DEBUG. Frames hold what clients say: none."""
    if not all(isinstance(argument, str) for argument in arguments):
        return False
    if str(arguments[0]).lower() in _SECRET_HEADERS:
        record.args = (arguments[0], "(hidden)")
    else:
        record.args = tuple(_cut(argument) for argument in arguments)
    return True


def _cut(argument: object) -> object:
    return argument.partition("?")[0] if isinstance(argument, str) else argument


def quiet_server() -> None:
    """Install it, once."""
    for name in _SERVER_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, ServerLogFilter) for each in logger.filters):
            logger.addFilter(ServerLogFilter())


class Discretion:
    """Keeps secrets out of every log record of the process, whoever makes it, while it is on."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._before = logging.getLogRecordFactory()

    def begin(self) -> None:
        """Nothing to hide: nothing is done."""
        if self._mask:
            self._before = logging.getLogRecordFactory()
            logging.setLogRecordFactory(self._record)

    def end(self) -> None:
        """Unless somebody has put another factory in front meanwhile."""
        if logging.getLogRecordFactory() == self._record:
            logging.setLogRecordFactory(self._before)

    def _record(self, *parts: Any, **named: Any) -> logging.LogRecord:
        record = self._before(*parts, **named)
        written = record.getMessage()
        hidden = self._mask.text(written)
        if hidden != written:
            record.msg, record.args = hidden, ()
        if record.exc_info and record.exc_info[1] is not None:
            trace = "".join(traceback.format_exception(record.exc_info[1]))
            if (hidden := self._mask.text(trace)) != trace:
                record.exc_info, record.exc_text = None, hidden.rstrip()
        return record


def printable(text: str) -> str:
    """What a client sent, on one line and without control characters."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
