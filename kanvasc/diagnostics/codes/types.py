"""K2xxx, types."""

from kanvasc.diagnostics.registry import Code


def _program(accepts: str, responds: str, value: str) -> str:
    return (
        f"machine m\n  accepts\n    {accepts}\n  responds with\n    {responds}\n"
        f"  implements\n    compute answer\n      {value}\n"
    )


_NUMBER = "a as integer is required"
_TEXT = "a as text is required"

CODES: tuple[Code, ...] = (
    Code(
        "K2001",
        "error",
        "A value does not fit its place",
        "A value of another type would be a surprise for whoever reads it, so nothing is "
        "converted without being asked for.",
        'machine m\n  accepts\n    a as integer, default: "one"\n',
        "machine m\n  accepts\n    a as integer, default: 1\n",
    ),
    Code(
        "K2002",
        "error",
        "This operation is not for values of this type",
        "Arithmetic is for numbers and order is for things that have one: anything else would "
        "give a value that nobody meant.",
        _program(_TEXT, "b as number", "{b: input.a * 2}"),
        _program(_NUMBER, "b as number", "{b: input.a * 2}"),
    ),
    Code(
        "K2003",
        "error",
        "This may be null",
        "A field that is not required may be absent, and its value is then null. What should "
        "happen in that case has to be said.",
        _program("a as integer", "b as integer", "{b: input.a * 2}"),
        _program("a as integer", "b as integer", "{b: (input.a ?? 0) * 2}"),
    ),
    Code(
        "K2004",
        "error",
        "A condition must be true or false",
        "Whether a text or a number counts as true is answered differently by every language, "
        "so the comparison has to be written.",
        _program(_NUMBER, "b as text", '{b: input.a ? "some" : "none"}'),
        _program(_NUMBER, "b as text", '{b: input.a is not 0 ? "some" : "none"}'),
    ),
    Code(
        "K2005",
        "error",
        "These two can never be equal",
        "A comparison that always has the same outcome is a mistake: in a spelling, or in what "
        "it compares.",
        _program(_NUMBER, "b as boolean", '{b: input.a is "1"}'),
        _program(_NUMBER, "b as boolean", "{b: input.a is 1}"),
    ),
    Code(
        "K2006",
        "error",
        "Values that should have one type have several",
        "Whoever uses the value needs to know what it is, whichever way it came about.",
        _program(_NUMBER, "b as text", '{b: toText(input.a > 1 ? "many" : 1)}'),
        _program(_NUMBER, "b as text", '{b: input.a > 1 ? "many" : "1"}'),
    ),
    Code(
        "K2007",
        "error",
        "The number of arguments is wrong",
        "Each function takes what its signature says.",
        _program(_TEXT, "b as text", "{b: input.a.upper(1)}"),
        _program(_TEXT, "b as text", "{b: input.a.upper()}"),
    ),
    Code(
        "K2008",
        "hint",
        "Null flows through this member",
        "A field of something that may be null may be null itself.",
        _program("a as object {x as integer}", "b as integer", "{b: input.a.x ?? 0}"),
        _program("a as object {x as integer} is required", "b as integer", "{b: input.a.x}"),
    ),
    Code(
        "K2009",
        "error",
        "A decimal and a number cannot be mixed",
        "A decimal is exact and a number is not: the result would look exact without being so.",
        _program(
            "a as decimal is required, c as number is required",
            "b as decimal",
            "{b: input.a * input.c}",
        ),
        _program(
            "a as decimal is required, c as decimal is required",
            "b as decimal",
            "{b: input.a * input.c}",
        ),
    ),
    Code(
        "K2010",
        "warning",
        "This is never null",
        "What stands behind `??` is used only when the left side is null, and here it never is.",
        _program(_NUMBER, "b as integer", "{b: input.a ?? 0}"),
        _program("a as integer", "b as integer", "{b: input.a ?? 0}"),
    ),
    Code(
        "K2011",
        "error",
        "This number is too large",
        "Integers go up to 9007199254740991 (2^53 - 1): beyond it, many programs that read JSON "
        "lose digits without a word.",
        _program(_NUMBER, "b as boolean", "{b: input.a < 9007199254740993}"),
        _program(_NUMBER, "b as boolean", "{b: input.a < 9007199254740991}"),
    ),
    Code(
        "K2012",
        "error",
        "A function stands where a value is asked for, or the other way round",
        "`x => …` only means something as the argument of a library function that calls it.",
        _program("a as list of integer is required", "b as list of integer", "{b: input.a.map(2)}"),
        _program(
            "a as list of integer is required",
            "b as list of integer",
            "{b: input.a.map(x => x * 2)}",
        ),
    ),
)
