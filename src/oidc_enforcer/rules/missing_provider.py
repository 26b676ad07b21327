"""The account has no usable OIDC provider for this issuer and audience.

STS looks up the provider of a token's issuer in the account of the role. It refuses the token,
before it reads any trust policy, if there is no such provider or if the token's audience is not
among the provider's client ids. What providers an account has is known from AWS itself or from a
snapshot; infrastructure code tells of those that it makes; a policy alone tells nothing. The
examples are for the repository `acme/app` (id 2001) of the owner 1001; below the policy stands what
`aws iam get-open-id-connect-provider` prints.

## Why it matters

The role can be assumed by nobody, however right its trust policy is: "No OpenIDConnect provider
found in your account" or "Incorrect token audience".

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
      "StringEquals": {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/app:ref:refs/heads/main",
        "token.actions.githubusercontent.com:repository_id": "2001"
      }
    }
  }]
}
```

```json
{"Url": "token.actions.githubusercontent.com", "ClientIDList": ["https://github.com/acme"]}
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

```json
{"Url": "token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"]}
```

## Remediation

Create the provider in the account of the role, with the audience that the workflows ask for:
`aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com
--client-id-list sts.amazonaws.com`. To an existing one add the audience:
`aws iam add-client-id-to-open-id-connect-provider`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.arn import UNTOLD_ACCOUNT
from oidc_enforcer.facts import Facts, Unavailable
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # a run without policies does not pay for what judges them
    from oidc_enforcer.facts import Provider
    from oidc_enforcer.iam.issuer_reach import IssuerReach
    from oidc_enforcer.roles import JobUse, RoleReading

RULE = Rule(
    "missing-provider",
    "the account has no usable OIDC provider for this issuer and audience",
    Severity.ERROR,
    "role",
)


def check(subject: RoleReading, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per role without provider, or per step whose audience is not registered."""
    unread: dict[str, str] = {}
    for part in () if subject.whole.managed else subject.whole.parts:
        account = part.provider.account
        known = facts.providers.get(account)
        shown = (*facts.seen_providers, *subject.role.providers)
        seen = [each for each in shown if each.arn == part.provider]
        if seen and (known is None or isinstance(known, Unavailable)):
            yield from _unregistered(subject, part, seen[-1])
        elif known is None:
            whose = "its account" if account == UNTOLD_ACCOUNT else f"account {account}"
            unread[account] = f"which OIDC providers {whose} has, no source tells"
        elif isinstance(known, Unavailable):
            unread[account] = f"the OIDC providers of account {account}: {known.reason}"
        else:
            provider = next((each for each in known if each.arn == part.provider), None)
            if provider is None:
                yield _absent(subject, part)
            else:
                yield from _unregistered(subject, part, provider)
    for reason in unread.values():
        yield subject.skipped(RULE, reason)


def _absent(subject: RoleReading, part: IssuerReach) -> Finding:
    return subject.finding(
        RULE,
        f"{subject.name} trusts `{part.provider}`, and account {part.provider.account} has no such"
        " OIDC provider: nobody gets in with a token; create the provider",
        identity=(str(part.provider),),
    )


def _unregistered(
    subject: RoleReading, part: IssuerReach, provider: Provider
) -> Iterator[Finding | Skipped]:
    registered = ", ".join(f"`{each}`" for each in provider.audiences) or "none"
    for audience, use in _audiences(subject, part):
        if audience not in provider.audiences:
            whose = f"job `{use.job.id}`" if use else "its policy"
            yield subject.finding(
                RULE,
                f"{subject.name}: {whose} asks for the audience `{audience}`, and"
                f" `{provider.arn}` has registered {registered}; add it to the provider's client"
                " ids",
                use=use,
                identity=(str(part.provider), audience),
            )


def _audiences(subject: RoleReading, part: IssuerReach) -> Iterator[tuple[str, JobUse | None]]:
    """The audiences that jobs ask for; without any job those that the policy names, if only one."""
    for use in subject.uses:
        for audience in dict.fromkeys(each for _, each in use.tokens if each is not None):
            yield audience, use
    if not subject.uses and part.audiences is not None and len(part.audiences) == 1:
        yield part.audiences[0], None
