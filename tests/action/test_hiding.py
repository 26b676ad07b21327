"""Ways to hide a key in the head of a pull request: each still fails."""

from __future__ import annotations

import pytest

from tests.action.workshop import DEPLOY, HARMLESS, KEYS, Workshop

STEP = KEYS.partition("    steps:\n")[2].partition("      - run:")[0]
COMPOSITE = (
    "name: sign in\nruns:\n  using: composite\n  steps:\n"
    "    - run: aws s3 ls\n      shell: bash\n      env:\n"
    "        AWS_ACCESS_KEY_ID: ${{ inputs.id }}\n"
    "        AWS_SECRET_ACCESS_KEY: ${{ inputs.key }}\n"
    "inputs:\n  id: {required: true}\n  key: {required: true}\n"
)
CALLS_COMPOSITE = HARMLESS.replace(
    "      - run: make\n",
    "      - uses: ./.github/actions/sign-in\n        with:\n"
    "          id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n"
    "          key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
)
INHERITS = (
    "on: push\njobs:\n  deploy:\n    uses: ./.github/workflows/called.yml\n    secrets: inherit\n"
)
CALLED = KEYS.replace("on: push", "on: workflow_call")
ANCHORED = KEYS.replace(
    "      - uses: aws-actions",
    "      - run: make\n        env: &keys\n"
    "          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
    "      - run: aws s3 ls\n        env: *keys\n      - uses: aws-actions",
).replace(STEP, "")

HEADS: dict[str, dict[str, bytes | str]] = {
    "as it is": {DEPLOY: KEYS},
    "another name": {".github/workflows/docs.yaml": KEYS},
    "a name with blanks": {".github/workflows/a b.yml": KEYS},
    "a byte-order mark": {DEPLOY: b"\xef\xbb\xbf" + KEYS.encode()},
    "UTF-16": {DEPLOY: b"\xff\xfe" + KEYS.encode("utf-16-le")},
    "windows line ends": {DEPLOY: KEYS.replace("\n", "\r\n")},
    "an anchor": {DEPLOY: ANCHORED},
    "broken YAML behind it": {DEPLOY: KEYS + "      - run: [\n"},
    "broken YAML before it": {DEPLOY: "x: [\n" + KEYS},
    "a TAB": {DEPLOY: KEYS.replace("    runs-on: ", "    runs-on:\t")},
    "a composite action": {
        DEPLOY: CALLS_COMPOSITE,
        ".github/actions/sign-in/action.yml": COMPOSITE,
    },
    "secrets: inherit": {DEPLOY: INHERITS, ".github/workflows/called.yml": CALLED},
    "an exception of its own": {
        DEPLOY: "# oidc-enforcer: ignore[static-credentials] until 2999-01-01 -- x\n" + KEYS
    },
    "a policy of its own": {
        DEPLOY: KEYS,
        ".github/oidc-enforcer.yml": "mode: audit\npaths-ignore: ['*']\nseverities:"
        " {static-credentials: off}\n",
        ".github/oidc-enforcer-baseline.json": '{"version": 1, "findings": []}',
        "oidc-enforcer.yml": "fail-on: never\n",
    },
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_it_is_found_however_it_is_put(workshop: Workshop, head: dict[str, bytes | str]) -> None:
    workshop.default({DEPLOY: HARMLESS})
    step = workshop.on_pull(workshop.pull(head))
    assert step.status == 1
    assert step.outputs["conclusion"] == "failure"


def test_the_same_without_keys_passes(workshop: Workshop) -> None:
    workshop.default({DEPLOY: HARMLESS})
    assert workshop.on_pull(workshop.pull({DEPLOY: HARMLESS + "# touched\n"})).status == 0


#: A composite action that does nothing with what it is given, and one that signs in to AWS.
IDLE = COMPOSITE.replace("aws s3 ls", "make").replace("AWS_ACCESS_KEY_ID", "USER_NAME")
IDLE = IDLE.replace("AWS_SECRET_ACCESS_KEY", "PASSWORD")
CALLS_IDLE = CALLS_COMPOSITE.replace("AWS_ACCESS_KEY_ID", "ONE").replace(
    "AWS_SECRET_ACCESS_KEY", "OTHER"
)
MOVED: dict[str, tuple[dict[str, bytes | str], dict[str, bytes | str]]] = {
    "into an action that an unchanged workflow calls": (
        {DEPLOY: CALLS_IDLE, ".github/actions/sign-in/action.yml": IDLE},
        {DEPLOY: CALLS_IDLE, ".github/actions/sign-in/action.yml": COMPOSITE},
    ),
    "into a workflow that an unchanged one calls": (
        {
            DEPLOY: INHERITS,
            ".github/workflows/called.yml": HARMLESS.replace("push", "workflow_call"),
        },
        {DEPLOY: INHERITS, ".github/workflows/called.yml": CALLED},
    ),
}


@pytest.mark.parametrize("scope", ["changed", "new"])
@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED.keys())
def test_no_scope_is_a_way_around(
    workshop: Workshop, before: dict[str, bytes | str], after: dict[str, bytes | str], scope: str
) -> None:
    workshop.state.push("acme/.github", {"oidc-enforcer.yml": f"scope: {scope}\n"})
    workshop.default(before)
    assert workshop.on_pull(workshop.pull({**before, "README": "x"})).status == 0
    workshop.head(after)
    (pull,) = workshop.app.pulls.values()
    assert workshop.on_pull(pull).status == 1
