"""The JSON Schemas in `contract/`: valid, and of one mind with the codec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal

from tests.soundness.choosing import Seeded
from tests.soundness.programs import inputs, program
from tests.soundness.running import compilation, errors, imported, result, write

PROGRAM = """type line
  sku as text, pattern: "[a-z]+|[0-9]", min_length: 1
  amount as integer, min: 1, max: 9

machine ruled
  accepts
    name as text is required, min_length: 2, max_length: 3
    word as text, pattern: "a+|b"
    kind as enum("x", "y")
    choice as text, choices: ["p", "q"]
    size as integer, range: [0, 10], default: 3
    share as number, min: 0.5
    price as decimal, max: 99.5
    tags as list of text, max_length: 2, subset: ["s", "t"]
    lines as list of line
    counts as map of integer
    free as any
    flag as boolean
    who as object {mail as text, age as integer is optional}
"""
VALUES: dict[str, tuple[Any, ...]] = {
    "name": ("a", "ab", "abcd", "äöü", 1, None),
    "word": ("a", "aaa", "b", "ab", "", None),
    "kind": ("x", "z", None, 1),
    "choice": ("p", "z", None),
    "size": (0, 10, 11, -1, 1.5, 2.0, "1", None, True),
    "share": (0.5, 0.4, 1, "1"),
    "price": (99.5, 99.6, "99.5", "1e1", "x", "", 100, -1, "-1"),
    "tags": ([], ["s"], ["s", "t"], ["s", "s", "s"], ["u"], "s"),
    "lines": ([], [{"sku": "a", "amount": 1}], [{"sku": "a"}], [{"sku": "A1", "amount": 1}], [{}]),
    "counts": ({}, {"a": 1}, {"a": 1.5}, {"a": None}, []),
    "free": (None, 1, {"a": [1]}, "x"),
    "flag": (True, False, 0, "true"),
    "who": ({"mail": "m"}, {"mail": "m", "age": None}, {"mail": 1}, {"mail": "m", "more": 1}),
    "unknown": (1,),
}


def schema_of(files: Any, machine: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(files[f"contract/{machine}.schema.json"])
    Draft202012Validator.check_schema(schema)
    return schema


def side(schema: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"})


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """The codec and the validator of the input."""
    compiled = compilation(PROGRAM)
    assert not errors(compiled)
    folder: Path = tmp_path_factory.mktemp("ruled")
    write(compiled.files, folder)
    with imported(folder, "machines.ruled") as module:
        codec = Codec(module.MACHINE.input, module.MACHINE.output)
        yield codec, side(schema_of(compiled.files, "ruled"), "input")


def takes(codec: Any, value: object) -> bool:
    try:
        codec.decode(json.dumps(value))
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("name", VALUES)
def test_schema_and_codec_agree_on_each_field(ruled: tuple[Any, Any], name: str) -> None:
    codec, validator = ruled
    for value in VALUES[name]:
        sent = {"name": "ab", name: value}
        assert validator.is_valid(sent) == takes(codec, sent), sent


@given(st.data())
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_schema_and_codec_agree_on_whole_messages(
    ruled: tuple[Any, Any], data: st.DataObject
) -> None:
    codec, validator = ruled
    names = data.draw(st.sets(st.sampled_from(sorted(VALUES))))
    sent = {name: data.draw(st.sampled_from(VALUES[name])) for name in sorted(names)}
    assert validator.is_valid(sent) == takes(codec, sent), sent


@pytest.mark.parametrize("seed", range(40))
def test_what_generated_programs_take_and_give_fits_their_schemas(
    seed: int, tmp_path: Path
) -> None:
    choose = Seeded(seed)
    made = program(choose, "generated")
    compiled = compilation(made.text)
    if errors(compiled):
        return  # it tests for null where null was ruled out
    schema = schema_of(compiled.files, "generated")
    write(compiled.files, tmp_path)
    with imported(tmp_path, "machines.generated") as module:
        for _ in range(4):
            sent = inputs(choose, made)
            side(schema, "input").validate(sent)
            answered = result(module.MACHINE, sent)
            if answered is not None:
                side(schema, "output").validate(answered)
