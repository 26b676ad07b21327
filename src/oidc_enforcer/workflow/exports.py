"""What a step brings into the job besides key pairs: sessions, brokers, tokens, roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer import shell
from oidc_enforcer.expression import UNKNOWN, evaluate, template
from oidc_enforcer.workflow import logins, scripts, slots
from oidc_enforcer.workflow.credential_names import Evidence, Half, Named, read_name
from oidc_enforcer.workflow.credentials import Kind
from oidc_enforcer.workflow.known_actions import (
    BrokerKind,
    KnownAction,
    broker,
    mentions_id_token,
)
from oidc_enforcer.workflow.known_actions import uses_id_token as known_token_user
from oidc_enforcer.workflow.model import NO_VARIABLES, Job, Step, UsesKind, Variables
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.pairs import Piece
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.yaml_tree import Scalar


class Access(NamedTuple):
    """Access that a command or a broker gives: its class if it is AWS access, and a description."""

    kind: Kind | None
    what: str
    needs_token: bool = False


_TOOLS: dict[shell.Tool, Access] = {
    shell.Tool.AWS_SSO_LOGIN: Access(Kind.HUMAN, "IAM Identity Center login of a person"),
    shell.Tool.SAML2AWS: Access(Kind.HUMAN, "SAML login of a person"),
    shell.Tool.AWS_VAULT: Access(Kind.HUMAN, "aws-vault, a keyring for people"),
    shell.Tool.HUMAN_LOGIN: Access(Kind.HUMAN, "login of a person"),
    shell.Tool.STS_WEB_IDENTITY: Access(Kind.OIDC, "assumes a role by OIDC", needs_token=True),
    shell.Tool.ID_TOKEN_REQUEST: Access(None, "asks for an OIDC token", needs_token=True),
    shell.Tool.SIGNING_HELPER: Access(Kind.ROLES_ANYWHERE, "IAM Roles Anywhere"),
    shell.Tool.VAULT_AWS_CREDS: Access(Kind.BROKERED, "Vault's AWS secrets engine"),
}


def access_of_tool(use: shell.Use) -> Access | None:
    """What a command of a script means for the job's access, None when nothing."""
    return _TOOLS.get(use.tool)


_BROKER_SOURCES = {
    BrokerKind.BROKERED: Source.BROKER,
    BrokerKind.TEMPORARY: Source.SESSION,
    BrokerKind.EXTERNAL_STORE: Source.STORE,
}


def apply_broker(step: Step, scene: Scene) -> None:
    """Lets a step that fetches credentials fill the environment and its outputs."""
    assert step.uses is not None
    if step.uses.is_action("aws-actions/amazon-ecr-login"):
        _offer(step, scene, Source.SESSION)
        return
    found = broker(step.uses.value.text)
    if found is None:
        return
    # NOTE: what an unknown broker calls an AWS key is stored there, unless a token says otherwise.
    source = _BROKER_SOURCES.get(found.kind, Source.STORE)
    given = vault_pieces(scene, step.inputs, step)
    mapped = {p.slot.name: p.origins for pieces in given for p in pieces}
    for item in step.env:
        origins = scene.resolve(slots.of_variable(scene.file, item))
        if any(origin.source is Source.STORE for origin in origins):
            mapped[item.name] = origins
    for name, origins in mapped.items():
        scene.write(name, origins)
    _offer(step, scene, source, mapped)


def _offer(
    step: Step, scene: Scene, source: Source, mapped: dict[str, tuple[Origin, ...]] | None = None
) -> None:
    """Makes every output of the step come from `source`, but for those that `mapped` knows."""
    if not step.id or step.uses is None:
        return
    # NOTE: the closure keeps the file and not the scene, which would keep itself alive.
    file, value, known = scene.file, step.uses.value, mapped or {}
    # NOTE: each output gets a slot of its own, so that two of them are never taken for one value.
    made: dict[str, Slot] = {}

    def output(name: str) -> tuple[Origin, ...]:
        if name in known:
            return known[name]
        return (Origin(source, f"steps.{step.id}.outputs.{name}", _own(made, name), name),)

    def _own(slots_by_name: dict[str, Slot], name: str) -> Slot:
        offset = -1 - len(slots_by_name)
        fresh = Slot(name, "", file, value, offset, offset)
        return slots_by_name.setdefault(name, fresh)

    scene.outputs[step.id] = output


