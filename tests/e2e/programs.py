"""Programs that several end-to-end tests serve."""

from __future__ import annotations

LIVE_METRICS = """\
machine live_metrics
accepts metric_name as text
responds with value as number timestamp as text
ensures permissions allowed to reason
implements ask latest, using: "anthropic:claude-haiku-4-5" \
with task "Retrieve the latest value for metric: ${input.metric_name}" \
returns value as number timestamp as text \
assuming value: 42.5 timestamp: "2026-05-07T12:00:00Z"
expresses websocket path: "/ws/metrics"
"""

SYSTEM_DASHBOARD = """\
machine system_dashboard
expresses page path: "/dashboard" title: "System Metrics" websocket path: "/ws/metrics"
"""

SHIPPING = """\
// A rule and no model: what shipping costs.
machine shipping "Shipping"
  accepts
    country as enum("de", "at", "ch"), is required
    weight as number, is required, min: 0, max: 30
    express as boolean, default: false

  responds with
    price as number
    days as integer
    note as text

  implements
    decide base
      when input.country is "de"
        {price: 4.9, days: 2}
      when input.weight is at most 5
        {price: 9.5, days: 4}
      otherwise
        {price: 19.5, days: 5}

    compute quote
      {
        price: steps.base.price,
        days: input.express ? 1 : steps.base.days,
        note: "${input.weight} kg to ${input.country.upper()}"
      }

  expresses
    websocket
      path: "/ws/shipping"
    page
      path: "/shipping"
"""

REALTIME = """\
machine meter
  accepts
    name as text is required
    unit as text, default: "C"
  responds with
    name as text
    unit as text
    count as integer
  implements
    state
      count as integer, default: 0
    set state.count = state.count + 1
    compute answer
      {name: input.name, unit: input.unit, count: state.count}
  expresses
    websocket
      path: "/ws/meter"
      on: "meter.changed"

machine changes
  accepts
    name as text is required
    unit as text is required
  responds with
    told as boolean
  implements
    publishes
      "meter.changed"
    publish "meter.changed" {name: input.name, unit: input.unit}
    compute answer
      {told: true}
  expresses
    websocket
      path: "/ws/changes"

machine clock
  responds with
    ticks as integer
  implements
    state
      ticks as integer, default: 0
    set state.ticks = state.ticks + 1
    compute answer
      {ticks: state.ticks}
  expresses
    websocket
      path: "/ws/clock"
      every: "150ms"

machine echo
  accepts
    name as text is required
  responds with
    name as text
    who as text
  implements
    compute answer
      {name: input.name, who: context.principal ?? "nobody"}
  expresses
    websocket
      path: "/ws/echo"
      idle_timeout: "4s"
      heartbeat: "3s"
      rate: "1000/s"
    websocket
      path: "/ws/keyed"
      auth: api_key
      scopes: machines:run

machine thinker
  accepts
    name as text is required
  responds with
    thought as text
  ensures
    permissions
      allowed to
        reason
  implements
    ask judge, using: "anthropic:claude-haiku-4-5"
      with task "Think about ${input.name}"
      returns
        thought as text
  expresses
    websocket
      path: "/ws/thinker"
      idle_timeout: "4s"
      heartbeat: "3s"
      queue: 8
"""
