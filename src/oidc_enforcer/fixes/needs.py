"""Which steps of a job may need AWS, and which session is in force when they run."""

from __future__ import annotations

from oidc_enforcer.workflow import configure_aws, scripts
from oidc_enforcer.workflow.known_actions import action_name, known_action, uses_id_token
from oidc_enforcer.workflow.model import Job, Step, UsesKind

_SETUP = ("actions/", "docker/setup-", "hashicorp/setup-", "azure/setup-")


def certainly(step: Step) -> bool:
    """Whether the step is seen to use AWS."""
    if step.uses is not None:
        name = step.uses.name
        return known_action(step.uses.value.text) is not None or "aws" in name or "s3" in name
    return bool(scripts.of_step(step).calls) or (
        step.run is not None and " aws " in f" {step.run.text} "
    )


def never(step: Step) -> bool:
    """Whether the step is known to work without AWS."""
    uses = step.uses
    if uses is None:
        return step.run is not None and not certainly(step) and _is_idle(step)
    if uses.kind is not UsesKind.REPOSITORY or known_action(uses.value.text) is not None:
        return False
    name = action_name(uses.value.text)
    return name.startswith(_SETUP) or uses_id_token(uses.value.text, ()) is False


#: Programs, and pairs of a program and its first word, that call no AWS and run nobody's code.
_IDLE = frozenset(
    """: [ apt apt-get basename cat cd chmod cp date dirname echo env false find grep head jq ln ls
    mkdir mv printf pwd rm rmdir sed set shopt sleep sort source tail tar tee test touch tr true
    unzip wc xargs zip""".split()
)
_IDLE_PAIRS = frozenset(
    tuple(words.split("/"))
    for words in """git/checkout git/config git/fetch git/clone git/log git/status git/rev-parse
    npm/ci npm/install pip/install pip3/install yarn/install pnpm/install bundle/install
    composer/install""".split()
)


def _is_idle(step: Step) -> bool:
    """Whether every command of the script is of these, and there is one."""
    commands = scripts.in_full(step).script.commands
    return bool(commands) and all(_idles(command.words) for command in commands)


def _idles(words: tuple[str, ...]) -> bool:
    rest = words[1:] if words[:1] == ("sudo",) else words
    return not rest or rest[0] in _IDLE or tuple(rest[:2]) in _IDLE_PAIRS


def first(job: Job) -> Step | None:
    """The first step that may need AWS; the first of all where none is seen to."""
    found = next((step for step in job.steps if not never(step)), None)
    if found is None:
        found = next((step for step in job.steps if step.run is not None), None)
    return found or (job.steps[0] if job.steps else None)


def begins_session(step: Step) -> bool:
    """Whether the step is the credentials action, and given a role or a key."""
    if step.uses is None or not step.uses.is_action(configure_aws.NAME):
        return False
    return bool(step.inputs.text("role-to-assume").strip() or step.inputs.text("aws-access-key-id"))


def session_before(job: Job | None, step: Step) -> Step | None:
    """The step that has assumed a role by OIDC when `step` has run, which may be that one."""
    found = None
    for other in job.steps if job is not None else ():
        if other.number > step.number:
            break
        if other.uses is None or not other.uses.is_action(configure_aws.NAME):
            continue
        if other.inputs.text("output-env-credentials").strip().lower() == "false":
            continue
        if (
            other.inputs.text("role-to-assume").strip()
            and not other.inputs.text("aws-access-key-id").strip()
        ):
            found = other
        elif begins_session(other) and other.condition is None:
            found = None  # a key that this one is given hides the session
    return found
