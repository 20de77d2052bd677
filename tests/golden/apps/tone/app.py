"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import PageSurface, WebSocketSurface
from kanvas_runtime.service import Service

from machines import tone

service = Service(
    name="app",
    program="92f2df57999aa202c39c18c27bfcb87373b3cb01ec11f982ee6655b21712286a",
    runtime="0.1.0",
)
app = service.app


service.page(
    tone.MACHINE,
    PageSurface(path="/", title="Tone of a passage", live="/ws/tone"),
)
service.websocket(
    tone.MACHINE,
    WebSocketSurface(path="/ws/tone"),
)

if __name__ == "__main__":
    service.serve()
