"""Signatures as each sender writes them, against digests that were computed elsewhere (openssl)."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.errors import Refusal
from kanvas_runtime.webhooks.signatures import HEADERS, TOLERANCE, check

SECRET = b"whsec_test"
BODY = b'{"n":1}'
NOW = 1_700_000_000
VECTORS = {
    "stripe": "c9510dc724d87352d318a3fdc598547c646cffdcb130f43f814037318725be9e",
    "slack": "07a5ae69a6083643fd8254c0519a47c2c0b1a37ba58dcee65f9d68cb18d71e17",
    "github": "413a3ca610524a8513dde52eaf9ebe9373f5d1c589d8297a6ea03734295edfb8",
    "signature": "c9510dc724d87352d318a3fdc598547c646cffdcb130f43f814037318725be9e",
}
"""`printf … | openssl dgst -sha256 -hmac whsec_test`"""


def digest(text: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def signed(
    sender: str, body: bytes = BODY, at: int = NOW, secret: bytes = SECRET
) -> dict[str, str]:
    """The headers of a request."""
    time = str(at)
    if sender == "stripe":
        return {"stripe-signature": f"t={time},v1={digest(f'{time}.'.encode() + body, secret)}"}
    if sender == "slack":
        found = digest(f"v0:{time}:".encode() + body, secret)
        return {"x-slack-request-timestamp": time, "x-slack-signature": f"v0={found}"}
    if sender == "github":
        return {"x-hub-signature-256": f"sha256={digest(body, secret)}"}
    found = digest(f"{time}.".encode() + body, secret)
    return {"kanvas-timestamp": time, "kanvas-signature": f"v1={found}"}


def judged(sender: str, headers: dict[str, str], body: bytes = BODY, now: float = NOW) -> bool:
    try:
        check(sender, headers, body, (SECRET,), now)
    except Refusal as refusal:
        return refusal.code != "unauthenticated"
    return True


@pytest.mark.parametrize("sender", HEADERS)
def test_a_signature_is_the_one_that_others_compute(sender: str) -> None:
    assert check(sender, signed(sender), BODY, (SECRET,), NOW) == VECTORS[sender]


@pytest.mark.parametrize("sender", HEADERS)
def test_a_signature_holds_for_its_body_secret_and_time(sender: str) -> None:
    assert judged(sender, signed(sender))
    assert not judged(sender, signed(sender), BODY + b" ")
    assert not judged(sender, signed(sender, secret=b"other"))
    assert not judged(sender, {})
    assert not judged(sender, dict.fromkeys(signed(sender), ""))
    assert not judged(sender, dict.fromkeys(signed(sender), "é=é"))


@pytest.mark.parametrize("sender", ["stripe", "slack", "signature"])
def test_five_minutes_before_or_after_and_no_more(sender: str) -> None:
    for away in (-TOLERANCE, 0, TOLERANCE):
        assert judged(sender, signed(sender), now=NOW + away)
    for away in (-TOLERANCE - 1, TOLERANCE + 1):
        assert not judged(sender, signed(sender), now=NOW + away)
    later = signed(sender, at=NOW + 1000)
    moved = {name: value.replace(str(NOW + 1000), str(NOW)) for name, value in later.items()}
    assert not judged(sender, moved)


def test_stripe_may_send_several_signatures_and_other_schemes() -> None:
    own = signed("stripe")["stripe-signature"].removeprefix(f"t={NOW},")
    assert judged("stripe", {"stripe-signature": f"t={NOW},v1={'0' * 64},{own},v0=abc"})
    assert not judged("stripe", {"stripe-signature": f"t={NOW},{own.replace('v1', 'v0')}"})
    assert not judged("stripe", {"stripe-signature": f"t={NOW},t={NOW},{own}"})


def test_old_and_new_secret_count_while_one_replaces_the_other() -> None:
    for secret in (b"old", b"new"):
        headers = signed("github", secret=secret)
        assert check("github", headers, BODY, (b"old", b"new"), NOW)


@settings(max_examples=40)
@given(st.sampled_from(sorted(HEADERS)), st.binary(max_size=50), st.data())
def test_no_other_text_of_a_header_holds(sender: str, body: bytes, data: st.DataObject) -> None:
    headers = signed(sender, body)
    name = data.draw(st.sampled_from(sorted(headers)))
    other = data.draw(st.text(max_size=80) | st.just(headers[name].upper()))
    if other != headers[name]:
        assert not judged(sender, {**headers, name: other}, body)
