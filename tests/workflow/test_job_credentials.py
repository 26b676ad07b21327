"""Which AWS access a job has, where it enters, and what it is not taken for."""

from __future__ import annotations

import textwrap

import pytest

from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

JOB = """\
on: push
permissions: {id-token: write, contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
"""


def read(text: str, neighbours: dict[str, str] | None = None) -> reading.Reading:
    """Reads a workflow among other files of its repository."""
    files = {path: SourceFile(path, textwrap.dedent(t)) for path, t in (neighbours or {}).items()}

    def neighbour(path: str) -> Workflow | Action | None:
        return parse(files[path]).content if path in files else None

    source = SourceFile(".github/workflows/main.yml", text)
    callers = {path: (source.path,) for path in files if path.endswith("callee.yml")}
    files[source.path] = source
    return reading.read(source, Surroundings(neighbour, callers))


def steps(text: str) -> str:
    """A workflow with one job, its body given with no indentation."""
    return JOB + textwrap.indent(textwrap.dedent(text), "    ")


def found(text: str, neighbours: dict[str, str] | None = None) -> list[tuple[str, int]]:
    """Class and line of every credential that enters in the file."""
    subject = read(text, neighbours)
    return [(c.kind.value, _line(subject, c)) for c in subject.credentials()]


def _line(subject: reading.Reading, credential: Credential) -> int:
    return subject.file.region(credential.at).line


CONFIGURE = "aws-actions/configure-aws-credentials@v4"

NOTHING = {
    "no AWS at all": "steps:\n  - run: make test",
    "only a name in a condition": (
        "steps:\n  - run: make\n    if: ${{ secrets.AWS_ACCESS_KEY_ID != '' }}"
    ),
    "a test for emptiness": (
        'steps:\n  - run: |\n      if [ -z "$AWS_ACCESS_KEY_ID" ]; then exit 1; fi'
    ),
    "a comment in a script": (
        "steps:\n  - run: |\n      # export AWS_SECRET_ACCESS_KEY=${{ secrets.X }}\n      make"
    ),
    "an empty value": (
        "env:\n  AWS_ACCESS_KEY_ID: ''\n  AWS_SECRET_ACCESS_KEY:\nsteps:\n  - run: make"
    ),
    "unset": "steps:\n  - run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
    "a role's ARN in a secret called KEY": (
        "env: {SECRET_KEY: X}\nsteps:\n  - run: make\n    env:\n"
        "      AWS_ROLE_ARN: ${{ secrets[env.SECRET_KEY] }}"
    ),
    "names handed on to a container": (
        "steps:\n  - run: docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY app"
    ),
    "a look-alike": (
        "env:\n  DJANGO_SECRET_KEY: ${{ secrets.DJANGO_SECRET_KEY }}\nsteps:\n  - run: make"
    ),
}


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING.keys())
def test_what_brings_no_credential(body: str) -> None:
    assert found(steps(body)) == []


PAIR = "AWS_ACCESS_KEY_ID: ${{ secrets.A }}\nAWS_SECRET_ACCESS_KEY: ${{ secrets.B }}\n"


def _env(pairs: str, indent: int) -> str:
    return textwrap.indent(pairs, " " * indent)


