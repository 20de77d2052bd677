"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import council

service = Service(
    name="app",
    program="a3a5d05ceca229010ba365020daf9cf86cc175f4470af81957666f00ec4f3c18",
    runtime="0.1.0",
)
app = service.app


service.machine(council.MACHINE)

if __name__ == "__main__":
    service.serve()
