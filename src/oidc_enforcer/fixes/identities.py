"""Who each step of a job is to AWS, so that a fix gives no step the access of another.

An identity is a key, by the text that gives it, or a role. Only the names that AWS's tools read are
followed; a step that runs under several is all of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.expression import template
from oidc_enforcer.fixes import needs
from oidc_enforcer.shell import OF_SCRIPT, Setting, Sink
from oidc_enforcer.source import Edit
from oidc_enforcer.workflow import configure_aws, runners, scripts
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Job, Step, Workflow
from oidc_enforcer.workflow.variables import Variables

ID = "AWS_ACCESS_KEY_ID"
_ROLE = "role:"
_FILES = frozenset({Sink.AWS_CONFIGURE, Sink.CREDENTIALS_FILE})
_S3CMD = "s3-actions/s3cmd"
_PROFILE = re.compile(r"--profile[ =][\"']?([\w.-]+)")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
#: Variables that stand for each other further than this are not followed.
_MAX_DEPTH = 4

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
Identities = frozenset[str]
NOBODY: Identities = frozenset({""})


class Standing(NamedTuple):
    """Who a step is to AWS, and the region that its environment tells, "" where it tells none.

    `is_told` says that the file names a region for it, besides what a session brings along.
    """

    who: Identities
    region: str
    is_told: bool


class _Env(NamedTuple):
    """What a step's variables are read from, strongest first."""

    layers: tuple[Mapping[str, str], ...]
    outputs: Mapping[str, str]

    def resolved(self, text: str, depth: int = 0) -> str:
        """The text that gives a value at last, without blanks."""
        bare = "".join(text.split()).strip("\"'")
        if depth >= _MAX_DEPTH:
            return bare
        name = _VARIABLE.fullmatch(bare)
        flows = template(bare).flows if "${{" in bare else ()
        if len(flows) == 1 and flows[0].context == "steps":
            return self.outputs.get(flows[0].dotted.split(".")[1], bare)
        if len(flows) == 1 and flows[0].context == "env" and flows[0].name:
            return self.of(flows[0].name, depth + 1) or bare
        return (self.of(name[1], depth + 1) or bare) if name is not None else bare

    def of(self, name: str, depth: int = 0) -> str:
        """The value of a variable, "" where nothing sets it."""
        for layer in self.layers:
            if name in layer:
                return self.resolved(layer[name], depth) if layer[name].strip() else ""
        return ""


class _Walk:
    """What the steps of a job leave behind for those that follow."""

    def __init__(self, workflow: Workflow, job: Job) -> None:
        self.given = tuple(
            _texts(one) for one in (job.env, *(c.env for c in job.containers), workflow.env)
        )
        self.exported: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.session: Identities = frozenset()
        #: The condition of the step that began the session, and who it is when that holds.
        self.when: tuple[str, str] = ("", "")
        self.files: dict[str, str] = {}

    def at(self, step: Step) -> Standing:
        """Who the step is, and where; then goes on behind it."""
        env = _Env((_texts(step.env), self.exported, *self.given), self.outputs)
        # NOTE: the first is the stronger for the AWS CLI; a file is the weakest.
        region = next(filter(None, map(env.of, _REGIONS)), "") or self.files.get("region", "")
        named = any(layer.get(name) for layer in (env.layers[0], *self.given) for name in _REGIONS)
        named = named or "region" in self.files
        return Standing(self._who(step, env), region, named)

    def _who(self, step: Step, env: _Env) -> Identities:
        if step.uses is not None and step.uses.is_action(configure_aws.NAME):
            return self._configured(step, env)
        ambient = self._ambient(step, env)
        if step.run is None:
            return self._given(step, env) or ambient
        if ".s3cfg" in step.run.text:
            self.files.pop("s3cmd", None)  # the file is written anew, and keys stand elsewhere
        if "s3cmd" in self.files and "s3cmd" in step.run.text:
            ambient = frozenset({self.files["s3cmd"]})  # its file goes before the environment
        own = self._script(step, env)
        return (ambient - {""} if own else ambient) | own

    def _ambient(self, step: Step, env: _Env) -> Identities:
        if step.env.get(ID) is None and self.session:
            condition, who = self.when
            holds = step.condition is not None and step.condition.text == condition
            found = frozenset({who}) if holds else self.session
        else:
            found = frozenset({env.of(ID)})
        if found == NOBODY:
            found = frozenset({self.files.get(env.of("AWS_PROFILE") or "default", "")})
        return found

    def _configured(self, step: Step, env: _Env) -> Identities:
        role, key = step.inputs.text("role-to-assume"), step.inputs.text("aws-access-key-id")
        who = of_role(role) if role.strip() else env.resolved(key)
        if not who:
            return self._ambient(step, env)
        profile = step.inputs.text("aws-profile").strip()
        if step.id:
            self.outputs[step.id] = who
        if profile:
            self.files[profile] = who
        if profile or step.inputs.text("output-env-credentials").strip() == "false":
            return frozenset({who})
        before = self._ambient(step, env) if step.condition is not None else frozenset()
        self.session = before | {who}
        self.when = (step.condition.text, who) if step.condition is not None else ("", "")
        self.exported[ID] = who
        region = env.resolved(step.inputs.text("aws-region"))
        self.exported.update(dict.fromkeys(_REGIONS, region))
        return frozenset({who})

    def _given(self, step: Step, env: _Env) -> Identities:
        """The keys among an action's inputs."""
        named = ((item, read_name(item.name)) for item in step.inputs)
        found = [item for item, name in named if name is not None and name.half is Half.ID]
        keys = frozenset(env.resolved(item.value.text) for item in found)
        if step.uses is not None and step.uses.is_action(_S3CMD) and len(keys) == 1:
            self.files["s3cmd"] = next(iter(keys))  # it writes the file that the program reads
        return keys - {""}

    def _script(self, step: Step, env: _Env) -> Identities:
        assert step.run is not None
        deeds = scripts.of_step(step)
        own: dict[str, str] = {}
        inner = env._replace(layers=(own, *env.layers))
        found: set[str] = set()
        for setting in deeds.script.settings:
            if setting.value is None:
                continue
            if setting.sink in OF_SCRIPT:
                own[setting.name] = inner.resolved(setting.value)
                if setting.name == ID and own[ID]:
                    found.add(own[ID])
            else:
                self._left(setting, inner)
        profiles = _PROFILE.findall(step.run.text)
        return frozenset(found) | {self.files[one] for one in profiles if one in self.files}

    def _left(self, setting: Setting, env: _Env) -> None:
        """What a script leaves for later steps."""
        value = env.resolved(setting.value or "")
        if setting.sink is Sink.GITHUB_ENV:
            self.exported[setting.name] = value
            if setting.name == ID:
                self.session, self.when = frozenset({value}), ("", "")
        elif setting.sink in _FILES and setting.name.lower() == "region":
            self.files["region"] = value
        elif setting.sink in _FILES and setting.name.lower() == ID.lower():
            name = setting.target.strip() if setting.sink is Sink.AWS_CONFIGURE else ""
            self.files[name or "default"] = value


