"""The keys with which an issuer signs its tokens (JWK Set, RFC 7517), as far as they may be used.

They are fetched in one task, whoever waits for it: within `PATIENCE` seconds, one megabyte, without
redirects, and not again before `PAUSE` seconds have passed, however many tokens name keys that
there are not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.outside.http import Http
from kanvas_runtime.outside.request import prepare

_log = logging.getLogger("kanvas.oauth")

PATIENCE = 5.0
"""Seconds for the whole answer."""
PAUSE = 5.0
"""Seconds from one try to the next."""
FRESH = 300.0
"""Seconds after which the keys are fetched again, while the present ones are still used."""
STALE = 3600.0
"""Seconds after which they are not believed any more: the issuer may have taken one back."""
MOST_KEYS = 100
SHORTEST_RSA = 2048
"""Bits (RFC 7518 section 3.3)."""

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_OF_CURVE = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
ALGORITHMS = frozenset(_RSA) | {name for names in _OF_CURVE.values() for name in names}
"""How a token may be signed: only in ways in which whoever can check cannot sign (RFC 8725)."""


class IssuerUnreachable(Exception):
    """There are no keys to check a token with, and none can be fetched."""


class IssuerKey(Struct, frozen=True):
    """A public key, and the algorithms that it is for, whatever a token says."""

    public: Any
    algorithms: tuple[str, ...]


class IssuerKeys:
    """Those at one URL. Made on the loop that uses it."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._http = Http()
        self._keys: Mapping[str, IssuerKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> IssuerKey | None:
        """The key of this id. Raises `IssuerUnreachable`."""
        if self._age() > FRESH:
            self.fetch()
        if (kid not in self._keys or self._age() > STALE) and self.fetch():
            assert self._fetching is not None
            await asyncio.wait([self._fetching])
        key = self._keys.get(kid)
        if self._age() > STALE or (key is None and self._failed):
            raise IssuerUnreachable
        return key

    def fetch(self) -> bool:
        """Begin to fetch them, unless that was just done; whether it is worth waiting."""
        if self._fetching is not None and not self._fetching.done():
            return True
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < PAUSE:
            return False
        self._tried_at = now
        self._fetching = asyncio.get_running_loop().create_task(self._fetch())
        return True

    async def aclose(self) -> None:
        """Fetch no more."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    async def _fetch(self) -> None:
        try:
            self._keys = await self._read()
        except (StepFailure, ValueError) as error:
            self._failed = True
            reason = error.message if isinstance(error, StepFailure) else error
            where = self._url.partition("?")[0]  # what follows may be secret
            _log.warning("the keys of the issuer cannot be fetched from %s: %s", where, reason)
        else:
            self._failed, self._fetched_at = False, self._clock()

    async def _read(self) -> dict[str, IssuerKey]:
        """Raises `StepFailure` or `ValueError`, in words for the operator."""
        request = prepare(
            "GET", self._url, {"accept": "application/jwk-set+json, application/json"}
        )
        answer = await self._http.fetch(request, located=True, timeout=PATIENCE)
        if answer.status != 200:
            raise ValueError(f"the answer has the status {answer.status}, not 200")
        return usable(answer.body)


def usable(body: object) -> dict[str, IssuerKey]:
    """The keys of a JWK Set that may sign tokens, by their ids; others are passed over.

    Raises `ValueError` when it is no JWK Set.
    """
    if isinstance(body, str):  # a file server calls it text
        try:
            body = msgspec.json.decode(body)
        except msgspec.MsgspecError:
            body = None
    listed = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise ValueError('the answer is no JWK Set: {"keys": […]}')
    found: dict[str, IssuerKey] = {}
    for each in listed[:MOST_KEYS]:
        kid = each.get("kid") if isinstance(each, dict) else None
        key = _usable(each) if isinstance(kid, str) and kid not in found else None
        if key is not None:
            found[str(kid)] = key
    return found


def _usable(jwk: dict[str, Any]) -> IssuerKey | None:
    """None for a key that is secret, for something else, too short, or broken."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    algorithms = _algorithms(jwk)
    if not algorithms or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    try:
        public = PyJWK(jwk, algorithms[0]).key
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    if jwk["kty"] == "RSA" and public.key_size < SHORTEST_RSA:
        return None
    return IssuerKey(public, algorithms)


def _algorithms(jwk: dict[str, Any]) -> tuple[str, ...]:
    kind, curve = str(jwk.get("kty")), str(jwk.get("crv"))
    fitting = _RSA if kind == "RSA" else _OF_CURVE.get((kind, curve), ())
    return tuple(name for name in fitting if jwk.get("alg", name) == name)
