"""Roles and OIDC providers, as IAM has them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.aws.access import Aws
from oidc_enforcer.aws.trouble import DENIED, Trouble, Unusable, botocore_errors, trouble
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Provider, Unavailable
from oidc_enforcer.policies.aws_output import entry
from oidc_enforcer.policies.entries import Entry, Policies, sorted_entries, unavailable

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

ORIGIN = "live AWS"
#: From so many roles of one account on, listing all costs less than asking for each.
MANY = 25
#: The most that IAM gives in one page.
_PAGE = 1000


def account(aws: Aws) -> Policies:
    """Every role and OIDC provider of the credentials' own account."""
    caller = aws.caller()
    client = aws.iam(caller.account, caller.partition)
    if isinstance(client, Trouble):
        return _nothing(caller.account, client)
    roles: list[Entry] = []
    gaps: tuple[Unavailable, ...] = ()
    try:
        roles += (entry(role, ORIGIN) for role in _listed(client))
    except botocore_errors() as problem:
        found = _trouble(problem, "iam:ListRoles", f"the account {caller.account}")
        gaps = (Unavailable(f"not all roles of account {caller.account} were read: {found.text}"),)
    providers = {caller.account: _providers(client, caller.account)}
    return Policies(sorted_entries(roles), providers, gaps)


def named_roles(aws: Aws, wanted: Sequence[RoleArn]) -> Policies:
    """These roles, and the OIDC providers of their accounts."""
    by_account: dict[tuple[str, str], list[RoleArn]] = defaultdict(list)
    for arn in dict.fromkeys(wanted):
        by_account[arn.account, arn.partition].append(arn)
    entries: list[Entry] = []
    providers: dict[str, tuple[Provider, ...] | Unavailable] = {}
    for (number, partition), arns in by_account.items():
        client = aws.iam(number, partition)
        if isinstance(client, Trouble):
            entries += (unavailable(arn.name, client.text, ORIGIN, arn) for arn in arns)
            providers[number] = Unavailable(client.text)
            continue
        entries += _roles(client, arns)
        providers[number] = _providers(client, number)
    order = {str(arn): at for at, arn in enumerate(wanted)}
    return Policies(tuple(sorted(entries, key=lambda each: order[str(each.arn)])), providers)


def _roles(client: IAMClient, arns: Sequence[RoleArn]) -> Iterator[Entry]:
    """Roles of one account: a few one by one, many out of the list of all."""
    known: Mapping[str, Any] | None = None
    if len(arns) >= MANY:
        try:
            known = {role["RoleName"]: role for role in _listed(client)}
        except botocore_errors() as problem:
            found = _trouble(problem, "iam:ListRoles", "the account's roles")
            if found.code not in DENIED:
                yield from (unavailable(arn.name, found.text, ORIGIN, arn) for arn in arns)
                return
    for arn in arns:
        if known is None:
            yield _role(client, arn)
        elif arn.name in known:
            yield _checked(known[arn.name], arn)
        else:
            yield unavailable(arn.name, _absent(arn), ORIGIN, arn)


def _role(client: IAMClient, arn: RoleArn) -> Entry:
    try:
        return _checked(client.get_role(RoleName=arn.name)["Role"], arn)
    except botocore_errors() as problem:
        found = _trouble(problem, "iam:GetRole", f"role `{arn.name}` in account {arn.account}")
        return unavailable(arn.name, found.text, ORIGIN, arn)


def _checked(role: Any, arn: RoleArn) -> Entry:
    """INVARIANT: a role is never taken for another that merely has its name."""
    if role["Arn"] != str(arn):
        why = f"account {arn.account} has `{role['Arn']}` instead: correct the ARN"
        return unavailable(arn.name, why, ORIGIN, arn)
    return entry(role, ORIGIN)


def _absent(arn: RoleArn) -> str:
    return (
        f"there is no role `{arn.name}` in account {arn.account}:"
        " check the ARN; it may have been deleted"
    )


def _listed(client: IAMClient) -> Iterator[Any]:
    pages = client.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": _PAGE})
    for page in pages:
        yield from page["Roles"]


def _providers(client: IAMClient, number: str) -> tuple[Provider, ...] | Unavailable:
    """All OIDC providers of an account, or none: else nobody could say that one is absent."""
    action = "iam:ListOpenIDConnectProviders"
    found: list[Provider] = []
    try:
        listed = client.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        action = "iam:GetOpenIDConnectProvider"
        for each in listed:
            arn = OidcProviderArn.parse(each.get("Arn", ""))
            if arn is None:
                return Unavailable(
                    f"account {number} lists an OIDC provider whose ARN is not known"
                )
            told = client.get_open_id_connect_provider(OpenIDConnectProviderArn=str(arn))
            found.append(Provider(arn, tuple(told.get("ClientIDList", ()))))
    except botocore_errors() as problem:
        return Unavailable(
            _trouble(problem, action, f"the OIDC providers of account {number}").text
        )
    return tuple(sorted(found))


def _nothing(number: str, why: Trouble) -> Policies:
    return Policies((), {number: Unavailable(why.text)}, (Unavailable(why.text),))


def _trouble(problem: Exception, action: str, what: str) -> Trouble:
    """Credentials that no longer work end the run: every further answer would be the same."""
    found = trouble(problem, action, what)
    if isinstance(found, Unusable):
        raise UserError(found.reason, found.hint) from None
    return found
