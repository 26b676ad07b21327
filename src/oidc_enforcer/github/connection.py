"""Speaks to GitHub's API through two PyGithub clients: one reads and repeats itself, one writes.

PyGithub's own retries send a POST again although it may have been done, wait for as long as they
are told, and take some limits for plain errors. So it gets none; what is repeated is decided here.
Proxies and certificates are those of `requests` (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE), and
SSL_CERT_FILE.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from oidc_enforcer.errors import UserError
from oidc_enforcer.github.refusals import (
    Answered,
    Form,
    Refused,
    Trouble,
    Verdict,
    formless,
    judged,
    limited,
    stopped,
    unreachable,
)

if TYPE_CHECKING:  # what does not speak to GitHub does not pay for the library
    from github.Requester import Requester

API = "https://api.github.com"
#: GitHub changes answers from version to version; this one is kept until March 2028.
_API_VERSION = "2022-11-28"
_PAGE = 100
_TRIES = 4
#: A page that ends like this tells nothing that we could use.
_MAX_CHARACTERS = 100_000_000


class Server(NamedTuple):
    """Where GitHub is: `api` is `GITHUB_API_URL`, `graphql` is `GITHUB_GRAPHQL_URL`."""

    api: str = API
    graphql: str = f"{API}/graphql"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Server:
        """As the runner tells it; an Enterprise Server's GraphQL stands beside its REST API.

        Raises UserError where one of them is no address.
        """
        api = _address(environment, "GITHUB_API_URL") or API
        beside = f"{api.removesuffix('/v3')}/graphql"
        return cls(api, _address(environment, "GITHUB_GRAPHQL_URL") or beside)


def _address(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").rstrip("/")
    if text and not re.match(r"https?://[A-Za-z0-9\[]", text):
        hint = "write it with https://, such as https://github.example.com/api/v3"
        raise UserError(f"{name} is no address: `{text}`", hint)
    return text


class Bounds(NamedTuple):
    """How long to wait: for one answer, for all limits together, and between two writes.

    `calls` is how many there may be, None for any number.
    """

    answer: int = 30
    patience: float = 90.0
    between_writes: float = 1.0
    calls: int | None = None


GITHUB_COM = Server()
#: Files of a repository that are asked for one by one.
_MOST_SINGLE = 100
DEFAULT_BOUNDS = Bounds()
pause = time.sleep


class Data(NamedTuple):
    """What GraphQL answered: it may have both a part of the data and errors."""

    data: Mapping[str, Any]
    errors: tuple[Mapping[str, Any], ...]


class Connection:
    """A token's way to one GitHub. Every method raises `Refused`."""

    def __init__(
        self, token: str, server: Server = GITHUB_COM, bounds: Bounds | None = None
    ) -> None:
        self.server = server
        self._token = token
        self._bounds = bounds or DEFAULT_BOUNDS
        self._left = self._bounds.patience
        self.calls = 0
        self._clients: dict[tuple[str, bool], Requester] = {}
        self._single: dict[str, int] = {}

    def may_ask_for_one(self, repository: str) -> bool:
        """Whether one more file of a repository may be asked for by a call of its own.

        Whoever adds many that take one must not use up the token's calls.
        """
        self._single[repository] = self._single.get(repository, 0) + 1
        return self._single[repository] <= _MOST_SINGLE

    # -- reading --------------------------------------------------------------------------------

    def get(self, path: str, **parameters: str) -> Any:
        """The mapping that is at a path of the REST API."""
        return self._read(Form, path, parameters)

    def listed(self, path: str, **parameters: str) -> Any:
        """The list that is at a path of the REST API."""
        return self._read(list, path, parameters)

    def _read(self, form: type, path: str, parameters: Mapping[str, str]) -> Any:
        what = f"GET {path}"
        found = self._json(self._repeatedly("GET", path, parameters=parameters), what)
        if not isinstance(found, form):
            raise formless(what, "a list and a mapping are different things")
        return found

    def headers(self, path: str, **parameters: str) -> Mapping[str, str]:
        """What stands above what is at a path: names in small letters."""
        found = self._repeatedly("GET", path, parameters=parameters).headers
        return {name.lower(): value for name, value in found.items()}

    def pages(
        self, path: str, key: str = "", most: int = 100_000, **parameters: str
    ) -> Iterator[Any]:
        """The items of a list, page by page; `key` names it where GitHub wraps it."""
        read = self.get if key else self.listed
        for number in range(1, most // _PAGE + 2):
            numbers = {"per_page": str(_PAGE), "page": str(number)}
            found = read(path, **parameters, **numbers)
            items = found.get(key, ()) if key else found
            yield from items
            if len(items) < _PAGE or number * _PAGE >= most:
                return

    def query(self, document: str, variables: Mapping[str, Any]) -> Data:
        """What GraphQL answers to a question, which may be asked again; errors are not raised."""
        for at in range(1, _TRIES + 1):
            answer = self._repeatedly("POST", "", body={"query": document, "variables": variables})
            told = _data(self._json(answer, "a GraphQL query"), "a GraphQL query")
            if not any(map(_is_limit, told.errors)):
                return told
            if at < _TRIES:
                self._wait(Verdict(limited("a GraphQL query", 60), 60.0), at)
        raise limited("a GraphQL query", 60)

    # -- writing --------------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Does something once. What may be repeated, its caller repeats, after looking."""
        what = f"{method} {path}"
        answer = self._send(method, path, body=body, writes=True)
        if verdict := judged(answer, what):
            raise verdict.refusal
        return None if answer.status == 204 else self._json(answer, what)

    def mutate(self, document: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Changes something through GraphQL, once."""
        what = "a GraphQL mutation"
        body = {"query": document, "variables": variables}
        answer = self._send("POST", "", body=body, writes=True)
        if verdict := judged(answer, what):
            raise verdict.refusal
        told = _data(self._json(answer, what), what)
        for error in told.errors:
            kinds = {"FORBIDDEN": Trouble.FORBIDDEN, "NOT_FOUND": Trouble.NOT_FOUND}
            said = str(error.get("message", ""))[:300]
            trouble = kinds.get(str(error.get("type")), Trouble.INVALID)
            raise Refused(trouble, f"GitHub refused {what}: {said}")
        return told.data

    # -- asking ---------------------------------------------------------------------------------

    def _repeatedly(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answered:
        """Asks until there is an answer, or waiting would take longer than is bearable."""
        what = f"{method} {path}" if path else "a GraphQL query"
        for at in range(1, _TRIES + 1):
            try:
                answer = self._send(method, path, parameters=parameters, body=body)
                verdict = judged(answer, what)
            except Refused as problem:
                verdict = Verdict(problem, 0.0)
            if verdict is None:
                return answer
            if verdict.wait is None or at == _TRIES:
                raise verdict.refusal
            self._wait(verdict, at)
        raise AssertionError("the last try has returned or raised")

    def _wait(self, verdict: Verdict, at: int) -> None:
        """Waits as told, else twice as long each time; gives up where that would be too long."""
        seconds = verdict.wait or float(2 ** (at - 1))
        if seconds > self._left:
            raise verdict.refusal
        self._left -= seconds
        pause(seconds)

    def _send(
        self,
        method: str,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        writes: bool = False,
    ) -> Answered:
        """One request; without a path it is one for GraphQL."""
        import requests

        base = self.server.api if path else self.server.graphql.removesuffix("/graphql")
        what = f"{method} {path or '/graphql'}"
        if self._bounds.calls is not None and self.calls >= self._bounds.calls:
            raise stopped(self.calls)
        self.calls += 1
        try:
            status, headers, text = self._client(base, writes=writes).requestJson(
                method, path or "/graphql", parameters=dict(parameters or {}), input=body
            )
        # PyGithub: RuntimeError for a redirect that it does not follow, AssertionError for a URL
        # of another server, ValueError for limits that are no numbers.
        except (
            requests.RequestException,
            RuntimeError,
            AssertionError,
            OSError,
            ValueError,
        ) as problem:
            raise unreachable(problem, what) from problem
        return Answered(status, headers, text)

    def _client(self, base: str, *, writes: bool) -> Requester:
        key = (base, writes)
        if key not in self._clients:
            self._clients[key] = self._new_client(base, writes=writes)
        return self._clients[key]

    def _new_client(self, base: str, *, writes: bool) -> Requester:
        from github import Auth, Github

        from oidc_enforcer import __version__

        return Github(
            auth=Auth.Token(self._token) if self._token else None,
            base_url=base,
            timeout=self._bounds.answer,
            user_agent=f"oidc-enforcer/{__version__}",
            verify=certificates(),
            retry=None,
            lazy=True,
            api_version=_API_VERSION,
            seconds_between_requests=None,
            seconds_between_writes=self._bounds.between_writes if writes else None,
        ).requester

    @staticmethod
    def _json(answer: Answered, what: str) -> Any:
        try:
            if len(answer.text) > _MAX_CHARACTERS:
                raise ValueError("too long")
            return json.loads(answer.text, object_hook=Form)
        except (ValueError, RecursionError) as problem:
            raise unreachable(problem, what) from problem


def certificates() -> bool | str:
    """The CAs to believe. `requests` heeds REQUESTS_CA_BUNDLE by itself, and no SSL_CERT_FILE."""
    if os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        return True
    return os.environ.get("SSL_CERT_FILE") or True


def quoted(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _data(told: Any, what: str) -> Data:
    """What GraphQL told; raises Refused where it is nothing that GraphQL tells."""
    parts = (told.get("data") or Form(), told.get("errors") or []) if isinstance(told, Form) else ()
    match parts:
        case (Form() as data, list() as errors):
            return Data(data, tuple(one for one in errors if isinstance(one, dict)))
    raise formless(what, "there is neither data nor a list of errors")


def _is_limit(error: Mapping[str, Any]) -> bool:
    said = str(error.get("message", "")).lower()
    return error.get("type") == "RATE_LIMITED" or "rate limit" in said
