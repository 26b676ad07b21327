"""How keys may reach a job that calls AWS without any in sight: the doubts that are said then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.workflow.model import Action, Job, Step, Workflow

_ALL_SECRETS = re.compile(r"\bsecrets\s*(?:\)|\}\})|\bfromJSON\s*\(\s*secrets\b", re.IGNORECASE)
#: `source <(…)`, `… | base64 -d`, and what prints a file or a store's entries into `$GITHUB_ENV`.
_TAKES_OVER = re.compile(
    r"(?:\bsource|(?:^|[;&|])\s{0,9}\.)\s{1,9}<\(|\bbase64\s{1,9}-{1,2}d"
    r"|\b(?:cat|doppler|infisical|chamber|sops|op|vault|teller|bws|akeyless)\b"
    r"[^|;&\n>]{0,200}>>\s{0,9}[\"']?\$\{?GITHUB_ENV",
    re.MULTILINE,
)
#: `echo "$1=$2"` of a function, `export "$line"`, `declare -n`, and an environment made by `xargs`.
_NAMES_IT_MAKES = re.compile(
    r"\b(?:echo|printf)\b[^\n]{0,80}[\"'\s]\$\{?\w{1,60}\}?="
    r"|\b(?:export|declare\s{1,9}-x)\s{1,9}[\"']?\$\{?\w"
    r"|\bdeclare\s{1,9}-n\b|\bxargs\b[^\n]{0,80}\b(?:ba)?sh\s{1,9}-c\b"
)


def doubts(owner: Workflow | Action, job: Job) -> Iterator[tuple[str, str]]:
    """What hands a job text that is not in the file, and why that is doubt."""
    if _hands_over_all(owner, job):
        yield "secrets", "all of them are handed over, keys perhaps as well"
    if any(map(_takes_over, job.steps)):
        why = "it runs or copies text that is not in the file, keys perhaps as well"
        yield f"a script of job `{job.id}`", why
    elif any(map(_makes_names, job.steps)):
        why = "it sets variables whose names only a run tells, those of keys perhaps as well"
        yield f"a script of job `{job.id}`", why


def _hands_over_all(owner: Workflow | Action, job: Job) -> bool:
    """Whether something of a job gets every secret at once, or a mapping that a secret holds."""
    text = owner.file.text
    variables = owner.root.mapping("env")
    spans = [job.node.span, *([variables.span] if variables is not None else [])]
    return any(_ALL_SECRETS.search(text[span.start : span.end]) for span in spans)


def _takes_over(step: Step) -> bool:
    """Whether a script takes settings over from where nobody can read them."""
    return step.run is not None and _TAKES_OVER.search(step.run.text) is not None


def _makes_names(step: Step) -> bool:
    """Whether a script sets variables by names that do not stand in front of the `=`."""
    return step.run is not None and _NAMES_IT_MAKES.search(step.run.text) is not None
