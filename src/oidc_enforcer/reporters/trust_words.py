"""What the classes of `reach` and `identity` mean, in a line each, for one repository."""

from __future__ import annotations

from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.identity import Identity
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Repository
from oidc_enforcer.iam.witness import Witness
from oidc_enforcer.trust import RoleReport

_REACH = {
    ReachClass.OPEN: "every token of the issuer gets in: any repository in the world",
    ReachClass.ANY_ORG: "repositories of owners other than {owner} get in",
    ReachClass.ENTERPRISE_WIDE: "every repository of the enterprise gets in",
    ReachClass.INSTANCE_WIDE: "every repository of the GitHub Enterprise Server gets in",
    ReachClass.ORG_WIDE: "repositories of {owner} other than {repo} get in",
    ReachClass.REPO_PREFIX: "repositories of {owner} whose names begin alike get in",
    ReachClass.REUSABLE_WORKFLOW: "whoever may call a reusable workflow gets in",
    ReachClass.REPO_WIDE: "{repo} alone, but on more than its refs: pull requests or every"
    " environment among them",
    ReachClass.PULL_REQUEST: "unreviewed pull requests of {repo} get in",
    ReachClass.ANY_REF: "every branch and tag of {repo}",
    ReachClass.ANY_BRANCH: "every branch of {repo}",
    ReachClass.ANY_TAG: "every tag of {repo}",
    ReachClass.BRANCH_PATTERN: "branches of {repo} that fit a pattern",
    ReachClass.BRANCH_NOCASE: "a branch of {repo} in any casing; Git tells these apart",
    ReachClass.TAG_PATTERN: "tags of {repo} that fit a pattern",
    ReachClass.ANY_ENVIRONMENT: "every environment of {repo}, also one made by naming it",
    ReachClass.ENVIRONMENT_PATTERN: "environments of {repo} that fit a pattern",
    ReachClass.BRANCH: "listed branches of {repo}, and nothing looser",
    ReachClass.TAG: "listed tags of {repo}, and nothing looser",
    ReachClass.ENVIRONMENT: "listed environments of {repo}, and nothing looser",
    ReachClass.NEVER: "no token that GitHub mints gets in",
}
_IDENTITY = {
    Identity.ID: "tied to ids, which nobody else can get",
    Identity.OWNER_ID: "tied to the owner's id; a later repository of the same name gets in",
    Identity.ISSUER: "tied to an issuer that one enterprise or instance has to itself",
    Identity.NAME: "tied to names, which somebody else can register once they are given up",
    Identity.NONE: "tied to nothing that is this repository's alone",
}
#: Audiences that are told one by one.
_MOST = 20


def reach(found: RoleReport, repository: Repository) -> str:
    """The class of reach, and what it means here."""
    kind = found.reach.reach
    meaning = _REACH[kind].format(owner=repository.owner, repo=repository.full_name)
    return f"{kind.word}: {meaning}"


def identity(found: RoleReport) -> str:
    """What ties the policy to the repository."""
    kind = found.reach.identity
    if found.reach.reach is ReachClass.NEVER:
        return kind.word
    return f"{kind.word}: {_IDENTITY[kind]}"


def pinned(found: RoleReport) -> str:
    """Whether what gets in is listed one by one."""
    if found.pinned:
        return "yes"
    return "no" if found.lets_github_in else "no: nothing gets in"


def audiences(found: RoleReport) -> str:
    """The audiences that are let in."""
    if found.reach.any_audience:
        return "any that the provider has registered"
    if found.reach.audiences is None:
        return "a pattern"
    some = found.reach.audiences
    more = f" and {len(some) - _MOST:,} more" if len(some) > _MOST else ""
    return ", ".join(some[:_MOST]) + more


def remarks(witness: Witness) -> str:
    """What a witness needs besides its subject."""
    said = []
    if witness.template != DEFAULT_TEMPLATE:
        said.append(f"its subject customised to {', '.join(witness.template)}")
    said += [f"{key} being `{value}`" for key, value in witness.context.items()]
    return f" (with {', '.join(said)})" if said else ""
