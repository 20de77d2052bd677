"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import PageSurface, WebSocketSurface
from kanvas_runtime.service import Service

from machines import drafts, press

service = Service(
    name="app",
    program="a44bcbd5674fb6fc82df549f68f8237512a8b7bcd4dd94627881b985dada848c",
    runtime="0.1.0",
)
app = service.app


service.page(
    press.MACHINE,
    PageSurface(path="/", title="Press", live="/ws/press"),
)
service.websocket(
    press.MACHINE,
    WebSocketSurface(path="/ws/press"),
)
service.machine(drafts.MACHINE)

if __name__ == "__main__":
    service.serve()
