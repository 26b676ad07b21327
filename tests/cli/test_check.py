"""`oidc-enforcer check`: what goes where, and with which exit code the program ends."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.cli import check_command, delivery
from oidc_enforcer.errors import UserError
from oidc_enforcer.report import FileReport, Gap, Report, Summary, summarise
from tests.reporters.example import FAKE_ID, FAKE_SECRET

SOURCE = Path(cli.__file__).parents[2]
WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  copy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
  deploy:
    runs-on: ubuntu-latest
    permissions: {id-token: write, contents: read}
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: arn:aws:iam::123456789012:role/deploy
          aws-region: eu-west-1
"""
ELSEWHERE = "  more:\n    uses: acme/shared/.github/workflows/deploy.yml@v1\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a workflow of two jobs: one with stored keys, one by OIDC."""
    workflow = tmp_path / ".github" / "workflows" / "deploy.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fail_with(monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> None:
    def judge(*given: object) -> Report:
        raise problem

    monkeypatch.setattr(check_command, "check_paths", judge)


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
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check"]) == cli.FINDINGS
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(".github/workflows/deploy.yml:8:11: error[static-credentials]")
    assert said.out.endswith(
        "1 error\n1 file, 2 jobs use AWS, 1 by OIDC, 1 by stored keys: adoption 50 %\n"
        "not looked at: the trust policies of the roles:"
        " --policy FILE and --repo OWNER/NAME have them judged\n"
    )


def test_paths_and_options_may_be_mixed(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.yml", "b.yml"):
        (repository / name).write_text(WORKFLOW, "utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WORKFLOW.encode())))
    typed = ["a.yml", "--fail-on", "never", "b.yml", "-q", "-", "--color=never"]
    assert cli.main(["check", *typed]) == cli.CLEAN
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["a.yml", "b.yml", "stdin.yml"]


def test_strict_says_why_it_failed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "-q"]) == cli.FINDINGS
    (repository / ".github" / "workflows" / "deploy.yml").write_text(WORKFLOW + ELSEWHERE, "utf-8")
    assert cli.main(["check", "--strict", "-q"]) == cli.UNVERIFIED
    err = capsys.readouterr().err
    assert "--strict" in err
    assert err.startswith(".github/workflows/deploy.yml: note: not looked at: `acme/")


def test_what_is_neither_by_oidc_nor_by_keys_is_counted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that the figures add up to the share."""
    text = "on: push\njobs:\n  a:\n    runs-on: [self-hosted]\n    steps:\n      - run: aws s3 ls\n"
    (repository / "own.yml").write_text(text, "utf-8")
    assert cli.main(["check", ".", "own.yml"]) == cli.FINDINGS
    out = capsys.readouterr().out
    assert "3 jobs use AWS, 1 by OIDC, 1 otherwise without stored keys, 1 by stored keys:" in out
    assert "adoption 66 %" in out


def test_quiet_names_some_doubts_and_counts_the_others(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(23):
        path = repository / ".github" / "workflows" / f"w{number}.yml"
        path.write_text(WORKFLOW + ELSEWHERE, "utf-8")
    assert cli.main(["check", "--strict", "-q"]) == cli.UNVERIFIED
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 22
    assert lines[20].startswith("and ")
    assert lines[20].endswith(" more: --verbose names all")


def test_each_format_goes_to_its_place(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", f"--format=json={tmp_path / 'a.json'}"]) == cli.FINDINGS
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("path", ["missing/folder/a.json", "."])
def test_a_file_that_cannot_be_written_is_told_before_the_work(
    repository: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    assert cli.main(["check", "no-such-folder", f"--format=json={path}"]) == cli.USAGE
    assert f"cannot write `{path}`" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_the_users_to_change(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--format=json=/dev/full"]) == cli.USAGE
    assert "cannot write `/dev/full`: no space left on device" in capsys.readouterr().err


def test_what_the_user_must_change_is_said_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, UserError("no \x1b[1m`x`", "name another"))
    assert cli.main(["check", "x"]) == cli.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "oidc-enforcer: error: no \\x1b[1m`x`\nhint: name another\n"


def test_a_bug_of_ours_is_told_as_one_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, KeyError(f"{FAKE_ID} {FAKE_SECRET} ##[add-mask]"))
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
    fail_with(monkeypatch, KeyboardInterrupt())
    assert cli.main(["check"]) == cli.INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_pipe_that_closes_early_is_quiet_in_a_real_process(repository: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "oidc_enforcer", "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(SOURCE)},
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == cli.FINDINGS


def test_a_console_that_knows_no_unicode_is_no_reason_to_fail(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oidc_enforcer", "check", "--format", "markdown"],
        capture_output=True,
        env={"PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "ascii"},
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
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["check", "--color", "always"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    cli.main(["check"])
    assert "\x1b[1;31m" in capsys.readouterr().out
    cli.main(["check", "--format", "json"])
    assert "\x1b" not in capsys.readouterr().out


def test_quiet_says_nothing_when_all_is_well(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    oidc = WORKFLOW.partition("  copy:\n")[0] + "  deploy:\n" + WORKFLOW.partition("  deploy:\n")[2]
    (repository / ".github" / "workflows" / "deploy.yml").write_text(oidc, "utf-8")
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
