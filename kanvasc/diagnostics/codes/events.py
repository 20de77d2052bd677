"""K7xxx, events and pushes."""

from kanvasc.diagnostics.registry import Code

_ORDER = (
    "machine order\n  accepts\n    item as text is required\n  responds with\n"
    "    item as text\n  implements\n"
)
_PUBLISHES = '    publishes\n      "order.placed"\n        schema\n          item as text\n'
_TAKE = "    compute taken\n      {item: input.item}\n"
_PUBLISH = '    publish "order.placed" {item: input.item}\n'
_PLACED = _ORDER + _PUBLISHES + _TAKE + _PUBLISH


def _packer(accepts: str, event: str = "order.placed") -> str:
    return (
        f"machine packer\n  accepts\n    {accepts}\n  implements\n    subscribes\n"
        f'      on "{event}"\n    compute packed\n      input.item\n'
    )


_CIRCLE = f'{_ORDER}{_PUBLISHES}    subscribes\n      on "order.placed"\n{_TAKE}{_PUBLISH}'
_ONCE = (
    '    decide told\n      when input.item is "first"\n'
    '        publish "order.placed" {item: "next"}\n'
)
CODES: tuple[Code, ...] = (
    Code(
        "K7001",
        "error",
        "A text cannot name an event",
        "Events are found by their names, in the program and in the ledger, so a name is written "
        "out and has one form.",
        _PLACED.replace("order.placed", "order placed"),
        _PLACED,
    ),
    Code(
        "K7002",
        "error",
        "An event is published that is not declared",
        "What a machine tells others is readable at its head, under `publishes`.",
        _ORDER + _TAKE + _PUBLISH,
        _PLACED,
    ),
    Code(
        "K7003",
        "warning",
        "An event is declared and never published",
        "Who subscribes to it would wait for ever.",
        _ORDER + _PUBLISHES + _TAKE,
        _PLACED,
    ),
    Code(
        "K7004",
        "warning",
        "Nothing in the program publishes an event that a machine waits for",
        "Events of an app come from its own machines: what none of them publishes never comes.",
        _PLACED + _packer("item as text is required", "order.plased"),
        _PLACED + _packer("item as text is required"),
    ),
    Code(
        "K7005",
        "error",
        "An event does not fit what its subscriber accepts",
        "The payload of an event is the input of the machine that it runs, and an input that does "
        "not fit is refused.",
        _PLACED + _packer("item as integer is required"),
        _PLACED + _packer("item as text is required"),
    ),
    Code(
        "K7006",
        "error",
        "A payload has a field that the event's schema lacks",
        "Nobody would hear of it: an event says what its schema names, and no more.",
        _ORDER + _PUBLISHES + _TAKE + _PUBLISH.replace("}", ', note: ""}'),
        _PLACED,
    ),
    Code(
        "K7007",
        "error",
        "A machine without outputs pushes",
        "What is pushed is a result that comes before the end of a run, and so has the fields of "
        "`responds with`.",
        "machine m\n  accepts\n    a as integer is required\n  implements\n    push {b: input.a}\n",
        "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
        "  implements\n    push {b: input.a}\n    compute twice\n      {b: input.a * 2}\n",
    ),
    Code(
        "K7008",
        "warning",
        "Events that lead to each other without end",
        "Each run publishes what begins the next one. The app ends such a chain after 32 events, "
        "and each of them was a run that nobody asked for.",
        _CIRCLE,
        _CIRCLE.replace(_TAKE + _PUBLISH, _ONCE + _TAKE),
    ),
)
