"""Gathering in one process, in two, and when the second one dies: the same report."""

from __future__ import annotations

import marshal
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer import check, forking, gather
from oidc_enforcer.cli import delivery
from oidc_enforcer.facts import Facts
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.gather import Options, check_paths, selection
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.reporters.json import render as render_json
from oidc_enforcer.spool import Spool
from oidc_enforcer.workflow import triage
from oidc_enforcer.workflow.reading import Reading

KEYED = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      AWS_ACCESS_KEY_ID: ${{ secrets.A }}
      AWS_SECRET_ACCESS_KEY: ${{ secrets.B }}
    steps:
      - run: aws s3 ls
"""


@pytest.fixture
def large(tmp_path: Path) -> str:
    """A repository with more related files than one process is worth."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number in range(320):
        (folder / f"{number:03}.yml").write_text(f"{KEYED}# {number}\n")
    return str(tmp_path)


def told(report: Report) -> list[object]:
    return [*report.files, report.summary]


def test_two_processes_say_what_one_says(large: str) -> None:
    one = check_paths([large], Options(processes=1))
    two = check_paths([large], Options(processes=2))
    assert isinstance(one.files, Spool)
    assert told(one) == told(two)
    assert one.summary.errors == 320
    assert one.summary == summarise(two.files, files=320)
    assert [f.file for f in two.files] == sorted(f.file for f in two.files)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_nothing_is_lost_when_the_second_process_dies(
    large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = os.getpid()
    judge = check.judge

    def judge_here(subject: Reading, facts: Facts, *, excerpts: bool) -> FileReport:
        if os.getpid() != parent:
            os._exit(9)
        return judge(subject, facts, excerpts=excerpts)

    monkeypatch.setattr(check, "judge", judge_here)
    assert told(check_paths([large])) == told(check_paths([large], Options(processes=1)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_nothing_is_lost_when_it_dies_while_it_looks_for_words(
    large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = os.getpid()

    def is_related_here(data: bytes) -> bool:
        if os.getpid() != parent:
            os._exit(9)
        return triage.is_related(data)

    one = check_paths([large], Options(processes=1))
    monkeypatch.setattr(selection, "WORTH_A_PROCESS", 10)
    monkeypatch.setattr(selection, "is_related", is_related_here)
    assert told(check_paths([large])) == told(one)


def test_json_is_the_same_whoever_writes_it(large: str) -> None:
    plain = "".join(render_json(check_paths([large]), why=delivery.reason))
    report = check_paths([large], Options(digest=delivery.digested))
    assert any(file.digest for file in report.files)
    assert "".join(render_json(report, why=delivery.reason)) == plain


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_number_of_a_queue_is_for_one_process() -> None:
    numbers = range(2000)
    queue = forking.Queue(len(numbers))
    wait = forking.start(lambda: marshal.dumps(list(queue)))
    ours = list(queue)
    queue.close()
    theirs = marshal.loads(wait() or b"")
    assert ours == sorted(ours)
    assert sorted(ours + theirs) == list(numbers)


@given(st.integers(0, 5000), st.integers(1, 200))
def test_chunks_hold_everything_in_order(count: int, least: int) -> None:
    chunks = forking.chunks(range(count), least)
    assert [item for chunk in chunks for item in chunk] == list(range(count))
    assert all(len(chunk) >= least for chunk in chunks[:-1])
    forking.Queue(len(chunks)).close()


def test_a_report_can_be_gone_through_twice_and_cut(large: str) -> None:
    files = check_paths([large]).files
    assert list(files) == list(files)
    assert len(files) == 320
    assert [f.file for f in files[318:]] == [files[318].file, files[319].file]
    with pytest.raises(IndexError):
        files[320]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_files_of_any_size_are_reported_in_the_order_of_the_tree(large: str) -> None:
    folder = Path(large, ".github", "workflows")
    for number, path in enumerate(sorted(folder.iterdir())):
        path.write_text(path.read_text("utf-8") + "#" * (number * 37 % 101), encoding="utf-8")
    names = [file.file for file in check_paths([large]).files]
    assert names == sorted(names)
    assert told(check_paths([large])) == told(check_paths([large], Options(processes=1)))


def test_two_paths_are_one_report(large: str, tmp_path: Path) -> None:
    other = tmp_path / "other.yml"
    other.write_text(KEYED)
    report = check_paths([large, str(other)])
    assert report.summary.files == 321
    assert len(report.files) == 321
    assert list(report.files)[-1].file == str(other)


def test_triage_in_two_processes_says_what_one_says(
    large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(large) / ".github" / "workflows"
    for number in range(40):
        plain = "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n"
        (folder / f"plain-{number}.yml").write_text(plain)
    one = check_paths([large], Options(processes=1))
    monkeypatch.setattr(selection, "WORTH_A_PROCESS", 10)
    two = check_paths([large])
    assert told(one) == told(two)
    assert two.summary.unrelated_files == 40


def test_an_action_among_the_dependencies_hides_no_keys(tmp_path: Path) -> None:
    """Neither the workflow nor a folder that is searched has a word of AWS."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "vendor" / "copy").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./vendor/copy\n"
        "        with: { id: '${{ secrets.ONE }}', key: '${{ secrets.OTHER }}' }\n"
    )
    (tmp_path / "vendor" / "copy" / "action.yml").write_text(
        "name: s3\ndescription: x\ninputs: { id: {}, key: {} }\nruns:\n  using: composite\n"
        "  steps:\n    - shell: bash\n      run: aws s3 ls\n      env:\n"
        "        AWS_ACCESS_KEY_ID: ${{ inputs.id }}\n"
        "        AWS_SECRET_ACCESS_KEY: ${{ inputs.key }}\n"
    )
    report = gather.check_paths([str(tmp_path)])
    assert (report.summary.static_jobs, report.summary.unrelated_files) == (1, 0)


@pytest.mark.parametrize(
    "job",
    [
        "  a: {uses: acme/shared/.github/workflows/x.yml@v1}\n",
        "  a:\n    uses: &there acme/shared/.github/workflows/x.yml@v1\n",
        "  a:\n    uses: >-\n      acme/shared/.github/workflows/x.yml@v1\n",
        "  a:\n    'uses' : 'acme/shared/.github/workflows/x.yml@v1'\n",
    ],
)
def test_a_call_elsewhere_is_a_gap_however_it_is_written(tmp_path: Path, job: str) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(f"on: push\njobs:\n{job}", "utf-8")
    (folder / "no.yml").write_text(
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
        "      - run: 'echo uses: acme/shared/.github/workflows/y.yml@v1'\n",
        "utf-8",
    )
    report = gather.check_paths([str(tmp_path)])
    gaps = [gap.what for file in report.files for gap in file.coverage]
    assert gaps == ["acme/shared/.github/workflows/x.yml@v1"]


def test_fixes_are_left_out_of_large_trees_and_this_is_said(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"{number}.yml").write_text(KEYED, "utf-8")
    enough = Options(fixes=Choices(), most_fixed=3)
    report = check_paths([str(tmp_path)], enough)
    assert all(one.fix for file in report.files for one in file.findings)
    assert "fixes" not in report.context
    report = check_paths([str(tmp_path)], enough._replace(most_fixed=2))
    assert report.summary.errors == 3
    assert not any(one.fix for file in report.files for one in file.findings)
    assert report.context["fixes"] == "left out, as more than 2 files matter"
