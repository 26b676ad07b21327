"""What a step of aws-actions/configure-aws-credentials does, by its inputs and its environment.

The expectations are those of the action's own source (v6.2.3, `src/index.ts`).
"""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.workflow.configure_aws import Mode, Plan, plan
from oidc_enforcer.workflow.permissions import IdToken
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.surroundings import Surroundings
from tests.workflow.test_job_credentials import JOB, found, read, steps

ROLE = "role-to-assume: arn:aws:iam::123456789012:role/r\n"
KEYS = "aws-access-key-id: ${{ secrets.A }}\naws-secret-access-key: ${{ secrets.B }}\n"
SESSION = "aws-session-token: ${{ secrets.C }}\n"
FILE = "web-identity-token-file: /var/run/token\n"
ENV_KEYS = "AWS_ACCESS_KEY_ID: ${{ secrets.A }}\nAWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\n"


class Case(NamedTuple):
    """A step's inputs, what stands in its environment, and how it comes by its credentials."""

    inputs: str
    mode: Mode
    env: str = ""
    id_token: IdToken = IdToken.WRITE


NONE = IdToken.NONE

MODES = {
    # -- OIDC, and what keeps a step from it
    "a role": Case(ROLE, Mode.OIDC),
    "a role, the caller decides": Case(ROLE, Mode.OIDC, id_token=IdToken.CALLER),
    "a role without the permission": Case(ROLE, Mode.AMBIENT, id_token=NONE),
    "inputs know no case": Case("Role-To-Assume: r\n", Mode.OIDC),
    "an empty role": Case("role-to-assume: ''\n", Mode.AMBIENT),
    "a blank role": Case("role-to-assume: ' '\n", Mode.AMBIENT),
    "neither role nor keys": Case("audience: x\n", Mode.AMBIENT),
    "a broken reference to a role is a role": Case(
        "role-to-assume: $${{ secrets.R }}\n", Mode.OIDC
    ),
    "role-chaining": Case(ROLE + "role-chaining: true\n", Mode.AMBIENT),
    "role-chaining, spelt in capitals": Case(ROLE + "role-chaining: 'TRUE'\n", Mode.AMBIENT),
    "role-chaining by an expression": Case(ROLE + "role-chaining: ${{ true }}\n", Mode.AMBIENT),
    "no role-chaining": Case(ROLE + "role-chaining: false\n", Mode.OIDC),
    "a token file": Case(ROLE + FILE, Mode.TOKEN_FILE),
    "a token file without the permission": Case(ROLE + FILE, Mode.TOKEN_FILE, id_token=NONE),
    "a token file needs a role": Case(FILE, Mode.AMBIENT),
    "force-skip-oidc with a role alone": Case(ROLE + "force-skip-oidc: true\n", Mode.REFUSED),
    "force-skip-oidc with a token file": Case(
        ROLE + FILE + "force-skip-oidc: true\n", Mode.TOKEN_FILE
    ),
    "force-skip-oidc without a role": Case("force-skip-oidc: true\n", Mode.AMBIENT),
    "no force-skip-oidc": Case(ROLE + "force-skip-oidc: 'False'\n", Mode.OIDC),
    "what has no say": Case(
        ROLE + "output-credentials: true\noutput-env-credentials: false\naudience: x\n"
        "role-session-name: x\nunset-current-credentials: true\n",
        Mode.OIDC,
    ),
    # -- keys
    "keys": Case(KEYS, Mode.KEYS),
    "keys beside a role": Case(KEYS + ROLE, Mode.KEYS_THEN_ROLE),
    "keys beside a role, inputs in capitals": Case((KEYS + ROLE).upper(), Mode.KEYS_THEN_ROLE),
    "keys beside a role without the permission": Case(KEYS + ROLE, Mode.KEYS_THEN_ROLE, "", NONE),
    "keys beside a role and a session token": Case(KEYS + SESSION + ROLE, Mode.KEYS_THEN_ROLE),
    "keys, a role and a token file": Case(KEYS + ROLE + FILE, Mode.TOKEN_FILE),
    "keys and a token file": Case(KEYS + FILE, Mode.KEYS),
    "keys, a role and role-chaining": Case(
        KEYS + ROLE + "role-chaining: true\n", Mode.KEYS_THEN_ROLE
    ),
    "keys, a role and force-skip-oidc": Case(
        KEYS + ROLE + "force-skip-oidc: true\n", Mode.KEYS_THEN_ROLE
    ),
    "a secret without its id is not read": Case(
        "aws-secret-access-key: ${{ secrets.B }}\n" + ROLE, Mode.OIDC
    ),
    "empty keys beside a role": Case(
        "aws-access-key-id: ''\naws-secret-access-key:\n" + ROLE, Mode.OIDC
    ),
    "keys that may be empty on purpose": Case(
        "aws-access-key-id: ${{ github.ref == 'x' && secrets.A || '' }}\n" + ROLE,
        Mode.KEYS_OR_OIDC,
    ),
    "keys that may be empty, without the permission": Case(
        "aws-access-key-id: ${{ github.ref == 'x' && secrets.A || '' }}\n" + ROLE,
        Mode.KEYS_THEN_ROLE,
        id_token=NONE,
    ),
    "an optional input as a key": Case(
        "aws-access-key-id: ${{ inputs.id }}\n" + ROLE, Mode.KEYS_OR_OIDC
    ),
    "a key from a variable that is empty": Case(
        "aws-access-key-id: ${{ env.K }}\n" + ROLE, Mode.OIDC, "K: ''\n"
    ),
    # -- variables that fill empty inputs
    "the role in a variable": Case("audience: x\n", Mode.OIDC, "ROLE_TO_ASSUME: r\n"),
    "an empty input is filled": Case("role-to-assume: ''\n", Mode.OIDC, "ROLE_TO_ASSUME: r\n"),
    "an empty variable fills nothing": Case("audience: x\n", Mode.AMBIENT, "ROLE_TO_ASSUME: ''\n"),
    "variables know their case": Case(KEYS, Mode.KEYS, "role_to_assume: r\n"),
    "keys beside a role in a variable": Case(KEYS, Mode.KEYS_THEN_ROLE, "ROLE_TO_ASSUME: r\n"),
    "variables switched off": Case(
        KEYS + "translate-env-variables: false\n", Mode.KEYS, "ROLE_TO_ASSUME: r\n"
    ),
    "role-chaining in a variable": Case(ROLE, Mode.AMBIENT, "ROLE_CHAINING: 'true'\n"),
    "a token file in a variable": Case(ROLE, Mode.TOKEN_FILE, "WEB_IDENTITY_TOKEN_FILE: /t\n"),
    "no variable fills the key": Case(ROLE, Mode.OIDC, ENV_KEYS),
    "no variable skips OIDC": Case(ROLE, Mode.OIDC, "FORCE_SKIP_OIDC: 'true'\n"),
}