#: NOTE: of an unknown broker, what is named after an AWS key and is not dynamic is stored there.
_STORES = frozenset({BrokerKind.EXTERNAL_STORE, BrokerKind.UNKNOWN})


def vault_pieces(
    scene: Scene, inputs: Variables, step: Step | None = None, *, only_mapped: bool = False
) -> Iterator[list[Piece]]:
    """Halves named by lines: `path key | NAME;` of hashicorp/vault-action, `entry > NAME`, and
    Conjur's `path|NAME;`, Akeyless' `{"path": "NAME"}`.

    Paths of the AWS secrets engine (`aws/creds/…`, `aws/sts/…`) give short-lived credentials;
    every other path is a store of long-lived values. A `step` that reads a store says the names
    that it exports in ways of its own, which `only_mapped` leaves out. Also the logins of
    `registry-auth`.
    """
    found = broker(step.uses.value.text) if step is not None and step.uses else None
    is_store = found is not None and found.kind in _STORES
    for item in inputs:
        text = item.value.text
        if item.name.lower() == "registry-auth":
            yield from logins.in_list(scene, item.value)
            continue
        if not any(word in text.lower() for word in ("access", "secret", "key")):
            continue
        has_paths = "/" in text or ">" in text
        made = [*_mapped(scene, item.value, is_store=is_store)] if has_paths else []
        if not made and is_store and not only_mapped and "dynamic" not in item.name:
            made = [*_exported(scene, item.value)]
        if made:
            yield made


#: `"path": "NAME"` of JSON.
_JSON_ENTRY = re.compile(
    r"\"([^\"\n]{1,200}/[^\"\n]{1,200})\"\s{0,9}:\s{0,9}\"([A-Za-z_]\w{1,80})\""
)


def _mapped(scene: Scene, scalar: Scalar, *, is_store: bool) -> Iterator[Piece]:
    if is_store and scalar.text.lstrip().startswith("{"):
        for found in _JSON_ENTRY.finditer(scalar.text):
            named = read_name(found[2])
            if named is not None:
                slot = Slot(found[2], "", scene.file, scalar, *found.span())
                yield Piece(slot, named, (Origin(Source.STORE, "", slot, found[2]),))
        return
    for start, end in logins.lines(scalar.text):
        for part in re.finditer(r"[^;]+", scalar.text[start:end]):
            at = start + part.start()
            made = _store_piece(scene, scalar, part[0], at, words=1 if is_store else 2)
            if made is not None:
                yield made


def _exported(scene: Scene, scalar: Scalar) -> Iterator[Piece]:
    """Names that are plainly those of AWS keys, and no part of a path."""
    for found in re.finditer(r"(?<![\w/.-])[A-Za-z_][\w-]{2,80}+(?![\w/.-])", scalar.text):
        named = read_name(found[0])
        if named is None or named.evidence is not Evidence.AWS or named.half is Half.PAIR:
            continue
        slot = Slot(found[0], "", scene.file, scalar, *found.span())
        yield Piece(slot, named, (Origin(Source.STORE, "", slot, found[0]),))


def _store_piece(
    scene: Scene, scalar: Scalar, line: str, start: int, *, words: int
) -> Piece | None:
    """What a line maps to a name; `words` are at least how many say which entry it is."""
    entry, arrow, target = line.partition(">")
    if not arrow:
        entry, _, target = line.rstrip(" ;").partition("|")
    found = entry.split()
    if "${{" in entry or "=" in entry or not found:
        return None
    path, key = found[0], found[-1]
    # NOTE: an arrow needs no path: Bitwarden's entries are identifiers.
    is_entry = len(found) == 1 if arrow else words <= len(found) <= 2 and "/" in path
    if not is_entry or not (arrow or target or len(found) == 2):
        return None
    name = target.strip().removeprefix("env:") or key
    named = read_name(name) or read_name(key)
    if named is None:
        return None
    is_dynamic = "/creds/" in f"/{path}" or "/sts/" in f"/{path}"
    indent = len(line) - len(line.lstrip())
    slot = Slot(name, "", scene.file, scalar, start + indent, start + len(line))
    source = Source.BROKER if is_dynamic else Source.STORE
    evidence = Evidence.AWS if is_dynamic else named.evidence
    origin = Origin(source, "", slot, name)
    return Piece(slot, named._replace(evidence=evidence), (origin,))


