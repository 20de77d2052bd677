"""What the ledger keeps of messages besides their digests: nothing, unless the operator says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from kanvas_runtime.codec.public import has_secrets
from kanvas_runtime.contract import Record
from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.machine import Machine, reached


class Payloads(Struct, frozen=True):
    """`secret`: the machines whose outputs have a secret field, so that they are not kept.

    An input has lost what is secret in it before it comes here.
    """

    kept: bool = False
    secret: frozenset[str] = frozenset()

    @classmethod
    def of(cls, machines: Iterable[Machine[Any, Any]]) -> Payloads:
        """All that these machines are given and give."""
        return cls(True, frozenset(telling_secrets(machines)))

    def fields(
        self, machine: str | None, input: bytes | None = None, output: bytes | None = None
    ) -> dict[str, Scalar]:
        """The fields of a record that hold them: JSON, each as one text."""
        fields: dict[str, Scalar] = {}
        if self.kept and input is not None:
            fields["input"] = input.decode()
        if self.kept and output is not None and machine not in self.secret:
            fields["output"] = output.decode()
        return fields


def telling_secrets(machines: Iterable[Machine[Any, Any]]) -> dict[str, type[Record]]:
    """The machines whose outputs have a secret field, with their outputs."""
    return {each.name: each.output for each in reached(machines) if has_secrets(each.output)}
