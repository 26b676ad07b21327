"""From a stored key to a role assumed by OIDC: draws up the edits for one credential."""

from __future__ import annotations

from collections.abc import Iterable

from oidc_enforcer.config import Config
from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes import (
    branches,
    callers,
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
from oidc_enforcer.workflow.known_actions import release_status
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
        return _without_fallback(reading, credential)
    return _Conversion(reading, credential, config, choices).fix()


def _without_fallback(reading: Reading, credential: Credential) -> Fix:
    """Takes out the step that takes its caller's key, where another takes a role."""
    content, root, step = reading.parsed.content, reading.parsed.root, credential.step
    if content is None or root is None or step is None or not _takes_role_beside(content, step):
        raise NoFix(_NOT_OURS[Kind.PASS_THROUGH])
    outline, draft = Outline(content.file, root), Draft(content.file.path)
    steps.remove(outline, step, draft)
    draft.doubt("whoever hands over a key must hand over a role from now on")
    return draft.fix("leave OIDC as the only way in")


def _takes_role_beside(content: Workflow | Action, step: Step) -> bool:
    """Whether the step is the one with keys of two credentials steps, the other one with a role."""
    if step.uses is None or not step.uses.is_action(configure_aws.NAME):
        return False
    return any(
        other.uses is not None
        and other.uses.is_action(configure_aws.NAME)
        and other.inputs.text("role-to-assume").strip()
        and not other.inputs.text("aws-access-key-id").strip()
        for other in roles.steps_of(content)
    )


class _Conversion:
    def __init__(
        self, reading: Reading, credential: Credential, config: Config, choices: Choices
    ) -> None:
        content, root = reading.parsed.content, reading.parsed.root
        if content is None or root is None or credential.pair is None:
            raise NoFix("the file could not be read to its end")
        why = _NOT_OURS.get(credential.kind) or _NO_ROLE.get(credential.flavour)
        if why:
            raise NoFix(why)
        self.reading, self.credential = reading, credential
        self.content = content
        self.workflow = content if isinstance(content, Workflow) else None
        self.file = content.file
        self.outline = Outline(self.file, root)
        self.draft = Draft(self.file.path)
        self.config, self.choices = config, choices
        self.role = roles.for_pair(credential.pair, content, config, choices)
        self.jobs: dict[int, Job] = {}
        self.doomed: set[int] = set()
        self.converted: set[int] = set()
        self.role_used = False

    def fix(self) -> Fix:
        found = places.of_credential(self.content, self.credential)
        if not found:
            raise NoFix("the key enters at no place of this file that can be edited")
        self._refuse_other_files()
        shared = branches.shared(self.reading, self.content, found)
        if shared is not None:
            self.role = branches.write_roles(shared.fed, self._role_of, self.outline, self.draft)
            found = shared.configured
        configured = self.configured = [p for p in found if _is_configure(p)]
        for place in configured:
            assert place.step is not None
            self._configure(place.step)
        rest = [place for place in found if place not in configured]
        self._take_out(rest)
        self._steps_for(rest)
        for edit in self.outline.removal(self.doomed):
            self.draft.edit(edit.span, edit.text)
        if self.workflow is not None:
            permissions.grant(self.workflow, self.outline, self.jobs.values(), self.draft)
            if self.workflow.is_reusable and self.jobs:
                callers.grant(self.workflow, self.reading.surroundings, self.draft)
        else:
            self.draft.require("grant `id-token: write` to every job that uses this action")
        return self.draft.fix(
            self._title(), never_safe=LEAKED if self.credential.is_literal else ""
        )

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
        raise_release(self.file, step, self.draft)

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


def raise_release(file, step: Step, draft: Draft) -> None:  # type: ignore[no-untyped-def]
    """Raises a release that is too old, in the way in which it is pinned."""
    uses = step.uses
    assert uses is not None
    comment = releases.comment_behind(file, uses)
    status = release_status(uses.ref, comment)
    if status is None or not status.is_outdated:
        return
    new = releases.raised(uses)
    span = uses.value.span
    if new.comment and comment:
        line = file.text.find("\n", span.end)
        line = len(file.text) if line < 0 else line
        end = line - 1 if file.text[line - 1 : line] == "\r" else line
        draft.edit(span._replace(end=end), new.line)
        return
    quote = file.text[span.start : span.start + 1]
    quoted = quote if quote in "\"'" else ""
    behind = f" # {new.comment}" if new.comment else ""
    draft.edit(span, f"{quoted}{new.text}{quoted}{behind}")


def _is_configure(place: Place) -> bool:
    if place.sink != "with" or place.step is None or place.step.uses is None:
        return False
    return place.step.uses.is_action(configure_aws.NAME)
