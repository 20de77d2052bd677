"""Where type checkers see a narrower type than the language's, the output says which one it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.running import compilation, errors, imported, result, write
from tests.soundness.test_generated_python import check

HEAD = """machine seen
  accepts
    word as text is required
    size as integer is required
    state as enum("open", "shut") is required
    words as list of text is required
    sizes as list of integer is required
    names as map of text is required
  responds with
    out as {type}
  implements
"""
SENT = {
    "word": "a",
    "size": 2,
    "state": "shut",
    "words": ["b"],
    "sizes": [1, 2],
    "names": {"k": "v"},
}
ROWS: dict[str, tuple[str, str, str, object]] = {
    "a list of a few texts": (
        "list of text",
        """
    compute answer
      let few = ""
      {out: ([[few, few]].last()) ?? input.words.slice(0)}
""",
        "[str(few), few]",
        ["", ""],
    ),
    "a list of a few texts and the same as a literal": (
        "list of text",
        """
    compute answer
      let few = "a"
      {out: ([["a", few]].find(x => true)) ?? [few]}
""",
        '["a", str(few)]',
        ["a", "a"],
    ),
    "a list of a few texts and of others": (
        "list of text",
        """
    compute answer
      let few = "a"
      {out: ([[few, "b"]].find(x => true)) ?? input.words}
""",
        '[few, "b"]',
        ["a", "b"],
    ),
    "the result of a function": (
        "list of text",
        """
    compute answer
      let few = "a"
      {out: ([input.words.map(w => few)].last()) ?? input.words.slice(0)}
""",
        "lambda w: str(few)",
        ["a"],
    ),
    "a match on a number that becomes a list": (
        "list of integer",
        """
    decide chosen
      match input.size
        1 => input.sizes
        2 =>
          ([[input.size]].last()) ?? input.sizes.map(n => input.size)
        otherwise =>
          input.sizes
    compute answer
      {out: steps.chosen}
""",
        "match ops.matched(input_.size):",
        [2],
    ),
    "a match on an enum whose cases are all there": (
        "list of text",
        """
    decide chosen
      match input.state
        "open" => input.words
        "shut" => ([[input.state]].last()) ?? input.words.slice(0)
    compute answer
      {out: steps.chosen}
""",
        "match ops.matched(input_.state):",
        ["shut"],
    ),
    "a match that makes no list": (
        "integer",
        """
    decide chosen
      match input.size
        1 => 4
        2 => input.size
        otherwise => 3
    compute answer
      {out: steps.chosen}
""",
        "match input_.size:",
        2,
    ),
    "an integer that becomes a number": (
        "number",
        """
    compute answer
      {out: input.sizes.reduce((sum, n) => sum + n / 2, 0)}
""",
        "library.reduce_number(",
        1.5,
    ),
    "a reduction that begins with null": (
        "integer",
        """
    compute answer
      let last = input.sizes.reduce((sum, n) => sum ?? n, null)
      {out: last ?? 0}
""",
        "library.reduce_or_null(",
        1,
    ),
    "a reduction that begins with one of a few texts": (
        "text",
        """
    compute answer
      let few = "a"
      {out: input.words.reduce((sum, w) => sum + w, few)}
""",
        "str(few)",
        "ab",
    ),
    "a list that is made again as one of a wider type": (
        "list of number",
        """
    compute answer
      {out: ([input.size > 1 ? input.sizes : [0.5]].last()) ?? [0.5].slice(0)}
""",
        "list[Number](input_.sizes)",
        [1, 2],
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_type_is_said_where_it_is_needed(
    row: tuple[str, str, str, object], tmp_path: Path
) -> None:
    type_, steps, written, answer = row
    compiled = compilation(HEAD.replace("{type}", type_) + steps.lstrip("\n"))
    assert not errors(compiled), errors(compiled)
    assert written in compiled.files["machines/seen.py"].decode()
    write({path: text for path, text in compiled.files.items() if "machines/" in path}, tmp_path)
    with imported(tmp_path, "machines.seen") as module:
        assert result(module.MACHINE, SENT)["out"] == answer


def test_the_tools_take_it(tmp_path: Path) -> None:
    for number, (type_, steps, _, _) in enumerate(ROWS.values()):
        text = HEAD.replace("{type}", type_) + steps.lstrip("\n")
        compiled = compilation(text.replace("machine seen", f"machine seen_{number}"))
        write({p: t for p, t in compiled.files.items() if "machines/" in p}, tmp_path)
    check(tmp_path)
