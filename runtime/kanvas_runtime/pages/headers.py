"""The headers of every page: nothing foreign is loaded, framed, sniffed or told where we were."""

from __future__ import annotations

from typing import Final

# Not `no-referrer`: with it a browser posts the page's own form with `Origin: null`.
SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _policy(code: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {code}",
            f"style-src {code}",
            "connect-src 'self'",
            "img-src 'self' data:",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


PAGE: Final = {
    **SAFE,
    "Content-Security-Policy": _policy("'self'"),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept",
}


def with_nonce(nonce: str) -> dict[str, str]:
    """Headers by which only the elements that name the nonce bring style or code.

    What such a script imports may run as well; the data block is no code and needs none.
    """
    return {**PAGE, "Content-Security-Policy": _policy(f"'nonce-{nonce}'")}
