"""HTTP: reads a request, has it answered, and writes the answer or what a fault leaves of it."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.fakegithub.server import FakeGitHub


class Answer(NamedTuple):
    """A status, headers and a body (None: without)."""

    status: int
    body: Any
    headers: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    """Speaks for the server; each connection has a thread of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits for a delayed acknowledgement
    wbufsize = -1
    timeout = 30
    github: FakeGitHub

    def do_GET(self) -> None:
        self._do()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """The log is kept by the server itself."""

    def _do(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer, fault = self.github.answer(self.command, self.path, self.headers, data)
        if fault.delay:
            time.sleep(fault.delay)
        if fault.hang_up:
            self.close_connection = True
            return
        body = answer.body
        text = body.encode() if isinstance(body, str) else b"" if body is None else _dump(body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        if fault.truncate is not None:
            text = text[: fault.truncate]
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()


def _dump(body: Any) -> bytes:
    return json.dumps(body).encode()
