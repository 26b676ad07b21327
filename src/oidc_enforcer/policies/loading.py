"""Tells by its content what a file is, and gives it to those who read that."""

from __future__ import annotations

import re
from collections.abc import Mapping

from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Provider, Role, Unavailable
from oidc_enforcer.masking import redact
from oidc_enforcer.policies import aws_output, json_files, snapshot
from oidc_enforcer.policies.entries import Entry, Policies, declared
from oidc_enforcer.source import SourceFile

#: How a ZIP file begins.
_ARCHIVE = b"PK\x03\x04"
_WORDS_OF_YAML = (b"AssumeRolePolicyDocument",)
_WORDS = (*_WORDS_OF_YAML, b"Statement", b"assume_role_policy", snapshot.KIND.encode())
_SAYS_WHO = frozenset({"Principal", "NotPrincipal"})
_SAYS_WHAT = frozenset({"Resource", "NotResource"})
_FORMS = (
    "give a trust policy, the output of `aws iam get-role`, `list-roles` or"
    " `get-account-authorization-details`, of `terraform show -json` or `trust snapshot`,"
    " a CloudFormation template, or Terraform source"
)


def load(path: str, data: bytes, today: str = "") -> Policies:
    """The roles in a file of any form; raises UserError when it is none of them, or broken.

    `today` (`YYYY-MM-DD`) is what a snapshot's age is counted from.
    """
    found = _recognised(path, data, today, is_named=True)
    if found is None:
        raise UserError(f"`{path}` holds no trust policy", _FORMS)
    return found


def may_hold(path: str, data: bytes) -> bool:
    """Whether a file may be of one of the forms, by a word that each of them has."""
    words = _WORDS_OF_YAML if path.endswith((".yaml", ".yml")) else _WORDS
    return any(word in data for word in words)


def load_among_others(path: str, data: bytes, today: str = "") -> Policies | None:
    """As `load` for a file that nobody named; None where it is something else, if a policy."""
    return _recognised(path, data, today, is_named=False) if may_hold(path, data) else None


def _recognised(path: str, data: bytes, today: str, *, is_named: bool) -> Policies | None:
    if len(data) > json_files.MAX_BYTES:
        most = json_files.MAX_BYTES // 1024 // 1024
        raise UserError(f"`{path}` is larger than {most} MiB", "split it, or take a snapshot")
    if data.startswith(_ARCHIVE):
        hint = f"give what it holds as JSON: `terraform show -json {path} > plan.json`"
        raise UserError(f"`{path}` is an archive, as Terraform's own plan files are", hint)
    source = SourceFile.decode(path, data)
    if source.decode_problem is not None:
        raise json_files.fault(
            source, source.decode_problem, "the text is not valid UTF-8", "save the file as UTF-8"
        )
    if source.text.lstrip()[:1] in ("{", "["):
        return _json(source, today, is_named=is_named)
    if path.endswith((".tf", ".tofu")) or _looks_like_terraform(source.text):
        return load_terraform({path: source})
    if path.endswith(".json") or not source.text.strip():
        json_files.read(source)
        return None
    return _template(source)


def load_terraform(sources: Mapping[str, SourceFile], root: str = "", only: str = "") -> Policies:
    """The roles in the Terraform source of a folder and the folders below; raises UserError.

    `sources` are all files by path, other than `.tf` too where Terraform code may read them.
    `root` is the folder asked for, `only` the one file whose roles are wanted (empty: all).
    """
    from oidc_enforcer.iac import terraform
    from oidc_enforcer.iac.hcl import HclError

    named = sources[only] if only else next(iter(sources.values())) if len(sources) == 1 else None
    if named is not None:
        try:
            terraform.parse(named)
        except HclError as problem:
            hint = "`terraform fmt` names the place too; or give `terraform show -json`"
            raise json_files.fault(named, problem.offset, problem.message, hint) from None
    found = terraform.roles(sources, root, only)
    return Policies(tuple(map(declared, found.roles)), gaps=_gaps(found.gaps))


def _json(source: SourceFile, today: str, *, is_named: bool) -> Policies | None:
    from oidc_enforcer.iac import terraform_json

    data = json_files.read(source)
    if isinstance(data, dict) and "Statement" in data:
        is_other = not is_named and _grants_permissions(data["Statement"])
        return None if is_other else _bare_policy(source)
    if snapshot.is_snapshot(data):
        return snapshot.read(data, source, today)
    if aws_output.holds_roles(data):
        return aws_output.read_output(data, source)
    if isinstance(data, dict) and terraform_json.is_shown(data):
        shown = terraform_json.roles(data, source.path)
        seen = tuple(Provider(each.arn, each.audiences) for each in shown.providers)
        return Policies(tuple(map(declared, shown.roles)), gaps=_gaps(shown.gaps), seen=seen)
    if isinstance(data, dict) and "Resources" in data:
        return _template(source)
    return None


def _grants_permissions(statements: object) -> bool:
    """Whether every statement is about resources, and none about who: no trust policy is so."""
    listed = statements if isinstance(statements, list) else [statements]
    return bool(listed) and all(
        isinstance(each, dict) and not _SAYS_WHO & each.keys() and bool(_SAYS_WHAT & each.keys())
        for each in listed
    )


def _bare_policy(source: SourceFile) -> Policies:
    """The policy that the file is, with its places."""
    from oidc_enforcer.iam.document import PolicyError, parse

    try:
        policy = parse(source.text)
    except PolicyError as problem:
        line = f", line {problem.line}" if problem.line else ""
        raise UserError(
            f"`{source.path}`{line}: {problem.message}",
            "IAM would not store this trust policy: correct it",
        ) from None
    name = re.split(r"[/\\]", source.path)[-1].removesuffix(".json")
    role = Role(name, None, policy, source.path, source)
    return Policies((Entry(name, None, role, source.path),))


def _looks_like_terraform(text: str) -> bool:
    blocks = "resource|data|variable|locals|terraform|provider|module|output|moved|import"
    return bool(re.search(rf'(?m)^(?:{blocks})(?:[ \t]+"[^"\n]*"){{0,2}}[ \t]*\{{', text))


def _template(source: SourceFile) -> Policies | None:
    """The roles of a CloudFormation template; None when it is something else."""
    from oidc_enforcer.iac import cloudformation, template_text

    try:
        data = template_text.read(source)
    except template_text.TemplateError as problem:
        hint = f"correct the file; or, if it is no CloudFormation template, {_FORMS}"
        raise json_files.fault(source, problem.offset, problem.message, hint) from None
    if aws_output.holds_roles(data):
        return aws_output.read_output(data, source)  # as `--output yaml` prints it
    if not cloudformation.is_template(data):
        return None
    found = cloudformation.roles(data, source)
    return Policies(tuple(map(declared, found.roles)), gaps=_gaps(found.gaps))


def _gaps(reasons: tuple[str, ...]) -> tuple[Unavailable, ...]:
    return tuple(Unavailable(redact(reason)) for reason in reasons)
