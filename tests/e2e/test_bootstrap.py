"""What `bootstrap` writes, applied for real: Terraform, CloudFormation and the script, on moto.

In each case the role that came of it lets in the one run that is needed and nothing else, by
`oidc-enforcer trust` on what AWS then answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.conftest import iam
from tests.aws.servers import KEY_ID, SECRET, moto
from tests.e2e.terraform import needs_terraform, provide, terraform

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-tools" / "bin"
COMMAND = os.environ.get("OIDC_ENFORCER", "")
RUN = [COMMAND] if COMMAND else [sys.executable, "-m", "oidc_enforcer"]
ROLE = "github-actions-app"


@pytest.fixture
def port() -> Iterator[int]:
    with moto() as number:
        yield number


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository that deploys with stored keys."""
    folder = tmp_path / "app"
    (folder / ".github" / "workflows").mkdir(parents=True)
    gross = ROOT / "examples" / "workflows" / "gross-way.yml"
    shutil.copy(gross, folder / ".github" / "workflows" / "deploy.yml")
    return folder


def ours(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Our own command, in a folder."""
    return subprocess.run(
        [*RUN, *words], cwd=folder, input=given, capture_output=True, text=True, check=False
    )


def text(folder: Path, form: str) -> str:
    """What bootstrap writes for the folder's workflows."""
    done = ours(folder, "bootstrap", "--repo", "acme/app", "--format", form)
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(port: int) -> dict[str, str]:
    """What an AWS program finds."""
    return {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_PAGER": "",
        "LANG": "C.UTF-8",
    }


def proves_itself(folder: Path, port: int) -> None:
    """The role lets in pushes to main alone, and the mended workflow is clean."""
    role = iam(port).get_role(RoleName=ROLE)["Role"]
    policy = json.dumps(role["AssumeRolePolicyDocument"])
    done = ours(
        folder, "trust", "--policy", "-", "--repo", "acme/app", "--format", "json", given=policy
    )
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["roles"]
    assert told["reach"] == "branch"
    (provider,) = iam(port).list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert provider["Arn"].endswith("oidc-provider/token.actions.githubusercontent.com")
    assert ours(folder, "fix", "--write", "--role", role["Arn"]).returncode == 0
    checked = ours(folder, "check")
    assert checked.returncode == 0, checked.stdout


def test_terraform_makes_it(repo: Path, port: int) -> None:
    needs_terraform(provider=True)
    folder = repo.parent / "infra"
    folder.mkdir()
    (folder / "main.tf").write_text(text(repo, "terraform"), "utf-8")
    provide(folder, port)
    terraform(folder, "init", "-no-color", "-input=false")
    terraform(folder, "fmt", "-check", "main.tf")
    terraform(folder, "apply", "-auto-approve", "-no-color", "-input=false")
    told = terraform(folder, "plan", "-no-color", "-input=false", "-detailed-exitcode")
    assert "No changes" in told
    proves_itself(repo, port)


def test_the_template_is_sound(repo: Path, tmp_path: Path) -> None:
    if not (TOOLS / "cfn-lint").exists():
        pytest.skip("cfn-lint is not installed: `make .venv-tools/ready`")
    path = tmp_path / "template.yml"
    path.write_text(text(repo, "cloudformation"), "utf-8")
    done = subprocess.run([TOOLS / "cfn-lint", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = ours(repo, "trust", "--policy", str(path), "--repo", "acme/app", "--format", "json")
    (role,) = json.loads(told.stdout)["roles"]
    assert role["reach"] == "branch"


def test_the_script_makes_it_once(repo: Path, port: int) -> None:
    if not (TOOLS / "aws").exists():
        pytest.skip("the AWS CLI is not installed: `make .venv-tools/ready`")
    script = text(repo, "cli")
    for _ in range(2):
        done = subprocess.run(
            ["bash", "-s"],
            input=script,
            env=environment(port),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().endswith(f":role/{ROLE}")
    assert "its trust stays as it is" in done.stderr
    proves_itself(repo, port)
