"""An app of all test machines: `python -m tests.pages.served --port 9000`."""

from __future__ import annotations

from pathlib import Path

from kanvas_runtime.machine import PageSurface, WebSocketSurface
from kanvas_runtime.service import Service

from tests.pages import machines

ROOT = Path(__file__).parents[2]
MACHINES = (
    machines.DOUBLE,
    machines.ECHO,
    machines.EVERY,
    machines.TICKET,
    machines.COUNTER,
    machines.LOG,
    machines.REPORT,
    machines.ROWS,
    machines.EMPTY,
)

service = Service(
    name="served", program="0" * 64, runtime="0.1.0", directory=ROOT / "templates/page"
)
app = service.app
for machine in MACHINES:
    live = f"/ws/{machine.name}"
    service.websocket(machine, WebSocketSurface(path=live))
    title = machine.title or machine.name
    service.page(machine, PageSurface(path=f"/{machine.name}", title=title, live=live))
service.page(machines.FORMS, PageSurface("/forms", "Forms", renders=machines.FORM_OF))
service.websocket(machines.CALL, WebSocketSurface(path="/ws/call"))
service.page(machines.CALL, PageSurface("/call", "Call", "/ws/call", by_hand=True, follows=False))
service.websocket(machines.CALL, WebSocketSurface(path="/ws/calls", every=0.5))
service.page(machines.CALL, PageSurface("/calls", "Calls", "/ws/calls", by_hand=True))
service.websocket(machines.SLOW, WebSocketSurface(path="/ws/slow"))
service.page(machines.SLOW, PageSurface("/slow", "Slow", "/ws/slow", by_hand=True, follows=False))
service.page(machines.DOUBLE, PageSurface(path="/plain", title="Without a socket"))

if __name__ == "__main__":
    service.serve()
