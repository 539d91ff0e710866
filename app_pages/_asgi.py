"""The dashboard with security headers on every answer: `streamlit run app_pages/_asgi.py`.

`make run` and `python -m verifier.serve` start this; plain `streamlit run app.py` shows the same
pages without the headers.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages._back import SCRIPT

STREAMLIT_PAGE = Path(st.__file__).parent / "static" / "index.html"
INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def policy() -> str:
    """What a page may load: nothing from elsewhere, no script but Streamlit's own and one of ours.

    Streamlit's page carries inline scripts, allowed by their digests. 'unsafe-eval' is there since
    Vega compiles the expressions of charts; inline styles are put in by Streamlit's components;
    frames with data addresses show the preview of an export and have no origin to reach us from.
    """
    ours = [SCRIPT.encode(), *INLINE.findall(STREAMLIT_PAGE.read_bytes())]
    digests = [sha256(script).digest() for script in ours]
    scripts = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data:",
            "worker-src 'self' blob:",
            "frame-src 'self' data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # addresses hold ids and searches
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds what Streamlit leaves out; a header that is already there stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class KnownHosts:
    """Refuses requests for another host's name, as a page that rebinds its own name would send.

    Streamlit checks `server.allowedHosts` where a session begins; here every request is checked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._knows(Headers(scope=scope).get("host", "")):
            refusal = PlainTextResponse("This host name is not in server.allowedHosts.\n", 400)
            await refusal(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @staticmethod
    def _knows(host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        allowed: Sequence[str] = st.get_option("server.allowedHosts") or ()
        return not allowed or name in {known.strip("[]").lower() for known in allowed}


app = st.App(
    str(Path(__file__).parents[1] / "app.py"),
    middleware=[Middleware(SecurityHeaders), Middleware(KnownHosts)],
)
