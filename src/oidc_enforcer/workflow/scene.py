"""A job while it runs, as far as its text tells: which value each name has at each step."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

from oidc_enforcer import shell
from oidc_enforcer.expression import UNKNOWN, Reference, condition, template, truth
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow import scripts, slots
from oidc_enforcer.workflow.layers import Layer, View
from oidc_enforcer.workflow.model import (
    NO_VARIABLES,
    Action,
    Input,
    Job,
    Step,
    Variables,
    Workflow,
)
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.scripts import Deeds
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.surroundings import MAX_DEPTH, Surroundings

Origins = tuple[Origin, ...]
#: What a step offers as outputs: from an output's name to where its value comes from.
Outputs = Callable[[str], "Origins | None"]

#: How far a value is followed from name to name before we say that we cannot tell.
_MAX_TRAIL = 12
_KEPT = frozenset({shell.Sink.GITHUB_ENV, shell.Sink.GITHUB_OUTPUT})
#: The four layers of env, weakest first; a value may only read layers below its own.
_WORKFLOW, _JOB, _WRITTEN, _STEP, ALL = 0, 1, 2, 3, 4


#: Values of a matrix variable that are followed; more of them say nothing new.
_MAX_VALUES = 50


class Budget:
    """What all jobs of one file share: how many actions and workflows may still be looked into,
    and where its steps stand.
    """

    def __init__(self, visits: int = 5000) -> None:
        self._left = visits
        self._indexed: Workflow | None = None
        self._steps: list[tuple[int, int, Job, Step]] = []

    def spend(self) -> bool:
        """Takes one visit; False when there is none left."""
        self._left -= 1
        return self._left >= 0

    def step_at(self, workflow: Workflow, place: int) -> tuple[Job, Step] | None:
        """The step, of any job, in which a place lies; looked through once for all."""
        if self._indexed is not workflow:
            self._indexed = workflow
            steps = (
                (s.span.start, at, job, s)
                for at, job in enumerate(workflow.jobs)
                for s in job.steps
            )
            self._steps = sorted(steps, key=itemgetter(0, 1))
        at = bisect_right(self._steps, place, key=itemgetter(0)) - 1
        if at < 0:
            return None
        # NOTE: steps of an anchor stand at one place for several jobs; the first of them counts.
        first = bisect_left(self._steps, self._steps[at][0], key=itemgetter(0))
        _, _, job, step = self._steps[first]
        return (job, step) if place < step.span.end else None


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
        self._layers = [
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
            self._layers[_STEP] = Layer(self.file, step.env)

    def leave(self, step: Step, deeds: Deeds) -> None:
        """Takes the step's `env` off and keeps what its script wrote for later steps."""
        given: dict[str, Origins] = {}
        for setting in deeds.script.settings:
            if step.run is None or setting.sink not in _KEPT:
                continue
            origins = self.resolve(slots.of_setting(self.file, step.run, setting, deeds))
            if setting.sink is shell.Sink.GITHUB_ENV:
                self.write(setting.name, origins)
            elif step.id:
                given.setdefault(setting.name, ())
                given[setting.name] = origins
        if given:
            self.outputs[step.id] = lambda name: given.get(name)
        self._layers[_STEP] = self._nothing

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
        return View((*outer, *(layer for layer in self._layers if layer is not self._nothing)))

    def step_variable(self, name: str) -> Slot | None:
        """The variable in the step's own `env`."""
        return self._layers[_STEP].slots.get(name)

    # -- following values --------------------------------------------------------------------

    def resolve(self, slot: Slot, level: int = ALL, trail: int = 0) -> Origins:
        """Every end of the trail of the slot's value; empty when the value is empty."""
        if trail > _MAX_TRAIL:
            return (Origin(Source.UNKNOWN, "", slot),)
        parsed = slot.template
        found: list[Origin] = []
        for reference in parsed.flows:
            found += self._reference(reference, slot, level, trail)
        if slot.setting is not None and slot.setting.expands:
            found += self._shell_values(slot, slot.setting, level, trail)
        if not found:
            found += _literals(slot)
        return tuple(found)

    def _shell_values(self, slot: Slot, setting: shell.Setting, level: int, trail: int) -> Origins:
        found: list[Origin] = []
        if setting.substitution:
            source = substitution_source(setting.substitution)
            if source is not Source.UNKNOWN:
                return (Origin(source, "", slot),)
        for name in setting.reads:
            deeds = slot.deeds
            local = deeds.last_setting(name, setting.start) if deeds else None
            if deeds is not None and local is not None:
                inner = slots.of_setting(slot.file, slot.scalar, local, deeds)
                found += self.resolve(inner, level, trail + 1)
            else:
                found += self.variable(name, slot, level, trail)
        if not found and setting.substitution:
            found.append(Origin(Source.UNKNOWN, "", slot))
        return tuple(found)

    def _reference(self, reference: Reference, slot: Slot, level: int, trail: int) -> Origins:
        context, name = reference.context, reference.name
        match context:
            case "secrets":
                if name is not None and self.secrets is not None and name.lower() in self.secrets:
                    return self.secrets[name.lower()]
                word = name or self._dynamic_word(reference)
                return (Origin(Source.SECRET, reference.dotted, slot, word),)
            case "vars":
                return (Origin(Source.VARIABLE, reference.dotted, slot, name or reference.hint),)
            case "inputs":
                return self._input(reference, name, slot)
            case "github" if reference.path[1:3] == ("event", "inputs"):
                return self._input(reference, reference.path[-1], slot)
            case "env" if name:
                return self.variable(name, slot, level, trail)
            case "steps" if name and len(reference.path) > 3:
                return self._output(reference, slot)
            case "needs" if name and len(reference.path) > 3:
                return self._need(reference, slot, trail)
            case "matrix" if name:
                return self._matrix(reference, slot)
        return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.hint),)

    def _dynamic_word(self, reference: Reference) -> str:
        """What the name of `secrets[…]` may be: its constant words, or the matrix' literals."""
        words = [reference.hint]
        for index in reference.index:
            if index.context == "matrix" and self.job is not None:
                words += self._matrix_values().get(".".join(p or "" for p in index.path[1:]), ())
            elif index.context == "env" and index.name:
                layer_value = self.visible().find(index.name)
                words.append(layer_value.value if layer_value else "")
        return next((word for word in words if word), "")

    def _input(self, reference: Reference, name: str | None, slot: Slot) -> Origins:
        if name is not None and self.inputs is not None:
            return self.inputs.get(name.lower(), ())
        word = reference.hint or name or ""
        return (Origin(Source.INPUT, reference.dotted, slot, word),)

    def variable(self, name: str, slot: Slot, level: int = ALL, trail: int = 0) -> Origins:
        """Where an environment variable's value comes from, as seen from `level`."""
        for layer in range(level - 1, -1, -1):
            if layer == _WRITTEN:
                written = self._written.get(name)
                if written is not None:
                    return written
            found = self._layers[layer].slots.get(name)
            if found is not None:
                return self.resolve(found, layer, trail + 1)
        if self.outer is not None:
            return self.outer.variable(name, slot, ALL, trail + 1)
        return (Origin(Source.UNKNOWN, f"env.{name}", slot, name),)

    def _output(self, reference: Reference, slot: Slot) -> Origins:
        step_id, output = reference.name or "", reference.path[3]
        if output is None:
            return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.hint),)
        known = self.outputs.get(step_id)
        found = known(output) if known is not None else None
        if found is not None:
            return found
        return (Origin(Source.UNKNOWN, reference.dotted, slot, output),)

    def _need(self, reference: Reference, slot: Slot, trail: int) -> Origins:
        needed = self._job_at_end(reference.name or "", trail)
        output = needed.job.outputs.get(reference.path[3] or "") if needed and needed.job else None
        if needed is None or output is None:
            return (Origin(Source.UNKNOWN, reference.dotted, slot, reference.path[3] or ""),)
        return needed.resolve(slots.of_variable(self.file, output), trail=trail + 1)

    def _job_at_end(self, job_id: str, trail: int) -> Scene | None:
        if job_id not in self._jobs_at_end:
            self._jobs_at_end[job_id] = None
            owner = self.owner
            jobs = (
                owner.jobs
                if isinstance(owner, Workflow) and self._distance + trail < _MAX_TRAIL
                else ()
            )
            for job in jobs:
                if job.id == job_id:
                    scene = Scene(
                        self.file,
                        owner,
                        job,
                        self.surroundings,
                        jobs_at_end=self._jobs_at_end,
                        distance=self._distance + 1,
                    )
                    for step in job.steps:
                        scene.enter(step)
                        scene.leave(step, scripts.of_step(step))
                    self._jobs_at_end[job_id] = scene
        return self._jobs_at_end[job_id]

    def _matrix(self, reference: Reference, slot: Slot) -> Origins:
        name = ".".join(part or "" for part in reference.path[1:])
        found: list[Origin] = []
        for value in self._matrix_values().get(name, ())[:_MAX_VALUES]:
            parsed = template(value)
            for inner in parsed.flows:
                source = Source.SECRET if inner.context == "secrets" else Source.UNKNOWN
                found.append(Origin(source, inner.dotted, slot, inner.name or ""))
            if parsed.literal:
                found.append(Origin(Source.LITERAL, reference.dotted, slot, "", value))
        return tuple(found) or (Origin(Source.UNKNOWN, reference.dotted, slot, name),)

    def _matrix_values(self) -> Mapping[str, tuple[str, ...]]:
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
                bound[item.name.lower()] = fed or _literals(slot)
        return bound

    def visit(self) -> bool:
        """Looks into one more action or workflow, if that is still within bounds."""
        return self.depth < MAX_DEPTH and self.budget.spend()

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


