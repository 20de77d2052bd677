"""K1xxx, names."""

from kanvasc.diagnostics.registry import Code

_HEAD = "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
_RIGHT = f"{_HEAD}  implements\n    compute twice\n      {{b: input.a * 2}}\n"


def _compute(body: str) -> str:
    return f"{_HEAD}  implements\n    compute twice\n      {body}\n"


_FLOW = f"{_HEAD}  implements\n"
_DOUBLE = "    flow double\n      {b: input.a * 2}\n"


def _calls(machine: str) -> str:
    return (
        "machine double\n  accepts\n    a as integer is required\n  responds with\n"
        "    b as integer\n  implements\n    compute twice\n      {b: input.a * 2}\n\n"
        f'{_HEAD}  ensures\n    permissions\n      allowed to\n        call "{machine}"\n'
        f'  implements\n    ask twice, from: "{machine}"\n      a: input.a\n'
    )


CODES: tuple[Code, ...] = (
    Code(
        "K1001",
        "error",
        "There is no such name",
        "A name has to be declared before it is used: what comes in is `input.…`, what a step "
        "made is `steps.…`, and a `let` gives a name inside its own step.",
        _compute("{b: amount * 2}"),
        _RIGHT,
    ),
    Code(
        "K1002",
        "error",
        "There is no such step before this place",
        "Steps run from top to bottom, so a step can use only the values of those above it.",
        _compute("{b: steps.total * 2}"),
        _RIGHT,
    ),
    Code(
        "K1003",
        "error",
        "There is no such field",
        "The fields of a record are known before anything runs: one that is not declared could "
        "only ever be a misspelling.",
        _compute("{b: input.aa * 2}"),
        _RIGHT,
    ),
    Code(
        "K1004",
        "error",
        "The same thing stands twice",
        "With two of the same name, it would be a guess which one is meant.",
        "machine m\n  accepts\n    a as integer\n    a as text\n",
        "machine m\n  accepts\n    a as integer\n    b as text\n",
    ),
    Code(
        "K1005",
        "error",
        "A section or block stands twice",
        "Each section and each block comes at most once, so that a reader finds everything about "
        "it in one place.",
        "machine m\n  accepts\n    a as integer\n  accepts\n    b as text\n",
        "machine m\n  accepts\n    a as integer\n    b as text\n",
    ),
    Code(
        "K1006",
        "hint",
        "Names are written in snake_case",
        "One way of writing names makes programs easier to read and clients easier to generate.",
        "machine m\n  accepts\n    unitPrice as number\n",
        "machine m\n  accepts\n    unit_price as number\n",
    ),
    Code(
        "K1007",
        "error",
        "There is no such type",
        "Types are checked before anything runs, so each has to be one of the language's own or "
        "one that the program declares.",
        "machine m\n  accepts\n    a as txt\n",
        "machine m\n  accepts\n    a as text\n",
    ),
    Code(
        "K1008",
        "error",
        "There is no such function",
        "Expressions use the functions of the library, and there are no others.",
        _compute("{b: input.a.double()}"),
        _RIGHT,
    ),
    Code(
        "K1009",
        "hint",
        "A step's value is written with `steps.`",
        "`steps.` shows at a glance that a value was made in this run and did not come in with "
        "the message.",
        f"{_HEAD}  implements\n    compute first\n      input.a * 2\n    compute second\n"
        "      {b: first + 1}\n",
        f"{_HEAD}  implements\n    compute first\n      input.a * 2\n    compute second\n"
        "      {b: steps.first + 1}\n",
    ),
    Code(
        "K1010",
        "error",
        "This is not a value",
        "`steps`, `context` and the names of functions only mean something with more behind them.",
        _compute("{b: Math.round}"),
        _compute("{b: Math.round(input.a / 2)}"),
    ),
    Code(
        "K1011",
        "hint",
        "No brackets behind `length`",
        "`length` is a property, as a field is; all other functions are called.",
        "machine m\n  accepts\n    a as text is required\n  responds with\n    b as integer\n"
        "  implements\n    compute size\n      {b: input.a.length()}\n",
        "machine m\n  accepts\n    a as text is required\n  responds with\n    b as integer\n"
        "  implements\n    compute size\n      {b: input.a.length}\n",
    ),
    Code(
        "K1012",
        "error",
        "A type contains itself",
        "A record that holds a record of its own type would never end.",
        "type node\n  next as node\n\nmachine m\n  accepts\n    a as node\n",
        "type node\n  next_id as text\n\nmachine m\n  accepts\n    a as node\n",
    ),
    Code(
        "K1013",
        "error",
        "This name cannot be used",
        "Names that begin with two underscores, or that differ only in capitals, cannot be kept "
        "apart in every language that clients are written in.",
        "machine m\n  accepts\n    unit as text\n    Unit as text\n",
        "machine m\n  accepts\n    unit as text\n    unit_code as text\n",
    ),
    Code(
        "K1014",
        "warning",
        "A `let` is not read",
        "A value that nothing reads is left over from an earlier version, or was meant to be used.",
        _compute("let factor = 2\n      {b: input.a * 2}"),
        _compute("let factor = 2\n      {b: input.a * factor}"),
    ),
    Code(
        "K1015",
        "warning",
        "A text holds a name as if it were replaced",
        "Inside of a text, only what stands between `${` and `}` is an expression.",
        f'{_HEAD}  implements\n    compute second\n      {{b: "a{{input.a}}".length}}\n',
        f'{_HEAD}  implements\n    compute second\n      {{b: "a${{input.a}}".length}}\n',
    ),
    Code(
        "K1020",
        "error",
        "This value is only there inside a certain body",
        "`loop` tells which item of a `for each` has its turn, and `error` which step failed: "
        "elsewhere there is neither.",
        _compute("{b: loop.index}"),
        _RIGHT,
    ),
    Code(
        "K1021",
        "error",
        "There is no such flow",
        "`run flow(…)` runs a `flow` of the same machine.",
        f"{_FLOW}    run flow(doubled)\n{_DOUBLE}",
        f"{_FLOW}    run flow(double)\n{_DOUBLE}",
    ),
    Code(
        "K1022",
        "error",
        "A flow runs itself",
        "Flows in a circle would never come to an end, or only when the run has used up its fuel.",
        f"{_FLOW}    run flow(double)\n    flow double\n      run flow(double)\n",
        f"{_FLOW}    run flow(double)\n{_DOUBLE}",
    ),
    Code(
        "K1023",
        "warning",
        "Nothing runs a flow",
        "A flow runs where `run flow(…)` or an event says so; the first one also runs where the "
        "machine has no steps outside its flows.",
        f"{_FLOW}    compute twice\n      {{b: input.a * 2}}\n{_DOUBLE}",
        f"{_FLOW}    run flow(double)\n{_DOUBLE}",
    ),
    Code(
        "K1030",
        "error",
        "There is no such machine",
        "Which machines a machine calls is known before anything runs, so each has to be one of "
        "the program's own.",
        _calls("doubel"),
        _calls("double"),
    ),
    Code(
        "K1031",
        "error",
        "Machines call each other in a circle",
        "A run that comes back to its own machine would never end, or end when its depth does.",
        _calls("m"),
        _calls("double"),
    ),
    Code(
        "K1040",
        "error",
        "This machine keeps no state",
        "`state` is what a machine keeps from one run to the next, and it keeps only what its "
        "`state` block declares.",
        "machine m\n  responds with\n    b as integer\n  implements\n    compute answer\n"
        "      {b: state.count}\n",
        "machine m\n  responds with\n    b as integer\n  implements\n    state\n"
        "      count as integer, default: 0\n    compute answer\n      {b: state.count}\n",
    ),
    Code(
        "K1050",
        "error",
        "A file that is used cannot be read",
        "`uses` makes the types and machines of another file known here; without that file, "
        "nothing is known of them.",
        f'uses "no_such_file.kanvas"\n\n{_RIGHT}',
        _RIGHT,
    ),
    Code(
        "K1051",
        "error",
        "A `uses` line does not name a file",
        "A file is named by its path from the folder of the file that uses it, with `/` between "
        "folders and `.kanvas` at the end, so that a program is the same wherever it is put.",
        f'uses "../prices.txt"\n\n{_RIGHT}',
        _RIGHT,
    ),
    Code(
        "K1052",
        "warning",
        "A `uses` line brings nothing",
        "A file that is used is read, checked and built with the program: it should be there for "
        "something.",
        f'uses "app.kanvas"\n\n{_RIGHT}',
        _RIGHT,
    ),
)
