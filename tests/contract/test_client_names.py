"""Names of a program that clients, or their languages, have taken themselves."""

from __future__ import annotations

import ast
import re

from kanvasc.emit.clients.python import OURS as PYTHON
from kanvasc.emit.clients.python import python
from kanvasc.emit.clients.typescript import OURS as TYPESCRIPT
from kanvasc.emit.clients.typescript import comment, typescript
from tests.soundness.running import compilation, errors

PROGRAM = r"""
type push
  error as text
  client as text is optional

type client_input
  x as integer

machine client
  accepts
    push as push
    input as client_input
    class as text, is required
    import as list of object {from as text, async as boolean is optional}
    table as map of list of integer
    maybe as list of object {a as decimal}
    self as any
  responds with
    push as push
    record as list of push
    def as text
  implements
    {push: {error: "x", client: null}, record: [], def: "d"}
  expresses
    websocket
      path: "/ws/a"
      auth: none

machine record
  accepts
    op as enum("a", "b'\"\\")
  responds with
    x as integer
  implements
    {x: 1}
  expresses
    websocket
      path: "/ws/r"

machine blocking_record
  responds with
    x as integer
  implements
    {x: 1}
  expresses
    websocket
      path: "/ws/br"
"""


def test_no_name_is_given_twice() -> None:
    compiled = compilation(PROGRAM)
    assert not errors(compiled), errors(compiled)
    made = python("app.kanvas", compiled.program)["machines.py"]
    body = ast.parse(made).body
    ours = [each.name for each in body if isinstance(each, ast.ClassDef)]
    ours += [each.targets[0].id for each in body if isinstance(each, ast.Assign)
             and isinstance(each.targets[0], ast.Name)]  # fmt: skip
    theirs = re.findall(
        r"^export (?:class|interface|type) (\w+)",
        typescript("app.kanvas", compiled.program),
        re.MULTILINE,
    )
    for names, taken in ((ours, PYTHON), (theirs, TYPESCRIPT)):
        assert len(set(names)) == len(names) > 10
        assert not {*names} & {*taken}
    assert {"BlockingRecord", "BlockingRecord2", "BlockingBlockingRecord2"} <= {*ours}


def test_fields_keep_their_names() -> None:
    made = python("app.kanvas", compilation(PROGRAM).program)["machines.py"]
    assert "'class': str" in made
    assert "'def': str" in made
    made = typescript("app.kanvas", compilation(PROGRAM).program)
    assert "\tclass: string;" in made
    assert r"""op?: "a" | "b'\"\\" | null | undefined;""" in made


def test_a_comment_ends_where_it_should() -> None:
    assert comment("a */ b \n c \u2028 \\u002a/") == "a * / b   c   /u002a/"
