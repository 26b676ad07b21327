"""The credentials steps that a job needs once the key that it had is taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oidc_enforcer.fixes import layout, needs, regions, releases, roles, scoped, steps
from oidc_enforcer.fixes.handovers import profile_of
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import NoFix
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.workflow.model import Job, Step


def begin(site: Site, found: Iterable[Place]) -> None:
    """The credentials steps that what was taken out makes necessary."""
    wanted: dict[int, tuple[Job | None, Step]] = {}
    for place in found:
        for job, step in _needing(site, place):
            known = wanted.get(id(job))
            if known is None or step.number < known[1].number:
                wanted[id(job)] = (job, step)
    for job, step in wanted.values():
        _session_for(site, job, step)


def _needing(site: Site, place: Place) -> Iterable[tuple[Job | None, Step]]:
    if place.step is not None:
        yield from ((job, place.step) for job in site.jobs_of(place))
        return
    if place.job is not None:
        if place.job.uses is not None:
            site.jobs[id(place.job)] = place.job
        for job in site.jobs_of(place):
            step = needs.first(job) if job is not None else None
            if step is not None:
                yield job, step
        return
    yield from _all_jobs(site)


def _all_jobs(site: Site) -> Iterable[tuple[Job, Step]]:
    assert site.workflow is not None
    jobs = [job for job in site.workflow.jobs if job.steps]
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
            site.draft.doubt(f"job `{job.id}` may have used the key, which is not seen")


def _session_for(site: Site, job: Job | None, step: Step) -> None:
    """Lets a role be in force when the step runs."""
    if site.scope:
        new = _new_step(site, job, step, condition=_condition(site, step))
        steps.insert(site.outline, step, new, site.draft)
        if job is not None:
            site.jobs[id(job)] = job
        return
    before = _converted_before(site, job, step) or needs.session_before(job, step)
    if before is not None and site.of_one_step and not _is_same_role(site, before):
        before = None
    if before is not None:
        _rely_on(site, before)
        if id(step.node) in site.emptied:
            steps.remove(site.outline, step, site.draft)
    elif id(step.node) in site.emptied and _converted_behind(site, job, step):
        steps.remove(site.outline, step, site.draft)
    elif id(step.node) in site.emptied:
        steps.become(site.outline, step, _new_step(site, job, step, condition=""), site.draft)
    elif id(step.node) not in site.converted:
        new = _new_step(site, job, step, condition=_condition(site, step))
        steps.insert(site.outline, step, new, site.draft)
    if job is not None:
        site.jobs[id(job)] = job


def _converted_before(site: Site, job: Job | None, step: Step) -> Step | None:
    for other in job.steps if job is not None else ():
        if id(other.node) in site.converted and other.number <= step.number:
            return other
    return None


def _converted_behind(site: Site, job: Job | None, step: Step) -> bool:
    """Whether what the step prepared is used by nothing but credentials steps."""
    behind = (other for other in (job.steps if job else ()) if other.number > step.number)
    return any(id(other.node) in site.converted for other in behind)


def _is_same_role(site: Site, before: Step) -> bool:
    return before.inputs.text("role-to-assume").strip() == site.role.text


def _rely_on(site: Site, step: Step) -> None:
    role = step.inputs.text("role-to-assume").strip()
    site.relies_on = role
    if id(step.node) in site.converted:
        return
    site.draft.require(f"the role `{role}` may do what the key from {site.credential.source} may")
    if not _is_same_role(site, step):
        site.draft.doubt(f"the job has assumed `{role}` already: it may be meant for less")
    if step.condition is not None:
        site.draft.doubt("the step that assumes the role runs under a condition")


def _new_step(site: Site, job: Job | None, step: Step, *, condition: str) -> steps.NewStep:
    region = regions.of_step(site.workflow, job, step, site.choices.region)
    if region.requires:
        site.draft.require(region.requires)
    inputs = [("role-to-assume", site.use_role()), ("aws-region", region.text)]
    profile = profile_of(site.credential)
    if profile:
        inputs.append(("aws-profile", profile))
        site.draft.doubt(f"the profile `{profile}` is written by the credentials action now")
    every = roles.steps_of(site.content)
    if site.scope:
        uses = releases.newest(every)
        return steps.NewStep(uses, (*inputs, *scoped.INPUTS), condition, site.scope)
    return steps.NewStep(releases.for_new_step(site.file, every), tuple(inputs), condition)


def _condition(site: Site, step: Step) -> str:
    """The step's `if:` as it is written, where the key stood in this step alone."""
    if step.condition is None or site.credential.step is None:
        return ""
    span = step.condition.span
    written = site.file.text[span.start : span.end]
    if "\n" in written:
        raise NoFix("the step's condition is written over several lines")
    return written


#: A command that hands the key on by its name: `docker run -e NAME`, `sudo --preserve-env=NAME`.
_BY_NAME = re.compile(
    r"(?<!\S)(?:-e|--env)(?:\s+|=)?[\"']?AWS_SECRET_ACCESS_KEY(?![\w=])"
    r"|--preserve-env=\S{0,200}AWS_SECRET_ACCESS_KEY(?!\w)"
)
_NO_TOKEN = (
    "step {} of job `{}` hands the key on by its name and not `AWS_SESSION_TOKEN`, which must go"
    " with it"
)


def name_tokens(site: Site) -> None:
    """Inputs that list the variables to hand on, `envs: A,B`, list the session token as well.

    Where a script lists them, that it must is in doubt.
    """
    for job in site.jobs.values():
        for step in job.steps:
            script = step.run.text if step.run is not None else ""
            if _BY_NAME.search(script) and "AWS_SESSION_TOKEN" not in script:
                site.draft.doubt(_NO_TOKEN.format(step.number, job.id))
    for step in (step for job in site.jobs.values() for step in job.steps):
        for item in step.inputs:
            names = [word.strip() for word in item.value.text.split(",")]
            if "AWS_SECRET_ACCESS_KEY" in names and "AWS_SESSION_TOKEN" not in names:
                site.draft.doubt(f"`{item.name}` hands on a session, which ends within the hour")
                written = f"{item.value.text.rstrip()},AWS_SESSION_TOKEN"
                site.draft.edit(item.value.span, layout.scalar(written))
