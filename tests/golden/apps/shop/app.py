"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import PageSurface, WebSocketSurface
from kanvas_runtime.service import Service

from machines import offer, price_of, stock_of

service = Service(
    name="app",
    program="52f6cf392c9816c9588eaab83f75e02f8a7f5c2862ccc434f2d14ed0c85a5adb",
    runtime="0.1.0",
)
app = service.app


service.page(
    offer.MACHINE,
    PageSurface(path="/offer", title="An offer", live="/ws/offer"),
)
service.websocket(
    offer.MACHINE,
    WebSocketSurface(path="/ws/offer"),
)
service.machine(stock_of.MACHINE)
service.machine(price_of.MACHINE)

if __name__ == "__main__":
    service.serve()
