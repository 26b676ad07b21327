"""Walks the steps of a job and gathers its credentials (the heart of the product)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oidc_enforcer import shell
from oidc_enforcer.source import Span
from oidc_enforcer.workflow import (
    brokers,
    classify,
    configure_aws,
    handed_over,
    key_inputs,
    logins,
    runners,
    scripts,
    slots,
    token_users,
    tool_access,
)
from oidc_enforcer.workflow.budget import Budget
from oidc_enforcer.workflow.configure_aws import Mode
from oidc_enforcer.workflow.credential_names import Named
from oidc_enforcer.workflow.credentials import Credential, JobCredentials, Kind, TokenUse
from oidc_enforcer.workflow.known_actions import known_action
from oidc_enforcer.workflow.layers import NOTHING_VISIBLE, Layer
from oidc_enforcer.workflow.ledger import Ledger
from oidc_enforcer.workflow.model import (
    NO_VARIABLES,
    Action,
    Job,
    Step,
    Uses,
    UsesKind,
    Variables,
    Workflow,
)
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.pairs import may_be_half, pair_up, piece
from oidc_enforcer.workflow.permissions import UNDECIDED, Grant, IdToken, effective
from oidc_enforcer.workflow.provider import look_around
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.scripts import AwsCall, Deeds
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.yaml_tree import Scalar

_KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def of_workflow(
    workflow: Workflow, surroundings: Surroundings, *, in_full: bool = False
) -> tuple[JobCredentials, ...]:
    """The credentials of every job, those of the workflow's own `env` among them.

    `in_full` takes no short path where nothing can be found: the same answer, more slowly.
    """
    ledger, budget = Ledger(), Budget()
    calls: tuple[AwsCall, ...] = ()
    if workflow.env.items:
        calls = tuple(call for job in workflow.jobs for call in _calls(job.steps))
    walks = [
        _Walk(
            Scene(workflow.file, workflow, job, surroundings, budget=budget),
            ledger,
            in_full=in_full,
        ).job(workflow, job, calls)
        for job in workflow.jobs
    ]
    # NOTE: a later job may say more about a pair that an earlier one shares with it.
    return tuple(walk.result() for walk in walks)


def token_uses(scene: Scene, workflow: Workflow, job: Job) -> tuple[TokenUse, ...]:
    """What uses the token in a job of a called workflow, `scene` being bound to its call."""
    walk = _Walk(scene, Ledger())
    walk._body(workflow, job, ())
    scene.close()
    return tuple(walk.token_uses)


def of_action(
    action: Action, surroundings: Surroundings, *, in_full: bool = False
) -> JobCredentials:
    """The credentials of an action's own steps, its caller unknown."""
    scene = Scene(action.file, action, None, surroundings)
    return _Walk(scene, Ledger(), in_full=in_full).action(action)


