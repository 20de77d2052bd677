"""An issuer of tokens on loopback: it makes them, good and bad, and says its keys over HTTP."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from kanvas_runtime.auth.oauth import OAuthSettings

ISSUER = "https://login.example.com/"
AUDIENCE = "https://metrics.example.com"

RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
SHORT_RSA = rsa.generate_private_key(65537, 1024)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def jwk(key: Any, kid: str | None, **more: str) -> dict[str, Any]:
    """The public half as a JWK Set has it."""
    kinds = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    kind: Any = next((v for k, v in kinds.items() if isinstance(key, k)), OKPAlgorithm)
    named = {} if kid is None else {"kid": kid}
    return kind.to_jwk(key.public_key(), as_dict=True) | named | more


def token(
    key: Any = RSA,
    algorithm: str = "RS256",
    kid: str | None = "one",
    header: dict[str, Any] | None = None,
    without: tuple[str, ...] = (),
    **claims: Any,
) -> str:
    """One that is good, but for what is said."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 600}
    said = {k: v for k, v in (usual | claims).items() if k not in without}
    head = {k: v for k, v in {"kid": kid, **(header or {})}.items() if v is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers=head)


def forged(header: dict[str, Any], secret: bytes | None = None, **claims: Any) -> str:
    """By hand, as no library makes it: unsigned, or with HMAC over a text that everybody has."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "eve", "exp": now + 600} | claims
    parts = [_base64(json.dumps(part).encode()) for part in (header, said)]
    text = ".".join(parts).encode()
    seal = b"" if secret is None else hmac.new(secret, text, hashlib.sha256).digest()
    return f"{text.decode()}.{_base64(seal)}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Issuer:
    """`keys` is what it says now; `hits` how often it was asked; `answer` stands for its answer."""

    def __init__(self) -> None:
        self.keys: list[Any] = [jwk(RSA, "one"), jwk(EC, "curve"), jwk(ED, "edwards")]
        self.hits = 0
        self.answer: Answer | None = None
        self.port = 0

    @property
    def settings(self) -> OAuthSettings:
        return OAuthSettings(ISSUER, (AUDIENCE, "other"), f"http://127.0.0.1:{self.port}/keys")

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            self.hits += 1
            if self.answer is None:
                await say(writer, json.dumps({"keys": self.keys}).encode())
            else:
                await self.answer(writer)
        writer.close()


async def say(
    writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK", more: str = ""
) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}{more}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()


@contextlib.asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    """Listens until the block ends."""
    issuer = Issuer()
    server = await asyncio.start_server(issuer.handle, "127.0.0.1", 0)
    issuer.port = server.sockets[0].getsockname()[1]
    try:
        yield issuer
    finally:
        server.close()
