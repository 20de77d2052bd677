"""What our protocol class needs of uvicorn's: a version that moves it is refused here, not found
out by a user."""

from __future__ import annotations

import ast
import inspect
import textwrap
from importlib.metadata import requires, version

import pytest
from kanvas_runtime.server import Protocol
from packaging.requirements import Requirement
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol as Base

ATTRIBUTES = {
    "close_sent",
    "close_timeout",
    "close_timer",
    "conn",
    "curr_msg_data_type",
    "handshake_complete",
    "handshake_initiated",
    "loop",
    "ping_interval",
    "ping_timeout",
    "queue",
    "read_paused",
    "scope",
    "transport",
    "writable",
}
"""Of an instance, that we read or set."""


def base() -> ast.ClassDef:
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(Base))).body
    assert isinstance(found, ast.ClassDef)
    return found


def of_self(node: ast.AST) -> str | None:
    own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return node.attr if own and node.value.id == "self" else None  # type: ignore[attr-defined]


def test_the_version_is_one_that_was_looked_at() -> None:
    needed = [Requirement(each) for each in requires("kanvas-runtime") or ()]
    (uvicorn,) = [each for each in needed if each.name == "uvicorn"]
    assert version("uvicorn") in uvicorn.specifier
    assert {each.operator for each in uvicorn.specifier} == {">=", "<"}, "it has an end"


def test_what_we_read_and_set_is_there() -> None:
    stored = {
        of_self(node)
        for node in ast.walk(base())
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    assert stored >= ATTRIBUTES


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, each in vars(Protocol).items()
        if inspect.isfunction(each) and hasattr(Base, name)
    ],
)
def test_what_we_do_otherwise_is_called_the_same_way(name: str) -> None:
    if name == "__init__":
        return
    theirs, ours = (inspect.signature(getattr(each, name)) for each in (Base, Protocol))
    assert list(ours.parameters) == list(theirs.parameters)


def test_what_the_application_is_to_hear_goes_one_way() -> None:
    """By `self.queue.put_nowait`, with these types: the direct driver stands there."""
    used: set[str] = set()
    for node in ast.walk(base()):
        if isinstance(node, ast.Attribute) and of_self(node.value) == "queue":
            used.add(node.attr)
    assert used == {"put_nowait", "get", "empty"}
    source = inspect.getsource(Base)
    told = {part.partition('"')[0] for part in source.split('put_nowait({"type": "')[1:]}
    assert told == {"websocket.connect", "websocket.receive", "websocket.disconnect"}


def test_messages_reach_the_methods_that_we_replace() -> None:
    handed = inspect.getsource(Base.handle_events)
    for name in ("handle_text", "handle_bytes", "handle_cont", "handle_ping", "handle_close"):
        assert f"self.{name}(" in handed
    assert "self.handle_events()" in inspect.getsource(Base.data_received)
