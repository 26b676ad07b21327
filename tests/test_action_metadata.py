"""`action.yml`, its page and the code say the same; the image is started as GitHub needs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from oidc_enforcer import __version__, action, yaml_tree
from oidc_enforcer.action_inputs import INPUTS, OUTPUTS
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.errors import UserError
from oidc_enforcer.source import SourceFile
from oidc_enforcer.yaml_tree import Mapping, Node, Scalar

ROOT = Path(__file__).parent.parent


def metadata() -> Mapping:
    path = ROOT / "action.yml"
    tree = yaml_tree.parse(SourceFile(path.name, path.read_text("utf-8")))
    assert not tree.problems
    assert isinstance(tree.root, Mapping)
    return tree.root


def mapping(node: Node | None) -> dict[str, Node]:
    assert isinstance(node, Mapping)
    return {entry.key.text: entry.value for entry in node.entries}


def text(node: Node | None) -> str:
    assert isinstance(node, Scalar)
    return node.text


def declared(section: str) -> dict[str, dict[str, str]]:
    return {
        name: {key: text(value) for key, value in mapping(node).items()}
        for name, node in mapping(metadata().get(section)).items()
    }


def test_inputs_are_declared_as_the_code_knows_them() -> None:
    assert declared("inputs") == {
        one.name: {"description": one.description}
        | ({"default": one.default} if one.default else {})
        for one in INPUTS
    }


def test_outputs_are_declared_as_the_code_knows_them() -> None:
    assert declared("outputs") == {one.name: {"description": one.description} for one in OUTPUTS}


def test_the_page_lists_them_all_and_no_others() -> None:
    page = (ROOT / "docs" / "action.md").read_text("utf-8")
    for heading, names in (("Inputs", INPUTS), ("Outputs", OUTPUTS)):
        section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `([^`]+)`", section, re.M) == [one.name for one in names]


def test_no_input_takes_an_access_key() -> None:
    assert not [one.name for one in INPUTS if re.search(r"key|secret", one.name)]


def test_defaults_are_among_the_values() -> None:
    for one in INPUTS:
        assert not one.values or one.default in (*one.values, "")
    assert {one.variable for one in INPUTS} >= {"INPUT_FAIL-ON", "INPUT_MAX-COMMENTS"}


def test_the_marketplace_accepts_the_metadata() -> None:
    root = metadata()
    assert text(root.get("name"))
    assert 0 < len(text(root.get("description"))) < 125
    branding = mapping(root.get("branding"))
    assert text(branding["icon"]) in ("shield", "lock")
    colours = "white black yellow blue green orange red purple gray-dark".split()
    assert text(branding["color"]) in colours


def test_the_container_is_started_without_a_shell_and_imports_nothing_of_the_checkout() -> None:
    runs = mapping(metadata().get("runs"))
    assert text(runs["using"]) == "docker"
    lines = (ROOT / text(runs["image"])).read_text("utf-8").splitlines()
    (entry,) = [line for line in lines if line.startswith("ENTRYPOINT")]
    program, *arguments = json.loads(entry.removeprefix("ENTRYPOINT "))
    assert program.startswith("/")
    assert arguments == ["-I", "-m", "oidc_enforcer", "action"]
    assert not [line for line in lines if line.startswith(("USER", "WORKDIR", "CMD"))]


def test_the_page_shows_the_examples_as_they_are() -> None:
    page = (ROOT / "docs" / "action.md").read_text("utf-8")
    for example in (ROOT / "examples" / "action").glob("*.yml"):
        assert f"```yaml\n{example.read_text('utf-8')}```\n" in page


def test_the_workflow_to_copy_has_ten_lines() -> None:
    example = ROOT / "examples" / "action" / "pull-request.yml"
    assert len(example.read_text("utf-8").splitlines()) == 10


def test_the_step_speaks_before_it_asks_anybody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/app\n::error::x")
    monkeypatch.setenv("INPUT_SCOPE", "nothing")
    with pytest.raises(UserError):
        action.run(Arguments(action.COMMAND, (), {}))
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == f"oidc-enforcer {__version__} judges acme/app\\x0a::error::x"
    assert rest
    assert all(row.startswith("::error title=oidc-enforcer::input `scope`") for row in rest)
