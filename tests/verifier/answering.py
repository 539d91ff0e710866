"""A server on this machine that plays one of the network's, for as long as a block lasts."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answerer(BaseHTTPRequestHandler):
    """Says nothing on the test's output; a client that has given up is no fault."""

    def give(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # which may be what a test is about

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(handler: type[Answerer]) -> Iterator[str]:
    """Gives the server's address, without a path."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()
