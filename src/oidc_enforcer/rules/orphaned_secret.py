"""An AWS key is stored as a secret and no workflow reads it.

GitHub tells the names of a repository's secrets and of its environments', to a token that may read
them (`secrets: read` and `environments: read`), which a workflow's own token never has. This rule
looks for names that say "AWS key" and that no workflow and no action of the repository reads.
Other repositories may read a secret of the organisation, so of these it says as a note that this
repository need not be given them; `oidc-enforcer org --secrets organisation` looks at all that may
read them. A secret of an environment is given to jobs that run there alone. Workflows that stand on
other branches alone are not looked at. Below the workflow stands
what `gh api repos/acme/app/actions/secrets` prints.

## Why it matters

It is what stays behind after the move to OIDC: a key that works, that nobody misses and that the
next workflow may read. As long as it exists, the move is not done.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
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

```json
{"total_count": 2, "secrets": [
  {"name": "AWS_ACCESS_KEY_ID", "created_at": "2023-03-01T09:00:00Z",
   "updated_at": "2023-03-01T09:00:00Z"},
  {"name": "AWS_SECRET_ACCESS_KEY", "created_at": "2023-03-01T09:00:00Z",
   "updated_at": "2023-03-01T09:00:00Z"}
]}
```

## Good

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
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

```json
{"total_count": 1, "secrets": [
  {"name": "NPM_TOKEN", "created_at": "2023-03-01T09:00:00Z",
   "updated_at": "2023-03-01T09:00:00Z"}
]}
```

## Remediation

Deactivate the key in IAM, wait a day for somebody to miss it, delete it there and delete the
secrets: `gh secret delete AWS_SECRET_ACCESS_KEY --repo acme/app`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity, Skipped

if TYPE_CHECKING:  # only where GitHub was asked
    from oidc_enforcer.stored_secrets import Secret, Secrets
    from oidc_enforcer.workflow.secret_reads import SecretReads

RULE = Rule(
    "orphaned-secret",
    "an AWS key is stored as a secret and no workflow reads it",
    Severity.WARNING,
    judges="repository",
    needs="secrets",
)


def check(subject: SecretReads, facts: Facts) -> Iterator[Finding | Skipped]:
    """One finding per key, both halves of it together."""
    if facts.secrets is None:
        return
    from oidc_enforcer.stored_secrets import Keeper

    for secrets in _keys(facts.secrets, subject):
        names = " and ".join(f"`{one.name}`" for one in secrets)
        first = secrets[0]
        place = facts.secrets.place
        if subject.doubts:
            reason = f"whether a workflow reads {names} of {first.whose}: {subject.doubts[0]}"
            yield Skipped(RULE.id, place, reason)
            continue
        since = min(one.updated for one in secrets)[:10]
        shared = first.keeper is Keeper.ORGANISATION and not facts.secrets.is_everywhere
        said = _shared(secrets) if shared else _unread(secrets, subject)
        yield RULE.finding_at(
            place,
            f"{names} of {first.whose}, last set on {since}: {said}",
            severity=Severity.NOTE if shared else None,
            identity=(_keeper(first), *(one.name for one in secrets)),
        )


def _shared(secrets: list[Secret]) -> str:
    """What one repository can say of what others may read, too."""
    it = "them" if len(secrets) > 1 else "it"
    return (
        f"no workflow of this repository reads {it}, and it is given {it} all the same; whether"
        " another's does, `oidc-enforcer org` with `--secrets` tells"
    )


def _unread(secrets: list[Secret], subject: SecretReads) -> str:
    it, them = ("them", "the secrets") if len(secrets) > 1 else ("it", "the secret")
    is_read = any(one.name.upper() in subject.names for one in secrets)
    why = "no job runs in that environment" if is_read else f"no workflow reads {it}"
    return f"{why}; deactivate the key in IAM, then delete {them}"


def _keeper(one: Secret) -> str:
    """Which of the keepers it is, as far as fingerprints tell them apart."""
    from oidc_enforcer.stored_secrets import Keeper

    return "organisation" if one.keeper is Keeper.ORGANISATION else one.environment


def _is_read(one: Secret, subject: SecretReads) -> bool:
    """Whether some job may read it: one of an environment only those that run there."""
    if one.name.upper() not in subject.names:
        return False
    there = subject.environments
    return not one.environment or there is None or one.environment.lower() in there


def _keys(stored: Secrets, subject: SecretReads) -> Iterator[list[Secret]]:
    """The halves that nothing reads, by key: one keeper, and the rest of the name alike."""
    from oidc_enforcer.stored_secrets import looks_like_a_key
    from oidc_enforcer.workflow.credential_names import read_name

    found: dict[tuple[str, str], list[Secret]] = {}
    for one in stored.known:
        named = read_name(one.name)
        if named is None or not looks_like_a_key(one.name) or _is_read(one, subject):
            continue
        found.setdefault((_keeper(one), named.stem), []).append(one)
    yield from found.values()
