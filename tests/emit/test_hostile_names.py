"""Names that Python, the runtime or the module around them use for themselves."""

from __future__ import annotations

import builtins
import json
import keyword
from pathlib import Path

import pytest

from kanvasc.plan.identifiers import APP_NAMES, MODULE_NAMES
from tests.soundness.running import compilation, errors, imported, loaded, result, write
from tests.soundness.test_generated_python import check

WORDS = (
    *keyword.kwlist,
    *keyword.softkwlist,
    *(name for name in dir(builtins) if not name.startswith("__")),
    *MODULE_NAMES,
    *APP_NAMES,
    *("self", "input", "Input", "Output", "Answer", "Record_", "found", "machines", "json", "l"),
    *("typing", "msgspec", "kanvas_runtime", "fastapi", "re2", "MACHINE", "_", "_x", "item", "key"),
    *(
        "from_",
        "name",
        "default",
        "default_factory",
        "steps",
        "context",
        "now",
        "X",
        "XY",
        "I",
        "O",
    ),
)


def written(word: str) -> str:
    """The word as a machine, type, field, step, `let`, parameter, map key and enum value."""
    return f"""type {word}_t
  {word} as integer
  other as {word}_u is optional

type {word}_u
  {word} as text

machine {word}
  accepts
    {word} as integer is required
    typed as {word}_t is required
  responds with
    {word} as integer
    typed as {word}_t
    texts as map of text
    kind as enum("{word}", "b")
  implements
    compute {word}
      let {word} = [input.{word}].map({word} => {word} + 1)
      {{{word}: {word}.sum(), texts: {word}.map(x => toText(x))}}
    compute answer
      {{{word}: steps.{word}.{word}, typed: input.typed, texts: {{"{word}": "v"}}, kind: "{word}"}}
  expresses
    websocket
      path: "/ws"
"""


def accepted(folder: Path) -> list[str]:
    """Builds an app for each word that the language takes in all these places."""
    built = []
    for number, word in enumerate(sorted(set(WORDS))):
        compiled = compilation(written(word))
        if not errors(compiled):
            write(compiled.files, folder / f"app{number}")
            built.append(word)
    return built


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("names")
    return folder, accepted(folder)


def test_most_words_are_names(apps: tuple[Path, list[str]]) -> None:
    _, built = apps
    assert len(built) > 200
    assert {"class", "self", "sum", "ops", "json", "records", "service", "Input"} <= set(built)


def test_they_run(apps: tuple[Path, list[str]]) -> None:
    folder, built = apps
    words = {word: number for number, word in enumerate(sorted(set(WORDS)))}
    for word in built:
        app = folder / f"app{words[word]}"
        names = {path.stem for path in (app / "machines").iterdir()} - {"__init__", "__pycache__"}
        (module,) = names - {"records"} or {"records"}
        with imported(app, f"machines.{module}") as machine:
            sent = {word: 1, "typed": {word: 2, "other": {word: "t"}}}
            assert result(machine.MACHINE, sent) == {
                word: 2,
                "typed": {word: 2, "other": {word: "t"}},
                "texts": {word: "v"},
                "kind": word,
            }


def test_the_tools_take_them(apps: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, built = apps
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines" / "__init__.py").touch()
    words = {word: number for number, word in enumerate(sorted(set(WORDS)))}
    for word in built:
        for path in (folder / f"app{words[word]}").glob("machines/*.py"):
            target = tmp_path / "machines" / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            (target.parent.parent / "__init__.py").touch()
            target.write_bytes(path.read_bytes())
    check(tmp_path)


KEYS = ("", "1", "1a", "a b", "x-id", "x_id", "x.id", "__x", "-x", "ü", "class", "field_1")


def test_keys_of_a_map_literal_are_any_texts() -> None:
    keys = [json.dumps(key, ensure_ascii=False) for key in KEYS]
    entries = ", ".join(f"{key}: {n}" for n, key in enumerate(keys))
    inner = ", ".join(f"{key}: {{{key}: 1}}" for key in keys)
    text = (
        "machine m\n  responds with\n    said as any\n    deep as any\n  implements\n"
        f"    compute made\n      {{{entries}}}\n    compute deep\n      {{{inner}}}\n"
        "    compute answer\n      {said: steps.made, deep: steps.deep}\n"
    )
    compiled = compilation(text)
    assert not errors(compiled), errors(compiled)
    with loaded(compiled, "m") as module:
        said = result(module.MACHINE, {})
    assert said["said"] == {key: n for n, key in enumerate(KEYS)}
    assert said["deep"] == {key: {key: 1} for key in KEYS}
