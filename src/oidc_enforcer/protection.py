"""The other end of a pin: what GitHub does to keep a branch or an environment to who is meant.

A role that trusts `branch:main` trusts whoever can get a commit onto `main`; one that trusts an
environment trusts whatever branch may deploy to it. GitHub: "Available rules for rulesets", "About
protected branches", "Managing environments for deployment".
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from oidc_enforcer.iam.contexts import Admitted, ReachClass
from oidc_enforcer.report import Unavailable


class Pushes(enum.Enum):
    """How a commit gets onto a branch, from tight to loose."""

    REVIEWED = "somebody else has to approve it"
    PROPOSED = "it takes a pull request, which its author may merge alone"
    OPEN = "whoever may write to the repository may push it"


class Branch(NamedTuple):
    """A branch, None for `pushes` where there is no such branch (so that anybody may make it)."""

    name: str
    pushes: Pushes | Unavailable | None


class Environment(NamedTuple):
    """An environment. `branches` are the patterns of branches and tags that may deploy to it.

    None: any may; `is_protected_only`: those branches that are protected, which are then listed as
    far as somebody has asked. Where no branch is protected, GitHub lets all of them deploy
    ("Deployments and environments").
    """

    name: str
    reviewers: int = 0
    branches: tuple[str, ...] | None = None
    is_protected_only: bool = False


class Weakness(NamedTuple):
    """Why a pin does not hold; slight where it takes one step more than a push."""

    words: str
    is_slight: bool = False


#: Patterns of branches that shut out none.
_ANY_BRANCH = frozenset({"*", "**", "**/*", "*/*"})


class Protection(NamedTuple):
    """What was asked about a repository; an environment that is None does not exist.

    `environments` are keyed by their name in lower case, as GitHub compares them.
    `workflow_permissions` is `read` or `write`, what a workflow's token may do by default.
    """

    default_branch: str
    branches: Mapping[str, Branch]
    environments: Mapping[str, Environment | Unavailable | None]
    workflow_permissions: str | Unavailable = "read"

    def weakness(self, branch: Branch) -> Weakness | None:
        """What lets more people onto a branch than are meant; None where that is not known."""
        name = branch.name
        match branch.pushes:
            case None:
                return Weakness(
                    f"there is no branch `{name}` (the default one is `{self.default_branch}`), so"
                    " whoever may write to the repository can make it and get its role"
                )
            case Pushes.OPEN:
                words = f"whoever may write to the repository can push to `{name}` and get its role"
                if self.workflow_permissions == "write":
                    words += "; by default that goes for every workflow's token too"
                return Weakness(words)
            case Pushes.PROPOSED:
                return Weakness(
                    f"who may write to the repository can merge into `{name}` alone: its rules"
                    " require a pull request and no approval",
                    is_slight=True,
                )
            case _:
                return None

    def environment_weakness(self, name: str, found: Environment | None) -> Weakness | None:
        """What lets more people into an environment; None where reviewers or branches keep it."""
        if found is None:
            return Weakness(
                f"there is no environment `{name}` yet: the first run that names it makes it, from"
                " any branch and without any protection"
            )
        if found.reviewers:
            return None
        if found.branches is None and not found.is_protected_only:
            return Weakness(f"environment `{name}` admits every branch, and nobody has to approve")
        if found.is_protected_only and not found.branches and found.branches is not None:
            return Weakness(
                f"environment `{name}` admits protected branches alone, and no branch is protected:"
                " then GitHub admits every branch"
            )
        for each in (self.default_branch,) if found.branches is None else found.branches:
            if each in _ANY_BRANCH:
                return Weakness(f"environment `{name}` admits `{each}`, which is any branch")
            weakness = self.weakness(self.branches[each]) if each in self.branches else None
            if weakness and not weakness.is_slight:
                return Weakness(f"environment `{name}` admits `{each}`: {weakness.words}")
        return None

    def weaknesses(self, pins: Pins) -> Iterator[str]:
        """What lets more people in by these pins than are meant, as far as it is known."""
        for name in pins.branches:
            found = self.branches.get(name)
            if found is None:
                continue
            if isinstance(found.pushes, Unavailable):
                yield f"how `{name}` is protected is not known: {found.pushes.reason}"
            elif weakness := self.weakness(found):
                yield weakness.words
        for name in pins.environments:
            if name.lower() not in self.environments:
                continue
            there = self.environments[name.lower()]
            if isinstance(there, Unavailable):
                yield f"how the environment `{name}` is protected is not known: {there.reason}"
            elif weakness := self.environment_weakness(name, there):
                yield weakness.words


class Pins(NamedTuple):
    """Branches and environments that somebody names one by one."""

    branches: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    def unknown(self, protection: Protection) -> Pins:
        """Those of which nobody has been asked yet."""
        return Pins(
            tuple(one for one in self.branches if one not in protection.branches),
            tuple(one for one in self.environments if one.lower() not in protection.environments),
        )


def pins(admitted: Iterable[Admitted]) -> Pins:
    """What a policy admits by name."""
    found = dict.fromkeys(admitted)
    return Pins(
        tuple(each.name for each in found if each.kind is ReachClass.BRANCH),
        tuple(each.name for each in found if each.kind is ReachClass.ENVIRONMENT),
    )


def branch(name: str, rules: Iterable[Mapping[str, Any]], classic: object) -> Branch:
    """From the rules in force on a branch, and its branch protection as far as it could be read.

    `classic` is the protection, None where there is none, or Unavailable.
    """
    found = [_pushes_by_rule(rule) for rule in rules]
    if isinstance(classic, Mapping):
        found.append(_pushes_by_protection(classic))
    tightest = min(found, key=list(Pushes).index, default=Pushes.OPEN)
    if isinstance(classic, Unavailable) and tightest is not Pushes.REVIEWED:
        return Branch(name, classic)
    return Branch(name, tightest)


def _pushes_by_rule(rule: Mapping[str, Any]) -> Pushes:
    match rule.get("type"):
        case "update" | "merge_queue":  # only who may bypass, or the queue behind its reviews
            return Pushes.REVIEWED
        case "pull_request":
            parameters = rule.get("parameters") or {}
            needed = parameters.get("required_approving_review_count", 0)
            return Pushes.REVIEWED if needed else Pushes.PROPOSED
        case _:
            return Pushes.OPEN


def _pushes_by_protection(classic: Mapping[str, Any]) -> Pushes:
    if classic.get("restrictions") or (classic.get("lock_branch") or {}).get("enabled"):
        return Pushes.REVIEWED
    reviews = classic.get("required_pull_request_reviews")
    if not isinstance(reviews, Mapping):
        return Pushes.OPEN
    needed = reviews.get("required_approving_review_count", 0)
    return Pushes.REVIEWED if needed else Pushes.PROPOSED


def environment(
    found: Mapping[str, Any], branches: Iterable[Mapping[str, Any]] | None
) -> Environment:
    """From an environment as GitHub describes it, and what may deploy to it where that is limited:
    its branch policies, or the repository's protected branches (None: nobody has asked).
    """
    reviewers = sum(
        len(rule.get("reviewers") or ())
        for rule in found.get("protection_rules") or ()
        if rule.get("type") == "required_reviewers"
    )
    policy = found.get("deployment_branch_policy") or {}
    is_protected_only = bool(policy.get("protected_branches"))
    names: tuple[str, ...] | None = None
    if branches is not None and (is_protected_only or policy.get("custom_branch_policies")):
        names = tuple(str(one.get("name", "")) for one in branches)
    return Environment(str(found.get("name", "")), reviewers, names, is_protected_only)


class Subject(NamedTuple):
    """How GitHub makes a repository's subjects; `template` None is its own form."""

    template: tuple[str, ...] | None
    is_immutable: bool | None


def subject(found: Mapping[str, Any], organisation: Iterable[str] = ()) -> Subject:
    """From a repository's OIDC customisation; what it says of its prefix goes before its switch.

    `organisation` are the claim keys of the organisation's template, which holds only where the
    repository has said `use_default: false` without keys of its own.
    """
    keys = tuple(map(str, found.get("include_claim_keys") or ())) or tuple(organisation)
    template = None if found.get("use_default", True) or not keys else keys
    prefix = found.get("sub_claim_prefix")
    if isinstance(prefix, str) and prefix.startswith("repo:"):
        return Subject(template, "@" in prefix)
    immutable = found.get("use_immutable_subject")
    return Subject(template, immutable if isinstance(immutable, bool) else None)