def planned(case: Case, runs_on: str = "ubuntu-latest") -> Plan:
    """The plan of a job's only step."""
    text = "steps:\n  - uses: aws-actions/configure-aws-credentials@v6\n    with:\n"
    text += textwrap.indent(case.inputs, " " * 6)
    if case.env:
        text += "    env:\n" + textwrap.indent(case.env, " " * 6)
    subject = read(JOB.replace("ubuntu-latest", runs_on) + textwrap.indent(text, "    "))
    assert subject.workflow is not None
    (job,) = subject.workflow.jobs
    (step,) = job.steps
    scene = Scene(subject.file, subject.workflow, job, Surroundings())
    scene.enter(step)
    return plan(step, scene, case.id_token)


@pytest.mark.parametrize("case", MODES.values(), ids=MODES.keys())
def test_mode(case: Case) -> None:
    assert planned(case).mode is case.mode


LACKS = {
    "a role": (ROLE, True),
    "a role after role-chaining": (ROLE + "role-chaining: true\n", False),
    "a role and force-skip-oidc": (ROLE + "force-skip-oidc: true\n", False),
    "a role and a token file": (ROLE + FILE, False),
    "keys beside a role": (KEYS + ROLE, False),
    "no role": ("audience: x\n", False),
}


@pytest.mark.parametrize(("inputs", "lacks"), LACKS.values(), ids=LACKS.keys())
@pytest.mark.parametrize("runs_on", ["ubuntu-latest", "self-hosted"])
def test_only_a_plain_role_lacks_the_permission(inputs: str, lacks: bool, runs_on: str) -> None:
    assert planned(Case(inputs, Mode.OIDC, id_token=NONE), runs_on).lacks_token is lacks


def test_a_container_of_ones_own_may_have_the_credentials_that_force_skip_oidc_needs() -> None:
    case = Case(ROLE + "force-skip-oidc: true\n", Mode.AMBIENT)
    assert planned(case, "codebuild-project").mode is Mode.AMBIENT


UNSET = "unset-current-credentials: true\n"
KEEPS = {
    "not asked": (ROLE, False),
    "true": (ROLE + "use-existing-credentials: true\n", True),
    "any text is true": (ROLE + "use-existing-credentials: 'false'\n", True),
    "empty": (ROLE + "use-existing-credentials: ''\n", False),
    "cleared before it looks": (ROLE + UNSET + "use-existing-credentials: true\n", False),
    "clearing does not reach the environment": (
        ROLE + UNSET + "output-env-credentials: false\nuse-existing-credentials: true\n",
        True,
    ),
    "clearing does not reach it beside a profile": (
        ROLE + UNSET + "aws-profile: x\nuse-existing-credentials: true\n",
        True,
    ),
}


@pytest.mark.parametrize(("inputs", "keeps"), KEEPS.values(), ids=KEEPS.keys())
def test_existing_credentials_are_kept(inputs: str, keeps: bool) -> None:
    assert planned(Case(inputs, Mode.OIDC)).keeps_existing is keeps


