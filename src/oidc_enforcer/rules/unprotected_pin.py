"""A role is pinned to a branch or an environment that GitHub does not protect.

A trust policy that admits only `main`, or only the environment `production`, is as tight as what
GitHub lets onto that branch or into that environment. This rule looks at the other end of the pin:
the branch's rules and protection, the environment's reviewers and the branches that may deploy to
it. The pins are those that the role's trust policy names one by one, where it is at hand; else they
are taken to be the job's environment, or those of the branches that may use roles (`allowed`, the
default branch) on which the workflow can run, and the finding says that no policy was read. It
needs facts from GitHub, so it speaks only where these were asked for.

## Why it matters

Whoever may push to the branch, or may create the environment by naming it in a workflow, gets the
role. In most organisations that is everybody with write access.

## Bad

```yaml
# the environment `production` lets every branch deploy
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

## Good

```yaml
# the environment `reviewed` admits `main` alone, and `main` takes approved pull requests
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: reviewed
    permissions:
      id-token: write
      contents: read
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy-site
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

## Remediation

For a branch: a ruleset that requires pull requests with an approval. For an environment: a
deployment branch policy that names the branch, and the branch protected; or required reviewers.
Create the environment before a workflow names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.reading import Reading

if TYPE_CHECKING:  # only where GitHub was asked
    from oidc_enforcer.protection import Protection
    from oidc_enforcer.workflow.model import Job

RULE = Rule(
    "unprotected-pin",
    "a role is pinned to a branch or an environment that GitHub does not protect",
    Severity.WARNING,
    needs="protection",
)


def check(subject: Reading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One outcome for each environment and each branch to which the jobs' roles are pinned.

    Where a trust policy is at hand it says which these are; else the job's environment, or the
    branches that may use roles, are taken for them.
    """
    if facts.protection is None or subject.workflow is None:
        return
    told = _of_policies(subject, facts)
    seen: set[tuple[str, str]] = set()
    for job in subject.jobs:
        oidc = next((one for one in job.credentials if one.kind is Kind.OIDC), None)
        if oidc is None or oidc.file is not subject.file or job.job is None:
            continue
        taken = _taken(subject, job.job, oidc.at, facts)
        for pin in told.get(job.job.id, taken):
            key = (pin.kind, pin.name.lower() if pin.kind == "environment" else pin.name)
            if key not in seen:
                seen.add(key)
                yield from _outcome(subject, pin, facts.protection, job.job.id)


class _Pin(NamedTuple):
    """What a role is pinned to, and where that is said; `is_open`: only the run can tell.

    `unread` says why no trust policy tells that the role is pinned to it; empty: one does.
    """

    kind: str
    name: str
    at: Span
    is_open: bool = False
    unread: str = ""

    def told(self, words: str) -> str:
        """A weakness of it in words, with what they rest on where that is not known."""
        if not self.unread:
            return words
        return f"{words}; this matters if its role is pinned to `{self.name}`: {self.unread}"


_NO_POLICY = "no trust policy was read (--policy gives it)"
_NOT_SETTLED = "its trust policy could not be read for that"


def _of_policies(subject: Reading, facts: Facts) -> dict[str, list[_Pin]]:
    """By job, the pins that the trust policies of its roles name; jobs with any doubt are left out.

    A policy that admits more than what it names has findings of its own.
    """
    if not facts.judges_roles:
        return {}
    from oidc_enforcer.job_roles import Unresolved, of_reading
    from oidc_enforcer.protection import pins

    found: dict[str, list[_Pin]] = {}
    unsure: set[str] = set()
    for role in of_reading(subject, facts):
        if isinstance(role, Unresolved):
            unsure.add(role.use.job.id)
            continue
        named = pins(role.whole.admits)
        for use in role.uses:
            if role.whole.undetermined:
                unsure.add(use.job.id)
            here = found.setdefault(use.job.id, [])
            here += (_Pin("branch", name, use.at) for name in named.branches)
            here += (_Pin("environment", name, use.at) for name in named.environments)
    return {job: named for job, named in found.items() if job not in unsure}


def _taken(subject: Reading, job: Job, at: Span, facts: Facts) -> Iterator[_Pin]:
    """What a job's roles are probably pinned to."""
    from oidc_enforcer.workflow.environments import environment_name, written_environment

    assert facts.protection is not None, "GitHub was asked"
    unread = _NOT_SETTLED if facts.judges_roles else _NO_POLICY
    name = environment_name(job)
    if name is not None:
        is_open = written_environment(job) is None
        yield _Pin("environment", name.text.strip(), name.span, is_open, unread)
        return
    for branch in _pinned(facts, facts.protection):
        if _may_run_on(branch, subject, job, facts.protection.default_branch):
            yield _Pin("branch", branch, at, unread=unread)


def _may_run_on(branch: str, subject: Reading, job: Job, default_branch: str) -> bool:
    """Whether some event may start the job on the branch, as far as this repository tells."""
    from oidc_enforcer.iam.tokens import Run
    from oidc_enforcer.workflow.triggers import PREFIX, occasions
    from oidc_enforcer.workflow.ways import ways

    assert subject.workflow is not None, "who asks has looked"
    found = ways(subject.workflow, job, subject.surroundings)
    if found.is_called_unseen or found.too_many:
        return True
    ref = f"{PREFIX[Run.BRANCH]}{branch}"
    starts = (occasions(chain[0].workflow, default_branch) for chain in found.chains)
    return any(ref in occasion.refs for each in starts for occasion in each)


def _outcome(
    subject: Reading, pin: _Pin, protection: Protection, job: str
) -> Iterator[Finding | Skipped]:
    if pin.kind == "branch":
        yield from _branch(subject, pin, protection, job)
    elif pin.is_open:
        reason = "which environment this is only the run can tell"
        yield RULE.skipped(subject.file, pin.at, reason, job=job)
    else:
        yield from _environment(subject, pin, protection, job)


def _pinned(facts: Facts, protection: Protection) -> Iterator[str]:
    """The branches that may use roles: those that the configuration names, else the default one."""
    allowed = facts.config.allowed
    if allowed is None:
        yield protection.default_branch
        return
    for entry in allowed:
        kind, _, name = entry.partition(":")
        if kind == "branch" and "*" not in name and "?" not in name:
            yield name


def _branch(
    subject: Reading, pin: _Pin, protection: Protection, job: str
) -> Iterator[Finding | Skipped]:
    at, name = pin.at, pin.name
    branch = protection.branches.get(name)
    if branch is None:
        return  # nobody asked
    if isinstance(branch.pushes, Unavailable):
        reason = f"how branch `{name}` is protected: {branch.pushes.reason}"
        yield RULE.skipped(subject.file, at, reason, job=job)
    elif weakness := protection.weakness(branch):
        severity = Severity.NOTE if weakness.is_slight else None
        identity = ("branch", name)
        yield RULE.finding(
            subject.file,
            at,
            pin.told(weakness.words),
            severity=severity,
            job=job,
            identity=identity,
        )


def _environment(
    subject: Reading, pin: _Pin, protection: Protection, job: str
) -> Iterator[Finding | Skipped]:
    at, name = pin.at, pin.name
    if name.lower() not in protection.environments:
        return  # nobody asked
    found = protection.environments[name.lower()]
    if isinstance(found, Unavailable):
        reason = f"how environment `{name}` is protected: {found.reason}"
        yield RULE.skipped(subject.file, at, reason, job=job)
    elif weakness := protection.environment_weakness(name, found):
        identity = ("environment", name.lower())
        words = pin.told(weakness.words)
        yield RULE.finding(subject.file, at, words, job=job, identity=identity)
