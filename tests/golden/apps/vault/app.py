"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service

from machines import charge, shop

service = Service(
    name="app",
    program="84010be41c70a5ed1b616520fbf807da1187b4d442c993bd2c63714dbec2e0ba",
    runtime="0.1.0",
)
app = service.app


service.websocket(
    shop.MACHINE,
    WebSocketSurface(path="/ws/shop"),
)
service.machine(charge.MACHINE)

if __name__ == "__main__":
    service.serve()
