"""A job while it runs, as far as its text tells: which value each name has at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from oidc_enforcer import shell
from oidc_enforcer.expression import UNKNOWN, condition, truth
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow import aws_calls, following, scripts, slots
from oidc_enforcer.workflow.budget import Budget
from oidc_enforcer.workflow.layers import ALL, STEP, WRITTEN, Layer, View, may_tell
from oidc_enforcer.workflow.model import Action, Input, Job, Step, Workflow
from oidc_enforcer.workflow.origins import Origin, Origins, Source
from oidc_enforcer.workflow.scripts import Deeds
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings
from oidc_enforcer.workflow.variables import NO_VARIABLES, Variables

#: What a step offers as outputs: from an output's name to where its value comes from.
Outputs = Callable[[str], "Origins | None"]

_KEPT = frozenset({shell.Sink.GITHUB_ENV, shell.Sink.GITHUB_OUTPUT, shell.Sink.CONTENT})

#: Of all values that branches of a script give to one name.
_MOST_ORIGINS = 20


class Scene:
    """The environment, inputs and step outputs of one job, or of an action's steps.

    `inputs` and `secrets` hold what the caller gives, None when no caller is in sight. `outer` is
    the scene of the step that uses this action; its environment shows through. `caller` is that of
    the job that calls this workflow; its environment does not.
    """

    def __init__(
        self,
        file: SourceFile,
        owner: Workflow | Action,
        job: Job | None,
        surroundings: Surroundings,
        *,
        inputs: Mapping[str, Origins] | None = None,
        secrets: Mapping[str, Origins] | None = None,
        outer: Scene | None = None,
        caller: Scene | None = None,
        budget: Budget | None = None,
        jobs_at_end: dict[str, Scene | None] | None = None,
        distance: int = 0,
    ) -> None:
        self.file = file
        self.owner = owner
        self.job = job
        self.surroundings = surroundings
        self.inputs = inputs
        self.secrets = secrets
        self.outer = outer
        self.caller = caller
        above = outer or caller
        self.depth: int = above.depth + 1 if above else 0
        self._values: Mapping[str, tuple[str, ...]] | None = None
        self.budget: Budget = above.budget if above else budget or Budget()
        self.outputs: dict[str, Outputs] = {}
        self._written: dict[str, Origins] = {}
        self._jobs_at_end: dict[str, Scene | None] = {} if jobs_at_end is None else jobs_at_end
        self._distance = distance
        workflow_env = owner.env if isinstance(owner, Workflow) else NO_VARIABLES
        job_env = job.env if job and isinstance(owner, Workflow) else NO_VARIABLES
        self._nothing = Layer(file, NO_VARIABLES)
        self.layers = [
            Layer(file, workflow_env),
            Layer(file, job_env),
            self._nothing,
            self._nothing,
        ]

    @property
    def outermost_file(self) -> SourceFile:
        """The file being judged: this one, or that of the job that uses this action."""
        above = self.outer or self.caller
        return above.outermost_file if above else self.file

    def where(
        self, file: SourceFile, at: Span, step: Step | None
    ) -> tuple[Job | None, Step | None]:
        """The job and the step in which a place lies; `step` when the place is in no step."""
        above = self.outer or self.caller
        if above is not None:
            # NOTE: a step of this file says nothing about a place in the file above.
            return above.where(file, at, None)
        if file is not self.file or (step and step.span.start <= at.start < step.span.end):
            return self.job, step
        for own in self.job.steps if self.job else ():
            if own.span.start <= at.start < own.span.end:
                return self.job, own
        owner = self.owner
        found = self.budget.step_at(owner, at.start) if isinstance(owner, Workflow) else None
        return found or (self.job, None)

    # -- walking ---------------------------------------------------------------------------

    def enter(self, step: Step) -> None:
        """Puts the step's own `env` on top."""
        if step.env is not NO_VARIABLES:
            self.layers[STEP] = Layer(self.file, step.env)

    def leave(self, step: Step, deeds: Deeds) -> None:
        """Takes the step's `env` off and keeps what its script wrote for later steps."""
        given: dict[str, Origins] = {}
        written: dict[tuple[shell.Sink, str], Origins] = {}
        for setting in deeds.script.settings if step.run is not None else ():
            if setting.sink not in _KEPT and setting.target != "GITHUB_ENV":
                continue
            assert step.run is not None
            slot = slots.of_setting(self.file, step.run, setting, deeds)
            if setting.sink is shell.Sink.UNSET:
                self._erase(slot)
                continue
            # NOTE: branches may set a name in turn; each value counts.
            origins = written[setting.sink, setting.name] = (
                *written.get((setting.sink, setting.name), ()),
                *self.resolve(slot),
            )[:_MOST_ORIGINS]
            if setting.sink is shell.Sink.CONTENT:
                self.write(scripts.content_of(setting.target), origins)
                continue
            if setting.sink is shell.Sink.GITHUB_ENV:
                self.write(setting.name, origins)
                self._tell(slot)
            elif step.id:
                given[setting.name] = origins
        if given:
            self.outputs[step.id] = lambda name: given.get(name)
        self.layers[STEP] = self._nothing

    def close(self) -> None:
        """Lets go of everything that refers back, so that the scene is freed at once."""
        self.outputs.clear()
        self._jobs_at_end.clear()
        self._written.clear()

    def write(self, name: str, origins: Origins) -> None:
        """A step has exported a variable to all later steps, those of the caller included."""
        self._written[name] = origins
        if self.outer is not None:
            self.outer.write(name, origins)

    def _erase(self, slot: Slot) -> None:
        """A step has set a variable to nothing for all later steps."""
        self.write(slot.name, ())
        self._tell(slot)

    def _tell(self, slot: Slot) -> None:
        """Lets later steps see a variable that may say whose keys they have, or no longer says."""
        tells = not slot.value or aws_calls.tells_owner(slot.name, slot.value)
        if tells and may_tell(slot.name, slot):
            told = {**self.layers[WRITTEN].slots, slot.name: slot}
            self.layers[WRITTEN] = Layer.of_slots(self.file, told.values())
            if self.outer is not None:
                self.outer._tell(slot)

    @property
    def has_written(self) -> bool:
        """Whether any step before this one exported a variable, here or around this action."""
        return bool(self._written) or (self.outer is not None and self.outer.has_written)

    def written(self, name: str) -> Origins | None:
        """What an earlier step of this job exported under this name."""
        return self._written.get(name)

    def visible(self) -> View:
        """Every variable of `env` that the current step sees by YAML."""
        outer = self.outer.visible().layers if self.outer else ()
        return View((*outer, *(layer for layer in self.layers if layer is not self._nothing)))

    def step_variable(self, name: str) -> Slot | None:
        """The variable in the step's own `env`."""
        return self.layers[STEP].slots.get(name)

    # -- following values --------------------------------------------------------------------

    def resolve(self, slot: Slot, level: int = ALL, trail: int = 0) -> Origins:
        """Every end of the trail of the slot's value; empty when the value is empty."""
        return following.resolve(self, slot, level, trail)

    def job_at_end(self, job_id: str, trail: int) -> Scene | None:
        """The scene of another job of this workflow behind its last step; None for none such."""
        if job_id not in self._jobs_at_end:
            self._jobs_at_end[job_id] = None
            owner = self.owner
            is_near = self._distance + trail < following.MAX_TRAIL
            for job in owner.jobs if isinstance(owner, Workflow) and is_near else ():
                if job.id == job_id:
                    self._jobs_at_end[job_id] = self._run_through(job)
        return self._jobs_at_end[job_id]

    def _run_through(self, job: Job) -> Scene:
        scene = Scene(
            self.file,
            self.owner,
            job,
            self.surroundings,
            budget=self.budget,
            jobs_at_end=self._jobs_at_end,
            distance=self._distance + 1,
        )
        return scene.at_end()

    def at_end(self) -> Scene:
        """The same when every step of the job has run."""
        for step in self.job.steps if self.job else ():
            self.enter(step)
            self.leave(step, scripts.of_step(step))
        return self

    def matrix_values(self) -> Mapping[str, tuple[str, ...]]:
        """The literals of each variable of the job's matrix."""
        if self._values is None:
            self._values = self.job.matrix if self.job else {}
        return self._values

    # -- actions -----------------------------------------------------------------------------

    def inside(self, action: Action, step: Step) -> Scene:
        """The scene of a local action's steps, its inputs bound to what the step gives."""
        given = self._bound(action.file, action.inputs, step.inputs)
        return Scene(action.file, action, self.job, self.surroundings, inputs=given, outer=self)

    def called(self, callee: Workflow, inner: Job, call: Job) -> Scene:
        """The scene of a called workflow's job, bound to what `call` gives it."""
        secrets = {
            item.name.lower(): self.resolve(slots.of_variable(self.file, item))
            for item in call.secrets
        }
        if call.inherits_secrets and self.secrets is not None:
            secrets = {**self.secrets, **secrets}
        return Scene(
            callee.file,
            callee,
            inner,
            self.surroundings,
            inputs=self._bound(callee.file, callee.call_inputs, call.inputs),
            secrets=secrets,
            caller=self,
        )

    def _bound(
        self, file: SourceFile, declared: Iterable[Input], given: Variables
    ) -> dict[str, Origins]:
        """Where each declared input of `file` gets its value: here, or from its default."""
        bound: dict[str, Origins] = {}
        for item in declared:
            variable = given.get(item.name)
            if variable is not None:
                bound[item.name.lower()] = self.resolve(slots.of_variable(self.file, variable))
            elif item.default is not None and item.default.text:
                slot = slots.of_scalar(item.name, file, item.default)
                fed = tuple(
                    Origin(Source.UNKNOWN, flow.dotted, slot) for flow in slot.template.flows
                )
                bound[item.name.lower()] = fed or following.literals(slot)
        return bound

    def visit(self) -> bool:
        """Looks into one more action or workflow, if that is still within bounds."""
        if self.depth >= MAX_DEPTH:
            # NOTE: the runner counts no levels of local actions, which it prepares one by one
            # (actions/runner, ActionManager.cs, PrepareActionsAsync).
            self.budget.is_exceeded = True
            return False
        return self.budget.spend()

    def may_run(self, step: Step) -> bool:
        """False when the step's `if:` is certainly false for what is known here."""
        if step.condition is None:
            return True
        return truth(condition(step.condition.text), self._known_value) is not False

    def _known_value(self, path: tuple[str, ...]) -> object:
        """Literal values of inputs and env for conditions; anything else is unknown."""
        if path[0] == "inputs" and len(path) == 2 and self.inputs is not None:
            origins: Origins = self.inputs.get(path[1].lower(), ())
            if not origins:
                return ""
        else:
            return UNKNOWN
        literal = len(origins) == 1 and origins[0].source is Source.LITERAL
        return origins[0].text if literal else UNKNOWN