class _Walk:
    """One pass over a job's steps. `ledger` is shared by the jobs of a workflow, so that a pair of
    the workflow's `env` is one credential in all of them.
    """

    def __init__(
        self, scene: Scene, ledger: Ledger, grant: Grant = UNDECIDED, *, in_full: bool = False
    ) -> None:
        self.scene = scene
        self.in_full = in_full
        self.ledger = ledger
        self.grant = grant
        self.in_force: dict[int, None] = {}
        self.token_uses: list[TokenUse] = []
        self.unresolved: list[tuple[str, str]] = []
        self.wants_token = False
        self.unknown_steps = False
        self.deeds: dict[int, Deeds] = {}
        self.calls: tuple[AwsCall, ...] = ()

    # -- entry points ------------------------------------------------------------------------

    def job(self, workflow: Workflow, job: Job, everywhere: tuple[AwsCall, ...]) -> _Walk:
        """Walks a job, or a call of a reusable workflow.

        `everywhere` are the AWS calls of all jobs, which share the workflow's `env`.
        """
        self.grant = effective(workflow, job, self.scene.surroundings)
        self._body(workflow, job, everywhere)
        self._runner_access(job)
        self.scene.close()
        return self

    def _body(self, workflow: Workflow, job: Job, everywhere: tuple[AwsCall, ...]) -> None:
        self._read(job.steps)
        self._variables(workflow.env, None, 0, "env", everywhere)
        self._variables(job.env, None, 1, "env", self.calls)
        for container in job.containers:
            self._variables(container.env, None, 2, f"container `{container.name}`", ())
            if container.options is not None:
                deeds = scripts.of_options(container.options.text)
                self._script(None, container.options, deeds)
        if job.uses is not None:
            self._variables(job.inputs, None, 4, "with", ())
            self._variables(job.secrets, None, 4, "secrets", ())
            self._store_mappings(job.inputs, None)
            self._called(job, job.uses)
        for step in job.steps:
            self._step(step)

    def _called(self, job: Job, uses: Uses) -> None:
        """What a called workflow of this repository does with the values that the call gives it.

        Only what enters in the caller's file counts here: the rest is the called file's own.
        """
        scene = self.scene
        callee = scene.surroundings.workflow(uses)
        if callee is None or not (job.inputs.items or job.secrets.items):
            return
        for inner in callee.jobs:
            if not scene.visit():
                self.unresolved.append((uses.value.text, "more nested calls than are followed"))
                return
            walk = _Walk(scene.called(callee, inner, job), self.ledger, in_full=self.in_full)
            walk._body(callee, inner, ())
            for number in walk.in_force:
                if self.ledger.credential(number).file is scene.outermost_file:
                    self.in_force[number] = None
            walk.scene.close()

    def action(self, action: Action) -> JobCredentials:
        """Walks the steps of a composite action, or what a container action is given."""
        self._read(action.steps)
        self._variables(action.env, None, 4, "env", ())
        nameless = [slots.of_scalar("", action.file, argument) for argument in action.arguments]
        self._pairs(nameless, None, 4, "args", ())
        for step in action.steps:
            self._step(step)
        self.scene.close()
        return self.result()

    def _read(self, steps: Iterable[Step]) -> None:
        """Reads every script once: a pair may be used by calls of any step."""
        self.deeds = {step.number: scripts.of_step(step) for step in steps if step.run is not None}
        self.calls = tuple(call for deeds in self.deeds.values() for call in deeds.calls)

    def result(self) -> JobCredentials:
        job = self.scene.job
        uses: bool | None = bool(self.token_uses) or self.wants_token
        if not uses and self.unknown_steps:
            uses = None
        credentials = tuple(self.ledger.credential(number) for number in self.in_force)
        return JobCredentials(
            job, self.grant, credentials, tuple(self.token_uses), uses, tuple(self.unresolved)
        )

    # -- one step ------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        scene = self.scene
        deeds = self.deeds.get(step.number, scripts.NOTHING)
        if not self.in_full and self._is_idle(step, deeds):
            if step.uses is not None:
                self._note_token_use(step)
            elif step.run is not None:
                self._note_commands(step)
            return
        scene.enter(step)
        calls = deeds.calls if step.run is not None else self.calls
        self._variables(step.env, step, 3, "env", calls)
        if step.uses is not None:
            self._action_step(step)
        elif step.run is not None:
            self._run_step(step, deeds)
        scene.leave(step, deeds)

    def _is_idle(self, step: Step, deeds: Deeds) -> bool:
        """Whether the step can neither bring a credential, nor change a variable or an output.

        INVARIANT: walking such a step in full does nothing but note its use of the token.
        """
        if deeds is not scripts.NOTHING:
            return False
        if step.env is not NO_VARIABLES and self._may_hold_half(step.env):
            return False
        return step.uses is None or key_inputs.is_idle(step)

    def _run_step(self, step: Step, deeds: Deeds) -> None:
        assert step.run is not None
        if deeds is not scripts.NOTHING:
            self._script(step, step.run, deeds)
            for use in deeds.tools:
                self._tool(step, use, step.run)
        self._note_commands(step)

    def _note_commands(self, step: Step) -> None:
        # NOTE: who may not ask for a token needs no proof that he does not.
        if self.grant.id_token is not IdToken.NONE and not self.unknown_steps:
            self.unknown_steps = not token_users.is_harmless(step)

    def _script(self, step: Step | None, scalar: Scalar, deeds: Deeds) -> list[int]:
        """The pairs that a script sets, by the place they go to; their numbers in the ledger."""
        found = [
            slots.of_setting(self.scene.file, scalar, setting, deeds)
            for setting in deeds.script.settings
            if setting.sink is not shell.Sink.UNSET and setting.value
        ]
        by_sink: dict[object, list[Slot]] = {}
        for slot in found:
            assert slot.setting is not None
            setting = slot.setting
            key = (setting.sink, setting.target) if setting.sink in _BY_GROUP else setting.sink
            by_sink.setdefault(key, []).append(slot)
        numbers: list[int] = []
        for group in by_sink.values():
            assert group[0].setting is not None
            # NOTE: what a script leaves behind is used by all that the job calls, not by it alone.
            used_by = self.calls if group[0].setting.sink in _LASTING else deeds.calls
            numbers += self._pairs(group, step, 4, "run", used_by, beside=found)
        return numbers

    def _action_step(self, step: Step) -> None:
        uses = step.uses
        assert uses is not None
        if uses.is_action(configure_aws.NAME):
            self._configure(step)
            return
        inner = self.scene.surroundings.action(uses)
        if inner is not None and inner.using == "composite":
            if self.scene.visit():
                self._variables(step.inputs, step, 4, "with", self.calls)
                self._inside(step, inner)
                return
            self.unresolved.append((uses.value.text, "more nested actions than are followed"))
        elif inner is None and uses.kind is UsesKind.LOCAL:
            self.unresolved.append((uses.value.text, "no such action in this repository"))
        self._foreign_action(step)

    def _foreign_action(self, step: Step) -> None:
        """An action whose text is not here: judged by its inputs and by what is known of it."""
        uses = step.uses
        assert uses is not None
        if key_inputs.may_take_keys(step):
            read: set[str] = set()
            for item, deeds in scripts.of_inputs(step):
                if self._script(step, item.value, deeds):
                    read.add(item.name)
                for use in deeds.tools:
                    self._tool(step, use, item.value)
            self._known_inputs(step, read)
            self._store_mappings(step.inputs, step)
        brokers.apply_broker(step, self.scene)
        self._note_token_use(step)

    def _note_token_use(self, step: Step) -> None:
        uses_token = token_users.uses_id_token(step)
        self.wants_token = self.wants_token or uses_token is True
        self.unknown_steps = self.unknown_steps or uses_token is None

    def _known_inputs(self, step: Step, read: set[str]) -> None:
        """The inputs of an action, by the table of known actions or by their own names.

        Those in `read` hold a script whose settings are recorded already.
        """
        assert step.uses is not None
        known = known_action(step.uses.value.text)
        found = [
            slots.of_variable(self.scene.file, item)
            for item in step.inputs
            if item.name not in read
        ]
        renamed = key_inputs.renamed(known, found)
        self._pairs(found, step, 4, "with", self.calls, renamed=renamed)

    def _inside(self, step: Step, action: Action) -> None:
        """Walks the steps of a local action; what it does counts as done by this step."""
        scene = self.scene.inside(action, step)
        inner = _Walk(scene, self.ledger, self.grant, in_full=self.in_full)
        inner._read(action.steps)
        # NOTE: what a local action in JavaScript or in a container does is not in sight.
        inner.unknown_steps = action.using != "composite"
        for own in action.steps:
            if inner.scene.may_run(own):
                inner._step(own)
        self.in_force.update(inner.in_force)
        for use in inner.token_uses:
            what = f"{use.what}, inside `{step.uses.name if step.uses else ''}`"
            self.token_uses.append(
                TokenUse(self.scene.file, step.head, what, step, use.role, use.doubt)
            )
        self.unresolved += inner.unresolved
        self.unknown_steps = self.unknown_steps or inner.unknown_steps
        self.wants_token = self.wants_token or inner.wants_token
        if step.id:
            # NOTE: resolved now, so that the outputs do not keep the inner scene alive.
            outputs = {
                item.name.lower(): inner.scene.resolve(slots.of_variable(action.file, item))
                for item in action.outputs
            }
            self.scene.outputs[step.id] = lambda name: outputs.get(name.lower(), ())
        inner.scene.close()

    # -- configure-aws-credentials -------------------------------------------------------------

    def _configure(self, step: Step) -> None:
        scene = self.scene
        plan = configure_aws.plan(step, scene, self.grant.id_token)
        given = [
            slot for slot in (plan.key_id, plan.secret, plan.session_token) if slot is not None
        ]
        numbers = self._pairs(given, step, 4, "with", self.calls, proven=True)
        for number in numbers if plan.mode is not Mode.TOKEN_FILE else ():
            self.ledger.note_role(
                number,
                plan.role,
                bypasses=plan.mode is Mode.KEYS_THEN_ROLE and not plan.chained,
                fallback=plan.mode is Mode.KEYS_OR_OIDC,
            )
        if plan.mode is Mode.KEYS_THEN_ROLE:
            # NOTE: the token is not used yet, but whoever mends the step will need it.
            self.wants_token = True
        if plan.mode is Mode.TOKEN_FILE or step.inputs.expression is not None:
            # NOTE: what put a token into the file may have asked for it; an expression that makes
            # the inputs may make any.
            self.unknown_steps = True
        if plan.mode in (Mode.OIDC, Mode.KEYS_OR_OIDC):
            self._assumes_by_oidc(step, plan)
        elif plan.mode is Mode.TOKEN_FILE:
            self._access(Kind.OIDC, step, "a web identity token file")
        elif plan.mode is Mode.AMBIENT:
            self._ambient(step, plan)
        if plan.mode in (Mode.OIDC, Mode.TOKEN_FILE) or plan.role is not None:
            self._session(step)
        elif plan.key_id is not None:
            self._exports_keys(step, plan)

    def _assumes_by_oidc(self, step: Step, plan: configure_aws.Plan) -> None:
        if plan.keeps_existing and self._ambient_keys():
            for number in self._ambient_keys():
                self.ledger.note_role(number, plan.role, bypasses=True, fallback=False)
            self.wants_token = True
            return
        role = _shown(plan.role)
        self.token_uses.append(
            TokenUse(
                self.scene.file, _at(plan.role, step), f"assumes {role} by OIDC", step, plan.role
            )
        )
        self._access(Kind.OIDC, step, role, role=plan.role)

    def _ambient(self, step: Step, plan: configure_aws.Plan) -> None:
        """No keys of its own and no OIDC: the environment's credentials are used."""
        keys = () if plan.clears else self._ambient_keys()
        for number in keys:
            self.ledger.note_role(number, plan.role, bypasses=False, fallback=False)
        if keys or (self.scene.written("AWS_ACCESS_KEY_ID") and not plan.clears):
            return
        if not plan.lacks_token:
            self._access(Kind.AMBIENT, step, "the credentials of the environment")
            return
        role = _shown(plan.role)
        doubt = runners.other_access(self.scene.job)
        what = f"assumes {role} by OIDC"
        self.token_uses.append(
            TokenUse(self.scene.file, _at(plan.role, step), what, step, plan.role, doubt)
        )
        self._access(Kind.AMBIENT if doubt else Kind.OIDC, step, role, role=plan.role)

    def _ambient_keys(self) -> list[int]:
        """Keys that stand in the environment under the names that AWS's tools read, if AWS's.

        What an earlier step exported hides what the job's `env` says, as a session hides keys.
        """
        name = "AWS_ACCESS_KEY_ID"
        written = self.scene.written(name)
        if written is not None and self.scene.step_variable(name) is None:
            found = (self.ledger.find(origin.slot) for origin in written)
        else:
            slot = self.scene.visible().find(name)
            found = (self.ledger.find(one) for one in (slot,) if one is not None)
        numbers = dict.fromkeys(number for number in found if number is not None)
        return [n for n in numbers if self.ledger.credential(n).kind not in _NOT_OF_AWS]

    def _session(self, step: Step) -> None:
        """From here on the job holds temporary credentials, in the environment and as outputs."""
        uses = step.uses
        assert uses is not None
        slot = slots.of_scalar("", self.scene.file, uses.value)
        session = (Origin(Source.SESSION, "", slot),)
        for name in _KEY_VARIABLES:
            self.scene.write(name, session)
        if step.id:
            self.scene.outputs[step.id] = lambda name: session

    def _exports_keys(self, step: Step, plan: configure_aws.Plan) -> None:
        values = [
            self.scene.resolve(slot) if slot is not None else ()
            for slot in (plan.key_id, plan.secret, plan.session_token)
        ]
        for name, origins in zip(_KEY_VARIABLES, values, strict=True):
            self.scene.write(name, origins)
        if step.id:
            by_name = dict(zip(_KEY_VARIABLES, values, strict=True))
            self.scene.outputs[step.id] = lambda name: by_name.get(
                name.upper().replace("-", "_"), ()
            )

    # -- scopes ----------------------------------------------------------------------------------

    def _variables(
        self, given: Variables, step: Step | None, level: int, sink: str, calls: tuple[AwsCall, ...]
    ) -> None:
        """The pairs of one `env`, `with` or `secrets` mapping."""
        if given is NO_VARIABLES or not self._may_hold_half(given):
            return
        found = [slots.of_variable(self.scene.file, item) for item in given]
        self._pairs(found, step, level, sink, calls)

    def _may_hold_half(self, given: Variables) -> bool:
        return self.in_full or any(may_be_half(item.name, item.value.text) for item in given.items)

    def _pairs(
        self,
        found: list[Slot],
        step: Step | None,
        level: int,
        sink: str,
        calls: tuple[AwsCall, ...],
        *,
        beside: list[Slot] | None = None,
        proven: bool = False,
        renamed: Mapping[str, Named] | None = None,
    ) -> list[int]:
        """Pairs up the slots of one scope and records each pair; the numbers in the ledger.

        `calls` are the AWS calls that use the pair, `beside` what else tells whose it is: by
        default the slots themselves, and the environment that is visible there.
        """
        names = renamed or {}
        maybe = (piece(slot, self.scene, level, names.get(slot.name)) for slot in found)
        pieces = [made for made in maybe if made is not None]
        for slot in found:
            if slot.setting is None and handed_over.has_login(slot.value):
                pieces += logins.in_address(self.scene, slot)
        if not pieces:
            return []
        seen = NOTHING_VISIBLE if sink in ("secrets", "args") else self.scene.visible()
        own = Layer.of_slots(self.scene.file, found if beside is None else beside)
        around = look_around(seen.under(own))
        numbers = []
        for pair in pair_up(pieces):
            made = classify.credential(
                pair, self.scene, around, calls, step=step, sink=sink, proven=proven
            )
            if made is None:
                continue
            number = self.ledger.record(pair, made)
            self.in_force[number] = None
            numbers.append(number)
        return numbers

    def _store_mappings(self, inputs: Variables, step: Step | None) -> None:
        """Vault's `path key | NAME;` lines, in vault-action or in an input handed to another."""
        for pieces in brokers.vault_pieces(self.scene, inputs, step, only_mapped=True):
            for pair in pair_up(pieces):
                made = classify.credential(
                    pair, self.scene, look_around(NOTHING_VISIBLE), (), step=step, sink="with"
                )
                if made is not None:
                    self.in_force[self.ledger.record(pair, made)] = None

    # -- access without a pair ---------------------------------------------------------------

    def _tool(self, step: Step, use: shell.Use, script: Scalar) -> None:
        found = tool_access.access_of_tool(use)
        if found is None:
            return
        file = self.scene.file
        span = script.source_span(file.text, use.start, use.end)
        if found.needs_token:
            # NOTE: a runner of one's own may have a token of another issuer in a file.
            doubt = runners.other_access(self.scene.job) if found.kind is not None else ""
            self.token_uses.append(TokenUse(file, span, found.what, step, doubt=doubt))
        if found.kind is not None:
            self._access(found.kind, step, found.what, span=span)

    def _access(
        self,
        kind: Kind,
        step: Step | None,
        source: str,
        *,
        role: Slot | None = None,
        span: Span | None = None,
    ) -> None:
        at = span or (step.head if step else Span(0, 0))
        made = Credential(kind, self.scene.file, at, source, step, self.scene.job, role=role)
        self.in_force[self.ledger.add(made)] = None

    def _runner_access(self, job: Job) -> None:
        """AWS is called and nothing in the file says with what: the runner's role, or unknown."""
        if not self.calls or any(
            self.ledger.credential(number).kind not in _NOT_AWS for number in self.in_force
        ):
            return
        owner = self.scene.owner
        around = (owner.env, job.env) if isinstance(owner, Workflow) else (job.env,)
        if token_users.names_token_file(around, job.steps):
            self._access(Kind.OIDC, None, "a web identity token file", span=job.key)
            return
        other = runners.other_access(job)
        made = Credential(
            Kind.AMBIENT if other else Kind.UNKNOWN,
            self.scene.file,
            job.key,
            other or "no credentials in sight",
            None,
            job,
        )
        self.in_force[self.ledger.add(made)] = None


