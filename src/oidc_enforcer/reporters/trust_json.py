"""`trust` for programs: the stable contract, described by `schemas/trust-1.json`.

One line per role, so that a big report can be read line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oidc_enforcer import __version__
from oidc_enforcer.iam.document import Place, Statement
from oidc_enforcer.iam.explanation import Answer, Cause
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.masking import redact
from oidc_enforcer.reporters.json import encode, finding_data, skipped_data, suppressed_data
from oidc_enforcer.trust import LIMITS, Admission, RoleReport, TrustReport, Unread

VERSION = 1


def render(report: TrustReport) -> Iterator[str]:
    """The report, role by role; what could not be read comes last."""
    tool = {"name": "oidc-enforcer", "version": __version__}
    yield f'{{"version": {VERSION},\n "tool": {encode(tool)},\n "repository": '
    yield f'{encode(_repository(report.repository))},\n "roles": ['
    unread: list[str] = []
    before = "\n  "
    for each in report.roles:
        if isinstance(each, Unread):
            unread.append(encode(_unread(each)))
            continue
        yield before + encode(role_data(each))
        before = ",\n  "
    yield '],\n "unavailable": ['
    unread += [encode({"what": None, "reason": redact(gap)}) for gap in report.gaps]
    yield ",\n  ".join(unread)
    notes = [redact(note) for note in report.notes]
    yield f'],\n "notes": {encode(notes)},\n "limits": {encode(LIMITS)}}}\n'


def role_data(found: RoleReport) -> dict[str, Any]:
    """One role as a JSON object."""
    role, reach = found.role, found.reach
    return {
        "arn": redact(str(role.arn)) if role.arn else None,
        "name": redact(role.name),
        "origin": redact(role.origin),
        "reach": reach.reach.word,
        "identity": reach.identity.word,
        "pinned": found.pinned,
        "witnesses": [_witness(each) for each in found.admissions],
        "decisions": [_decision(each) for each in found.answers],
        "findings": [finding_data(each) for each in found.findings],
        "skipped": [skipped_data(each) for each in found.skipped],
        "suppressed": [suppressed_data(each) for each in found.suppressed],
        "admits": [redact(str(each)) for each in reach.admits],
        "audiences": None
        if reach.audiences is None or reach.any_audience
        else [redact(each) for each in reach.audiences],
        "other_doors": [
            {
                "kind": door.kind.value,
                "principal": redact(door.principal),
                "statement": door.statement,
                "gaps": [redact(gap) for gap in door.gaps],
            }
            for door in reach.other_doors
        ],
        "undetermined": [redact(each) for each in reach.undetermined],
        "unsettled": [redact(each.reason) for each in reach.unsettled],
        "managed": reach.managed,
    }


def _repository(repository: Repository) -> dict[str, Any]:
    return {
        "name": redact(repository.full_name),
        "id": repository.id,
        "owner_id": repository.owner_id,
        "enterprise": repository.enterprise,
        "enterprise_id": repository.enterprise_id,
        "default_branch": redact(repository.default_branch),
        "issuer": repository.issuer,
        "template": repository.template and [redact(key) for key in repository.template],
        "immutable_subject": repository.immutable_subject,
    }


def _unread(unread: Unread) -> dict[str, Any]:
    arn = None if unread.arn is None else redact(str(unread.arn))
    return {
        "what": redact(unread.name),
        "arn": arn,
        "origin": redact(unread.origin),
        "reason": redact(unread.reason),
    }


def _witness(admission: Admission) -> dict[str, Any]:
    witness = admission.witness
    return {
        "reach": witness.reach.word,
        "claims": _texts(witness.claims),
        "context": _texts(witness.context),
        "template": [redact(key) for key in witness.template],
        "statements": [_statement(each) for each in admission.statements],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "number": statement.number,
        "sid": redact(statement.sid),
        "pointer": redact(statement.pointer),
        **_place(statement.place),
    }


def _place(place: Place | None) -> dict[str, Any]:
    return {"line": place and place.line, "column": place and place.column}


def _decision(found: Answer) -> dict[str, Any]:
    return {
        "claims": _texts(found.claims),
        "decision": found.decision.value,
        "matched_statements": list(found.matched_statements),
        "missing": [redact(key) for key in found.missing],
        "causes": [_cause(each) for each in found.causes],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    refusal = cause.refusal
    condition = refusal.condition if refusal else None
    place = refusal.place if refusal else cause.statement.place
    return {
        "statement": cause.statement.number,
        "element": refusal.element if refusal else "Statement",
        "operator": condition and redact(condition.operator),
        "key": condition and redact(condition.key),
        "pointer": redact(refusal.pointer if refusal else cause.statement.pointer),
        **_place(place),
        "message": redact(cause.sentence),
        "remedy": redact(cause.remedy),
    }


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    return {redact(name): redact(value) for name, value in values.items()}
