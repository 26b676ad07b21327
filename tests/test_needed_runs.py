"""The runs that workflows need a role for, and what is said of those that are left out."""

from __future__ import annotations

import pytest

from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.needed_runs import needed_runs
from oidc_enforcer.report import CredentialUse, FileReport, Gap, JobReport, TokenReport

REPOSITORY = Repository("acme", "app", default_branch="trunk")
WHERE = "job `j` of `ci.yml`"


def token(unknown: tuple[str, ...] = (), **claims: str) -> TokenReport:
    return TokenReport("push", (), (), claims, unknown)


def job(*tokens: TokenReport, kind: str = "oidc", gaps: tuple[str, ...] = ()) -> FileReport:
    uses = (CredentialUse(kind, 1, 1, "vars.ROLE"),)
    report = JobReport("j", 1, uses, "write", (), tokens=tokens, token_gaps=gaps)
    return FileReport("ci.yml", jobs=(report,))


@pytest.mark.parametrize(
    ("given", "entries", "remarks"),
    [
        (token(ref="refs/heads/main"), ("branch:main",), ()),
        (token(ref="refs/heads/x", environment="prod"), ("environment:prod",), ()),
        (
            token(ref="refs/heads/*"),
            ("branch:trunk",),
            (f"{WHERE} may run on any branch by `push`; only `trunk` is let in",),
        ),
        (
            token(ref="refs/heads/main", environment="*"),
            (),
            (f"{WHERE}, on `push`: its environment is not told; add `--allow environment:NAME`",),
        ),
        (
            token(ref="refs/pull/*/merge"),
            (),
            (
                f"{WHERE} runs on pull requests, which are left out; `--allow pull-request`"
                " lets them in",
            ),
        ),
        (
            token(),
            (),
            (f"{WHERE}, on `push`: its ref is not told; add `--allow branch:NAME`",),
        ),
        (
            token(("who calls it",), ref="refs/tags/v*"),
            ("tag:v*",),
            (f"{WHERE}, on `push`: who calls it", f"{WHERE} runs on tag `v*`"),
        ),
    ],
)
def test_a_token_is_a_run_or_a_remark(
    given: TokenReport, entries: tuple[str, ...], remarks: tuple[str, ...]
) -> None:
    assert needed_runs([job(given)], REPOSITORY) == (entries, remarks)


def test_a_job_without_a_role_needs_none() -> None:
    assert needed_runs([job(token(ref="refs/heads/x"), kind="static")], REPOSITORY) == ((), ())


ARN = "arn:aws:iam::123456789012:role"


@pytest.mark.parametrize(
    ("assumed", "counts"),
    [
        ([f"{ARN}/publisher"], False),
        ([f"{ARN}/a", f"{ARN}/b"], False),
        ([f"{ARN}/publisher", "${{ vars.AWS_ROLE_ARN }}"], True),
        ([f"{ARN}/made"], True),
        ([f"{ARN}/path/made"], True),
        (["${{ vars.AWS_ROLE_ARN }}"], True),
        ([""], True),
    ],
)
def test_a_job_with_a_role_of_its_own_needs_no_other(assumed: list[str], counts: bool) -> None:
    file = job(token(ref="refs/heads/main"))
    uses = tuple(CredentialUse("oidc", 1, 1, "x", role) for role in assumed)
    file = file._replace(jobs=(file.jobs[0]._replace(credentials=uses),))
    found = needed_runs([file], REPOSITORY, "made")
    assert bool(found.entries) is counts
    assert bool(found.remarks) is not counts
    assert needed_runs([file], REPOSITORY).entries


def test_what_was_not_looked_at_is_said() -> None:
    file = job(gaps=("no caller is known",))._replace(coverage=(Gap("a.yml", "not fetched"),))
    assert needed_runs([file], REPOSITORY).remarks == (
        f"{WHERE}: no caller is known",
        "not looked at: a.yml: not fetched",
    )
