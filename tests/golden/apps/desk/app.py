"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service

from machines import desk, sweep

service = Service(
    name="app",
    program="6ee85094329794d24fe32c469b03edadd88614eb79e0a89187a0a7bc787c6e05",
    runtime="0.1.0",
)
app = service.app


service.websocket(
    desk.MACHINE,
    WebSocketSurface(path="/ws/desk"),
)
service.machine(sweep.MACHINE)

if __name__ == "__main__":
    service.serve()
