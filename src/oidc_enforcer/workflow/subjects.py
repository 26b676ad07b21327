"""Which OIDC tokens each job can present: one kind per event, way of being called, environment.

Everything that a run may choose freely (a branch, a tag) or that no file tells stays open, as an
exact language of names. The kinds together are never fewer than what GitHub mints for the job.

Source: GitHub "OpenID Connect reference"; "Contexts" for what is known when a job starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from oidc_enforcer.expression import condition
from oidc_enforcer.iam.patterns import EVERYTHING, StringSet
from oidc_enforcer.iam.presented import Presented
from oidc_enforcer.iam.searches import Effort, TooComplexError, shortest
from oidc_enforcer.iam.tokens import Repository, Run
from oidc_enforcer.workflow.choices import Choices, every
from oidc_enforcer.workflow.environments import Environment, environments
from oidc_enforcer.workflow.frames import Frame, Known, names_of
from oidc_enforcer.workflow.minted import NAMES, presented
from oidc_enforcer.workflow.model import Job, Workflow
from oidc_enforcer.workflow.surroundings import Surroundings
from oidc_enforcer.workflow.triggers import Occasion, occasions
from oidc_enforcer.workflow.ways import Link, ways
from oidc_enforcer.yaml_tree import Scalar

#: Combinations of matrix rows and inputs that are told apart for one event.
_MAX_COMBINATIONS = 256
#: The same for all events and ways of being called together.
_MAX_ATTEMPTS = 4000
#: Jobs that are needed and whose conditions are looked at; without the others more may run.
_MAX_NEEDED = 50
#: Kinds of tokens of one job; a job with more is not told.
MAX_SUBJECTS = 1000

_NOTHING_TOLD: Mapping[str, str] = {}
#: The path of what was fetched of another repository.
_IS_KEY = re.compile(r"\.ya?ml@.", re.IGNORECASE)
_Detail = TypeVar("_Detail")


class Subject(NamedTuple):
    """One kind of token that a job can present.

    `event` starts the run, `called_by` names the calls that lead to the job. `unknown` says what
    no file tells, so that the real tokens may be fewer than these.
    """

    event: str
    called_by: tuple[str, ...]
    presented: Presented
    unknown: tuple[str, ...]


class Subjects(NamedTuple):
    """All kinds of tokens of one job, and why there may be others (`gaps`)."""

    subjects: tuple[Subject, ...]
    gaps: tuple[str, ...] = ()


class Asker(NamedTuple, Generic[_Detail]):
    """A place in a job at which the token is asked for, or one of several ways to ask there.

    All `conditions` must hold there, and the ref must be one of `refs`; `detail` is what the one
    who wants to know says about it.
    """

    detail: _Detail
    conditions: tuple[tuple[Frame, Scalar], ...] = ()
    refs: StringSet = EVERYTHING


def whole_job(frame: Frame) -> tuple[Asker[None], ...]:
    """Anywhere in the job."""
    return (Asker(None),)


def of_job(
    workflow: Workflow,
    job: Job,
    surroundings: Surroundings,
    repository: Repository,
    stored: Mapping[str, str] = _NOTHING_TOLD,
) -> Subjects:
    """The tokens that a job of a workflow can present, whatever asks for them in it.

    A job that calls another workflow presents nothing itself: the called jobs do. `stored` has the
    values of `secrets.NAME` and `vars.NAME` that somebody has told us, by their lower case.
    """
    if job.uses is not None:
        return Subjects((), ())
    found, gaps = told(workflow, job, surroundings, repository, whole_job, stored)
    distinct = {_key(subject): subject for subject, _ in found}
    return Subjects(tuple(distinct.values()), gaps)


def told(
    workflow: Workflow,
    job: Job,
    surroundings: Surroundings,
    repository: Repository,
    place: Callable[[Frame], Iterable[Asker[_Detail]]],
    stored: Mapping[str, str],
) -> tuple[list[tuple[Subject, _Detail]], tuple[str, ...]]:
    """The tokens that some place in a job can ask for, and why there may be others.

    `place` tells, for the frame of the job, where and how they are asked for.
    """
    found: list[tuple[Subject, _Detail]] = []
    gaps: list[str] = []
    attempts = 0
    chains, is_called_unseen, too_many = ways(workflow, job, surroundings)
    if is_called_unseen and _IS_KEY.search(workflow.file.path):
        gaps.append("of another repository: what its jobs present when they are called is not told")
    elif is_called_unseen:
        gaps.append("called by no workflow in sight; it presents what its caller's event makes")
    if too_many:
        gaps.append("called in more ways than are followed")
    runs = (
        (chain, occasion)
        for chain in chains
        for occasion in occasions(chain[0].workflow, repository.default_branch)
    )
    for chain, occasion in runs:
        answers = _on_occasion(occasion, chain, repository, place, stored)
        if isinstance(answers, str):
            gaps.append(answers)
            continue
        found += [each for answer in answers for each in answer]
        attempts += len(answers)
        if len(found) > MAX_SUBJECTS or attempts > _MAX_ATTEMPTS:
            gaps.append("more kinds of tokens than are followed")
            break
    return found[:MAX_SUBJECTS], tuple(dict.fromkeys(gaps))


def _on_occasion(
    occasion: Occasion,
    chain: tuple[Link, ...],
    repository: Repository,
    place: Callable[[Frame], Iterable[Asker[_Detail]]],
    stored: Mapping[str, str],
) -> list[list[tuple[Subject, _Detail]]] | str:
    """The tokens for each combination of what a run may choose, or why they are not told."""

    def attempt(choices: Choices) -> list[tuple[Subject, _Detail]]:
        return list(_of_run(Known(occasion, repository, stored, choices), chain, place))

    try:
        answers = every(attempt, _MAX_COMBINATIONS)
    except TooComplexError:
        return f"what starts it on `{occasion.event}` is too complex to follow"
    if answers is None:
        return f"more combinations than are followed on `{occasion.event}`"
    return answers


def _of_run(
    known: Known, chain: tuple[Link, ...], place: Callable[[Frame], Iterable[Asker[_Detail]]]
) -> Iterator[tuple[Subject, _Detail]]:
    frame: Frame | None = None
    refs = known.occasion.refs
    for link in chain:
        frame = Frame(known, link.workflow, link.job, frame)
        for own, when in _conditions(frame):
            refs = refs & own.guard().holds(condition(when.text)).possibly
    assert frame is not None
    called_by = tuple(f"`{job.id}` of `{workflow.file.path}`" for workflow, job in chain[:-1])
    named = list(environments(frame))
    for asker in place(frame):
        here = refs & asker.refs
        for own, when in asker.conditions:
            here = here & own.guard().holds(condition(when.text)).possibly
        for environment in named:
            there = here & environment.refs
            if _is_possible(known.occasion.run, there):
                yield _subject(known, chain, environment, there, called_by), asker.detail


def _subject(
    known: Known,
    chain: tuple[Link, ...],
    environment: Environment,
    refs: StringSet,
    called_by: tuple[str, ...],
) -> Subject:
    occasion = known.occasion._replace(refs=refs)
    top, own = chain[0].workflow, chain[-1].workflow
    kind = presented(occasion, known.repository, top, own, environment)
    lacking = "" if kind.subjects else _NO_SUBJECT
    undocumented = occasion.undocumented and environment.word is None
    doubt = f"GitHub does not document the subject of `{occasion.event}`" if undocumented else ""
    unknown = tuple(filter(None, (occasion.doubt, doubt, environment.unknown, lacking)))
    return Subject(occasion.event, called_by, kind, unknown)


_NO_SUBJECT = "the subject's template asks for a claim that this token has not: there is none"


def _is_possible(run: Run, refs: StringSet) -> bool:
    if refs.is_nothing:
        return False
    words = NAMES.get(run)
    if words is None:
        return not refs.is_empty(Effort())
    names = names_of(refs, run) if not refs.is_everything else EVERYTHING
    joint = names & StringSet(words.automaton)
    return shortest(joint.automaton, words.alphabet, words.max_length, Effort()) is not None


_STATUS = re.compile(r"\b(?:always|failure|cancelled)\s*\(", re.IGNORECASE)


def _conditions(frame: Frame) -> Iterator[tuple[Frame, Scalar]]:
    """The `if:` of a job, and of the jobs without which it is skipped.

    A job is skipped with any job that it needs, unless its own condition asks for the status.
    """
    by_id = {job.id: job for job in frame.workflow.jobs}
    waiting, seen = [frame.job], {frame.job.id}
    while waiting and len(seen) <= _MAX_NEEDED:
        job = waiting.pop()
        if job.condition is not None:
            yield frame._replace(job=job), job.condition
            if _STATUS.search(job.condition.text):
                continue
        for name in job.needs:
            if name in by_id and name not in seen:
                seen.add(name)
                waiting.append(by_id[name])


def _key(subject: Subject) -> tuple[object, ...]:
    """What makes two kinds the same for a reader."""
    kind = subject.presented
    languages = tuple(
        (hole, words.examples, id(words.automaton)) for hole, words in kind.languages.items()
    )
    claims = tuple(kind.claims.items())
    return (subject.event, subject.called_by, kind.subjects, claims, languages, subject.unknown)
