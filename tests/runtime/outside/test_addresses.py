"""Which addresses a step may connect to."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.outside import addresses
from kanvas_runtime.outside.addresses import Kind, checked, kind_of
from kanvas_runtime.outside.url import Origin

NAME = Origin("https", "api.example.com", 443)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (Kind.PUBLIC, "1.1.1.1 93.184.216.34 172.32.0.1 100.128.0.1 192.167.255.255 11.0.0.0"),
        (Kind.PUBLIC, "2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:1.1.1.1 64:ff9b::101:101"),
        (Kind.PUBLIC, "2002:101:101::1"),
        (Kind.SITE, "127.0.0.1 127.255.255.255 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1"),
        (Kind.SITE, "100.64.0.1 100.127.255.255 ::1 fc00::1 fdff::1"),
        (Kind.SITE, "::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:a00:1::"),
        (Kind.NONE, "0.0.0.0 0.1.2.3 169.254.169.254 224.0.0.1 239.1.1.1 240.0.0.1"),
        (Kind.NONE, "255.255.255.255 192.0.0.8 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1"),
        (Kind.NONE, "203.0.113.1 192.88.99.1"),
        (Kind.NONE, ":: fe80::1 fe80::1%1 febf::1 fec0::1 ff02::1 ff0e::1 2001:db8::1 3fff::1"),
        (Kind.NONE, "2001::1 2001:20::1 100::1 64:ff9b:1::1 ::1.2.3.4 ::7f00:1 5f00::1 4000::1"),
        (Kind.NONE, "::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe:: ::ffff:0:0"),
    ],
)
def test_what_an_address_is_good_for(kind: Kind, texts: str) -> None:
    for text in texts.split():
        assert kind_of(ip_address(text)) is kind, text


@given(st.ip_addresses(v=4))
def test_an_address_carried_by_another_is_judged_as_itself(address: IPv4Address) -> None:
    number = int(address)
    for carrier in (
        0xFFFF << 32 | number,
        (0x64 << 112 | 0xFF9B << 96) | number,
        0x2002 << 112 | number << 80 | 7,
    ):
        assert kind_of(IPv6Address(carrier)) is kind_of(address)


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_special(
    address: IPv4Address | IPv6Address,
) -> None:
    if kind_of(address) is Kind.PUBLIC:
        assert not address.is_loopback
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_unspecified


def fake(*found: str) -> addresses.Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return found

    return resolve


async def test_every_address_of_a_name_must_be_public() -> None:
    assert await checked(NAME, False, fake("1.1.1.1", "2606::1", "1.1.1.1")) == (
        "1.1.1.1",
        "2606::1",
    )
    for bad in ("127.0.0.1", "10.1.1.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1%2"):
        with pytest.raises(StepFailure, match="not at a public address") as caught:
            await checked(NAME, False, fake("1.1.1.1", bad))
        assert caught.value.type == "denied"
        assert bad not in caught.value.message


async def test_a_name_that_is_located_may_be_on_this_site_and_nowhere_else() -> None:
    assert await checked(NAME, True, fake("10.1.1.1", "::1")) == ("10.1.1.1", "::1")
    for bad in ("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"):
        with pytest.raises(StepFailure, match="not at a public address"):
            await checked(NAME, True, fake(bad))


async def test_an_address_in_a_url_is_looked_up_nowhere() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    assert await checked(Origin("http", "127.0.0.1", 80), True, never) == ("127.0.0.1",)
    assert await checked(Origin("http", "169.254.169.254", 80), True, never) == ("169.254.169.254",)
    assert await checked(Origin("http", "1.1.1.1", 80), False, never) == ("1.1.1.1",)
    for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        with pytest.raises(StepFailure, match="not at a public address"):
            await checked(Origin("http", host, 80), False, never)


async def test_a_name_that_nobody_knows() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    for resolve in (unknown, fake()):
        with pytest.raises(StepFailure, match=r"no host api\.example\.com") as caught:
            await checked(NAME, False, resolve)
        assert caught.value.type == "http"


async def test_the_system_resolves_an_address_to_itself() -> None:
    assert set(await addresses.resolve("127.0.0.1", 80)) == {"127.0.0.1"}
