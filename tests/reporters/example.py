"""One report with everything in it, made from real source text by the real types."""

from __future__ import annotations

import os
from pathlib import Path

from oidc_enforcer.finding import (
    Finding,
    Fix,
    Place,
    Related,
    Rule,
    Safety,
    Severity,
    Skipped,
)
from oidc_enforcer.masking import mask_line
from oidc_enforcer.report import (
    CredentialUse,
    FileReport,
    Gap,
    JobReport,
    Report,
    Suppressed,
    summarise,
)
from oidc_enforcer.source import Edit, SourceFile, Span

GOLDEN = Path(__file__).parent.parent / "golden"

RULES = (
    Rule("static-credentials", "a long-lived AWS access key reaches a job", Severity.ERROR),
    Rule("hardcoded-access-key", "an AWS access key is written in the file", Severity.ERROR),
    Rule("excess-id-token", "jobs may mint a token that they do not use", Severity.WARNING),
    Rule("missing-id-token", "a job cannot mint the token for its role", Severity.ERROR),
)
STATIC, HARDCODED, EXCESS, MISSING = RULES

#: Built at run time, so that no scanner takes this file for a leak.
FAKE_ID = "AKIA" + "Z7Q2" * 4
FAKE_SECRET = "q9Zt" + "R4vX/2bN" * 4 + "mY7p"

DEPLOY = f"""\
name: deploy
on: push
permissions:
  id-token: write
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}
          aws-secret-access-key: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}
          aws-region: eu-west-1
      - run: aws s3 sync / s3://bucket/ --delete
        env: {{ AWS_ACCESS_KEY_ID: {FAKE_ID}, AWS_SECRET_ACCESS_KEY: {FAKE_SECRET} }}
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: vendor/some-action@v1
"""
CALLER = "on: push\njobs:\n  ship:\n    uses: ./.github/workflows/deploy.yml\n"


def span_of(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def line_of(file: SourceFile, part: str) -> int:
    return file.region(span_of(file.text, part)).line


def static_finding(file: SourceFile, other: SourceFile) -> Finding:
    id_span = span_of(file.text, "aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}")
    secret = span_of(file.text, "aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}")
    whole = Span(id_span.start, file.line_span(line_of(file, "aws-secret-access-key: $")).end)
    return STATIC.finding(
        file,
        id_span,
        "a long-lived access key from `secrets.AWS_ACCESS_KEY_ID` signs this job in",
        job="deploy",
        step=2,
        related=(
            Related(Place.of(file, secret), "the secret half of the pair"),
            Related(Place.of(other, span_of(other.text, "./.github")), "called from here"),
        ),
        fix=Fix(
            "assume a role instead",
            (Edit(whole, "role-to-assume: ${{ vars.AWS_ROLE_ARN }}\n"),),
            Safety.UNSAFE,
        ),
        identity=("configure-aws-credentials", "AWS_ACCESS_KEY_ID"),
    )


def hardcoded_finding(file: SourceFile) -> Finding:
    at = span_of(file.text, FAKE_ID)
    secret = span_of(file.text, FAKE_SECRET)
    return HARDCODED.finding(
        file,
        at,
        "`AWS_ACCESS_KEY_ID` is an AWS access key in plain text: deactivate it, history keeps it",
        job="deploy",
        step=3,
        related=(Related(Place.of(file, secret), "and its secret"),),
        identity=("AWS_ACCESS_KEY_ID",),
    )


def deploy_report() -> FileReport:
    file = SourceFile(".github/workflows/deploy.yml", DEPLOY)
    other = SourceFile(".github/workflows/caller.yml", CALLER)
    at_token = span_of(file.text, "id-token: write")
    excess = EXCESS.finding(
        file,
        at_token,
        "`id-token: write` is granted to every job, and `build` does not use it",
        job="build",
        identity=("build",),
    )
    findings = (static_finding(file, other), hardcoded_finding(file), excess)
    numbers = (4, 13, 14, 17)
    return FileReport(
        file.path,
        findings,
        (
            Skipped(
                "excess-id-token",
                Place.of(file, span_of(file.text, "vendor/some-action@v1")),
                "`vendor/some-action@v1` is not known to leave the token alone",
                "build",
                1,
            ),
        ),
        (Suppressed(excess, "inline", "moved next quarter", "2026-12-31"),),
        (
            JobReport(
                "deploy",
                7,
                (
                    CredentialUse("static", 13, 2, "secrets.AWS_ACCESS_KEY_ID"),
                    CredentialUse("static", 17, 3, "literal"),
                ),
                "write",
                ("granted at line 4",),
                ("repo:acme/app:ref:refs/heads/main",),
            ),
            JobReport("build", 18, (), "write", ("granted at line 4",)),
        ),
        (Gap("acme/shared/.github/workflows/deploy.yml@v2", "not fetched"),),
        {number: mask_line(file.line(number)) for number in numbers},
    )


def release_report() -> FileReport:
    use = CredentialUse("oidc", 12, 1, "vars.AWS_ROLE_ARN")
    return FileReport(
        ".github/workflows/release.yml",
        jobs=(
            JobReport("release", 5, (use,), "write", ("granted at line 2",)),
            JobReport("lint", 30, (), "none", ()),
        ),
    )


def example() -> Report:
    files = (deploy_report(), release_report())
    context = {"repository": "acme/app", "event": "pull_request"}
    return Report(files, summarise(files, files=5, unrelated_files=3), context)


def clean() -> Report:
    files = (release_report(),)
    return Report(files, summarise(files, files=1))


def empty() -> Report:
    return Report((), summarise(()))


def golden(name: str, text: str) -> str:
    """What the file says the user sees; `GOLDEN=write` rewrites it, for a diff to be read."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, "utf-8")
    return path.read_text("utf-8")


def why(rule: str) -> str:
    return f"The reason of {rule}."
