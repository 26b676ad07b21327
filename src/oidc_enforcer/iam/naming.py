"""Whether a policy names those whom it lets in, one by one.

One mint does not tell: what is not excluded may fall into listed and unlisted names. All mints of
the same cell together do; customised subjects count where GitHub's own form gets nobody in.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from oidc_enforcer.iam.field import Found
from oidc_enforcer.iam.minting import Mint, Mints
from oidc_enforcer.iam.tokens import DEFAULT_TEMPLATE, Minter, Workflow


def is_named(found: Found) -> bool:
    """Whether the policy names these minters' repositories, rather than a pattern or nothing."""
    mints, minter, workflow = found.mints, found.mint.minter, found.mint.scene.workflow
    if workflow is not Workflow.OWN:
        alike = _calls(mints, minter, workflow)
    elif found.mint.template == DEFAULT_TEMPLATE:
        alike = mints.templated(minter, workflow)
    else:
        alike = mints.customised(minter, workflow)
    return all(_is_listed(mints, mint) for mint in alike)


def _calls(mints: Mints, minter: Minter, workflow: Workflow) -> Iterator[Mint]:
    """The tokens of callers whose call the policy looks at."""
    templated, customised = mints.templated(minter, workflow), mints.customised(minter, workflow)
    if "job_workflow_ref" in mints.cell.values:
        return chain(templated, customised)
    return (mint for mint in customised if "job_workflow_ref" in mint.template)


def _is_listed(mints: Mints, mint: Mint) -> bool:
    hole = "repository" if mint.minter is Minter.NEIGHBOUR else "owner"
    automata = mint.automata(hole)
    return bool(automata) and mints.reader.is_listed(mint.minter, hole, automata)
