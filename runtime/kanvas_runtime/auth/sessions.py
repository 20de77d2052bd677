"""Sessions of browsers: a signed cookie that says by which key somebody signed in, and until when.

Nothing is kept but the ids of those that were signed out early. The key is looked up each time, so
a session ends with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace

from kanvas_runtime.auth.keys import Key, Keys
from kanvas_runtime.auth.principal import Principal

KEY_FILE = "session.key"
LIFETIME = 12 * 3600
"""Seconds."""
SECURE_COOKIE = "__Host-kanvas_session"
LOCAL_COOKIE = "kanvas_session"
"""On loopback, where there is no https: a browser drops a `__Host-` cookie that is not secure."""
SHORTEST_KEY = 32

_PURPOSE = b"kanvas session 1\n"


class _Said(msgspec.Struct, array_like=True):
    key: str
    session: str
    expires: int


class Sessions:
    """The first of `secrets_` signs; all of them are believed, so that they can be changed."""

    def __init__(
        self, keys: Keys, secrets_: tuple[bytes, ...], clock: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._secrets = secrets_
        self._clock = clock

    def begin(self, key: Key) -> tuple[str, int]:
        """The cookie's value for somebody who has shown a key, and its seconds to live."""
        now = int(self._clock())
        expires = now + LIFETIME if key.expires is None else min(now + LIFETIME, key.expires)
        said = msgspec.json.encode(_Said(key.id, secrets.token_hex(16), expires))
        payload = base64.urlsafe_b64encode(said)
        return f"{payload.decode()}.{_signature(self._secrets[0], payload)}", expires - now

    def find(self, cookies: Mapping[str, str], *, local: bool) -> Principal | None:
        """Who has signed in. Only on loopback a cookie counts that other hosts may have set."""
        for name in (SECURE_COOKIE, LOCAL_COOKIE) if local else (SECURE_COOKIE,):
            if name in cookies:
                return self._principal(cookies[name])
        return None

    def end(self, principal: Principal) -> None:
        """Sign out: the cookie is worth nothing from now on, whoever has a copy of it."""
        if principal.session is not None and principal.expires is not None:
            self._keys.sign_out(principal.session, int(principal.expires))

    def _principal(self, cookie: str) -> Principal | None:
        said = self._said(cookie)
        if said is None or self._clock() >= said.expires or self._keys.is_signed_out(said.session):
            return None
        key = self._keys.live(said.key)
        if key is None:
            return None
        return replace(key.principal, expires=float(said.expires), session=said.session)

    def _said(self, cookie: str) -> _Said | None:
        payload, _, signature = cookie.partition(".")
        text = payload.encode("utf-8", "replace")
        good = [
            hmac.compare_digest(_signature(secret, text).encode(), signature.encode())
            for secret in self._secrets
        ]
        if not any(good):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text), type=_Said)
        except (binascii.Error, msgspec.MsgspecError):
            return None


def signing_keys(text: str) -> tuple[bytes, ...]:
    """Those of KANVAS_SESSION_KEY. Raises `ValueError`."""
    keys = tuple(part.strip().encode() for part in text.split(",") if part.strip())
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValueError(
            f"KANVAS_SESSION_KEY has keys of at least {SHORTEST_KEY} characters, with commas"
        )
    return keys


def _signature(secret: bytes, payload: bytes) -> str:
    return hmac.new(secret, _PURPOSE + payload, hashlib.sha256).hexdigest()
