"""The dashboard with its worker, as `make run` starts them."""

import socket
import sys

import pytest

from verifier import serve


def test_a_port_in_use_is_said_before_anything_starts_with_another_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(*_: object, **__: object) -> None:
        raise AssertionError("nothing is started")

    monkeypatch.setattr("verifier.serve.subprocess.Popen", start)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["serve", "--port", str(port)])
        assert serve.main() == 1
    assert f"Port {port} of this machine is in use" in capsys.readouterr().err
