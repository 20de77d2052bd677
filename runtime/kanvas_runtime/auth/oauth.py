"""Bearer tokens of an OAuth issuer: JSON Web Tokens (RFC 7519), checked as RFC 8725 says."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from kanvas_runtime.auth.issuer import ALGORITHMS, IssuerKey, IssuerKeys, IssuerUnreachable
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.handshake import is_loopback_name
from kanvas_runtime.outside.url import parse_url

ISSUER, AUDIENCE, JWKS_URL = "KANVAS_OAUTH_ISSUER", "KANVAS_OAUTH_AUDIENCE", "KANVAS_OAUTH_JWKS_URL"
VARIABLES = (ISSUER, AUDIENCE, JWKS_URL)

SKEW = 60.0
"""Seconds by which the issuer's clock and ours may differ."""
LONGEST = 8000
"""Characters of a token; a header of a handshake may hold little more."""
LONGEST_SUBJECT = 255
"""Characters (OpenID Connect Core section 2)."""

_REQUIRED = ("exp", "iss", "aud", "sub")
_FARTHEST = 10 * 365 * 86400.0
_PACKAGES = ("jwt", "cryptography", "httpcore2")


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """Whose tokens are believed, for whom they have to be, and where the keys are."""

    issuer: str
    audiences: tuple[str, ...]
    jwks_url: str


class BadToken(Exception):
    """The token is none that lets anybody in; the message says why, and nothing of it."""


class OAuth:
    """Checks the tokens of one issuer."""

    def __init__(self, settings: OAuthSettings, keys: IssuerKeys | None = None) -> None:
        self._settings = settings
        self._keys = keys or IssuerKeys(settings.jwks_url)

    def start(self) -> None:
        """Fetch the keys before the first token comes; nobody waits for it."""
        self._keys.fetch()

    async def aclose(self) -> None:
        """Fetch nothing any more."""
        await self._keys.aclose()

    async def principal(self, token: str) -> Principal:
        """Whose token it is. Raises `BadToken`, `IssuerUnreachable`."""
        header = _header(token)
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS:
            raise BadToken("it is not signed in a way that is accepted")
        if not isinstance(kid, str):
            raise BadToken("it does not name the key that it was signed with (kid)")
        key = await self._keys.find(kid)
        if key is None:
            raise BadToken("it is signed with a key that its issuer does not name")
        claims = self._claims(token, key)
        subject = _subject(claims)
        expires = min(float(claims["exp"]) + SKEW, time.time() + _FARTHEST)
        name = f"oauth:{self._settings.issuer}#{subject}"
        return Principal(name, frozenset(_scopes(claims)), expires)

    def _claims(self, token: str, key: IssuerKey) -> dict[str, Any]:
        import jwt

        try:
            return jwt.decode(
                token,
                key.public,
                algorithms=key.algorithms,
                audience=self._settings.audiences,
                issuer=self._settings.issuer,
                leeway=SKEW,
                options={"require": list(_REQUIRED)},
            )
        except jwt.InvalidTokenError as error:
            _explain(error)


def _header(token: str) -> dict[str, Any]:
    import jwt

    if len(token) > LONGEST:
        raise BadToken(f"it has more than {LONGEST} characters")
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        raise BadToken("it is no JSON Web Token") from None


def _explain(error: Exception) -> NoReturn:
    """In our own words: the library's may repeat what a token says."""
    import jwt

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (jwt.ExpiredSignatureError, "it has expired"),
        (jwt.ImmatureSignatureError, "it is not valid yet"),
        (jwt.InvalidAudienceError, "it is for somebody else (aud)"),
        (jwt.InvalidIssuerError, "it is of another issuer (iss)"),
        (jwt.MissingRequiredClaimError, f"it lacks one of {', '.join(_REQUIRED)}"),
        (jwt.InvalidSignatureError, "its signature does not fit"),
        (jwt.InvalidAlgorithmError, "it is not signed in the way that its key is for"),
    )
    raise BadToken(
        next((words for kind, words in reasons if isinstance(error, kind)), "it makes no sense")
    ) from None


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    if not (isinstance(subject, str) and subject.isprintable() and subject.strip()):
        raise BadToken("its subject is no text (sub)")
    if len(subject) > LONGEST_SUBJECT:
        raise BadToken(f"its subject has more than {LONGEST_SUBJECT} characters (sub)")
    return subject


def _scopes(claims: Mapping[str, Any]) -> Iterable[str]:
    """`scope`, a text with blanks (RFC 9068), and `scp`, which others send, also as a list."""
    for name in ("scope", "scp"):
        value = claims.get(name)
        if isinstance(value, str):
            yield from value.split()
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, str))


def oauth_settings(environ: Mapping[str, str]) -> OAuthSettings | None:
    """What the variables say; None where there are none. Raises `ValueError` for the operator."""
    texts = {name: environ.get(name, "").strip() for name in VARIABLES}
    if not any(texts.values()):
        return None
    missing = [name for name, text in texts.items() if not text]
    if missing:
        raise ValueError(f"{' and '.join(missing)} must be set as well: {_needed()}")
    if not texts[ISSUER].isprintable() or any(char in texts[ISSUER] for char in "# "):
        raise ValueError(f"{ISSUER} is what tokens have as iss, without blanks and #")
    _check_url(texts[JWKS_URL])
    audiences = tuple(part.strip() for part in texts[AUDIENCE].split(",") if part.strip())
    if not audiences:
        raise ValueError(f"{AUDIENCE} names whom tokens are for, with commas")
    return OAuthSettings(texts[ISSUER], audiences, texts[JWKS_URL])


def _check_url(text: str) -> None:
    """Without TLS anybody on the way could change the keys (RFC 8414 section 2)."""
    try:
        origin = parse_url(text).origin
    except ValueError as error:
        raise ValueError(f"{JWKS_URL} is the address of the issuer's keys: {error}") from None
    if origin.scheme != "https" and not is_loopback_name(origin.host):
        raise ValueError(f"{JWKS_URL} begins with https://, except on this machine")


def missing(paths: Iterable[str], settings: OAuthSettings | None) -> str | None:
    """Why surfaces at these paths, which take such tokens, cannot be served; None if they can."""
    listed = ", ".join(paths)
    if not listed:
        return None
    if settings is None:
        return f"{listed}: auth: oauth needs {_needed()}. Set all three."
    if any(importlib.util.find_spec(package) is None for package in _PACKAGES):
        return (
            f"{listed}: auth: oauth needs packages that are not installed."
            ' Install "kanvas-runtime[oauth]".'
        )
    return None


def _needed() -> str:
    return f"{ISSUER} (as in iss), {AUDIENCE} (as in aud) and {JWKS_URL} (where the keys are)"


__all__ = ["BadToken", "IssuerUnreachable", "OAuth", "OAuthSettings", "missing", "oauth_settings"]