def _texts(given: Variables) -> Mapping[str, str]:
    return {item.name: item.value.text for item in given}


def texts_of(credential: Credential) -> frozenset[str]:
    """The texts that give a credential's key id, none where it has no id."""
    key = credential.pair.half(Half.ID) if credential.pair is not None else None
    if key is None:
        return frozenset()
    given = [key.slot.value, *(f"${{{{ {one.reference} }}}}" for one in key.origins)]
    given += [one.text for one in key.origins if one.text]
    return frozenset("".join(text.split()) for text in given)


def of_role(text: str) -> str:
    """The identity of whoever assumes a role, by the text that gives it."""
    return _ROLE + "".join(text.split())


def of_job(workflow: Workflow, job: Job) -> list[tuple[Step, Identities]]:
    """Who each step is."""
    return [(step, one.who) for step, one in _standings(workflow, job)]


def _standings(workflow: Workflow, job: Job) -> list[tuple[Step, Standing]]:
    walk = _Walk(workflow, job)
    return [(step, walk.at(step)) for step in job.steps]


def mixed_up(
    before: Workflow, after: Workflow, edits: Iterable[Edit], keys: Iterable[str]
) -> Iterator[str]:
    """Doubts about steps that are somebody else to AWS after the edits than they should be.

    `keys` are the texts that give the key that goes: who had it must be one role now, and nobody
    else may be another.
    """
    gone = frozenset("".join(key.split()) for key in keys)
    ordered = sorted(edits)
    for job, again in zip(before.jobs, after.jobs, strict=False):
        later = _standings(after, again)
        pairs = []
        for step, was in _standings(before, job):
            found = _same(step, ordered, later)
            if found is not None and not needs.never(step):
                pairs.append((step, was, found))
        roles = [
            now.who
            for _, was, now in pairs
            if was.who not in (now.who, NOBODY)
            and was.who - {""} <= gone
            and all(who.startswith(_ROLE) for who in now.who - {""})
        ]
        role = roles[0] if roles else frozenset()
        for step, was, now in pairs:
            name = _name(step) + (f" of job `{job.id}`" if len(before.jobs) > 1 else "")
            doubts = _doubt(job, step, was.who, now.who, gone, role)
            yield from (f"{name} {doubt}" for doubt in doubts)
            if was.is_told and was.region != now.region and not needs.begins_session(step):
                yield f"{name} worked in {_place(was)}, and works in {_place(now)} now"


def _place(one: Standing) -> str:
    names = ", ".join(f"`{flow.dotted}`" for flow in template(one.region).flows)
    return names or (f"`{one.region}`" if one.region else "no region that is told")


def _same(step: Step, edits: list[Edit], later: list[tuple[Step, Standing]]) -> Standing | None:
    """Who the step is afterwards, None where it went."""
    at = start = step.span.start
    for edit in edits:
        if edit.span.start <= start and edit.span.end >= step.span.end and not edit.text:
            return None
        if edit.span.end <= start:
            at += len(edit.text) - (edit.span.end - edit.span.start)
        elif edit.span.start < start:
            at -= start - edit.span.start
    found = bisect_right(later, at, key=lambda pair: pair[0].span.end)
    return later[found][1] if found < len(later) else None


def _doubt(
    job: Job, step: Step, was: Identities, now: Identities, gone: Identities, role: Identities
) -> Iterator[str]:
    """What is to be said of the step, behind its name."""
    if was == now:
        return
    had = was - {""}
    wanted = (had - gone) | (role if had & gone else frozenset())
    if not had:
        if needs.certainly(step) and runners.other_access(job):
            yield f"may have been the runner's own role, and is {_said(now)} now"
    elif not now - {""}:
        yield f"had {_said(had)}, and has no session now"
    elif now - {""} != wanted - {""} or "" in now - was:
        yield f"had {_said(had)}, and is {_said(now)} now"


def _name(step: Step) -> str:
    return f"step {step.number}" if step.label == "run" else f"`{step.label}`"


def _said(who: Identities) -> str:
    """Names of identities; a key that is written out is not shown."""
    found = []
    for one in sorted(who - {""}):
        names = ", ".join(f"`{flow.dotted}`" for flow in template(one).flows)
        literal = f"`{one.removeprefix(_ROLE)}`" if one.startswith(_ROLE) else "a key in the file"
        found.append(names or literal)
    return " and ".join(found) or "nobody"
