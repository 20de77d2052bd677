"""Python names for the program's names."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Final

TAKEN = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "l", "O", "I"))
"""Keywords, builtins, and the three letters that linters take for digits."""

_OTHER: Final = re.compile(r"[^A-Za-z0-9_]")

CONTRACT_NAMES = (
    "Boolean",
    "Bounds",
    "Choices",
    "Date",
    "DateTime",
    "Decimal",
    "Format",
    "Integer",
    "Json",
    "Label",
    "Number",
    "Pattern",
    "Record",
    "Secret",
    "Subset",
    "Text",
    "Uuid",
)
MACHINE_NAMES = (
    "Ask",
    "CallStep",
    "Cron",
    "Every",
    "Grant",
    "Guard",
    "HttpAnswer",
    "HttpStep",
    "Limits",
    "Machine",
    "MemoryStep",
    "Policy",
    "Subscription",
    "Value",
)
SURFACE_CLASSES = {
    "api": "ApiSurface",
    "mcp": "ToolSurface",
    "page": "PageSurface",
    "webhook": "WebhookSurface",
    "websocket": "WebSocketSurface",
}
APP_CLASSES = (*SURFACE_CLASSES.values(), "Service")
APP_NAMES = (*APP_CLASSES, "app", "service")
"""What `app.py` uses for itself, beside the modules of the machines."""

MODULE_NAMES = frozenset(
    (
        *CONTRACT_NAMES,
        *MACHINE_NAMES,
        "Annotated",
        "Literal",
        "MACHINE",
        "Memory",
        "Meta",
        "Recalled",
        "Run",
        *APP_CLASSES,
        "Failure",
        "StepFailure",
        "field",
        "fuel",
        "input_",
        "library",
        "ops",
        "records",
        "replace",
        "run",
        "shaped",
    )
)
"""What every generated module uses for itself."""


class Names:
    """Hands out identifiers, each once.

    What Python or the module has taken gets `_` behind it; a second one of the program's own
    names gets a number.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.reserved = {*TAKEN, *MODULE_NAMES, *reserved}
        self.used: set[str] = set()

    def take(self, wanted: str) -> str:
        free = f"{wanted}_" if wanted in self.reserved else wanted
        name, number = free, 1
        while name in self.used or name in self.reserved:
            number += 1
            name = f"{free}{number}"
        self.used.add(name)
        return name

    def release(self, names: Iterable[str]) -> None:
        """Gives back names whose scope has ended."""
        self.used.difference_update(names)

    def copy(self) -> Names:
        names = Names(self.reserved)
        names.used = set(self.used)
        return names


def class_name(words: str) -> str:
    """`order_line item` → `OrderLineItem`."""
    parts = _OTHER.sub("_", words).split("_")
    name = "".join(part[:1].upper() + part[1:] for part in parts if part)
    return name if name[:1].isalpha() else f"Value{name}"


def attribute_name(field: str) -> str:
    """The attribute of a field. A map literal names one by any text: `x-id` → `field_x_id`."""
    made = _OTHER.sub("_", field)
    # Python gives names that begin with two underscores other names inside of a class.
    odd = made != field or not made or made[0].isdigit() or made.startswith("__")
    return f"field_{made}" if odd else made


def module_name(machine: str) -> str:
    """The module of a machine: its own name, where the package has not taken it."""
    return f"{machine}_" if machine in ("records", "__init__") else machine


def constant_name(step: str) -> str:
    return step.upper()
