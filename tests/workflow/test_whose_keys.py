"""Whose keys these are, and what may not change the answer: endpoints, names, session tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.gather import Options, check_paths

R2 = "https://acct.r2.cloudflarestorage.com"
LOCAL = "http://localhost:4566"
KEYS = "AWS_ACCESS_KEY_ID: '${{ secrets.A }}', AWS_SECRET_ACCESS_KEY: '${{ secrets.B }}'"
TOKEN = "AWS_SESSION_TOKEN: '${{ secrets.T }}'"
S3 = "aws s3 sync . s3://site"


def classes(folder: Path, *steps: str, env: str = "") -> list[str]:
    """The classes of a job's credentials."""
    body = "".join(f"      - {line}\n" for step in steps for line in [step.replace("\n", "\n  ")])
    text = f"on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    env: {{{env}}}\n    steps:\n"
    path = folder / "main.yml"
    path.write_text(text + body, encoding="utf-8")
    whole = check_paths([str(path)], Options(processes=1))
    return sorted(
        {use.kind for file in whole.files for job in file.jobs for use in job.credentials}
    )


def run(*lines: str, env: str = KEYS) -> str:
    script = "".join(f"\n          {line}" for line in lines)
    return f"run: |{script}\n      env: {{{env}}}" if env else f"run: |{script}"


def configure(key: str = "A", secret: str = "B", more: str = "") -> str:
    given = f"aws-access-key-id: '${{{{ secrets.{key} }}}}', "
    given += f"aws-secret-access-key: '${{{{ secrets.{secret} }}}}', aws-region: eu-west-1{more}"
    return f"uses: aws-actions/configure-aws-credentials@v4\n      with: {{{given}}}"


def endpoint(value: str, name: str = "AWS_ENDPOINT_URL") -> str:
    return f"{name}: '{value}'"


# What is no stored key of AWS's, or may be none, stays that.

OTHERS = {
    "an endpoint of another store": (endpoint(R2), [run(S3)]),
    "an endpoint of another store that a script removes and sets again": (
        endpoint(LOCAL),
        [run("unset AWS_ENDPOINT_URL", f"export AWS_ENDPOINT_URL={R2}", S3)],
    ),
    "an endpoint that is not ignored": (
        f"{endpoint(R2)}, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false'",
        [run(S3)],
    ),
    "R2's names": (
        "",
        [run(f"{S3} --endpoint-url $E", env=KEYS.replace("secrets.", "secrets.R2_"))],
    ),
    "R2's names for a program of one's own": (
        "",
        [run("make up", env=KEYS.replace("secrets.", "secrets.R2_"))],
    ),
    "a region of another store": ("AWS_REGION: auto", [run("make up")]),
    "R2's names for the credentials action": (
        "",
        [configure("R2_A", "R2_B"), run(f"{S3} --endpoint-url {R2}", env="")],
    ),
    "keys for the credentials action that all commands take elsewhere": (
        "",
        [configure(), run(f"{S3} --endpoint-url {R2}", env="")],
    ),
}


@pytest.mark.parametrize(("env", "steps"), OTHERS.values(), ids=OTHERS)
def test_keys_of_another_store_stay_so(env: str, steps: list[str], tmp_path: Path) -> None:
    assert classes(tmp_path, *steps, env=env) == ["other-provider"]


DOUBTS = {
    "an endpoint on the runner": (endpoint(LOCAL), [run(S3)]),
    "an endpoint on the runner that has other services, too": (endpoint(LOCAL), [run("aws iam x")]),
    "an endpoint from a variable": (endpoint("${{ vars.E }}"), [run(S3)]),
    "R2's names, while the commands go to AWS": (
        "",
        [run(S3, env=KEYS.replace("secrets.", "secrets.R2_"))],
    ),
}


@pytest.mark.parametrize(("env", "steps"), DOUBTS.values(), ids=DOUBTS)
def test_whose_service_it_is_stays_unknown(env: str, steps: list[str], tmp_path: Path) -> None:
    assert classes(tmp_path, *steps, env=env) == ["unknown"]


