"""Every surface: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.service import Service

from machines import invoice, letter, net

service = Service(
    name="app",
    program="ba579d4bff8776fcf8e8cafedf125d0949651e812e4bce532915129f252b66a5",
    runtime="0.1.0",
)
app = service.app


service.machine(net.MACHINE)
service.machine(letter.MACHINE)
service.machine(invoice.MACHINE)

if __name__ == "__main__":
    service.serve()
