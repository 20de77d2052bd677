"""What a request is made of, and what an answer is read as."""

from __future__ import annotations

import gzip
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import HttpAnswer
from kanvas_runtime.outside.request import prepare
from kanvas_runtime.outside.response import LARGEST, Content, answer

from tests.runtime.machines import Mood

SECRET = "hunter2"


def test_a_request_has_a_host_and_nothing_that_was_not_asked_for() -> None:
    request = prepare("GET", "https://h:8443/x?y=1", None)
    assert request.headers["host"] == "h:8443"
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert request.content is None


@pytest.mark.parametrize(
    ("body", "content_type", "content"),
    [
        ("", "text/plain; charset=utf-8", b""),
        ("grüße", "text/plain; charset=utf-8", "grüße".encode()),
        ({"a": [1, 2.5, None]}, "application/json", b'{"a":[1,2.5,null]}'),
        (Mood(tone="warm"), "application/json", b'{"tone":"warm"}'),
        (False, "application/json", b"false"),
        (Decimal("1.50"), "application/json", b'"1.50"'),
    ],
)
def test_bodies(body: object, content_type: str, content: bytes) -> None:
    request = prepare("POST", "https://h/", None, body)
    assert (request.headers["content-type"], request.content) == (content_type, content)


def test_a_step_says_its_own_headers() -> None:
    own = {
        "Content-Type": "text/csv",
        "X-N": 1.0,
        "x-d": Decimal("1.50"),
        "x-b": True,
        "x-no": None,
    }
    headers = prepare("POST", "https://h/", own, "a,b").headers
    assert headers["content-type"] == "text/csv"
    assert (headers["x-n"], headers["x-d"], headers["x-b"]) == ("1", "1.50", "true")
    assert "x-no" not in headers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil.example"),
        ("TRANSFER-ENCODING", "chunked"),
        ("content-length", 3),
        ("Connection", "keep-alive"),
        ("accept-encoding", "br"),
        ("proxy-authorization", SECRET),
        ("", SECRET),
        ("a b", SECRET),
        ("x:", SECRET),
        ("x\r\ny", SECRET),
        ("ü", SECRET),
        ("x", f"{SECRET}\r\nHost: evil"),
        ("x", f"{SECRET}\n"),
        ("x", f"{SECRET}\x00"),
        ("x", f" {SECRET}"),
        ("x", f"{SECRET}ü"),
        ("x", [SECRET]),
        ("x", {SECRET: 1}),
    ],
)
def test_headers_that_are_refused(name: str, value: object) -> None:
    with pytest.raises(StepFailure) as caught:
        prepare("GET", "https://h/", {name: value})
    assert caught.value.type == "http"
    assert SECRET not in caught.value.message


def test_one_header_is_given_once() -> None:
    with pytest.raises(StepFailure, match="twice"):
        prepare("GET", "https://h/", {"X-A": "1", "x-a": "2"})


@pytest.mark.parametrize("body", ["\ud800", {"a": "\ud800"}, object(), [object()]])
def test_bodies_that_are_refused(body: object) -> None:
    with pytest.raises(StepFailure, match="the body") as caught:
        prepare("POST", "https://h/", None, body)
    assert caught.value.type == "http"


def test_a_bad_url_is_not_repeated() -> None:
    with pytest.raises(StepFailure, match="the url") as caught:
        prepare("GET", f"https://h/?key={SECRET} ", None)
    assert SECRET not in caught.value.message


def read(content: bytes, *, coding: str = "", size: int = 1000) -> bytes:
    reading = Content(coding)
    for start in range(0, len(content), size):
        reading.feed(content[start : start + size])
    return reading.whole()


@given(st.binary(max_size=3000), st.sampled_from(["", "identity", "gzip", "X-GZIP ", "deflate"]))
def test_what_is_packed_is_unpacked(content: bytes, coding: str) -> None:
    packed = content
    if "gzip" in coding.lower():
        packed = gzip.compress(content)
    elif coding == "deflate":
        packed = zlib.compress(content)
    assert read(packed, coding=coding, size=100) == content


def test_an_answer_may_be_a_megabyte_and_not_a_byte_more() -> None:
    assert len(read(bytes(LARGEST))) == LARGEST
    assert len(read(gzip.compress(bytes(LARGEST)), coding="gzip")) == LARGEST
    for content, coding in ((bytes(LARGEST + 1), ""), (gzip.compress(bytes(LARGEST + 1)), "gzip")):
        with pytest.raises(StepFailure, match="larger than"):
            read(content, coding=coding, size=2**16)


def test_a_bomb_is_cut_while_it_is_read() -> None:
    bomb = gzip.compress(bytes(300 * LARGEST))
    reading = Content("gzip")
    with pytest.raises(StepFailure, match="larger than"):
        reading.feed(bomb)
    assert len(reading._content) <= LARGEST + 1


def test_a_stream_that_unpacks_to_nothing_ends_too() -> None:
    reading = Content("gzip")
    reading.feed(zlib.compressobj(wbits=zlib.MAX_WBITS | 16).flush(zlib.Z_FULL_FLUSH))
    empty_blocks = b"\x00\x00\x00\xff\xff" * (LARGEST // 5 + 1)
    with pytest.raises(StepFailure, match="larger than"):
        reading.feed(empty_blocks)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip,identity", "nonsense"])
def test_other_codings_are_refused(coding: str) -> None:
    with pytest.raises(StepFailure, match="packed in a way"):
        Content(coding)


def test_broken_packing_is_refused() -> None:
    whole = gzip.compress(b"content" * 100)
    with pytest.raises(StepFailure, match="not packed as it says"):
        read(b"plain text", coding="gzip")
    with pytest.raises(StepFailure, match="broke off"):
        read(whole[:-1], coding="gzip")
    with pytest.raises(StepFailure, match="after its end"):
        read(whole + b"more", coding="gzip")
    assert read(b"", coding="gzip") == b""


def read_as(content_type: str, content: bytes) -> object:
    return answer(200, [(b"Content-Type", content_type.encode())], content).body


@pytest.mark.parametrize(
    ("content_type", "content", "body"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}),
        ("Application/JSON; charset=utf-8", b"[1]", [1]),
        ("application/problem+json", b"null", None),
        ("application/json", b"", None),
        ("text/plain", b'{"a": 1}', '{"a": 1}'),
        ("application/jsonish", b"1", "1"),
        ("", b"1", "1"),
        ("text/plain", b"", ""),
        ("text/plain; charset=ISO-8859-1", b"\xfc\x80", "ü€"),
        ('text/plain; charset="utf-16"', "ü".encode("utf-16"), "ü"),
        ("text/plain; charset=rot13", b"abc", "abc"),
        ("text/plain; charset=utf-7", b"+ADw-", "+ADw-"),
        ("image/png", b"\x89PNG", "\ufffdPNG"),
    ],
)
def test_what_a_body_is_read_as(content_type: str, content: bytes, body: object) -> None:
    assert read_as(content_type, content) == body


@pytest.mark.parametrize("content", [b"{", b"[" * 65 + b"]" * 65, b"\xff", b"NaN", b"1 2"])
def test_json_that_is_none(content: bytes) -> None:
    with pytest.raises(StepFailure, match="the answer is") as caught:
        read_as("application/json", content)
    assert caught.value.type == "http"


def test_headers_of_an_answer() -> None:
    headers = [(b"X-A", b"1"), (b"x-a", b"2"), (b"Via", b"\xfc")]
    assert answer(404, headers, b"no") == HttpAnswer(
        status=404, headers={"x-a": "1, 2", "via": "ü"}, body="no"
    )
