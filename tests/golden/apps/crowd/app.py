"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import crowd

service = Service(
    name="app",
    program="0bb4b7de303a5c8e133b570042639d0141f2297152979c72e2dabe40fa977d1e",
    runtime="0.1.0",
)
app = service.app


service.machine(crowd.MACHINE)

if __name__ == "__main__":
    service.serve()
