"""API keys: `kv_<id>_<secret>`. Of the secret only a salted digest is kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.ledger.directory import replace_private

FILE = "keys.json"
PREFIX = "kv_"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
_SCOPE = re.compile(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)*", re.ASCII)
_SHAPE = re.compile(r"kv_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_SECRET_BYTES = 32
_OURS = "system"


class KeyProblem(Exception):
    """What was asked for cannot be done; the message is for the operator."""


class Key(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a key. Times are in seconds since the epoch; salt and digest in hex."""

    id: str
    name: str
    salt: str
    digest: str
    created: int
    scopes: tuple[str, ...] = ()
    expires: int | None = None
    revoked: int | None = None

    def state(self, now: float) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and now >= self.expires else "live"

    @property
    def principal(self) -> Principal:
        """Who comes with this key."""
        return Principal(self.name, frozenset(self.scopes), self.expires, self.id)


class _File(msgspec.Struct):
    keys: tuple[Key, ...] = ()
    signed_out: dict[str, int] = {}


_NOBODY = Key(id="", name="", salt=secrets.token_hex(16), digest=secrets.token_hex(32), created=0)
"""Compared with when there is no such key, so that it takes as long as when there is."""


class Keys:
    """The keys of a data directory, and the sessions that were signed out before their time.

    Whoever changes them owns the directory; a change is on disk when the method returns.
    """

    def __init__(self, directory: Path, clock: Callable[[], float] = time.time) -> None:
        """Raises `KeyProblem` when the file cannot be understood."""
        self._path = directory / FILE
        self._clock = clock
        kept = _read(self._path)
        self._keys = {key.id: key for key in kept.keys}
        self._signed_out = kept.signed_out

    @property
    def all(self) -> list[Key]:
        """Every key that there was, in the order in which they were made."""
        return list(self._keys.values())

    def new(self, name: str, scopes: tuple[str, ...] = (), expires: int | None = None) -> str:
        """Make a key and give it out, this once."""
        key, text = self.made(name, scopes, expires)
        self.add(key)
        return text

    def made(self, name: str, scopes: tuple[str, ...], expires: int | None) -> tuple[Key, str]:
        """A key that is not good for anything yet, and its text."""
        check(name, scopes)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        salt = os.urandom(16)
        key = Key(
            id=secrets.token_hex(6),
            name=name,
            salt=salt.hex(),
            digest=_digest(salt, secret),
            created=int(self._clock()),
            scopes=scopes,
            expires=expires,
        )
        return key, f"{PREFIX}{key.id}_{secret}"

    def add(self, key: Key) -> None:
        """From now on it is good."""
        self._keys[key.id] = key
        self._save()

    def revoke(self, which: str) -> Key:
        """End the key of this id, or the only live one of this name."""
        now = self._clock()
        live = [key for key in self._keys.values() if key.state(now) == "live"]
        found = [key for key in live if which in (key.id, key.name)]
        if not found:
            raise KeyProblem(f"there is no key {which} that could be revoked: see `keys list`")
        if len(found) > 1:
            ids = ", ".join(key.id for key in found)
            raise KeyProblem(f"several keys are called {which}: name one by its id ({ids})")
        revoked = msgspec.structs.replace(found[0], revoked=int(now))
        self._keys[revoked.id] = revoked
        self._save()
        return revoked

    def find(self, text: str) -> Key | None:
        """The live key that this text is."""
        match = _SHAPE.fullmatch(text)
        id_, secret = match.groups() if match else ("", text)
        key = self._keys.get(id_, _NOBODY)
        same = hmac.compare_digest(key.digest, _digest(bytes.fromhex(key.salt), secret))
        return key if same and key.state(self._clock()) == "live" else None

    def live(self, id_: str | None) -> Key | None:
        """The key of this id, if it may still be used."""
        key = self._keys.get(id_ or "")
        return key if key is not None and key.state(self._clock()) == "live" else None

    def sign_out(self, session: str, expires: int) -> None:
        """Remember that a session ended, until it would have ended by itself."""
        now = self._clock()
        self._signed_out = {name: at for name, at in self._signed_out.items() if at > now}
        self._signed_out[session] = expires
        self._save()

    def is_signed_out(self, session: str) -> bool:
        """Whether `sign_out` was called."""
        return session in self._signed_out

    def _save(self) -> None:
        kept = _File(tuple(self._keys.values()), self._signed_out)
        text = msgspec.json.format(msgspec.json.encode(kept), indent=1)
        replace_private(self._path, text + b"\n")


def check(name: str, scopes: tuple[str, ...]) -> None:
    """Raises `KeyProblem` when a key cannot have this name or these scopes."""
    if not _NAME.fullmatch(name):
        raise KeyProblem(
            f"{name!r} is no name for a key: it has letters, digits and . _ - @, at most 64"
        )
    if name == _OURS:
        raise KeyProblem(f"{_OURS} is what runs are called that nobody asked for: choose another")
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise KeyProblem(f"{scope!r} is no scope: write words with : between, machines:run")


def stored(directory: Path) -> list[Key]:
    """The keys of a data directory, to look at. Raises `KeyProblem`."""
    return list(_read(directory / FILE).keys)


def _read(path: Path) -> _File:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return _File()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise KeyProblem(f"{path} cannot be read as a list of keys: {error}") from error


def _digest(salt: bytes, secret: str) -> str:
    return hashlib.sha256(salt + secret.encode()).hexdigest()