CLASSES = {
    "job env": ("env:\n" + _env(PAIR, 2) + "steps:\n  - run: ./x", [("static", 7)]),
    "container env": (
        "container:\n  image: debian\n  env:\n" + _env(PAIR, 4) + "steps:\n  - run: ./x",
        [("static", 9)],
    ),
    "service env": (
        "services:\n  s:\n    image: x\n    env:\n" + _env(PAIR, 6) + "steps:\n  - run: ./x",
        [("static", 10)],
    ),
    "a variable instead of a secret": (
        "env:\n" + _env(PAIR.replace("secrets.A", "vars.A"), 2) + "steps:\n  - run: ./x",
        [("static", 7)],
    ),
    "conditional": (
        "env:\n"
        + _env(PAIR.replace("secrets.A", "github.ref == 'x' && secrets.A || ''"), 2)
        + "steps:\n  - run: ./x",
        [("static", 7)],
    ),
    "a session token makes it temporary in secrets": (
        "env:\n" + _env(PAIR + "AWS_SESSION_TOKEN: ${{ secrets.C }}\n", 2) + "steps:\n  - run: ./x",
        [("stored-temporary", 7)],
    ),
    "a store's entry": (
        "steps:\n  - uses: 1password/load-secrets-action@v2\n    env:\n"
        "      AWS_ACCESS_KEY_ID: op://ci/aws/id\n      AWS_SECRET_ACCESS_KEY: op://ci/aws/secret",
        [("external-store", 9)],
    ),
    "MinIO's defaults": (
        "env: {AWS_ACCESS_KEY_ID: minioadmin, AWS_SECRET_ACCESS_KEY: minioadmin}\n"
        "steps:\n  - run: ./x",
        [("dummy", 6)],
    ),
    "another provider by its secret": (
        "env:\n" + _env(PAIR.replace("secrets.A", "secrets.B2_KEY_ID"), 2) + "steps:\n  - run: ./x",
        [("other-provider", 7)],
    ),
    "an endpoint that the file does not tell": (
        "env:\n" + _env(PAIR + "AWS_ENDPOINT_URL: ${{ vars.E }}\n", 2) + "steps:\n  - run: ./x",
        [("unknown", 7)],
    ),
    "AWS's own endpoint": (
        "env:\n"
        + _env(PAIR + "AWS_ENDPOINT_URL: https://s3.eu-west-1.amazonaws.com\n", 2)
        + "steps:\n  - run: ./x",
        [("static", 7)],
    ),
    "the endpoint of a prefixed pair is not this pair's": (
        "env:\n"
        + _env(PAIR + "MINIO_ENDPOINT_URL: http://localhost:9000\n", 2)
        + "steps:\n  - run: ./x",
        [("static", 7)],
    ),
    "OIDC": (
        f"steps:\n  - uses: {CONFIGURE}\n    with: {{role-to-assume: 'arn:aws:iam::1:role/r'}}",
        [("oidc", 7)],
    ),
    "keys in env beside an OIDC step": (
        "env:\n"
        + _env(PAIR, 2)
        + f"steps:\n  - uses: {CONFIGURE}\n    with: {{role-to-assume: 'arn:aws:iam::1:role/r'}}",
        [("static", 7), ("oidc", 10)],
    ),
    "Roles Anywhere": (
        "steps:\n  - run: aws_signing_helper credential-process --certificate c.pem",
        [("roles-anywhere", 7)],
    ),
    "a person's login": ("steps:\n  - run: aws sso login", [("human", 7)]),
    "a self-hosted runner's own role": (
        "steps:\n  - run: aws s3 ls".replace("steps", "environment: x\nsteps"),
        [("unknown", 4)],
    ),
}


@pytest.mark.parametrize(("body", "expected"), CLASSES.values(), ids=CLASSES.keys())
def test_class_and_place(body: str, expected: list[tuple[str, int]]) -> None:
    assert found(steps(body)) == expected


def test_a_value_is_followed_through_the_output_of_another_job() -> None:
    text = """\
on: push
jobs:
  prepare:
    runs-on: ubuntu-latest
    outputs:
      one: ${{ steps.pick.outputs.id }}
      two: ${{ steps.pick.outputs.pw }}
    steps:
      - id: pick
        run: |
          echo "id=${{ secrets.SITE_USER }}" >> "$GITHUB_OUTPUT"
          echo "pw=${{ secrets.SITE_PASSWORD }}" >> "$GITHUB_OUTPUT"
  deploy:
    needs: prepare
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ needs.prepare.outputs.one }}
          aws-secret-access-key: ${{ needs.prepare.outputs.two }}
          aws-region: eu-west-1
"""
    subject = read(text)
    (credential,) = subject.credentials()
    assert credential.source == "`secrets.SITE_USER` and `secrets.SITE_PASSWORD`"
    assert _line(subject, credential) == 11
    assert [subject.file.region(spot.span).line for spot in credential.others] == [12]
    assert [subject.file.region(spot.span).line for spot in credential.uses] == [19, 20]


def test_a_workflows_env_is_one_credential_for_all_its_jobs() -> None:
    text = """\
on: push
env:
  AWS_ACCESS_KEY_ID: ${{ secrets.A }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}
jobs:
  one: {runs-on: ubuntu-latest, steps: [{run: ./one}]}
  two: {runs-on: ubuntu-latest, steps: [{run: ./two}]}
"""
    subject = read(text)
    assert [c.kind.value for c in subject.credentials()] == ["static"]
    assert [[c.kind.value for c in job.credentials] for job in subject.jobs] == [["static"]] * 2


COMPOSITE = """\
inputs: {user: {}, pw: {}, role: {}}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v4
      if: inputs.role == ''
      with:
        aws-access-key-id: ${{ inputs.user }}
        aws-secret-access-key: ${{ inputs.pw }}
        aws-region: eu-west-1
    - uses: aws-actions/configure-aws-credentials@v4
      if: inputs.role != ''
      with:
        role-to-assume: ${{ inputs.role }}
        aws-region: eu-west-1
"""


