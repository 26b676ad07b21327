"""A pair that is stored with its session token: a note, unless somebody knows or wants better."""

from __future__ import annotations

import pytest

from oidc_enforcer import check
from oidc_enforcer.config import Config
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import ALLOWED_CLASSES, Gap
from oidc_enforcer.source import SourceFile
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets
from oidc_enforcer.workflow.reading import read
from oidc_enforcer.workflow.surroundings import Surroundings

DAY = "2026-11-01T03:04:05Z"
WORKFLOW = """\
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.SITE_USER }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.SITE_SECRET }}
          AWS_SESSION_TOKEN: TOKEN
"""
PAIR = (Secret("SITE_USER", DAY), Secret("SITE_SECRET", DAY))
NOTE, ERROR = ("static-credentials", "note"), ("static-credentials", "error")


def found(facts: Facts, token: str = "${{ secrets.Site_Token }}") -> list[tuple[str, str]]:
    source = SourceFile(".github/workflows/x.yml", WORKFLOW.replace("TOKEN\n", f"{token}\n"))
    report = check.judge(read(source, Surroundings()), facts)
    return [(each.rule, each.severity.name.lower()) for each in report.findings]


@pytest.mark.parametrize(
    "secrets",
    [
        None,
        Secrets("acme/app", (*PAIR, Secret("SITE_TOKEN", DAY))),
        Secrets("acme/app", (*PAIR, Secret("SITE_TOKEN", DAY, Keeper.ORGANISATION))),
        Secrets("acme/app", (*PAIR, Secret("SITE_TOKEN", DAY, Keeper.ENVIRONMENT, "live"))),
        Secrets("acme/app", PAIR, (Gap("secrets of the organisation", "refused"),)),
    ],
)
def test_a_token_that_may_be_there_makes_the_pair_a_note(secrets: Secrets | None) -> None:
    assert found(Facts("", secrets=secrets)) == [NOTE]


@pytest.mark.parametrize("token", ["${{ vars.T }}", "${{ secrets[matrix.name] }}"])
def test_of_what_has_no_secrets_name_nothing_is_known(token: str) -> None:
    assert found(Facts("", secrets=Secrets("acme/app", PAIR)), token) == [NOTE]


def test_a_token_from_a_secret_that_is_not_there_is_none() -> None:
    assert found(Facts("", secrets=Secrets("acme/app", PAIR))) == [ERROR]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (ALLOWED_CLASSES, [NOTE]),
        ({"oidc", "stored-temporary"}, [NOTE]),
        ({"oidc"}, [("disallowed-credentials", "error")]),
    ],
)
def test_an_organisation_may_forbid_it(allowed: set[str], expected: list[tuple[str, str]]) -> None:
    assert found(Facts("", Config(allowed_credentials=frozenset(allowed)))) == expected