#: An input that takes a key, or a registry or mail server that takes one as its password, says so
#: by one of these words in its name or its value; `secrets[` may name anything.
_KEY_WORDS = (
    *("key", "aws", "cred", "s3", "access", "smtp", "ecr", "secrets[", "token", "codecommit"),
)


def may_take_keys(step: Step) -> bool:
    """Whether any word of the step's inputs could mean a key; False saves looking closer."""
    if step.inputs is NO_VARIABLES:
        return False
    text = "\n".join([f"{item.name}:{item.value.text}" for item in step.inputs.items]).lower()
    return any(map(text.__contains__, _KEY_WORDS))


def is_idle(step: Step) -> bool:
    """Whether the step's action takes no key, brings no session, and is none of this repository."""
    uses = step.uses
    return (
        uses is not None
        and uses.kind is not UsesKind.LOCAL
        and uses.name not in _ALWAYS_LOOKED_AT
        and broker(uses.value.text) is None
        and not may_take_keys(step)
    )


#: Actions that matter whatever they are given.
_ALWAYS_LOOKED_AT = frozenset(
    {"aws-actions/configure-aws-credentials", "aws-actions/amazon-ecr-login"}
)


def renamed_inputs(known: KnownAction | None, found: Iterable[Slot]) -> dict[str, Named]:
    """Inputs that hold a key though their names do not say so: by server, or by the table."""
    by_name = {slot.name.lower(): slot for slot in found}
    if made := logins.by_server(by_name.values()) or logins.by_registry(by_name):
        return made
    if known is None or known.key_id == "username":
        return {}
    return {
        slot.name: Named(half, "", Evidence.GENERIC, "")
        for name, half in (
            (known.key_id, Half.ID),
            (known.secret, Half.SECRET),
            (known.session_token, Half.TOKEN),
        )
        if name and (slot := by_name.get(name.lower())) is not None
    }


#: How the labels begin that say that a runner is one's own: AWS CodeBuild's and RunsOn's among
#: them. A runner of a group is GitHub's or one's own, which no file tells.
_OWN_RUNNERS = ("self-hosted", "codebuild-", "runs-on=", "runs-on/", "group:")


def other_access(job: Job | None) -> str:
    """Why a job may have AWS access that no file shows: the role of its runner; "" if it cannot.

    GitHub's own runners hold no AWS role; CodeBuild's, RunsOn's and self-hosted ones may, and so
    may one that is chosen at run time.
    """
    if job is None:
        return "the runner is the caller's"
    for label in job.runs_on:
        if label.lower().startswith(_OWN_RUNNERS):
            return f"a runner labelled `{label}` may have a role of its own"
        if "${{" not in label:
            continue
        for name, is_label in _computed_labels(label, job):
            if not is_label:
                return f"`{name}` chooses the runner, which may have a role of its own"
            if name.lower().startswith(_OWN_RUNNERS):
                return f"a runner labelled `{name}` may have a role of its own"
    return ""


def _computed_labels(text: str, job: Job) -> Iterator[tuple[str, bool]]:
    """The labels that an expression may give, and what it reads where the file does not tell."""
    parsed = template(text)
    value = evaluate(parsed, lambda path: UNKNOWN)
    if isinstance(value, list):
        yield from ((item, True) for item in value if isinstance(item, str))
        return
    yield from ((constant, True) for constant in parsed.constants)
    for flow in parsed.flows:
        known = job.matrix.get(flow.name or "", ()) if flow.context == "matrix" else ()
        for label in known or ("${{",):
            yield (flow.dotted, False) if "${{" in label else (label, True)


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
    given = (item.name for item in (*step.inputs, *step.env) if item.value.text.strip())
    return known_token_user(uses.value.text, given)
