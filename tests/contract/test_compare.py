"""What breaks clients: each kind of change, and no value that is lost without a word."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kanvas_runtime.machine import WebSocketSurface

from kanvasc.cli.commands import run
from kanvasc.contract.compare import CEILINGS, compare
from kanvasc.contract.promises import of_program
from kanvasc.contract.shapes import differences
from kanvasc.emit.contracts import contracts
from kanvasc.emit.schema import schemas
from tests.contract.programs import DESK
from tests.soundness.running import compilation, errors

BASE = """
machine shop "Shop"
  accepts
    sku as text, is required, max_length: 20
    amount as integer, default: 1
    size as enum("s", "m"), default: "s"
  responds with
    price as number
    state as enum("open", "sold")
    note as text, is optional
  implements
    {price: 1, state: "open", note: null}
  expresses
    websocket
      path: "/ws/shop"
      auth: api_key
      max_message: "8KB"
      origins: "https://a.example"
    page
      path: "/"
"""
BREAKING = [
    ("max_length: 20", "max_length: 10", "shop input.sku: at most 10 characters instead of 20"),
    (
        "amount as integer, default: 1",
        "amount as integer, is required",
        "shop input.amount: has to be sent",
    ),
    (
        "    amount as integer, default: 1\n",
        "",
        "shop input.amount: is refused: there is no such field any more",
    ),
    (
        "    amount as",
        "    more as text, is required\n    amount as",
        "shop input.more: is new, and has to be sent",
    ),
    (
        "sku as text,",
        'sku as text, pattern: "[a-z]+",',
        "shop input.sku: has to fit the pattern ^(?:[a-z]+)$",
    ),
    ('enum("s", "m")', 'enum("s")', 'shop input.size: "m" is not taken any more'),
    (
        "amount as integer, default: 1",
        "amount as text",
        "shop input.amount: integer is not taken any more",
    ),
    ("    price as number\n", "", "shop output.price: does not come"),
    (
        'enum("open", "sold")',
        'enum("open", "sold", "lost")',
        'shop output.state: "lost" may come, too',
    ),
    ("price as number", "price as number, is optional", "shop output.price: null may come, too"),
    ("machine shop", "machine store", "shop: there is no such machine any more"),
    ("/ws/shop", "/ws/store", "websocket /ws/shop: is not there any more"),
    ("auth: api_key", "auth: session", "websocket /ws/shop: lets in by session instead of api_key"),
    (
        "auth: api_key\n",
        "auth: api_key\n      scopes: a:b\n",
        "websocket /ws/shop: needs the scope a:b",
    ),
    ('"8KB"', '"4KB"', "websocket /ws/shop: max_message is 4096 instead of 8192"),
    (
        "      auth: api_key\n",
        '      auth: api_key\n      rate: "5/s"\n',
        "websocket /ws/shop: rate is 5 instead of 50",
    ),
    (
        "https://a.example",
        "https://b.example",
        "websocket /ws/shop: pages of https://a.example may not connect any more",
    ),
    ('    page\n      path: "/"\n', "", "page /: is not there any more"),
]
OTHER = [
    ("max_length: 20", "max_length: 30", "shop input.sku: at most 30 characters instead of 20"),
    ("default: 1", "default: 2", "shop input.amount: left out, it is 2 instead of 1"),
    (
        "    amount as",
        "    more as text\n    amount as",
        "shop input.more: is new, and may be left out",
    ),
    ("is required, max", "max", "shop input.sku: may be left out"),
    ("amount as integer", "amount as number", "shop input.amount: takes fractions too"),
    ("    note as", "    more as text, is optional\n    note as", "shop output.more: is new"),
    ("price as number", "price as integer", "shop output.price: takes whole numbers only"),
    (
        "auth: api_key",
        "auth: none",
        "websocket /ws/shop: lets in by no credentials instead of api_key",
    ),
    (
        "auth: api_key",
        "auth: api_key, session",
        "websocket /ws/shop: lets in by api_key, session instead of api_key",
    ),
    ('"8KB"', '"16KB"', "websocket /ws/shop: max_message is 16384 instead of 8192"),
    (
        "      auth: api_key\n",
        '      auth: api_key\n      heartbeat: "9s"\n',
        "websocket /ws/shop: heartbeat is 9 instead of not set",
    ),
]


def changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """Breaking changes and others."""
    sides = [compilation(text) for text in (old, new)]
    assert not any(errors(side) for side in sides), errors(sides[1])
    found = compare(*(of_program(side.program) for side in sides))
    return (
        [change.shown for change in found if change.breaking],
        [change.shown for change in found if not change.breaking],
    )


@pytest.mark.parametrize(("old", "new", "told"), BREAKING)
def test_what_breaks_clients(old: str, new: str, told: str) -> None:
    assert old in BASE
    text = BASE.replace(old, new, 1)
    if "price as" not in text:
        text = text.replace("price: 1, ", "")
    breaking, _ = changed(BASE, text)
    assert told in breaking


@pytest.mark.parametrize(("old", "new", "told"), OTHER)
def test_what_does_not(old: str, new: str, told: str) -> None:
    assert old in BASE
    breaking, other = changed(BASE, BASE.replace(old, new, 1))
    assert breaking == []
    assert told in other


def test_an_endpoint_is_its_method_and_its_path() -> None:
    endpoint = '    api\n      path: "/shop"\n'
    breaking, other = changed(BASE + endpoint, BASE + endpoint + '      method: "PUT"\n')
    assert (breaking, other) == (
        ["api POST /shop: is not there any more"],
        ["api PUT /shop: is new"],
    )


def test_the_same_contract_has_no_changes() -> None:
    reworded = BASE.replace('"Shop"', '"The shop"').replace("price: 1", "price: 2")
    assert changed(BASE, reworded) == ([], [])


def test_ceilings_are_those_of_the_runtime() -> None:
    usual = WebSocketSurface(path="/")
    assert {name: getattr(usual, name) for name in CEILINGS} == CEILINGS


FIELDS = (
    "text",
    "text, is required",
    "text, min_length: 2",
    "text, max_length: 1",
    'text, pattern: "a+"',
    'text, choices: ["a", "ab"]',
    'enum("a", "b")',
    "integer",
    "integer, range: [0, 5]",
    "integer, min: 1",
    "number",
    "number, max: 2.5",
    "decimal",
    "decimal, max: 2",
    "boolean",
    "any",
    "list of text",
    "list of integer, max_length: 1",
    'list of text, subset: ["a", "b"]',
    "map of integer",
    "map",
    "object {x as text}",
    "object {x as text is optional, y as integer is optional}",
)
VALUES: tuple[Any, ...] = (
    None, "", "a", "ab", "b", "zzz", "1", 0, 1, 2, 2.5, 7, True, [], ["a"], ["a", "b"], ["z"], [1],
    [1, 2], {}, {"x": "a"}, {"x": None}, {"y": 1}, {"x": "a", "y": 1}, {"x": 1},
)  # fmt: skip


def test_no_value_is_lost_or_won_without_a_word() -> None:
    """Every pair of field types: a value that only one of them has makes a difference."""
    made = []
    for field in FIELDS:
        program = compilation(f"machine m\n  accepts\n    f as {field}\n").program
        schema = schemas(program)["m"]["$defs"]["input"]
        validator = Draft202012Validator(schema)
        made.append((schema, [validator.is_valid({"f": value}) for value in VALUES]))
    for (old, before), (new, after) in itertools.product(made, repeat=2):
        found = list(differences(old, new, "m", sent=True))
        pairs = list(zip(before, after, strict=True))
        if (True, False) in pairs:
            assert any(each.narrows for each in found), (old, new)
        if (False, True) in pairs:
            assert any(each.widens for each in found), (old, new)
        if old == new:
            assert found == []


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two versions of a program."""
    old, new = tmp_path / "old.kanvas", tmp_path / "new.kanvas"
    old.write_text(BASE, encoding="utf-8")
    new.write_text(BASE.replace("max_length: 20", "max_length: 10"), encoding="utf-8")
    return old, new


