"""Records of which all but some values are known beforehand: their text is prepared once.

A function is written for each kind of them, which costs a third of encoding a record from its
fields. Nothing of what is recorded stands in its source: values and texts are its variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from kanvas_runtime.ledger import record
from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import Head, Row

_PLAIN = re.compile(r"[ !#-\[\]-~]*")

Value: TypeAlias = str | int | bytes
Values: TypeAlias = tuple[Value, ...]
"""The values of the open fields, in their order. Of bytes the record gets the digest."""

_Rows: TypeAlias = Callable[[str, Head, str, Sequence[Values]], list[Row]]

_GIVEN = ("at", "chain", "seq")
_SOURCE = """
def rows(chain, head, at, filled):
    made = []
    seq, prev = head
    for ({values},) in filled:
        seq += 1
        {digests}
        one = f'{one}'
        two = f'{two}'
        three = f'{three}'
        digest = sha256(f'{{prev}}{{one}}{{two}}{{three}}'.encode()).hexdigest()
        body = f'{{one}},"hash":"{{digest}}"{{two}},"prev":"{{prev}}"{{three}}'
        made.append(new(Row, (seq, schema, chain, at, kind, {columns}, prev, digest, body)))
        prev = digest
    return made
"""


def is_plain(text: str) -> bool:
    """Whether JSON has it as it is: no quotation mark, backslash or control; and it is ASCII."""
    return _PLAIN.fullmatch(text) is not None


class Form:
    """Records of one kind. `known` are their fixed fields; `open` the names of the others, in
    their order: `numbers` of them are integers, `contents` are bytes of which `digest` makes what
    is recorded, and the rest texts that are `is_plain`.

    `watch`, if it is set, is told the values that records are made of.

    Raises `ValueError` for fields outside a record's form.
    """

    __slots__ = ("_contents", "_digest", "_rows", "kind", "known", "open", "watch")

    def __init__(
        self,
        kind: str,
        known: Mapping[str, Scalar],
        open: Sequence[str],
        numbers: Sequence[str],
        contents: Sequence[str],
        digest: Callable[[bytes], str],
    ) -> None:
        in_order = [*open] == sorted(open) and all("chain" < name < "seq" for name in open)
        if not open or not in_order:
            raise ValueError("the open fields are in order, among the ledger's own")
        self.kind = kind
        self.known = record.checked(known)
        self.open = tuple(open)
        self.watch: Callable[[Sequence[Values]], None] | None = None
        self._contents = frozenset(contents)
        self._digest = digest
        self._rows = self._written(frozenset(numbers))

    def fields(self, values: Values) -> dict[str, Scalar]:
        """The fields of the record that `rows` makes."""
        named = zip(self.open, values, strict=True)
        return {
            **self.known,
            **{name: self._digest(v) if isinstance(v, bytes) else v for name, v in named},
        }

    def rows(self, chain: str, head: Head, at: str, filled: Sequence[Values]) -> list[Row]:
        """The records with these values of the open fields that follow `head`, one after the
        other, as `record.entry` would make them."""
        if self.watch is not None:
            self.watch(filled)
        return self._rows(chain, head, at, filled)

    def _written(self, numbers: frozenset[str]) -> _Rows:
        """The function that makes the records."""
        variables = {name: f"v{place}" for place, name in enumerate(self.open)}
        parts, texts = self._laid_out(variables | {each: each for each in _GIVEN}, numbers)
        digests = [f"{variables[name]} = digested({variables[name]})" for name in self._contents]
        columns = {f"c{place}": self.known.get(name) for place, name in enumerate(record.COLUMNS)}
        source = _SOURCE.format(
            values=", ".join(variables.values()),
            digests="; ".join(digests) or "pass",
            columns=", ".join(map(variables.get, record.COLUMNS, columns)),
            **parts,
        )
        scope: dict[str, Any] = {"kind": self.kind, "schema": record.SCHEMA, "new": tuple.__new__}
        scope |= {"Row": Row, "sha256": sha256, "digested": self._digest, **texts, **columns}
        exec(source, scope)
        rows: _Rows = scope["rows"]
        return rows

    def _laid_out(
        self, variables: Mapping[str, str], numbers: frozenset[str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What is before `hash`, between it and `prev`, and after that: in replacement fields,
        and the texts that stand for some of them."""
        fixed: dict[str, Scalar] = {"schema": record.SCHEMA, "kind": self.kind, **self.known}
        parts = dict.fromkeys(("one", "two", "three"), "")
        texts: dict[str, str] = {}
        for name in sorted({*fixed, *variables}):
            part = "one" if name < "hash" else "two" if name < "prev" else "three"
            key = f"t{len(texts)}"
            texts[key] = f"{',' if texts else '{'}{record.encoded(name)}:"
            parts[part] += f"{{{key}}}"
            if name in fixed:
                texts[key] += record.encoded(fixed[name])
            elif name in numbers or name == "seq":
                parts[part] += f"{{{variables[name]}}}"
            else:
                parts[part] += f'"{{{variables[name]}}}"'
        parts["three"] += "{end}"
        return parts, texts | {"end": "}"}
