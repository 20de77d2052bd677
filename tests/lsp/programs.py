"""Programs that the tests open, all of one small shop."""

ORDER = """\
// Prices an order 🛒
type line
  sku as text, min_length: 1
  price as decimal, min: 0
  amount as integer, range: [1, 100]

machine order "Order"
  accepts
    lines as list of line, is required, max_length: 50
    note as text, description "What the customer wrote"
    country as enum("ch", "de"), default: "ch"

  responds with
    total as decimal
    mood as enum("glad", "cross")

  ensures
    permissions
      allowed to
        reason

  implements
    ask reading, using: "anthropic:claude-haiku-4-5"
      with task "🙂🙂 How does this sound? ${input.note ?? "nothing"}"
      returns
        mood as enum("glad", "cross")
        sure as number
      assuming
        mood: "glad"
        sure: 0.5

    compute sum
      let prices = input.lines.map(line => line.price * line.amount)
      {total: prices.sum(), mood: steps.reading.mood}

  expresses
    page
      path: "/"
    websocket
      path: "/ws/order"

  verifies
    test "an empty order costs nothing"
      given {lines: []}
      expect {total: 0, mood: "glad"}
"""

TWO = """\
machine doubled
  accepts
    x as integer, is required
  responds with
    y as integer
  implements
    compute twice
      {y: input.x * 2}

machine caller
  accepts
    x as integer, is required
  responds with
    y as integer
  ensures
    permissions
      allowed to
        call "doubled"
  implements
    ask other, from: "doubled"
      x: input.x
    compute answer
      {y: steps.other.y}
"""

EVERYWHERE = """\
machine busy
  accepts
    items as list of text, is required
  responds with
    out as list of text
  ensures
    permissions
      allowed to
        http "api.example.com"
      requires approval for
        memory
  implements
    state
      seen as integer, default: 0
    publishes
      "item.seen"
        schema
          name as text
    subscribes
      on "item.seen" run tidy
    for each item in input.items as shown
      compute one
        let big = item.upper()
        big
    together both
      compute left
        1
      compute right
        2
    retry again, max: 2
      compute tried
        steps.both.left
    decide which
      match input.items.length
        0 => "none"
        otherwise => "some"
    recall kept
      query: "x"
    publish "item.seen" {name: "a"}
    set state.seen = state.seen + 1
    compute answer
      {out: steps.shown}
    flow tidy
      compute swept
        true
    flow unused
      run flow(tidy)
"""


def marked(program: str, needle: str, replacement: str) -> str:
    """The program with the first `needle` replaced; `|` in the replacement is the cursor."""
    assert needle in program
    return program.replace(needle, replacement, 1)