def _literals(slot: Slot) -> Origins:
    """The constants that the value may be; `op://` and the like name a store's entry."""
    found: list[Origin] = []
    for text in slot.template.constants:
        text = text.strip()
        if text.startswith(("op://", "awssm://", "vault://", "arn:aws:secretsmanager:")):
            found.append(Origin(Source.STORE, "", slot, text.rpartition("/")[2]))
        elif text:
            found.append(Origin(Source.LITERAL, "", slot, "", text))
    return tuple(found)


#: What a command substitution yields, by words that only such commands have.
_SUBSTITUTIONS: tuple[tuple[tuple[str, ...], Source], ...] = (
    (("aws/creds/", "aws/sts/"), Source.BROKER),
    (
        ("sts ", "assume-role", "Credentials.", ".Credentials", "get-federation-token"),
        Source.SESSION,
    ),
    (("get-session-token", "export-credentials", "sso "), Source.SESSION),
    (("vault kv", "vault read", "op read", "op item", "doppler ", "infisical "), Source.STORE),
    (("chamber ", "credstash ", "sops "), Source.STORE),
)


def substitution_source(text: str) -> Source:
    """What kind of value `$(text)` gives, UNKNOWN where the words do not tell."""
    for words, source in _SUBSTITUTIONS:
        if any(word in text for word in words):
            return source
    return Source.UNKNOWN
