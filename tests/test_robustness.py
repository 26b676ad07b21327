"""Hostile files through the whole command: soon, with little memory, and never called clean."""

from __future__ import annotations

import io
import json
import os
import random
import re
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer import cli, files
from oidc_enforcer.reporters import FORMATS
from tools.fuzz import guarded, seeds
from tools.laws import Repository, broken_law
from tools.mutations import mutate

#: Seconds of CPU and bytes of memory for one hostile file, generous to slow machines.
MOST_CPU = 8.0
MOST_MEMORY = 400_000_000

BEYOND = r"too (?:large|deep|many) .*to be judged"
REFUSED = "GitHub refuses"
KEYED = """on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
"""
CLEAN = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n"
RUN = "      - run: "
BLOCK = "      - run: |\n"
STRAY = "            AWS_ACCESS_KEY_ID: ${{ secrets.A }}\n"


class Answer(NamedTuple):
    """What one run of the command ended with; `told` is its JSON."""

    status: int
    told: dict[str, Any]
    complaint: str
    cpu: float

    def rules(self) -> set[str]:
        return {finding["rule"] for finding in self.told["findings"]}

    def doubts(self) -> str:
        """Everything that it says about what it could not read."""
        messages = [f["message"] for f in self.told["findings"] if f["rule"] == "syntax"]
        return "\n".join(messages + [gap["reason"] for gap in self.told["coverage"]])


def check(*arguments: str, format_: str = "json") -> Answer:
    """Runs the command in a child of this process, whose memory is bounded."""

    def work() -> str:
        started = time.process_time()
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            status = cli.main(["check", *arguments, "--format", format_])
        took = time.process_time() - started
        return json.dumps([status, out.getvalue(), err.getvalue(), took])

    said = guarded(work, memory=MOST_MEMORY)
    assert said.startswith("["), said
    status, out, err, took = json.loads(said)
    told = json.loads(out) if format_ == "json" and out else {}
    return Answer(status, told, err, took)


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workflows' folder of an empty repository, in which the command then runs."""
    folder = tmp_path / "repository" / ".github" / "workflows"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repository")
    return folder


# -- hostile texts ---------------------------------------------------------------------------------


class Hostile(NamedTuple):
    """A text, what the command has to say about it, and the rule that must still see the key."""

    make: Callable[[], str | bytes]
    says: str = ""
    finds: str = "static-credentials"


def laughs(indent: str) -> str:
    lines = [f"{indent}x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += (f"{indent}x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 12))
    return "\n".join(lines) + "\n"


def many_jobs(count: int, body: str) -> str:
    jobs = (f"  j{number}: {body.replace('#', str(number))}\n" for number in range(count))
    return "on: push\njobs:\n" + "".join(jobs)


def link(number: int) -> str:
    """A job that hands on what the one before it has given."""
    before = f"${{{{ needs.j{number - 1}.outputs.k }}}}"
    reads = f"outputs: {{k: '{before}'}}, env: {{AWS_ACCESS_KEY_ID: '{before}'}}"
    return f"  j{number}: {{needs: [j{number - 1}], {reads}}}\n"


PAIR = "env: {AWS_ACCESS_KEY_ID: '${{ secrets.A# }}', AWS_SECRET_ACCESS_KEY: '${{ secrets.B# }}'}"

NAMES = ", ".join(f"K{number}" for number in range(10_000))
NOT_UTF8 = "not valid UTF-8"

