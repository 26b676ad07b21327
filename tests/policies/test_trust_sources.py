from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from oidc_enforcer import trust_sources
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role
from oidc_enforcer.trust_sources import Wanted
from tests.policies.documents import ARN, POLICY, role


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no `.*nowhere\.json`"):
        trust_sources.read(str(tmp_path / "nowhere.json"))
    (tmp_path / "package.json").write_text('{"name": "no policy"}')
    with pytest.raises(UserError, match="there is no trust policy in"):
        trust_sources.read(str(tmp_path))


def test_a_folder_of_documents_is_read_as_if_each_was_named(tmp_path: Path) -> None:
    permissions = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    template = """\
Resources:
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      RoleName: from-template
      AssumeRolePolicyDocument: {Statement: []}
"""
    _tree(
        tmp_path,
        {
            "bare.json": json.dumps(POLICY),
            "below/role.json": json.dumps({"Role": role()}),
            "below/stack.yaml": template,
            "permissions.json": json.dumps(permissions),
            "tsconfig.json": "{ // with comments, which no policy has\n}",
            "values.yaml": "{{ no YAML }}",
            "node_modules/x/trust.json": json.dumps(POLICY),
            ".cache/trust.json": json.dumps(POLICY),
            ".github/trust/ci.json": json.dumps(POLICY),
        },
    )
    found = trust_sources.read(str(tmp_path))
    assert [entry.name for entry in found.entries] == ["bare", "ci", "deploy", "from-template"]
    assert not found.gaps


def test_documents_beside_terraform_that_it_does_not_read_are_named(tmp_path: Path) -> None:
    code = ROLE % ("deploy", 'file("${path.module}/read.json")')
    files = {"main.tf": code, "read.json": json.dumps(POLICY), "other.json": json.dumps(POLICY)}
    _tree(tmp_path, files)
    found = trust_sources.read(str(tmp_path))
    assert [entry.name for entry in found.entries] == ["deploy"]
    assert found.notes == (
        f"not read beside the Terraform source: `{tmp_path}/other.json`, which may hold trust"
        " policies; name it, or a folder without Terraform source",
    )


def test_too_many_documents_are_refused_and_trouble_nobody_beside_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust_sources, "_MOST_FILES", 3)
    _tree(tmp_path, {f"{number}.json": json.dumps(POLICY) for number in range(4)})
    with pytest.raises(UserError, match="holds more than 3 files of JSON and YAML"):
        trust_sources.read(str(tmp_path))
    _tree(tmp_path, {"main.tf": ROLE % ("deploy", 'file("${path.module}/0.json")')})
    found = trust_sources.read(str(tmp_path))
    assert [entry.name for entry in found.entries] == ["deploy"]
    assert "`" + str(tmp_path / "1.json") + "` and 1 more" in found.notes[0]


def test_a_broken_policy_in_a_folder_is_named(tmp_path: Path) -> None:
    _tree(tmp_path, {"good.json": json.dumps(POLICY), "bad.json": '{"Statement": [}'})
    with pytest.raises(UserError, match=r"`.*bad\.json`, line 1: not valid JSON"):
        trust_sources.read(str(tmp_path))


def test_a_link_out_of_a_folder_of_documents_is_a_gap(tmp_path: Path) -> None:
    _tree(tmp_path, {"outside.json": json.dumps(POLICY), "in/.git/HEAD": ""})
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "outside.json")
    found = trust_sources.read(str(tmp_path / "in"))
    assert not found.entries
    assert [gap.reason for gap in found.gaps] == [
        f"`{tmp_path}/in/link.json` is a link that leaves the tree: not followed"
    ]


def test_files_and_standard_input_are_read_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "other.json"
    bare.write_text(json.dumps(POLICY))
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps({"Role": role()}).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    found = trust_sources.collect(Wanted(("-", str(bare), str(bare))))
    assert [entry.name for entry in found.entries] == ["deploy", "other"]
    assert [entry.origin for entry in found.entries] == ["standard input", str(bare)]
    assert isinstance(found.roles()[ARN], Role)


ROLE = """resource "aws_iam_role" "r" {
  name               = "%s"
  assume_role_policy = %s
}
"""


def _tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _names(path: Path) -> dict[str, bool]:
    return {
        entry.name: isinstance(entry.found, Role) for entry in trust_sources.read(str(path)).entries
    }


def test_code_may_not_read_outside_of_its_repository(tmp_path: Path) -> None:
    _tree(tmp_path, {"trust.json": json.dumps(POLICY), "repo/.git/HEAD": ""})
    code = ROLE % ("up", 'file("../../trust.json")') + ROLE.replace('"r"', '"q"') % (
        "link",
        'file("linked.json")',
    )
    _tree(tmp_path, {"repo/infra/main.tf": code})
    (tmp_path / "repo/infra/linked.json").symlink_to(tmp_path / "trust.json")
    (tmp_path / "repo/infra/linked.tf").symlink_to(tmp_path / "outside.tf")
    _tree(tmp_path, {"outside.tf": ROLE % ("outside", 'file("x")')})
    assert _names(tmp_path / "repo" / "infra") == {"up": False, "link": False}


def test_a_source_that_cannot_be_read_is_a_gap_or_refused(tmp_path: Path) -> None:
    _tree(tmp_path, {"a.tf": "x" * 4_200_000, "b.tf": ""})
    (gap, *_) = trust_sources.read(str(tmp_path)).gaps
    assert "a.tf` is too large to be read as Terraform" in gap.reason


def test_what_the_code_refers_to_is_fetched_from_the_repository(tmp_path: Path) -> None:
    module = 'variable "file" {}\nvariable "name" {}\n' + ROLE.replace('"%s"', "%s") % (
        "var.name",
        'file("${path.module}/${var.file}")',
    )
    call = (
        'module "%s" {\n  source = "../../modules/role"\n  name = "%s"\n  file = "trust.json"\n}\n'
    )
    _tree(
        tmp_path,
        {
            ".git/HEAD": "",
            "modules/role/main.tf": module,
            "modules/role/trust.json": json.dumps(POLICY),
            "envs/prod/main.tf": call % ("a", "one"),
            "envs/prod/other.tf": call % ("b", "two") + ROLE % ("three", 'file("missing.json")'),
            "envs/prod/.terraform/modules/x/main.tf": ROLE % ("copy", '"{}"'),
        },
    )
    assert _names(tmp_path / "envs/prod") == {"one": True, "two": True, "three": False}
    assert _names(tmp_path / "envs/prod/main.tf") == {"one": True}
    assert _names(tmp_path / "envs/prod/other.tf") == {"two": True, "three": False}
    assert _names(tmp_path / "envs") == {"one": True, "two": True, "three": False}
