"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service

from machines import pack, take_order, tell_customer

service = Service(
    name="app",
    program="2c435c2123a772b38344e3166f3669efe931ac09c071de02c64ed160031d15d1",
    runtime="0.1.0",
)
app = service.app


service.websocket(
    take_order.MACHINE,
    WebSocketSurface(path="/ws/orders", auth=("none",)),
)
service.websocket(
    tell_customer.MACHINE,
    WebSocketSurface(path="/ws/letters", auth=("none",)),
)
service.machine(pack.MACHINE)

if __name__ == "__main__":
    service.serve()
