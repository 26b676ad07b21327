"""What would be right, in one line, where a statement does not apply to a token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.comparisons import lowered
from oidc_enforcer.iam.context_keys import is_environmental
from oidc_enforcer.iam.document import Condition
from oidc_enforcer.iam.evaluate import Refusal
from oidc_enforcer.iam.issuers import DEFAULT_CLAIMS, GITHUB_CLAIMS, Issuer
from oidc_enforcer.iam.operators import Comparison, Family, Operator, operator
from oidc_enforcer.iam.request import ASSUME_ROLE_WITH_WEB_IDENTITY
from oidc_enforcer.iam.value_pattern import Variable, matches, parse


def remedy(
    refusal: Refusal, claims: Mapping[str, str], issuer: Issuer, provider: str, *, denies: bool
) -> str:
    """What would be right; `provider` is the ARN by which the token's issuer comes in."""
    condition = refusal.condition
    if denies:
        return "find out whether this Deny applies: it decides"
    if refusal.element == "Action":
        return f"add `{ASSUME_ROLE_WITH_WEB_IDENTITY}` to `Action`"
    if condition is None:
        return _principal(refusal, provider)
    claim = issuer.claim(condition.key)
    if claim is None and not is_environmental(condition.key.lower()):
        return _unset_key(condition, issuer)
    if not isinstance(refusal.presented, str):
        return _no_value(refusal, condition, claim)
    found = operator(condition.operator)
    if found is None:
        return f"`{condition.operator}` is no operator that is known: write it as IAM spells it"
    return _value(found, condition, refusal.presented, claim or "", claims)


def _principal(refusal: Refusal, provider: str) -> str:
    ours = OidcProviderArn.parse(provider)
    for wanted in refusal.wanted:
        theirs = OidcProviderArn.parse(wanted)
        if theirs is None or ours is None:
            continue
        if theirs.issuer == ours.issuer:
            return (
                f"STS looks the provider up in the role's own account: trust `{provider}` if the"
                f" role is in account {ours.account}"
            )
        if theirs.issuer.lower() == ours.issuer.lower():
            return f"the provider's URL minds casing: trust `{provider}`"
    if any(OidcProviderArn.parse(wanted) for wanted in refusal.wanted):
        issuer = ours.issuer if ours else provider
        return f"the token comes from `https://{issuer}`: trust `{provider}`"
    return f'add `"Federated": "{provider}"` to `Principal`'


#: What to ask for instead of a claim that IAM does not map.
_INSTEAD = {
    "repository_owner": "repository_owner_id",
    "enterprise": "enterprise_id",
    "workflow_ref": "job_workflow_ref",
    "ref_type": "ref",
    "head_ref": "ref",
    "base_ref": "ref",
}


def _unset_key(condition: Condition, issuer: Issuer) -> str:
    prefix, _, claim = condition.key.rpartition(":")
    mapped = claim.lower() in DEFAULT_CLAIMS | GITHUB_CLAIMS
    if mapped and prefix.lower() != issuer.name.lower() and "." in prefix:
        return f"the token comes from `{issuer.url}`: write the key as `{issuer.name}:{claim}`"
    if mapped and prefix.lower() == issuer.name.lower():
        return f"AWS maps only `sub` and `aud` for `{issuer.name}`: pin `sub` instead"
    instead = _INSTEAD.get(claim.lower())
    if instead and issuer.has_github_claims:
        return f"AWS never sees this claim: use `{issuer.name}:{instead}`"
    return f"no token of GitHub brings `{condition.key}`: take it out, and pin `sub` instead"


def _no_value(refusal: Refusal, condition: Condition, claim: str | None) -> str:
    if refusal.presented is not None:
        if claim is None:
            return f"it depends on `{condition.key}`, which no token tells"
        return f"give its value: `--claim {claim}=…`"
    if condition.operator == "Null":
        return "take this condition out, or present the claim"
    match claim:
        case "environment":
            return "let the job name an `environment:`, or take this condition out"
        case "enterprise_id":
            return "the repository belongs to no enterprise: take this condition out"
        case _:
            return "the token lacks the claim: take this condition out"


def _value(
    found: Operator, condition: Condition, presented: str, claim: str, claims: Mapping[str, str]
) -> str:
    if found.family is Family.NULL:
        return "the token always has this claim: take the condition out"
    if found.family is Family.ARN:
        return f"claims are no ARNs, so `{condition.operator}` never matches: use `StringLike`"
    if found.family is not Family.STRING:
        return f"claims are text: use `StringEquals` or `StringLike`, not `{condition.operator}`"
    if found.negated:
        hit = next((each for each in condition.values if _like(each, presented, condition)), "")
        return f"`{condition.operator}` shuts it out by `{hit}`: narrow that value, or take it out"
    for each in _REASONS:
        said = each(found, condition, presented, claim)
        if said:
            return said
    return f"add `{presented}` to the values"


