"""K3xxx, contracts."""

from kanvasc.diagnostics.registry import Code

_ASK = (
    "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
    "  ensures\n    permissions\n      allowed to\n        reason\n  implements\n"
    '    ask judge, using: "anthropic:claude-haiku-4-5"\n'
)
_RIGHT_ASK = (
    f'{_ASK}      with task "Judge ${{input.a}}"\n      returns\n        b as text\n'
    '      assuming\n        b: "fine"\n'
)
_COMPUTE = "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
_MATCH = (
    'machine m\n  accepts\n    a as enum("warm", "cold") is required\n'
    "  responds with\n    b as integer\n  implements\n    decide size\n      match input.a\n"
)


def _fetch(url: str) -> str:
    return (
        "machine m\n  responds with\n    status as integer\n  ensures\n    permissions\n"
        '      allowed to\n        http "api.example.com"\n  implements\n'
        f'    ask fetch, from: "@std/http/get"\n      url: "{url}"\n'
    )


CODES: tuple[Code, ...] = (
    Code(
        "K3001",
        "error",
        "Nothing supplies an output",
        "Whoever calls the machine counts on every field of `responds with`.",
        f"{_COMPUTE}  implements\n    compute twice\n      {{c: input.a * 2}}\n",
        f"{_COMPUTE}  implements\n    compute twice\n      {{b: input.a * 2}}\n",
    ),
    Code(
        "K3002",
        "error",
        "An output is not supplied on every path, or not with its type",
        "Whoever calls the machine counts on every field of `responds with`, whichever way the "
        "run takes.",
        f"{_COMPUTE}  implements\n    decide size\n      when input.a > 1\n        {{b: 1}}\n",
        f"{_COMPUTE}  implements\n    decide size\n      when input.a > 1\n        {{b: 1}}\n"
        "      otherwise\n        {b: 0}\n",
    ),
    Code(
        "K3003",
        "error",
        "A modifier is unknown, misplaced or malformed",
        "A modifier that is not understood would check nothing.",
        "machine m\n  accepts\n    a as text, max: 5\n",
        "machine m\n  accepts\n    a as text, max_length: 5\n",
    ),
    Code(
        "K3004",
        "error",
        "A literal record does not fit its contract",
        "What is assumed or given stands for the real thing: if it could not be the real thing, "
        "it shows nothing.",
        f'{_ASK}      with task "Judge ${{input.a}}"\n      returns\n'
        "        b as text, max_length: 3\n"
        '      assuming\n        b: "fine"\n',
        _RIGHT_ASK,
    ),
    Code(
        "K3006",
        "error",
        "A step lacks something, or its head is malformed",
        "As it stands, nobody could say what this step is to do, or who does it.",
        _ASK + "      returns\n        b as text\n",
        _RIGHT_ASK,
    ),
    Code(
        "K3007",
        "error",
        "A step has an option that it does not take",
        "An option that is not understood would do nothing.",
        _RIGHT_ASK.replace("      returns", "      with temperature: 1\n      returns"),
        _RIGHT_ASK,
    ),
    Code(
        "K3008",
        "error",
        "No value, or not this one, can keep the field's own rules",
        "Each message would be refused, or the default would be one that nobody may send.",
        "machine m\n  accepts\n    a as integer, min: 5, default: 1\n",
        "machine m\n  accepts\n    a as integer, min: 5, default: 10\n",
    ),
    Code(
        "K3009",
        "error",
        "A pattern cannot be used",
        "Patterns are RE2: that engine takes time in proportion to the text, whatever a client "
        "sends, and so has neither look-around nor back-references.",
        'machine m\n  accepts\n    a as text, pattern: "(a)\\\\1"\n',
        'machine m\n  accepts\n    a as text, pattern: "[a-z]+"\n',
    ),
    Code(
        "K3010",
        "warning",
        "A modifier has no effect",
        "With a default a field may be absent, so nobody is required to send it.",
        "machine m\n  accepts\n    a as integer is required, default: 1\n",
        "machine m\n  accepts\n    a as integer, default: 1\n",
    ),
    Code(
        "K3011",
        "error",
        "Nothing can be sent to this url",
        "The host of a request is checked before it is sent, so a url in which two readers could "
        "see two hosts is refused.",
        _fetch("https://user@api.example.com"),
        _fetch("https://api.example.com/rates"),
    ),
    Code(
        "K3012",
        "hint",
        "A field is called required that is so anyway",
        "Only what comes in under `accepts` may be absent unless it is required. Everywhere else a "
        "field has to be there unless it `is optional` or has a default, so one field with "
        "`is required` makes those beside it look as if they were not.",
        f"{_COMPUTE.replace('b as integer', 'b as integer is required')}  implements\n"
        "    compute twice\n      {b: input.a * 2}\n",
        f"{_COMPUTE}  implements\n    compute twice\n      {{b: input.a * 2}}\n",
    ),
    Code(
        "K3020",
        "warning",
        "A `match` leaves a value out",
        "Where no arm is for the value, the decision is null, and what follows has to live with "
        "that.",
        f'{_MATCH}        "warm" => 1\n    compute sum\n      {{b: steps.size ?? 0}}\n',
        f'{_MATCH}        "warm" => 1\n        "cold" => 2\n    compute sum\n'
        "      {b: steps.size}\n",
    ),
    Code(
        "K3021",
        "warning",
        "This is never reached",
        "What stands here looks as if it could run, and no run ever comes here.",
        f'{_MATCH}        "warm" => 1\n        "cold" => 2\n        otherwise => 3\n'
        "    compute sum\n      {b: steps.size}\n",
        f'{_MATCH}        "warm" => 1\n        "cold" => 2\n    compute sum\n'
        "      {b: steps.size}\n",
    ),
    Code(
        "K3022",
        "error",
        "A value stands where none can be used",
        "The arms of `match` stand for values that are written out, and the value of `together` "
        "is made of the values of its steps.",
        f"{_COMPUTE}  implements\n    together both\n      compute one\n        input.a\n"
        "      1\n    compute sum\n      {b: steps.both.one}\n",
        f"{_COMPUTE}  implements\n    together both\n      compute one\n        input.a\n"
        "    compute sum\n      {b: steps.both.one}\n",
    ),
)
