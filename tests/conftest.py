"""Signals as a terminal leaves them, however the tests were started."""

from __future__ import annotations

import signal

# A shell starts what it sends to the background with SIGINT ignored, and so would every command
# that a test interrupts be.
signal.signal(signal.SIGINT, signal.default_int_handler)
