"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

service = Service(
    name="app",
    program="ba579d4bff8776fcf8e8cafedf125d0949651e812e4bce532915129f252b66a5",
    runtime="0.1.0",
)
app = service.app


if __name__ == "__main__":
    service.serve()
