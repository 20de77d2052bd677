"""All that a run could reach, replaced by something that writes down what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import HttpAnswer
from kanvas_runtime.memory import Recalled
from kanvas_runtime.memory.interface import Remembered, Wanted
from kanvas_runtime.outside.http import Http
from kanvas_runtime.outside.request import Request
from kanvas_runtime.reasoning.provider import Meter, Question, Reply
from kanvas_runtime.reasoning.registry import Reasoners

PUBLIC = "93.184.215.14"


class Outside:
    """A provider, a memory and a client of HTTP in one. `came` has the mark of each step.

    The provider answers `replies` one after the other, and the last one for ever.
    """

    def __init__(self, *replies: str) -> None:
        self.came: list[str] = []
        self.questions: list[Question] = []
        self.requests: list[Request] = []
        self._replies = replies or ("done",)

    async def answer(self, question: Question, _: Meter) -> Reply:
        self.came.append(question.system.split()[0])
        self.questions.append(question)
        turn = min(len(self.questions), len(self._replies)) - 1
        return Reply(self._replies[turn], "finished")

    async def aclose(self) -> None:
        pass

    async def remember(self, what: Remembered) -> None:
        self.came.append(what.content)

    async def recall(self, wanted: Wanted) -> Recalled:
        raise AssertionError("no program recalls")

    async def close(self) -> None:
        pass

    async def send(self, request: Request, addresses: tuple[str, ...]) -> HttpAnswer:
        assert addresses == (PUBLIC,)
        self.came.append(request.url.target.removeprefix("/"))
        self.requests.append(request)
        return HttpAnswer(status=200)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        return [PUBLIC]

    def gate(self, ledger: MemoryLedger) -> Gate:
        """A gate that leads here."""
        client: Any = self
        providers = Reasoners({}, {"anthropic": self})
        return Gate(ledger, providers, memory=self, http=Http(self.resolve, client))