ANY_INPUTS = st.lists(
    st.sampled_from(
        [
            *ROLE.splitlines(),
            *(KEYS + SESSION + FILE).splitlines(),
            "role-chaining: true",
            "force-skip-oidc: true",
            "use-existing-credentials: true",
            UNSET.strip(),
        ]
    ),
    unique=True,
)


@given(ANY_INPUTS, st.sampled_from(IdToken))
def test_laws_of_every_plan(inputs: list[str], id_token: IdToken) -> None:
    found = planned(Case("audience: x\n" + "".join(f"{line}\n" for line in inputs), Mode.OIDC))
    without = planned(
        Case("audience: x\n" + "".join(f"{line}\n" for line in inputs), Mode.OIDC, "", NONE)
    )
    # OIDC is for a role alone, and only the permission decides between it and the environment.
    if found.mode is Mode.OIDC:
        assert found.role is not None
        assert found.key_id is None
        assert without.lacks_token
    else:
        assert without.mode is found.mode
        assert not without.lacks_token
    # A key id that is given is never ignored but for a token file.
    if found.key_id is not None:
        assert found.mode in (Mode.KEYS, Mode.KEYS_THEN_ROLE, Mode.TOKEN_FILE)


USES = "- uses: aws-actions/configure-aws-credentials@v4\n"


def job(*given: str, env: str = "", permissions: str = "") -> str:
    """A workflow whose job configures credentials once for each of the `given` inputs."""
    text = "".join(f"{USES}  with:\n{textwrap.indent(inputs, ' ' * 4)}" for inputs in given)
    head = f"env:\n{textwrap.indent(env, '  ')}" if env else ""
    body = head + (permissions and f"{permissions}\n") + "steps:\n" + textwrap.indent(text, "  ")
    return steps(body)


NO_TOKEN = "permissions: {contents: read}"
KINDS = {
    "OIDC": (job(ROLE), ["oidc"]),
    "keys": (job(KEYS), ["static"]),
    "keys and a session token": (job(KEYS + SESSION), ["stored-temporary"]),
    "keys and an empty session token": (job(KEYS + "aws-session-token: ''\n"), ["static"]),
    "keys beside a role": (job(KEYS + ROLE), ["static"]),
    "keys beside a token file": (job(KEYS + ROLE + FILE), ["static", "oidc"]),
    "keys in the environment beside a role": (job(ROLE, env=ENV_KEYS), ["static", "oidc"]),
    "keys in the environment stay in use": (
        job(ROLE + "use-existing-credentials: false\n", env=ENV_KEYS),
        ["static"],
    ),
    "keys in the environment assume the role": (
        job(ROLE, env=ENV_KEYS, permissions=NO_TOKEN),
        ["static"],
    ),
    "OIDC, then a chained role": (job(ROLE, ROLE + "role-chaining: true\n"), ["oidc"]),
    "keys, then a chained role": (job(KEYS, ROLE + "role-chaining: true\n"), ["static"]),
    "keys, then OIDC": (job(KEYS, ROLE), ["static", "oidc"]),
    "the environment's": (job("aws-region: x\n"), ["ambient"]),
    "refused": (job(ROLE + "force-skip-oidc: true\n"), []),
}


@pytest.mark.parametrize(("text", "kinds"), KINDS.values(), ids=KINDS.keys())
def test_kinds_of_credentials(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text)] == kinds


def test_the_role_that_an_earlier_step_exported_is_assumed_by_oidc() -> None:
    text = steps(
        """\
        steps:
          - run: echo "ROLE_TO_ASSUME=${{ vars.ROLE }}" >> "$GITHUB_ENV"
          - uses: aws-actions/configure-aws-credentials@v4
            with: {aws-region: eu-west-1}
        """
    )
    (use,) = read(text).jobs[0].token_uses
    assert use.what == "assumes `vars.ROLE` by OIDC"


COMPOSITE = """\
inputs: {id: {}, pw: {}, role: {}}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v4
      with:
        aws-access-key-id: ${{ inputs.id }}
        aws-secret-access-key: ${{ inputs.pw }}
        role-to-assume: ${{ inputs.role }}
        aws-region: eu-west-1
"""
GIVEN = {
    "a role": ("{role: r}", ["oidc"], False),
    "keys": ("{id: '${{ secrets.A }}', pw: '${{ secrets.B }}'}", ["static"], False),
    "both": ("{id: '${{ secrets.A }}', pw: '${{ secrets.B }}', role: r}", ["static"], True),
    "neither": ("{}", ["ambient"], False),
}


@pytest.mark.parametrize(("inputs", "kinds", "bypasses"), GIVEN.values(), ids=GIVEN.keys())
def test_inputs_of_a_local_action_are_empty_when_its_user_leaves_them_out(
    inputs: str, kinds: list[str], bypasses: bool
) -> None:
    text = steps(f"steps:\n  - uses: ./.github/actions/login\n    with: {inputs}\n")
    subject = read(text, {".github/actions/login/action.yml": COMPOSITE})
    (job,) = subject.jobs
    assert [credential.kind.value for credential in job.credentials] == kinds
    assert any(credential.bypasses for credential in job.credentials) is bypasses
