"""What `fix` says must exist, and of whose keys: words that somebody follows to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer.cli import console, main

KEYS = """\
on: {{push: {{branches: [main]}}}}
env:
  AWS_ACCESS_KEY_ID: ${{{{ secrets.{key} }}}}
  AWS_SECRET_ACCESS_KEY: ${{{{ secrets.{secret} }}}}
  AWS_DEFAULT_REGION: eu-west-1
jobs:
  site:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 sync dist s3://example-bucket
"""
CALL = """\
on: {push: {tags: ["v*"]}}
jobs:
  release:
    uses: CALLED
    secrets: inherit
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two workflows with a key each, in the repository's folder of workflows."""
    found = tmp_path / ".github" / "workflows"
    found.mkdir(parents=True)
    names = {"key": "AWS_ACCESS_KEY_ID", "secret": "AWS_SECRET_ACCESS_KEY"}
    (found / "deploy.yml").write_text(KEYS.format(**names), "utf-8")
    (found / "site.yml").write_text(KEYS.format(key="SITE_USER", secret="SITE_PASS"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return found


def test_two_keys_do_not_become_one_variable(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["fix"])
    out, err = capsys.readouterr()
    assert "`secrets.AWS_ACCESS_KEY_ID` may, and put its ARN into `vars.AWS_ROLE_ARN`\n" in err
    assert "`secrets.SITE_USER` may, and put its ARN into `vars.SITE_USER_AWS_ROLE_ARN`\n" in err
    assert out.count("role-to-assume: ${{ vars.AWS_ROLE_ARN }}") == 1
    assert out.count("role-to-assume: ${{ vars.SITE_USER_AWS_ROLE_ARN }}") == 1


def test_one_role_for_all_is_made_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fix", "--role", "vars.ONE"])
    err = capsys.readouterr().err
    let = "  - let this repository assume the role `vars.ONE`, and the role do what"
    assert "create a role" not in err
    assert f"{let} `secrets.AWS_ACCESS_KEY_ID` may\n" in err
    assert f"{let} `secrets.SITE_USER` may\n" in err
    assert "`oidc-enforcer bootstrap --repo OWNER/NAME` writes the role" in err


@pytest.mark.parametrize(
    ("called", "is_doubt"),
    [
        ("./.github/workflows/deploy.yml", False),
        ("./.github/workflows/not-here.yml", True),
        ("acme/shared/.github/workflows/deploy.yml@v1", True),
    ],
)
def test_aftercare_doubts_what_callees_out_of_sight_read(
    called: str, is_doubt: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "release.yml").write_text(CALL.replace("CALLED", called), "utf-8")
    main(["fix", "--aftercare"])
    assert ("Take care: `.github/workflows/release.yml`" in capsys.readouterr().out) is is_doubt


@pytest.mark.parametrize(
    ("given", "is_terminal", "is_told"),
    [([], True, True), ([], False, False), (["-q"], True, False)],
)
def test_a_person_is_told_where_to_go(
    given: list[str],
    is_terminal: bool,
    is_told: bool,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, "is_terminal", lambda: is_terminal)
    main(["check", *given])
    assert ("next: `oidc-enforcer fix`" in capsys.readouterr().err) is is_told


def test_a_pattern_that_must_be_asked_for_says_whose_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = (folder / "site.yml").read_text("utf-8").replace("branches: [main]", "tags: ['v*']")
    (folder / "site.yml").write_text(tags, "utf-8")
    assert main(["bootstrap", "--repo", "acme/app"]) == 2
    err = capsys.readouterr().err
    assert "job `site` of `.github/workflows/site.yml` runs on tag `v*`" in err


def test_a_role_for_each_of_several_keys(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What one run says to do does not undo what the other said."""
    assert main(["bootstrap", "--repo", "acme/app"]) == 0
    err = capsys.readouterr().err
    assert "note: one role for all of `vars.AWS_ROLE_ARN`, `vars.SITE_USER_AWS_ROLE_ARN`;" in err
    assert "fix --role vars.AWS_ROLE_ARN --write --aftercare > aftercare.md" in err
    site = ".github/workflows/site.yml"
    assert main(["bootstrap", "--repo", "acme/app", "--role-name", "site", site]) == 0
    out, err = capsys.readouterr()
    assert "note: one role" not in err
    assert "variable SITE_USER_AWS_ROLE_ARN" in out
    assert "gh variable set SITE_USER_AWS_ROLE_ARN --repo acme/app" in err
    assert f"fix --role vars.SITE_USER_AWS_ROLE_ARN --write --aftercare {site} > after" in err
