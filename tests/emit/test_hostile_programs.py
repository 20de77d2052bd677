"""Programs whose texts, keys and names are anything at all load, and do what they say."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.pipeline import Compilation
from kanvasc.testing import runner
from kanvasc.testing.cases import Suite, cases
from tests.emit.test_hostile_texts import TEXTS
from tests.soundness.running import compilation, errors, imported
from tests.soundness.shapes import text_literal

SIGNS = ('"', '"""', "'", "\\", "\n", "\r", "\x00", "\x1f", "{", "}", "${", "{{", "{%", "#}", "`")
MORE = ("*/", "</script>", "\u2028", "\u202e", "|", "%s", "é", "😀", "a", "_", "1", " ", ".", "//")
hostile = st.one_of(
    st.lists(st.sampled_from(SIGNS + MORE), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(TEXTS),
)


def written(text: str) -> str:
    """The text in every place that takes one, with a test that sees what becomes of it."""
    t = text_literal(text)
    pattern = text_literal("".join(f"\\x{{{ord(sign):x}}}" for sign in text))
    return f"""type note
  body as text, label {t}, description {t}, default: {t}

machine called {t}
  accepts
    said as text, is required, choices: [{t}, "{{}}"]
    code as text, default: {t}, pattern: {pattern}
  responds with
    said as text
    found as map of text
  achieves
    goal {t}
    succeeds when {t}
    never {t}
  implements
    compute answer
      {{said: input.said, found: {{{t}: input.said}}}}

machine hostile {t}
  accepts
    said as text, is required, description {t}, label {t}
    kind as enum({t}, "{{}}"), is required
    part as list of text, subset: [{t}], default: [{t}]
    notes as list of note, default: [{{body: {t}}}]
  responds with
    read as any
    keys as any
    nested as any
    known as text
    taken as text
    joined as text
    found as map of text
    kept as text from state.kept
    body as any
    note as note
  achieves
    goal {t}
    for example
      given {{said: {t}, kind: {t}}}
      expect {{known: {t}, found: {{{t}: {t}}}}}
  ensures
    permissions
      allowed to
        reason, http "api.example.com", memory, call "called"
    guards
      not_that
        check: input.said is {t} or input.said is not {t}
        on_violation: "block"
  implements
    state
      kept as text, default: {t}
    publishes
      "order.made"
        schema
          body as text, choices: [{t}]
    ask read, using: "anthropic:claude-haiku-4-5"
      with role {t}
      with task "${{input.said}}" + {t}
      returns
        mood as enum({t}, "{{}}")
        why as text, description {t}
      assuming
        mood: {t}
        why: {t}
    action sent http
      method: "POST"
      url: "https://api.example.com/orders"
      body: {{{t}: {t}}}
      assuming {{status: 200, headers: {{{t}: {t}}}, body: {{{t}: {t}}}}}
    remember noted
      content: {t}
      collection: "notes"
      metadata: {{{t}: input.said}}
    ask other, from: "called"
      said: {t}
    publish "order.made" {{body: {t}}}
    set state.kept = {t}
    compute keys
      let inner = {{{t}: 1}}
      {{{t}: inner, other: [{{{t}: input.said}}]}}
    decide known match input.said
      {t} =>
        {t}
      otherwise =>
        "another"
    compute answer
      let same = input.kind is {t} ? {t} : "no"
      {{
        read: steps.read, keys: steps.keys, nested: [{{{t}: {{{t}: true}}}}], known: steps.known,
        taken: {{{t}: "x"}}[{t}] ?? "", joined: "${{{t}}}" + {t} + same, found: steps.other.found,
        body: steps.sent.body, note: input.notes[0]
      }}
  expresses
    page
      path: "/"
      title: {t}
    websocket
      path: "/ws"
    api
      path: "/api"
    mcp
      auth: none
  verifies
    test {t}
      given {{said: {t}, kind: {t}, part: [{t}], notes: [{{body: {t}}}]}}
      expect {{read: {{mood: {t}, why: {t}}}, keys: {{{t}: {{{t}: 1}}, other: [{{{t}: {t}}}]}}}}
      expect {{nested: [{{{t}: {{{t}: true}}}}], known: {t}, taken: "x"}}
      expect {{joined: {text_literal(text * 3)}, found: {{{t}: {t}}}, kept: {t}}}
      expect {{body: {{{t}: {t}}}, note: {{body: {t}}}}}
    test "another model's answer"
      given {{said: "{{}}", kind: "{{}}"}}
      assuming read {{mood: "{{}}", why: {t}}}
      assuming sent {{status: 201, headers: {{}}, body: [{t}]}}
      expect {{read: {{mood: "{{}}", why: {t}}}, body: [{t}]}}
"""


def in_order(compiled: Compilation) -> None:
    """Its files are what they say that they are, and the whole app loads."""
    files = compiled.files
    for path, content in files.items():
        if path.endswith(".py"):
            ast.parse(content)
        elif path.endswith(".json"):
            json.loads(content)
    with TemporaryDirectory() as folder:
        for path, content in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_bytes(content)
        with imported(Path(folder), "machines.hostile"):
            try:
                importlib.import_module("app")
            finally:
                sys.modules.pop("app", None)


@settings(max_examples=5, deadline=None)
@given(st.lists(hostile, min_size=3, max_size=6, unique=True))
def test_the_apps_load_and_behave(texts: list[str]) -> None:
    suites = []
    for text in texts:
        compiled = compilation(written(text))
        assert not errors(compiled), (text, errors(compiled))
        in_order(compiled)
        suites.append(Suite(compiled, cases(compiled)))
    for result in runner.run(suites):
        assert result.passed, (result.case.data, result)
