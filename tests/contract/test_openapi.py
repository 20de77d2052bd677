"""OpenAPI: valid, of one mind with the program, and true of a served app."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.errors import STATUS
from openapi_spec_validator import validate

from kanvasc.emit.openapi import openapi
from tests.e2e.apps import EXAMPLES, App, build
from tests.soundness.running import compilation, errors

KINDS = """
machine thing "Every kind of field"
  accepts
    id as text, is required, max_length: 20, label "Which one"
    whole as integer, is required, range: [-5, 500], description "How many"
    half as number
    yes as boolean, default: true
    key as uuid
    moment as datetime
    color as enum("red", "blue")
    numbers as list of integer
    words as list of text, default: []
    part as object {size as integer is required, name as text}
    anything as any
    code as text, pattern: "[A-Z]{3}[0-9]{3}"
  achieves
    goal "Say what came in"
  responds with
    id as text
    whole as integer
  implements
    compute answer
      {id: input.id, whole: input.whole}
  expresses
    api
      path: "/things/{id}"
      method: "GET"
      rate: "100000/s"
    api
      path: "/things/{whole}/of/{id}"
      method: "PUT"
      rate: "100000/s"
  verifies
    test "a thing"
      given {id: "a", whole: 1, words: ["x"]}
      expect {whole: 1}
"""
HELD = """
machine bank
  responds with
    done as boolean
  implements
    compute answer
      {done: true}
machine refund
  accepts
    order as text, is required
    number as integer, is required
  responds with
    done as boolean
  ensures
    permissions
      requires approval for
        call "bank"
  implements
    ask paid, from: "bank"
    compute answer
      {done: steps.paid.done}
  expresses
    api
      path: "/refunds/{order}"
      auth: api_key, session
      scopes: machines:run
    api
      path: "/refunds/{number}"
      method: "DELETE"
"""


def made(text: str) -> dict[str, Any]:
    compiled = compilation(text)
    assert not errors(compiled)
    document = openapi("app", compiled.program)
    validate(document)
    return document


@pytest.fixture(scope="module")
def kinds() -> dict[str, Any]:
    return made(KINDS)


def test_what_stands_where(kinds: dict[str, Any]) -> None:
    get = kinds["paths"]["/things/{id}"]["get"]
    by_name = {each["name"]: each for each in get["parameters"] if "name" in each}
    assert (by_name["id"]["in"], by_name["id"]["required"]) == ("path", True)
    assert by_name["id"]["schema"] == {"type": "string", "minLength": 1, "maxLength": 20}
    assert (by_name["whole"]["in"], by_name["whole"]["required"]) == ("query", True)
    assert by_name["half"] == {
        "name": "half",
        "in": "query",
        "required": False,
        "schema": {"type": "number"},
    }
    assert by_name["numbers"]["explode"] is True
    assert "application/json" in by_name["part"]["content"]
    assert "requestBody" not in get
    put = kinds["paths"]["/things/{whole}/of/{id}"]["put"]
    assert [each["name"] for each in put["parameters"] if "name" in each] == ["id", "whole"]
    body = put["requestBody"]["content"]["application/json"]
    assert not {"id", "whole"} & body["schema"]["properties"].keys()
    assert "required" not in body["schema"]
    assert body["schema"]["additionalProperties"] is False
    assert body["examples"] == {"example_1": {"summary": "a thing", "value": {"words": ["x"]}}}
    assert (put["operationId"], put["description"]) == ("thing_2", "Say what came in")


def test_every_status_and_every_code_of_an_endpoint(kinds: dict[str, Any]) -> None:
    responses = kinds["components"]["responses"]
    told = {
        (code, int(status))
        for status, said in responses.items()
        for code in said["content"]["application/json"]["examples"]
    }
    assert told == {*STATUS.items(), ("origin_refused", 421)}
    named = kinds["paths"]["/things/{id}"]["get"]["responses"]
    assert {int(status) for status in named} == {200, 421, *STATUS.values()} - {405, 415}
    assert "415" in kinds["paths"]["/things/{whole}/of/{id}"]["put"]["responses"]


def test_who_may_come_and_what_may_be_held() -> None:
    document = made(HELD)
    assert list(document["paths"]) == ["/refunds/{order}"]
    item = document["paths"]["/refunds/{order}"]
    post, delete = item["post"], item["delete"]
    assert post["security"] == [
        {name: ["machines:run"]} for name in ("api_key", "api_key_header", "session")
    ]
    assert (delete["security"], delete["x-auth"]) == ([], ["loopback"])
    schemes = document["components"]["securitySchemes"]
    assert {name: said["type"] for name, said in schemes.items()} == {
        "api_key": "http",
        "api_key_header": "apiKey",
        "session": "apiKey",
    }
    assert "Location" in document["components"]["responses"]["202"]["headers"]
    assert "202" in post["responses"]
    assert delete["parameters"][0]["name"] == "order"  # one path has one name for it


def test_a_program_without_endpoints_has_an_empty_document() -> None:
    document = made('machine m\n  expresses\n    websocket\n      path: "/ws/m"\n')
    assert document["paths"] == {}


def test_its_version_follows_what_it_says(kinds: dict[str, Any]) -> None:
    other = made(KINDS.replace("range: [-5, 500]", "range: [-5, 501]"))
    assert other["info"]["version"] != kinds["info"]["version"]
    assert made(KINDS) == kinds


@pytest.mark.parametrize("folder", ["parcel_api"])
def test_examples_have_valid_documents(folder: str) -> None:
    made((EXAMPLES / folder / "app.kanvas").read_text("utf-8"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("openapi")
    with App(build(KINDS, folder / "app"), folder / "data") as running:
        yield running


def test_the_app_serves_what_the_build_wrote(app: App, kinds: dict[str, Any]) -> None:
    with urllib.request.urlopen(app.page("/openapi.json")) as reply:
        assert json.load(reply) == kinds


def test_a_tester_that_knows_the_document_finds_nothing(app: App, tmp_path: Path) -> None:
    """It sends what the document allows and what it forbids, and compares every answer with it."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", app.page("/openapi.json")),
        *("--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "7"),
        *("--generation-database", "none", "--no-color"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "No issues found" in done.stdout
