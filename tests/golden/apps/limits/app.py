"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.machine import PageSurface
from kanvas_runtime.service import Service

from machines import limits

service = Service(
    name="app",
    program="3f81ea6ddba021b104e7a81a426d8c2b467d47693d7a994cc5e1e058e2893d54",
    runtime="0.1.0",
)
app = service.app


service.page(
    limits.MACHINE,
    PageSurface(path="/", title="Limits"),
)

if __name__ == "__main__":
    service.serve()
