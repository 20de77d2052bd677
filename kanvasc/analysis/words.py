"""What the words of the language mean, in a sentence each: for hover and completion."""

from __future__ import annotations

from typing import Final

SECTIONS: Final = {
    "accepts": "What a message must hold. Everything is checked before any step runs.",
    "responds with": "What the answer holds. Every field is supplied, on every path.",
    "achieves": "What the machine is for: goals, bounds and examples, for its readers.",
    "ensures": "What the machine may do: permissions, guards, secrets, limits.",
    "implements": "The steps, in the order in which they run.",
    "expresses": "How the machine is reached: its surfaces.",
    "verifies": "Tests, which `kanvasc test` runs without a network.",
}
FILE_WORDS: Final = {
    "machine": "What accepts, what answers, what may be done, how it is reached.",
    "type": "A named object that several machines may share.",
    "uses": "Makes the types and machines of another file visible in this one.",
}
STEPS: Final = {
    "ask": "Asks a model (`using`), another machine or a web service (`from`).",
    "action": "Sends one request to a web service.",
    "compute": "Calculates a value: `let` lines, then the value. It touches nothing outside.",
    "decide": "Takes the first arm whose condition holds; its value is that arm's.",
    "for each": "Runs its body for every item of a list; its value is the list of their values.",
    "together": "Runs the steps in it at the same time. A failure stops the others.",
    "retry": "Runs its body again when it fails.",
    "flow": "Steps under a name of their own, run with `run flow(name)`.",
    "run flow": "Runs a flow; the value is the flow's.",
    "set": "Gives a field of the machine's state another value.",
    "remember": "Keeps a text, to be found again with `recall`.",
    "recall": "Finds what was remembered and is near to a query.",
    "publish": "Publishes an event, for whatever subscribes to it.",
    "push": "Sends a result now, before the run is over.",
    "on failure": "What happens instead when a step of this body fails; `error` says why.",
}
CLAUSES: Final = {
    "with": "More about an `ask`: `task`, `role`, `effort`, `max_tokens`.",
    "returns": "The fields that the answer of this step must have.",
    "assuming": "What the step answers in tests and under `--simulate`.",
    "let": "A name for a value, in this step only.",
    "when": "An arm: a condition, and what happens where it is true.",
    "otherwise": "The arm that is taken when no other is.",
    "match": "Arms by the value of one expression.",
    "using": "The model that is asked, as `provider:model`.",
    "from": "Where the value comes from.",
    "test": "A test: what comes in, what is assumed, what is expected.",
    "given": "The message that the test sends.",
    "expect": "What the answer must hold; more fields may be there.",
    "for example": "An example, which runs as a test.",
    "goal": "What the machine is for, in a sentence.",
    "succeeds when": "What counts as success.",
    "never": "What must not happen.",
    "permissions": "What the machine may do; whatever is not granted is denied.",
    "allowed to": "Grants capabilities, with commas between them.",
    "not allowed to": "Denies capabilities, whatever else grants them.",
    "requires approval for": "Grants capabilities, each use once a person has approved it.",
    "guards": "Rules for what comes in and what goes out.",
    "needs": "Secrets that the server is started with: `name: required`.",
    "limits": "Bounds of a run: time, tokens, requests.",
    "state": "What the machine keeps from one run to the next.",
    "runtime": "How long a run may take, and how often it is tried.",
    "schedules": "When the machine runs by itself.",
    "subscribes": "Events that start a run.",
    "publishes": "Events that the machine may publish, and what they hold.",
    "schema": "The fields of an event.",
    "on": "An event that starts a run.",
    "render": "How a page shows a field.",
    "as": "What type it is, or under which name.",
    "of": "What the items are.",
    "in": "Whether a list, map or text holds it.",
    "is": "Whether two values are equal.",
    "and": "True where both sides are.",
    "or": "True where one of the sides is.",
    "not": "True where what follows is false.",
}
MODIFIERS: Final = {
    "is required": "It must be there, and not null.",
    "is optional": "It may be absent or null.",
    "is secret": "It goes only to servers and machines that it is sent to, and is shown nowhere.",
    "default": "The value when it is absent.",
    "min": "The smallest number.",
    "max": "The largest number.",
    "range": "The smallest and the largest number: `[low, high]`.",
    "min_length": "The least number of characters, or of items.",
    "max_length": "The largest number of characters, or of items.",
    "pattern": "A pattern (RE2) that the whole text must fit.",
    "format": "A well-known form: email, url, uuid, ipv4, ipv6 or date-time.",
    "choices": "The texts that are allowed.",
    "subset": "The items that are allowed.",
    "description": "A sentence about it, for documents and pages.",
    "label": "What a page calls it.",
    "from": "The step, or the state, whose value this output is.",
}
FORMS: Final = {
    "table": "Lines that a heading sorts: a list, a map or an object.",
    "cards": "A card for each object of a list.",
    "metric": "One value in large, with its course where it is a number.",
    "chart": "A line through a list of numbers, or through what a number has been.",
    "text": "As it reads, without being set off.",
    "json": "As it is sent.",
}
TYPES: Final = {
    "text": "Characters. Lengths and positions count code points.",
    "integer": "A whole number, up to ±9007199254740991.",
    "number": "A number with a fractional part, as in JSON.",
    "decimal": "An exact number of up to 34 digits; answered as text.",
    "boolean": "true or false.",
    "uuid": "A UUID.",
    "date": "A day, `2026-01-31`.",
    "datetime": "A moment, as RFC 3339; answered in UTC.",
    "list": "Values in order. `list of T` says which.",
    "map": "Values by texts. `map of T` says which.",
    "object": "Named fields, between braces.",
    "enum": "One of a few texts, between brackets.",
    "any": "Anything that JSON holds.",
}
CAPABILITIES: Final = {
    "reason": "Ask models.",
    "http": "Send requests; with a host behind it, to that host only.",
    "memory": "Remember and recall.",
    "call": "Run other machines; with a name behind it, that machine only.",
}
SURFACES: Final = {
    "websocket": "A socket: a message in, an answer out, and pushes in between.",
    "page": "A page with a form for what comes in and a view of what goes out.",
    "api": "An address that takes a JSON request and gives a JSON answer.",
    "mcp": "A tool that models can call.",
    "webhook": "An address that another service calls.",
}
OPTIONS: Final = {
    "path": "The address, from the root; an api may have fields in it: `/orders/{id}`.",
    "provider": "Whose signature the requests have: stripe, github or slack.",
    "title": "What the page is called.",
    "live": "Whether the view follows what the machine pushes.",
    "idle_timeout": "When a connection that says nothing is closed.",
    "heartbeat": "How often a connection is asked whether it is still there.",
    "max_message": "The largest message.",
    "rate": 'Messages a second or a minute: `"50/s"`.',
    "queue": "How many messages of a connection may wait.",
    "max_connections": "How many connections there may be.",
    "origins": "The web origins that may connect.",
    "auth": "Who may connect: none, api_key, session or oauth.",
    "scopes": "What credentials must allow, such as machines:run.",
    "every": "How often subscribers get a new result.",
    "on": "The event that gives subscribers a new result.",
    "concurrency": "How many runs there may be at a time.",
    "max": "How many tries in all.",
    "backoff": 'How the wait grows: "none", "linear" or "exponential".',
    "delay": "The wait before the second try.",
    "url": "The address that the request goes to.",
    "method": "How the address is called: GET, POST, PUT, PATCH or DELETE.",
    "headers": "The request's headers, by name.",
    "body": "The request's body, as JSON.",
    "timeout": "How long to wait for the answer.",
}
WITHS: Final = {
    "task": "What is asked; `${…}` puts values in.",
    "role": "Who the model is to be.",
    "effort": "How hard to think: low, medium or high.",
    "max_tokens": "The longest answer.",
}
ROOTS: Final = {
    "input": "What came in with the message.",
    "steps": "The values of the steps above, by name.",
    "state": "What the machine keeps from one run to the next.",
    "loop": "`loop.index` is the number of the item whose turn it is, from 0.",
    "error": "Inside `on failure`: which step failed, and why.",
    "secrets": "The secrets under `needs`, by name.",
    "context": "Who asked, through which surface, and when.",
}
VALUES: Final = {
    "true": "The boolean that holds.",
    "false": "The boolean that does not hold.",
    "null": "No value.",
}
CONTEXT: Final = {
    "principal": "Who asked; null where nobody had to say.",
    "surface": "The surface that the message came through.",
    "now": "When the run began.",
}

EVERY: Final = (SECTIONS, FILE_WORDS, STEPS, CLAUSES, MODIFIERS, TYPES, CAPABILITIES, SURFACES)


def about(word: str) -> str:
    """The sentence about a keyword; empty for a word that is none."""
    return next((table[word] for table in EVERY if word in table), VALUES.get(word, ""))
