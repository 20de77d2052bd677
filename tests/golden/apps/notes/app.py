"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import notes

service = Service(
    name="app",
    program="540f1ee88731e94403dc339d708ee9847fa0232b79428cb781903b1d2e7f7678",
    runtime="0.1.0",
)
app = service.app


service.machine(notes.MACHINE)

if __name__ == "__main__":
    service.serve()
