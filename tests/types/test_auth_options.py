"""`auth` and `scopes` of a surface: what they take, in every spelling and layout."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.programs import codes, findings

KINDS = {"websocket": "/ws/m", "page": "/m"}


def program(kind: str, *options: str) -> str:
    lines = "".join(f"      {option}\n" for option in options)
    return f'machine m\n  expresses\n    {kind}\n      path: "{KINDS[kind]}"\n{lines}'


def options(text: str) -> dict[str, object]:
    (machine,) = Compilation(Source("app.kanvas", text)).program.machines
    return dict(machine.surfaces[0].options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("none", ("none",)),
        ("api_key", ("api_key",)),
        ("api_key, session", ("api_key", "session")),
        ("[api_key, session]", ("api_key", "session")),
        ("oauth", ("oauth",)),
        ("api_key, session, oauth", ("api_key", "session", "oauth")),
    ],
)
def test_auth(kind: str, written: str, read: tuple[str, ...]) -> None:
    text = program(kind, f"auth: {written}")
    assert codes(text) == []
    assert options(text)["auth"] == read


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("machines:run", ("machines:run",)),
        ('"machines:run"', ("machines:run",)),
        ("reading", ("reading",)),
        ("machines:run, a:b:c, reading", ("machines:run", "a:b:c", "reading")),
        ('[machines:run, "a:b"]', ("machines:run", "a:b")),
    ],
)
def test_scopes(kind: str, written: str, read: tuple[str, ...]) -> None:
    text = program(kind, "auth: api_key", f"scopes: {written}")
    assert codes(text) == []
    assert options(text)["scopes"] == read


def test_scopes_among_options_on_one_line() -> None:
    text = (
        "machine m\n  expresses\n"
        '    websocket path: "/ws/m", scopes: machines:run, a:b, auth:api_key\n'
    )
    assert codes(text) == []
    assert options(text) == {"scopes": ("machines:run", "a:b"), "auth": ("api_key",)}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("scopes: 5", "K5006"),
        ("scopes: a:b, a:b", "K5006"),
        ('scopes: "a b"', "K5006"),
        ('scopes: ""', "K5006"),
        ("scopes: []", "K5006"),
        ("auth: api_key, api_key", "K5006"),
        ('auth: "api_key"', "K5006"),
        ("auth: []", "K5006"),
        ("auth: session, none", "K5007"),
        ("auth: none, oauth", "K5007"),
    ],
)
def test_what_they_refuse(written: str, code: str) -> None:
    auth = () if written.startswith("auth") else ("auth: api_key",)
    assert codes(program("websocket", *auth, written)) == [code]


def test_a_word_that_is_nearly_right_is_offered() -> None:
    (found,) = findings(program("page", "auth: sesion"))
    assert (found.code, found.help) == ("K5006", "did you mean `session`?")
    assert found.fixes[0].edits[0].text == "session"


def test_a_field_and_a_conditional_called_scopes_stay_what_they_are() -> None:
    text = (
        "machine m\n  accepts\n    a as boolean is required\n  responds with\n"
        "    scopes as integer\n  implements\n    compute answer\n"
        "      {scopes: input.a ? 1:2}\n"
    )
    assert codes(text) == []
