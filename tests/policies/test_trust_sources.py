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
    with pytest.raises(UserError, match="there is no Terraform source in"):
        trust_sources.read(str(tmp_path))


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
