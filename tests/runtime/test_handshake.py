"""Who may connect, decided on the request alone."""

from __future__ import annotations

from typing import Any

import pytest
from kanvas_runtime.handshake import (
    Knock,
    check_auth,
    check_host,
    check_origin,
    is_loopback_address,
    knock,
)


def request(
    *,
    host: str | None = "localhost:9000",
    origin: str | None = None,
    client: str = "127.0.0.1",
    scheme: str = "ws",
    headers: tuple[tuple[str, str], ...] = (),
) -> Knock:
    given = [*headers]
    if host is not None:
        given.append(("host", host))
    if origin is not None:
        given.append(("origin", origin))
    scope: dict[str, Any] = {
        "path": "/ws",
        "scheme": scheme,
        "client": (client, 50000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given],
    }
    return knock(scope)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:9000",
        "localhost.:9000",
        "127.0.0.1:1",
        "127.8.8.8",
        "[::1]:9000",
        "[::1]",
        "app.example.com",
        "App.Example.com:443",
    ],
)
def test_hosts_that_are_ours(host: str) -> None:
    assert check_host(request(host=host), {"app.example.com"}) is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "evil.example:9000",
        "127.0.0.1.evil.example",
        "localhost:port",
        "localhost:99999",
        "localhost/app.example.com",
        "app.example.com?localhost",
        "[::2]",
        "[::1",
        "10.0.0.1",
    ],
)
def test_hosts_that_are_not(host: str | None) -> None:
    denial = check_host(request(host=host), {"app.example.com"})
    assert denial is not None
    assert denial.status == 421
    assert "KANVAS_HOSTS" in denial.remedy


def test_two_hosts_are_none() -> None:
    twice = request(headers=(("host", "localhost"),))
    assert check_host(twice, ()) is not None


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        ("localhost:9000", None, "ws"),
        ("localhost:9000", "http://localhost:9000", "ws"),
        ("localhost:9000", "http://127.0.0.1:3000", "ws"),
        ("127.0.0.1:9000", "http://[::1]:5173", "ws"),
        ("app.example.com", "https://app.example.com", "wss"),
        ("app.example.com:443", "https://app.example.com", "wss"),
        ("app.example.com", "HTTPS://APP.example.com", "wss"),
        ("app.example.com", "https://friend.example", "wss"),
        ("app.example.com:8080", "http://app.example.com:8080", "ws"),
    ],
)
def test_origins_that_may_connect(host: str, origin: str | None, scheme: str) -> None:
    asked = request(host=host, origin=origin, scheme=scheme)
    assert check_origin(asked, ("https://friend.example",)) is None


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        ("localhost:9000", "null", "ws"),
        ("localhost:9000", "", "ws"),
        ("localhost:9000", "https://evil.example", "ws"),
        ("localhost:9000", "http://localhost.evil.example", "ws"),
        ("localhost:9000", "file://", "ws"),
        ("localhost:9000", "chrome-extension://abcdef", "ws"),
        ("app.example.com", "http://app.example.com", "wss"),
        ("app.example.com", "https://app.example.com:8443", "wss"),
        ("app.example.com", "http://localhost:3000", "wss"),
        ("app.example.com", "https://friend.example:444", "wss"),
        ("app.example.com", "https://friend.example.evil.example", "wss"),
        ("app.example.com", "https://friend.example@evil.example", "wss"),
        ("app.example.com", "https://evil.example/https://friend.example", "wss"),
    ],
)
def test_origins_that_may_not(host: str, origin: str, scheme: str) -> None:
    asked = request(host=host, origin=origin, scheme=scheme)
    denial = check_origin(asked, ("https://friend.example",))
    assert denial is not None
    assert denial.status == 403
    assert denial.refusal.code == "origin_refused"
    assert "origins:" in denial.remedy


def test_two_origins_are_refused_though_both_may_connect() -> None:
    twice = request(origin="http://localhost", headers=(("origin", "http://localhost"),))
    assert check_origin(twice, ()) is not None


@pytest.mark.parametrize("client", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_a_silent_surface_serves_this_machine(client: str) -> None:
    assert is_loopback_address(client)
    assert check_auth(request(client=client), ()) is None


@pytest.mark.parametrize("client", ["10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "", "unix"])
def test_a_silent_surface_serves_nobody_else(client: str) -> None:
    denial = check_auth(request(client=client), ())
    assert denial is not None
    assert denial.status == 401
    assert "auth: none" in denial.refusal.message
    assert check_auth(request(client=client), ("none",)) is None


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "x-real-ip", "via"])
def test_a_forwarded_request_is_not_from_this_machine(header: str) -> None:
    denial = check_auth(request(headers=((header, "127.0.0.1"),)), ())
    assert denial is not None
    assert denial.status == 401


def test_a_surface_that_wants_credentials_is_never_open() -> None:
    denial = check_auth(request(), ("api_key", "session"))
    assert denial is not None
    assert denial.refusal.code == "unauthenticated"
