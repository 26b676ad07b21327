"""Whatever a file holds, it is read or refused; it never brings the program down."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer import trust_sources
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role
from oidc_enforcer.iam.reach import reach
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.policies import Policies, load
from tests.iac.test_cloudformation import TOLD as FUNCTIONS
from tests.iac.test_cloudformation import template
from tests.iac.test_terraform import TOLD
from tests.iac.test_terraform_json import plan, resource
from tests.policies.documents import role

EXAMPLE = Path(__file__).parents[2] / "examples" / "terraform"
SEEDS = [
    *(("main.tf", code) for code, _ in TOLD.values()),
    *(("template.yml", template(subject)) for subject in FUNCTIONS),
    ("plan.json", json.dumps(plan(resource()))),
    ("roles.json", json.dumps({"Roles": [role()]})),
]
TOKENS = [
    *'"{}[]()=:\n,\\~',
    *("${", "%{", "$${", "EOF", "<<EOF\n", "!Ref ", "!Sub ", "- ", "null", "true", "-1", "1e999"),
    *("each.key", "var.x", "for x in ", "...", ".*", "[*]", "\ue000", "&a ", "*a ", "<<: ", "é"),
]
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(["", *TOKENS]))


@given(st.sampled_from(SEEDS), st.lists(EDIT, min_size=1, max_size=5))
@settings(max_examples=250)
def test_text_that_was_tampered_with_is_read_or_refused(
    seed: tuple[str, str], edits: list[tuple[float, int, str]]
) -> None:
    path, text = seed
    for place, removed, put in edits:
        at = int(place * len(text))
        text = text[:at] + put + text[at + removed :]
    found, complaint = _loaded(path, text)
    if found is None:
        assert complaint
        assert "Traceback" not in complaint
    else:
        assert all(entry.name and entry.origin for entry in found.entries)


def _loaded(path: str, text: str) -> tuple[Policies | None, str]:
    """What is read, or what is said where nothing can be."""
    try:
        return load(path, text.encode()), ""
    except UserError as problem:
        return None, problem.message


def test_the_example_reaches_as_far_as_it_says() -> None:
    found = trust_sources.read(str(EXAMPLE))
    ours = Repository("acme", "app", owner_id="1001", id="2001")
    told = {
        entry.name: reach(entry.found.policy, ours).reach.name.lower().replace("_", "-")
        for entry in found.entries
        if isinstance(entry.found, Role)
    }
    assert told == {
        "app-branches": "branch",
        "app-production": "environment",
        "app-wide": "repo-wide",
        "tags-api": "org-wide",
        "tags-app": "tag-pattern",
    }
    assert not found.gaps
