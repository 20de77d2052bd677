"""`kanvasc graph`: all that a program is, and no text of it that becomes notation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kanvasc.cli.commands import run
from kanvasc.contract.graph import graph
from tests.soundness.running import compilation, errors

ROOT = Path(__file__).parents[2]

PROGRAM = """
machine front "Front \\"desk\\"]; click x"
  accepts
    question as text, is required
  responds with
    answer as text from steps.reply.answer
  ensures
    permissions
      allowed to
        reason, call "back"
  implements
    publishes
      "front.asked"
        schema
          question as text
    ask reply, using: "anthropic:claude-haiku-4-5"
      with task "Answer ${input.question}"
      returns
        answer as text
      assuming
        answer: "yes"
    ask filed, from: "back"
      text: input.question
    publish "front.asked" {question: input.question}
  expresses
    websocket
      path: "/ws/front"
      auth: api_key, session
    page
      path: "/"

machine back
  accepts
    text as text
  responds with
    n as integer from state.n
  implements
    state
      n as integer, default: 0
    schedules
      every: "5s"
    set state.n = state.n + 1
"""


def test_all_parts_are_there() -> None:
    compiled = compilation(PROGRAM)
    assert not errors(compiled), errors(compiled)
    drawn = graph(compiled.program)
    nodes = dict(re.findall(r'^  (\w+)[\[({/]+"([^"]*)"[\])}/]+$', drawn, re.MULTILINE))
    arrows = {
        (nodes[start], label, nodes[end])
        for start, label, end in re.findall(
            r'^  (\w+) -\.?->(?:\|"([^"]*)"\|)? (\w+)$', drawn, re.MULTILINE
        )
    }
    front = "front: Front #34;desk#34;#93;#59; click x"
    assert arrows == {
        ("websocket /ws/front", "api_key, session", front),
        ("page /", "", front),
        (front, "", "front.asked"),
        (front, "filed", "back"),
        (front, "", "reason: anthropic:claude-haiku-4-5"),
        ("every 5 s", "", "back"),
    }


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/app.kanvas")), ids=str)
def test_examples_can_be_drawn(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "flowchart LR"
    form = re.compile(
        r'  (\w+[\[({/]+"[^"]*"[\])}/]+|\w+ (-->|-\.->)(\|"[^"]*"\|)? \w+|classDef \w+ \S+'
        r"|class [\w,]+ \w+)"
    )
    assert [line for line in lines[1:] if not form.fullmatch(line)] == []
