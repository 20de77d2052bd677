"""What the compiler takes for an address is what the runtime takes for one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.codec.formats import FORMATS as AT_RUN_TIME

from kanvasc.types.formats import FORMATS

SAMPLES = [
    *("a@b.example", "a@b", "a@", "@b", "a b@c", "x" * 65 + "@b", "a@-b", "a@" + "b." * 130 + "c"),
    *("http://a", "https://a:0/", "https://a:99999/", "ftp://a", "http://", "http://a b", "//a"),
    *("0190b5a2-7c3e-7d4f-8a1b-2c3d4e5f6a7b", "{0190b5a27c3e7d4f8a1b2c3d4e5f6a7b}"),
    *("10.0.0.1", "010.0.0.1", "10.0.0", "256.0.0.1", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", ":"),
    *("2026-01-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-02-30T00:00:00Z", "2026-01-01"),
    *("2026-01-01T00:00:00", "0001-01-01T00:00:00+01:00", "2026-01-01 00:00:00Z", ""),
]


def agree(text: str) -> None:
    assert FORMATS.keys() == AT_RUN_TIME.keys()
    for name, (holds, _) in FORMATS.items():
        there = AT_RUN_TIME[name][0](text)
        # A program writes `T` between date and time; a client may also write a blank there.
        assert holds(text) is there or (name == "date-time" and there), (name, text)


def test_samples_are_judged_alike() -> None:
    for text in SAMPLES:
        agree(text)


@settings(max_examples=200)
@given(
    st.one_of(
        st.emails(),
        st.ip_addresses().map(str),
        st.uuids().map(str),
        st.text("ab.:@/-%[]1", max_size=20),
        st.from_regex(r"https?://[a-z0-9.:@\[\]]{0,12}(/[a-z]*)?", fullmatch=True),
    )
)
def test_texts_are_judged_alike(text: str) -> None:
    agree(text)
