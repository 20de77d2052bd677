"""Which types hold fields that are secret."""

from __future__ import annotations

from collections.abc import Mapping

from kanvasc.types.program import RecordSpec
from kanvasc.types.types import ListOf, MapOf, Record, Type, without_null


def holds_secrets(records: Mapping[str, RecordSpec], type_: Type) -> bool:
    """Whether any field in it is marked, at any depth. `records`: what the program declares."""
    inner = without_null(type_)
    if isinstance(inner, ListOf | MapOf):
        return holds_secrets(records, inner.item)
    spec = records.get(inner.name or "") if isinstance(inner, Record) else None
    return spec is not None and any(
        one.secret or holds_secrets(records, one.type) for one in spec.fields
    )
