"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import PageSurface, WebSocketSurface
from kanvas_runtime.service import Service

from machines import load, system_dashboard

service = Service(
    name="app",
    program="2cbc5f43ec152fbb9e2411c9204e20ec989603a0d131ba251c073e43c2d4c8e7",
    runtime="0.1.0",
)
app = service.app


service.page(
    system_dashboard.MACHINE,
    PageSurface(path="/", title="Systems", live="/ws/systems"),
)
service.websocket(
    system_dashboard.MACHINE,
    WebSocketSurface(path="/ws/systems"),
)
service.page(
    load.MACHINE,
    PageSurface(path="/load", title="Load of a machine", live="/ws/load"),
)
service.websocket(
    load.MACHINE,
    WebSocketSurface(
        path="/ws/load", rate=5.0, max_message=16384, origins=("https://example.com",)
    ),
)

if __name__ == "__main__":
    service.serve()
