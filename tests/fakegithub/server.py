"""The server: finds who answers, holds both sides to the description, and keeps a log."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from tests.fakegithub import (
    changing,
    content,
    control,
    graphql_api,
    oidc,
    organisations,
    pulls,
    settings,
)
from tests.fakegithub.call import Call, Refused, Route, described
from tests.fakegithub.faults import Fault
from tests.fakegithub.fitting import fitted
from tests.fakegithub.listening import Answer, Handler
from tests.fakegithub.openapi import request_problems, response_problems
from tests.fakegithub.state import State, Token

ROUTES = (
    *content.ROUTES,
    *changing.ROUTES,
    *pulls.ROUTES,
    *settings.ROUTES,
    *organisations.ROUTES,
)
_DOCS = "https://docs.github.com/rest"


class Request(NamedTuple):
    """A request as it is kept in the log; `status` is what it was answered with."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    token: str


@dataclass
class FakeGitHub:
    """A GitHub on loopback. `prefix` is `/api/v3` for one that is an Enterprise Server.

    `violations` are what its own answers did against the description: they must stay empty.
    `complaints` are what requests did against it, which GitHub answers with 422.
    """

    prefix: str = ""
    state: State = field(default_factory=State)
    faults: list[Fault] = field(default_factory=list)
    log: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    limit: int = 5000
    used: int = 0

    def __enter__(self) -> FakeGitHub:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listens, on any free port where none is given."""
        handler = type("Handler", (Handler,), {"github": self})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def use_tls(self, context: ssl.SSLContext) -> None:
        """From now on speaks TLS, as a server with a certificate of its own."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def stop(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Empties everything, for the next test."""
        self.state = State()
        self.faults, self.log, self.violations, self.complaints = [], [], [], []
        self.limit, self.used = 5000, 0

    @property
    def url(self) -> str:
        """What every URL of the REST API begins with (`GITHUB_API_URL`)."""
        return f"http://127.0.0.1:{self._server.server_port}{self.prefix}"

    @property
    def graphql_url(self) -> str:
        """Where GraphQL is asked (`GITHUB_GRAPHQL_URL`)."""
        return f"{self.url.removesuffix('/v3')}/graphql"

    def oidc_url(self) -> str:
        """Where a run asks for its token (`ACTIONS_ID_TOKEN_REQUEST_URL`)."""
        return f"{self.url}{oidc.PATH}?api-version=2.0"

    def calls(self, method: str = "", contains: str = "") -> list[Request]:
        """The requests so far, of a method, whose path holds these words."""
        return [one for one in self.log if method in ("", one.method) and contains in one.path]

    # -- answering ------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Any, data: bytes) -> tuple[Answer, Fault]:
        """Answers a request; with it the fault that befalls the answer."""
        url = urlsplit(target)
        path = unquote(url.path)
        if path.startswith("/_fake/"):
            with self._lock:
                return control.answer(self, method, path, data), Fault()
        body_text = data.decode("utf-8", "replace")
        with self._lock:
            found = [one for one in self.faults if one.fits(method, path, body_text)]
            fault = found[0] if found else Fault()
            try:
                body = json.loads(data) if data else None
            except ValueError:
                body = None
                self.complaints.append(f"{method} {path}: the body is no JSON")
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            answer = None
            if not fault.status or fault.after:
                answer = self._answer(method, path, query, headers, body)
            if answer is None or fault.status:
                answer = Answer(fault.status, fault.body, dict(fault.headers))
            token = _bearer(headers)
            self.log.append(Request(method, path, query, body, answer.status, token))
        return answer, fault

    def _answer(self, method: str, path: str, query: Any, headers: Any, body: Any) -> Answer:
        if path == f"{self.prefix}{oidc.PATH}":
            return self._mint(query, _bearer(headers))
        try:
            token = self._token(headers)
            self._spend()
            at = f"{self.url}{path.removeprefix(self.prefix)}"
            call = Call(self.state, token, self.url, at, {}, query, body)
            if path == urlsplit(self.graphql_url).path and method == "POST":
                return Answer(200, graphql_api.answer(call, self.complaints), self._limits())
            return self._rest(call, method, path.removeprefix(self.prefix), headers)
        except Refused as no:
            told: dict[str, Any] = {"message": no.message, "documentation_url": _DOCS}
            told["status"] = str(no.status)
            if no.errors:
                told["errors"] = no.errors
            return Answer(no.status, told, self._limits())
        except Exception as bug:  # a bug of ours must fail the test, not look like GitHub's trouble
            self.violations.append(f"{method} {path}: {bug!r}")
            return Answer(500, {"message": repr(bug)}, {})

    def _token(self, headers: Any) -> Token:
        text = _bearer(headers)
        if not text:
            return Token("", {}, "nothing private")
        if text not in self.state.tokens:
            raise Refused(401, "Bad credentials")
        return self.state.tokens[text]

    def _spend(self) -> None:
        if self.used >= self.limit:
            raise Refused(403, "API rate limit exceeded for installation ID 1.")
        self.used += 1

    def _limits(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - self.used),
            "X-RateLimit-Reset": str(int(time.time()) + 1800),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Resource": "core",
        }

    def _rest(self, call: Call, method: str, path: str, headers: Any) -> Answer:
        for route, pattern in _patterns():
            matched = pattern.fullmatch(path)
            if matched and route.operation[0] == method:
                return self._routed(call._replace(path=matched.groupdict()), route, headers)
        raise Refused(404, "Not Found")

    def _routed(self, call: Call, route: Route, headers: Any) -> Answer:
        operation = described(route)
        what = " ".join(route.operation)
        if problems := list(request_problems(operation, call.query, call.body)):
            self.complaints += [f"{what}: {problem}" for problem in problems]
            raise Refused(422, "Invalid request.", problems)
        _permit(call, route)
        facts = route.handle(call)
        more = self._limits()
        if call.token.scopes is not None:
            more["X-OAuth-Scopes"] = call.token.scopes
        if facts is None or route.status == 204:
            return Answer(route.status, None, more)
        facts = _page(facts, call, more)
        schema = operation.schema(route.status)
        body = facts if schema is None else fitted(schema, facts, call.base)
        found = response_problems(operation, route.status, body)
        self.violations += [f"{what}: {problem}" for problem in found]
        tag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]}"'
        more["ETag"] = tag
        if headers.get("If-None-Match") == tag:
            self.used -= 1
            return Answer(304, None, more)
        return Answer(route.status, body, more)

    def _mint(self, query: dict[str, str], token: str) -> Answer:
        run = self.state.runs.get(token)
        if run is None:
            return Answer(401, {"message": "not a run's token"}, {})
        issuer = run.get("issuer", "https://token.actions.githubusercontent.com")
        owner = self.state.repositories[run["repository"]].owner.login
        audience = query.get("audience") or f"https://github.com/{owner}"
        told = oidc.claims(self.state, run, audience, issuer)
        return Answer(200, {"value": oidc.token(told)}, {})


