"""The claims of the token that GitHub mints for a job on one occasion, as words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.iam import names
from oidc_enforcer.iam.automata import Automaton
from oidc_enforcer.iam.presented import Presented
from oidc_enforcer.iam.searches import Effort, TooComplexError, Words, listing
from oidc_enforcer.iam.tokens import (
    DEFAULT_TEMPLATE,
    PROPERTY,
    Hole,
    Repository,
    Run,
    Scene,
    Word,
    claims,
    joined,
    segments,
)
from oidc_enforcer.iam.tokens import Workflow as Origin
from oidc_enforcer.workflow.environments import OPEN_PART, Environment
from oidc_enforcer.workflow.frames import names_of
from oidc_enforcer.workflow.model import Workflow
from oidc_enforcer.workflow.triggers import Occasion

#: The names that refs of each kind can have; of pull requests the number is no name.
NAMES = {Run.BRANCH: names.BRANCH, Run.TAG: names.TAG}
_FOLDER = ".github/workflows/"
#: Claims of repositories in an enterprise.
_ENTERPRISE = frozenset({"enterprise", "enterprise_id"})
#: Branches that are shown one by one.
_MAX_LISTED = 20


def presented(
    occasion: Occasion,
    repository: Repository,
    top: Workflow,
    own: Workflow,
    environment: Environment,
) -> Presented:
    """The tokens of a job of `own`, in a run that an event started with `top`.

    A workflow of the same repository that is called by its path is taken from the commit of its
    caller, so that the ref behind its file is the caller's.
    """
    scene = Scene(occasion.run, environment.word is not None, Origin.OWN, False, True)
    words = dict(claims(scene))
    words["event_name"] = (occasion.event,)
    words["workflow_ref"] = _with_file(words["workflow_ref"], top)
    words["job_workflow_ref"] = _with_file(words["job_workflow_ref"], own)
    name = top.name or (_FOLDER + (file_name(top) or "") if file_name(top) else "")
    words["workflow"] = (name,) if name else (Hole("workflow"),)
    if environment.word is not None:
        words["environment"] = environment.word
    optional = frozenset() if repository.is_in_an_enterprise else _ENTERPRISE
    forms = (
        (False, True) if repository.immutable_subject is None else (repository.immutable_subject,)
    )
    template = repository.template or DEFAULT_TEMPLATE
    subjects = (_subject(occasion, words, template, immutable=form) for form in forms)
    distinct = tuple(dict.fromkeys(each for each in subjects if each is not None))
    return Presented(distinct, words, dict(_languages(occasion, environment)), optional)


def file_name(workflow: Workflow) -> str | None:
    """The workflow's file behind `.github/workflows/`; None for one that stands elsewhere."""
    _, folder, name = workflow.file.path.replace("\\", "/").rpartition(_FOLDER)
    return name if folder and "/" not in name else None


def _with_file(word: Word, workflow: Workflow) -> Word:
    name = file_name(workflow)
    if name is None:
        return word
    return joined(name if piece == Hole("file") else piece for piece in word)


def _subject(
    occasion: Occasion, words: dict[str, Word], template: tuple[str, ...], *, immutable: bool
) -> Word | None:
    """The subject by its template; None where the token lacks a claim that the template asks for.

    GitHub writes `:` in a value as `%3A`.
    """
    pieces: list[str | Hole] = []
    for key in template:
        part = _part(key, occasion, words, immutable=immutable)
        if part is None:
            return None
        pieces += [":", *part] if pieces else part
    return joined(pieces)


def _part(
    key: str, occasion: Occasion, words: dict[str, Word], *, immutable: bool
) -> Iterable[str | Hole] | None:
    scene = Scene(occasion.run, False, Origin.OWN, immutable, True)
    if key == "repo":
        return segments(scene)[key]
    if key == "context":
        if "environment" in words:
            return ("environment:", *_encoded(words["environment"]))
        return ("pull_request",) if occasion.as_pull_request else ("ref:", *words["ref"])
    if key.startswith(PROPERTY):
        return (f"{key}:", Hole("property", encoded=True))
    return (f"{key}:", *_encoded(words[key])) if key in words else None


def _encoded(word: Word) -> Iterator[str | Hole]:
    for piece in word:
        if isinstance(piece, str):
            yield piece.replace(":", "%3A")
        else:
            yield piece._replace(encoded=True)


def _languages(occasion: Occasion, environment: Environment) -> Iterator[tuple[str, Words]]:
    """The names that are fewer on this occasion than GitHub allows."""
    words = NAMES.get(occasion.run)
    if words is not None and not occasion.refs.is_everything:
        some = names_of(occasion.refs, occasion.run)
        yield occasion.run.value, names.within(words, some, *_listed(some.automaton, words))
    for piece in environment.word or ():
        if isinstance(piece, Hole) and piece.name.startswith(OPEN_PART):
            yield piece.name, names.REST


def _listed(automaton: Automaton, words: Words) -> tuple[str, ...]:
    try:
        found = listing(automaton, words, _MAX_LISTED, Effort())
    except TooComplexError:
        return ()
    return found.members if found else ()
