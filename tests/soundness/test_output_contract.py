"""An output that breaks its own modifiers is a failed step, and never sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal

from tests.soundness.running import compilation, errors, imported, result, write

PROGRAM = """type line
  sku as text, pattern: "[a-z]+"
  parts as list of integer, max_length: 2

machine held
  accepts
    size as integer is required
    word as text is required
    words as list of text is required
  responds with
    size as integer, min: 1, max: 10
    share as number, max: 0.5
    price as decimal, min: 0.5
    word as text, pattern: "[a-zäöü]+", min_length: 2
    mail as text, format: "email"
    kind as text, choices: ["a", "b"]
    words as list of text, subset: ["x", "y"], max_length: 3
    lines as list of line
    note as text is optional, max_length: 3
    by_name as map of line
  implements
    compute answer
      let lines = input.words.map(w => {sku: w, parts: input.words.map(v => 1)})
      {size: input.size, share: input.size / 20, price: input.size, word: input.word, mail: input.word + "@example.com", kind: input.size > 5 ? "b" : "a", words: input.words, lines: lines, note: input.words.first(), by_name: {first: {sku: input.word, parts: []}}}
"""  # noqa: E501  the language has no line breaks in a map literal's layout
GOOD: dict[str, Any] = {"size": 10, "word": "ab", "words": ["x", "y"]}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    compiled = compilation(PROGRAM)
    assert not errors(compiled)
    folder: Path = tmp_path_factory.mktemp("held")
    write(compiled.files, folder)
    with imported(folder, "machines.held") as module:
        yield module.MACHINE


def test_what_keeps_the_contract_is_sent(machine: Any) -> None:
    answered = result(machine, GOOD)
    assert answered["words"] == ["x", "y"]
    assert answered["price"] == "10"
    assert answered["by_name"] == {"first": {"sku": "ab", "parts": []}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"size": 0}, "size must be at least 1"),
        ({"size": 11}, "size must be at most 10"),
        ({"word": "X"}, "word must have at least 2 characters"),
        ({"word": "XY"}, "word must match the pattern"),
        ({"words": ["x", "z"]}, 'words[1] must be one of "x", "y"'),
        ({"words": ["x", "x", "x", "x"]}, "words must have at most 3 items"),
        ({"words": ["x", "x", "x"]}, "lines[0].parts must have at most 2 items"),
    ],
)
def test_what_breaks_it_is_a_failed_step(machine: Any, change: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal) as refused:
        result(machine, GOOD | change)
    assert refused.value.code == "step_failed"
    assert told in refused.value.message


def test_a_contract_without_modifiers_is_not_checked(machine: Any) -> None:
    assert Codec(machine.output, machine.input)._check is None
    assert json.loads(Codec(machine.output, machine.input).encode(machine.input(**GOOD))) == GOOD
