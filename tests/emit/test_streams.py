"""Which texts of an answer a build tells early: those that are the output as they are."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source

HEAD = """machine chat
  accepts
    formal as boolean, default: false
  responds with
    reply as text{modifiers}
    mood as text
  ensures
    permissions
      allowed to
        reason
  implements
"""
ASK = """ask write, using: "anthropic:claude-haiku-4-5"
  with task "Answer."
  returns
    reply as text{modifiers}
    mood as text, choices: ["good", "bad"]
"""


def indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" for line in text.splitlines())


def streams(body: str, *, output: str = "", answer: str = "") -> list[str]:
    """The `streams` of every ask in the generated module."""
    text = HEAD.format(modifiers=output) + indented(body.replace("ASK", ASK), 4).replace(
        "{modifiers}", answer
    )
    compilation = Compilation(Source("app.kanvas", text))
    assert [found.title for found in compilation.diagnostics if found.severity == "error"] == []
    module = compilation.files["machines/chat.py"].decode()
    return [line.strip() for line in module.splitlines() if line.strip().startswith("streams=")]


TOLD = ['streams=(("reply", "reply"),),']


def test_the_last_step_is_the_output() -> None:
    assert streams(ASK) == TOLD


def test_a_field_by_another_name() -> None:
    renamed = ASK + "compute all\n  {reply: steps.write.mood, mood: steps.write.reply}\n"
    assert streams(renamed) == ['streams=(("reply", "mood"),),']


def test_the_value_behind_the_last_step() -> None:
    assert streams(ASK + '{reply: steps.write.reply, mood: "good"}\n') == TOLD


def test_by_way_of_a_let() -> None:
    body = 'compute all\n  let said = steps.write.reply\n  let mood = steps.write.mood + "!"\n'
    assert streams(ASK + body + "  {reply: said, mood: mood}\n") == TOLD


def test_a_text_that_is_changed_is_not_told() -> None:
    assert streams(ASK + 'compute all\n  {reply: steps.write.reply + "!", mood: "good"}\n') == []


@pytest.mark.parametrize("modifiers", [", max_length: 100", ', pattern: "[a-z]+"'])
def test_a_beginning_that_may_not_fit_is_not_told(modifiers: str) -> None:
    assert streams(ASK, answer=modifiers) == []
    assert streams(ASK, output=modifiers) == []


def test_the_arm_of_a_decision() -> None:
    body = "decide kind\n  when input.formal\n" + indented(ASK, 4)
    body += '  otherwise\n    {reply: "hi", mood: "good"}\n'
    assert streams(body) == TOLD


def test_what_is_tried_again() -> None:
    assert streams("retry often, max: 3\n" + indented(ASK, 2)) == TOLD


def test_the_first_flow_is_what_runs() -> None:
    assert streams("flow main\n" + indented(ASK, 2)) == TOLD


def test_a_loop_makes_a_list() -> None:
    body = 'for each word in ["a", "b"] as all\n' + indented(ASK, 2)
    body += 'compute last\n  {reply: steps.all[0].reply, mood: "good"}\n'
    assert streams(body) == []
