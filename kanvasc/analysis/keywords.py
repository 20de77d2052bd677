"""Keywords that the grammar can take at a place, with what has to stand behind them."""

from __future__ import annotations

from typing import Final

from kanvasc.analysis import words
from kanvasc.analysis.completing import Completion, Sort

SNIPPETS: Final[dict[str, tuple[str, str]]] = {
    "MACHINE": ("machine", "machine ${1:name}\n  $0"),
    "TYPE": ("type", "type ${1:name}\n  ${2:field} as ${3:text}"),
    "USES": ("uses", 'uses "${1:other.kanvas}"'),
    "ACCEPTS": ("accepts", "accepts\n  ${1:name} as ${2:text}"),
    "RESPONDS_WITH": ("responds with", "responds with\n  ${1:name} as ${2:text}"),
    "ACHIEVES": ("achieves", 'achieves\n  goal "${1}"'),
    "ENSURES": ("ensures", "ensures\n  permissions\n    allowed to\n      ${1:reason}"),
    "IMPLEMENTS": ("implements", "implements\n  $0"),
    "EXPRESSES": ("expresses", 'expresses\n  ${1:websocket}\n    path: "/${2:ws}"'),
    "VERIFIES": ("verifies", 'verifies\n  test "${1}"\n    given {${2}}\n    expect {${3}}'),
    "ASK": (
        "ask",
        'ask ${1:name}, using: "${2:anthropic:claude-haiku-4-5}"\n  with task "${3}"\n'
        "  returns\n    ${4:answer} as ${5:text}",
    ),
    "ACTION": ("action", 'action ${1:name} http\n  method: "${2:GET}"\n  url: "${3:https://}"'),
    "COMPUTE": ("compute", "compute ${1:name}\n  $0"),
    "DECIDE": ("decide", "decide ${1:name}\n  when ${2:condition}\n    $3\n  otherwise\n    $0"),
    "FOR_EACH": ("for each", "for each ${1:item} in ${2:list} as ${3:name}\n  $0"),
    "TOGETHER": ("together", "together ${1:name}\n  $0"),
    "RETRY": ("retry", 'retry ${1:name}, max: ${2:3}, backoff: "${3:exponential}"\n  $0'),
    "FLOW": ("flow", "flow ${1:name}\n  $0"),
    "RUN_FLOW": ("run flow", "run flow(${1:name})"),
    "SET": ("set", "set state.${1:field} = $0"),
    "REMEMBER": ("remember", 'remember ${1:name}\n  content: ${2}\n  collection: "${3}"'),
    "RECALL": ("recall", 'recall ${1:name}\n  query: ${2}\n  collection: "${3}"'),
    "PUBLISH": ("publish", 'publish "${1:event}" $0'),
    "PUSH": ("push", "push $0"),
    "ON_FAILURE": ("on failure", "on failure\n  $0"),
    "WITH": ("with", "with $0"),
    "RETURNS": ("returns", "returns\n  ${1:name} as ${2:text}"),
    "ASSUMING": ("assuming", "assuming\n  $0"),
    "LET": ("let", "let ${1:name} = $0"),
    "WHEN": ("when", "when ${1:condition}\n  $0"),
    "OTHERWISE": ("otherwise", "otherwise\n  $0"),
    "MATCH": ("match", 'match ${1:value}\n  "${2}" => $3\n  otherwise => $0'),
    "TEST": ("test", 'test "${1}"\n  given {${2}}\n  expect {${3}}'),
    "GIVEN": ("given", "given {$0}"),
    "EXPECT": ("expect", "expect {$0}"),
    "FOR_EXAMPLE": ("for example", "for example\n  given {${1}}\n  expect {${2}}"),
    "GOAL": ("goal", 'goal "$0"'),
    "SUCCEEDS_WHEN": ("succeeds when", 'succeeds when "$0"'),
    "NEVER": ("never", 'never "$0"'),
    "PERMISSIONS": ("permissions", "permissions\n  allowed to\n    ${1:reason}"),
    "ALLOWED_TO": ("allowed to", "allowed to\n  ${1:reason}"),
    "NOT_ALLOWED_TO": ("not allowed to", "not allowed to\n  ${1:http}"),
    "REQUIRES_APPROVAL_FOR": ("requires approval for", "requires approval for\n  ${1:http}"),
    "GUARDS": ("guards", "guards\n  $0"),
    "NEEDS": ("needs", "needs\n  $0"),
    "LIMITS": ("limits", "limits\n  $0"),
    "STATE": ("state", "state\n  ${1:name} as ${2:integer}, default: ${3:0}"),
    "RUNTIME": ("runtime", 'runtime\n  timeout: "${1:30s}"'),
    "SCHEDULES": ("schedules", 'schedules\n  every: "${1:1h}"'),
    "SUBSCRIBES": ("subscribes", 'subscribes\n  on "${1:event}"'),
    "PUBLISHES": ("publishes", 'publishes\n  "${1:event}"'),
    "SCHEMA": ("schema", "schema\n  ${1:name} as ${2:text}"),
    "ON": ("on", 'on "${1:event}"'),
    "RENDER": ("render", "render ${1:field} as ${2:table}"),
}
"""By terminal: the words, and what they begin. The lines are indented from where they begin."""

INLINE: Final[dict[str, tuple[str, ...]]] = {
    "AS": ("as",),
    "OF": ("of",),
    "IN": ("in",),
    "AND": ("and",),
    "OR": ("or",),
    "EQUAL": ("is",),
    "NOT_EQUAL": ("is not",),
    "COMPARE": ("is at least", "is at most", "is greater than", "is less than"),
    "MATCH": ("match",),
    "USING": ("using",),
    "SCHEMA": ("schema",),
}
"""Words that go on with a line, by terminal."""

_FILE: Final = frozenset({"MACHINE", "TYPE", "USES"})
_SECTIONS: Final = frozenset(
    {"ACCEPTS", "RESPONDS_WITH", "ACHIEVES", "ENSURES", "IMPLEMENTS", "EXPRESSES", "VERIFIES"}
)
_NEAR: Final = 2
"""Columns that a line may be off from where its words stand in the usual layout."""


def keywords(terminals: frozenset[str], column: int | None) -> list[Completion]:
    """Those that could be written; `column` is where the line begins, None within a line."""
    if column is None:
        return [
            Completion(word, Sort.keyword, doc=words.about(word), rank=6)
            for terminal, spelt in INLINE.items()
            if terminal in terminals
            for word in spelt
        ]
    return [
        Completion(
            word, Sort.keyword, "", words.about(word), snippet, True, _rank(terminal, column)
        )
        for terminal, (word, snippet) in SNIPPETS.items()
        if terminal in terminals and _stands(terminal, column)
    ]


def _usual(terminal: str) -> int:
    return 0 if terminal in _FILE else 2 if terminal in _SECTIONS else 4


def _stands(terminal: str, column: int) -> bool:
    """Whether the indentation of a line lets it begin with this."""
    usual = _usual(terminal)
    if usual == 4:
        return column >= usual - _NEAR
    return abs(column - usual) <= _NEAR


def _rank(terminal: str, column: int) -> int:
    return 4 if _usual(terminal) <= column else 7
