"""Starts the server on a pipe or on a port."""

from __future__ import annotations

import gc
import logging
import os
import sys

from kanvasc.lsp.features import create


def serve(port: int | None) -> None:
    """Serves one editor until it goes: over standard input and output, or on a local port."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    server = create()
    # Trees are many small things that stay: looking through all of them again and again would be
    # most of the work.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    if port is None:
        # Standard output belongs to the protocol: whatever else is printed goes to the log.
        protocol = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        server.start_io(stdout=protocol)
    else:
        sys.stderr.write(f"kanvasc: the language server listens on 127.0.0.1:{port}\n")
        sys.stderr.flush()
        server.start_tcp("127.0.0.1", port)