def _literal_wildcard(found: Operator, condition: Condition, presented: str, claim: str) -> str:
    if found.comparison is Comparison.LIKE:
        return ""
    if any(_like(value, presented, condition) for value in condition.values):
        return f"`{condition.operator}` takes `*` and `?` as they stand: use `StringLike`"
    return ""


def _casing(found: Operator, condition: Condition, presented: str, claim: str) -> str:
    if found.comparison is Comparison.EQUALS_IGNORE_CASE:
        return ""
    for value in condition.values:
        if _like(lowered(value), lowered(presented), condition):
            return f"they differ in casing alone: write `{presented}`"
    return ""


def _audience(found: Operator, condition: Condition, presented: str, claim: str) -> str:
    if claim != "aud" or not condition.values:
        return ""
    wanted = condition.values[0]
    return f"let the workflow ask for `audience: {wanted}`, or add `{presented}` to the values"


_IDS = re.compile(r"^(repo:[^@:/]+)@[0-9]+(/[^@:]+)@[0-9]+(?=:|$)")
_IDS_IN_PATTERN = re.compile(r"@[0-9*?]+(?=[/:]|$)")


def _form(found: Operator, condition: Condition, presented: str, claim: str) -> str:
    """A classic subject where ids are wanted, or the other way round."""
    if claim != "sub":
        return ""
    classic = _IDS.sub(r"\1\2", presented)
    for value in condition.values:
        if classic != presented and _like(value, classic, condition):
            return f"the repository's subjects carry ids now: add `{presented}` to the values"
        plain = _IDS_IN_PATTERN.sub("", value)
        if classic == presented and plain != value and _like(plain, presented, condition):
            return (
                "the policy wants a subject with ids, and the repository still mints the classic"
                f" form: add `{presented}`, or turn immutable subjects on"
            )
    return ""


def _context(found: Operator, condition: Condition, presented: str, claim: str) -> str:
    """The right repository in the wrong circumstances."""
    if claim != "sub" or not presented.startswith("repo:"):
        return ""
    prefix, _, context = presented.removeprefix("repo:").partition(":")
    if not any(_same_repository(value, prefix) for value in condition.values):
        return (
            f"the policy names another repository than `{prefix}`: give that one a role of its own,"
            f" or, only if it may do all that this role may, add `{presented}` to the values"
        )
    if context.startswith("environment:"):
        return (
            f"a job in an environment presents that instead of its branch: add `{presented}`,"
            " or take `environment:` out of the job"
        )
    if context == "pull_request":
        return (
            "a pull request presents no branch, and its code is unreviewed: run the job on `push`,"
            " or give pull requests a role of their own that can only read"
        )
    if any(":environment:" in value for value in condition.values):
        return f"let the job name the `environment:` that the policy wants, or add `{presented}`"
    return f"run the job on a ref that the policy names, or add `{presented}` to the values"


def _same_repository(value: str, prefix: str) -> bool:
    found = re.match(r"repo:([^:]*)", value)
    return found is not None and matches(_glob(found[1]), prefix)


_REASONS: tuple[Callable[[Operator, Condition, str, str], str], ...] = (
    _literal_wildcard,
    _casing,
    _audience,
    _form,
    _context,
)


def _like(value: str, presented: str, condition: Condition) -> bool:
    parts = parse(value, variables=condition.variables)
    plain = tuple(part for part in parts if not isinstance(part, Variable))
    return len(plain) == len(parts) and matches(plain, presented)


def _glob(value: str) -> tuple[str, ...]:
    return parse(value, variables=False)  # type: ignore[return-value]


def implied(claims: Mapping[str, str]) -> dict[str, str]:
    """The claims, and those that a subject in GitHub's own form says as well.

    Only a repository of that name can mint `repo:owner/name:…`, since `:` in other values is
    encoded; so what stands in the subject stands in `repository` and in `ref` too.
    """
    return {**dict(_implied(claims.get("sub", ""))), **claims}


def _implied(sub: str) -> Iterator[tuple[str, str]]:
    found = _SUBJECT.match(sub)
    if found is None:
        return
    yield "repository", f"{found['owner']}/{found['name']}"
    yield "repository_owner", found["owner"]
    if found["owner_id"]:
        yield "repository_owner_id", found["owner_id"]
        yield "repository_id", found["id"]
    kind, _, value = found["context"].partition(":")
    if ":" in value:
        return  # a customised subject; what else stands there is not told apart
    if kind == "ref" and value:
        yield "ref", value
    elif kind == "environment" and value and "%3A" not in value:
        yield "environment", value  # `%3A` may be a colon, or be written so in the name


_SUBJECT = re.compile(
    r"repo:(?P<owner>[^@:/]+)(?:@(?P<owner_id>[0-9]+))?/(?P<name>[^@:/]+)(?(owner_id)@(?P<id>[0-9]+))"
    r":(?P<context>.+)",
    re.DOTALL,
)
