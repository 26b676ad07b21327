"""`oidc-enforcer trust`: what it says of policies and tokens, and how it ends."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import oidc_enforcer
from oidc_enforcer import cli
from oidc_enforcer.cli import clock
from oidc_enforcer.iam.issuers import GITHUB_COM
from tests.iam.policies import statement
from tests.reporters.example import golden

SCHEMA = json.loads(
    (Path(oidc_enforcer.__file__).parent / "schemas" / "trust-1.json").read_text("utf-8")
)
WIDE = {"StringLike": {"sub": "repo:acme/app:*"}, "StringEquals": {"aud": "sts.amazonaws.com"}}
MAIN = "repo:acme/app:ref:refs/heads/main"
PULL = "repo:acme/app:pull_request"
ARN = "arn:aws:iam::123456789012:role/"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def write(data: object, name: str = "trust.json") -> str:
    Path(name).write_text(json.dumps(data, indent=2), encoding="utf-8")
    return name


def run(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, str]:
    status = cli.main(["trust", *typed])
    out, err = capsys.readouterr()
    assert status in (cli.CLEAN, cli.FINDINGS, cli.UNVERIFIED), err
    return status, out


def told(capsys: pytest.CaptureFixture[str], *typed: str) -> tuple[int, dict[str, Any]]:
    status, out = run(capsys, "--repo", "acme/app", *typed, "--format", "json")
    value: dict[str, Any] = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(value)
    return status, value


def refused(capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    assert cli.main(["trust", *typed]) == cli.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    return err


SEVERAL = [
    {
        "RoleName": "wide",
        "Arn": f"{ARN}wide",
        "AssumeRolePolicyDocument": document(statement(WIDE)),
    },
    {
        "RoleName": "main",
        "Arn": f"{ARN}main",
        "AssumeRolePolicyDocument": document(
            statement({"StringEquals": {"sub": MAIN, "aud": "sts.amazonaws.com"}})
        ),
    },
    {
        "RoleName": "machine",
        "Arn": f"{ARN}machine",
        "AssumeRolePolicyDocument": document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ),
    },
]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_a_reader_sees(capsys: pytest.CaptureFixture[str]) -> None:
    first = {**statement(WIDE), "Sid": "Deploy"}
    door = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    write(document(first, door))
    write({"RoleDetailList": SEVERAL}, "roles.json")
    status, out = run(
        capsys, "--policy", "trust.json", "--policy", "roles.json", "--repo", "acme/app"
    )
    assert status == cli.FINDINGS
    assert out == golden("trust.txt", out)


def test_what_a_refused_reader_sees(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN, "aud": "sts.amazonaws.com"}})))
    typed = ["--policy", "trust.json", "--repo", "acme/app"]
    status, out = run(capsys, *typed, "--claim", f"sub={PULL}")
    assert status == cli.FINDINGS
    assert out == golden("trust-denied.txt", out)
    status, out = run(capsys, *typed, "--claim", f"sub={MAIN}")
    assert status == cli.CLEAN
    assert out == golden("trust-allowed.txt", out)


def test_json_tells_reach_identity_pin_and_witnesses(capsys: pytest.CaptureFixture[str]) -> None:
    write({"RoleDetailList": SEVERAL})
    status, value = told(capsys, "--policy", "trust.json")
    assert status == cli.FINDINGS
    assert [
        (each["name"], each["reach"], each["identity"], each["pinned"]) for each in value["roles"]
    ] == [
        ("wide", "repo-wide", "name", False),
        ("main", "branch", "name", True),
        ("machine", "never", "none", False),
    ]
    wide = value["roles"][0]
    assert wide["arn"] == f"{ARN}wide"
    assert wide["witnesses"][0]["claims"]["sub"] == PULL
    assert wide["witnesses"][0]["statements"][0]["number"] == 1
    assert value["roles"][2]["other_doors"][0]["kind"] == "an AWS service"
    assert "onward role chains" in value["limits"]


def rules(value: dict[str, Any]) -> list[str]:
    return [each["rule"] for each in value["roles"][0]["findings"]]


def test_the_rules_about_roles_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement(WIDE)))
    wide = ["--policy", "trust.json"]
    status, value = told(capsys, *wide)
    assert status == cli.FINDINGS
    assert rules(value) == ["broad-trust", "pull-request-trust", "recyclable-trust"]
    assert told(capsys, *wide, "--fail-on", "never")[0] == cli.CLEAN
    every = [f"{kind}:*" for kind in ("branch", "tag", "environment")]
    allow = [word for entry in (*every, "pull-request") for word in ("--allow", entry)]
    status, value = told(capsys, *wide, *allow)
    assert (status, rules(value)) == (cli.CLEAN, ["recyclable-trust"])
    assert told(capsys, *wide, *allow, "--fail-on", "note")[0] == cli.FINDINGS
    assert "must be `branch:…`" in refused(capsys, *wide, "--repo", "acme/app", "--allow", "main")


def test_the_configuration_says_who_may(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement(WIDE)))
    Path("own.yml").write_text("allowed: ['branch:*', 'tag:*', 'environment:*']\n", "utf-8")
    _, value = told(capsys, "--policy", "trust.json", "--config", "own.yml")
    assert rules(value) == ["pull-request-trust", "recyclable-trust"]


def test_a_role_of_another_repository_is_no_business_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = "repo:acme/web:ref:refs/heads/main"
    write(document(statement({"StringEquals": {"sub": other, "aud": "sts.amazonaws.com"}})))
    status, value = told(capsys, "--policy", "trust.json")
    assert status == cli.CLEAN
    assert (value["roles"][0]["reach"], rules(value)) == ("org-wide", [])


def test_a_role_that_cannot_be_judged_is_never_passed_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write({"RoleDetailList": [*SEVERAL, {"RoleName": "odd", "AssumeRolePolicyDocument": {}}]})
    status, value = told(capsys, "--policy", "trust.json")
    assert status == cli.UNVERIFIED
    assert [each["what"] for each in value["unavailable"]] == ["odd"]
    status, out = run(capsys, "--policy", "trust.json", "--repo", "acme/app")
    assert status == cli.UNVERIFIED
    assert "odd: not judged: " in out


def test_doubt_about_the_reach_fails_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(document(statement({"StringMatches": {"sub": MAIN}})))
    assert told(capsys, "--policy", "trust.json")[0] == cli.CLEAN
    status, value = told(capsys, "--policy", "trust.json", "--strict")
    assert status == cli.UNVERIFIED
    assert value["roles"][0]["undetermined"]


def ask(capsys: pytest.CaptureFixture[str], *claims: str) -> tuple[int, dict[str, Any]]:
    typed = [word for claim in claims for word in ("--claim", claim)]
    status, value = told(capsys, "--policy", "trust.json", *typed)
    return status, value["roles"][0]["decisions"][0]


def test_a_decision_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN, "actor": "octocat"}})))
    status, decision = ask(capsys, f"sub={PULL}", "actor=octocat")
    assert (status, decision["decision"]) == (cli.FINDINGS, "implicitDeny")
    (cause,) = decision["causes"]
    assert (cause["statement"], cause["operator"], cause["line"]) == (1, "StringEquals", 12)
    assert "run the job on `push`" in cause["remedy"]
    assert ask(capsys, f"sub={MAIN}", "actor=octocat")[0] == cli.CLEAN
    status, decision = ask(capsys, f"sub={MAIN}")
    assert (status, decision["decision"]) == (cli.UNVERIFIED, "undetermined")
    assert decision["missing"] == ["token.actions.githubusercontent.com:actor"]


@pytest.mark.parametrize("issuer", ["https://evil.example", "https://gitlab.com"])
def test_another_issuers_token_is_denied(issuer: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN}})))
    assert ask(capsys, f"sub={MAIN}", f"iss={issuer}")[1]["decision"] == "implicitDeny"


def test_a_sid_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    write(document({**statement({"StringEquals": {"sub": MAIN}}), "Sid": "\x1b[2J"}))
    cli.main(["trust", "--policy", "trust.json", "--repo", "acme/app"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert r"(`\x1b[2J`)" in out


def jwt(claims: dict[str, Any]) -> str:
    def part(data: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.{'c2lnbmF0dXJl' * 4}"


TOKEN = {"sub": MAIN, "aud": "sts.amazonaws.com", "exp": 1700000000, "ref": "refs/heads/main"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(TOKEN),
        json.dumps({"header": {"alg": "RS256"}, "payload": TOKEN}),
        json.dumps({**TOKEN, "aud": ["sts.amazonaws.com"]}),
        jwt(TOKEN),
        f"\ufeff{jwt(TOKEN)}\n",
    ],
)
def test_a_whole_token_is_read(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN, "ref": "refs/heads/main"}})))
    Path("token").write_text(text, encoding="utf-8")
    status, value = told(capsys, "--policy", "trust.json", "--token", "token")
    assert status == cli.CLEAN
    assert value["roles"][0]["decisions"][0]["claims"]["exp"] == "1700000000"


def test_a_whole_token_lacks_what_it_does_not_say(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN, "environment": "x"}})))
    Path("token").write_text(json.dumps(TOKEN), encoding="utf-8")
    assert told(capsys, "--policy", "trust.json", "--token", "token")[0] == cli.FINDINGS


def test_a_token_is_never_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": MAIN}})))
    token = jwt({**TOKEN, "sub": PULL})
    Path("token").write_text(token, encoding="utf-8")
    for form in ("text", "json"):
        _, out = run(
            capsys,
            *["--policy", "trust.json", "--repo", "acme/app", "--token", "token"],
            *["--format", form, "--verbose"],
        )
        assert not any(part in out for part in token.split("."))
    Path("token").write_text(token.replace(".", ".!"), encoding="utf-8")
    said = refused(capsys, "--policy", "trust.json", "--repo", "acme/app", "--token", "token")
    assert "holds no token" in said
    assert not any(part in said for part in token.split("."))


@pytest.mark.parametrize(
    ("claim", "hint"),
    [
        ("subject=x", "did you mean `sub`?"),
        ("Sub=x", "did you mean `sub`?"),
        ("repositry=acme/app", "did you mean `repository`?"),
        ("token.actions.githubusercontent.com:sub=x", "write `--claim sub=…`"),
        ("zz=x", "choose `actor`, `actor_id`, `aud`"),
        ("repo_property_=x", "choose `actor`"),
    ],
)
def test_a_name_that_is_no_claim_is_refused(
    claim: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(document(statement(WIDE)))
    said = refused(capsys, "--policy", "trust.json", "--repo", "acme/app", "--claim", claim)
    assert f"have no claim `{claim.partition('=')[0]}`" in said
    assert hint in said


def test_why_further_statements_refuse_a_token_is_told_with_verbose_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    further = statement({"StringEquals": {"aud": "elsewhere", "sub": "repo:acme/other:*"}})
    write(document(statement({"StringEquals": {"sub": MAIN}}), further))
    typed = ("--policy", "trust.json", "--repo", "acme/app", "--claim", f"sub={PULL}")
    _, short = run(capsys, *typed)
    assert "further away: statement 2" in short
    assert "statement 2: " not in short
    _, whole = run(capsys, *typed, "--verbose")
    assert "further away" not in whole
    assert "because    statement 2: " in whole


def test_a_custom_property_is_a_claim(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement(WIDE)))
    status, _ = ask(capsys, f"sub={MAIN}", "repo_property_team=web")
    assert status == cli.CLEAN


def test_an_enterprise_that_is_told_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement({"StringEquals": {"sub": "enterprise:acme-inc"}})))
    ours = ["--enterprise", "acme-inc", "--enterprise-id", "77"]
    _, value = told(capsys, "--policy", "trust.json", *ours)
    (role,) = value["roles"]
    assert (value["repository"]["enterprise"], value["repository"]["enterprise_id"]) == (
        "acme-inc",
        "77",
    )
    assert role["reach"] == "enterprise-wide"
    assert role["witnesses"][0]["claims"]["enterprise"] == "acme-inc"
    assert role["witnesses"][0]["claims"]["enterprise_id"] == "77"
    _, value = told(capsys, "--policy", "trust.json", "--enterprise", "other-inc")
    assert value["roles"][0]["reach"] == "any-org"


def test_what_the_configuration_says_of_the_repository_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(document(statement({"StringEquals": {"sub": "enterprise:acme-inc"}})))
    Path("own.yml").write_text("enterprise: other-inc\nsubject-template: [enterprise]\n", "utf-8")
    _, value = told(capsys, "--policy", "trust.json", "--config", "own.yml")
    assert value["repository"]["enterprise"] == "other-inc"
    assert value["repository"]["template"] == ["enterprise"]
    assert value["roles"][0]["reach"] == "any-org"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--enterprise", "acme inc"], "`acme inc` is no slug of an enterprise"),
        (["--enterprise-id", "acme"], "--enterprise-id must be a number, not `acme`"),
        (
            ["--enterprise", "acme-inc", "--issuer", f"{GITHUB_COM}/evil-inc"],
            "the enterprise is `acme-inc`, and `--issuer` is `evil-inc`'s",
        ),
    ],
)
def test_an_enterprise_that_cannot_be_is_refused(
    typed: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(document(statement(WIDE)))
    assert said in refused(capsys, "--policy", "trust.json", "--repo", "acme/app", *typed)


def test_what_one_policy_gets_to_say_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    branches = [f"repo:acme/app:ref:refs/heads/b{number}" for number in range(40)]
    several: dict[str, dict[str, Any]] = {
        "StringEquals": {"sub": branches},
        "StringNotEquals": {f"x{n}": "" for n in range(50)},
    }
    door = {**statement({}), "Action": "sts:AssumeRole"}
    door["Principal"] = {"AWS": [f"arn:aws:iam::{number:012}:root" for number in range(50)]}
    write(
        {"Role": {"RoleName": "r", "AssumeRolePolicyDocument": document(statement(several), door)}}
    )
    _, out = run(capsys, "--policy", "trust.json", "--repo", "acme/app")
    assert "and 20 more" in out  # of the branches that get in, and of a condition's values
    assert "31 more conditions (the policy has all)" in out
    assert "33 more findings (--format json has all)" in out
    assert "also lets in  38 more" in out
    assert len(out.splitlines()) < 100
    _, value = told(capsys, "--policy", "trust.json")
    assert len(value["roles"][0]["admits"]) == 40
    assert len(value["roles"][0]["findings"]) > 50


@pytest.mark.parametrize("claim", ["sub", "aud"])
def test_a_token_that_sts_refuses_itself_is_not_put_to_a_policy(
    claim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(document(statement(WIDE)))
    Path("token").write_text(
        json.dumps({name: value for name, value in TOKEN.items() if name != claim}), "utf-8"
    )
    said = refused(capsys, "--policy", "trust.json", "--repo", "acme/app", "--token", "token")
    assert f"has no claim `{claim}`: STS refuses such a token before any policy is looked" in said


def test_a_policy_may_come_by_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.dumps({"Role": SEVERAL[0]}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    _, value = told(capsys, "--policy", "-")
    assert value["roles"][0]["reach"] == "repo-wide"


def test_what_cannot_be_used_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement(WIDE)))
    policy = ["--policy", "trust.json"]
    repo = ["--repo", "acme/app"]
    assert "no repository" in refused(capsys, *policy)
    assert "no trust policy" in refused(capsys, *repo)
    assert "no trust policy, and no repository to judge it for" in refused(capsys)
    assert "`sub` is no claim" in refused(capsys, *policy, *repo, "--claim", "sub")
    assert "is given twice" in refused(capsys, *policy, *repo, *["--claim", "sub=x"] * 2)
    assert "exclude each other" in refused(
        capsys, *policy, *repo, "--claim", "sub=x", "--token", "trust.json"
    )
    assert "the claim `Statement` is no single text" in refused(
        capsys, *policy, *repo, "--token", "trust.json"
    )
    Path("trust.json").write_text('{"Version": "2012-10-17", "Statement": [}', encoding="utf-8")
    assert "trust.json" in refused(capsys, *policy, *repo)


def test_a_policy_may_be_hostile(capsys: pytest.CaptureFixture[str]) -> None:
    data = statement({"StringLike": {"sub": "repo:acme/app:*\x1b[2J##[error]\u202e"}})
    write(document({**data, "Sid": "::error::x"}))
    for form in ("text", "json"):
        _, out = run(capsys, "--policy", "trust.json", "--repo", "acme/app", "--format", form, "-v")
        assert "\x1b" not in out
        assert "##[" not in out
        assert "\u202e" not in out
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())


def kept(capsys: pytest.CaptureFixture[str], form: str, *typed: str) -> tuple[int, str]:
    return run(capsys, "--policy", "trust.json", "--repo", "acme/app", "--format", form, *typed)


@pytest.mark.parametrize("form", ["sarif", "html"])
def test_what_auditors_keep_names_each_role_its_findings_and_what_gets_in(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(document(statement(WIDE)))
    status, out = kept(capsys, form)
    assert status == cli.FINDINGS
    assert clock.now()[:10] in out
    for said in ("role trust (trust.json)", "repo-wide", PULL, "pull-request-trust", "onward role"):
        assert said in out


EXCEPTIONS = """exceptions:
  - {rule: broad-trust, path: %s, until: 2026-12-31, reason: until it moves}
  - {rule: pull-request-trust, until: "2026-11-28T18:00Z", reason: outage 7, approver: "@lead"}
