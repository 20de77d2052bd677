"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import rates

service = Service(
    name="app",
    program="55021e87f713b5f3ce95ae00fa75b4204d3a23aa6c01cd664068926f000ddaa6",
    runtime="0.1.0",
)
app = service.app


service.machine(rates.MACHINE)

if __name__ == "__main__":
    service.serve()
