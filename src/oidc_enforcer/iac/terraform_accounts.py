"""Which AWS provider makes a resource, and what the code says of its account and partition.

Source: Terraform documentation, "Provider Configuration" and "Providers Within Modules".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oidc_enforcer.arn import UNTOLD_ACCOUNT, RoleArn
from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl_evaluate import Frame, worth

if TYPE_CHECKING:
    from oidc_enforcer.iac.hcl import Attribute, Block
    from oidc_enforcer.iac.terraform_modules import Instance, Module
    from oidc_enforcer.iac.values import Value

_REFERENCE = re.compile(r"\W*aws(?:\.([\w-]+))?\W*")
_HANDED = re.compile(r"\baws(?:\.([\w-]+))?\"?\s*[=:]\s*\"?aws(?:\.([\w-]+))?\b")
#: What a block may hold that only says that its module is handed a provider.
_OF_A_PROXY = frozenset({"alias", "version"})


def provider_alias(instance: Instance) -> str | None:
    """The alias of the root's provider that makes it, "" for the default one; None: not told."""
    written = instance.block.body.attributes.get("provider")
    alias = _named(written) if written is not None else ""
    module: Module = instance.module
    while alias is not None and module.parent is not None:
        handed = (module.arguments or {}).get("providers")
        if handed is not None:
            alias = _handed(handed[0]).get(alias)
        elif alias or _has_own(module):
            return None
        module = module.parent
    return alias


def account(instance: Instance) -> str | None:
    """The account that its provider is held to, if the code says so."""
    allowed, role = (setting(instance, name) for name in ("allowed_account_ids", "assume_role"))
    applying = RoleArn.parse(role) if isinstance(role, str) else None
    number = applying.account if applying else ""
    if isinstance(allowed, list) and len(allowed) == 1:
        number = str(allowed[0])
    # NOTE: it may be the account that the code asks AWS for, which nobody tells.
    return number if re.fullmatch("[0-9]{12}", number) and number != UNTOLD_ACCOUNT else None


def partition(instance: Instance) -> str:
    """The partition of its provider's region; the commercial one where none is told."""
    region = setting(instance, "region")
    if isinstance(region, str) and region.startswith("cn-"):
        return "aws-cn"
    if isinstance(region, str) and region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def setting(instance: Instance, name: str) -> Value:
    """A setting of its provider (of `assume_role`, the role's ARN); None where it has none."""
    alias = provider_alias(instance)
    if alias is None:
        return None
    root = instance.module.top
    for block in root.folder.blocks:
        if not _is_of_aws(block) or _alias_of(block) != alias:
            continue
        body = block.body
        if name == "assume_role":
            inner = next(body.of("assume_role"), None)
            found = inner.body.attributes.get("role_arn") if inner else None
        else:
            found = body.attributes.get(name)
        if found is not None:
            return worth(found, Frame(root, block.source))
    return None


def _is_of_aws(block: Block) -> bool:
    return block.kind == "provider" and block.labels == ("aws",)


def _alias_of(block: Block) -> str:
    written = block.body.attributes.get("alias")
    return hcl.text_of(written.expression).strip('"') if written is not None else ""


def _has_own(module: Module) -> bool:
    """Whether a module that is called brings a default provider of its own, as old ones do."""
    return any(
        _is_of_aws(block)
        and not _alias_of(block)
        and (block.body.attributes.keys() - _OF_A_PROXY or block.body.blocks)
        for block in module.folder.blocks
    )


def _named(attribute: Attribute) -> str | None:
    """`aws.prod` as the alias; None where it is no provider of AWS's."""
    found = _REFERENCE.fullmatch(hcl.text_of(attribute.expression))
    return (found[1] or "") if found else None


def _handed(attribute: Attribute) -> dict[str, str]:
    """What `providers` of a call gives to a module: the module's aliases, and the caller's."""
    text = hcl.text_of(attribute.expression)
    return {found[1] or "": found[2] or "" for found in _HANDED.finditer(text)}
