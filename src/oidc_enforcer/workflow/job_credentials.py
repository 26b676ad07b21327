"""Walks the steps of a job and gathers its credentials (the heart of the product)."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.workflow import (
    brokers,
    configure_aws,
    key_inputs,
    logins,
    runners,
    script_roles,
    scripts,
    session_tokens,
    slots,
    token_users,
    unseen_keys,
    unseen_logins,
)
from oidc_enforcer.workflow.aws_calls import AwsCall
from oidc_enforcer.workflow.budget import TOO_MANY, UNREADABLE, Budget
from oidc_enforcer.workflow.configuring import configure
from oidc_enforcer.workflow.credentials import JobCredentials, Kind, TokenUse
from oidc_enforcer.workflow.holdings import Holdings
from oidc_enforcer.workflow.known_actions import known_action
from oidc_enforcer.workflow.ledger import Ledger
from oidc_enforcer.workflow.model import Action, Container, Job, Step, Uses, UsesKind, Workflow
from oidc_enforcer.workflow.permissions import UNDECIDED, Grant, IdToken, effective
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.scripts import Deeds
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.workflow.variables import NO_VARIABLES


def of_workflow(
    workflow: Workflow, surroundings: Surroundings, *, in_full: bool = False
) -> tuple[JobCredentials, ...]:
    """The credentials of every job, those of the workflow's own `env` among them.

    `in_full` takes no short path where nothing can be found: the same answer, more slowly.
    """
    ledger, budget = Ledger(), Budget()
    calls: tuple[AwsCall, ...] = ()
    if workflow.env.items:
        calls = tuple(call for job in workflow.jobs for call in scripts.calls_of(job.steps))
    walks = [
        _Walk(
            Scene(workflow.file, workflow, job, surroundings, budget=budget),
            ledger,
            effective(workflow, job, surroundings),
            in_full=in_full,
        ).job(workflow, job, calls)
        for job in workflow.jobs
    ]
    ledger.settle()
    if budget.is_exceeded:
        walks[0].held.unresolved.append((workflow.file.path, TOO_MANY))
    # NOTE: a later job may say more about a pair that an earlier one shares with it.
    return tuple(walk.held.result() for walk in walks)


def token_uses(scene: Scene, workflow: Workflow, job: Job) -> tuple[TokenUse, ...]:
    """What uses the token in a job of a called workflow, `scene` being bound to its call."""
    walk = _Walk(scene, Ledger())
    walk._body(workflow, job, ())
    scene.close()
    return tuple(walk.held.token_uses)


def of_action(
    action: Action, surroundings: Surroundings, *, in_full: bool = False
) -> JobCredentials:
    """The credentials of an action's own steps, its caller unknown."""
    scene = Scene(action.file, action, None, surroundings)
    walk = _Walk(scene, Ledger(), in_full=in_full).action(action)
    walk.held.ledger.settle()
    if scene.budget.is_exceeded:
        walk.held.unresolved.append((action.file.path, TOO_MANY))
    return walk.held.result()


