"""The headers and the host check, asked of the application itself."""

import re
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app_pages._asgi import HEADERS, KnownHosts, SecurityHeaders, app, policy


async def hello(request):
    return PlainTextResponse("hello", headers={"X-Frame-Options": "SAMEORIGIN"})


@pytest.fixture
def client():
    inner = Starlette(routes=[Route("/", hello)])
    return TestClient(SecurityHeaders(KnownHosts(inner)), base_url="http://localhost:8501")


def test_every_answer_carries_the_headers_and_keeps_its_own(client):
    for answer in (client.get("/"), client.get("/nowhere")):
        missing = set(map(str.lower, HEADERS)) - set(answer.headers)
        assert not missing
    assert client.get("/").headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:1", "[::1]:8501"])
def test_this_machine_is_let_in_by_each_of_its_names(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[::1", "10.0.0.1"])
def test_another_host_name_is_refused_with_the_headers(client, host):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "server.allowedHosts" in answer.text
    assert answer.headers["Content-Security-Policy"] == policy()


def test_no_script_runs_but_our_own_and_that_of_streamlits_page():
    scripts = re.search(r"script-src ([^;]*)", policy()).group(1).split()
    page = (Path(st.__file__).parent / "static" / "index.html").read_text()
    assert "'unsafe-inline'" not in scripts
    assert len([s for s in scripts if s.startswith("'sha256-")]) == page.count("<script>") + 1
    assert "frame-ancestors 'none'" in policy()


def test_the_dashboard_is_served_behind_both():
    classes = [middleware.cls for middleware in app._user_middleware]
    assert classes == [SecurityHeaders, KnownHosts]
