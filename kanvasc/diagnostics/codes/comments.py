"""K07xx, comments that speak to the compiler."""

from kanvasc.diagnostics.registry import Code


def _program(comment: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
        f"  implements\n    compute twice\n      let factor = 2{comment}\n"
        "      {b: input.a * 2}\n"
    )


_RIGHT = _program(" // kanvasc: allow K1014")

CODES: tuple[Code, ...] = (
    Code(
        "K0701",
        "warning",
        "An `allow` that allows nothing",
        "What it was written for is no longer there, and it would hide the next such finding, "
        "which nobody has looked at.",
        _RIGHT.replace("input.a * 2", "input.a * factor"),
        _RIGHT,
    ),
    Code(
        "K0702",
        "warning",
        "A comment to kanvasc that means nothing",
        "A comment that begins with `// kanvasc:` is meant to have an effect, and this one has "
        "none. Warnings and hints can be allowed; errors cannot.",
        _RIGHT.replace("K1014", "K1014, K2001"),
        _RIGHT,
    ),
)
