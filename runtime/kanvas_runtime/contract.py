"""What a machine's records are made of: the types of the language as annotations.

Generated code declares its contract with these, and everything that needs to know a contract
(decoder, error messages, JSON schemas, forms) reads it back from the class. Constraints that
msgspec can check itself are `msgspec.Meta`; the others are the markers below.

Any spelling is checked the same; these are also checked by msgspec, hence fast:

- integer with limits: `Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)]` (msgspec takes one `ge`)
- text, list with lengths: `Annotated[Text, Meta(min_length=1)]`
- one of some texts: `Literal["a", "b"]`
- number or decimal with limits: `Annotated[Number, Bounds(ge=0)]` (no `Meta` on unions)
- what may be null: `Annotated[...] | None`, the union outermost
- description: `Meta(description="...")` beside the other metadata
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Annotated, TypeAlias, dataclass_transform

import msgspec
from msgspec import Struct

LARGEST_INTEGER = 2**53 - 1
"""Integers beyond ± this are not exact in every JSON reader (RFC 8259 section 6)."""


# msgspec hands `frozen` down to subclasses, which type checkers cannot know from its metaclass;
# it does not hand down `kw_only`, which a class with a required field behind an optional one says.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An object with known fields. A field that may be null is `T | None`."""


class Exact(Struct, frozen=True):
    """A decimal: at most 34 digits, exponent -34…34; number or text in, text out."""


class Bounds(Struct, frozen=True):
    """The number is at least `ge` and at most `le`."""

    ge: int | float | decimal.Decimal | None = None
    le: int | float | decimal.Decimal | None = None


class Pattern(Struct, frozen=True):
    """The whole text must match, in RE2 syntax (linear time, whatever the client sends)."""

    regex: str


class Format(Struct, frozen=True):
    """`email`, `url`, `uuid`, `ipv4`, `ipv6` or `date-time`."""

    name: str


class Choices(Struct, frozen=True):
    """The text must be one of these."""

    values: tuple[str, ...]


class Subset(Struct, frozen=True):
    """Every item of the list must be one of these."""

    values: tuple[object, ...]


class Secret(Struct, frozen=True):
    """The value never reaches a ledger, a log, a page or an error reply."""


class Label(Struct, frozen=True):
    """What a person reads beside the field, instead of its name."""

    text: str


Text: TypeAlias = str
Integer: TypeAlias = Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
Number: TypeAlias = Integer | float
Decimal: TypeAlias = Annotated[decimal.Decimal, Exact()]
Boolean: TypeAlias = bool
Uuid: TypeAlias = uuid.UUID
Date: TypeAlias = datetime.date
DateTime: TypeAlias = datetime.datetime
Json: TypeAlias = object
"""`any`: None, bool, int, float, str, list, or dict with text keys; at most 64 levels deep."""
