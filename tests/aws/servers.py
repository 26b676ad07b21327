"""An AWS on loopback: moto in a process of its own, and a door in front of it that can refuse."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs

#: The shapes of credentials, put together at run time so that no file holds any.
KEY_ID = "AKIA" + "EXAMPLE" * 2 + "00"
SECRET = "example" * 5 + "/abcd"


class Answer(NamedTuple):
    """What the door answers instead of moto."""

    status: int
    body: str


def refusal(code: str, status: int = 403) -> Answer:
    """An error as IAM and STS write it."""
    return Answer(
        status,
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{code}</Code><Message>User: arn:aws:iam::1:user/x with {KEY_ID}</Message></Error>"
        "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>",
    )


class Door:
    """A server before another; `answers` decides by action and count, None lets pass."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.seen: list[str] = []
        self.answers: Callable[[str, int], Answer | None] = lambda action, count: None
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                action = parse_qs(body.decode()).get("Action", [""])[0]
                door.seen.append(action)
                answer = door.answers(action, door.seen.count(action))
                status, text = answer or door.forward(self, body)
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.behind)
        connection.request("POST", request.path, body, dict(request.headers.items()))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@contextmanager
def door(behind: int) -> Iterator[Door]:
    made = Door(behind)
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()


@contextmanager
def moto() -> Iterator[int]:
    """The port of a moto server of one's own."""
    port = free_port()
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "false"}
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "moto has ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("moto does not answer")
