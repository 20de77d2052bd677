"""Machines whose runs are long, each in a way of its own, and one that is short."""

from __future__ import annotations

_SHORT = """
machine short
  accepts
    n as integer is required
  responds with
    n as integer
  implements
    compute answer
      {n: input.n}
  expresses
    websocket
      path: "/short"
      rate: "100000/s"
"""

_LONG = """
machine {name}
  accepts
    n as list of integer is required
  responds with
    n as integer
{ensures}  implements
{steps}
  expresses
    websocket
      path: "/{name}"
"""

_STEPS = {
    # For each of 700 items all 700 are gone through.
    "loops": """    for each a in input.n
      for each b in input.n
        compute sum
          {c: a + b}
    compute answer
      {n: input.n.length}""",
    "lambdas": """    compute answer
      {n: input.n.map(a => input.n.count(b => b > a)).length}""",
    "sorts": """    compute answer
      {n: input.n.sortBy(a => input.n.count(b => b > a)).length}""",
    "tells": """    publishes "gone.through"
    publish "gone.through" {items: input.n.length}
    for each a in input.n
      for each b in input.n
        compute sum
          {c: a + b}
    compute answer
      {n: input.n.length}""",
    "branches": """    for each a in input.n, concurrency: 2
      compute sum
        {c: input.n.count(b => b > a)}
    compute answer
      {n: input.n.length}""",
    "guarded": """    compute answer
      {n: input.n.length}""",
    "calls": """    ask told, from: "lambdas"
      n: input.n
    compute answer
      {n: steps.told.n}""",
    "flows": """    run flow(level_0)
    compute answer
      {n: input.n.length}
"""
    + "".join(
        f"    flow level_{level}\n" + f"      run flow(level_{level + 1})\n" * 2
        for level in range(18)
    )
    + "    flow level_18\n      compute sum\n        {c: input.n.length}",
}

_ENSURES = {
    "guarded": """  ensures
    guards
      ordered
        check: input.n.every(a => input.n.count(b => b > a) >= 0)
        on_violation: "block"
""",
    "calls": """  ensures
    permissions
      allowed to
        call "lambdas"
""",
}

KINDS = tuple(_STEPS)


def _long(name: str) -> str:
    ensures = _ENSURES.get(name, "")
    return (
        _LONG.replace("{name}", name).replace("{ensures}", ensures).replace("{steps}", _STEPS[name])
    )


_HEARS = """
machine hears
  accepts
    items as integer is required
  responds with
    n as integer
  implements
    subscribes
      on "gone.through"
    compute answer
      {n: input.items}
"""

LONG = _SHORT + _HEARS + "".join(map(_long, KINDS))