"""


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif"])
def test_what_the_configuration_excuses_is_told_and_does_not_count(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: "2026-11-28T12:00Z")
    write(document(statement(WIDE)))
    Path(".github").mkdir()
    settings = Path(".github/oidc-enforcer.yml")
    typed = ("--policy", "trust.json", "--repo", "acme/app", "--format", form)
    settings.write_text(EXCEPTIONS % "trust.json")
    status, out = run(capsys, *typed)
    assert status == cli.CLEAN
    for said in ("broad-trust", "until it moves", "BREAK-GLASS", "outage 7"):
        assert said in out, said
    settings.write_text(EXCEPTIONS % "other.json")
    assert run(capsys, *typed)[0] == cli.FINDINGS


def test_why_findings_do_not_fail_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write(document(statement(WIDE)))
    Path(".github").mkdir()
    Path(".github/oidc-enforcer.yml").write_text("mode: audit\n")
    status, out = run(capsys, "--policy", "trust.json", "--repo", "acme/app")
    assert status == cli.CLEAN
    assert "error[broad-trust]" in out
    assert "\nnote: ring `observe`" in out


def test_a_page_about_roles_says_nothing_of_jobs_and_keeps_the_notes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("in").mkdir()
    for name in ("main.tf", "beside.json"):
        Path("in", name).write_text("# nothing\n" if name == "main.tf" else '{"Statement": []}')
    write(document(statement(WIDE)))
    _, out = kept(capsys, "html", "--policy", "in")
    for said in ("jobs that use AWS", "job uses AWS", "Workflows are judged"):
        assert said not in out
    assert "`in/beside.json`, which may hold trust policies" in out


def test_sarif_points_into_the_policy_and_says_what_was_not_judged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(document(statement(WIDE)))
    Path("roles.tf").write_text(
        'variable "x" {}\nresource "aws_iam_role" "open" {\n  assume_role_policy = var.x\n}\n',
        "utf-8",
    )
    status, out = kept(capsys, "sarif", "--policy", "roles.tf")
    assert status == cli.UNVERIFIED
    (judged,) = json.loads(out)["runs"]
    where = judged["results"][0]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "trust.json"
    assert where["region"]["startLine"] > 1
    said = [
        note["message"]["text"] for note in judged["invocations"][0]["toolExecutionNotifications"]
    ]
    assert any("variable `x`" in each for each in said)


def test_a_token_is_not_answered_in_a_format_of_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(document(statement(WIDE)))
    typed = ["--policy", "trust.json", "--repo", "acme/app", "--claim", f"sub={MAIN}"]
    assert cli.main(["trust", *typed, "--format", "html"]) == 2
    assert "choose `text` or `json`" in capsys.readouterr().err
