"""What the target of an http permission covers."""

from __future__ import annotations

import pytest
from kanvas_runtime.outside.targets import read_target
from kanvas_runtime.outside.url import parse_url


@pytest.mark.parametrize(
    ("target", "url", "granted", "forbidden"),
    [
        ("api.example.com", "https://api.example.com/x", True, True),
        ("api.example.com", "https://API.example.com:443", True, True),
        ("api.example.com", "http://api.example.com", False, True),
        ("api.example.com", "https://api.example.com:8443", False, True),
        ("api.example.com", "https://example.com", False, False),
        ("api.example.com", "https://x.api.example.com", False, False),
        ("api.example.com", "https://api.example.com.evil.example", False, False),
        ("*.example.com", "https://a.example.com", True, True),
        ("*.example.com", "https://a.b.example.com", True, True),
        ("*.example.com", "https://example.com", False, False),
        ("*.example.com", "https://evilexample.com", False, False),
        ("*.example.com", "http://a.example.com", False, True),
        ("h:8443", "https://h:8443", True, True),
        ("h:8443", "https://h", False, False),
        ("http://h", "http://h", True, True),
        ("http://h", "https://h", False, False),
        ("http://h:8080/", "http://h:8080/path", True, True),
        ("http://*.h", "http://a.h", True, True),
        ("[::1]", "https://[0::1]", True, True),
        ("[::1]", "http://[::1]:80", False, True),
        ("bücher.example", "https://xn--bcher-kva.example", True, True),
        ("xn--bcher-kva.example", "https://BÜCHER.example", True, True),
    ],
)
def test_what_is_covered(target: str, url: str, granted: bool, forbidden: bool) -> None:
    read, origin = read_target(target), parse_url(url).origin
    assert (read.grants(origin), read.forbids(origin)) == (granted, forbidden)


@pytest.mark.parametrize(
    ("target", "url", "located"),
    [
        ("billing", "https://billing", False),
        ("billing:8080", "https://billing:8080", False),
        ("http://billing:8080", "http://billing:8080", True),
        ("https://billing", "https://billing", True),
        ("http://*.internal", "http://a.internal", False),
        ("127.0.0.1", "https://127.0.0.1", True),
        ("127.0.0.1", "https://127.0.0.2", False),
        ("http://127.0.0.1:80", "http://127.0.0.1:81", False),
        ("[::1]:8080", "https://[::1]:8080", True),
    ],
)
def test_which_targets_say_where_a_host_is(target: str, url: str, located: bool) -> None:
    assert read_target(target).locates(parse_url(url).origin) is located


@pytest.mark.parametrize(
    "target", ["", "*", "*.", "a.*.b", "*.127.0.0.1", "h/path", "h?q", "u@h", "ftp://h", "http://"]
)
def test_what_is_no_target(target: str) -> None:
    with pytest.raises(ValueError, match=r"the url|is no target"):
        read_target(target)
