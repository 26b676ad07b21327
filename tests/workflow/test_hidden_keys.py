"""Ways to hide a stored key from whoever reads the file, and what only looks like one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.gather import Options, check_paths

PAIR = "  env: {K: '${{ secrets.A }}', S: '${{ secrets.B }}'}"
LOGIN = (
    "- uses: docker/login-action@v3\n"
    "  with: {username: '${{ secrets.A }}', password: '${{ secrets.B }}',"
)
BLOB = "  env: {BLOB: '${{ secrets.BLOB }}'}"
EXPORT = "export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}; aws s3 ls"


def classes(folder: Path, steps: str, *, runner: str = "ubuntu-latest", **others: str) -> list[str]:
    """The classes of a job's credentials; `others` are actions by their folder."""
    job = f"on: push\njobs:\n  job:\n    runs-on: {runner}\n    steps:\n"
    body = "".join(f"      {line}\n" for line in steps.split("\n"))
    texts = {".github/workflows/main.yml": job + body}
    texts |= {f"{name}/action.yml": text for name, text in others.items()}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    whole = check_paths([str(folder)], Options(processes=1))
    jobs = [job for report in whole.files for job in report.jobs if job.job == "job"]
    return sorted({use.kind for job in jobs for use in job.credentials})


def run(*lines: str, env: str = PAIR) -> str:
    return "\n".join(["- run: |", *(f"    {line}" for line in lines), env])


HIDDEN = {
    "variable that names another": run("a=K; b=S", EXPORT.format("${!a}", '"${!b}"')),
    "second name": run("declare -n a=K; local -n b=S", EXPORT.format("$a", "$b")),
    "folder gone to": run("cd ~/.aws", 'echo "$BLOB" > credentials', env=BLOB),
    "printed by printenv": run("printenv BLOB | base64 -d > ~/.aws/credentials", env=BLOB),
    "behind a section": run(r"printf '[default]\n%s\n' \"$BLOB\" > ~/.aws/credentials", env=BLOB),
    "dd": run('echo "$BLOB" | dd of=$HOME/.aws/credentials', env=BLOB),
    "install": run('install -m 600 /dev/stdin ~/.aws/credentials <<< "$BLOB"', env=BLOB),
    "a template filled by sed": run('sed "s|@ID@|$K|;s|@KEY@|$S|" in > ~/.aws/credentials'),
    "unlocked by gpg": run('gpg --passphrase "$K" --output ~/.aws/credentials -d x.gpg'),
    "unlocked by openssl": run("openssl enc -d -pass pass:$K -in x -out ~/.aws/credentials"),
    "envsubst of a heredoc that is not expanded": run(
        "envsubst <<'END' > ~/.aws/credentials",
        *("aws_access_key_id = $K", "aws_secret_access_key = ${S}", "END"),
    ),
    "another file, named to one command": run(
        'echo "$BLOB" > /tmp/x', "AWS_SHARED_CREDENTIALS_FILE=/tmp/x aws s3 ls", env=BLOB
    ),
    "arguments of a function": run(
        'login() { export AWS_ACCESS_KEY_ID="$1" AWS_SECRET_ACCESS_KEY="${2}"; }',
        'login "$K" "$S"',
    ),
    "Python's way to write the file": run(
        "python3 - <<'END'",
        *("import os, pathlib", 'path = pathlib.Path.home().joinpath(".aws/credentials")'),
        'pathlib.Path("~/.aws/credentials").write_text(os.environ["BLOB"])',
        "END",
        env=BLOB,
    ),
    "another file, named by the step": run(
        'echo "$BLOB" > /tmp/x',
        "aws s3 ls",
        env="  env: {BLOB: '${{ secrets.BLOB }}', AWS_CONFIG_FILE: /tmp/x}",
    ),
    "an endpoint for S3 beside another service": run(
        EXPORT.format("$K", "$S").replace("aws s3 ls", "aws iam list-users"),
        env=PAIR.replace("}}'}", "}}', AWS_ENDPOINT_URL_S3: 'https://x.r2.cloudflarestorage.com'}"),
    ),
    "a region of another provider beside AWS's own service": run(
        EXPORT.format("$K", "$S").replace("aws s3 ls", "aws iam list-users"),
        env=PAIR.replace("}}'}", "}}', AWS_REGION: auto}"),
    ),
    "a registry that a variable names": LOGIN
    + " registry: '${{ env.ECR }}'}\n  env: {ECR: 1.dkr.ecr.eu-west-1.amazonaws.com}",
}


