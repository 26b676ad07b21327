"""The tightest trust policy that lets given runs of a repository in, and the proof that it does.

Nothing is suggested that was not tried: every run that is needed must be let in, and `reach` must
find nothing else that is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from oidc_enforcer.arn import OidcProviderArn
from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.document import PolicyError, TrustPolicy, from_data
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.issuers import Issuer, github_issuer
from oidc_enforcer.iam.reach import Reach, reach
from oidc_enforcer.iam.searches import TooComplexError
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Repository
from oidc_enforcer.iam.web_identity import maps_github_claims, web_identity_request

Data: TypeAlias = "dict[str, object]"


class Form(enum.Enum):
    """Which subjects a policy names: with ids or without, or both during a transition."""

    CLASSIC = "classic"
    IMMUTABLE = "immutable"
    BOTH = "both"


class CannotSuggestError(Exception):
    """No policy can be suggested: what is missing, or what could not be proven."""


class Need(NamedTuple):
    """One kind of run: `branch`, `tag`, `environment`, `pull-request`, or a `subject` as it is.

    `name` may hold `*` and `?`.
    """

    kind: str
    name: str

    @classmethod
    def parse(cls, entry: str) -> Need:
        """An entry as in the configuration's `allowed`, or `subject:…`; raises ValueError."""
        kind, colon, name = entry.partition(":")
        if entry == "pull-request":
            return cls(entry, "")
        if colon and name and kind in ("branch", "tag", "environment", "subject"):
            return cls(kind, name)
        raise ValueError(
            f"`{entry}` must be `branch:…`, `tag:…`, `environment:…`, `subject:…` or `pull-request`"
        )

    @property
    def entry(self) -> str:
        """The entry that it was read from."""
        return f"{self.kind}:{self.name}" if self.name else self.kind


class Wanted(NamedTuple):
    """What a policy is suggested for. `provider` is the OIDC provider that the role trusts."""

    repository: Repository
    provider: OidcProviderArn
    needs: tuple[Need, ...]
    form: Form = Form.CLASSIC
    audience: str = ""

    @property
    def issuer(self) -> Issuer:
        """Whose tokens these are."""
        found = github_issuer(self.provider.issuer)
        if found is None:
            raise CannotSuggestError(f"`{self.provider.issuer}` is no issuer of GitHub's")
        return found


class Suggestion(NamedTuple):
    """A policy that was proven: as data for IAM, as a value, and what it lets in."""

    document: Data
    policy: TrustPolicy
    subjects: tuple[str, ...]
    reach: Reach


def tightest(wanted: Wanted) -> Suggestion:
    """The policy, proven; raises CannotSuggestError where there is none or it does not hold."""
    if not wanted.needs:
        raise CannotSuggestError("nothing is to be let in: name a branch or an environment")
    document, subjects = _document(wanted)
    try:
        policy = from_data(document)
    except PolicyError as problem:
        raise CannotSuggestError(f"IAM would not store it: {problem.message}") from None
    found = reach(policy, wanted.repository)
    _prove(wanted, policy, found)
    return Suggestion(document, policy, subjects, found)


def audience_of(partition: str) -> str:
    """The audience that the credentials action asks for in this partition."""
    return "sts.amazonaws.com.cn" if partition == "aws-cn" else "sts.amazonaws.com"


def _document(wanted: Wanted) -> tuple[Data, tuple[str, ...]]:
    """One statement; a second one for environments whose subject is another one's as well."""
    ambiguous = [need for need in wanted.needs if _is_ambiguous(need)]
    others = [need for need in wanted.needs if not _is_ambiguous(need)]
    statements: list[Data] = []
    subjects: list[str] = []
    for needs, named in ((others, False), (ambiguous, True)):
        if needs:
            values = dict.fromkeys(each for need in needs for each in _subjects(need, wanted))
            subjects += values
            statements.append(_statement(wanted, tuple(values)))
            if named:
                names = [need.name for need in needs]
                _add(statements[-1], f"{wanted.issuer.name}:environment", names)
    return {"Version": "2012-10-17", "Statement": statements}, tuple(subjects)


def _is_ambiguous(need: Need) -> bool:
    """GitHub writes `:` in a subject as `%3A`, so that two environments may have one subject."""
    return need.kind == "environment" and (":" in need.name or "%3A" in need.name)


