"""Writes ordinary workflow files for measuring: `python tools/generate.py FOLDER --count 1000`.

What they are like was measured on some nine thousand workflow files of public repositories: half of
them below 2.3 KB and nine in ten below 10 KB; one in five names an AWS key; most set permissions,
half read secrets, a few mint tokens for something other than AWS. The text is our own. The same
seed and index always give the same file.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: Sizes in bytes, log-normal; the spread follows from the 90th percentile.
MEDIAN_SIZE = 2300
P90_SIZE = 10_000
_SPREAD = math.log(P90_SIZE / MEDIAN_SIZE) / 1.2816
_SIZES = (250, 120_000)
#: Share of files that name an AWS key, that assume a role by OIDC, that mint other tokens.
STATIC_SHARE = 0.20
OIDC_SHARE = 0.05
TOKEN_SHARE = 0.12
#: Of as many files each, the first is a reusable workflow and another one calls it.
_NEIGHBOURS = 25
_STEPS_PER_JOB = 14

_WORDS = {
    name: choices.split()
    for name, _, choices in (
        line.partition(": ")
        for line in """\
app: api web worker billing search gateway docs mobile ledger catalog
branch: main master develop release/** next
dir: src packages/core services/api client server tools lib
major: 5 6
minute: 5 10 15 20 30 45
node: 18 20 22 24
os: ubuntu-latest ubuntu-24.04 macos-latest windows-latest
python: '3.10' '3.11' '3.12' '3.13'
region: us-east-1 us-west-2 eu-west-1 eu-central-1 ap-southeast-2
stage: dev staging qa production preview
task: lint unit types integration e2e smoke format coverage bundle
tool: ruff eslint golangci-lint clippy ktlint rubocop shellcheck
""".splitlines()
    )
}


def _blocks(text: str) -> tuple[str, ...]:
    """Steps as they are written, an empty line between two."""
    return tuple(text.strip().split("\n\n"))


_STEPS = _blocks("""
- uses: actions/checkout@v<major>

- uses: actions/checkout@v<major>
  with:
    fetch-depth: 0
    persist-credentials: false

- name: Set up Node
  uses: actions/setup-node@v<major>
  with:
    node-version: <node>
    cache: npm

- uses: actions/setup-python@v<major>
  with:
    python-version: <python>

- name: Restore what the last run has built
  uses: actions/cache@v<major>
  with:
    path: |
      ~/.cache/<app>
      <dir>/target
    key: ${{ runner.os }}-<app>-${{ hashFiles('<dir>/**/lockfile') }}
    restore-keys: |
      ${{ runner.os }}-<app>-

- run: npm ci
- run: npm run <task> --workspace <app>

- name: Run <task> of <app>
  working-directory: <dir>
  run: |
    set -euo pipefail
    # the slow ones run at night
    for part in $(ls -d */ | sort); do
      echo "::group::$part"
      make -C "$part" <task> STAGE=<stage> VERBOSE=1
      echo "::endgroup::"
    done

- name: What has changed
  id: changed<number>
  run: |
    if git diff --quiet "origin/${{ github.base_ref }}" -- <dir>; then
      echo "<app>=false" >> "$GITHUB_OUTPUT"
    else
      echo "<app>=true" >> "$GITHUB_OUTPUT"
    fi

- name: Comment on the pull request
  if: github.event_name == 'pull_request' && always()
  uses: actions/github-script@v7
  with:
    script: |
      const { data: comments } = await github.rest.issues.listComments({
        owner: context.repo.owner,
        repo: context.repo.repo,
        issue_number: context.issue.number,
      });
      const mine = comments.find(comment => comment.body.includes('<app>-<task>'));
      if (!mine) core.info('nothing said yet');

- uses: actions/upload-artifact@v<major>
  if: ${{ failure() }}
  with:
    name: <app>-<task>-${{ github.run_attempt }}
    path: <dir>/reports/
    retention-days: 7

- name: Build the image
  uses: docker/build-push-action@v<major>
  with:
    context: ./<dir>
    push: ${{ github.ref == 'refs/heads/<branch>' }}
    tags: ghcr.io/${{ github.repository }}/<app>:${{ github.sha }}
    cache-from: type=gha
    cache-to: type=gha,mode=max

