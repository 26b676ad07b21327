"""The house stands as drawn: floors, purity, locks, and the tables that tell of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "oidc_enforcer"
LINT_IMPORTS = Path(sysconfig.get_path("scripts")) / "lint-imports"
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NPM = json.loads((ROOT / "tests" / "fakegithub" / "package.json").read_text("utf-8"))
LAYERS: list[str] = [
    layer.strip("()") for layer in PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
]

FLOORS = "a module imports only from floors below"
PURITY = "only doors, world and edges touch the world"
YAML = "only yaml_tree speaks to the YAML library"


class Verdict(NamedTuple):
    """What `lint-imports` said of a tree, and which contracts it found broken."""

    text: str
    broken: list[str]


def lint_imports(tree: Path) -> Verdict:
    done = subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    assert (done.returncode == 0) is ("0 broken" in text), text
    return Verdict(text, re.findall(r"^(.+) BROKEN", text, re.MULTILINE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the house in which a wall may be broken."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "src" / "oidc_enforcer")
    return tmp_path


def test_the_contracts_hold() -> None:
    verdict = lint_imports(ROOT)
    assert verdict.broken == [], verdict.text
    assert "3 kept, 0 broken" in verdict.text


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("finding", "from oidc_enforcer import reporters", FLOORS),
        ("source", "def late() -> None: import oidc_enforcer.finding", FLOORS),
        ("errors", "from oidc_enforcer.source import Span", FLOORS),
        ("novelty", "", FLOORS),
        ("source", "import os.path", PURITY),
        ("finding", "from urllib.parse import quote", PURITY),
        ("finding", "def late() -> None: import subprocess", PURITY),
        ("source", "import ruamel.yaml", YAML),
        ("report", "from _ruamel_yaml import CParser", YAML),
    ],
)
def test_a_broken_wall_is_seen(copy: Path, module: str, line: str, broken: str) -> None:
    package = copy / "src" / "oidc_enforcer"
    (package / "reporters").mkdir(exist_ok=True)
    (package / "reporters" / "__init__.py").touch()
    with (package / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert broken in lint_imports(copy).broken


def modules() -> set[str]:
    """Names of the package's own modules and sub-packages."""
    return {
        path.stem
        for path in PACKAGE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__"}


def section(heading: str) -> list[str]:
    """Lines of one section of the architecture page."""
    lines = iter((ROOT / "docs" / "architecture.md").read_text("utf-8").splitlines())
    if f"## {heading}" not in lines:
        pytest.fail(f"docs/architecture.md has no section `{heading}`")
    return list(takewhile(lambda line: not line.startswith("## "), lines))


def first_cells(lines: Iterable[str]) -> Iterator[str]:
    """The code words in the first column of the tables in these lines."""
    for line in lines:
        yield from re.findall(r"`([^`]+)`", line.split("|")[1]) if line.startswith("|") else ()


def test_the_floors_are_drawn_as_they_are() -> None:
    drawn = list(first_cells(section("Floors")))
    assert set(drawn) == modules()
    assert drawn == [layer for layer in LAYERS if layer in drawn]


def test_every_module_has_its_line() -> None:
    found = {
        path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")
        for path in PACKAGE.rglob("*.py")
    } - {"__init__"}
    pages = (ROOT / "docs" / "rules").glob("*.md")
    rules = {f"rules/{page.stem.replace('-', '_')}" for page in pages}
    page = (ROOT / "docs" / "modules.md").read_text("utf-8").splitlines()
    named = [name.replace(".", "/") for name in first_cells(page)]
    assert len(named) == len(set(named))
    assert set(named) == found - rules


def requirement_names(requirements: Iterable[object]) -> set[str]:
    """Names out of requirement strings; an included group is named where it is defined."""
    return {
        re.split(r"[^\w.-]", requirement)[0]
        for requirement in requirements
        if isinstance(requirement, str)
    }


def test_every_dependency_is_justified() -> None:
    groups = PYPROJECT["dependency-groups"].values()
    named = requirement_names(PYPROJECT["project"]["dependencies"]).union(
        *map(requirement_names, groups)
    )
    assert set(first_cells(section("Dependencies"))) == named.union(NPM["dependencies"])


def test_the_npm_lock_pins_by_hash_and_leaves_the_registry_open() -> None:
    text = (ROOT / "tests" / "fakegithub" / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    assert all(re.fullmatch(r"[\d.]+", version) for version in NPM["dependencies"].values())
    packages = [one for name, one in json.loads(text)["packages"].items() if name]
    assert len(packages) >= len(NPM["dependencies"])
    assert all("integrity" in one and "resolved" not in one for one in packages)


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.stem
)
def test_a_lock_pins_by_hash_and_leaves_the_index_open(lock: Path) -> None:
    text = re.sub(r"\\\n", "", lock.read_text("utf-8"))
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert pins
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+$", pin), pin
    assert "://" not in text


@pytest.mark.parametrize("lock", ["runtime", "dev", "bench"])
def test_the_locks_hold_what_the_program_asks_for(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    for requirement in PYPROJECT["project"]["dependencies"]:
        name, version = requirement.split("==")
        assert f"\n{name.lower().replace('.', '-')}=={version} " in text


def test_the_written_pages_are_what_the_code_says() -> None:
    command = [sys.executable, "tools/docs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_a_page_names_only_targets_that_exist(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9]+):", makefile, re.MULTILINE))
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"(?:^|`|\$ )make ([a-z0-9]+)", text, re.MULTILINE))
    assert named
    assert named <= targets
