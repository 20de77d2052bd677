"""How texts are kept free of secrets, in whatever form these come back."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.library import json_stringify, lower, trim, upper
from kanvas_runtime.mask import Mask
from kanvas_runtime.outside.url import parse_url

SECRET = st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=20)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": upper,
    "in small letters": lower,
    "without blanks around it": trim,
    "as JSON": json_stringify,
    "as JSON in ASCII": json.dumps,
    "as JSON with slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "as JSON in JSON": lambda text: json_stringify(json_stringify(text)),
    "as JSON in ASCII in the same": lambda text: json.dumps(json.dumps(text)),
    "as Python shows it": repr,
    "in a query": lambda text: quote(text, safe=""),
    "in a query in small letters": lambda text: quote(text, safe="").lower(),
    "in a form": quote_plus,
    "in a path": quote,
    "by encodeURIComponent": lambda text: quote(text, safe="!~*'()"),
    "as HTML": html.escape,
    "as HTML outside of attributes": lambda text: html.escape(text, quote=False),
    "as hexadecimal digits": lambda text: text.encode().hex().upper(),
}


def bare(form: str) -> str:
    """Without what a text may be wrapped in."""
    return form.strip("'\"\\=")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@settings(max_examples=30)
@given(secret=SECRET, before=AROUND, behind=AROUND)
def test_a_secret_is_hidden_however_it_is_written(
    form: Callable[[str], str], secret: str, before: str, behind: str
) -> None:
    written = form(secret)
    if len(bare(written)) < 6:  # blanks
        return
    told = Mask([secret]).text(f"{before}{written}{behind}")
    assert "[secret]" in told


DIFFERENT = st.lists(st.sampled_from("0123456789ABCDEFé€/+"), min_size=8, unique=True)


@given(
    secret=DIFFERENT.map("".join),
    before=st.text("uvwxyz", max_size=9),
    behind=st.text("uvwxyz", max_size=9),
    url=st.booleans(),
)
def test_a_secret_is_hidden_within_base64(secret: str, before: str, behind: str, url: bool) -> None:
    """Whatever stands around it before it is encoded: only that can be read then."""
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    told = Mask([secret]).text(encode(f"{before}{secret}{behind}".encode()).decode())
    start, mask, end = told.partition("[secret]")
    assert mask
    # A letter has six bits: less than one byte of the secret stands in those at its ends.
    assert len(start) * 6 < (len(before) + 1) * 8
    assert len(end.rstrip("=")) * 6 <= (len(behind) + 1) * 8


def test_name_and_password_of_a_request_are_hidden() -> None:
    header = base64.b64encode(b"ann:hunter2hunter2").decode()
    assert Mask(["hunter2hunter2"]).text(f"Basic {header}") == "Basic YW5uOm[secret]"


@given(secret=SECRET)
def test_a_secret_is_hidden_as_an_address_of_ours_has_it(secret: str) -> None:
    try:
        url = parse_url(f"https://api.example.com/{secret}")
    except ValueError:
        return
    if any(mark in secret for mark in "?#%"):  # what is behind them is not a part of the path
        return
    assert "[secret]" in Mask([secret]).text(url.target)


@given(text=st.text(max_size=60))
def test_other_texts_stay_as_they_are(text: str) -> None:
    mask = Mask(["hunter2hunter2", "ÄÖÜß straße"])
    assert mask.text(text) == text


def test_every_place_is_found() -> None:
    mask = Mask(["hunter2hunter2", "hunter2hunter2-longer"])
    told = mask.text("a hunter2hunter2-longer, HUNTER2hunter2; aHVudGVyMmh1bnRlcjI=")
    assert told == "a [secret], [secret]; [secret]="


def test_decoded_values_are_searched_at_every_depth() -> None:
    mask = Mask(["hunter2hunter2"])
    value = {"hunter2hunter2": [1, None, True, {"a": "x hunter2hunter2"}]}
    assert mask.value(value) == {"[secret]": [1, None, True, {"a": "x [secret]"}]}
    assert Mask([]).value(value) is value


def test_a_number_is_hidden_as_a_text_is() -> None:
    mask = Mask(["12345678", "3.14159265"])
    given = [12345678, 1234567, Decimal("12345678"), 3.14159265, -12345678, True, 1.5]
    hidden = "[secret]"
    assert mask.value(given) == [hidden, 1234567, hidden, hidden, hidden, True, 1.5]


def test_what_is_short_stands_in_texts_by_chance() -> None:
    assert not Mask(["12345"])
    assert Mask(["123456"])
