"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service

from machines import json

service = Service(
    name="app",
    program="7e689d567fbe151d063feec50da8ddea5b622c46bd48c317bafa911a652b6cb0",
    runtime="0.1.0",
)
app = service.app


service.websocket(
    json.MACHINE,
    WebSocketSurface(path="/ws/odd"),
)

if __name__ == "__main__":
    service.serve()
