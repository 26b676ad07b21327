"""REST over what a repository is set to: environments, OIDC subjects, rules, secrets' names."""

from __future__ import annotations

from typing import Any

from tests.fakegithub.call import Call, Refused, Route, route
from tests.fakegithub.rulesets import applying, effective_rules
from tests.fakegithub.state import Environment, Repository

ROUTES: list[Route] = []
_ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}"


def counted(name: str, items: list[Any]) -> dict[str, Any]:
    """A list as GitHub wraps most of them."""
    return {"total_count": len(items), name: items}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/environments", "actions:read")
def _environments(call: Call) -> dict[str, Any]:
    known = call.repository.environments.values()
    return counted("environments", [_environment_facts(one) for one in known])


@route(ROUTES, "GET", _ENVIRONMENT, "actions:read")
def _environment(call: Call) -> dict[str, Any]:
    return _environment_facts(_named(call))


@route(ROUTES, "GET", f"{_ENVIRONMENT}/deployment-branch-policies", "actions:read")
def _branch_policies(call: Call) -> dict[str, Any]:
    return counted("branch_policies", list(_named(call).branches))


@route(ROUTES, "GET", f"{_ENVIRONMENT}/secrets", "environments:read")
def _environment_secrets(call: Call) -> dict[str, Any]:
    return counted("secrets", _secrets(_named(call).secrets))


def _named(call: Call) -> Environment:
    found = call.repository.environments.get(call.path["environment_name"])
    if found is None:
        raise Refused(404, "Not Found")
    return found


def _environment_facts(of: Environment) -> dict[str, Any]:
    return {
        "name": of.name,
        "protection_rules": of.protection_rules,
        "deployment_branch_policy": of.branch_policy,
    }


@route(ROUTES, "GET", "/repos/{owner}/{repo}/actions/oidc/customization/sub", "actions:read")
def _subject(call: Call) -> dict[str, Any]:
    return call.repository.subject


@route(ROUTES, "PUT", "/repos/{owner}/{repo}/actions/oidc/customization/sub", "actions:write", 201)
def _set_subject(call: Call) -> dict[str, Any]:
    call.repository.subject = dict(call.body)
    return {}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/rules/branches/{branch}")
def _branch_rules(call: Call) -> list[dict[str, Any]]:
    repository, branch = call.repository, call.path["branch"]
    return [*repository.branch_rules.get(branch, ()), *effective_rules(repository, branch)]


@route(ROUTES, "GET", "/repos/{owner}/{repo}/rulesets")
def _rulesets(call: Call) -> list[dict[str, Any]]:
    repository = call.repository
    inherited = call.query.get("includes_parents", "true") == "true"
    above = applying(repository) if inherited else []
    hidden = ("rules", "conditions", "bypass_actors")
    return [
        {key: value for key, value in one.items() if key not in hidden}
        for one in (*repository.rulesets, *above)
    ]


@route(ROUTES, "GET", "/repos/{owner}/{repo}/rulesets/{ruleset_id}")
def _ruleset(call: Call) -> dict[str, Any]:
    repository = call.repository
    for one in (*repository.rulesets, *applying(repository)):
        if str(one["id"]) == call.path["ruleset_id"]:
            seen = call.token.may("administration", "write")
            return {key: value for key, value in one.items() if seen or key != "bypass_actors"}
    raise Refused(404, "Not Found")


@route(ROUTES, "GET", "/repos/{owner}/{repo}/branches/{branch}/protection", "administration:read")
def _protection(call: Call) -> dict[str, Any]:
    found = call.repository.protection.get(call.path["branch"])
    if found is None:
        raise Refused(404, "Branch not protected")
    return found


@route(ROUTES, "GET", "/repos/{owner}/{repo}/actions/permissions", "administration:read")
def _actions_permissions(call: Call) -> dict[str, Any]:
    enabled = call.repository.actions_enabled
    return {"enabled": enabled, **({"allowed_actions": "all"} if enabled else {})}


@route(ROUTES, "GET", "/repos/{owner}/{repo}/actions/permissions/workflow", "administration:read")
def _workflow_permissions(call: Call) -> dict[str, Any]:
    return {
        "default_workflow_permissions": call.repository.workflow_permissions,
        "can_approve_pull_request_reviews": False,
    }


@route(ROUTES, "GET", "/repos/{owner}/{repo}/actions/secrets", "secrets:read")
def _repository_secrets(call: Call) -> dict[str, Any]:
    return counted("secrets", _secrets(call.repository.secrets))


@route(ROUTES, "GET", "/repos/{owner}/{repo}/actions/organization-secrets", "secrets:read")
def _organization_secrets(call: Call) -> dict[str, Any]:
    repository = call.repository
    mine = {
        name: facts
        for name, facts in repository.owner.secrets.items()
        if reaches(facts, repository)
    }
    return counted("secrets", _secrets(mine))


def reaches(secret: dict[str, Any], repository: Repository) -> bool:
    """Whether an organisation's secret is handed to a repository."""
    match secret.get("visibility", "all"):
        case "all":
            return True
        case "private":
            return repository.visibility != "public"
        case _:
            return repository.name in secret.get("repositories", ())


def _secrets(known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    hidden = ("visibility", "repositories")
    return [
        {"name": name, **{key: value for key, value in facts.items() if key not in hidden}}
        for name, facts in known.items()
    ]


@route(ROUTES, "GET", "/repos/{owner}/{repo}/properties/values")
def _properties(call: Call) -> list[dict[str, Any]]:
    known = call.repository.properties
    return [{"property_name": name, "value": value} for name, value in known.items()]
