"""A trust policy that is offered with findings, for whoever reads a comment or a summary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.finding import PolicyOffer
from oidc_enforcer.masking import mask_text
from oidc_enforcer.reporters.escaping import code, cut, fence, prose, sentence
from oidc_enforcer.reporters.policy_text import as_json
from oidc_enforcer.reporters.wording import listed

#: Characters of a policy; IAM takes 2,048 without blanks unless the account's quota was raised.
_LIMIT = 8_000
#: Runs that are named, and characters of a name and of a remark.
_NAMED, _NAME, _REMARK = 5, 100, 300
_KINDS = frozenset({"branch", "tag", "environment", "subject"})
_NAME_OF_A_ROLE = re.compile(r"[A-Za-z0-9_+=,.-]{1,64}")
_PRINTED = (
    "`oidc-enforcer trust --suggest json` prints the policy, which is too long to stand here."
)


def told(offer: PolicyOffer, numbers: str = "", *, has_folds: bool = True) -> Iterator[str]:
    """What to do with the policy, the policy in a fold, and what to look at before.

    `numbers` are those of the findings that it mends, where there are others besides.
    """
    if offer.document is None:
        yield f"No trust policy is offered for it: {prose(cut(offer.why_not, _REMARK))}."
        return
    role = code(cut(offer.role, _NAME))
    yield (
        f"**How to fix {numbers or 'it'}.** Give role {role} the trust policy below; whoever runs"
        f" the AWS account can do that. It lets in {_runs(offer)} of this repository, which the"
        " workflows need, and nothing else: that has been proven."
    )
    yield _fold(offer) if has_folds else _PRINTED
    if offer.doubts:
        said = "\n".join(f"- {sentence(doubt, _REMARK)}." for doubt in offer.doubts)
        yield f"**Check before you put it in.**\n\n{said}"


def _fold(offer: PolicyOffer) -> str:
    """The policy as JSON in a fold."""
    text = as_json(offer.document or {}).rstrip("\n")
    if len(text) > _LIMIT:
        return _PRINTED
    if mask_text(text) != text:
        return "The policy names something that looks like a secret, so it does not stand here."
    name = offer.role if _NAME_OF_A_ROLE.fullmatch(offer.role) else "NAME"
    title = f"The trust policy for role {code(cut(offer.role, _NAME))}"
    return (
        f"<details><summary>{title}</summary>\n\n{fence(text, 'json')}\n"
        f"Saved as `trust.json`, the command `aws iam update-assume-role-policy --role-name"
        f" {name} --policy-document file://trust.json` puts it in; for a role that Terraform or"
        " CloudFormation makes, change the code.\n\n</details>"
    )


def _runs(offer: PolicyOffer) -> str:
    named = [_run(entry) for entry in offer.lets_in[:_NAMED]]
    more = len(offer.lets_in) - _NAMED
    return listed([*named, f"{more} more"] if more > 0 else named)


def _run(entry: str) -> str:
    if entry == "pull-request":
        return "pull requests"
    kind, _, name = entry.partition(":")
    return f"{kind} {code(cut(name, _NAME))}" if kind in _KINDS else code(cut(entry, _NAME))
