"""Ways of scripts to bring a stored key to AWS's tools without writing it down plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.test_hidden_keys import EXPORT, PAIR, classes, run

ID, SECRET = "${{ secrets.A }}", "${{ secrets.B }}"
SCRIPT = "- uses: actions/github-script@v7\n  with:\n    script: |\n"
CSV = "User name,Access key ID,Secret access key"


def program(shell: str, *lines: str) -> str:
    return f"{run(*lines)}\n  shell: {shell}"


STORED = {
    "the script's output opened once": run(
        'exec >> "$GITHUB_ENV"', 'echo "AWS_ACCESS_KEY_ID=$K"', 'echo "AWS_SECRET_ACCESS_KEY=$S"'
    ),
    "an output of a number of its own": run(
        "exec 3> ~/.aws/credentials",
        'echo "aws_access_key_id=$K" >&3',
        'printf "aws_secret_access_key=%s" $S >&3',
    ),
    "printf into variables": run(
        "printf -v AWS_ACCESS_KEY_ID %s $K", "printf -v AWS_SECRET_ACCESS_KEY '%s' \"$S\""
    ),
    "a loop over settings": run(
        'for each in AWS_ACCESS_KEY_ID=$K "AWS_SECRET_ACCESS_KEY=$S"; do', 'export "$each"; done'
    ),
    "names put together": run("P=AWS", 'export "${P}_ACCESS_KEY_ID=$K" "$P"_SECRET_ACCESS_KEY=$S'),
    "names put together for later steps": run(
        "P=AWS_",
        'echo "${P}ACCESS_KEY_ID=$K" >> $GITHUB_ENV',
        'echo "${P}SECRET_ACCESS_KEY=$S" >> $GITHUB_ENV',
    ),
    "names put together in JavaScript": SCRIPT
    + "      const p = 'AWS_'\n"
    + f"      core.exportVariable(p + 'ACCESS_KEY_ID', '{ID}')\n"
    + f"      core.exportVariable('AWS_' + 'SECRET_ACCESS_KEY', '{SECRET}')",
    "arguments of a session by their order": program(
        "python", "import boto3, os", 'boto3.Session(os.environ["K"], os.getenv("S"))'
    ),
    "Ruby's environment": program(
        "ruby {0}",
        f"ENV['AWS_ACCESS_KEY_ID'] = '{ID}'",
        f"ENV['AWS_SECRET_ACCESS_KEY'] = '{SECRET}'",
    ),
    "Perl's environment": run(
        f'perl -we \'$ENV{{AWS_ACCESS_KEY_ID}} = "{ID}";'
        f' $ENV{{"AWS_SECRET_ACCESS_KEY"}} = "{SECRET}"; exec "aws s3 ls"\''
    ),
    "a list that the AWS CLI imports": run(
        f'printf \'{CSV}\\ndefault,%s,%s\\n\' "$K" "$S" > keys.csv',
        "aws configure import --csv file://keys.csv",
    ),
    "curl that signs": run(
        "curl --aws-sigv4 aws:amz:eu-west-1:lambda -u $K:$S https://lambda.eu-west-1.amazonaws.com/"
    ),
    "a process that prints them": run(
        "cat > ~/.aws/config <<END",
        "[default]",
        'credential_process = echo \'{"AccessKeyId": "$K", "SecretAccessKey": "$S"}\'',
        "END",
    ),
    "a process that prints them, by a command": run(
        'aws configure set credential_process "echo '
        f'\'{{\\"AccessKeyId\\":\\"{ID}\\",\\"SecretAccessKey\\":\\"{SECRET}\\"}}\'"'
    ),
    "files of their own": run(
        "echo $K > id; echo $S > secret", EXPORT.format("$(cat id)", '"$(< secret)"')
    ),
    "files of an earlier step": run("echo $K > key.id; echo $S > key.secret")
    + "\n"
    + run(EXPORT.format("$(cat key.id)", '"$(cat key.secret)"')),
    "mappings inside an input": "- uses: acme/up@v1\n  with:\n    settings: >-\n      "
    + f"{{aws:accessKey: {{value: {ID}}}, aws:secretKey: {{value: {SECRET}, secret: true}}}}",
    "JSON inside an input": "- uses: acme/up@v1\n  with:\n    settings: '"
    + f'{{"aws_access_key_id": {{"value": "{ID}"}},'
    + f' "aws_secret_access_key": {{"value": "{SECRET}"}}}}\'',
    "a dummy in the last branch": run(
        "if x; then a=$K b=$S; else a=test b=test; fi", EXPORT.format("$a", "$b")
    ),
    "a dummy in the last branch, for later steps": run(
        "if x; then echo A=$K >> $GITHUB_ENV; echo B=$S >> $GITHUB_ENV",
        "else echo A=test >> $GITHUB_ENV; echo B=test >> $GITHUB_ENV; fi",
    )
    + "\n"
    + run(EXPORT.format("${{ env.A }}", "${{ env.B }}")),
    "a session, or else the key": run(
        EXPORT.format(
            "$(vault read aws/creds/x || echo $K)", "$(vault read aws/creds/x || echo $S)"
        )
    ),
    "an endpoint inside a container": run(
        "docker run --rm app sh -c 'export AWS_ENDPOINT_URL=http://store:9000; make'",
        "aws s3 ls",
        env=PAIR.replace("K:", "AWS_ACCESS_KEY_ID:").replace("S:", "AWS_SECRET_ACCESS_KEY:"),
    ),
}


@pytest.mark.parametrize("steps", STORED.values(), ids=STORED)
def test_a_stored_key_is_found(steps: str, tmp_path: Path) -> None:
    assert "static" in classes(tmp_path, steps)


OTHERS = {
    "an output for people": (run("exec 2> log", 'echo "AWS_REGION=eu-west-1"'), []),
    "a log of everything": (run("exec > >(tee log)", 'echo "key: $K"'), []),
    "a loop over other settings": (run("for each in A=$K B=$S; do", "make $each; done"), []),
    "a request to another store": (
        run("curl --aws-sigv4 aws:amz:auto:s3 -u $K:$S https://x.r2.cloudflarestorage.com/b"),
        ["other-provider"],
    ),
    "dummies inside a container": (
        run(
            "docker run app sh -c 'export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test; make'"
        ),
        ["dummy"],
    ),
    "a session of requests": (program("python", "import requests", "s = requests.Session()"), []),
    "a session, or else nothing": (
        run(
            EXPORT.format("$(vault read aws/creds/x || echo)", "$(vault read aws/creds/x || echo)")
        ),
        ["brokered"],
    ),
    "a file of a role": (run("echo $K > role", "aws configure set role_arn $(cat role)"), []),
}


@pytest.mark.parametrize(("steps", "expected"), OTHERS.values(), ids=OTHERS)
def test_what_looks_alike_is_none(steps: str, expected: list[str], tmp_path: Path) -> None:
    assert classes(tmp_path, steps) == expected


REGISTRY = """\
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    container:
      image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/site:1
      credentials: {username: USER, password: '${{ secrets.B }}'}
    steps: [run: make]
"""


@pytest.mark.parametrize(("user", "expected"), [("'${{ secrets.A }}'", 1), ("AWS", 0)])
def test_the_login_of_a_container_from_ecr(user: str, expected: int, tmp_path: Path) -> None:
    from oidc_enforcer.gather import check_paths

    path = tmp_path / "main.yml"
    path.write_text(REGISTRY.replace("USER", user), encoding="utf-8")
    [report] = check_paths([str(path)]).files
    assert sum(found.rule == "static-credentials" for found in report.findings) == expected
