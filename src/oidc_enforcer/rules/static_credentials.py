"""A long-lived AWS access key reaches a job.

An IAM user's access key is stored in GitHub (or in a secret store that the workflow reads) and
given to a job: through `env`, `with`, a script, a container, or the call of another workflow. What
the secret is called does not matter: the value is followed from where it enters to where AWS's
tools read it.

## Why it matters

An access key works from anywhere, for anybody who has it, until somebody remembers to rotate it.
Every step of the job, every action it uses and every dependency it installs can read it. With OIDC
there is nothing to steal: GitHub vouches for this very job, AWS answers with credentials that end
within the hour, and the role's trust policy says which branch or environment may ask.

## Bad

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
```

```yaml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "AWS_ACCESS_KEY_ID=${{ secrets.DEPLOYER }}" >> "$GITHUB_ENV"
          echo "AWS_SECRET_ACCESS_KEY=${{ secrets.DEPLOYER_PASSWORD }}" >> "$GITHUB_ENV"
      - run: aws s3 sync site s3://example-bucket
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

## Remediation

1. Create the OIDC provider `token.actions.githubusercontent.com` in the AWS account, once.
2. Create a role whose trust policy names this repository and exactly the branch or environment
   that deploys. `oidc-enforcer bootstrap --repo OWNER/NAME` writes both.
3. Give the job `permissions: id-token: write`, and `role-to-assume` instead of the two keys.
   `oidc-enforcer fix` shows these edits as a diff; `--write` makes them.
4. When the job is green, deactivate the IAM user's key; delete it a fortnight later.
   `oidc-enforcer fix --aftercare`, asked before the edits, lists each step.

A pair kept in Vault, 1Password or another store is as long-lived as one kept in GitHub. Keys that
an action or a reusable workflow takes as inputs are a warning there and an error at whoever fills
them. A pair pasted with its session token, and a pair whose owner the file does not tell, are
notes. Whether a token's secret is empty no file tells, and a stored pair with an empty token is a
long-lived key: `allowed-credentials` without `stored-temporary` makes it an error of
`disallowed-credentials`, and where GitHub was asked for the names of secrets, a token from a secret
that is not there counts as none.
"""

from __future__ import annotations

from collections.abc import Iterator

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding, Rule, Severity
from oidc_enforcer.rules.credential_findings import of_pair
from oidc_enforcer.rules.disallowed_credentials import is_disallowed
from oidc_enforcer.workflow.credentials import Credential, Flavour, Kind
from oidc_enforcer.workflow.origins import Source
from oidc_enforcer.workflow.reading import Reading

RULE = Rule("static-credentials", "a long-lived AWS access key reaches a job", Severity.ERROR)

_SEVERITY = {
    Kind.STATIC: Severity.ERROR,
    Kind.STATIC_FALLBACK: Severity.ERROR,
    Kind.EXTERNAL_STORE: Severity.ERROR,
    Kind.PASS_THROUGH: Severity.WARNING,
    Kind.STORED_TEMPORARY: Severity.NOTE,
    Kind.UNKNOWN: Severity.NOTE,
}


def check(subject: Reading, facts: Facts) -> Iterator[Finding]:
    """One finding per pair and scope, the other half and further uses as related places."""
    for credential in subject.credentials():
        if credential.pair is None or credential.kind not in _SEVERITY:
            continue
        if credential.is_literal or credential.bypasses:
            continue
        if credential.kind is Kind.STORED_TEMPORARY:
            if is_disallowed(credential.kind, facts):
                continue
            credential = _without_token(credential, facts)
        severity = _SEVERITY[credential.kind]
        yield of_pair(RULE, credential, _message(credential), severity=severity)
    for stray in subject.stray:
        if not stray.is_literal:
            text = (
                f"{stray.source} seems to give a long-lived AWS key to `{stray.name}`; the file "
                "could not be parsed here, so this line was judged alone"
            )
            yield RULE.finding(subject.file, stray.span, text, identity=(stray.name, stray.source))


def _without_token(credential: Credential, facts: Facts) -> Credential:
    """A stored pair whose session token comes from a secret that is not there is long-lived."""
    token = credential.pair.session_token if credential.pair is not None else None
    if token is None or facts.secrets is None or facts.secrets.gaps:
        return credential
    names = [o.word for o in token.origins if o.source is Source.SECRET and o.word]
    if len(names) < len(token.origins) or any(map(facts.secrets.has, names)):
        return credential
    evidence = f"there is no secret `{names[0]}`, so that the session token is empty"
    return credential._replace(kind=Kind.STATIC, evidence=evidence)


def _message(credential: Credential) -> str:
    """What is wrong with this pair, and the way out."""
    text = f"{_what(credential)}; {_way_out(credential)}"
    if credential.leaves:
        text += f"; the key also ends up in {credential.leaves}, where it outlives the job"
    return text


def _what(credential: Credential) -> str:
    source, name = credential.source, _name(credential.flavour)
    match credential.kind:
        case Kind.STATIC_FALLBACK:
            return f"{name} from {source} is kept as a fallback beside OIDC"
        case Kind.EXTERNAL_STORE:
            return f"{name} comes from {source}, where it is as long-lived as in GitHub"
        case Kind.PASS_THROUGH:
            return f"{source}: {name} is taken from whoever calls this"
        case Kind.STORED_TEMPORARY:
            return f"temporary credentials with their session token are pasted into {source}"
        case Kind.UNKNOWN:
            why = credential.evidence or "where the value comes from is not in the file"
            return f"{name} may come from {source}: {why}"
    more = " and is the source of an assumed role" if credential.assumes_role else ""
    more += f" ({credential.evidence})" if credential.evidence else ""
    return f"{name} from {source} reaches the job{more}"


def _name(flavour: Flavour) -> str:
    if flavour is Flavour.ACCESS_KEY:
        return "an IAM user's access key"
    article = "an" if flavour.value.startswith(("A", "S")) else "a"
    return f"{article} {flavour.value}"


def _way_out(credential: Credential) -> str:
    if credential.kind is Kind.UNKNOWN:
        return "if it is AWS's, assume a role by OIDC instead"
    if credential.kind is Kind.PASS_THROUGH:
        return "take `role-to-assume` instead and let the caller grant `id-token: write`"
    if credential.flavour is Flavour.SES_SMTP:
        return "send through the SES API with a role assumed by OIDC"
    if credential.flavour is Flavour.CODECOMMIT:
        return "use `git-remote-codecommit` with a role assumed by OIDC"
    if credential.kind is Kind.STATIC_FALLBACK:
        return "drop the keys, so that OIDC is the only way in"
    return "assume a role by OIDC instead: `role-to-assume` and `permissions: id-token: write`"
