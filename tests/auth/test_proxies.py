"""Which forwarded values are believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.config import settings
from kanvas_runtime.handshake import check_auth, check_host, check_origin, knock
from kanvas_runtime.proxies import as_forwarded, networks

TRUSTED = networks(["127.0.0.1", "10.0.0.0/8", "::1"])


def forwarded(client: str, scheme: str = "http", **headers: str) -> dict[str, Any]:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "websocket" if scheme.startswith("ws") else "http",
        "path": "/",
        "scheme": scheme,
        "client": (client, 1),
        "headers": [(b"host", b"inner:9000"), *given],
    }
    return dict(as_forwarded(scope, TRUSTED))


@pytest.mark.parametrize(
    ("client", "chain", "seen"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 10.1.1.1", "198.51.100.1"),
        ("::ffff:10.2.3.4", "203.0.113.9,10.9.9.9 , 10.1.1.1", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, nonsense", "127.0.0.1"),
        ("127.0.0.1", "nonsense, 10.1.1.1", "10.1.1.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.1", "198.51.100.1", "203.0.113.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_first_that_no_trusted_proxy_vouches_for(
    client: str, chain: str, seen: str
) -> None:
    assert forwarded(client, x_forwarded_for=chain)["client"][0] == seen


def test_host_and_scheme_are_those_of_the_proxy_that_is_trusted() -> None:
    headers = {"x_forwarded_proto": "https", "x_forwarded_host": "app.example.com"}
    request = knock(forwarded("10.0.0.1", **headers))
    assert (request.scheme, request.host, request.port) == ("https", "app.example.com", 443)
    assert check_host(request, {"app.example.com"}) is None
    socket = forwarded("10.0.0.1", "ws", origin="https://app.example.com", **headers)
    assert socket["scheme"] == "wss"
    assert check_origin(knock(socket), ()) is None
    stranger = knock(forwarded("203.0.113.1", **headers))
    assert (stranger.scheme, stranger.host) == ("http", "inner")
    assert check_host(stranger, {"app.example.com"}) is not None


def test_a_silent_surface_serves_nobody_behind_a_proxy() -> None:
    request = knock(forwarded("127.0.0.1", x_forwarded_for="127.0.0.1"))
    assert check_auth(request, ()) is not None


def test_the_setting_names_addresses_and_ranges() -> None:
    found = settings({"KANVAS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}, Path())
    assert [str(each) for each in found.proxies] == ["127.0.0.1/32", "10.0.0.0/8"]
    with pytest.raises(ValueError, match="KANVAS_TRUSTED_PROXIES"):
        settings({"KANVAS_TRUSTED_PROXIES": "proxy.example"}, Path())