def _statement(wanted: Wanted, subjects: tuple[str, ...]) -> Data:
    issuer = wanted.issuer.name
    statement: Data = {
        "Effect": "Allow",
        "Principal": {"Federated": str(wanted.provider)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {},
    }
    audience = wanted.audience or audience_of(wanted.provider.partition)
    _add(statement, f"{issuer}:aud", [audience])
    _add(statement, f"{issuer}:sub", list(subjects))
    if wanted.repository.id and _needs_an_id(wanted, subjects):
        _add(statement, f"{issuer}:repository_id", [wanted.repository.id])
    return statement


def _add(statement: Data, key: str, values: list[str]) -> None:
    """A condition on one key; wildcards make it `StringLike`."""
    like = any(mark in value for value in values for mark in "*?")
    condition = statement["Condition"]
    assert isinstance(condition, dict)
    escaped = [value.replace("${", "${$}{") for value in values]  # never a policy variable
    keys = condition.setdefault("StringLike" if like else "StringEquals", {})
    keys[key] = escaped[0] if len(escaped) == 1 else escaped


def _needs_an_id(wanted: Wanted, subjects: tuple[str, ...]) -> bool:
    """Whether the repository's id is known, seen by IAM, and not in every subject already."""
    partition = wanted.provider.partition
    seen = maps_github_claims(wanted.issuer, partition) is True
    tag = f"@{wanted.repository.id}"
    return bool(seen and wanted.repository.id and not all(tag in each for each in subjects))


def _subjects(need: Need, wanted: Wanted) -> Iterator[str]:
    if need.kind == "subject":
        yield need.name
        return
    forms = {
        Form.CLASSIC: (False,),
        Form.IMMUTABLE: (True,),
        Form.BOTH: (False, True),
    }[wanted.form]
    if not wanted.issuer.has_github_claims and True in forms:
        raise CannotSuggestError("GitHub Enterprise Server has no subjects with ids")
    template = wanted.repository.template or DEFAULT_TEMPLATE
    for immutable in forms:
        parts = [_part(key, need, wanted.repository, immutable=immutable) for key in template]
        yield ":".join(parts)


def _part(key: str, need: Need, repository: Repository, *, immutable: bool) -> str:
    """What one key of the template writes into the subject of such a run."""
    if key == "repo":
        return f"repo:{_short_form(repository, immutable=immutable)}"
    if key == "context":
        return _context(need)
    known = {
        "repository": repository.full_name,
        "repository_id": repository.id,
        "repository_owner": repository.owner,
        "repository_owner_id": repository.owner_id,
        "enterprise_id": repository.enterprise_id,
        "ref": _ref(need),
        "environment": need.name.replace(":", "%3A") if need.kind == "environment" else None,
    }
    value = known.get(key)
    if value is None:
        raise CannotSuggestError(
            f"the subject's template names `{key}`, whose value in {need.entry} runs is not known:"
            " give the whole subject as `subject:…`"
        )
    return f"{key}:{value}"


def _short_form(repository: Repository, *, immutable: bool) -> str:
    if not immutable:
        return repository.full_name
    if repository.id is None or repository.owner_id is None:
        raise CannotSuggestError("subjects with ids need the repository's id and its owner's")
    return f"{repository.owner}@{repository.owner_id}/{repository.name}@{repository.id}"


def _context(need: Need) -> str:
    if need.kind == "environment":
        return f"environment:{need.name.replace(':', '%3A')}"
    return "pull_request" if need.kind == "pull-request" else f"ref:{_ref(need)}"


def _ref(need: Need) -> str | None:
    if need.kind == "branch":
        return f"refs/heads/{need.name}"
    return f"refs/tags/{need.name}" if need.kind == "tag" else None


def _prove(wanted: Wanted, policy: TrustPolicy, found: Reach) -> None:
    """Raises CannotSuggestError unless all that is needed gets in, and nothing else."""
    if found.undetermined:
        raise CannotSuggestError(f"it cannot be proven: {found.undetermined[0]}")
    for token in _tokens(wanted):
        if not _admits(wanted, policy, token):
            raise CannotSuggestError(f"it would not let `{token['sub']}` in")
    if found.reach > ReachClass.REPO_WIDE:
        witness = found.witnesses[0].claims["sub"] if found.witnesses else ""
        raise CannotSuggestError(
            f"it would be {found.reach.word}: it would also let `{witness}` in"
        )
    entries = [need.entry for need in wanted.needs if need.kind != "subject"]
    if len(entries) != len(wanted.needs):
        return  # whole subjects are taken as they are
    try:
        others = outside(found, Allowed.parse(entries))
    except TooComplexError:
        raise CannotSuggestError("it is too complex to be proven") from None
    if others:
        raise CannotSuggestError(f"it would also let `{others[0].claims['sub']}` in")


def _tokens(wanted: Wanted) -> Iterator[dict[str, str]]:
    """A token for everything that is needed; wildcards stand for some text."""
    repository = wanted.repository
    claims = {
        "aud": wanted.audience or audience_of(wanted.provider.partition),
        "repository": repository.full_name,
    }
    if repository.id:
        claims["repository_id"] = repository.id
    for need in wanted.needs:
        for subject in _subjects(need, wanted):
            token = {**claims, "sub": _some(subject)}
            if need.kind == "environment":
                token["environment"] = _some(need.name)
            yield token


def _some(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")


def _admits(wanted: Wanted, policy: TrustPolicy, claims: dict[str, str]) -> bool:
    provider = wanted.provider
    request = web_identity_request(
        claims, wanted.issuer, provider.account, partition=provider.partition
    )
    return evaluate(policy, request).decision is Decision.ALLOWED


def parse_needs(entries: Iterable[str]) -> tuple[Need, ...]:
    """Every entry once, in order; raises ValueError."""
    return tuple(dict.fromkeys(Need.parse(entry) for entry in entries))
