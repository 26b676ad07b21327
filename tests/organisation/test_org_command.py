"""`org`: every repository judged, in few calls, resumably; nothing that was not read passes."""

from __future__ import annotations

import json
import re
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from oidc_enforcer import cli
from oidc_enforcer.github import organisations
from oidc_enforcer.organisation.store import Kept, Store
from oidc_enforcer.report import Gap
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets
from tests.action.test_hiding import CALLED, COMPOSITE
from tests.action.workshop import HARMLESS, KEYS, ROLE
from tests.fakegithub import Environment, FakeGitHub, Fault

DEPLOY = ".github/workflows/deploy.yml"
OLD = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-02T00:00:00Z"}
CALL = "on: push\njobs:\n  a:\n    uses: acme/shared/.github/workflows/deploy.yml@v2\n"


@pytest.fixture
def acme(github_here: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGitHub:
    state = github_here.state
    state.push("acme/keys", {DEPLOY: KEYS})
    state.push("acme/role", {DEPLOY: ROLE})
    state.push("acme/plain", {DEPLOY: HARMLESS, "README.md": "x"})
    state.token("t")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.chdir(tmp_path)
    return github_here


def org(*more: str) -> int:
    return cli.main(["org", "acme", *more])


def as_json(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    capsys.readouterr()
    org("--format", "json", *more)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def errors(found: dict[str, Any]) -> list[str]:
    return [one["file"] for one in found["findings"] if one["severity"] == "error"]


# -- what must not pass ----------------------------------------------------------------------------


def test_nothing_is_done_without_a_token_or_an_organisation(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["org", "nobody"]) == 2
    assert "does not list the repositories of nobody" in capsys.readouterr().err
    assert cli.main(["org"]) == 2
    assert cli.main(["org", "a/b"]) == 2
    assert org("--shard", "3/2") == 2
    assert org("--max-calls", "many") == 2
    monkeypatch.delenv("GITHUB_TOKEN")
    assert org() == 2


@pytest.mark.parametrize("status", [403, 502])
def test_a_list_that_cannot_be_had_is_no_empty_one(
    acme: FakeGitHub, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"message": "You have exceeded a secondary rate limit."}
    acme.faults.append(Fault("POST", "/graphql", status=status, body=body, times=99))
    assert org() == 3
    assert capsys.readouterr().out == ""


def test_a_repository_that_is_not_shown_is_named(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others of its batch are read all the same, in halves."""
    here = acme.state.repositories["acme/plain"]
    fault = Fault("POST", "/graphql", contains=f"R_{here.id}", status=200, times=99)
    fault.body = {"data": {"nodes": [None]}, "errors": [{"message": "SAML enforcement"}]}
    acme.faults.append(fault)
    found = as_json(capsys)
    assert [one["what"] for one in found["coverage"]] == ["acme/plain"]
    assert "SAML enforcement" in found["coverage"][0]["reason"]
    assert errors(found) == [f"acme/keys/{DEPLOY}"]
    assert org("--strict") == 3


def test_files_that_the_token_may_not_read_are_not_missing_ones(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub answers with the repositories, null for their files, and says why beside it."""
    acme.state.token("t", permissions={"metadata": "read"})
    found = as_json(capsys)
    assert {one["what"] for one in found["coverage"]} == {"acme/keys", "acme/plain", "acme/role"}
    assert "Resource not accessible" in found["coverage"][0]["reason"]
    assert org() == 3


def test_one_that_always_takes_too_long_stops_nobody(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the run would never come to its end, however often it goes on."""
    here = acme.state.repositories["acme/plain"]
    acme.faults.append(Fault("POST", "/graphql", contains=f"R_{here.id}", status=502, times=99))
    found = as_json(capsys)
    assert [one["what"] for one in found["coverage"]] == ["acme/plain"]
    assert errors(found) == [f"acme/keys/{DEPLOY}"]
    assert org() == 1


def test_a_github_that_goes_away_ends_the_run(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.faults.append(Fault("POST", "/graphql", contains="nodes(ids", status=502, times=999))
    assert org() == 3
    assert "GitHub answered 502" in capsys.readouterr().err


def test_a_list_that_takes_too_long_is_asked_for_in_smaller_pages(acme: FakeGitHub) -> None:
    acme.faults.append(Fault("POST", "/graphql", contains='"first": 100', status=502, times=99))
    assert org() == 1


def test_a_broken_configuration_of_one_repository_stops_nobody(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.state.push("acme/keys", {DEPLOY: KEYS, ".github/oidc-enforcer.yml": "fail-no: x\n"})
    found = as_json(capsys)
    assert errors(found) == [f"acme/keys/{DEPLOY}"]
    assert "fail-no" in found["coverage"][0]["reason"]
    acme.state.push("acme/.github", {"oidc-enforcer.yml": "fail-no: x\n"})
    assert org() == 2


# -- what is told ----------------------------------------------------------------------------------


def test_every_repository_is_judged(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    acme.state.push("acme/old", {DEPLOY: KEYS})
    acme.state.repositories["acme/old"].archived = True
    acme.state.repository("acme/empty")
    assert org() == 1
    out = capsys.readouterr().out
    assert "acme/keys          1        0        1       1         0      0" in out
    assert "acme/role          1        1        0       0         0      0" in out
    assert "acme/plain" not in out
    assert "3 repositories judged, 1 archived left out, 1 empty left out" in out
    assert "adoption 50 %" in out


def test_quiet_is_shorter_than_the_table_and_names_doubts_that_fail(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert org("-q") == 1
    assert capsys.readouterr().out == "acme/keys: 1 error\n"
    acme.state.push("acme/keys", {DEPLOY: CALL})
    assert org("-q") == 0
    assert capsys.readouterr() == ("", "")
    for how in ((), ("-q",)):
        assert org("--strict", *how) == 3
        err = capsys.readouterr().err
        assert "acme/keys: note: not looked at: `acme/shared" in err
        assert "something could not be verified" in err


def test_a_thousand_workflows_take_few_calls(
    acme: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        acme.state.push(f"acme/r{number}", {DEPLOY: HARMLESS})
    acme.log.clear()
    assert org() == 1
    assert len(acme.calls("POST", "/graphql")) == 1 + 3
    assert len(acme.log) == 1 + 3 + 1, "and the organisation's configuration"


def test_what_is_called_is_followed(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it lies; and what many call is asked for, and told, once."""
    sha = acme.state.push("acme/shared", {"README.md": "x", DEPLOY: CALLED})
    acme.state.repositories["acme/shared"].tags["v2"] = sha
    acme.state.push("acme/shared", {"README.md": "x"})
    step = "      - uses: ./tools/sign-in\n        with: {id: '${{ secrets.AWS_KEY_ID }}'}\n"
    calls = HARMLESS.replace("      - run: make\n", step)
    acme.state.push("acme/local", {DEPLOY: calls, "tools/sign-in/action.yml": COMPOSITE})
    for name in ("one", "two"):
        acme.state.push(f"acme/{name}", {DEPLOY: CALL + "    secrets: inherit\n"})
    found = as_json(capsys)
    shared = [one for one in errors(found) if one.startswith("acme/shared")]
    assert shared == [f"acme/shared/{DEPLOY}@v2"]
    asked = [call for call in acme.log if f"v2:{DEPLOY}" in str(call.body)]
    assert len(asked) == 1
    assert not [one for one in found["coverage"] if "sign-in" in one["what"]]


def test_findings_are_those_of_the_repositorys_own_runs(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    found = as_json(capsys)
    capsys.readouterr()
    cli.main(["check", "--remote", "--repo", "acme/keys", "--format", "json"])
    own = json.loads(capsys.readouterr().out)
    assert [one["fingerprint"] for one in found["findings"]] == [
        one["fingerprint"] for one in own["findings"]
    ]


def test_each_repository_is_judged_by_its_own_ring(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    rings = (
        "rings:\n  - {topic: aws, ring: observe}\n  - {property: {tier: low}, ring: observe}\n"
        "  - {ring: block}\n"
    )
    acme.state.push("acme/.github", {"oidc-enforcer.yml": rings})
    assert org() == 1
    acme.state.repositories["acme/keys"].topics = ["aws"]
    assert org() == 0
    assert "observe" in capsys.readouterr().out
    acme.state.repositories["acme/keys"].topics = []
    acme.state.repositories["acme/keys"].properties = {"tier": "low"}
    assert org() == 0


@pytest.mark.parametrize("form", ["sarif", "html", "markdown", "github"])
def test_every_format_takes_it(
    acme: FakeGitHub, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert org("--format", f"{form}=out") == 1
    assert "acme/keys" in Path("out").read_text("utf-8")


def test_the_names_of_those_that_use_aws_are_for_enforce(acme: FakeGitHub) -> None:
    org("--aws-names", "names.txt")
    assert Path("names.txt").read_text("utf-8") == "acme/keys\nacme/role\n"


# -- resuming --------------------------------------------------------------------------------------


def test_a_run_that_was_stopped_goes_on(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisations, "BATCH", 1)
    assert org("--state", "s.jsonl", "--max-calls", "3") == 3
    out, err = capsys.readouterr()
    assert "3 calls to GitHub were made" in err
    assert "2 repositories could not be read" in out
    acme.log.clear()
    assert org("--state", "s.jsonl") == 1
    assert len(acme.calls("POST", "/graphql")) == 1 + 2
    acme.log.clear()
    assert org("--state", "s.jsonl") == 1
    assert len(acme.calls("POST", "/graphql")) == 1, "nothing has changed"
    assert stat.S_IMODE(Path("s.jsonl").stat().st_mode) == 0o600


def test_doubts_are_kept_as_well(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there to be fetched is named by every run, and its repository is judged."""
    large = b"#" * (17 * 1024 * 1024)
    files: dict[str, bytes | str] = {DEPLOY: KEYS + CALL.partition("jobs:\n")[2]}
    files[".github/workflows/large.yml"] = large
    acme.state.push("acme/keys", files)
    for _ in range(2):
        found = as_json(capsys, "--state", "s.jsonl")
        assert errors(found) == [f"acme/keys/{DEPLOY}"]
        named = sorted(one["what"] for one in found["coverage"])
        assert named == ["acme/keys/.github/workflows/large.yml", f"acme/shared/{DEPLOY}@v2"]


def test_a_store_gives_back_what_it_was_given() -> None:
    """Whatever a gap comes to hold: one that is not understood would be read again and again."""
    store, gap = Store(), Gap("a", "b", True, True)
    kept = Kept("c", {"x.yml": b"\xff\x00"}, {"k": b"v"}, (gap,), (gap,), None)
    store.keep("acme/app", kept)
    assert store.files("acme/app") == kept
    known = Secret("A", "2026-01-01T00:00:00Z", Keeper.ENVIRONMENT, "prod")
    secrets_ = Secrets("acme/app", (known,), (gap,))
    store.keep_secrets("acme/app", "2026-11-28", secrets_)
    assert store.secrets("acme/app") == secrets_
    assert store.files("acme/other") is None
    assert store.secrets("acme/other") is None


def test_a_repository_may_be_strict_by_itself(acme: FakeGitHub) -> None:
    files = {DEPLOY: CALL, ".github/oidc-enforcer.yml": "strict: true\n"}
    acme.state.push("acme/keys", {DEPLOY: HARMLESS})
    assert org() == 0
    acme.state.push("acme/plain", {DEPLOY: CALL})
    assert org() == 0
    acme.state.push("acme/plain", files)
    assert org() == 3


def test_what_has_changed_is_read_again(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    org("--state", "s.jsonl")
    acme.state.push("acme/keys", {DEPLOY: ROLE})
    assert org("--state", "s.jsonl") == 0
    acme.state.push("acme/plain", {DEPLOY: KEYS})
    assert org("--state", "s.jsonl", "--max-calls", "2") == 3
    found = as_json(capsys, "--state", "s.jsonl", "--max-calls", "2")
    assert "not read again yet" in found["coverage"][0]["reason"]


def test_parts_make_one(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    for part in (1, 2):
        org("--state", f"part-{part}.jsonl", "--shard", f"{part}/2")
        assert "of another shard left out" in capsys.readouterr().out
    whole = b"".join(Path(f"part-{part}.jsonl").read_bytes() for part in (1, 2))
    Path("s.jsonl").write_bytes(whole)
    acme.log.clear()
    assert errors(as_json(capsys, "--state", "s.jsonl")) == [f"acme/keys/{DEPLOY}"]
    assert len(acme.calls("POST", "/graphql")) == 1


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:-40],
        lambda data: b"\xff\n[]\n{}\nnull\n" + data,
        lambda data: data.replace(b'"data": "', b'"data": "!'),
        lambda data: b"",
    ],
    ids=["cut short", "foreign lines", "no data", "empty"],
)
def test_a_broken_state_is_read_again(
    acme: FakeGitHub, harm: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    org("--state", "s.jsonl")
    state = Path("s.jsonl")
    state.write_bytes(harm(state.read_bytes()))
    org("--state", "s.jsonl")
    assert errors(as_json(capsys, "--state", "s.jsonl")) == [f"acme/keys/{DEPLOY}"]


def test_a_limit_while_callees_are_fetched_is_not_kept(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else it would be believed until the repository changes."""
    sha = acme.state.push("acme/shared", {DEPLOY: CALLED})
    acme.state.repositories["acme/shared"].tags["v2"] = sha
    acme.state.push("acme/one", {DEPLOY: CALL + "    secrets: inherit\n"})
    acme.faults.append(Fault("POST", contains=f"v2:{DEPLOY}", status=503, times=4))
    assert org("--state", "s.jsonl") == 3
    found = as_json(capsys, "--state", "s.jsonl")
    assert f"acme/shared/{DEPLOY}@v2" in errors(found)


# -- secrets and exceptions ------------------------------------------------------------------------


def secrets(acme: FakeGitHub, **more: Any) -> None:
    both = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DEAD_AWS_ACCESS_KEY_ID", "NPM_TOKEN")
    acme.state.owners["acme"].secrets = {name: {**OLD, **more} for name in both}


def orphans(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (one["file"], one["message"].partition(",")[0])
        for one in found["findings"]
        if one["rule"] == "orphaned-secret"
    ]


DEAD = [("Actions secrets of acme", "`DEAD_AWS_ACCESS_KEY_ID` of the organisation")]


def test_an_organisations_key_that_nothing_reads_is_told(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(acme)
    assert orphans(as_json(capsys)) == []
    assert orphans(as_json(capsys, "--secrets", "organisation")) == DEAD
    org("--secrets", "organisation")
    assert "warning[orphaned-secret] `DEAD_AWS_ACCESS_KEY_ID`" in capsys.readouterr().out


def test_only_those_that_may_read_it_count(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """A workflow that names a secret which it is not given does not keep it."""
    secrets(acme, visibility="selected", repositories=["role"])
    found = orphans(as_json(capsys, "--secrets", "organisation"))
    assert [words for _, words in found] == [
        "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the organisation",
        "`DEAD_AWS_ACCESS_KEY_ID` of the organisation",
    ]
    secrets(acme, visibility="private")
    acme.state.repositories["acme/keys"].visibility = "private"
    assert orphans(as_json(capsys, "--secrets", "organisation")) == DEAD


def test_a_repository_that_was_not_looked_at_is_doubt(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(acme)
    found = as_json(capsys, "--secrets", "organisation", "--shard", "1/2")
    assert orphans(found) == []
    assert "only part 1 of 2" in json.dumps(found["skipped"])
    here = acme.state.repositories["acme/plain"]
    fault = Fault("POST", "/graphql", contains=f"R_{here.id}", status=200, times=99)
    fault.body = {"data": {"nodes": [None]}}
    acme.faults.append(fault)
    found = as_json(capsys, "--secrets", "organisation")
    assert orphans(found) == []
    assert "acme/plain was not looked at" in json.dumps(found["skipped"])


def test_secrets_that_may_not_be_read_are_doubt(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.state.token("t", permissions={"contents": "read", "metadata": "read"})
    found = as_json(capsys, "--secrets", "organisation")
    assert "secrets of acme" in [one["what"] for one in found["coverage"]]
    acme.faults.append(Fault("GET", "/orgs/acme/actions/secrets", status=503, times=4))
    assert org("--secrets", "organisation") == 3


def test_secrets_of_all(acme: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    role = acme.state.repositories["acme/role"]
    role.secrets["AWS_ACCESS_KEY_ID"] = OLD
    role.environments["prod"] = Environment("prod", secrets={"AWS_SECRET_ACCESS_KEY": OLD})
    found = as_json(capsys, "--secrets", "all", "--state", "s.jsonl")
    place = "Actions secrets of acme/role"
    assert orphans(found) == [
        (place, "`AWS_ACCESS_KEY_ID` of the repository"),
        (place, "`AWS_SECRET_ACCESS_KEY` of the environment `prod`"),
    ]
    acme.log.clear()
    assert orphans(as_json(capsys, "--secrets", "all", "--state", "s.jsonl")) == orphans(found)
    assert acme.calls("GET", "/repos/acme/role/actions/secrets") == [], "listed today"


EXCEPTIONS = """\
exceptions:
  - {rule: static-credentials, repository: 'acme/*', until: 2026-12-20, reason: x,
     added: 2026-11-01}
  - {rule: human-login, until: 2026-12-20, reason: y, added: 2026-11-01}
"""


def unused(found: dict[str, Any]) -> list[tuple[str, int]]:
    return [
        (one["file"], one["line"]) for one in found["findings"] if one["rule"] == "unused-exception"
    ]


def test_an_exception_that_nobody_uses_is_told_once(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oidc_enforcer.cli.clock.now", lambda: "2026-11-28T10:00Z")
    acme.state.push("acme/.github", {"oidc-enforcer.yml": EXCEPTIONS})
    found = as_json(capsys)
    assert errors(found) == []
    assert unused(found) == [("acme/.github/oidc-enforcer.yml", 4)]
    assert unused(as_json(capsys, "--shard", "1/2")) == []


EXAMPLE = Path(__file__).parent.parent.parent / "examples/org/.github/workflows/aws-oidc-scan.yml"


def test_the_example_reads_in_parts_and_tells_the_whole(
    acme: FakeGitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of its commands is run, for each part, and the parts are all that is needed."""
    text = EXAMPLE.read_text("utf-8")
    part, whole = re.findall(r"^ +oidc-enforcer (org .*?)(?: \|\| .*)?$", text, re.MULTILINE)
    parts = re.search(r"part: \[(.*)\]", text)
    assert parts is not None
    told = b""
    for number in parts[1].split(", "):
        command = shlex.split(part.replace("${{ matrix.part }}", number))
        assert cli.main(command) in (0, 1)
        state = Path("part.jsonl")
        told += state.read_bytes()
        state.unlink()
    Path("acme.jsonl").write_bytes(told)
    secrets(acme)
    acme.log.clear()
    assert cli.main(shlex.split(whole)) == 1
    assert len(acme.calls("POST", "/graphql")) == 1, "the list alone"
    summary = Path("summary.txt").read_text("utf-8")
    assert "3 repositories judged" in summary
    assert "DEAD_AWS_ACCESS_KEY_ID" in summary
    assert "acme/keys" in Path("acme.html").read_text("utf-8")
