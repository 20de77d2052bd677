"""K6xxx, tests in the language."""

from kanvasc.diagnostics.registry import Code


def _program(clauses: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
        "  implements\n    compute twice\n      {b: input.a * 2}\n"
        f'  verifies\n    test "doubles"\n{clauses}'
    )


_RIGHT = _program("      given {a: 2}\n      expect {b: 4}\n")

CODES: tuple[Code, ...] = (
    Code(
        "K6001",
        "error",
        "A test's clause is malformed or missing",
        "A test that says nothing about the outcome can never fail.",
        _program("      given {a: 2}\n"),
        _RIGHT,
    ),
    Code(
        "K6002",
        "error",
        "A test expects a field that is no output",
        "An expectation of something that the machine never answers could never come true.",
        _program("      given {a: 2}\n      expect {c: 4}\n"),
        _RIGHT,
    ),
    Code(
        "K6003",
        "warning",
        "A test assumes an approval that nobody is asked for",
        "A person decides about the steps that `requires approval for` names. Where there are "
        "none, the test would pass in the same way whatever it assumes.",
        _program('      given {a: 2}\n      assuming approval "denied"\n      expect {b: 4}\n'),
        _RIGHT,
    ),
)