def test_keys_given_to_a_local_action_are_reported_at_the_caller() -> None:
    text = steps(
        """\
        steps:
          - uses: ./.github/actions/login
            with:
              user: ${{ secrets.SITE_USER }}
              pw: ${{ secrets.SITE_PASSWORD }}
        """
    )
    neighbours = {".github/actions/login/action.yml": COMPOSITE}
    assert found(text, neighbours) == [("static", 9)]


def test_a_local_action_that_assumes_a_role_counts_as_the_jobs_use_of_the_token() -> None:
    text = steps(
        """\
        steps:
          - uses: ./.github/actions/login
            with: {role: "arn:aws:iam::123456789012:role/r"}
        """
    )
    subject = read(text, {".github/actions/login/action.yml": COMPOSITE})
    assert [use.what for use in subject.jobs[0].token_uses] == [
        "assumes `inputs.role` by OIDC, inside `.github/actions/login`"
    ]


def test_a_step_of_a_local_action_that_certainly_does_not_run_asks_for_nothing() -> None:
    action = COMPOSITE.replace("if: inputs.role != ''", "if: inputs.push == 'true'")
    text = steps(
        """\
        steps:
          - uses: ./.github/actions/login
            with: {role: "arn:aws:iam::123456789012:role/r", push: false}
        """
    )
    action = action.replace("role: {}}", "role: {}, push: {}}")
    subject = read(text, {".github/actions/login/action.yml": action})
    assert subject.jobs[0].token_uses == ()


def test_an_action_that_uses_itself_ends() -> None:
    action = "runs:\n  using: composite\n  steps:\n    - uses: ./loop\n"
    subject = read(steps("steps:\n  - uses: ./loop\n"), {"loop/action.yml": action})
    assert list(subject.credentials()) == []


CALLED = """\
on:
  workflow_call:
    inputs: {user: {}, pw: {}}
    secrets: {user: {}, pw: {}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
        env: {AWS_ACCESS_KEY_ID: "${{ FROM.user }}", AWS_SECRET_ACCESS_KEY: "${{ FROM.pw }}"}
"""


@pytest.mark.parametrize(("given", "source"), [("with", "inputs"), ("secrets", "secrets")])
def test_keys_given_to_a_called_workflow_are_charged_to_the_caller(given: str, source: str) -> None:
    text = f"""\
on: push
jobs:
  call:
    uses: ./.github/workflows/callee.yml
    {given}:
      user: ${{{{ vars.SITE_USER }}}}
      pw: ${{{{ secrets.SITE_PASSWORD }}}}
"""
    neighbours = {".github/workflows/callee.yml": CALLED.replace("FROM", source)}
    subject = read(text, neighbours)
    (credential,) = subject.credentials()
    assert (credential.kind.value, _line(subject, credential)) == ("static", 6)
    assert [subject.file.region(spot.span).line for spot in credential.others] == [7]
    assert {spot.file.path for spot in credential.uses} == {".github/workflows/callee.yml"}


def test_a_ring_of_actions_and_calls_ends_soon() -> None:
    body = "\n".join(f"    - uses: ./{name}" for name in "abcdefgh")
    ring = f"runs:\n  using: composite\n  steps:\n{body}\n"
    actions = {f"{name}/action.yml": ring for name in "abcdefgh"}
    calls = "\n".join(
        f"  j{n}: {{uses: ./.github/workflows/callee.yml, with: {{a: '${{{{ secrets.A }}}}'}}}}"
        for n in range(8)
    )
    callee = f"on: workflow_call\njobs:\n{calls}\n"
    actions[".github/workflows/callee.yml"] = callee
    text = f"on: push\njobs:\n{calls}\n  k:\n    runs-on: x\n    steps:\n      - uses: ./a\n"
    assert list(read(text, actions).credentials()) == []


def test_a_value_that_is_appended_to_itself_ends() -> None:
    text = steps(
        """\
        steps:
          - run: echo "FOO=$FOO:${{ env.FOO }}:x" >> "$GITHUB_ENV"
          - id: again
            run: echo "v=${{ steps.again.outputs.v }}" >> "$GITHUB_OUTPUT"
          - run: echo "${{ env.FOO }} ${{ steps.again.outputs.v }}"
            env: {AWS_ACCESS_KEY_ID: "${{ env.FOO }}", AWS_SECRET_ACCESS_KEY: "${{ env.FOO }}"}
        """
    )
    assert "static" not in [kind for kind, _ in found(text)]


