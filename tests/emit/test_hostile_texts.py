"""No text of a program becomes code, a comment, Markdown or JSON of its own."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.codec import fields

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.soundness.running import compilation, errors, imported, result, write
from tests.soundness.shapes import text_literal
from tests.soundness.test_generated_python import check

TEXTS = (
    *('"', '"""', "'''", "\\", "\\\\", "\\N{DASH}", "\\x00", '"; import os #', "#", "`", "|", "%s"),
    *("{{ 1 }}", "{% raw %}", "{# #}", "{", "}", "{0}", "${x}", "$", "</script>", "<!--", "]]>"),
    *("\n", "x\ny", "\r\n", "\t", "\x00", "\x1b[31m", "\x85", "\u2028", "\u202e\u2066", "\ufeff"),
    *("e\u0301", "😀", "\ud7ff", "\uffff", "\U0010ffff", " ", "x" * 5000, "class", "$ref"),
)


def written(text: str) -> str:
    """The text in every place of a program that takes one."""
    t = text_literal(text)
    return f"""type note
  body as text, label {t}, description {t}, default: {t}

machine hostile {t}
  accepts
    plain as text, default: {t}, description {t}, label {t}
    kind as enum({t}, "other")
    choice as text, choices: [{t}], label {t}
    part as list of text, subset: [{t}]
    notes as note
  responds with
    joined as text
    mapped as map of text
    kind as enum({t}, "no")
  achieves
    goal {t}
  implements
    decide kind
      when input.plain is {t}
        {t}
      otherwise
        "no"
    compute answer
      {{joined: input.plain + {t}, mapped: {{{t}: "${{input.plain}}"}}, kind: steps.kind}}
  expresses
    page
      path: "/"
      title: {t}
"""


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_what_it_is(text: str, tmp_path: Path) -> None:
    compiled = compilation(written(text))
    assert not errors(compiled)
    write(compiled.files, tmp_path)
    with imported(tmp_path, "machines.hostile") as module:
        machine: Any = module.MACHINE
        assert result(machine, {}) == {"joined": text * 2, "mapped": {text: text}, "kind": text}
        assert machine.title == text
        known = {field.name: field.type for field in fields(machine.input)}
        assert known["kind"].choices[0] == known["choice"].choices[0] == text
        assert known["part"].subset == (text,)
    contract = json.loads(compiled.files["contract/hostile.schema.json"])
    assert contract["title"] == text


def test_the_tools_take_them(tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    for number, text in enumerate(TEXTS):
        folder = tmp_path / "machines" / f"app{number}"
        for path, content in compilation(written(text)).files.items():
            if path.startswith("machines/"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        (folder / "__init__.py").touch()
    (tmp_path / "machines" / "__init__.py").touch()
    check(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        'a"""\nimport os\n"""b.kanvas',
        "a\nb.kanvas",
        "a`|b.kanvas",
        "\\.kanvas",
        "a'{{ 1 }}.kanvas",
        "\u202eb.kanvas",
        "\udcff.kanvas",
        "x" * 200 + ".kanvas",
        "#.kanvas",
    ],
)
def test_a_file_may_be_called_anything(name: str, tmp_path: Path) -> None:
    compiled = Compilation(Source(f"/somewhere/{name}", written("x")))
    assert not errors(compiled)
    for path, content in compiled.files.items():
        if path.endswith(".py"):
            body = ast.parse(content.decode()).body
            assert not any(isinstance(node, ast.Import) for node in body)
        assert b"/somewhere" not in content
    readme = compiled.files["README.md"].decode()
    assert len(readme.splitlines()[0]) == len(f"# {name.removesuffix('.kanvas')}")
    write(compiled.files, tmp_path)
    with imported(tmp_path, "machines.hostile") as module:
        assert result(module.MACHINE, {})["joined"] == "xx"
