"""A program that does everything that is governed, and leaves every kind of record."""

from __future__ import annotations

_DESK = """
machine clerk
  accepts
    message as text is required
  responds with
    length as integer
  implements
    compute answer
      {length: input.message.length}

machine desk
  accepts
    message as text is required
    host as text, default: "{origin}"
  responds with
    tone as text
    status as integer
    note as text, is optional
  ensures
    permissions
      allowed to
        reason, memory, call "clerk", http "{origin}"
    guards
      polite
        check: not input.message.includes("rude")
        on_violation: "block"
      short
        check: not output.tone.includes("long")
        on_violation: "record"
    limits
      cost_per_run: 0.05
      cost_per_day: 10
  implements
    ask judged, using: "anthropic:claude-haiku-4-5"
      with task "How does ${input.message} sound?"
      with max_tokens: 100
      returns
        tone as text
      assuming
        tone: "warm"
    ask told, from: "@std/http/post"
      url: "${input.host}/notes"
      body: {tone: steps.judged.tone}
      assuming
        status: 200
    ask counted, from: "clerk"
      message: input.message
    remember kept
      content: input.message
    push {tone: steps.judged.tone, status: 0, note: "half"}
    compute answer
      {tone: steps.judged.tone, status: steps.told.status, note: "${steps.counted.length}"}
  expresses
    websocket
      path: "/ws/desk"
      auth: none
    websocket
      path: "/ws/keyed"
      auth: api_key
    page
      path: "/desk"
      title: "Desk"
      live: "/ws/desk"
      auth: none
"""


def desk(origin: str) -> str:
    """With the one host that it may send requests to."""
    return _DESK.replace("{origin}", origin)
