"""The headers of every page: nothing foreign is loaded, framed, sniffed or told where we were."""

from __future__ import annotations

from typing import Final

# Not `no-referrer`: with it a browser posts the page's own form with `Origin: null`.
SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# No nonce: nothing is inline but data, and a data block is not executed (CSP3 section 6.7.3).
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

PAGE: Final = {
    **SAFE,
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept",
}
