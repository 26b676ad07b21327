"""The example's reader role opens to the required workflow of our organisation, to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.facts import Role
from oidc_enforcer.iam.allowed import Allowed, outside
from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.iam.evaluate import Decision, evaluate
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.iam.web_identity import web_identity_request
from oidc_enforcer.iam.witness import Witness
from oidc_enforcer.trust_sources import read
from tests.iam.policies import ACCOUNT, issuer

EXAMPLE = Path(__file__).parent.parent / "examples" / "reader-role"
WORKFLOW = "acme/.github/.github/workflows/aws-oidc.yml@refs/heads/main"
TOKEN = {
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/app:pull_request",
    "job_workflow_ref": WORKFLOW,
    "repository_owner_id": "1234567",
    "repository": "acme/app",
}


def role(folder: Path, name: str) -> Role:
    (entry,) = [entry for entry in read(str(folder / "main.tf")).entries if entry.name == name]
    assert isinstance(entry.found, Role)
    return entry.found


def decision(claims: dict[str, str]) -> Decision:
    policy = role(EXAMPLE, "oidc-enforcer").policy
    account = policy.statements[0].principals[0].value.split(":")[4]
    assert account
    return evaluate(policy, web_identity_request(claims, issuer(), account)).decision


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        pytest.param("repository_owner_id", "7654321", id="who took the name over"),
        pytest.param("job_workflow_ref", "acme/app/.github/workflows/ci.yml@refs/heads/main"),
        pytest.param("job_workflow_ref", WORKFLOW.replace("main", "feature/x"), id="a branch"),
        pytest.param("job_workflow_ref", WORKFLOW.replace("acme/", "acme-evil/"), id="a stranger"),
        pytest.param("aud", "https://github.com/acme", id="a token for somebody else"),
    ],
)
def test_any_other_token_is_refused(claim: str, value: str) -> None:
    assert decision(TOKEN | {claim: value}) is Decision.IMPLICIT_DENY


def test_the_required_workflow_gets_in_from_any_repository_of_the_organisation() -> None:
    assert decision(TOKEN) is Decision.ALLOWED
    other = {"repository": "acme/web", "sub": "repo:acme@1234567/web@42:pull_request"}
    assert decision(TOKEN | other) is Decision.ALLOWED


def test_over_all_tokens_that_github_mints_only_these_get_in() -> None:
    policy = role(EXAMPLE, "oidc-enforcer").policy
    found = reach(policy, Repository("acme", "app", owner_id="1234567", id="99"))
    assert found.undetermined == ()
    assert found.other_doors == ()
    assert found.witnesses
    for witness in found.witnesses:
        assert witness.claims["job_workflow_ref"] == WORKFLOW
        assert witness.claims["repository_owner_id"] == "1234567"


def beyond(policy: TrustPolicy) -> tuple[Witness, ...]:
    """Tokens that get in, other than those of the workflow that the organisation allows."""
    allowed = Allowed.parse([f"workflow:{WORKFLOW}"])
    ours = Repository(
        "acme", "app", owner_id="1234567", id="99", excused_workflows=allowed.workflows
    )
    return outside(reach(policy, ours), allowed)


def test_our_own_rules_find_nothing_beyond_the_workflow_that_is_allowed() -> None:
    assert beyond(role(EXAMPLE, "oidc-enforcer").policy) == ()


@pytest.mark.parametrize("dropped", ["job_workflow_ref", "repository_owner_id"])
def test_neither_pin_can_be_left_out(dropped: str) -> None:
    policy = role(EXAMPLE, "oidc-enforcer").policy
    (statement,) = policy.statements
    kept = tuple(one for one in statement.conditions if not one.key.endswith(dropped))
    assert len(kept) == 2
    assert beyond(policy._replace(statements=(statement._replace(conditions=kept),)))


def test_the_other_accounts_open_to_the_first_one_alone() -> None:
    policy = role(EXAMPLE / "other-accounts", "oidc-enforcer-reader").policy
    (principal,) = policy.statements[0].principals
    assert principal.value == f"arn:aws:iam::{ACCOUNT}:role/oidc-enforcer"


def test_both_may_read_and_nothing_else() -> None:
    for path in EXAMPLE.rglob("*.tf"):
        text = path.read_text("utf-8")
        assert "iam:*" not in text
        for verb in ("Create", "Put", "Update", "Delete", "Attach", "Pass", "Tag"):
            assert f"iam:{verb}" not in text