def test_the_command_prints_contracts(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    expected = contracts("old", compilation(BASE).program)
    assert run(["contract", "asyncapi", str(files[0])]) == 0
    assert capsys.readouterr().out == expected["asyncapi.json"]
    assert run(["contract", "jsonschema", str(files[0]), "--machine", "shop"]) == 0
    assert capsys.readouterr().out == expected["shop.schema.json"]
    assert run(["contract", "jsonschema", str(files[0])]) == 0
    whole = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(whole)
    assert whole["$defs"]["shop"]["$defs"] == json.loads(expected["shop.schema.json"])["$defs"]


def test_the_command_says_what_changed(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = map(str, files)
    assert run(["contract", "diff", old, new]) == 1
    said = capsys.readouterr()
    assert said.out == "breaking\n  shop input.sku: at most 10 characters instead of 20\n"
    assert said.err == "1 breaking change, 0 other\n"
    assert run(["contract", "diff", new, old, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "breaking": [],
        "other": [
            {"where": "shop input.sku", "what": "at most 20 characters instead of 10"},
        ],
    }
    assert run(["contract", "diff", old, old]) == 0
    assert capsys.readouterr() == ("", "no changes\n")


def test_contracts_that_were_written_are_compared_too(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out" / "contract"
    folder.mkdir(parents=True)
    for name, text in contracts("app", compilation(BASE + DESK).program).items():
        (folder / name).write_text(text, encoding="utf-8")
    told = "  shop input.sku: at most 10 characters instead of 20\n"
    schema = tmp_path / "shop.schema.json"
    schema.write_bytes((folder / "shop.schema.json").read_bytes())
    assert run(["contract", "diff", str(schema), str(files[1])]) == 1
    assert capsys.readouterr().out == f"breaking\n{told}"
    for each in (folder / "asyncapi.json", folder, folder.parent):
        assert run(["contract", "diff", str(each), str(files[1])]) == 1
        said = capsys.readouterr().out
        assert told in said
        assert "  desk: there is no such machine any more\n" in said
        assert "  websocket /ws/staff: is not there any more\n" in said
        assert "page" not in said


def test_what_is_no_contract_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from kanvasc.cli.exits import UsageError

    wrong = {"a": "[", "b": "[]", "c": "{}", "d": '{"asyncapi": "3.0.0"}'}
    for name, text in wrong.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in (*wrong, "missing", "."):
        with pytest.raises(UsageError, match=r"contract|JSON|document|cannot read"):
            run(["contract", "diff", str(tmp_path / name), str(tmp_path / name)])
