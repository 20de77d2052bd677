"""K901x: parts of the language that parse and that this version does not build yet."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = (
    Code(
        "K9010",
        "error",
        "This part of the language is not supported yet",
        "It is read and checked as far as it goes, but this version of kanvasc builds nothing "
        "from it, and leaving it out silently would change what the program means.",
        "machine m\n  expresses\n    mcp\n",
        "machine m\n  accepts\n    count as integer, default: 0\n",
    ),
)
