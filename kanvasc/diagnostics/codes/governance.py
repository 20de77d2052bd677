"""K4xxx, governance."""

from kanvasc.diagnostics.registry import Code


def _ask(permissions: str, role: str = "") -> str:
    return (
        "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
        f"  ensures\n    permissions\n{permissions}  implements\n"
        '    ask judge, using: "anthropic:claude-haiku-4-5"\n'
        f'      with task "Judge ${{input.a}}"\n{role}      returns\n        b as text\n'
        '      assuming\n        b: "fine"\n'
    )


def _fetch(host: str) -> str:
    return (
        "machine m\n  accepts\n    url as text is required\n  responds with\n"
        f"    status as integer\n  ensures\n    permissions\n      allowed to\n        http{host}\n"
        '  implements\n    ask fetch, from: "@std/http/get"\n      url: input.url\n'
    )


def _remember(namespace: str) -> str:
    return (
        "machine m\n  accepts\n    a as text is required\n  ensures\n    permissions\n"
        "      allowed to\n        memory\n  implements\n    remember note\n"
        f"      content: input.a\n      namespace: {namespace}\n"
    )


def _guarded(lines: str) -> str:
    return (
        "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
        f"  ensures\n    guards\n      short\n{lines}"
        "  implements\n    compute answer\n      {b: input.a}\n"
    )


def _limited(line: str) -> str:
    return _ask(f"{_ALLOWED}    limits\n      {line}\n")


def _sent(needs: str, answer: str, host: str = "https://api.example.com/") -> str:
    return (
        "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
        f'  ensures\n    permissions\n      allowed to\n        http "api.example.com"\n{needs}'
        f'  implements\n    action fetch http\n      url: "{host}"\n'
        '      headers: {authorization: "Bearer ${secrets.token}"}\n'
        f"    compute answer\n      {{b: {answer}}}\n"
    )


def _endpoint(method: str) -> str:
    return (
        "machine m\n  accepts\n    pin as text is required is secret\n  implements\n"
        "    compute answer\n      {a: 1}\n"
        f'  expresses\n    api\n      path: "/m"\n      method: "{method}"\n'
    )


_TOKEN = "    needs\n      token: required\n"
_DONE = '"status ${steps.fetch.status}"'
_ALLOWED = "      allowed to\n        reason\n"
_HELD = "      requires approval for\n        reason\n"

