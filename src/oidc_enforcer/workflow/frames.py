"""What expressions read in one job on one occasion: the context of the run, inputs, env, matrix.

A frame stands on the frame of the job that calls its workflow, or of the step that uses its local
action. What is known to be one of several is asked of `Choices`; what is not known is `UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer import yaml_tree
from oidc_enforcer.expression import UNKNOWN, evaluate, template
from oidc_enforcer.expression.values import as_string
from oidc_enforcer.iam.compositions import between
from oidc_enforcer.iam.names import BRANCH, TAG
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.searches import Effort, listing
from oidc_enforcer.iam.tokens import Repository, Run
from oidc_enforcer.workflow import matrix
from oidc_enforcer.workflow.call_inputs import given
from oidc_enforcer.workflow.choices import Choices
from oidc_enforcer.workflow.guards import Guard
from oidc_enforcer.workflow.model import Action, Job, Step, Workflow
from oidc_enforcer.workflow.triggers import PREFIX, Occasion
from oidc_enforcer.workflow.variables import NO_VARIABLES, Variables


class Known(NamedTuple):
    """What holds for a whole run: its occasion, its repository, and values that no file tells.

    `stored` has the values of `secrets.NAME` and `vars.NAME` that somebody has told us, by their
    names in lower case.
    """

    occasion: Occasion
    repository: Repository
    stored: Mapping[str, str]
    choices: Choices

    @property
    def ref(self) -> str | None:
        """The full ref, where the occasion has only one."""
        return one_ref(self.occasion)


class Frame(NamedTuple):
    """The scope of a job, of one of its steps, or of a local action's step (`action`)."""

    known: Known
    workflow: Workflow
    job: Job
    below: Frame | None = None
    step: Step | None = None
    action: Action | None = None

    def guard(self) -> Guard:
        """How conditions are read here."""
        return Guard(PREFIX[self.known.occasion.run], self.lookup)

    def text(self, scalar_text: str) -> object:
        """What a template comes to here."""
        return evaluate(template(scalar_text), self.lookup)

    def lookup(self, path: tuple[str, ...]) -> object:
        """The value at a path, `UNKNOWN` where that cannot be said."""
        if len(path) < 2:
            return UNKNOWN
        match path[0]:
            case "github":
                return self._github(tuple(name.lower() for name in path[1:]))
            case "inputs":
                return self._input(path[1].lower()) if len(path) == 2 else UNKNOWN
            case "matrix":
                return self._matrix(".".join(path[1:]))
            case "env":
                return self._env(path[1])
            case "secrets" | "vars":
                return self._stored(path[0], path[1].lower())
        return UNKNOWN

    def source(self, path: tuple[str, ...]) -> Source | None:
        """Where a variable or an input gets its value, one step back; None where that is all."""
        if len(path) != 2:
            return None
        if path[0] == "env":
            for layer, below in self._layers():
                found = next((item for item in layer if item.name == path[1]), None)
                if found is not None:
                    return Source(found.value.text, below)
        if path[0] in ("inputs", "secrets") and self.below is not None:
            step = self.below.step if self.action is not None else None
            given = step.inputs if step is not None else self.below.job.inputs
            given = self.below.job.secrets if path[0] == "secrets" else given
            passed = given.get(path[1])
            return Source(passed.value.text, self.below) if passed is not None else None
        return None

    def _layers(self) -> Iterator[tuple[Variables, Frame]]:
        """Mappings of `env` that are visible, strongest first, and where each is read."""
        if self.step is not None:
            yield self.step.env, self._replace(step=None)
        if self.action is None:
            bare = self._replace(step=None, job=self.job._replace(env=NO_VARIABLES))
            yield self.job.env, bare
            # NOTE: variables of one mapping do not see each other.
            yield (
                self.workflow.env,
                bare._replace(workflow=self.workflow._replace(env=NO_VARIABLES)),
            )
        elif self.below is not None:
            yield from self.below._layers()

    def depth(self) -> int:
        """How many frames lie below."""
        depth, frame = 0, self.below
        while frame is not None:
            depth, frame = depth + 1, frame.below
        return depth

    def _github(self, path: tuple[str, ...]) -> object:
        occasion, repository = self.known.occasion, self.known.repository
        is_pull = occasion.run is Run.PULL_REQUEST
        if path[0] in ("base_ref", "head_ref") and len(path) == 1:
            return "" if "pull_request" not in occasion.event else UNKNOWN
        if path[0] in ("ref", "ref_name") and len(path) == 1:
            ref = self.known.ref
            prefix = PREFIX[occasion.run] if path[0] == "ref_name" else ""
            return UNKNOWN if ref is None else ref.removeprefix(prefix)
        if path[:2] == ("event", "inputs") and len(path) == 3:
            return self._top()._dispatched(path[2], as_text=True)
        if path == ("event", "ref") and occasion.event == "push":
            return self._github(("ref",))
        facts: dict[tuple[str, ...], object] = {
            ("event_name",): occasion.event,
            ("ref_type",): "tag" if occasion.run is Run.TAG else "branch",
            ("repository",): repository.full_name,
            ("repository_owner",): repository.owner,
            ("repository_id",): repository.id or UNKNOWN,
            ("repository_owner_id",): repository.owner_id or UNKNOWN,
            ("event", "repository", "default_branch"): repository.default_branch,
            ("event", "repository", "full_name"): repository.full_name,
            ("event", "repository", "name"): repository.name,
        }
        if path[:2] == ("event", "pull_request") and not is_pull:
            return UNKNOWN if "pull_request" in occasion.event else None
        return facts.get(path, UNKNOWN)

    def _top(self) -> Frame:
        frame = self
        while frame.below is not None:
            frame = frame.below
        return frame

    def _input(self, name: str) -> object:
        if self.action is not None:
            return self._action_input(name)
        if self.below is None:
            return self._dispatched(name, as_text=False)
        return given(self.workflow, self.below.job, name, self.below.lookup)

    def _action_input(self, name: str) -> object:
        assert self.action is not None
        assert self.below is not None
        step = self.below.step
        found = step.inputs.get(name) if step else None
        if found is not None:
            return self.below.text(found.value.text)
        for item in self.action.inputs:
            if item.name.lower() == name:
                return self.text(item.default.text) if item.default else ""
        return ""

    def _dispatched(self, name: str, *, as_text: bool) -> object:
        """An input of a manual run: one of its options, nothing on any other event."""
        if self.known.occasion.event != "workflow_dispatch":
            return None
        declared = self.workflow.triggers.get("workflow_dispatch")
        inputs = declared.mapping("inputs") if isinstance(declared, yaml_tree.Mapping) else None
        entry = inputs.entry_ignoring_case(name) if inputs else None
        body = entry.value if entry and isinstance(entry.value, yaml_tree.Mapping) else None
        if body is None:
            return None
        kind = body.scalar("type")
        options = body.sequence("options")
        if kind is not None and kind.text == "boolean":
            truth = self.known.choices.one_of(("inputs", name), (True, False))
            return as_string(truth) if as_text else truth
        if options is None or kind is None or kind.text != "choice":
            return UNKNOWN
        texts = [item.text for item in options.items if isinstance(item, yaml_tree.Scalar)]
        return self.known.choices.one_of(("inputs", name), texts) if texts else UNKNOWN

    def _matrix(self, name: str) -> object:
        if self.action is not None and self.below is not None:
            return self.below._matrix(name)
        found = matrix.rows(self.job)
        if found is None:
            return UNKNOWN
        row = self.known.choices.one_of(("matrix", self.job.id, self.depth()), found)
        if any(key.startswith(f"{name}.") for key in row):
            return UNKNOWN
        return row.get(name)

    def _env(self, name: str) -> object:
        """A variable as the step sees it, by YAML alone: steps may have changed it since."""
        for layer, below in self._layers():
            found = next((item for item in layer if item.name == name), None)
            if found is not None:
                return below.text(found.value.text)
            if layer.expression is not None:
                return UNKNOWN
        return UNKNOWN

    def _stored(self, context: str, name: str) -> object:
        if context == "secrets" and self.below is not None and self.action is None:
            call = self.below.job
            if call.inherits_secrets:
                return self.below._stored(context, name)
            passed = call.secrets.get(name)
            return self.below.text(passed.value.text) if passed is not None else ""
        return self.known.stored.get(f"{context}.{name}", UNKNOWN)


class Source(NamedTuple):
    """The text that gives something its value, and the frame in which it is read."""

    text: str
    frame: Frame


def one_ref(occasion: Occasion) -> str | None:
    """The full ref on which an occasion's runs work, None where there are several."""
    texts = occasion.refs.texts
    if texts is not None:
        return next(iter(texts)) if len(texts) == 1 else None
    words = BRANCH if occasion.run is Run.BRANCH else TAG
    if occasion.run is Run.PULL_REQUEST:
        return None
    names = names_of(occasion.refs, occasion.run)
    found = listing(names.automaton, words, 2, Effort())
    if found is None or not found.complete or len(found.members) != 1 or found.any_casing:
        return None
    return PREFIX[occasion.run] + found.members[0]


def names_of(refs: StringSet, run: Run) -> StringSet:
    """The refs without their prefix."""
    automaton = refs.automaton
    return StringSet(between(automaton, automaton.run(automaton.start, PREFIX[run])))
