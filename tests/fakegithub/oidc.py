"""The issuer of a run's OIDC tokens: well-formed, unsigned, with the claims that GitHub would say.

Source: GitHub "OpenID Connect reference". moto's STS reads the claims and judges no signature.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from tests.fakegithub.state import Repository, State

PATH = "/_oidc/token"


def claims(state: State, run: Mapping[str, str], audience: str, issuer: str) -> dict[str, Any]:
    """What the token of a run says.

    A run gives `repository`, `event_name` and `ref`; if it has them `environment`,
    `job_workflow_ref`, `workflow_ref`, `actor`, `head_ref`, `base_ref` and `sha`.
    """
    repository = state.repositories[run["repository"]]
    event = run.get("event_name", "push")
    workflow = run.get(
        "workflow_ref", f"{repository.full_name}/.github/workflows/ci.yml@{_ref(run)}"
    )
    now = int(time.time())
    told = {
        "iss": issuer,
        "aud": audience,
        "jti": f"{now}-{run.get('run_id', '1')}",
        "iat": now,
        "nbf": now - 60,
        "exp": now + 300,
        "repository": repository.full_name,
        "repository_id": str(repository.id),
        "repository_owner": repository.owner.login,
        "repository_owner_id": str(repository.owner.id),
        "repository_visibility": repository.visibility,
        "actor": run.get("actor", "octocat"),
        "event_name": event,
        "ref": _ref(run),
        "ref_type": "tag" if _ref(run).startswith("refs/tags/") else "branch",
        "sha": run.get("sha", "0" * 40),
        "head_ref": run.get("head_ref", ""),
        "base_ref": run.get("base_ref", ""),
        "workflow_ref": workflow,
        "job_workflow_ref": run.get("job_workflow_ref", workflow),
        "run_id": run.get("run_id", "1"),
        "run_number": "1",
        "run_attempt": "1",
        "runner_environment": "github-hosted",
    }
    if run.get("environment"):
        told["environment"] = run["environment"]
    return {"sub": subject(repository, told), **told}


def subject(repository: Repository, told: Mapping[str, Any]) -> str:
    """The subject by the repository's template; `:` inside a value is written `%3A`."""
    custom = repository.subject
    keys = ["repo", "context"]
    if not custom.get("use_default", True):
        keys = custom.get("include_claim_keys") or repository.owner.subject_keys
    immutable = custom.get("use_immutable_subject", False)
    return ":".join(_part(key, repository, told, immutable=immutable) for key in keys)


def _part(key: str, repository: Repository, told: Mapping[str, Any], *, immutable: bool) -> str:
    if key == "repo":
        owner, name = repository.owner.login, repository.name
        if immutable:
            return f"repo:{owner}@{repository.owner.id}/{name}@{repository.id}"
        return f"repo:{owner}/{name}"
    if key == "context":
        if "environment" in told:
            return f"environment:{_encoded(told['environment'])}"
        if told["event_name"] in ("pull_request", "pull_request_target"):
            return "pull_request"
        return f"ref:{_encoded(told['ref'])}"
    return f"{key}:{_encoded(str(told.get(key, '')))}"


def _encoded(value: str) -> str:
    return value.replace(":", "%3A")


def _ref(run: Mapping[str, str]) -> str:
    return run.get("ref", "refs/heads/main")


def token(told: Mapping[str, Any]) -> str:
    """Three parts, as a JWT has them; the signature signs nothing."""
    header = {"alg": "RS256", "kid": "fakegithub", "typ": "JWT"}
    return ".".join((_base64(header), _base64(told), "dW5zaWduZWQ"))


def _base64(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
