"""Terraform and its AWS provider, where the machine has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.aws.servers import KEY_ID, SECRET

_PROVIDER = Path("registry.terraform.io") / "hashicorp" / "aws"


def mirror() -> Path | None:
    """A folder of providers: as `TF_PLUGIN_MIRROR` says, beside other software, or the usual."""
    beside = [Path(each).parent for each in os.environ.get("PIP_FIND_LINKS", "").split()]
    places = [
        *([Path(os.environ["TF_PLUGIN_MIRROR"])] if "TF_PLUGIN_MIRROR" in os.environ else []),
        *(folder / "tf-plugins" for folder in beside),
        Path.home() / ".terraform.d" / "plugins",
        Path("/usr/share/terraform/plugins"),
        Path("/usr/local/share/terraform/plugins"),
    ]
    return next((place for place in places if (place / _PROVIDER).is_dir()), None)


def needs_terraform(*, provider: bool) -> str:
    """Terraform's path; skips the test, with the reason, where something is missing."""
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("there is no `terraform` on PATH")
    if provider and mirror() is None:
        pytest.skip("there is no mirror of Terraform's AWS provider: set TF_PLUGIN_MIRROR")
    return found


def terraform(folder: Path, *arguments: str) -> str:
    """Runs Terraform in a folder, offline, by the mirror alone."""
    settings = folder.parent / "terraform.rc"
    place = mirror()
    inner = f'filesystem_mirror {{ path = "{place}" }}' if place else ""
    settings.write_text(f"provider_installation {{\n  {inner}\n}}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(settings),
        "TF_IN_AUTOMATION": "1",
    }
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def provide(folder: Path, port: int) -> str:
    """Sends a configuration to the AWS on loopback; returns where that is."""
    endpoint = f"http://127.0.0.1:{port}"
    (folder / "provider.tf").write_text(
        'provider "aws" {\n  region = "us-east-1"\n'
        f'  access_key = "{KEY_ID}"\n  secret_key = "{SECRET}"\n'
        "  skip_credentials_validation = true\n  skip_metadata_api_check = true\n"
        f'  endpoints {{\n    iam = "{endpoint}"\n    sts = "{endpoint}"\n  }}\n}}\n'
    )
    return endpoint


def outputs(folder: Path) -> dict[str, Any]:
    """What a configuration without resources gives."""
    terraform(folder, "init", "-no-color", "-input=false")
    terraform(folder, "apply", "-auto-approve", "-no-color", "-input=false")
    told = json.loads(terraform(folder, "output", "-json"))
    return {name: each["value"] for name, each in told.items()}