class _Walk:
    """One pass over the steps of a job or an action."""

    def __init__(
        self, scene: Scene, ledger: Ledger, grant: Grant = UNDECIDED, *, in_full: bool = False
    ) -> None:
        self.scene = scene
        self.held = Holdings(scene, ledger, grant, in_full=in_full)
        self.deeds: dict[int, Deeds] = {}
        self.calls: tuple[AwsCall, ...] = ()

    # -- entry points ------------------------------------------------------------------------

    def job(self, workflow: Workflow, job: Job, everywhere: tuple[AwsCall, ...]) -> _Walk:
        """Walks a job, or a call of a reusable workflow.

        `everywhere` are the AWS calls of all jobs, which share the workflow's `env`.
        """
        self._body(workflow, job, everywhere)
        if self.held.token_uses:
            role = script_roles.of_files((workflow.env, job.env), job.steps, workflow.file)
            self.held.settle_roles_of_scripts(role)
        self._runner_access(job)
        self.scene.close()
        return self

    def _body(self, workflow: Workflow, job: Job, everywhere: tuple[AwsCall, ...]) -> None:
        self._read(job.steps)
        removed = session_tokens.removed_variables(self.deeds, job.steps) if self.deeds else ()
        self.held.variables(workflow.env, None, 0, "env", everywhere, removed=removed)
        self.held.variables(job.env, None, 1, "env", self.calls, removed=removed)
        for container in job.containers:
            self.held.variables(container.env, None, 2, f"container `{container.name}`", ())
            if container.credentials is not NO_VARIABLES:
                self._registry(container)
            if container.options is not None:
                deeds = scripts.of_options(container.options.text)
                self.held.script(None, container.options, deeds, self.calls)
        if job.uses is not None:
            self.held.variables(job.inputs, None, 4, "with", ())
            self.held.variables(job.secrets, None, 4, "secrets", (), others=job.inputs)
            self.held.store_mappings(job.inputs, None)
            self._called(job, job.uses)
        for step in job.steps:
            self._step(step)

    def _registry(self, container: Container) -> None:
        """The login for a container's image."""
        file = self.scene.file
        found = [slots.of_variable(file, item) for item in container.credentials]
        renamed = logins.by_image(container.image, found, self.scene)
        self.held.pairs(found, None, 2, f"container `{container.name}`", (), renamed=renamed)

    def _called(self, job: Job, uses: Uses) -> None:
        """What a called workflow of this repository does with the values that the call gives it.

        Only what enters in the caller's file counts here: the rest is the called file's own.
        """
        scene, held = self.scene, self.held
        callee = scene.surroundings.workflow(uses)
        hands_on = job.inherits_secrets and scene.secrets is not None
        if callee is None or not (job.inputs.items or job.secrets.items or hands_on):
            return
        for inner in callee.jobs:
            if not scene.visit():
                return
            walk = _Walk(scene.called(callee, inner, job), held.ledger, in_full=held.in_full)
            walk._body(callee, inner, ())
            for number in walk.held.in_force:
                if held.ledger.credential(number).file is scene.outermost_file:
                    held.in_force[number] = None
            walk.scene.close()

    def action(self, action: Action) -> _Walk:
        """Walks the steps of a composite action, or what a container action is given."""
        self._read(action.steps)
        self._container(action)
        for step in action.steps:
            self._step(step)
        self.scene.close()
        return self

    def _container(self, action: Action) -> None:
        """What a container action is given."""
        self.held.variables(action.env, None, 4, "env", ())
        self.held.pairs(slots.of_arguments(action.file, action.arguments), None, 4, "args", ())

    def _read(self, steps: Iterable[Step]) -> None:
        """Reads every script once: a pair may be used by calls of any step."""
        self.deeds = {step.number: scripts.of_step(step) for step in steps if step.run is not None}
        self.calls = tuple(scripts.calls_of(steps))

    # -- one step ------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        scene = self.scene
        deeds = self.deeds.get(step.number, scripts.NOTHING)
        if not self.held.in_full and self._is_idle(step, deeds):
            if step.uses is not None:
                self._note_token_use(step)
            elif step.run is not None:
                self._note_commands(step)
            return
        scene.enter(step)
        calls = deeds.calls if step.run is not None else self.calls
        self.held.variables(step.env, step, 3, "env", calls, script=deeds)
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
        if step.env is not NO_VARIABLES and self.held.may_hold_half(step.env):
            return False
        if step.uses is None or not key_inputs.is_idle(step):
            return step.uses is None
        around = self.scene.surroundings
        return around.action(step.uses) is None and not around.is_unreadable(step.uses)

    def _run_step(self, step: Step, deeds: Deeds) -> None:
        assert step.run is not None
        if deeds is not scripts.NOTHING:
            self.held.script(step, step.run, deeds, self.calls)
            for use in deeds.tools:
                self.held.tool(step, use, step.run, deeds)
            session_tokens.removed_by_script(self.held, deeds)
        self._note_commands(step)

    def _note_commands(self, step: Step) -> None:
        # NOTE: who may not ask for a token needs no proof that he does not.
        if self.held.grant.id_token is not IdToken.NONE and not self.held.unknown_steps:
            self.held.unknown_steps = not token_users.is_harmless(step)

    def _action_step(self, step: Step) -> None:
        uses = step.uses
        assert uses is not None
        if uses.is_action(configure_aws.NAME):
            configure(self.held, step, self.calls)
            return
        inner = self.scene.surroundings.action(uses)
        if self.scene.surroundings.is_unreadable(uses):
            self.held.unresolved.append((uses.value.text, UNREADABLE))
        if inner is not None and inner.using == "composite":
            if self.scene.visit():
                self.held.variables(step.inputs, step, 4, "with", self.calls)
                self._inside(step, inner)
                return
        elif inner is not None and (inner.env.items or inner.arguments):
            self._inside(step, inner)
        elif inner is None and uses.kind is UsesKind.LOCAL:
            self.held.unresolved.append((uses.value.text, "no such action in this repository"))
        self._foreign_action(step)

    def _foreign_action(self, step: Step) -> None:
        """An action whose text is not here: judged by its inputs and by what is known of it."""
        uses = step.uses
        assert uses is not None
        if key_inputs.may_take_keys(step):
            read: set[str] = set()
            for item, deeds in scripts.of_inputs(step):
                if self.held.script(step, item.value, deeds, self.calls):
                    read.add(item.name)
                for use in deeds.tools:
                    self.held.tool(step, use, item.value, deeds)
            unseen_logins.beside_keys(self.held, step, self._known_inputs(step, read))
            self.held.store_mappings(step.inputs, step)
        brokers.apply_broker(step, self.scene)
        unseen_logins.log_in(self.held, step)
        self._note_token_use(step)

    def _note_token_use(self, step: Step) -> None:
        uses_token = token_users.uses_id_token(step)
        self.held.wants_token = self.held.wants_token or uses_token is True
        self.held.unknown_steps = self.held.unknown_steps or uses_token is None

    def _known_inputs(self, step: Step, read: set[str]) -> list[int]:
        """The keys in an action's inputs, by the table of known actions or by their own names.

        Inputs in `read` hold a script whose settings are recorded already.
        """
        assert step.uses is not None
        known = known_action(step.uses.value.text)
        if not (self.held.may_hold_half(step.inputs) or key_inputs.may_be_renamed(known, step)):
            return []
        found = [
            slots.of_variable(self.scene.file, item)
            for item in step.inputs
            if item.name not in read
        ]
        renamed = key_inputs.renamed(known, found, self.scene)
        return self.held.pairs(found, step, 4, "with", self.calls, renamed=renamed)

    def _inside(self, step: Step, action: Action) -> None:
        """Walks the steps of a local action; what it does counts as done by this step."""
        scene = self.scene.inside(action, step)
        inner = _Walk(scene, self.held.ledger, self.held.grant, in_full=self.held.in_full)
        inner._read(action.steps)
        # NOTE: what a local action in JavaScript or in a container does is not in sight.
        inner.held.unknown_steps = action.using != "composite"
        inner._container(action)
        for own in action.steps:
            if inner.scene.may_run(own):
                inner._step(own)
        self.held.absorb(step, inner.held)
        for deeds in inner.deeds.values():
            session_tokens.removed_by_script(self.held, deeds)
        if step.id:
            # NOTE: resolved now, so that the outputs do not keep the inner scene alive.
            outputs = {
                item.name.lower(): inner.scene.resolve(slots.of_variable(action.file, item))
                for item in action.outputs
            }
            self.scene.outputs[step.id] = lambda name: outputs.get(name.lower(), ())
        inner.scene.close()

    def _runner_access(self, job: Job) -> None:
        """AWS is called and nothing in the file says with what: the runner's role, or unknown."""
        held, owner = self.held, self.scene.owner
        if any(map(held.opens_aws, held.in_force)):
            return
        around = (owner.env, job.env) if isinstance(owner, Workflow) else (job.env,)
        calls = [call for step in job.steps for call in scripts.calls_in(step, around)]
        if not any(map(held.leaves_open, calls)) or held.are_used_by(calls):
            return
        if token_users.names_token_file(around, job.steps):
            held.access(Kind.OIDC, None, "a web identity token file", span=job.key)
            return
        other = runners.other_access(job)
        if not other:
            held.unresolved += unseen_keys.doubts(owner, job)
        kind = Kind.AMBIENT if other else Kind.UNKNOWN
        held.access(kind, None, other or "no credentials in sight", span=job.key)
