"""URLs are read one way or not at all."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.outside.url import Origin, Url, parse_url


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("https://api.example.com", Origin("https", "api.example.com", 443), "/"),
        ("HTTPS://API.Example.COM/A?b=C", Origin("https", "api.example.com", 443), "/A?b=C"),
        ("http://h:8080/x#fragment", Origin("http", "h", 8080), "/x"),
        ("http://my_service?q", Origin("http", "my_service", 80), "/?q"),
        ("https://h/a@b:c", Origin("https", "h", 443), "/a@b:c"),
        ("https://h/%2e%2e/ü?q=ü", Origin("https", "h", 443), "/%2e%2e/%C3%BC?q=%C3%BC"),
        ('https://h/a"<>^`{|}b', Origin("https", "h", 443), "/a%22%3C%3E%5E%60%7B%7C%7Db"),
        ("https://Bücher.example/", Origin("https", "xn--bcher-kva.example", 443), "/"),
        ("https://127.0.0.1:1/", Origin("https", "127.0.0.1", 1), "/"),
        ("https://１２７.0.0.1/", Origin("https", "127.0.0.1", 443), "/"),
        ("https://example。com/", Origin("https", "example.com", 443), "/"),
        ("http://[::1]:8080/", Origin("http", "::1", 8080), "/"),
        ("http://[0:0:0:0:0:0:0:1]/", Origin("http", "::1", 80), "/"),
    ],
)
def test_what_a_url_says(text: str, origin: Origin, target: str) -> None:
    assert parse_url(text) == Url(origin, target)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "ftp://h/",
        "file:///etc/passwd",
        "https:/h",
        "https:///path",
        "https://user@h/",
        "https://user:word@h/",
        "https://good.example@evil.example/",
        "https://good.example\\@evil.example/",
        "https://h\\.example/",
        "https://h /",
        " https://h/",
        "https://h/a b",
        "https://h/\r\nHost: evil",
        "https://h/\t",
        "https://h/\x00",
        "https://h/\u2028",
        "https://h\u00a0/",
        "https://h/\ud800",
        "https://h./",
        "https://h。/",
        "https://.h/",
        "https://a..b/",
        "https://-h/",
        "https://h%2eexample/",
        "https://h:/",
        "https://h:0/",
        "https://h:65536/",
        "https://h:٤/",
        "https://h:80:80/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.0.0.01/",
        "https://256.0.0.1/",
        "https://1.2.3.4.5/",
        "https://h.example.0x/",
        "https://①②⑦.1/",
        "https://[::1/",
        "https://[::1%25lo]/",
        "https://[v1.x]/",
        "https://[::1]x/",
        "https://::1/",
        "https://xn--\u00fc/",
        f"https://{'a' * 64}/",
        f"https://{'a.' * 127}a/",
        "https://h/" + "a" * 2**16,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the url") as caught:
        parse_url(text)
    assert "example" not in str(caught.value)


def test_an_origin_is_written_with_its_port_and_a_host_header_without_the_usual_one() -> None:
    assert str(parse_url("https://h/").origin) == "https://h:443"
    assert str(parse_url("http://[::1]/").origin) == "http://[::1]:80"
    assert parse_url("https://h:443/").origin.authority == "h"
    assert parse_url("https://h:80/").origin.authority == "h:80"
    assert parse_url("http://[::1]:8/").origin.authority == "[::1]:8"


@given(st.text(alphabet=st.characters(), max_size=40))
def test_whatever_stands_in_a_url_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://h/{text}"):
        with contextlib.suppress(ValueError):
            origin, target = parse_url(url)
            assert origin.host.isascii()
            assert not {" ", "@", "/", "\\", "%"} & set(origin.host)
            assert target.startswith("/")
            assert target.isascii()
            assert target.isprintable()
            assert parse_url(f"{origin}{target}") == Url(origin, target)
