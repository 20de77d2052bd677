"""The words of the language: which terminals a word can be, and which groups words form.

A word is never a keyword for itself: `reader` asks what stands behind it and what the parser
can take, and takes the first of the word's terminals that fits.
"""

from __future__ import annotations

from typing import Final

PHRASES: Final[dict[str, tuple[tuple[tuple[str, ...], str], ...]]] = {
    "allowed": ((("to",), "ALLOWED_TO"),),
    "else": ((("if",), "ELSE_IF"),),
    "for": ((("each",), "FOR_EACH"), (("example",), "FOR_EXAMPLE")),
    "is": (
        (("less", "than"), "COMPARE"),
        (("greater", "than"), "COMPARE"),
        (("at", "most"), "COMPARE"),
        (("at", "least"), "COMPARE"),
        (("not",), "NOT_EQUAL"),
    ),
    "not": ((("allowed", "to"), "NOT_ALLOWED_TO"),),
    "on": ((("failure",), "ON_FAILURE"),),
    "requires": ((("approval", "for"), "REQUIRES_APPROVAL_FOR"),),
    "responds": ((("with",), "RESPONDS_WITH"),),
    "run": ((("flow",), "RUN_FLOW"),),
    "succeeds": ((("when",), "SUCCEEDS_WHEN"),),
}
"""Terminals of several words, by the first word; the rest is tried in this order."""

KEYWORDS: Final[dict[str, tuple[str, ...]]] = {
    "accepts": ("ACCEPTS",),
    "achieves": ("ACHIEVES",),
    "action": ("ACTION",),
    "and": ("AND",),
    "as": ("AS",),
    "ask": ("ASK",),
    "assuming": ("ASSUMING",),
    "compute": ("COMPUTE",),
    "decide": ("DECIDE",),
    "default": ("DEFAULT",),
    "description": ("MOD_TEXT",),
    "else": ("ELSE",),
    "ensures": ("ENSURES",),
    "expect": ("EXPECT",),
    "expresses": ("EXPRESSES",),
    "false": ("FALSE",),
    "flow": ("FLOW",),
    "flows": ("FLOWS",),
    "from": ("FROM",),
    "given": ("GIVEN",),
    "goal": ("GOAL",),
    "guards": ("GUARDS",),
    "if": ("IF",),
    "implements": ("IMPLEMENTS",),
    "in": ("IN",),
    "is": ("EQUAL", "MOD_IS"),
    "label": ("MOD_TEXT",),
    "let": ("LET",),
    "limits": ("LIMITS",),
    "machine": ("MACHINE",),
    "match": ("MATCH",),
    "needs": ("NEEDS",),
    "never": ("NEVER",),
    "nil": ("NULL",),
    "not": ("NOT",),
    "null": ("NULL",),
    "of": ("OF",),
    "on": ("ON",),
    "or": ("OR",),
    "otherwise": ("OTHERWISE",),
    "permissions": ("PERMISSIONS",),
    "publish": ("PUBLISH",),
    "publishes": ("PUBLISHES",),
    "push": ("PUSH",),
    "recall": ("RECALL",),
    "remember": ("REMEMBER",),
    "render": ("RENDER",),
    "required": ("REQUIRED",),
    "retry": ("RETRY",),
    "returns": ("RETURNS",),
    "run": ("RUN",),
    "runtime": ("RUNTIME",),
    "schedules": ("SCHEDULES",),
    "schema": ("SCHEMA",),
    "set": ("SET",),
    "state": ("STATE",),
    "subscribes": ("SUBSCRIBES",),
    "test": ("TEST",),
    "together": ("TOGETHER",),
    "true": ("TRUE",),
    "type": ("TYPE",),
    "uses": ("USES",),
    "using": ("USING",),
    "verifies": ("VERIFIES",),
    "when": ("WHEN",),
    "with": ("WITH",),
}

SECTION_TERMINALS: Final = frozenset(
    {"ACCEPTS", "RESPONDS_WITH", "ACHIEVES", "ENSURES", "IMPLEMENTS", "EXPRESSES", "VERIFIES"}
)
SECTION_WORDS: Final = frozenset(
    {"accepts", "achieves", "ensures", "implements", "expresses", "verifies"}
)
FILE_TERMINALS: Final = frozenset({"MACHINE", "TYPE", "USES"})

STEP_TERMINALS: Final = frozenset(
    {
        "ASK", "ACTION", "COMPUTE", "DECIDE", "FOR_EACH", "TOGETHER", "RETRY", "RUN_FLOW", "SET",
        "REMEMBER", "RECALL", "PUBLISH", "PUSH", "FLOW",
    }
)  # fmt: skip
ARM_TERMINALS: Final = frozenset({"WHEN", "OTHERWISE", "IF", "ELSE_IF", "ELSE", "ON_FAILURE"})
OPENERS: Final = frozenset(
    {"WHEN", "OTHERWISE", "IF", "ELSE_IF", "ELSE", "ON_FAILURE", "CASE_ARROW"}
    | {"FOR_EACH", "TOGETHER", "RETRY", "FLOW"}
)
"""Terminals behind which a body is due; indentation decides where it ends."""

NEEDS_WORD: Final = frozenset({"MACHINE", "TYPE", "FLOW", "RENDER"})
"""Keywords only before a word; and these only before a text:"""
NEEDS_TEXT: Final = frozenset({"USES", "MOD_TEXT", "TEST"})
NOT_BEFORE_DOT: Final = frozenset({"STATE", "RUNTIME", "SCHEDULES", "SUBSCRIBES", "PUBLISHES"})

RESERVED_LOCALS: Final = frozenset(
    [
        "accepts",
        "achieves",
        "ensures",
        "implements",
        "expresses",
        "verifies",
        "and",
        "or",
        "not",
        "in",
        "is",
        "true",
        "false",
        "null",
        "nil",
        "ask",
        "action",
        "compute",
        "decide",
        "for",
        "together",
        "retry",
        "on",
        "flow",
        "run",
        "set",
        "remember",
        "recall",
        "publish",
        "push",
        "when",
        "otherwise",
        "match",
        "if",
        "else",
        "let",
        "wait",
        "launch",
        "launch_many",
        "goto",
    ]
)
MODIFIER_KEYS: Final = frozenset(
    [
        "default",
        "min",
        "max",
        "range",
        "min_length",
        "max_length",
        "pattern",
        "format",
        "choices",
        "subset",
        "description",
        "label",
        "from",
    ]
)
FLAG_WORDS: Final = frozenset({"required", "optional", "secret"})
"""What may stand behind `is` as a modifier."""