def test_jobs_that_need_each_other_end() -> None:
    def job(name: str, needed: str) -> str:
        return (
            f"  {name}:\n    needs: {needed}\n    runs-on: x\n"
            f"    outputs: {{o: '${{{{ env.V }}}}'}}\n    steps:\n"
            f'      - run: echo "V=${{{{ needs.{needed}.outputs.o }}}}" >> "$GITHUB_ENV"\n'
            f"      - run: aws s3 ls\n"
            f"        env: {{AWS_ACCESS_KEY_ID: '${{{{ needs.{needed}.outputs.o }}}}'}}\n"
        )

    ring = "on: push\njobs:\n" + job("a", "b") + job("b", "a")
    assert list(read(ring).credentials())
    chain = "".join(job(f"j{n}", f"j{n - 1}") for n in range(1, 150))
    assert list(read(f"on: push\njobs:\n{chain}").credentials())


def test_two_callers_of_one_action_bring_two_keys() -> None:
    text = steps(
        """\
        steps:
          - uses: ./.github/actions/login
            with: {user: "${{ secrets.DEV_ID }}", pw: "${{ secrets.DEV_PW }}"}
          - uses: ./.github/actions/login
            with: {user: "${{ secrets.PROD_ID }}", pw: "${{ secrets.PROD_PW }}"}
        """
    )
    subject = read(text, {".github/actions/login/action.yml": COMPOSITE})
    assert [(c.source, c.step.number if c.step else None) for c in subject.credentials()] == [
        ("`secrets.DEV_ID` and `secrets.DEV_PW`", 1),
        ("`secrets.PROD_ID` and `secrets.PROD_PW`", 2),
    ]


def test_a_shared_pair_that_a_later_job_gives_beside_a_role_is_one_credential() -> None:
    text = f"""\
on: push
env:
  AWS_ACCESS_KEY_ID: ${{{{ secrets.A }}}}
  AWS_SECRET_ACCESS_KEY: ${{{{ secrets.B }}}}
jobs:
  one: {{runs-on: ubuntu-latest, steps: [{{run: ./one}}]}}
  two:
    runs-on: ubuntu-latest
    steps:
      - uses: {CONFIGURE}
        with:
          aws-access-key-id: ${{{{ env.AWS_ACCESS_KEY_ID }}}}
          aws-secret-access-key: ${{{{ env.AWS_SECRET_ACCESS_KEY }}}}
          role-to-assume: arn:aws:iam::123456789012:role/r
"""
    (credential,) = read(text).credentials()
    assert credential.bypasses


def test_a_jobs_env_is_seen_inside_an_action_as_the_jobs_own() -> None:
    action = "runs:\n  using: composite\n  steps:\n    - run: aws s3 ls\n      shell: bash\n"
    text = steps("env:\n" + _env(PAIR, 2) + "steps:\n  - uses: ./inner\n")
    subject = read(text, {"inner/action.yml": action})
    assert [(c.kind.value, c.file.path) for c in subject.credentials()] == [
        ("static", ".github/workflows/main.yml")
    ]


def test_what_an_action_writes_to_the_environment_reaches_the_later_steps() -> None:
    action = (
        "inputs: {a: {}, b: {}}\nruns:\n  using: composite\n"
        "  steps:\n    - shell: bash\n      run: |\n"
        '        echo "ONE=${{ inputs.a }}" >> "$GITHUB_ENV"\n'
        '        echo "TWO=${{ inputs.b }}" >> "$GITHUB_ENV"\n'
    )
    text = steps(
        f"""\
        steps:
          - uses: ./inner
            with: {{a: "${{{{ secrets.SITE }}}}", b: "${{{{ secrets.PASSWORD }}}}"}}
          - uses: {CONFIGURE}
            with:
              aws-access-key-id: ${{{{ env.ONE }}}}
              aws-secret-access-key: ${{{{ env.TWO }}}}
        """
    )
    (credential,) = read(text, {"inner/action.yml": action}).credentials()
    assert credential.source == "`secrets.SITE` and `secrets.PASSWORD`"


@pytest.mark.parametrize(
    ("script", "uses_token"),
    [
        ("echo built", False),
        ("sudo apt-get install -y jq && cat x | jq .", False),
        ("env A=1 ./deploy.sh", None),
        ("find . -exec ./deploy.sh {} +", None),
        ("npm ci", None),
        ("./deploy.sh", None),
        ("cosign sign image", None),
        ('curl "$ACTIONS_ID_TOKEN_REQUEST_URL"', True),
    ],
)
def test_which_scripts_are_known_not_to_use_the_token(script: str, uses_token: bool | None) -> None:
    subject = read(steps(f"steps:\n  - run: |\n      {script}\n"))
    assert subject.jobs[0].uses_token is uses_token
