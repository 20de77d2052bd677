"""Anchors: what a chain's head was at some time, signed with a key that is kept elsewhere.

Whoever can write to the data directory can write the chain anew, but not an anchor: the key is
outside of it, and so should be the anchors. Ed25519 (RFC 8032); needs the package `cryptography`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from kanvas_runtime.ledger.diagnose import Fault, missing
from kanvas_runtime.ledger.record import Head
from kanvas_runtime.ledger.records import Records

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )


class Unsigned(Exception):
    """No key, or no anchor that this key has signed. The message says which, and where."""


class Anchor(NamedTuple):
    """The chain's record `seq` had this hash at this time."""

    chain: str
    seq: int
    hash: str
    at: str

    def text(self) -> bytes:
        """What is signed: JSON with sorted keys and no blanks."""
        return msgspec.json.encode(self._asdict(), order="sorted")


class _Signed(msgspec.Struct):
    chain: str
    seq: int
    hash: str
    at: str
    signature: str


def signed(anchor: Anchor, key: Ed25519PrivateKey) -> str:
    """The anchor as one line, with its signature in hex."""
    fields = anchor._asdict() | {"signature": key.sign(anchor.text()).hex()}
    return msgspec.json.encode(fields, order="sorted").decode()


def read(lines: Iterable[str], key: Ed25519PublicKey) -> list[Anchor]:
    """The anchors of these lines. Raises `Unsigned` for the first that the key has not signed."""
    from cryptography.exceptions import InvalidSignature

    anchors = []
    for number, line in enumerate(lines, 1):
        try:
            found = msgspec.json.decode(line, type=_Signed)
            anchor = Anchor(found.chain, found.seq, found.hash, found.at)
            key.verify(bytes.fromhex(found.signature), anchor.text())
        except (msgspec.DecodeError, ValueError, InvalidSignature):
            raise Unsigned(f"line {number} is no anchor that this key has signed") from None
        anchors.append(anchor)
    return anchors


def contradiction(
    records: Records,
    chain: str | None,
    head: Head,
    sealed: Head,
    anchors: Iterable[Anchor],
) -> Fault | None:
    """The first anchor that a chain, sound up to `head`, does not agree with.

    What was archived is known by its seal only: an anchor before it says nothing here.
    """
    for anchor in sorted(anchors, key=lambda each: each.seq):
        if anchor.seq < sealed.seq:
            continue
        if chain is not None and anchor.chain != chain:
            return _fault(anchor, f"is of another chain, {anchor.chain}")
        if anchor.seq > head.seq:
            return missing(head.seq + 1, anchor.seq)
        row = records.at(anchor.seq)
        stands = sealed.hash if anchor.seq == sealed.seq else row.hash if row else ""
        if stands != anchor.hash:
            return _fault(anchor, "has another hash for it, so it, or an earlier record, was")
    return None


def _fault(anchor: Anchor, why: str) -> Fault:
    end = " written anew" if why.endswith("was") else ""
    sentence = f"record {anchor.seq} was changed: the anchor of {anchor.at} {why}{end}"
    return Fault(anchor.seq, "changed", sentence)


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key of a PEM file. Raises `Unsigned`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Unsigned(f"{path} holds no private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unsigned(f"{path} holds a key that is not of Ed25519")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key of a PEM file, or the one that belongs to a private key. Raises `Unsigned`."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise Unsigned(f"{path} cannot be read: {error}") from error
    except ValueError:
        return private_key(path).public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise Unsigned(f"{path} holds a key that is not of Ed25519")
    return key