HOSTILE: dict[str, Hostile] = {
    # size
    "100,000 jobs": Hostile(lambda: many_jobs(100_000, "{}"), BEYOND, ""),
    "100,000 jobs with keys": Hostile(lambda: many_jobs(100_000, f"{{{PAIR}}}"), BEYOND, "syntax"),
    "20,000 steps": Hostile(lambda: KEYED + "      - {run: a, env: {A: b}}\n" * 20_000, REFUSED),
    "a scalar of 1 MB": Hostile(lambda: KEYED + RUN + "a" * 1_000_000),
    "words of 1 MB": Hostile(lambda: KEYED + "name: " + "word " * 190_000),
    "5 MiB": Hostile(lambda: KEYED + "# " + "x" * 5 * 1024 * 1024, BEYOND),
    "5 MiB without AWS": Hostile(lambda: CLEAN + "# " + "x" * 5 * 1024 * 1024, BEYOND, ""),
    "17 MiB": Hostile(lambda: KEYED + "# " + "x" * 17 * 1024 * 1024, BEYOND),
    "2 MiB": Hostile(lambda: KEYED + "# " + "x" * 2 * 1024 * 1024, REFUSED),
    "blanks": Hostile(lambda: KEYED + " " * 900_000, BEYOND),
    "1,500 pairs": Hostile(
        lambda: many_jobs(1500, f"{{runs-on: x, {PAIR}}}"), "more than 1000 findings"
    ),
    # depth
    "10,000 flow lists": Hostile(lambda: KEYED + "x: " + "[" * 10_000 + "]" * 10_000, BEYOND),
    "10,000 flow mappings": Hostile(lambda: KEYED + "x: " + "{a: " * 10_000, BEYOND),
    "10,000 block lists": Hostile(lambda: KEYED + "x:\n  " + "- " * 10_000 + "a\n", BEYOND),
    "1,000 block mappings": Hostile(
        lambda: KEYED + "x:\n" + "".join(" " * (n + 1) + "a:\n" for n in range(1000)), BEYOND
    ),
    "60 levels": Hostile(lambda: KEYED + "x: " + "[" * 60 + "]" * 60, REFUSED),
    "100,000 open brackets": Hostile(lambda: "[" * 100_000, BEYOND, ""),
    "100,000 open brackets behind keys": Hostile(lambda: KEYED + "x: " + "[" * 100_000, BEYOND),
    "100,000 open braces behind keys": Hostile(lambda: KEYED + "x: " + "{" * 100_000, BEYOND),
    # anchors, keys, documents
    "billion laughs": Hostile(lambda: laughs("") + KEYED, BEYOND),
    "billion laughs in env": Hostile(lambda: "env:\n" + laughs("  ") + KEYED, BEYOND),
    "100,000 aliases": Hostile(lambda: KEYED + "x: &a {}\ny:\n" + "  - *a\n" * 100_000, REFUSED),
    "an alias of keys in 5,000 jobs": Hostile(
        lambda: f"{PAIR.replace('env:', 'env: &a')}\n" + many_jobs(5000, "{env: *a}")
    ),
    "aliases of themselves": Hostile(lambda: KEYED + "x: &a [*a, *a]\nenv: &b\n  k: *b\n", REFUSED),
    "50,000 times the same key": Hostile(lambda: KEYED + "env:\n" + "  A: 1\n" * 50_000, "already"),
    "50,000 documents": Hostile(lambda: KEYED + "---\na: 1\n" * 50_000, "second document"),
    "100,000 directives": Hostile(lambda: "%TAG !a! tag:x\n" * 100_000 + "---\n" + KEYED, BEYOND),
    # scripts and expressions
    "backslashes and breaks": Hostile(lambda: f'{KEYED}name: "' + "\\\n" * 490_000 + '"\n'),
    "backslashes and breaks without AWS": Hostile(
        lambda: f'{CLEAN}name: "' + "\\\n" * 490_000 + '"\n', "", ""
    ),
    "32,000 keys in a line": Hostile(
        lambda: KEYED + RUN + "AWS_ACCESS_KEY_ID=${{ secrets.A }} " * 28_000
    ),
    "32,000 assignments in a line": Hostile(
        lambda: KEYED + RUN + "AWS_ACCESS_KEY_ID=$AWS_KEY; " * 32_000
    ),
    "32,000 lines of keys": Hostile(
        lambda: KEYED + BLOCK + "          export AWS_ACCESS_KEY_ID=$AWS_KEY\n" * 22_000
    ),
    "quotes": Hostile(lambda: KEYED + RUN + "'\"'" * 300_000),
    "open substitutions": Hostile(lambda: KEYED + BLOCK + "          " + "$(" * 300_000),
    "backquotes": Hostile(lambda: KEYED + BLOCK + "          " + "`" * 900_000),
    "open here-documents": Hostile(lambda: KEYED + BLOCK + "          cat <<EOF\n" * 45_000),
    "parentheses": Hostile(lambda: KEYED + RUN + "${{ " + "(" * 300_000 + " }}"),
    "negations": Hostile(lambda: KEYED + RUN + "${{ " + "!" * 300_000 + "a }}"),
    "open expressions": Hostile(lambda: KEYED + RUN + "${{ " * 200_000),
    "60,000 expressions": Hostile(lambda: KEYED + RUN + "${{ secrets.A }}" * 60_000),
    "an expression of 70,000 parts": Hostile(
        lambda: KEYED + RUN + "${{ " + "secrets.A || " * 70_000 + "'' }}"
    ),
    "a chain of 8,000 variables": Hostile(
        lambda: (
            KEYED
            + "".join(f'      - run: echo "V{n + 1}=$V{n}" >> $GITHUB_ENV\n' for n in range(8000))
        )
    ),
    "2,000 pairs beside 10,000 regions": Hostile(
        lambda: (
            "env:\n"
            + "".join(f"  REGION_{n}: eu-west-1\n" for n in range(10_000))
            + KEYED
            + "".join(
                f"      - {{run: x, env: {{A{n}_AWS_KEY_ID: '${{{{ secrets.A{n} }}}}'}}}}\n"
                for n in range(2000)
            )
        )
    ),
    "a file copied into the environment 10,000 times": Hostile(
        lambda: (
            KEYED
            + BLOCK
            + "          echo AWS_ACCESS_KEY_ID=$AWS_KEY > f\n"
            + "          cat f >> $GITHUB_ENV\n" * 10_000
        )
    ),
    "a chain of 2,000 jobs": Hostile(lambda: KEYED + "".join(map(link, range(2000)))),
    "a matrix of 10,000 names": Hostile(
        lambda: KEYED.replace("secrets.AWS_ACCESS_KEY_ID", "secrets[matrix.k]").replace(
            "    steps:", f"    strategy: {{matrix: {{k: [{NAMES}]}}}}\n    steps:"
        )
    ),
    # encodings
    "NUL": Hostile(lambda: KEYED + RUN + "a\0b\n", r"U\+0000"),
    "NUL without AWS": Hostile(lambda: CLEAN + RUN + "a\0b\n", r"U\+0000", ""),
    "invalid UTF-8": Hostile(lambda: KEYED.encode() + b"      - run: \xff\xc3\n", NOT_UTF8),
    "invalid UTF-8 without AWS": Hostile(lambda: CLEAN.encode() + b"# \xff\n", NOT_UTF8, ""),
    "surrogates": Hostile(lambda: KEYED.encode() + b"# \xed\xa0\x80\n", NOT_UTF8),
    "UTF-16": Hostile(lambda: KEYED.encode("utf-16")),
    "UTF-16, the other end first": Hostile(lambda: b"\xfe\xff" + KEYED.encode("utf-16-be")),
    "UTF-16 without its mark": Hostile(lambda: KEYED.encode("utf-16-le"), r"U\+0000", "syntax"),
    "UTF-8 with a mark": Hostile(lambda: KEYED.encode("utf-8-sig")),
    "breaks that only YAML knows": Hostile(lambda: KEYED.replace("\n", "\u2028")),
    "carriage returns": Hostile(lambda: KEYED.replace("\n", "\r")),
    "Windows": Hostile(lambda: KEYED.replace("\n", "\r\n")),
    "binary": Hostile(lambda: bytes(range(256)) * 400, r"U\+0000", ""),
    # shapes that are none
    "steps that are a mapping": Hostile(
        lambda: KEYED.replace("      - uses: aws", "      first:\n        uses: aws"),
        "`steps` of job `deploy` must be a list",
    ),
    "a step that is a list": Hostile(
        lambda: CLEAN + f"      - - env:\n{STRAY}", "step 2 of job `a` must be a mapping"
    ),
    "a job that is a list": Hostile(
        lambda: CLEAN + f"  b:\n    - env:\n{STRAY}", "job `b` must be a mapping"
    ),
    # next to nothing
    "empty": Hostile(lambda: "", "", ""),
    "only comments": Hostile(lambda: "# AWS_ACCESS_KEY_ID\n", "must be a mapping", ""),
    "no mapping": Hostile(lambda: "- AWS_ACCESS_KEY_ID\n", "must be a mapping", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_judged_soon_and_never_passes(name: str, workflows: Path) -> None:
    hostile = HOSTILE[name]
    text = hostile.make()
    data = text.encode() if isinstance(text, str) else text
    (workflows / "hostile.yml").write_bytes(data)
    answer = check(".")
    assert not answer.complaint
    assert re.search(hostile.says, answer.doubts()), answer.doubts()[:500]
    if hostile.finds:
        assert hostile.finds in answer.rules()
    if hostile.says or hostile.finds:
        assert answer.status == 1
    assert answer.cpu < MOST_CPU


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_survives_a_flood(format_: str, workflows: Path) -> None:
    (workflows / "flood.yml").write_text(many_jobs(1500, f"{{runs-on: x, {PAIR}}}"))
    (workflows / "broken.yml").write_bytes(KEYED.encode() + b"x: [\xff\0\x1b\n")
    answer = check(".", format_=format_)
    assert answer.status == 1
    assert answer.cpu < MOST_CPU


# -- bad files among good ones ---------------------------------------------------------------------


def test_bad_files_do_not_stop_the_run(workflows: Path) -> None:
    for number, bad in enumerate((b"[" * 5000, b"\xff\xfe\0", b"\0" * 100, b"a: *b", b"\t- x")):
        (workflows / f"{number}.yml").write_bytes(bad)
    (workflows / "good.yml").write_text(KEYED)
    (workflows / "last.yml").write_text(CLEAN)
    answer = check(".")
    assert answer.status == 1
    assert answer.told["summary"]["files"] == 7
    found = {f["file"] for f in answer.told["findings"] if f["rule"] == "syntax"}
    assert found == {f".github/workflows/{number}.yml" for number in range(5)}
    assert "static-credentials" in answer.rules()


@pytest.fixture
def repository(workflows: Path) -> Path:
    """A repository with one file that has a finding."""
    (workflows / "good.yml").write_text(KEYED)
    return workflows.parents[1]


def gaps(answer: Answer) -> dict[str, str]:
    """What was not looked at, and why; the finding of the good file is there all the same."""
    assert "static-credentials" in answer.rules(), answer.complaint
    return {gap["what"]: gap["reason"] for gap in answer.told["coverage"]}


def test_a_file_that_vanishes_is_a_gap(
    repository: Path, workflows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workflows / "gone.yml").write_text(CLEAN)
    find = files.find

    def find_and_remove(path: str) -> files.Tree:
        tree = find(path)
        (workflows / "gone.yml").unlink()
        return tree

    monkeypatch.setattr(files, "find", find_and_remove)
    assert ".github/workflows/gone.yml" in gaps(check("."))


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_link_out_of_the_tree_is_refused(repository: Path, workflows: Path) -> None:
    outside = repository.parent / "outside.yml"
    outside.write_text(KEYED)
    (workflows / "out.yml").symlink_to(outside)
    (workflows / "nowhere.yml").symlink_to("nothing.yml")
    (workflows / "loop.yml").symlink_to("loop.yml")
    (workflows / "inside.yml").symlink_to("good.yml")
    answer = check(".")
    found = gaps(answer)
    assert "leaves the tree" in found[".github/workflows/out.yml"]
    assert ".github/workflows/nowhere.yml" in found
    assert ".github/workflows/loop.yml" in found
    assert not any("outside" in finding["file"] for finding in answer.told["findings"])
    assert answer.told["summary"]["errors"] == 2


def test_a_linked_folder_out_of_the_tree_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.yml").write_text(KEYED)
    (tmp_path / "repository" / ".github").mkdir(parents=True)
    (tmp_path / "repository" / ".github" / "workflows").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "repository")
    answer = check(".")
    assert not answer.told["findings"]
    assert answer.told["coverage"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_a_pipe_is_not_waited_for(repository: Path, workflows: Path) -> None:
    os.mkfifo(workflows / "pipe.yml")
    os.mkfifo(repository / "action.yml")
    gaps(check("."))


def test_folders_named_like_files(repository: Path, workflows: Path) -> None:
    (workflows / "folder.yml").mkdir()
    (repository / "sub" / "action.yml").mkdir(parents=True)
    assert gaps(check(".")) == {}


def test_the_folder_of_workflows_is_a_file(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "workflows").write_text(KEYED)
    answer = check(str(tmp_path))
    assert answer.status == 0
    assert answer.told["summary"]["files"] == 0


@pytest.mark.parametrize(
    "name",
    [b"bad\xff.yml", b"new\nline.yml", b"\x1b[31mred.yml", b"%0A::error::.yml", b"-.yml"],
    ids=["bytes", "line", "colour", "command", "dash"],
)
@pytest.mark.parametrize("format_", FORMATS)
def test_names_are_hostile_too(name: bytes, format_: str, workflows: Path) -> None:
    (Path(os.fsdecode(os.fsencode(workflows) + b"/" + name))).write_text(KEYED)
    answer = check(".", format_=format_)
    assert answer.status == 1
    assert "Traceback" not in answer.complaint


# -- laws ------------------------------------------------------------------------------------------


@cache
def texts() -> tuple[bytes, ...]:
    return seeds()


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("spoilt"))


@settings(max_examples=250)
@given(number=st.integers(0, 2**40))
def test_no_law_is_broken_by_chance(spoilt: Repository, number: int) -> None:
    data = mutate(random.Random(number), texts())
    assert broken_law(data, spoilt) == ""
