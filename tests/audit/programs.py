"""Programs of machines that call each other, each with steps and permissions drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.audit.rules import Rights, Wish

MACHINES = ("first", "second", "third")
"""Each may call those behind it."""

URLS = (
    "https://example.com",
    "https://api.example.com",
    "https://deep.api.example.com",
    "https://notexample.com",
    "https://example.com.evil.test",
    "http://api.example.com",
    "https://api.example.com:8443",
    "https://API.example.com",
)
TARGETS = (
    None,
    "example.com",
    "api.example.com",
    "*.example.com",
    "*.api.example.com",
    "http://api.example.com",
    "api.example.com:8443",
    "https://api.example.com:8443",
    "http://*.example.com",
    "api.example.com:443",
)


@dataclass(frozen=True)
class Program:
    """By machine: the wishes of its steps in their order, and its rights as they are written."""

    steps: dict[str, tuple[Wish, ...]]
    rights: dict[str, Rights]

    def text(self) -> str:
        """A program in which every step may fail, and the next is taken all the same."""
        return "\n".join(_machine(name, self.steps[name], self.rights[name]) for name in MACHINES)

    def ways(self, name: str = MACHINES[0]) -> list[list[str]]:
        """Each way from a machine to those that it calls, and they call, itself first."""
        found = [[name]]
        for wish in self.steps[name]:
            if wish.capability == "call":
                found += [[name, *way] for way in self.ways(str(wish.target))]
        return found


def _wishes(name: str) -> st.SearchStrategy[Wish]:
    kinds = [
        st.just(Wish("reason")),
        st.just(Wish("memory")),
        st.builds(Wish, st.just("http"), st.sampled_from(URLS)),
    ]
    behind = MACHINES[MACHINES.index(name) + 1 :]
    if behind:
        kinds.append(st.builds(Wish, st.just("call"), st.sampled_from(behind)))
    return st.one_of(kinds)


_NAMED = st.one_of(
    st.sampled_from([Wish("reason"), Wish("memory"), Wish("call")]),
    st.builds(Wish, st.just("call"), st.sampled_from(MACHINES[1:])),
    st.builds(Wish, st.just("http"), st.sampled_from(TARGETS)),
)
_EVERYTHING = (Wish("reason"), Wish("memory"), Wish("http"), Wish("call"))


def rights(held: bool) -> st.SearchStrategy[Rights]:
    """Rights at random, among them many that grant much: else hardly anything would happen."""
    few = st.lists(_NAMED, max_size=2, unique=True).map(tuple)
    some = st.lists(_NAMED, max_size=5, unique=True).map(tuple)
    allowed = st.one_of(some, st.just(_EVERYTHING), some.map(lambda more: _EVERYTHING[:2] + more))
    return st.builds(Rights, allowed, few, few if held else st.just(()))


@st.composite
def programs(draw: st.DrawFn, held: bool = False) -> Program:
    """At most three steps a machine, so that a run has at most 3 + 9 + 27."""
    steps = {
        name: tuple(draw(st.lists(_wishes(name), min_size=1, max_size=3))) for name in MACHINES
    }
    return Program(steps, {name: draw(rights(held)) for name in MACHINES})


def tag(machine: str, number: int) -> str:
    """What the outside sees of a step, whatever kind it is."""
    return f"{machine}-{number}"


def _machine(name: str, steps: tuple[Wish, ...], given: Rights) -> str:
    lists = {
        "allowed to": given.allowed,
        "not allowed to": given.denied,
        "requires approval for": given.approval,
    }
    permissions = "".join(
        f"      {verdict}\n        {', '.join(map(str, wishes))}\n"
        for verdict, wishes in lists.items()
        if wishes
    )
    ensures = f"  ensures\n    permissions\n{permissions}" if permissions else ""
    body = "".join(_step(name, number, wish) for number, wish in enumerate(steps))
    return (
        f'machine {name}\n  accepts\n    note as text, default: "n"\n'
        f"  responds with\n    told as text\n{ensures}  implements\n{body}"
        f'    compute answer\n      {{told: "all"}}\n'
    )


def _step(machine: str, number: int, wish: Wish) -> str:
    mark = tag(machine, number)
    match wish.capability:
        case "reason":
            step = f'ask a{number}, using: "anthropic:m"\n        with task "{mark}"'
        case "memory":
            step = f'remember a{number}\n        content: "{mark}"'
        case "http":
            step = f'ask a{number}, from: "@std/http/get"\n        url: "{wish.target}/{mark}"'
        case _:
            step = f'ask a{number}, from: "{wish.target}"\n        note: "{mark}"'
    recovery = '      "done"\n      on failure\n        error.type\n'
    return f"    retry s{number}, max: 1\n      {step}\n{recovery}"
