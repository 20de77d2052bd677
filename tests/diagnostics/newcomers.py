"""One mistake each, of people who are new to the language: what is written, and what they write."""

from __future__ import annotations

PROGRAM = """machine desk "Help desk"
  accepts
    message as text, is required
    plan as enum("free", "team"), default: "free"
    hours as integer, default: 1
    tags as list of text, default: []

  responds with
    answer as text
    urgent as boolean
    total as number

  ensures
    permissions
      allowed to
        reason, http "api.example.com"

  implements
    state
      count as integer, default: 0

    ask judge, using: "anthropic:claude-haiku-4-5"
      with task "How urgent is this? ${input.message}"
      returns
        urgency as integer, range: [1, 5]
        why as text
      assuming
        urgency: 2
        why: "A question"

    action rate http
      url: "https://api.example.com/rate"
      returns
        rate as number
      assuming
        rate: 1.5

    compute price
      let base = input.hours * 80
      base * steps.rate.body.rate

    decide answer
      when steps.judge.urgency > 3
        "at once"
      when input.plan is "team"
        "today"
      otherwise
        "this week"

    for each tag in input.tags as shout
      tag.upper()

    set state.count = state.count + 1

    compute done
      {answer: steps.answer, urgent: steps.judge.urgency > 3, total: steps.price}

  expresses
    page
      path: "/"
    websocket
      path: "/ws/desk"

  verifies
    test "urgent"
      given {message: "Fire"}
      assuming judge {urgency: 5, why: "It burns"}
      expect {answer: "at once", urgent: true}
"""
MISTAKES = (
    ("  accepts\n", "  accept\n"),
    ("  accepts\n", "  inputs\n"),
    ("  accepts\n", "  input\n"),
    ("  responds with", "  respond with"),
    ("  responds with", "  returns"),
    ("  responds with", "  outputs"),
    ("  responds with", "  responds"),
    ("  ensures", "  ensure"),
    ("  ensures", "  requires"),
    ("    permissions", "    permission"),
    ("allowed to", "allow to"),
    ("      allowed to", "      allowed"),
    ("allowed to", "allows"),
    ("allowed to", "can"),
    ("  implements", "  implement"),
    ("  implements", "  steps"),
    ("  implements", "  does"),
    ("  expresses", "  express"),
    ("  expresses", "  exposes"),
    ("  verifies", "  verify"),
    ("  verifies", "  tests"),
    ("machine desk", "machines desk"),
    ("machine desk", "agent desk"),
    ("machine desk", "class desk"),
    ("machine desk", "service desk"),
    ("reason, http", "model, http"),
    ("reason, http", "reasons, http"),
    ('http "api', 'https "api'),
    ('http "api', 'network "api'),
    ("using: ", "with: "),
    ("using: ", "model: "),
    ('with task "How', 'task "How'),
    ('with task "How', 'with prompt "How'),
    ('with task "How', 'prompt: "How'),
    ("      returns\n        urgency", "      return\n        urgency"),
    ("      assuming\n        urgency", "      assume\n        urgency"),
    ("      assuming\n        urgency", "      assumes\n        urgency"),
    ("      assuming\n        urgency", "      mock\n        urgency"),
    ("compute price", "computes price"),
    ("compute price", "calc price"),
    ("decide answer", "decides answer"),
    ("decide answer", "choose answer"),
    ("decide answer", "switch answer"),
    ("when steps.judge", "if steps.judge"),
    ("when steps.judge", "whenever steps.judge"),
    ("      otherwise", "      else"),
    ("      otherwise", "      default"),
    ("when input.plan is", "elif input.plan is"),
    ("      otherwise", "      else:"),
    ("for each tag in", "for tag in"),
    ("for each tag in", "foreach tag in"),
    ("for each tag in", "each tag in"),
    ("for each tag in", "for each tag of"),
    ("    websocket\n", "    websockets\n"),
    ("    websocket\n", "    socket\n"),
    ("    websocket\n", "    ws\n"),
    ("    page\n", "    pages\n"),
    ('      path: "/"', '      url: "/"'),
    ('      path: "/"', '      paths: "/"'),
    ('      path: "/"', '      route: "/"'),
    ('test "urgent"', 'tset "urgent"'),
    ('test "urgent"', 'it "urgent"'),
    ("expect {answer", "expects {answer"),
    ("expect {answer", "assert {answer"),
    ("given {mess", "gives {mess"),
    ("given {mess", "input {mess"),
    ("given {mess", "when {mess"),
    ("message as text", "message as string"),
    ("message as text", "message as str"),
    ("message as text", "message as Text"),
    ("hours as integer", "hours as int"),
    ("hours as integer", "hours as Integer"),
    ("total as number", "total as float"),
    ("urgent as boolean", "urgent as bool"),
    ("list of text", "list<text>"),
    ("list of text", "text[]"),
    ("list of text", "list[text]"),
    ("list of text", "array of text"),
    ("list of text", "list of texts"),
    ('enum("free", "team")', 'enum["free", "team"]'),
    ('enum("free", "team")', "enum(free, team)"),
    ('enum("free", "team")', '"free" | "team"'),
    ("message as text", "message: text"),
    ("message as text", "message text"),
    ("message as text", "message is text"),
    ("message as text", "text message"),
    ("message as text", "message = text"),
    ("hours as integer, default: 1", "hours as integer?"),
    ("message as text, is required", "message as text!"),
    ("is required\n", "required\n"),
    ("is required\n", "is mandatory\n"),
    ("is required\n", "is not null\n"),
    ("is required\n", "is require\n"),
    ("is required\n", "required: true\n"),
    ("hours as integer, default: 1", "hours as integer, is optional"),
    ("integer, default: 1\n    tags", "integer, default = 1\n    tags"),
    ("integer, default: 1\n    tags", "integer = 1\n    tags"),
    ("integer, default: 1\n    tags", "integer, defaults to 1\n    tags"),
    ("range: [1, 5]", "range: 1..5"),
    ("range: [1, 5]", "range: 1-5"),
    ("range: [1, 5]", "between: [1, 5]"),
    ("range: [1, 5]", "range: (1, 5)"),
    ("range: [1, 5]", "minimum: 1"),
    ('"How urgent is this? ${input.message}"', 'f"How urgent is this? {input.message}"'),
    ("${input.message}", "{input.message}"),
    ("${input.message}", "$input.message"),
    ("${input.message}", "#{input.message}"),
    ("${input.message}", "{{input.message}}"),
    ('"How urgent is this? ${input.message}"', "`How urgent is this? ${input.message}`"),
    ('"at once"\n      when', "'at once'\n      when"),
    ("input.hours * 80", "input.hours . 80"),
    ("input.hours * 80", "len(input.tags) * 80"),
    ("input.hours * 80", "input.tags.length() * 80"),
    ("input.hours * 80", "input.tags.size * 80"),
    ("tag.upper()", "str(tag)"),
    ("tag.upper()", "tag.toUpperCase()"),
    ("tag.upper()", "tag.upper"),
    ("tag.upper()", "upper(tag)"),
    ("tag.upper()", "tag.capitalize()"),
    ("tag.upper()", "input.tags.append(tag)"),
    ("tag.upper()", "input.tags.push(tag)"),
    ("input.plan is", "input.plan ==="),
    ("input.plan is", "input.plan ="),
    ("input.plan is", "input.plan equals"),
    ("input.plan is", "input.plan eq"),
    ("input.plan is", "input.plan !=="),
    ("input.plan is", "input.plan <>"),
    ("input.plan is", "input.plan isnt"),
    ('urgency > 3\n        "at', 'urgency is greater than or equal to 3\n        "at'),
    ('urgency > 3\n        "at', 'urgency is more than 3\n        "at'),
    ('urgency > 3\n        "at', 'urgency is greater 3\n        "at'),
    ('urgency > 3\n        "at', 'urgency > = 3\n        "at'),
    ('urgency > 3\n        "at', 'urgency => 3\n        "at'),
    ("urgent: steps.judge.urgency > 3", "urgent: True"),
    ("total: steps.price", "total: None"),
    ("total: steps.price", "total: undefined"),
    ("urgent: steps.judge.urgency > 3", "urgent: !steps.judge.urgency > 3"),
    ('input.plan is "team"\n', 'input.plan is "team" && input.hours > 1 & true\n'),
    ('input.plan is "team"\n', 'input.plan is "team" xor true\n'),
    ("urgent: steps.judge.urgency > 3", "urgent: true if steps.judge.urgency > 3 else false"),
    ("input.hours * 80", "input.hours ** 80"),
    ("set state.count = state.count + 1", "state.count++"),
    ("set state.count = state.count + 1", "set state.count += 1"),
    ("set state.count = state.count + 1", "state.count = state.count + 1"),
    ("set state.count = state.count + 1", "set state.count to state.count + 1"),
    ("set state.count = state.count + 1", "set count = count + 1"),
    ("tag.upper()", "input.tags.map(lambda x: x)"),
    ("tag.upper()", "input.tags.map(x -> x)"),
    ("tag.upper()", "input.tags.map(function(x) { return x })"),
    ("tag.upper()", "[x for x in input.tags]"),
    ("steps.answer,", "steps.answer?.upper(),"),
    ("steps.answer,", 'steps.answer || "none",'),
    ("let base = input", "let base input"),
    ("let base = input", "let base := input"),
    ("let base = input", "var base = input"),
    ("let base = input", "const base = input"),
    ("let base = input", "base = input"),
    ("      {answer: steps", "      return {answer: steps"),
    ("      base * steps", "      print(base)\n      base * steps"),
    ("steps.judge.urgency > 3,", "judge.urgency > 3,"),
    ("steps.judge.urgency > 3,", "step.judge.urgency > 3,"),
    ("steps.judge.urgency > 3,", "stpes.judge.urgency > 3,"),
    ("steps.judge.urgency > 3,", "steps.juge.urgency > 3,"),
    ("steps.judge.urgency > 3,", "steps.judge.urgncy > 3,"),
    ("${input.message}", "${inputs.message}"),
    ("${input.message}", "${message}"),
    ("${input.message}", "${request.message}"),
    ("steps.rate.body.rate", "steps.rate.rate"),
    ("steps.rate.body.rate", "steps.rate.response.rate"),
    ("input.plan is", "input.plann is"),
    ('is "team"', 'is "tema"'),
    ("steps.answer,", "this.answer,"),
    ("steps.answer,", "self.answer,"),
    (", total: steps.price", ""),
    ("total: steps.price", "totl: steps.price"),
    ("total: steps.price", "total: context.time"),
    ('machine desk "Help desk"\n', ""),
    ("  accepts\n    message", "    message"),
    ("      otherwise\n", ""),
    ('path: "/"\n', 'path "/"\n'),
    ('path: "/"\n', 'path = "/"\n'),
    ('path: "/"\n', "path: /\n"),
    ('"anthropic:claude-haiku-4-5"', "anthropic:claude-haiku-4-5"),
    ("ask judge, using", "ask using"),
    ("ask judge, using", "ask judge: using"),
    ("ask judge, using", 'ask "judge", using'),
    ("compute price\n", "compute price:\n"),
    ("compute price\n", "compute price =\n"),
    ("compute price\n", "compute\n"),
    ("when steps.judge.urgency > 3\n", "when steps.judge.urgency > 3:\n"),
    ("when steps.judge.urgency > 3\n", "when steps.judge.urgency > 3 then\n"),
    ("when steps.judge.urgency > 3\n", "when (steps.judge.urgency > 3) {\n"),
    (
        'when steps.judge.urgency > 3\n        "at once"',
        'when steps.judge.urgency > 3 => "at once"',
    ),
    ('machine desk "Help desk"\n', "machine desk {\n"),
    ('machine desk "Help desk"\n', "machine desk:\n"),
    ('        "this week"\n', '        "this week"\n    end\n'),
    ("total: steps.price}", "total: steps.price"),
    ("total: steps.price}", "total: steps.price}}"),
    ('"at once"\n      when', '"at once\n      when'),
    ("[1, 5]", "[1, 5"),
    ("count + 1\n", "count + 1;\n"),
    ("    set state", "    # count it\n    set state"),
    ("    set state", "    /* count it */\n    set state"),
    ("    set state", "    -- count it\n    set state"),
    ("    set state", "\tset state"),
    ("        why as text\n      assuming", "          why as text\n      assuming"),
    ("      when input.plan", "    when input.plan"),
    ("for each tag in input.tags", "for each input.tags as tag"),
    ("set state.count = state.count + 1", "set 1 = state.count"),
    (
        'action rate http\n      url: "https://api.example.com/rate"',
        'action rate http "https://api.example.com/rate"',
    ),
    ("action rate http\n", "http get rate\n"),
    ("action rate http\n", "fetch rate\n"),
    ("action rate http", "action http rate"),
    ("action rate http", "get rate"),
    ('reason, http "api.example.com"', "reason"),
    ('http "api.example.com"', 'http "example.com"'),
    ('http "api.example.com"', 'http "https://api.example.com/rate"'),
    ("reason, http", "reason and http"),
    ("reason, http", "reason http"),
    ("        reason, http", "        - reason, http"),
    ("permissions\n", "permissions:\n"),
    (
        "      returns\n        urgency",
        "      with temperature: 0.2\n      returns\n        urgency",
    ),
    ("      returns\n        urgency", "      with max_token: 100\n      returns\n        urgency"),
    ('"anthropic:claude-haiku-4-5"', '"claude-haiku-4-5"'),
    ('"anthropic:claude-haiku-4-5"', '"openai:gpt-4o"'),
    ("    state\n", "    runtime\n      timeout: 30s\n    state\n"),
    ("    state\n", '    runtime\n      timeout: "30 seconds"\n    state\n'),
    ("    state\n", "    schedules\n      every: 10 minutes\n    state\n"),
    ("    state\n", '    schedules\n      cron: "every day"\n    state\n'),
    ('path: "/ws/desk"\n', 'path: "/ws/desk"\n      rate: 50\n'),
    ('path: "/ws/desk"\n', 'path: "/ws/desk"\n      max_message: 64KB\n'),
    ('path: "/ws/desk"\n', 'path: "/ws/desk"\n      auth: apikey\n'),
    ('path: "/ws/desk"\n', 'path: "/ws/desk"\n      auth: "api_key"\n'),
    (
        'url: "https://api.example.com/rate"\n',
        'url: "https://api.example.com/rate"\n      header: {a: "b"}\n',
    ),
    ("compute price", "compute netPrice"),
    ("message as text, is", "message-text as text, is"),
    ("compute price", "compute accepts"),
    ("compute price", "compute 1price"),
    ("compute price", "compute net price"),
)
"""The first text of PROGRAM that is the one becomes the other."""
