"""K9xxx, parts of the language that this version does not support yet."""

from kanvasc.diagnostics.registry import Code

_WHY = "It is named here rather than skipped, so that a program never does less than it says."
_HEAD = "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
_END = "    compute b_step\n      {b: input.a}\n"
_RIGHT = _HEAD + "  implements\n" + _END

CODES: tuple[Code, ...] = (
    Code(
        "K9001",
        "error",
        "A step that is not supported yet",
        _WHY,
        _HEAD + '  implements\n    wait for "approval"\n' + _END,
        _RIGHT,
    ),
    Code(
        "K9002",
        "error",
        "A block that is not supported yet",
        _WHY,
        _RIGHT + "  stores\n    orders in memory\n",
        _RIGHT,
    ),
    Code(
        "K9003",
        "error",
        "A type that is not supported yet",
        _WHY,
        _RIGHT.replace("is required\n", "is required\n    c as file\n"),
        _RIGHT,
    ),
    Code(
        "K9004",
        "error",
        "A path that is not supported yet",
        _WHY,
        _HEAD + '  implements\n    ask q, from: "@mashin/actions/mail/send"\n' + _END,
        _RIGHT,
    ),
)
