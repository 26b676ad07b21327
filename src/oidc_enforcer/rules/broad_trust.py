"""A role accepts tokens beyond the allowed branches, tags and environments.

What may use a role is the repository's default branch and the environments that its workflows name,
unless the configuration's `allowed` says otherwise: `branch:main`, `branch:release/*`, `tag:v*`,
`environment:production`, `pull-request`. A role for a workflow file that serves a whole
organisation, such as one that a ruleset requires, is allowed by that file:
`workflow:acme/.github/.github/workflows/oidc.yml@refs/heads/main`. It must then pin
`job_workflow_ref` to the file and `repository_owner_id` to the owner.

The answer is exact: the policy is compared with every token that GitHub can mint, and the message
shows one that gets in and should not. The examples are for the repository `acme/app` (id 2001) of
the owner 1001.

## Why it matters

Whoever can push a branch, or create a repository that the policy lets in, can use the role. A
wildcard that looks harmless often admits more than its author meant: `repo:acme/app*` is every
repository whose name begins so, and `repo:acme/app:*` is every branch, tag, pull request and
environment.

## Bad

```json
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {
      "Federated":
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
      "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/app:*"}
    }
  }]
}
```

## Good

```json
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": {
      "Federated":
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        "token.actions.githubusercontent.com:repository_id": "2001"
      }
    }
  }]
}
```

## Remediation

Pin `sub` with `StringEquals` to the branch or the environment that deploys.
`oidc-enforcer trust --suggest` prints the tightest policy that still admits what the workflows
need. If the wider use is meant, say so under `allowed` in the configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.iam.witness import Witness
    from oidc_enforcer.roles import RoleReading

RULE = Rule(
    "broad-trust",
    "a role accepts tokens beyond the allowed branches, tags and environments",
    Severity.ERROR,
    "role",
)
#: Tokens that one message shows.
_MOST = 3


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per role, and one per door that is open to everybody."""
    from oidc_enforcer.iam.contexts import ReachClass
    from oidc_enforcer.roles import TOO_COMPLEX

    if subject.beyond.managed:
        return
    yield from _doors(subject)
    found = subject.outsiders()
    if found is None:
        yield subject.skipped(RULE, TOO_COMPLEX)
        return
    found = tuple(each for each in found if each.reach is not ReachClass.PULL_REQUEST)
    if subject.beyond.undetermined:
        if found or not subject.beyond.parts or not subject.beyond.witnesses:
            yield subject.skipped(RULE, "; ".join(subject.beyond.undetermined))
        return
    unknown = all("environment" in each.claims for each in found) and subject.open_environments
    if found and unknown and not subject.uses and subject.beyond.lists_environments:
        return  # nobody has looked at the workflows, and listed ones are as tight as can be
    if found and unknown:
        named = f"`{found[0].claims['environment']}`"
        yield subject.skipped(RULE, f"whether a workflow names environment {named} is not known")
    elif found:
        yield _finding(subject, found)
    else:
        for doubt in subject.beyond.unsettled:
            if not doubt.is_of_pull_requests:  # these have a rule of their own
                yield subject.skipped(RULE, doubt.reason)


def _finding(subject: RoleReading, found: tuple[Witness, ...]) -> Finding:
    by, place = subject.entry(found[0])
    shown = [f"`{each.claims['sub']}` ({each.reach.word})" for each in found[:_MOST]]
    return subject.finding(
        RULE,
        f"{subject.name} lets in more than {subject.allowed_in_words}: {', '.join(shown)}"
        f" {'get' if shown[1:] else 'gets'} in{by}; pin `sub` with `StringEquals` to what deploys",
        at=place,
    )


def _doors(subject: RoleReading) -> Iterator[Finding]:
    from oidc_enforcer.iam.doors import DoorKind

    for door in subject.whole.other_doors:
        if door.kind in (DoorKind.ANYONE, DoorKind.GITHUB) and door.gaps:
            statement = subject.role.policy.statements[door.statement - 1]
            yield subject.finding(
                RULE,
                f"{subject.name} has another door: statement {door.statement} lets in"
                f" {door.kind.value} (`{door.principal}`): {'; '.join(door.gaps)}",
                at=statement.place,
                identity=(door.kind.name, door.principal),
            )