- name: Log in to the registry
  uses: docker/login-action@v3
  with:
    registry: ghcr.io
    username: ${{ github.actor }}
    password: ${{ github.token }}

- name: Tell the team
  if: always()
  env:
    WEBHOOK: ${{ secrets.CHAT_WEBHOOK }}
    STATUS: ${{ job.status }}
  run: >-
    curl --fail --silent --request POST
    --data "{\\"text\\": \\"<app> <task>: $STATUS\\"}" "$WEBHOOK"

- name: Install <tool>
  shell: bash
  run: |
    mkdir -p "$HOME/.local/bin"
    curl -sSfL "https://example.com/<tool>/install.sh" | sh -s -- -b "$HOME/.local/bin"
    <tool> --version
- run: <tool> run <dir> --format github

- name: Publish the release
  if: startsWith(github.ref, 'refs/tags/v')
  env:
    GH_TOKEN: ${{ github.token }}
    NPM_TOKEN: ${{ secrets.NPM_TOKEN }}
  run: |
    gh release create "$GITHUB_REF_NAME" dist/* --generate-notes
    npm publish --workspace <app>

- name: Wait for the database
  timeout-minutes: 3
  run: |
    until pg_isready --host localhost --port 5432 --username <app>; do
      sleep 1
    done
    ./<dir>/migrate.sh up
""")

_STATIC_STEPS = _blocks("""
- uses: aws-actions/configure-aws-credentials@v4
  with:
    aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
    aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
    aws-region: <region>
- run: aws s3 sync <dir>/dist "s3://${{ vars.BUCKET }}/<app>" --delete

- name: Deploy <app>
  env:
    AWS_ACCESS_KEY_ID: ${{ secrets.<stage>_AWS_ACCESS_KEY_ID }}
    AWS_SECRET_ACCESS_KEY: ${{ secrets.<stage>_AWS_SECRET_ACCESS_KEY }}
    AWS_DEFAULT_REGION: <region>
  run: |
    terraform -chdir=<dir> init -input=false
    terraform -chdir=<dir> apply -auto-approve -var stage=<stage>

- name: Configure
  run: |
    aws configure set aws_access_key_id "${{ secrets.AWS_KEY }}"
    aws configure set aws_secret_access_key "${{ secrets.AWS_SECRET }}"
    aws configure set region <region>
    aws ecs update-service --cluster <app>-<stage> --service <app> --force-new-deployment

- uses: jakejarvis/s3-sync-action@v0.5.1
  with:
    args: --acl private --follow-symlinks --delete
  env:
    AWS_S3_BUCKET: ${{ secrets.AWS_S3_BUCKET }}
    AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
    AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
    SOURCE_DIR: <dir>/public
""")

(_OIDC_STEPS,) = _blocks("""
- uses: aws-actions/configure-aws-credentials@v4
  with:
    role-to-assume: arn:aws:iam::123456789012:role/<app>-<stage>
    aws-region: <region>
- run: aws cloudformation deploy --stack-name <app> --template-file <dir>/stack.yml
""")

_TOKEN_STEPS = _blocks("""
- uses: actions/deploy-pages@v4
  id: pages

- uses: pypa/gh-action-pypi-publish@release/v1
  with:
    packages-dir: dist/<app>/

- uses: actions/attest-build-provenance@v2
  with:
    subject-path: dist/<app>-*
""")

_TRIGGERS = (
    "on: push\n",
    "on: [push, pull_request]\n",
    "on:\n  push:\n    branches: [<branch>]\n  pull_request:\n",
    "on:\n  pull_request:\n    paths:\n      - '<dir>/**'\n      - .github/workflows/**\n",
    "on:\n  schedule:\n    - cron: '<minute> 4 * * 1'\n  workflow_dispatch:\n    inputs:\n"
    "      stage:\n        description: where to\n        default: <stage>\n",
)
_PERMISSIONS = (
    "",
    "permissions:\n  contents: read\n",
    "permissions: {}\n",
    "permissions: read-all\n",
)
_MATRIX = """    strategy:
      fail-fast: false
      matrix:
        version: [<node>, 'lts']
        os: [<os>]
"""
_SERVICES = """    services:
      postgres:
        image: postgres:16
        env:
          POSTGRES_PASSWORD: postgres
        ports: ['5432:5432']
        options: --health-cmd pg_isready --health-interval 10s
"""


class Generated(NamedTuple):
    """A file's name within `.github/workflows`, and its text."""

    name: str
    text: str


def workflows(count: int, seed: int = 1) -> Iterator[Generated]:
    """The first files of a seed."""
    return (workflow(index, seed) for index in range(count))


def workflow(index: int, seed: int = 1) -> Generated:
    """One file; its neighbours in the same seed may call it or be called."""
    rng = random.Random(f"{seed}/{index}")
    size = rng.lognormvariate(math.log(MEDIAN_SIZE), _SPREAD)
    size = min(max(size, _SIZES[0]), _SIZES[1])
    return Generated(name_of(index), "".join(_parts(rng, index, size)))


def name_of(index: int) -> str:
    """The name of a file by its index."""
    return f"w{index:05}.yml"


def _parts(rng: random.Random, index: int, size: float) -> Iterator[str]:
    """The file piece by piece, until it is about as long as it should be."""
    place = index % _NEIGHBOURS
    kind = rng.random() if place else 1.0
    special = _fill(_special_steps(rng, kind), rng)
    needs_token = STATIC_SHARE <= kind < STATIC_SHARE + OIDC_SHARE + TOKEN_SHARE
    head = _fill(_head(rng, is_callee=place == 0, needs_token=needs_token), rng)
    yield head
    written, job = len(head), 0
    while job == 0 or written < size:
        for piece in _job(rng, job, special if job == 0 else "", size - written):
            yield piece
            written += len(piece)
        job += 1
    if place == _NEIGHBOURS - 1:
        callee = name_of(index - place)
        yield f"  call:\n    uses: ./.github/workflows/{callee}\n    secrets: inherit\n"


def _job(rng: random.Random, number: int, special: str, room: float) -> Iterator[str]:
    """A job's lines; `special` steps come second, and no more than fill the room."""
    extra = rng.choice(("", "", _MATRIX, _SERVICES, "    timeout-minutes: <minute>\n"))
    needs = f"    needs: job{number - 1}\n" if number and rng.random() < 0.4 else ""
    opening = f"    name: <task> <app>\n{needs}    runs-on: <os>\n{extra}    steps:\n"
    yield f"  job{number}:\n" + _fill(opening, rng)
    for at in range(rng.randint(2, _STEPS_PER_JOB)):
        template = rng.choice(_STEPS).replace("<number>", str(at))
        step = special if special and at == 1 else _fill(template, rng)
        piece = textwrap.indent(step, "      ") + "\n"
        yield piece
        room -= len(piece)
        if at and room <= 0:
            break


def _special_steps(rng: random.Random, kind: float) -> str:
    if kind < STATIC_SHARE:
        return rng.choice(_STATIC_STEPS)
    if kind < STATIC_SHARE + OIDC_SHARE:
        return _OIDC_STEPS
    return rng.choice(_TOKEN_STEPS) if kind < STATIC_SHARE + OIDC_SHARE + TOKEN_SHARE else ""


def _head(rng: random.Random, *, is_callee: bool, needs_token: bool) -> str:
    trigger = "on:\n  workflow_call:\n" if is_callee else rng.choice(_TRIGGERS)
    permissions = _PERMISSIONS[0] if is_callee else rng.choice(_PERMISSIONS)
    if needs_token:
        permissions = "permissions:\n  contents: read\n  id-token: write\n"
    env = rng.choice(("", "env:\n  CI: true\n  STAGE: <stage>\n  CACHE_VERSION: <major>\n"))
    return f"name: <app> <task>\n\n{trigger}\n{permissions}{env}\njobs:\n"


def _fill(template: str, rng: random.Random) -> str:
    """The template with every `<word>` chosen; inside `secrets.` names are in capitals."""

    def choose(match: re.Match[str]) -> str:
        word = rng.choice(_WORDS[match[2]])
        return word if match[1] is None else match[1] + word.upper()

    return re.sub(rf"(secrets\.)?<({'|'.join(_WORDS)})>", choose, template)


def main() -> int:
    """Writes the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, text in workflows(args.count, args.seed):
        (args.folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
