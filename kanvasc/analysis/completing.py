"""One thing that could be written at a place."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kanvasc.analysis.functions import parameters
from kanvasc.records import dataclass
from kanvasc.types.library import LibraryFunction
from kanvasc.types.types import Function, RecordField, show


class Sort(StrEnum):
    """What an editor draws before it."""

    field = "field"
    step = "step"
    variable = "variable"
    function = "function"
    method = "method"
    constant = "constant"
    namespace = "namespace"
    keyword = "keyword"
    type = "type"
    option = "option"
    value = "value"
    event = "event"
    machine = "machine"
    file = "file"


@dataclass(frozen=True, slots=True)
class Completion:
    """`insert` is the text to write, with the places to fill in as `${1:name}` where `snippet` is
    set; `plain` is the text for editors that know no such places. `rank` orders: small first."""

    label: str
    sort: Sort
    detail: str = ""
    doc: str = ""
    insert: str = ""
    snippet: bool = False
    rank: int = 5

    @property
    def text(self) -> str:
        return self.insert or self.label


def escaped(text: str) -> str:
    """A text in which a snippet has no places."""
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def of_fields(fields: Iterable[RecordField]) -> list[Completion]:
    return [Completion(one.name, Sort.field, show(one.type), rank=1) for one in fields]


def of_functions(functions: Iterable[LibraryFunction], *, sort: Sort) -> list[Completion]:
    return [of_function(one, sort) for one in functions]


def of_function(function: LibraryFunction, sort: Sort) -> Completion:
    """A call with its brackets, the cursor between them where something belongs there."""
    label = function.name.rpartition(".")[2] if sort is Sort.method else function.name
    required = [one for one in function.parameters if not one.optional]
    places = ", ".join(
        f"${{{number}:{_example(one.name, isinstance(one.type, Function))}}}"
        for number, one in enumerate(required, 1)
    )
    given = ", ".join(parameters(function))
    detail = f"({given}) gives {show(function.result)}"
    return Completion(label, sort, detail, function.doc, f"{label}({places})", True, 3)


def _example(name: str, is_function: bool) -> str:
    return "item => item" if is_function else name