@pytest.mark.parametrize("steps", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_stored_key_is_found(steps: str, tmp_path: Path) -> None:
    assert "static" in classes(tmp_path, steps)


HARMLESS = {
    "a section alone": run('echo "[default]" > ~/.aws/credentials'),
    "an empty file": run(": > ~/.aws/credentials; touch ~/.aws/credentials"),
    "folder left again": run("cd ~/.aws; cd ..", 'echo "$BLOB" > credentials', env=BLOB),
    "another file": run('echo "$BLOB" > /tmp/x', "cp /tmp/x /tmp/y", env=BLOB),
    "another registry, named by a variable": LOGIN
    + " registry: '${{ env.ECR }}'}\n  env: {ECR: registry.example.com}",
    "a copy of AWS's file": run("cp ~/.aws/credentials /tmp/backup"),
}


@pytest.mark.parametrize("steps", HARMLESS.values(), ids=HARMLESS.keys())
def test_no_key_is_seen_where_there_is_none(steps: str, tmp_path: Path) -> None:
    assert classes(tmp_path, steps) == []


def test_a_file_copied_from_the_repository_is_doubt(tmp_path: Path) -> None:
    assert classes(tmp_path, run("cp ci/keys ~/.aws/credentials")) == ["unknown"]


TAKEN_OVER = {
    "decoded and run": run('source <(echo "$BLOB" | base64 -d)', "aws s3 ls", env=BLOB),
    "read and run": run(". <(./settings.sh)", "aws s3 ls"),
    "a file of the repository": run("cat ci/settings >> $GITHUB_ENV", "aws s3 ls"),
    "names given to a function": run(
        'put() { echo "$1=$2" >> "$GITHUB_ENV"; }',
        'put AWS_ACCESS_KEY_ID "$BLOB"',
        "aws s3 ls",
        env=BLOB,
    ),
    "lines of a secret": run(
        'while read -r line; do export "$line"; done <<< "$BLOB"', "aws s3 ls", env=BLOB
    ),
    "a name for another": run("declare -n to=AWS_ACCESS_KEY_ID; to=$BLOB", "aws s3 ls", env=BLOB),
    "what a store holds": run("doppler secrets download --no-file >> $GITHUB_ENV", "aws s3 ls"),
}


@pytest.mark.parametrize("steps", TAKEN_OVER.values(), ids=TAKEN_OVER)
def test_what_a_script_takes_over_from_elsewhere_is_said(steps: str, tmp_path: Path) -> None:
    assert classes(tmp_path, steps) == ["unknown"]
    [report] = check_paths([str(tmp_path)], Options(processes=1)).files
    assert [gap.what for gap in report.coverage] == ["a script of job `job`"]


ENCODED = "W2RlZmF1bHRdCmF3c19hY2Nlc3Nfa2V5X2lkID0gQUtJQVFZTFBNTjVITk00WFpLUUEK"


def test_a_file_that_stands_encoded_in_the_workflow_is_doubt(tmp_path: Path) -> None:
    steps = run(f"echo {ENCODED} | base64 -d > ~/.aws/credentials")
    assert classes(tmp_path, steps) == ["unknown"]


@pytest.mark.parametrize("runner", ["self-hosted", "'${{ matrix.os }}'", "[self-hosted, pool]"])
def test_powershell_is_told_by_its_look_where_no_label_tells(runner: str, tmp_path: Path) -> None:
    lines = ("$env:AWS_ACCESS_KEY_ID = $env:K", "$env:AWS_SECRET_ACCESS_KEY = $env:S")
    found = classes(tmp_path, run(*lines, "aws s3 ls"), runner=runner)
    assert found == ["static"]


ALL = {
    "to a script": "- run: ./export.sh; aws s3 ls\n  env: {ALL: '${{ toJSON(secrets) }}'}",
    "as the environment": "- run: aws s3 ls\n  env: ${{ fromJSON(secrets.SETTINGS) }}",
}


@pytest.mark.parametrize("steps", ALL.values(), ids=ALL.keys())
def test_all_secrets_handed_over_beside_calls_of_aws_are_doubt(steps: str, tmp_path: Path) -> None:
    assert classes(tmp_path, steps) == ["unknown"]
    [report] = check_paths([str(tmp_path)], Options(processes=1)).files
    assert "secrets" in {gap.what for gap in report.coverage}


def test_one_secret_beside_calls_of_aws_is_no_doubt(tmp_path: Path) -> None:
    classes(tmp_path, "- run: aws s3 ls\n  env: {ONE: '${{ secrets.ONE }}'}")
    [report] = check_paths([str(tmp_path)], Options(processes=1)).files
    assert not report.coverage


def test_a_session_written_as_a_file_is_temporary(tmp_path: Path) -> None:
    steps = run("aws configure export-credentials --format ini > ~/.aws/credentials")
    assert classes(tmp_path, steps) == ["temporary"]


CONTAINER = """name: x
description: x
inputs: {{k: {{}}, s: {{}}}}
runs:
  using: docker
  image: Dockerfile
  {}
"""
GIVEN = {
    "environment": "env: {AWS_ACCESS_KEY_ID: '${{ inputs.k }}', AWS_SECRET_KEY: '${{ inputs.s }}'}",
    "arguments": "args: [--access-key-id, '${{ inputs.k }}', '--secret-key=${{ inputs.s }}']",
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN.keys())
def test_what_a_container_action_of_the_repository_is_given_is_followed(
    given: str, tmp_path: Path
) -> None:
    steps = "- uses: ./act\n  with: {k: '${{ secrets.AWS_A }}', s: '${{ secrets.AWS_B }}'}"
    assert classes(tmp_path, steps, act=CONTAINER.format(given)) == ["static"]