#: Keys that open nothing of AWS, so that they explain no call of it.
_NOT_AWS = frozenset({Kind.OTHER_PROVIDER, Kind.DUMMY})
#: Keys with which no call of AWS succeeds.
_NOT_OF_AWS = frozenset({Kind.DUMMY, Kind.OTHER_PROVIDER})
#: Sinks that outlive the script.
_LASTING = frozenset({shell.Sink.AWS_CONFIGURE, shell.Sink.CREDENTIALS_FILE, shell.Sink.GITHUB_ENV})
#: Sinks whose settings belong together only when they go to the same file, profile or command.
_BY_GROUP = frozenset(
    {
        shell.Sink.AWS_CONFIGURE,
        shell.Sink.CREDENTIALS_FILE,
        shell.Sink.FILE,
        shell.Sink.CONTAINER_ENV,
        shell.Sink.BUILD_ARG,
        shell.Sink.CLUSTER_SECRET,
        shell.Sink.REPOSITORY_SECRET,
        shell.Sink.FLAG,
    }
)


def _calls(steps: Iterable[Step]) -> Iterator[AwsCall]:
    for step in steps:
        yield from scripts.of_step(step).calls


def _shown(role: Slot | None) -> str:
    """The role as messages show it: the reference, or the ARN's name."""
    if role is None:
        return "a role"
    references = role.template.flows
    if references:
        return f"`{references[0].dotted}`"
    return f"`{role.value.strip()}`"


def _at(slot: Slot | None, step: Step) -> Span:
    return slot.span if slot is not None else step.head
