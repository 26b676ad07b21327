"""From a stored key to a role assumed by OIDC: draws up the edits for one credential."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.config import Config
from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes import (
    branches,
    callers,
    calls,
    fallback,
    layout,
    needs,
    permissions,
    places,
    regions,
    releases,
    roles,
    steps,
)
from oidc_enforcer.fixes import handovers as hand
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Choices, Draft, NoFix
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.credentials import Credential, Flavour, Kind
from oidc_enforcer.workflow.model import Action, Job, Step, Workflow
from oidc_enforcer.workflow.reading import Reading

#: Inputs of the credentials action that mean nothing once OIDC is used (src/index.ts at 6.2.3).
_MEANINGLESS = (
    "aws-access-key-id",
    "aws-secret-access-key",
    "aws-session-token",
    "force-skip-oidc",
    "role-chaining",
    "role-external-id",
    "role-skip-session-tagging",
    "use-existing-credentials",
)
_NO_ROLE = {
    Flavour.SES_SMTP: "SMTP takes no role: send through the SES API, with a role assumed by OIDC",
    Flavour.CODECOMMIT: "Git over HTTPS takes no role: use `git-remote-codecommit` with one",
}
_NOT_OURS = {
    Kind.UNKNOWN: "it is not known whose key this is",
    Kind.PASS_THROUGH: "the key is its caller's: whoever calls this must stop handing it over",
    Kind.EXTERNAL_STORE: "the key comes from a store: take out the step that reads it, by hand",
}
LEAKED = (
    "deactivate this key in IAM now, and delete it: the history of the repository keeps it,"
    " whatever the file says"
)


def propose(reading: Reading, credential: Credential, config: Config, choices: Choices) -> Fix:
    """The fix for a credential; raises NoFix."""
    if credential.kind is Kind.PASS_THROUGH:
        return fallback.without(reading, credential, _NOT_OURS[Kind.PASS_THROUGH])
    return _Conversion(reading, credential, config, choices).fix()


def _names(handed: calls.Handed) -> frozenset[str]:
    return handed.secrets | handed.inputs


class _Conversion:
    """What is drawn up for one file: that of the credential, or one that it is handed on to."""

    def __init__(
        self,
        reading: Reading,
        credential: Credential,
        config: Config,
        choices: Choices,
        *,
        content: Workflow | Action | None = None,
    ) -> None:
        content = content or reading.parsed.content
        root = content.root if content is not None else None
        if content is None or root is None or credential.pair is None:
            raise NoFix("the file could not be read to its end")
        why = _NOT_OURS.get(credential.kind) or _NO_ROLE.get(credential.flavour)
        if why:
            raise NoFix(why)
        self.reading, self.credential = reading, credential
        self.content = content
        self.workflow = content if isinstance(content, Workflow) else None
        self.file, self.root = content.file, root
        self.outline = Outline(self.file, root)
        self.draft = Draft(self.file.path)
        self.config, self.choices = config, choices
        self.role = roles.for_pair(credential.pair, content, config, choices)
        self.jobs: dict[int, Job] = {}
        self.doomed: set[int] = set()
        self.converted: set[int] = set()
        self.configured: list[Place] = []
        self.emptied: set[int] = set()
        self.role_used = False

    def fix(self) -> Fix:
        found = places.of_credential(self.content, self.credential)
        if not found:
            raise NoFix("the key enters at no place of this file that can be edited")
        handed = calls.handed(self.reading.surroundings, found)
        if handed is not None:
            self._with_callee(handed, found)
        else:
            self._refuse_other_files()
            self._mend(found)
        leaked = LEAKED if self.credential.is_literal else ""
        return self.draft.fix(self._title(), never_safe=leaked)

    def _mend(self, found: tuple[Place, ...]) -> None:
        """Takes the key out of these places of the file, and lets its jobs assume the role."""
        own = self.content is self.reading.parsed.content
        shared = branches.shared(self.reading, self.content, found) if own else None
        if shared is not None:
            self.role = branches.write_roles(shared.fed, self._role_of, self.outline, self.draft)
            found = shared.configured
        configured = self.configured = [p for p in found if _is_configure(p)]
        for place in configured:
            assert place.step is not None
            self._configure(place.step)
        rest = [place for place in found if place not in configured]
        if self.workflow is not None and self.workflow.is_reusable:
            self._let_go(found)
        self._take_out(rest)
        self._steps_for(rest)
        for edit in self.outline.removal(self.doomed):
            self.draft.edit(edit.span, edit.text)
        if self.workflow is not None:
            self._grant()
        else:
            self.draft.require("grant `id-token: write` to every job that uses this action")

    def _grant(self) -> None:
        assert self.workflow is not None
        around = self.reading.surroundings
        permissions.grant(self.workflow, self.outline, self.jobs.values(), self.draft, around)
        if self.workflow.is_reusable and self.jobs:
            callers.grant(self.workflow, around, self.draft)

    def _let_go(self, found: tuple[Place, ...]) -> None:
        """A reusable workflow declares, and its callers hand over, only what it still reads."""
        assert self.workflow is not None
        handed = calls.unread(self.workflow, found)
        if not calls.count(self.reading.surroundings, handed):
            if handed.secrets or handed.inputs:
                # NOTE: GitHub refuses to start a caller that hands over what is not declared.
                self.draft.require("stop handing the key over in whatever calls this workflow")
            return
        self.doomed.update(calls.declarations(self.root, handed))
        calls.let_go(self.reading.surroundings, handed, self.draft)

    def _with_callee(self, handed: calls.Handed, found: tuple[Place, ...]) -> None:
        """Changes the called file as well: it assumes the role, or relies on its caller's."""
        around, callee = self.reading.surroundings, handed.callee
        if not handed.read:
            self.draft.doubt(f"nothing in `{callee.file.path}` is seen to read the key")
        inner = _Conversion(
            self.reading, self.credential, self.config, self.choices, content=callee
        )
        inner.doomed.update(calls.declarations(inner.root, handed))
        if isinstance(callee, Workflow):
            if any(p.step and p.step.uses and around.action(p.step.uses) for p in handed.read):
                raise NoFix(
                    f"`{callee.file.path}` hands the key on to a local action: mend it there first"
                )
            calls.let_go(around, handed, inner.draft)
            inner._mend(handed.read)
            rest = tuple(p for p in found if p.slot.name.lower() not in _names(handed))
            if rest:
                raise NoFix("the key reaches the call in more ways than one")
        else:
            if calls.count(around, handed) != 1:
                raise NoFix(
                    f"`{callee.file.path}` is used in several places, which must all follow"
                )
            inner.rely_on_caller(handed.read)
            self._mend_call(found)
        self._adopt(inner)

    def rely_on_caller(self, read: tuple[Place, ...]) -> None:
        """In an action: the session is its caller's, so all that handles keys goes."""
        for place in read:
            if _is_configure(place):
                assert place.step is not None
                if id(place.step.node) not in self.converted:
                    self.converted.add(id(place.step.node))
                    steps.remove(self.outline, place.step, self.draft)
        self._take_out([place for place in read if not _is_configure(place)])
        for edit in self.outline.removal(self.doomed):
            self.draft.edit(edit.span, edit.text)

    def _mend_call(self, found: tuple[Place, ...]) -> None:
        """The caller of an action: no keys, a session before it."""
        assert self.workflow is not None
        for place in found:
            assert place.slot.entry is not None
            self.doomed.add(place.slot.entry.key.span.start)
        if self.workflow.is_reusable:
            self._let_go(found)
        self._steps_for(list(found))
        for edit in self.outline.removal(self.doomed):
            self.draft.edit(edit.span, edit.text)
        self._grant()

    def _adopt(self, inner: _Conversion) -> None:
        """Takes over what was drawn up for the other file."""
        for path, edits in inner.draft.by_file():
            for edit in edits:
                self.draft.edit(edit.span, edit.text, path)
        for said in inner.draft.requires:
            self.draft.require(said)
        for doubt in inner.draft.doubts:
            self.draft.doubt(doubt)
        self.role_used = self.role_used or inner.role_used

    def _role_of(self, credential: Credential) -> roles.RoleValue:
        assert credential.pair is not None
        return roles.for_pair(credential.pair, self.content, self.config, self.choices)

    def _title(self) -> str:
        said = f"`{self.role.text}`" if self.role_used else self._standing_role()
        return f"assume {said} by OIDC instead of handing over {self.credential.source}"

    def _standing_role(self) -> str:
        slot = self.credential.role
        return f"`{slot.value.strip()}`" if slot is not None else "a role"

    def _refuse_other_files(self) -> None:
        for spot in (*self.credential.others, *self.credential.uses):
            if spot.file.path != self.file.path:
                raise NoFix(
                    f"the key goes on into `{spot.file.path}`, which must be changed as well"
                )

    # -- configure-aws-credentials -----------------------------------------------------------------

    def _configure(self, step: Step) -> None:
        """Keys out, role in."""
        if id(step.node) in self.converted:
            return
        self.converted.add(id(step.node))
        gone = [item for item in step.inputs if item.name.lower() in _MEANINGLESS]
        role = step.inputs.get("role-to-assume")
        if role is not None and role.value.text.strip():
            name = role.value.text.strip()
            self.draft.require(f"let the trust policy of the role `{name}` admit this job by OIDC")
            if step.inputs.text("role-chaining").strip().lower() == "true":
                self.draft.doubt(
                    "the role was chained from the key: its trust policy may want that"
                )
        else:
            first = min(gone, key=lambda item: item.entry.key.span.start)
            self._put_role(step, first.entry.span, role is not None)
            gone = [item for item in gone if item is not first]
            if role is not None:
                gone.append(role)
        self.doomed.update(item.entry.key.span.start for item in gone)
        self._raise_release(step)
        self._affect(step)

    def _put_role(self, step: Step, span: object, blank: bool) -> None:
        flow = layout.is_flow(self.file.text, self._with(step))
        value = layout.scalar(self._use_role(), flow=flow)
        self.draft.edit(span, f"role-to-assume: {value}")  # type: ignore[arg-type]

    def _with(self, step: Step):  # type: ignore[no-untyped-def]
        return step.node.get("with")

    def _use_role(self) -> str:
        self.role_used = True
        self.draft.require(self.role.requires)
        if self.role.doubt:
            self.draft.doubt(self.role.doubt)
        return self.role.text

    def _raise_release(self, step: Step) -> None:
        uses = step.uses
        assert uses is not None
        releases.raise_release(self.file, step, self.draft)

    # -- everything else ---------------------------------------------------------------------------

    def _take_out(self, found: list[Place]) -> None:
        taken = hand.Taken(self.file, self.outline, self.draft, self.credential, self._use_role)
        taken.places += self.configured
        taken.out(found)
        self.doomed |= taken.doomed
        self.emptied = taken.emptied

    def _steps_for(self, found: list[Place]) -> None:
        """The credentials steps that what was taken out makes necessary."""
        wanted: dict[int, tuple[Job | None, Step]] = {}
        for place in found:
            for job, step in self._needing(place):
                known = wanted.get(id(job))
                if known is None or step.number < known[1].number:
                    wanted[id(job)] = (job, step)
        for job, step in wanted.values():
            self._session_for(job, step)

    def _needing(self, place: Place) -> Iterable[tuple[Job | None, Step]]:
        if place.step is not None:
            yield from ((job, place.step) for job in self._jobs_of(place))
            return
        if place.job is not None:
            if place.job.uses is not None:
                self.jobs[id(place.job)] = place.job
            for job in self._jobs_of(place):
                step = needs.first(job) if job is not None else None
                if step is not None:
                    yield job, step
            return
        yield from self._all_jobs()

    def _jobs_of(self, place: Place) -> list[Job | None]:
        """The place's job, and those that share it through an anchor."""
        if self.workflow is None:
            return [None]
        owner = place.step.node if place.step is not None else None
        node = owner if owner is not None else place.slot.scalar
        above = {id(one) for one in self.outline.above(node)}
        shared: list[Job | None] = [job for job in self.workflow.jobs if id(job.node) in above]
        return shared or [place.job]

    def _all_jobs(self) -> Iterable[tuple[Job, Step]]:
        assert self.workflow is not None
        jobs = [job for job in self.workflow.jobs if job.steps]
        sure = [job for job in jobs if any(needs.certainly(step) for step in job.steps)]
        for job in jobs:
            first = needs.first(job)
            assert first is not None
            if job in sure:
                yield job, first
            elif not all(needs.never(step) for step in job.steps):
                if not sure:
                    yield job, first
                    continue
                self.draft.doubt(f"job `{job.id}` may have used the key, which is not seen")

    def _session_for(self, job: Job | None, step: Step) -> None:
        """Lets a role be in force when the step runs."""
        before = self._converted_before(job, step) or needs.session_before(job, step)
        if before is not None:
            self._rely_on(before)
            if id(step.node) in self.emptied:
                steps.remove(self.outline, step, self.draft)
        elif id(step.node) in self.emptied and self._converted_behind(job, step):
            steps.remove(self.outline, step, self.draft)
        elif id(step.node) in self.emptied:
            steps.become(self.outline, step, self._new_step(job, step, condition=""), self.draft)
        elif id(step.node) not in self.converted:
            new = self._new_step(job, step, condition=self._condition(step))
            steps.insert(self.outline, step, new, self.draft)
        if job is not None:
            self.jobs[id(job)] = job

    def _converted_before(self, job: Job | None, step: Step) -> Step | None:
        for other in job.steps if job is not None else ():
            if id(other.node) in self.converted and other.number <= step.number:
                return other
        return None

    def _converted_behind(self, job: Job | None, step: Step) -> bool:
        """Whether what the step prepared is used by nothing but credentials steps."""
        behind = (other for other in (job.steps if job else ()) if other.number > step.number)
        return any(id(other.node) in self.converted for other in behind)

    def _rely_on(self, step: Step) -> None:
        if id(step.node) in self.converted:
            return
        role = step.inputs.text("role-to-assume").strip()
        self.draft.require(
            f"the role `{role}` may do what the key from {self.credential.source} may"
        )
        if role != self.role.text:
            self.draft.doubt(f"the job has assumed `{role}` already: it may be meant for less")
        if step.condition is not None:
            self.draft.doubt("the step that assumes the role runs under a condition")

    def _new_step(self, job: Job | None, step: Step, *, condition: str) -> steps.NewStep:
        region = regions.of_step(self.workflow, job, step, self.choices.region)
        if region.requires:
            self.draft.require(region.requires)
        inputs = [("role-to-assume", self._use_role()), ("aws-region", region.text)]
        profile = hand.profile_of(self.credential)
        if profile:
            inputs.append(("aws-profile", profile))
            self.draft.doubt(f"the profile `{profile}` is written by the credentials action now")
        uses = releases.for_new_step(self.file, roles.steps_of(self.content))
        return steps.NewStep(uses, tuple(inputs), condition)

    def _condition(self, step: Step) -> str:
        """The step's `if:` as it is written, where the key stood in this step alone."""
        if step.condition is None or self.credential.step is None:
            return ""
        span = step.condition.span
        written = self.file.text[span.start : span.end]
        if "\n" in written:
            raise NoFix("the step's condition is written over several lines")
        return written

    def _affect(self, step: Step) -> None:
        """The jobs that run a step, through whatever anchors."""
        if self.workflow is None:
            return
        above = {id(one) for one in self.outline.above(step.node)}
        for job in self.workflow.jobs:
            if id(job.node) in above:
                self.jobs[id(job)] = job


def _is_configure(place: Place) -> bool:
    if place.sink != "with" or place.step is None or place.step.uses is None:
        return False
    return place.step.uses.is_action(configure_aws.NAME)
