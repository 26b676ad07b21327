"""`oidc-enforcer check`: what goes where, and with which exit code the program ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.cli import check_command, delivery
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.cli.configuration import Settled
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import FileReport, Gap, Report, Summary, summarise
from tests.reporters.example import FAKE_ID, FAKE_SECRET, clean, example

Judge = Callable[[Arguments, Settled, str, object], Report]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[Arguments]:
    """The example is what every run finds; the list holds what was asked for."""
    asked: list[Arguments] = []

    def judge(arguments: Arguments, settled: Settled, now: str, github: object) -> Report:
        asked.append(arguments)
        return example()

    monkeypatch.setattr(check_command, "check_paths", judge)
    return asked


def judge_by(monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:
    monkeypatch.setattr(check_command, "check_paths", judge)


def failing(problem: BaseException) -> Judge:
    def judge(arguments: Arguments, settled: Settled, now: str, github: object) -> Report:
        raise problem

    return judge


def summary_of(errors: int, warnings: int, notes: int, skipped: int) -> Report:
    return Report((), Summary(1, 0, errors, warnings, notes, skipped, 0, 0, 0, 0, None))


@pytest.mark.parametrize(
    ("counts", "fail_on", "strict", "status"),
    [
        ((0, 0, 0, 0), "note", True, cli.CLEAN),
        ((1, 0, 0, 0), "error", False, cli.FINDINGS),
        ((0, 9, 9, 0), "error", False, cli.CLEAN),
        ((0, 1, 0, 0), "warning", False, cli.FINDINGS),
        ((1, 0, 0, 0), "warning", False, cli.FINDINGS),
        ((0, 0, 9, 0), "warning", False, cli.CLEAN),
        ((0, 0, 1, 0), "note", False, cli.FINDINGS),
        ((9, 9, 9, 0), "never", False, cli.CLEAN),
        ((0, 0, 0, 1), "error", False, cli.CLEAN),
        ((0, 0, 0, 1), "error", True, cli.UNVERIFIED),
        ((1, 0, 0, 1), "error", True, cli.UNVERIFIED),
        ((9, 9, 9, 1), "never", True, cli.UNVERIFIED),
    ],
)
def test_the_verdict(
    counts: tuple[int, int, int, int], fail_on: str, *, strict: bool, status: int
) -> None:
    assert delivery.verdict(summary_of(*counts), fail_on=fail_on, strict=strict) == status


def test_what_was_not_looked_at_is_not_verified_either() -> None:
    files = (FileReport("a.yml", coverage=(Gap("b.yml", "not fetched"),)),)
    report = Report(files, summarise(files))
    assert delivery.verdict(report, fail_on="error", strict=False) == cli.CLEAN
    assert delivery.verdict(report, fail_on="error", strict=True) == cli.UNVERIFIED


def test_by_default_this_folder_is_judged_and_said_as_text(
    judged: list[Arguments], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check"]) == cli.FINDINGS
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(".github/workflows/deploy.yml:13:11: error[static-credentials]")
    assert said.out.endswith("adoption 50 %\n")
    assert judged[0].given == ()


def test_paths_and_options_may_be_mixed(judged: list[Arguments]) -> None:
    assert cli.main(["check", "a", "--fail-on", "never", "b", "-q", "-", "--color=never"]) == 0
    assert judged[0].given == ("a", "b", "-")


def test_strict_says_why_it_failed(
    judged: list[Arguments], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--strict", "-q"]) == cli.UNVERIFIED
    assert "--strict" in capsys.readouterr().err


def test_each_format_goes_to_its_place(
    judged: list[Arguments], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [
        f"--format={name}={tmp_path / name}" for name in ("json", "sarif", "markdown", "text")
    ]
    assert cli.main(["check", *options, "--format", "github"]) == cli.FINDINGS
    assert capsys.readouterr().out.startswith("::error file=")
    assert json.loads((tmp_path / "json").read_text("utf-8"))["version"] == 1
    assert json.loads((tmp_path / "sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert (tmp_path / "markdown").read_text("utf-8").startswith("## ")
    assert "\x1b" not in (tmp_path / "text").read_text("utf-8")


def test_files_only_means_silence(
    judged: list[Arguments], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", f"--format=json={tmp_path / 'a.json'}"]) == cli.FINDINGS
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("path", ["missing/folder/a.json", "."])
def test_a_file_that_cannot_be_written_is_told_before_the_work(
    judged: list[Arguments],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", f"--format=json={path}"]) == cli.USAGE
    assert f"cannot write `{path}`" in capsys.readouterr().err
    assert judged == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_the_users_to_change(
    judged: list[Arguments], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--format=json=/dev/full"]) == cli.USAGE
    assert "cannot write `/dev/full`: no space left on device" in capsys.readouterr().err


def test_what_the_user_must_change_is_said_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_by(monkeypatch, failing(UserError("no \x1b[1m`x`", "name another")))
    assert cli.main(["check", "x"]) == cli.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "oidc-enforcer: error: no \\x1b[1m`x`\nhint: name another\n"


def test_a_bug_of_ours_is_told_as_one_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_by(monkeypatch, failing(KeyError(f"{FAKE_ID} {FAKE_SECRET} ##[add-mask]")))
    assert cli.main(["check"]) == cli.BUG
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "KeyError" in said
    assert "this is our bug" in said
    assert "/issues" in said
    assert FAKE_ID not in said
    assert FAKE_SECRET not in said
    assert "##[" not in said


def test_an_interrupt_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_by(monkeypatch, failing(KeyboardInterrupt()))
    assert cli.main(["check"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_pipe_that_closes_early_is_quiet_in_a_real_process() -> None:
    code = (
        "import sys; from oidc_enforcer import cli; from tests.reporters.example import example;"
        "from oidc_enforcer.cli import check_command;"
        "check_command.check_paths = lambda *given: example();"
        "sys.exit(cli.main(['check']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": "src:."},
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == cli.FINDINGS


def test_a_console_that_knows_no_unicode_is_no_reason_to_fail() -> None:
    code = (
        "import sys; from oidc_enforcer import cli; from tests.reporters.example import example;"
        "from oidc_enforcer.cli import check_command;"
        "check_command.check_paths = lambda *given: example();"
        "sys.exit(cli.main(['check', '--format', 'markdown']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONPATH": "src:.", "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == cli.FINDINGS, done.stderr
    assert rb"\u2588" in done.stdout


@pytest.mark.parametrize(
    ("choice", "environment", "is_terminal", "wanted"),
    [
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_who_wants_them(
    choice: str, environment: dict[str, str], *, is_terminal: bool, wanted: bool
) -> None:
    assert delivery.wants_color(choice, environment, is_terminal=is_terminal) is wanted


def test_colour_may_be_asked_for(
    judged: list[Arguments], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["check", "--color", "always"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    cli.main(["check"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    cli.main(["check", "--format", "json"])
    assert "\x1b" not in capsys.readouterr().out


def test_quiet_says_nothing_when_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_by(monkeypatch, lambda *given: clean())
    assert cli.main(["check", "--quiet"]) == cli.CLEAN
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_little_is_imported_to_start() -> None:
    """Ten milliseconds each: a run over one file takes twenty."""
    code = (
        "import sys; import oidc_enforcer.cli; first = set(sys.modules);"
        "from oidc_enforcer.cli.parser import parse; parse(['check', 'x', '--format', 'sarif=y']);"
        "print(*first); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": "src"},
        check=True,
    )
    first, then = (set(line.split()) for line in done.stdout.splitlines())
    assert not first & {"argparse", "json", "ruamel", "_ruamel_yaml", "traceback"}
    assert not then & {"json", "difflib", "ruamel", "_ruamel_yaml", "dataclasses", "inspect"}
    assert not any(name.startswith("oidc_enforcer.rules") for name in then)