def _permit(call: Call, route: Route) -> None:
    """One of the permissions is enough; the repository has to be seen first."""
    if "repo" in call.path:
        _ = call.repository
    for at, needed in enumerate(route.needs, 1):
        try:
            return call.need(*needed)
        except Refused:
            if at == len(route.needs):
                raise
    return None


def _page(facts: Any, call: Call, headers: dict[str, str]) -> Any:
    """The page that was asked for, of a list or of the one list in a counted object."""
    size = min(int(call.query.get("per_page", 30)), 100)
    at = int(call.query.get("page", 1))
    name = (
        next((key for key in facts if isinstance(facts[key], list)), "")
        if (isinstance(facts, dict) and "total_count" in facts)
        else ""
    )
    items = facts[name] if name else facts
    if not isinstance(items, list):
        return facts
    page = items[(at - 1) * size : at * size]
    if at * size < len(items):
        headers["Link"] = ", ".join(_links(call, at, -(-len(items) // size)))
    return {**facts, name: page} if name else page


def _links(call: Call, at: int, last: int) -> Iterator[str]:
    for relation, number in (("next", at + 1), ("last", last)):
        query = urlencode({**call.query, "page": number})
        yield f'<{call.at}?{query}>; rel="{relation}"'


def _bearer(headers: Any) -> str:
    kind, _, text = (headers.get("Authorization") or "").partition(" ")
    return text.strip() if kind.lower() in ("bearer", "token") else ""


@cache
def _patterns() -> list[tuple[Route, Any]]:
    """Most words first, so that no parameter that may hold slashes takes what another path says."""
    ordered = sorted(ROUTES, key=lambda one: -len(re.sub(r"{.+?}", "", one.operation[1])))
    return [(route, described(route).pattern) for route in ordered]
