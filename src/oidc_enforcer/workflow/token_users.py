"""Which steps use a token of OIDC, and which certainly do not."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.workflow import scripts
from oidc_enforcer.workflow.known_actions import mentions_id_token
from oidc_enforcer.workflow.known_actions import uses_id_token as known_token_user
from oidc_enforcer.workflow.model import Step, UsesKind
from oidc_enforcer.workflow.variables import Variables

#: Commands that never ask GitHub for a token, nor run anything else that could. `cosign`, `npm
#: publish`, cloud CLIs, builds, installers with scripts and the repository's own scripts may, and
#: so may whatever runs a command that it is given (`env`, `xargs`, `find`).
_HARMLESS = frozenset(
    """: [ [[ aws basename break cat cd chmod chown continue cp curl cut date declare df dirname du
    echo exit export expr false grep gunzip gzip head id if jq local ls mkdir mv popd printf pushd
    pwd read return rm rsync set shopt sleep sort tail tar tee test touch tr true uname uniq unset
    unzip wait wc wget which yq zip""".split()
)
_HARMLESS_PAIRS = frozenset(
    {
        ("apt-get", "install"),
        ("apt-get", "update"),
        ("docker", "pull"),
        ("docker", "push"),
        ("docker", "tag"),
        ("terraform", "fmt"),
        ("terraform", "validate"),
    }
)


def is_harmless(step: Step) -> bool:
    """Whether every command of the step's script is known not to use an OIDC token."""
    if step.run is None or mentions_id_token(step.run.text):
        return False
    commands = scripts.in_full(step).script.commands
    # NOTE: a program in Python may do all its work by what it imports.
    return bool(commands) and all(_is_harmless(command.words) for command in commands)


def _is_harmless(words: tuple[str, ...]) -> bool:
    rest = words[1:] if words[:1] == ("sudo",) else words
    if not rest or rest[0] in _HARMLESS:
        return True
    return tuple(rest[:2]) in _HARMLESS_PAIRS


def uses_id_token(step: Step) -> bool | None:
    """Whether the step's action asks for an OIDC token; None when nobody has looked."""
    uses = step.uses
    if uses is None or uses.kind is not UsesKind.REPOSITORY:
        return None
    both = (step.inputs, step.env)
    given = (item.name for each in both for item in each if item.value.text.strip())
    return known_token_user(uses.value.text, given)


def names_token_file(around: Iterable[Variables], steps: Iterable[Step]) -> bool:
    """Whether the variable is set by which AWS's tools find an OIDC token of their own accord."""
    name = "AWS_WEB_IDENTITY_TOKEN_FILE"
    if any(given.text(name) for given in around):
        return True
    return any(
        step.env.text(name)
        or any(setting.name == name for setting in scripts.of_step(step).script.settings)
        for step in steps
    )
