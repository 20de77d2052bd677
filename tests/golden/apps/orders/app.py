"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service

from machines import price_order

service = Service(
    name="app",
    program="eddb042f21b629fac46dd329fbb3fe7acc48d401bb8c2c0ddfc5b4344e0bbfba",
    runtime="0.1.0",
)
app = service.app


service.websocket(
    price_order.MACHINE,
    WebSocketSurface(path="/ws/price", auth=("none",)),
)

if __name__ == "__main__":
    service.serve()
