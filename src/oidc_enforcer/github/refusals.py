"""How GitHub says no, in our words: what happened, whether waiting helps, what somebody can do."""

from __future__ import annotations

import enum
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

#: For some limits GitHub names no time, and asks for at least a minute (docs: "Rate limits").
_UNNAMED_WAIT = 60.0
_MESSAGE_LENGTH = 300


class Trouble(enum.Enum):
    """The kinds of refusal that are handled differently."""

    BAD_TOKEN = "bad token"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not found"
    EMPTY = "empty repository"
    INVALID = "invalid"
    LIMITED = "limited"
    UNREACHABLE = "unreachable"


class Refused(Exception):  # noqa: N818
    """GitHub did not do it. `message` and `hint` are for people, `errors` what GitHub listed."""

    def __init__(
        self, trouble: Trouble, message: str, hint: str = "", errors: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.hint = hint
        self.errors = errors

    @property
    def is_for_the_user(self) -> bool:
        """Whether somebody has to change something before it can work."""
        return self.trouble in (Trouble.BAD_TOKEN, Trouble.FORBIDDEN, Trouble.NOT_FOUND)

    @property
    def is_of_the_moment(self) -> bool:
        """Whether the same may work later, with nothing changed: nothing was found out."""
        return self.trouble in (Trouble.LIMITED, Trouble.UNREACHABLE)

    @property
    def may_have_been_done(self) -> bool:
        """Whether GitHub may have done what was asked, and only its answer is missing."""
        return self.trouble is Trouble.UNREACHABLE


class Answered(NamedTuple):
    """A status, headers (lower case) and text, as they came."""

    status: int
    headers: Mapping[str, str]
    text: str


class Verdict(NamedTuple):
    """A refusal, and how long to wait before it is worth asking again; None: it is not."""

    refusal: Refused
    wait: float | None


def judged(answer: Answered, what: str) -> Verdict | None:
    """What an answer refuses, None when it does not; `what` is the request, for people."""
    status = answer.status
    if status < 400:
        return None
    said, errors = _said(answer.text)
    if status == 429 or (status == 403 and _is_limit(answer, said)):
        wait = _wait(answer.headers)
        return Verdict(limited(what, wait), wait)
    if status >= 500:
        message = f"GitHub answered {status} to {what}"
        hint = "githubstatus.com tells of trouble; run again later"
        return Verdict(Refused(Trouble.UNREACHABLE, message, hint), 0.0)
    return Verdict(_refusal(status, said, errors, what), None)


def _refusal(status: int, said: str, errors: tuple[str, ...], what: str) -> Refused:
    message = f"GitHub refused {what}: {said or status}"
    match status:
        case 401:
            hint = "the token is wrong or has expired; give another one"
            return Refused(Trouble.BAD_TOKEN, message, hint)
        case 403:
            hint = "the token lacks a permission; `oidc-enforcer doctor` says which"
            return Refused(Trouble.FORBIDDEN, message, hint, errors)
        case 404 | 410:
            hint = "check the name; GitHub also says so to a token that may not read it"
            return Refused(Trouble.NOT_FOUND, message, hint)
        case 409:
            return Refused(Trouble.EMPTY, message)
        case _:
            listed = f" ({'; '.join(errors)})" if errors else ""
            return Refused(Trouble.INVALID, f"{message}{listed}"[:_MESSAGE_LENGTH], "", errors)


def limited(what: str, wait: float) -> Refused:
    """GitHub wants us to wait."""
    until = time.strftime("%H:%M UTC", time.gmtime(time.time() + wait))
    message = f"GitHub's rate limit stops {what} until {until}"
    return Refused(Trouble.LIMITED, message, "run again then, or use a token with a higher limit")


def stopped(calls: int) -> Refused:
    """We want to stop: as many calls were made as may be."""
    made = "1 call to GitHub was" if calls == 1 else f"{calls} calls to GitHub were"
    message = f"{made} made, and no more were to be"
    hint = "with --state the next run goes on; or allow more"
    return Refused(Trouble.LIMITED, message, hint)


def unreachable(problem: Exception, what: str) -> Refused:
    """No answer came, or only a part of it."""
    reason = type(problem).__name__
    hint = "check the network; behind a proxy set HTTPS_PROXY, with an own CA REQUESTS_CA_BUNDLE"
    return Refused(Trouble.UNREACHABLE, f"GitHub did not answer {what}: {reason}", hint)


def formless(what: str, problem: str) -> Refused:
    """An answer came, and it is none that GitHub gives: something else answers in its place."""
    message = f"the answer to {what} has no form of GitHub's: {problem}"
    return Refused(
        Trouble.UNREACHABLE, message, "look who answers there: GITHUB_API_URL, HTTPS_PROXY"
    )


class Form(dict[str, Any]):
    """A mapping of an answer. What GitHub always tells and is not there refuses the answer."""

    def __missing__(self, key: str) -> Any:
        raise formless("a request", f"`{key}` is missing")


def _is_limit(answer: Answered, said: str) -> bool:
    return (
        "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in said.lower()
    )


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds until it is worth asking again."""
    if seconds := _number(headers.get("retry-after", "")):
        return seconds
    if headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset", ""))
        return max(1.0, reset - time.time() + 1) if reset else _UNNAMED_WAIT
    return _UNNAMED_WAIT


def _number(text: str) -> float:
    return float(text) if text.isdigit() and len(text) < 12 else 0.0


def _said(text: str) -> tuple[str, tuple[str, ...]]:
    """GitHub's message and its list of errors; both are cut, as anything may stand between."""
    try:
        body = json.loads(text)
    except ValueError:
        return "", ()
    if not isinstance(body, dict):
        return "", ()
    listed = body.get("errors")
    errors = tuple(map(_error, listed)) if isinstance(listed, list) else ()
    return str(body.get("message", ""))[:_MESSAGE_LENGTH], errors


def _error(one: Any) -> str:
    """One of the listed errors: a sentence, or an object that has one."""
    words = one.get("message", one.get("code", "")) if isinstance(one, dict) else one
    return str(words)[:_MESSAGE_LENGTH]
