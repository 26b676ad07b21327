"""Which role a script assumes: on a command line, in a variable, in a file of AWS's tools."""

from __future__ import annotations

import textwrap

import pytest

from tests.iam.policies import sub
from tests.test_roles import MAIN, PUSH, arn, facts, resolved, said
from tests.workflow.presenting import workflow

CALL = "aws sts assume-role-with-web-identity --web-identity-token $T --role-session-name x"
ASK = (
    'curl -sH "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"'
    ' "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > /tmp/t'
)
UNREAD = (
    "the step assumes a role by OIDC, and which that is, or with whose token, is not read out of it"
)


def job(*scripts: str, more: str = "", shell: str = "") -> str:
    steps = "".join(
        f"  - {shell}run: |\n{textwrap.indent(script.strip(), '      ')}\n" for script in scripts
    )
    return workflow(PUSH, f"runs-on: ubuntu-latest\n{more}\nsteps:\n{steps}")


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        # What a script makes while it runs is doubt.
        ([f"{CALL} --role-arn $(cat role)"], [UNREAD]),
        ([f"ROLE=$(cat role)\n{CALL} --role-arn $ROLE"], [UNREAD]),
        ([f"{CALL} --role-arn ${{ROLE:-x}}"], [UNREAD]),
        ([f"{CALL} --role-arn `cat role`"], [UNREAD]),
        ([f'A=$A\n{CALL} --role-arn "$A"'], ["what `env.A` is, is not known before the run"]),
        ([f"{CALL} --cli-input-json file://x"], [UNREAD]),
        (
            [f"if x; then R={arn('a')}; else R={arn('b')}; fi\n{CALL} --role-arn $R"],
            [UNREAD],
        ),
        ([f"{CALL} --role-arn deploy"], ["what `--role-arn` comes to is no role's ARN"]),
        ([f"{CALL} --role-arn $ROLE"], ["what `env.ROLE` is, is not known before the run"]),
        (
            ["echo R=a >> $GITHUB_ENV", "echo R=b >> $GITHUB_ENV", f"{CALL} --role-arn $R"],
            [UNREAD],
        ),
        # What it names is read.
        ([f"{CALL} --role-arn {arn('deploy')}"], ["deploy"]),
        ([f"{CALL} --role-arn='{arn('deploy')}'"], ["deploy"]),
        ([f"{CALL} --role-arn $ROLE_OF_ENV"], ["live"]),
        ([f"{CALL} --role-arn ${{ROLE_OF_ENV}}"], ["live"]),
        ([f"{CALL} --role-arn ${{{{ env.ROLE_OF_ENV }}}}"], ["live"]),
        ([f"N=deploy\nROLE={arn('$N')}\n{CALL} --role-arn $ROLE"], ["deploy"]),
        ([f"echo R={arn('deploy')} >> $GITHUB_ENV", f"{CALL} --role-arn $R"], ["deploy"]),
        ([f"x=$({CALL} --role-arn {arn('deploy')})"], ["deploy"]),
    ],
)
def test_the_role_of_a_command(scripts: list[str], expected: list[str]) -> None:
    more = f"env: {{ROLE_OF_ENV: '{arn('live')}'}}"
    assert resolved(job(*scripts, ASK, more=more)) == expected
    assert resolved(job(*scripts, more=more)) == [UNREAD]  # with whose token?


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (f'RoleArn="{arn("deploy")}"', ["deploy"]),
        ('RoleArn=os.environ["ROLE"]', [UNREAD]),
        ('RoleArn=f"{prefix}/deploy"', [UNREAD]),
    ],
)
def test_the_role_of_a_program(argument: str, expected: list[str]) -> None:
    call = f"sts.assume_role_with_web_identity({argument}, WebIdentityToken=t)"
    ask = 'os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"]'
    script = f"import boto3\nurl = {ask}\n{call}"
    assert resolved(job(script, shell="shell: python\n    ")) == expected


VARIABLES = f"env: {{AWS_ROLE_ARN: '{arn('deploy')}', AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/t}}"
CONFIG = """\
cat > ~/.aws/config <<EOF
[default]
role_arn = {role}
web_identity_token_file = /tmp/t
EOF
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (job(ASK, "aws s3 ls", more=VARIABLES), ["deploy"]),
        (job(ASK, CONFIG.format(role=arn("deploy"))), ["deploy"]),
        (job(ASK, f"R={arn('deploy')}\n{CONFIG.format(role='$R')}"), ["deploy"]),
        (
            job(
                f"{ASK}\naws configure set role_arn {arn('deploy')}\n"
                "aws configure set web_identity_token_file /tmp/t"
            ),
            ["deploy"],
        ),
        # Who asks twice may ask for another service; a role needs its token; two are none.
        (job(ASK, ASK, more=VARIABLES), []),
        (job("aws s3 ls", more=VARIABLES), []),
        (job(ASK, more=f"env: {{AWS_ROLE_ARN: '{arn('deploy')}'}}"), []),
        (job(ASK, CONFIG.format(role=arn("a")), more=VARIABLES), []),
        (job(ASK, CONFIG.format(role="$(cat role)")), []),
    ],
)
def test_the_role_of_files(text: str, expected: list[str]) -> None:
    assert resolved(text) == expected


def test_what_a_script_presents_is_put_to_the_policy() -> None:
    pinned = {"deploy": sub(MAIN.replace("main", "live"))}
    asked = job(f"{ASK}\n{CALL} --role-arn {arn('deploy')}")
    assert "unassumable-role" in {rule for rule, _ in said(asked, facts(pinned))}
    fitting = {"deploy": sub(MAIN)}
    assert "unassumable-role" not in {rule for rule, _ in said(asked, facts(fitting))}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("&audience=https://example.com", True),
        ("&audience=sts.amazonaws.com", False),
        ("&audience=$AUDIENCE", False),
        ("", False),
    ],
)
def test_the_audience_of_a_script(query: str, expected: bool) -> None:
    asked = ASK.replace("&audience=sts.amazonaws.com", query)
    found = said(job(f"{asked}\n{CALL} --role-arn {arn('deploy')}"), facts())
    assert ("unassumable-role" in {rule for rule, _ in found}) is expected


INNER = """\
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v6
      if: github.ref_name == inputs.branch
      with: {role-to-assume: "${{ inputs.role }}", aws-region: eu-west-1}
inputs: {role: {required: true}, branch: {default: main}}
"""
OUTER = """\
inputs: {name: {required: true}}
runs:
  using: composite
  steps:
    - uses: ./inner
      with: {role: "arn:aws:iam::123456789012:role/${{ inputs.name }}"}
"""


def test_a_role_in_an_action_within_an_action() -> None:
    call = workflow(PUSH, "steps:\n  - uses: ./outer\n    with: {name: deploy}")
    files = {"deploy": call, "outer/action.yml": OUTER, "inner/action.yml": INNER}
    assert resolved(files) == ["deploy"]
    elsewhere = {**files, "inner/action.yml": INNER.replace("default: main", "default: live")}
    assert resolved(elsewhere) == []
    circle = OUTER.replace("./inner", "./outer")
    assert resolved({"deploy": call, "outer/action.yml": circle}) == []
