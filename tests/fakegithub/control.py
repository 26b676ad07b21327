"""What GitHub does not have: `/_fake/…`, by which a test in another process sets and reads us."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.fakegithub.faults import Fault
from tests.fakegithub.listening import Answer
from tests.fakegithub.seeding import seed

if TYPE_CHECKING:
    from tests.fakegithub.server import FakeGitHub


def answer(github: FakeGitHub, method: str, path: str, data: bytes) -> Answer:
    """`POST` seed, push, faults, forget; `GET` pulls, log, problems."""
    body = json.loads(data) if data else {}
    match method, path.removeprefix("/_fake/"):
        case "POST", "seed":
            seed(github.state, body)
            return Answer(200, _where(github), {})
        case "POST", "push":
            return Answer(200, {"sha": github.state.push(**body)}, {})
        case "POST", "faults":
            github.faults += [Fault(**one) for one in body]
        case "POST", "forget":
            github.forget()
        case "GET", "pulls":
            return Answer(200, _pulls(github), {})
        case "GET", "log":
            return Answer(200, [one._asdict() for one in github.log], {})
        case "GET", "problems":
            told = {"violations": github.violations, "complaints": github.complaints}
            return Answer(200, told, {})
        case _:
            return Answer(404, {"message": f"no {method} {path}"}, {})
    return Answer(204, None, {})


def _where(github: FakeGitHub) -> dict[str, Any]:
    """The commits that the branches are at."""
    return {name: dict(one.branches) for name, one in github.state.repositories.items()}


def _pulls(github: FakeGitHub) -> dict[str, Any]:
    """Every pull request with all that was said on it."""
    return {
        name: {
            number: {**asdict(pull), "resolved": sorted(pull.resolved)}
            for number, pull in repository.pulls.items()
        }
        for name, repository in github.state.repositories.items()
    }
