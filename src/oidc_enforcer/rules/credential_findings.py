"""Findings and skips of the rules that judge a job's AWS credentials, one credential at a time."""

from __future__ import annotations

from oidc_enforcer.finding import Finding, Place, Related, Rule, Severity, Skipped
from oidc_enforcer.workflow.credentials import Credential


def of_pair(
    rule: Rule, credential: Credential, message: str, *, severity: Severity | None = None
) -> Finding:
    """A finding about a key pair, with all places that it touches.

    What tells it from others of the job is the step, the sink, and the reference read.
    """
    identity = (step_name(credential), credential.sink, credential.source)
    found = of_credential(rule, credential, message, severity=severity, identity=identity)
    return found._replace(related=_related(credential))


def step_name(credential: Credential) -> str:
    """What tells the step from others of its job; "" for none."""
    step = credential.step
    return step.id or step.label if step else ""


def of_credential(
    rule: Rule,
    credential: Credential,
    message: str,
    *,
    severity: Severity | None = None,
    identity: tuple[str, ...],
) -> Finding:
    """A finding where a credential enters."""
    return rule.finding(
        credential.file,
        credential.at,
        message,
        severity=severity,
        job=credential.job_id,
        step=credential.step_number,
        identity=identity,
    )


def skipped(rule: Rule, credential: Credential, reason: str) -> Skipped:
    """A rule that cannot tell of this credential."""
    job, step = credential.job_id, credential.step_number
    return rule.skipped(credential.file, credential.at, reason, job=job, step=step)


def _related(credential: Credential) -> tuple[Related, ...]:
    """The other half, further uses, and the role beside the keys; each place once."""
    places: dict[tuple[object, object], Related] = {}
    for spot in credential.others:
        said = "belongs to the same key"
        places[(spot.file, spot.span)] = Related(Place.of(spot.file, spot.span), said)
    for spot in credential.uses:
        said = f"hands the same key on as `{spot.what}`"
        places.setdefault((spot.file, spot.span), Related(Place.of(spot.file, spot.span), said))
    places.pop((credential.file, credential.at), None)
    role = credential.role
    if role is not None:
        said = "the role that the key is given beside"
        places.setdefault((role.file, role.span), Related(Place.of(role.file, role.span), said))
    return tuple(places.values())
