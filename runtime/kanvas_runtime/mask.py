"""How texts are kept free of secrets, however these are written."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 6
"""Characters of what is searched for: anything shorter stands in many texts by chance."""


class Mask:
    """Puts `[secret]` in the place of texts in any of their forms, in small or capital letters."""

    __slots__ = ("_forms", "_shortest")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        found = {form for text in texts if len(text) >= SHORTEST for form in _forms(text)}
        forms = sorted((form for form in found if len(form) >= SHORTEST), key=len, reverse=True)
        self._forms = tuple((form.casefold(), re.escape(form)) for form in forms)
        self._shortest = len(forms[-1]) if forms else 0

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        """The text without them."""
        if len(text) < self._shortest or not self._forms:
            return text
        # Most texts have none, and what has one has it in few forms: the pattern is of these.
        folded = text.casefold()
        present = "|".join(pattern for form, pattern in self._forms if form in folded)
        return re.sub(present, MASK, text, flags=re.IGNORECASE) if present else text

    def value(self, value: Any) -> Any:
        """Decoded JSON without them, names of fields included."""
        if not self._forms:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, int | float | Decimal):
            written = str(value)
            return value if self.text(written) == written else MASK
        return value


def _forms(text: str) -> Iterator[str]:
    """What a text becomes in a program, on its way, and in what servers make of it."""
    yield from (text, text.strip(), text.upper(), text.lower())
    yield from (quote(text, safe=safe, errors="surrogatepass") for safe in _SAFE)
    yield quote_plus(text, errors="surrogatepass")
    yield from (html.escape(text), html.escape(text, quote=False))
    yield repr(text)[1:-1]
    for escaped in _json(text):
        yield escaped
        yield escaped.replace("/", "\\/")
        yield from _json(escaped)
    content = text.encode("utf-8", "surrogatepass")
    yield content.hex()
    yield from _base64(content)


_SAFE = ("", "/", "!~*'()", "/?:@!$&'()*+,;=-._~%[]")
"""Characters that are left as they are: in a part of a query, in a path, by JavaScript, by us."""


def _json(text: str) -> Iterator[str]:
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield json.dumps(text)[1:-1]


def _base64(content: bytes) -> Iterator[str]:
    """Alone, and as a part of something longer: six bits a letter, so it depends on how many bytes
    stand in front. Letters that hold bits of what is around are left out."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode()
        part = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        yield from _both(part)
    yield from _both(base64.b64encode(content).decode().rstrip("="))


def _both(letters: str) -> tuple[str, str]:
    """In either alphabet of RFC 4648."""
    return letters, letters.replace("+", "-").replace("/", "_")
