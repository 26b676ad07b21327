"""What is left of a script once the key is out of it: whole commands, or the script as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli

HEAD = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
"""
ENV = "        env: {K: '${{ secrets.A }}', S: '${{ secrets.B }}'}\n"


def fixed(folder: Path, step: str) -> str:
    """The steps after `fix --write`."""
    path = folder / "main.yml"
    path.write_text(HEAD + step, encoding="utf-8")
    cli.main(["fix", str(path), "--write"])
    return path.read_text(encoding="utf-8").removeprefix(HEAD)


UNTOUCHED = {
    "a script in quotes": (
        '      - run: bash -c "export AWS_ACCESS_KEY_ID=$K AWS_SECRET_ACCESS_KEY=$S; make deploy"\n'
        + ENV
    ),
    "arguments of a container's shell": (
        "      - uses: docker://amazon/aws-cli:latest\n"
        "        with:\n"
        "          entrypoint: sh\n"
        '          args: -c "AWS_ACCESS_KEY_ID=${{ secrets.A }}'
        ' AWS_SECRET_ACCESS_KEY=${{ secrets.B }} aws s3 ls"\n'
    ),
}


@pytest.mark.parametrize("step", UNTOUCHED.values(), ids=UNTOUCHED.keys())
def test_what_does_more_than_to_set_a_key_stays(step: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, step) == step


SETTERS = {
    "setx": ("cmd", 'setx AWS_ACCESS_KEY_ID %K%\nSETX AWS_SECRET_ACCESS_KEY "%S%" /M'),
    "Set-Item": (
        "pwsh",
        "Set-Item -Path Env:AWS_ACCESS_KEY_ID -Value $env:K\n"
        "Set-Item Env:\\AWS_SECRET_ACCESS_KEY $env:S",
    ),
    "SetEnvironmentVariable": (
        "pwsh",
        '[Environment]::SetEnvironmentVariable("AWS_ACCESS_KEY_ID", $env:K)\n'
        "[System.Environment]::SetEnvironmentVariable("
        "'AWS_SECRET_ACCESS_KEY', $env:S, 'Process')",
    ),
    "read": ("bash", 'IFS=: read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY <<< "$K"'),
}


@pytest.mark.parametrize(("shell", "setter"), SETTERS.values(), ids=SETTERS.keys())
def test_a_command_that_sets_a_key_goes_as_a_whole(shell: str, setter: str, tmp_path: Path) -> None:
    lines = "".join(f"          {line}\n" for line in f"{setter}\naws s3 ls".split("\n"))
    left = fixed(tmp_path, f"      - shell: {shell}\n        run: |\n{lines}{ENV}")
    assert f"      - shell: {shell}\n        run: |\n          aws s3 ls\n" in left


def test_a_role_is_no_entry_of_a_json_text(tmp_path: Path) -> None:
    step = (
        "      - uses: aws-actions/configure-aws-credentials@v4\n"
        "        with:\n"
        "          aws-access-key-id: ${{ fromJSON(secrets.BAG).id }}\n"
        "          aws-secret-access-key: ${{ fromJSON(secrets.BAG).secret }}\n"
        "          aws-region: eu-west-1\n"
    )
    assert fixed(tmp_path, step) == step


PAIR = ENV.replace("K:", "AWS_ACCESS_KEY_ID:").replace("S:", "AWS_SECRET_ACCESS_KEY:")
#: Commands that hand the key on by its name, and whether they leave its token behind.
BY_NAME = {
    "docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY ship": True,
    "docker run --env=AWS_ACCESS_KEY_ID --env=AWS_SECRET_ACCESS_KEY ship": True,
    "sudo --preserve-env=AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY ./ship": True,
    "docker run -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN ship": False,
    "grep -e AWS_SECRET_ACCESS_KEY_FILE ship": False,
    "aws s3 ls": False,
}


@pytest.mark.parametrize(("command", "is_left"), BY_NAME.items())
def test_a_key_that_is_handed_on_without_its_token_is_doubt(
    command: str, is_left: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = f"      - run: {command}\n{PAIR}"
    is_fixed = "secrets.B" not in fixed(tmp_path, step)
    assert is_fixed is not is_left
    said = "".join(capsys.readouterr())
    assert ("not `AWS_SESSION_TOKEN`" in said) is is_left


@pytest.mark.parametrize("above", ["", "      # first of all\n"], ids=["steps", "comment"])
def test_no_blank_line_is_left_right_below_steps(above: str, tmp_path: Path) -> None:
    """A comment there is of what follows it, so it keeps its distance."""
    first = (
        "      - run: |\n"
        '          echo "K=${{ secrets.SITE_USER }}" >> "$GITHUB_ENV"\n'
        '          echo "S=${{ secrets.SITE_PASSWORD }}" >> "$GITHUB_ENV"\n'
    )
    then = (
        "      - uses: aws-actions/configure-aws-credentials@v4\n"
        "        with:\n"
        "          aws-access-key-id: ${{ env.K }}\n"
        "          aws-secret-access-key: ${{ env.S }}\n"
        "          aws-region: eu-west-1\n"
        "\n"
        "      - run: aws s3 ls\n"
    )
    path = tmp_path / "main.yml"
    path.write_text(f"{HEAD}{above}{first}\n{then}", encoding="utf-8")
    cli.main(["fix", str(path), "--write", "--unsafe"])
    left = path.read_text(encoding="utf-8").partition("    steps:\n")[2]
    assert "secrets." not in left
    blank = "\n" if above else ""
    assert left.startswith(
        f"{above}{blank}      - uses: aws-actions/configure-aws-credentials@v4\n"
    )
    assert "\n\n      - run: aws s3 ls\n" in left
