"""The examples say what their first line promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.finding import Severity
from oidc_enforcer.gather import check_paths

EXAMPLES = Path(__file__).parent.parent / "examples"
EXPECTED = {
    "workflows/gross-way.yml": [("static-credentials", 16)],
    "workflows/tasty-way.yml": [],
    "workflows/renamed-secret.yml": [("static-credentials", 14)],
    "workflows/key-beside-a-role.yml": [("bypassed-oidc", 19)],
    "workflows/cloudflare-r2.yml": [],
    "workflows/minio-service.yml": [],
    "workflows/roles-anywhere.yml": [],
    "workflows/sso-login.yml": [("human-login", 13)],
    "action/pull-request.yml": [],
    "action/with-aws.yml": [],
    "org": [],
    "checked-roles": [],  # tests/cli/test_check_roles.py judges it with its policies
    "reusable": [("missing-id-token", 13)],
}


@pytest.mark.parametrize(("path", "expected"), EXPECTED.items(), ids=EXPECTED.keys())
def test_an_example_is_judged_as_it_says(path: str, expected: list[tuple[str, int]]) -> None:
    report = check_paths([str(EXAMPLES / path)])
    found = [
        (finding.rule, finding.place.region.line)
        for file in report.files
        for finding in file.findings
        if finding.severity > Severity.NOTE
    ]
    assert found == expected
    assert report.summary.skipped == 0


def test_every_workflow_of_the_examples_is_among_them() -> None:
    named = {EXAMPLES / path for path in EXPECTED}
    written = {path for path in EXAMPLES.rglob("*.yml") if ".github" not in path.parts}
    written.remove(EXAMPLES / "org" / "oidc-enforcer.yml")  # tests/test_rollout.py reads it
    assert written == {path for path in named if path.suffix == ".yml"}
