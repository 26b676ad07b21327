"""The OIDC token of this very run, which GitHub mints for a job with `id-token: write`.

Source: GitHub "OpenID Connect reference"; actions/toolkit, `oidc-utils.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from oidc_enforcer.github.connection import certificates
from oidc_enforcer.github.refusals import Answered, Refused, Trouble, judged, unreachable

_URL = "ACTIONS_ID_TOKEN_REQUEST_URL"
_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_WHAT = "the request for an OIDC token"
_TRIES = 3


def may_be_had(environment: Mapping[str, str]) -> bool:
    """Whether the job was granted `id-token: write`."""
    return bool(environment.get(_URL) and environment.get(_TOKEN))


def run_token(environment: Mapping[str, str], audience: str = "sts.amazonaws.com") -> str:
    """A token for an audience; it lives for minutes and is never printed. Raises `Refused`."""
    import requests

    if not may_be_had(environment):
        hint = "grant the job `permissions: id-token: write`"
        raise Refused(Trouble.FORBIDDEN, "this job may not have an OIDC token", hint)
    url, problem = environment[_URL], Refused(Trouble.UNREACHABLE, _WHAT)
    for _ in range(_TRIES):
        try:
            answer = requests.get(
                url,
                params={"audience": audience},
                headers={"Authorization": f"bearer {environment[_TOKEN]}"},
                timeout=30,
                verify=certificates(),
                allow_redirects=False,
            )
            verdict = judged(Answered(answer.status_code, {}, answer.text), _WHAT)
            if verdict is None:
                return _value(answer.json())
            problem = verdict.refusal
        except (requests.RequestException, ValueError) as error:
            problem = unreachable(error, _WHAT)
        if problem.trouble is not Trouble.UNREACHABLE:
            break
    raise problem


def _value(told: object) -> str:
    value = told.get("value") if isinstance(told, dict) else None
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]*", value):
        raise ValueError("no token in the answer")
    return value
