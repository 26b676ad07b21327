"""REST over organisations: repositories, rulesets, properties, secrets' names; and oneself."""

from __future__ import annotations

from typing import Any

from tests.fakegithub import people
from tests.fakegithub.call import Call, Refused, Route, route
from tests.fakegithub.settings import counted, reaches
from tests.fakegithub.state import Owner, Repository

ROUTES: list[Route] = []
_ADMIN_READ, _ADMIN = "organization_administration:read", "organization_administration:write"
_RULESET = "/orgs/{org}/rulesets/{ruleset_id}"
#: GitHub fills these in; nobody sends them.
_OWN = {"created_at": "2026-11-02T08:00:00Z", "updated_at": "2026-11-02T08:00:00Z"}


def _organisation(call: Call) -> Owner:
    found = call.state.owners.get(call.path["org"])
    if found is None or found.type != "Organization":
        raise Refused(404, "Not Found")
    return found


@route(ROUTES, "GET", "/orgs/{org}")
def _one(call: Call) -> dict[str, Any]:
    return people.owner(_organisation(call), call.base)


@route(ROUTES, "GET", "/orgs/{org}/repos")
def _repositories(call: Call) -> list[dict[str, Any]]:
    return [people.repository(one, call.base) for one in _mine(call)]


def _mine(call: Call) -> list[Repository]:
    owner = _organisation(call)
    known = call.state.repositories.values()
    return [one for one in known if one.owner is owner and call.may_see(one)]


@route(ROUTES, "GET", "/orgs/{org}/rulesets", _ADMIN)
def _rulesets(call: Call) -> list[dict[str, Any]]:
    hidden = ("rules", "conditions", "bypass_actors")
    return [
        {key: value for key, value in one.items() if key not in hidden}
        for one in _organisation(call).rulesets
    ]


@route(ROUTES, "POST", "/orgs/{org}/rulesets", _ADMIN, 201)
def _new_ruleset(call: Call) -> dict[str, Any]:
    owner = _organisation(call)
    if any(one["name"] == call.body["name"] for one in owner.rulesets):
        raise Refused(422, "Validation Failed", ["Name must be unique"])
    made = {
        "target": "branch",
        **call.body,
        **_OWN,
        "id": next(call.state.numbers),
        "source": owner.login,
        "source_type": "Organization",
    }
    owner.rulesets.append(made)
    return made


@route(ROUTES, "GET", _RULESET, _ADMIN)
def _ruleset(call: Call) -> dict[str, Any]:
    return _found(call)


@route(ROUTES, "PUT", _RULESET, _ADMIN)
def _edit_ruleset(call: Call) -> dict[str, Any]:
    found = _found(call)
    found.update(call.body)
    return found


@route(ROUTES, "DELETE", _RULESET, _ADMIN, 204)
def _delete_ruleset(call: Call) -> None:
    _organisation(call).rulesets.remove(_found(call))


def _found(call: Call) -> dict[str, Any]:
    for one in _organisation(call).rulesets:
        if str(one["id"]) == call.path["ruleset_id"]:
            return one
    raise Refused(404, "Not Found")


@route(ROUTES, "GET", "/orgs/{org}/actions/oidc/customization/sub", _ADMIN_READ)
def _subject(call: Call) -> dict[str, Any]:
    return {"include_claim_keys": _organisation(call).subject_keys}


@route(ROUTES, "GET", "/orgs/{org}/properties/schema", "organization_custom_properties:read")
def _properties(call: Call) -> list[dict[str, Any]]:
    return _organisation(call).properties


@route(ROUTES, "GET", "/orgs/{org}/properties/values", "organization_custom_properties:read")
def _values(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "repository_id": one.id,
            "repository_name": one.name,
            "repository_full_name": one.full_name,
            "properties": [
                {"property_name": name, "value": value} for name, value in one.properties.items()
            ],
        }
        for one in _mine(call)
    ]


@route(
    ROUTES, "PATCH", "/orgs/{org}/properties/values", "organization_custom_properties:write", 204
)
def _set_values(call: Call) -> None:
    for one in _mine(call):
        if one.name in call.body["repository_names"]:
            for given in call.body["properties"]:
                one.properties[given["property_name"]] = given["value"]


@route(ROUTES, "GET", "/orgs/{org}/actions/secrets", "organization_secrets:read")
def _secrets(call: Call) -> dict[str, Any]:
    known = _organisation(call).secrets
    listed = [
        {"name": name, **{key: value for key, value in facts.items() if key != "repositories"}}
        for name, facts in known.items()
    ]
    return counted("secrets", [{"visibility": "all", **one} for one in listed])


@route(
    ROUTES,
    "GET",
    "/orgs/{org}/actions/secrets/{secret_name}/repositories",
    "organization_secrets:read",
)
def _secret_repositories(call: Call) -> dict[str, Any]:
    secret = _organisation(call).secrets.get(call.path["secret_name"])
    if secret is None:
        raise Refused(404, "Not Found")
    mine = [one for one in _mine(call) if reaches(secret, one)]
    return counted("repositories", [people.repository(one, call.base) for one in mine])


@route(ROUTES, "GET", "/user")
def _user(call: Call) -> dict[str, Any]:
    if call.token.login.endswith("[bot]"):
        raise Refused(403, "Resource not accessible by integration")
    return people.user(call.token.login, call.base)
