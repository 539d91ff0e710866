"""Logging in at an OpenID Connect provider, played by a small server on this machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WAIT_MS, filled, serving

pytestmark = pytest.mark.browser
KEY = RSAKey.generate_key(2048, {"kid": "k"})


@contextmanager
def provider(person: dict[str, Any]) -> Iterator[str]:
    """Lets everybody in at once, as `person`; the address is the issuer's."""
    nonces: dict[str, str] = {}

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing on the test's output."""

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/authorize":
                told = {name: values[0] for name, values in parse_qs(asked.query).items()}
                nonces["a-code"] = told.get("nonce", "")
                back = urlencode({"code": "a-code", "state": told["state"]})
                self.send_response(302)
                self.send_header("Location", f"{told['redirect_uri']}?{back}")
                self.end_headers()
                return
            known = {
                "/.well-known/openid-configuration": {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                    "id_token_signing_alg_values_supported": ["RS256"],
                },
                "/keys": {"keys": [KEY.as_dict(private=False)]},
            }
            self.give(known[asked.path])

        def do_POST(self) -> None:
            now = int(time.time())
            claims = {"iss": issuer, "aud": "replicheck", "sub": "1", "iat": now, "exp": now + 600}
            token = jwt.encode(
                {"alg": "RS256", "kid": "k"}, {**claims, "nonce": nonces["a-code"], **person}, KEY
            )
            self.give({"access_token": "t", "token_type": "Bearer", "id_token": token})

        def give(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


Enter = Callable[[dict[str, Any], str], Page]


@pytest.fixture
def enter(browser: Browser, tmp_path: Path) -> Iterator[Enter]:
    """Opens the dashboard with a login set up, before anybody pressed it."""
    with ExitStack() as stack:

        def open_page(person: dict[str, Any], roles: str) -> Page:
            issuer = stack.enter_context(provider(person))
            home = filled(tmp_path)
            (home / "roles.toml").write_text(roles)
            secrets = home / "secrets.toml"
            address = stack.enter_context(serving(home, f"--secrets.files={secrets}"))
            secrets.write_text(
                f'[auth]\nredirect_uri = "{address}/oauth2callback"\n'
                'cookie_secret = "only-for-this-test"\nclient_id = "replicheck"\n'
                f'client_secret = "s"\nserver_metadata_url = "{issuer}/.well-known/'
                'openid-configuration"\n'
            )
            context = stack.enter_context(browser.new_context())
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            page.goto(f"{address}/claims")
            return page

        yield open_page


def test_nobody_sees_a_claim_before_logging_in_and_a_reader_is_told_their_role(enter):
    page = enter({"email": "anna@example.org", "email_verified": True}, "")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_text("Sort by")).to_have_count(0)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("anna@example.org · reader")).to_be_visible()
    expect(page.get_by_role("button", name="Log in")).to_have_count(0)


def test_an_address_that_was_not_verified_opens_nothing(enter):
    roles = '[people]\n"boss@example.org" = "operator"\n'
    page = enter({"email": "boss@example.org", "email_verified": False}, roles)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("no verified e-mail address with a role")).to_be_visible()
    expect(page.get_by_text("Sort by")).to_have_count(0)
