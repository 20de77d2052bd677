"""K5xxx, surfaces."""

from kanvasc.diagnostics.registry import Code

_COMPUTE = "compute answer\n      {b: 1}"
_FETCH = (
    'action fetch http\n      method: "GET"\n      url: "https://api.example.com/rate"\n'
    f"    {_COMPUTE}"
)


def _program(
    surfaces: str,
    accepts: str = "a as integer is required",
    ensures: str = "",
    step: str = _COMPUTE,
) -> str:
    granted = f"  ensures\n    permissions\n      {ensures}\n" if ensures else ""
    return (
        f"machine m\n  accepts\n    {accepts}\n  responds with\n    b as integer\n{granted}"
        f"  implements\n    {step}\n  expresses\n{surfaces}"
    )


_SOCKET = '    websocket\n      path: "/ws/m"\n'

CODES: tuple[Code, ...] = (
    Code(
        "K5001",
        "error",
        "A path is missing or cannot be served",
        "The path is how clients find the surface.",
        _program('    websocket\n      path: "ws/m"\n'),
        _program(_SOCKET),
    ),
    Code(
        "K5002",
        "error",
        "A path is taken",
        "Two surfaces at one path could not be told apart.",
        _program(f'{_SOCKET}    page\n      path: "/ws/m"\n'),
        _program(f'{_SOCKET}    page\n      path: "/m"\n'),
    ),
    Code(
        "K5003",
        "error",
        "A field's name is taken by the protocol",
        "On a socket these names say what a message is: a field of the same name could not be "
        "told from it.",
        _program(_SOCKET, "subscribe as integer is required"),
        _program(_SOCKET, "subscription as integer is required"),
    ),
    Code(
        "K5004",
        "error",
        "A page does not say which socket feeds it",
        "With several sockets, or with none of that path, it would be a guess.",
        _program(f'{_SOCKET}    websocket\n      path: "/ws/n"\n    page\n      path: "/m"\n'),
        _program(
            f'{_SOCKET}    websocket\n      path: "/ws/n"\n'
            '    page\n      path: "/m"\n      live: "/ws/n"\n'
        ),
    ),
    Code(
        "K5005",
        "error",
        "There is no such surface or option",
        "An option that is not understood would do nothing.",
        _program(f'{_SOCKET}      idle: "5m"\n'),
        _program(f'{_SOCKET}      idle_timeout: "5m"\n'),
    ),
    Code(
        "K5006",
        "error",
        "An option's value is wrong",
        "The surface could not be set up as it stands.",
        _program(f'{_SOCKET}      idle_timeout: "soon"\n'),
        _program(f'{_SOCKET}      idle_timeout: "5m"\n'),
    ),
    Code(
        "K5007",
        "error",
        "A machine's surface contradicts itself",
        "With these two options together, connections would be closed for no fault of theirs.",
        _program(f'{_SOCKET}      idle_timeout: "10s"\n      heartbeat: "20s"\n'),
        _program(f'{_SOCKET}      idle_timeout: "60s"\n      heartbeat: "20s"\n'),
    ),
    Code(
        "K5008",
        "error",
        "A machine that costs something runs at an interval without limits",
        "A client opens a subscription with one message, and from then on every interval is paid "
        "for.",
        _program(f'{_SOCKET}      every: "10s"\n', ensures="allowed to http", step=_FETCH),
        _program(f'{_SOCKET}      on: "rate.changed"\n', ensures="allowed to http", step=_FETCH),
    ),
    Code(
        "K5009",
        "hint",
        "Nothing but requests feeds the subscriptions of a socket",
        "A subscription gets a first result, and then one whenever somebody asks for the same: "
        "when nobody does, it stays silent.",
        _program(f"{_SOCKET}      shared: true\n"),
        _program(f'{_SOCKET}      shared: true\n      every: "10s"\n'),
    ),
    Code(
        "K5010",
        "error",
        "A path's parameter is no required field of one value",
        "What stands in the path is an input of the machine, and every request has it.",
        _program('    api\n      path: "/orders/{id}"\n'),
        _program('    api\n      path: "/orders/{a}"\n'),
    ),
    Code(
        "K5011",
        "error",
        "A webhook does not say in one way how its requests are signed",
        "Anybody can send a request to an address: the signature shows that it is from whom it "
        "should be.",
        _program('    webhook\n      path: "/hooks/m"\n'),
        _program('    webhook\n      path: "/hooks/m"\n      provider: "github"\n'),
    ),
    Code(
        "K5020",
        "error",
        "A page renders what there is not",
        "What a page shows are the fields of `responds with`, in one of the forms that there are.",
        _program('    page\n      path: "/m"\n      render b as gauge\n'),
        _program('    page\n      path: "/m"\n      render b as metric\n'),
    ),
    Code(
        "K5021",
        "error",
        "A form does not fit the field that it shows",
        "A chart is made of numbers, a table of lines: of a value of another type there is nothing "
        "to show.",
        _program('    page\n      path: "/m"\n      render b as cards\n'),
        _program('    page\n      path: "/m"\n      render b as chart\n'),
    ),
)
