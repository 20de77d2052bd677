"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import parcels

service = Service(
    name="app",
    program="404f73d4da059a3b42b2c39a747ba269c4a11c2b37d4bd37267743f85650850c",
    runtime="0.1.0",
)
app = service.app


service.machine(parcels.MACHINE)

if __name__ == "__main__":
    service.serve()
