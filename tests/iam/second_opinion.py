"""A second evaluator of trust policies, written apart from the first and in another way.

It works on raw JSON data, decides by regular expressions and plain loops, and shares no code with
the package. It knows the operators that say something about text, and `Null` and `Bool`.
"""

from __future__ import annotations

import re
from typing import Any

#: A policy, or a part of it, as `json.loads` gives it.
Data = Any

GITHUB_KEYS = (
    "sub aud actor actor_id enterprise_id environment job_workflow_ref ref repository "
    "repository_id repository_owner_id workflow"
).split()


def decide(policy: Data, claims: dict[str, str], provider: str, extra: dict[str, str]) -> str:
    """`allowed`, `explicitDeny` or `implicitDeny` for a token of the provider with this ARN."""
    context = request_context(claims, provider, extra)
    statements = policy["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    variables = policy.get("Version") == "2012-10-17"
    effects = {
        statement["Effect"]
        for statement in statements
        if statement_applies(statement, provider, context, variables=variables)
    }
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def request_context(claims: dict[str, str], provider: str, extra: dict[str, str]) -> dict[str, str]:
    issuer = provider.split("oidc-provider/", 1)[1].lower()
    visible = ("sub", "aud") if issuer.endswith("/_services/token") else GITHUB_KEYS
    context = {f"{issuer}:{name}": claims[name] for name in visible if name in claims}
    context["aws:principaltype"] = "User"
    context["aws:userid"] = provider
    context["aws:principalaccount"] = provider.split(":")[4]
    context["sts:roleauthorizedbyidp"] = "false"
    context.update({name.lower(): value for name, value in extra.items()})
    return context


def statement_applies(
    statement: Data, provider: str, context: dict[str, str], *, variables: bool
) -> bool:
    action = "sts:assumerolewithwebidentity"
    name = "Action" if "Action" in statement else "NotAction"
    found = any(wild(pattern.lower()).fullmatch(action) for pattern in as_list(statement[name]))
    if found != (name == "Action"):
        return False
    principal = statement["Principal"]
    if not isinstance(principal, dict) or provider not in as_list(principal.get("Federated", [])):
        return False
    return all(
        condition_holds(operator, key, as_list(values), context, variables=variables)
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def condition_holds(
    operator: str, key: str, values: list[Data], context: dict[str, str], *, variables: bool
) -> bool:
    wanted = [
        ("true" if value else "false") if isinstance(value, bool) else str(value)
        for value in values
    ]
    present = context.get(key.lower())
    if operator == "Null":
        return any((value.lower() == "true") == (present is None) for value in wanted)
    quantifier, _, base = operator.rpartition(":")
    optional = base.endswith("IfExists")
    base = base[: -len("IfExists")] if optional else base
    negated = "Not" in base
    if present is None:
        return {"ForAllValues": True, "ForAnyValue": False}.get(quantifier, optional or negated)
    if not wanted:
        return False
    hit = any(
        text_matches(base.replace("Not", ""), value, present, context, variables=variables)
        for value in wanted
    )
    return hit != negated


def text_matches(
    base: str, value: str, present: str, context: dict[str, str], *, variables: bool
) -> bool:
    if base == "Bool":
        return (value.lower() == "true") == (present.lower() == "true")
    pattern = ""
    for token in re.findall(r"\$\{[^}]*\}|.", value, re.DOTALL):
        if variables and len(token) > 1:
            text = variable(token[2:-1].strip(), context)
            if text is None:
                return False
            pattern += re.escape(text)
        elif base == "StringLike" and len(token) == 1 and token in "*?":
            pattern += ".*" if token == "*" else "."
        else:
            pattern += wild(token).pattern if base == "StringLike" else re.escape(token)
    flags = re.DOTALL | (re.IGNORECASE if base == "StringEqualsIgnoreCase" else 0)
    return re.fullmatch(halves(pattern), halves(present), flags) is not None


def halves(text: str) -> str:
    """The text in UTF-16 code units, as IAM counts them for `?`."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[at] | raw[at + 1] << 8) for at in range(0, len(raw), 2))


def variable(body: str, context: dict[str, str]) -> str | None:
    if body in ("*", "?", "$"):
        return body
    name, _, default = body.partition(",")
    found = context.get(name.strip().lower())
    return found if found is not None else default.strip()[1:-1] if default else None


def wild(pattern: str) -> re.Pattern[str]:
    """`*` and `?` as a regular expression; repeated stars are one, so that it stays quick."""
    escaped = re.escape(re.sub(r"\*+", "*", pattern))
    return re.compile(escaped.replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def as_list(value: Data) -> list[Data]:
    return value if isinstance(value, list) else [value]


def minted(claims: dict[str, str], template: tuple[str, ...]) -> bool:
    """Whether GitHub could have put these claims together; written from its documentation."""
    owner, _, name = claims["repository"].partition("/")
    ref = claims["ref"]
    short = {
        f"{owner}/{name}",
        f"{owner}@{claims['repository_owner_id']}/{name}@{claims['repository_id']}",
    }
    subjects = {""}
    for key in template:
        if key == "repo":
            parts = {f"repo:{form}" for form in short}
        elif key == "context":
            parts = {subject_context(claims)}
        elif key == "repo_property_":
            parts = {
                f"{claim}:{value.replace(':', '%3A')}"
                for claim, value in claims.items()
                if claim.startswith(key)
            }
        else:
            parts = {f"{key}:{claims[key].replace(':', '%3A')}"}
        subjects = {f"{head}:{part}".lstrip(":") for head in subjects for part in parts}
    home, _, file = claims["job_workflow_ref"].partition("/.github/workflows/")
    return (
        claims["sub"] in subjects
        and claims["repository_owner"] == owner
        and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", owner) is not None
        and re.fullmatch(r"[A-Za-z0-9_.-]+", name) is not None
        and re.fullmatch(r"refs/(heads|tags)/[^ ~^:?*\[\\]+|refs/pull/[1-9][0-9]*/merge", ref)
        is not None
        and (".." not in ref and "//" not in ref and not ref.endswith((".lock", "/", ".")))
        and re.fullmatch(r"[^/]+\.ya?ml@.+", file) is not None
        and (home == claims["repository"] or "/" in home)
        and all(
            re.fullmatch(r"[1-9][0-9]*", claims[f"{who}_id"]) is not None
            for who in ("repository", "repository_owner", "actor")
        )
    )


def subject_context(claims: dict[str, str]) -> str:
    if "environment" in claims:
        return "environment:" + claims["environment"].replace(":", "%3A")
    if claims["event_name"] == "pull_request":
        return "pull_request"
    return "ref:" + claims["ref"]
