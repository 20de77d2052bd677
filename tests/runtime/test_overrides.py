"""Options of surfaces from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from kanvas_runtime.machine import ApiSurface, ToolSurface, WebhookSurface, WebSocketSurface
from kanvas_runtime.overrides import (
    _READERS,
    ENDPOINT,
    HOOK,
    KINDS,
    SOCKET,
    TOOL,
    Kind,
    overridden,
    prefix_of,
    unknown,
)
from msgspec.structs import fields

from tests.runtime.serving import service_of
from tests.runtime.sockets import DOUBLE

SURFACE = WebSocketSurface(path="/ws/metrics", every=1.0)
PREFIX = "KANVAS_SOCKET_WS_METRICS_"

TAKEN: dict[str, tuple[str, object]] = {
    "every": ("250ms", 0.25),
    "on": ("metric.changed", "metric.changed"),
    "shared": ("true", True),
    "idle_timeout": ("1h", 3600.0),
    "heartbeat": ("30s", 30.0),
    "max_message": ("1MB", 1024 * 1024),
    "rate": ("120/m", 2.0),
    "rate_per_principal": ("200/s", 200.0),
    "queue": ("8", 8),
    "concurrency": ("4", 4),
    "max_connections": ("9", 9),
    "max_connections_per_client": ("3", 3),
    "max_subscriptions": ("2", 2),
    "max_keys": ("7", 7),
    "origins": ("https://a.example, https://b.example", ("https://a.example", "https://b.example")),
    "auth": ("none", ("none",)),
    "scopes": ("machines:run,a:b", ("machines:run", "a:b")),
}

REFUSED = [
    ("every", "soon", "a duration"),
    ("heartbeat", "20", "a duration"),
    ("heartbeat", "8d", "a duration"),
    ("max_message", "1GB", "a size"),
    ("max_message", "9" * 5000, "a size"),
    ("rate", "50", "a rate"),
    ("rate", "0/s", "a rate"),
    ("queue", "0", "a whole number"),
    ("queue", "²", "a whole number"),
    ("queue", "off", "a whole number"),
    ("shared", "maybe", "true or false"),
    ("on", "a b", "the name of an event"),
    ("auth", "nobody", "none, or api_key, session and oauth"),
    ("auth", "none,api_key", "none, or api_key, session and oauth"),
]


def test_every_option_but_the_path_has_a_variable() -> None:
    fixed = {WebSocketSurface: {"path"}, ApiSurface: {"path", "method"}}
    fixed |= {ToolSurface: {"path"}, WebhookSurface: {"path", "sender"}}
    for surface, kind in KINDS.items():
        options = {field.name for field in fields(surface)} - fixed[surface]
        assert set(kind.options) == options
        assert len(kind.options) == len(options)
    assert set(TAKEN) == set(_READERS)


@pytest.mark.parametrize("option", TAKEN)
def test_an_option_takes_its_value(option: str) -> None:
    text, value = TAKEN[option]
    changed = overridden(SURFACE, {PREFIX + option.upper(): text})
    assert getattr(changed, option) == value
    assert changed.path == SURFACE.path


@pytest.mark.parametrize(("option", "text", "wanted"), REFUSED)
def test_what_makes_no_sense_is_explained(option: str, text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"^{PREFIX}{option.upper()} is {wanted}"):
        overridden(SURFACE, {PREFIX + option.upper(): text})


def test_an_option_can_be_taken_away() -> None:
    assert overridden(SURFACE, {PREFIX + "EVERY": "off"}).every is None


def test_nothing_set_changes_nothing() -> None:
    assert overridden(SURFACE, {PREFIX + "RATE": " ", "KANVAS_SOCKET_WS_RATE": "1/s"}) == SURFACE


def test_a_heartbeat_longer_than_idle_is_a_contradiction() -> None:
    with pytest.raises(ValueError, match="contradict each other"):
        overridden(SURFACE, {PREFIX + "HEARTBEAT": "10m"})


@pytest.mark.parametrize(
    ("kind", "name", "prefix"),
    [
        (SOCKET, "/", "KANVAS_SOCKET_"),
        (SOCKET, "/ws", "KANVAS_SOCKET_WS_"),
        (SOCKET, "/ws/a-b.c", "KANVAS_SOCKET_WS_A_B_C_"),
        (ENDPOINT, "/orders/{id}", "KANVAS_API_ORDERS_ID_"),
        (HOOK, "/hooks/paid", "KANVAS_WEBHOOK_HOOKS_PAID_"),
        (TOOL, "order_state", "KANVAS_MCP_ORDER_STATE_"),
    ],
)
def test_a_path_or_a_machine_makes_a_name(kind: Kind, name: str, prefix: str) -> None:
    assert prefix_of(kind, name) == prefix


def test_other_surfaces_take_theirs() -> None:
    endpoint = overridden(
        ApiSurface("/orders/{id}", "GET"),
        {"KANVAS_API_ORDERS_ID_RATE": "5/s", "KANVAS_API_ORDERS_ID_ORIGINS": "https://a.example"},
    )
    assert (endpoint.rate, endpoint.origins) == (5.0, ("https://a.example",))
    assert (endpoint.path, endpoint.method) == ("/orders/{id}", "GET")
    tool = overridden(
        ToolSurface(rate=2.0),
        {"KANVAS_MCP_WORK_AUTH": "api_key", "KANVAS_MCP_OTHER_RATE": "9/s"},
        "work",
    )
    assert tool == ToolSurface(auth=("api_key",), rate=2.0)
    hook = overridden(WebhookSurface("/hook", "github"), {"KANVAS_WEBHOOK_HOOK_MAX_MESSAGE": "1MB"})
    assert hook == WebhookSurface("/hook", "github", max_message=1024 * 1024)
    with pytest.raises(ValueError, match="KANVAS_WEBHOOK_HOOK_RATE is a rate"):
        overridden(WebhookSurface("/hook", "github"), {"KANVAS_WEBHOOK_HOOK_RATE": "fast"})


def test_a_variable_that_sets_nothing_is_recognised() -> None:
    told = unknown(
        [(SOCKET, "/ws")], {"KANVAS_SOCKET_WS_HEARTBAET": "1s", "KANVAS_SOCKET_WS_RATE": "1/s"}
    )
    assert told is not None
    assert "did you mean KANVAS_SOCKET_WS_HEARTBEAT?" in told
    assert (
        unknown([(SOCKET, "/ws")], {"KANVAS_HOST": "::1", "KANVAS_SOCKET_WS_RATE": "1/s"}) is None
    )
    told = unknown([(TOOL, "work")], {"KANVAS_MCP_WORK_RAET": "1/s"})
    assert told == (
        "KANVAS_MCP_WORK_RAET sets no option of a tool of this app:"
        " did you mean KANVAS_MCP_WORK_RATE?"
    )
    secret = "KANVAS_WEBHOOK_HOOK_SECRET"
    assert unknown([(HOOK, "/hook")], {secret: "s"}, [secret]) is None
    assert unknown([(HOOK, "/hook")], {secret: "s"}) is not None


def test_the_service_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANVAS_SOCKET_WS_QUEUE", "5")
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    assert service.sockets["/ws"].surface.queue == 5
    assert service.start_problem() is None
    monkeypatch.setenv("KANVAS_SOCKET_WS_QUEU", "5")
    assert "KANVAS_SOCKET_WS_QUEUE" in (service.start_problem() or "")
    monkeypatch.setenv("KANVAS_SOCKET_WS_QUEUE", "none")
    with pytest.raises(SystemExit, match="KANVAS_SOCKET_WS_QUEUE is a whole number"):
        service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))


def test_the_service_reads_those_of_every_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "KANVAS_API_DOUBLE_RATE": "5/s",
        "KANVAS_WEBHOOK_HOOK_RATE": "6/s",
        "KANVAS_WEBHOOK_HOOK_SECRET": "secret",
        "KANVAS_MCP_DOUBLE_RATE": "7/s",  # the program says nothing of the tool
    }.items():
        monkeypatch.setenv(name, text)
    service = service_of(tmp_path)
    service.api(DOUBLE, ApiSurface("/double"))
    service.webhook(DOUBLE, WebhookSurface("/hook", "signature"))
    assert service.start_problem() is None
    assert service.endpoints is not None
    endpoint = service.endpoints.surface("/double", "double")
    assert endpoint is not None
    rates = endpoint.rate, service.hooks["/hook"].surface.rate, service.toolbox.surface("double")
    assert rates == (5.0, 6.0, ToolSurface(rate=7.0))
    monkeypatch.setenv("KANVAS_API_DUOBLE_RATE", "5/s")
    assert "did you mean KANVAS_API_DOUBLE_RATE?" in (service.start_problem() or "")