TOKENS = {
    "a stored token": (f"{KEYS}, {TOKEN}", [run(S3, env="")]),
    "removed together with the keys": (
        f"{KEYS}, {TOKEN}",
        [run(S3, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN", env="")],
    ),
    "removed for others to be set": (
        "",
        [
            run(
                "unset AWS_SESSION_TOKEN",
                "export AWS_ACCESS_KEY_ID=$K AWS_SECRET_ACCESS_KEY=$S AWS_SESSION_TOKEN=$T",
                S3,
                env="K: '${{ secrets.A }}', S: '${{ secrets.B }}', T: '${{ secrets.T }}'",
            )
        ],
    ),
    "removed on another machine": (
        f"{KEYS}, {TOKEN}",
        [run("ssh web 'unset AWS_SESSION_TOKEN'", S3, env="")],
    ),
}


@pytest.mark.parametrize(("env", "steps"), TOKENS.values(), ids=TOKENS)
def test_a_token_beside_the_keys_makes_them_temporary(
    env: str, steps: list[str], tmp_path: Path
) -> None:
    assert classes(tmp_path, *steps, env=env) == ["stored-temporary"]


# What only looks like a reason to think that they are not AWS's, or not long-lived.

STORED = {
    "an endpoint for S3 around the credentials action": (
        endpoint(R2, "AWS_ENDPOINT_URL_S3"),
        [configure(), run(S3, env="")],
    ),
    "an endpoint around the credentials action": (endpoint(R2), [configure(), run(S3, env="")]),
    "an endpoint from a variable around the credentials action": (
        endpoint("${{ vars.E }}"),
        [configure(), run(S3, env="")],
    ),
    "an endpoint on the runner that is ignored": (
        f"{endpoint(LOCAL)}, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true'",
        [run(S3)],
    ),
    "an endpoint that the step ignores": (
        f"{KEYS}, {endpoint(R2)}",
        [run(S3, env="AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true'")],
    ),
    "an endpoint that a script ignores": (
        endpoint(R2),
        [run("export AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", S3)],
    ),
    "an endpoint of the script's own, ignored": (
        "",
        [run(f"export AWS_ENDPOINT_URL={R2} AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=1", S3)],
    ),
    "an endpoint that a script removes": (endpoint(LOCAL), [run("unset AWS_ENDPOINT_URL", S3)]),
    "an endpoint that a script sets and removes": (
        "",
        [run(f"export AWS_ENDPOINT_URL={R2}", "unset AWS_ENDPOINT_URL", S3)],
    ),
    "an endpoint that a script sets to nothing": (
        endpoint(R2),
        [run("export AWS_ENDPOINT_URL=", S3)],
    ),
    "an endpoint that is taken from one command": (
        endpoint(R2),
        [run(f"env -u AWS_ENDPOINT_URL {S3}")],
    ),
    "an endpoint that an earlier step removes": (
        endpoint(R2),
        [run('echo "AWS_ENDPOINT_URL=" >> $GITHUB_ENV', env=""), run(S3)],
    ),
    "an endpoint of the job that one step removes": (
        f"{KEYS}, {endpoint(R2)}",
        [run("unset AWS_ENDPOINT_URL", S3, env="")],
    ),
    "an endpoint that a command's own option takes back to AWS": (
        endpoint(R2),
        [run(f"{S3} --endpoint-url https://s3.eu-west-1.amazonaws.com")],
    ),
    "a store's endpoint beside a service that it has not": (endpoint(R2), [run("aws iam x")]),
    "a variable's endpoint beside a service of AWS's": (
        endpoint("${{ vars.E }}"),
        [run("aws ecs x")],
    ),
    "R2's names beside a service of AWS's": (
        "",
        [run("aws iam x", env=KEYS.replace("secrets.", "secrets.R2_"))],
    ),
    "R2's names beside a program that only AWS answers": (
        "",
        [run("npx cdk deploy --all", env=KEYS.replace("secrets.", "secrets.R2_"))],
    ),
    "MinIO's names in the job beside a service of AWS's": (
        KEYS.replace("secrets.", "secrets.MINIO_"),
        [run("aws lambda x", env="")],
    ),
    "R2's names for the credentials action beside a service of AWS's": (
        "",
        [configure("R2_A", "R2_B"), run("aws ecs x", env="")],
    ),
    "a provider that nobody asks for": ("PROVIDER: Cloudflare", [run(S3)]),
    "a region of something else": ("MY_REGION: auto", [run("make up")]),
    "a region of another store that a command does not heed": (
        "AWS_REGION: auto",
        [run(f"{S3} --region eu-west-1")],
    ),
    "a token of another session": (
        "",
        [
            "id: oidc\n      uses: aws-actions/configure-aws-credentials@v4\n"
            "      with: {role-to-assume: '${{ vars.ROLE }}', aws-region: eu-west-1}",
            run(
                "unset AWS_SESSION_TOKEN",
                S3,
                env=f"{KEYS}, AWS_SESSION_TOKEN: '${{{{ steps.oidc.outputs.aws-session-token }}}}'",
            ),
        ],
    ),
    "a token that a constant keeps out": (
        "",
        [run(S3, env=f"{KEYS}, AWS_SESSION_TOKEN: \"${{{{ false && secrets.T || '' }}}}\"")],
    ),
    "a token for the action that a constant keeps out": (
        "",
        [configure(more=", aws-session-token: \"${{ 1 == 2 && secrets.T || '' }}\"")],
    ),
    "a token that a script removes": (
        f"{KEYS}, {TOKEN}",
        [run("unset AWS_SESSION_TOKEN", S3, env="")],
    ),
    "a token of the credentials action that a script removes": (
        "",
        [
            configure(more=", aws-session-token: '${{ secrets.T }}'"),
            run("unset AWS_SESSION_TOKEN", S3),
        ],
    ),
    "a token that a script sets to nothing": (
        "",
        [run('export AWS_SESSION_TOKEN=""', S3, env=f"{KEYS}, {TOKEN}")],
    ),
    "a token of a script that it removes": (
        "",
        [
            run(
                "export AWS_ACCESS_KEY_ID=${{ secrets.A }} AWS_SECRET_ACCESS_KEY=${{ secrets.B }}",
                "export AWS_SESSION_TOKEN=${{ secrets.T }}",
                "unset AWS_SESSION_TOKEN",
                S3,
                env="",
            )
        ],
    ),
    "a token taken from one command": (
        f"{KEYS}, {TOKEN}",
        [run(f"AWS_SESSION_TOKEN= {S3}", f"env --unset=AWS_SESSION_TOKEN {S3}", env="")],
    ),
    "a token that an earlier step removes": (
        f"{KEYS}, {TOKEN}",
        [run('echo "AWS_SESSION_TOKEN=" >> $GITHUB_ENV', env=""), run(S3, env="")],
    ),
    "a token that a program removes": (
        f"{KEYS}, {TOKEN}",
        [run("import os", 'os.environ.pop("AWS_SESSION_TOKEN")', env="") + "\n      shell: python"],
    ),
    "a token that the step's variables set to nothing": (
        f"{KEYS}, {TOKEN}",
        [run(S3, env="AWS_SESSION_TOKEN: ''")],
    ),
}


@pytest.mark.parametrize(("env", "steps"), STORED.values(), ids=STORED)
def test_stored_keys_of_aws_are_found(env: str, steps: list[str], tmp_path: Path) -> None:
    assert "static" in classes(tmp_path, *steps, env=env)