CODES: tuple[Code, ...] = (
    Code(
        "K4001",
        "error",
        "A step needs a capability that is not granted",
        "What a machine may do is read at its head; whatever is not granted there is denied.",
        _ask("      not allowed to\n        memory\n"),
        _ask(_ALLOWED),
    ),
    Code(
        "K4002",
        "warning",
        "There is no such capability",
        "A permission for something that does not exist protects nothing.",
        _ask("      allowed to\n        reason, memry\n"),
        _ask(_ALLOWED),
    ),
    Code(
        "K4003",
        "error",
        "A permission's target is wrong",
        "`http` may name a host and `call` a machine; the others are granted as a whole.",
        _ask('      allowed to\n        reason "quickly"\n'),
        _ask(_ALLOWED),
    ),
    Code(
        "K4004",
        "warning",
        "A permission has no effect",
        "`not allowed to` wins over `requires approval for`, and that over `allowed to`.",
        _ask(f"{_ALLOWED.rstrip()}, http\n      not allowed to\n        http\n"),
        _ask(f"{_ALLOWED}      not allowed to\n        http\n"),
    ),
    Code(
        "K4005",
        "error",
        "A role takes no values from the run",
        "The role is what the model takes orders from: a value that came from outside could "
        "give them too. In the task it is marked as data.",
        _ask(_ALLOWED, '      with role "You serve ${input.a}"\n'),
        _ask(_ALLOWED, '      with role "You are a careful judge"\n'),
    ),
    Code(
        "K4006",
        "warning",
        "A permission is not used",
        "A machine that may do more than it does is harder to trust: what it may do is all that "
        "an attacker could make it do.",
        _ask(f"{_ALLOWED.rstrip()}, http\n"),
        _ask(_ALLOWED),
    ),
    Code(
        "K4007",
        "error",
        "The run decides a host, and any host is granted",
        "What comes in could name a host inside your own network, or an attacker's: a run may only "
        "choose among hosts that the machine's head names.",
        _fetch(""),
        _fetch(' "api.example.com"'),
    ),
    Code(
        "K4008",
        "error",
        "The run decides the namespace of a memory",
        "A namespace keeps what belongs to one apart from what belongs to another: whoever could "
        "send its name, or make a model say it, could read what is not theirs.",
        _remember("input.a"),
        _remember('"notes"'),
    ),
    Code(
        "K4010",
        "error",
        "A guard looks at the input or at the output",
        "One over `input` is held before the run, one over `output` before the result leaves: a "
        "guard over both, over neither or over anything else has no moment at which to be held.",
        _guarded("        check: input.a.length < output.b.length\n"),
        _guarded("        check: output.b.length < 100\n"),
    ),
    Code(
        "K4011",
        "error",
        "A guard cannot redact this",
        "What is redacted becomes null, or a text that says so: the guard has to name fields that "
        "can be one of the two, or it would break the contract that it stands in.",
        _guarded('        check: output.b.length < 100\n        on_violation: "redact"\n'),
        _guarded(
            '        check: output.b.length < 100\n        on_violation: "redact"\n'
            "        fields: [b]\n"
        ),
    ),
    Code(
        "K4012",
        "error",
        "This is no limit on costs",
        "Costs are limited in US dollars, by what the answers of models cost: the amount has to "
        "be one that can be reached.",
        _limited("cost_per_run: 0"),
        _limited("cost_per_run: 0.05"),
    ),
    Code(
        "K4020",
        "error",
        "The machine needs no such secret",
        "What a machine needs is read at its head: the server does not start without it, and says "
        "what is missing.",
        _sent("", _DONE),
        _sent(_TOKEN, _DONE),
    ),
    Code(
        "K4021",
        "error",
        "A secret's value does not stand in the program",
        "The environment of the server supplies it: a program is read by many, and is no place for "
        "secrets.",
        _sent('    needs\n      token: "hunter2"\n', _DONE),
        _sent(_TOKEN, _DONE),
    ),
    Code(
        "K4022",
        "error",
        "A secret would come out",
        "A secret, and whatever is made of it, goes into requests to hosts that are written out, "
        "and nowhere else: what is answered, kept, told or looked at can be read by somebody.",
        _sent(_TOKEN, "secrets.token.slice(0, 4)"),
        _sent(_TOKEN, _DONE),
    ),
    Code(
        "K4023",
        "error",
        "The run decides where a secret is sent",
        "Who could choose the host of a request could have the secret sent to a host of their own.",
        _sent(_TOKEN, _DONE, "https://${input.a}/"),
        _sent(_TOKEN, _DONE, "https://api.example.com/${input.a}"),
    ),
    Code(
        "K4024",
        "error",
        "This cannot be secret",
        "What is kept on disk, told to subscribers or answered to whoever asks is no secret any "
        "more.",
        "machine m\n  implements\n    state\n      pin as text is secret\n"
        "    compute answer\n      {a: 1}\n",
        "machine m\n  accepts\n    pin as text is secret\n  implements\n"
        "    compute answer\n      {a: 1}\n",
    ),
    Code(
        "K4025",
        "warning",
        "A secret that is needed and never read",
        "The server does not start without it, though it would never use it.",
        _sent(_TOKEN + "      other: required\n", _DONE),
        _sent(_TOKEN, _DONE),
    ),
    Code(
        "K4026",
        "error",
        "A secret would stand in an address",
        "Addresses are kept by browsers, proxies and logs, on the way to the app and behind it.",
        _endpoint("GET"),
        _endpoint("POST"),
    ),
    Code(
        "K4030",
        "error",
        "A run that waits for a person is in the way here",
        "A person may take minutes to decide, or a day. A turn at state, an interval, a schedule "
        "or an event cannot wait so long: whatever comes behind would wait as well.",
        _ask(_HELD).replace("  implements\n", "  implements\n    state\n      n as integer\n"),
        _ask(_HELD),
    ),
)
