"""Programs whose contracts are looked at."""

from __future__ import annotations

DESK = """
type line
  sku as text
  amount as integer is optional

machine desk "The desk"
  accepts
    question as text, is required, max_length: 200
    tone as enum("calm", "brisk"), default: "calm"
    lines as list of object {sku as text, amount as integer is optional}, default: []
    price as decimal

  responds with
    answer as text from steps.reply.answer
    total as integer
    at as datetime, is optional
    price as decimal, is optional

  achieves
    goal "Answer what people ask at the desk"

  ensures
    permissions
      allowed to
        reason

  implements
    ask reply, using: "anthropic:claude-haiku-4-5"
      with task "Answer: ${input.question}"
      returns
        answer as text
      assuming
        answer: "Come at nine."

    {
      total: input.lines.count(),
      price: input.price
    }

  expresses
    websocket
      path: "/ws/desk"
      auth: none
      max_message: "4KB"
    websocket
      path: "/ws/staff"
      auth: api_key, session
      scopes: machines:run

machine class_list "Ends no */ comment \\"\\"\\" and no text"
  accepts
    class as text, choices: ["a\\"b", "*/"]
    from_ as list of line, default: []
    extra as map of any
    when as date
  responds with
    class as text, is optional
    lines as list of line
    rest as any
  implements
    {class: input.class, lines: input.from_, rest: input.extra}
  expresses
    websocket
      path: "/ws/list"
      auth: none
      rate: "5/s"

machine clock
  responds with
    ticks as integer

  implements
    state
      ticks as integer, default: 0
    set state.ticks = state.ticks + 1
    {ticks: state.ticks}

  expresses
    websocket
      path: "/ws/clock"
      auth: none

machine payout "Payout"
  accepts
    name as text, is required
  responds with
    value as integer
  ensures
    permissions
      requires approval for
        call "gauge"
  implements
    ask read, from: "gauge"
      name: input.name
    {value: steps.read.value}
  expresses
    websocket
      path: "/ws/payout"
      auth: none

machine gauge "Gauge"
  accepts
    name as text, is required

  responds with
    name as text
    value as integer

  implements
    push
      {name: input.name, value: 1}
    {name: input.name, value: input.name.length}

  expresses
    websocket
      path: "/ws/gauge"
      auth: none
    api
      path: "/gauges/{name}"
      method: "GET"
      auth: none
    api
      path: "/gauges"
      auth: none
"""
"""Sockets of every kind: open and closed ones, two of one machine, texts that grow, pushes."""

SILENT = """
machine silent
  responds with
    x as integer
  implements
    {x: 1}
"""
"""No surface at all."""
