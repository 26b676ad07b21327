"""Every token that GitHub can mint, told as words with holes.

A token comes about in a *scene*: what started the run, whether the job names an environment,
whether its workflow was called from elsewhere. In one scene each claim is a word: fixed text, and
holes that are filled with names. The same hole in two claims is the same name, which is how claims
depend on each other: `repository` stands inside `sub`, `ref` inside `sub` and `job_workflow_ref`.
Which names a *minter* can fill in is the `world`'s business.

Source: GitHub "OpenID Connect reference" (claims, subjects, customised and immutable subjects).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple, TypeAlias

from oidc_enforcer.iam.issuers import GITHUB_COM, Issuer
from oidc_enforcer.iam.patterns import NOTHING, StringSet


class Repository(NamedTuple):
    """The repository for which a policy is judged; None stands for what nobody has told us.

    `template` are the `include_claim_keys` of its subject, None for GitHub's own form. `issuer` is
    the URL of its tokens' issuer without `https://`; None means: whichever the policy trusts.
    `enterprise` is the slug and `enterprise_id` the number of the enterprise that it belongs to.
    `shares_workflows`: whether other repositories may call its reusable workflows. Jobs of its
    owner's repositories that come from one of the `excused_workflows` (by `job_workflow_ref`) are
    left out of a policy's reach: somebody has said that they may come in.
    """

    owner: str
    name: str
    owner_id: str | None = None
    id: str | None = None
    default_branch: str = "main"
    issuer: str | None = None
    enterprise_id: str | None = None
    immutable_subject: bool | None = None
    template: tuple[str, ...] | None = None
    shares_workflows: bool | None = None
    excused_workflows: StringSet = NOTHING
    enterprise: str | None = None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def is_in_an_enterprise(self) -> bool:
        """Whether it is known to belong to one."""
        return self.enterprise is not None or self.enterprise_id is not None

    def may_get_tokens_of(self, issuer: Issuer) -> bool:
        """Whether its jobs' tokens may be of this issuer.

        Of github.com a host does not tell whether an enterprise has its slug behind it, and an
        enterprise's slug does not tell it either: that is a setting.
        """
        slug = issuer.slug
        if slug is not None and self.enterprise is not None and slug != self.enterprise.lower():
            return False
        if self.issuer in (None, issuer.name):
            return True
        return self.issuer == GITHUB_COM and slug is not None


class Hole(NamedTuple):
    """A place for a name. `encoded`: in a subject, where `:` is written `%3A`."""

    name: str
    encoded: bool = False


Word: TypeAlias = "tuple[str | Hole, ...]"


class Minter(enum.Enum):
    """Whose run asks for the token."""

    OURS = "the repository itself"
    NEIGHBOUR = "another repository of its owner"
    COLLEAGUE = "another owner of its enterprise"
    STRANGER = "another owner"
    SQUATTER = "who registered the owner's name after it was given up"
    SUCCESSOR = "a later repository of the same owner"

    __hash__ = object.__hash__  # asked a thousand times a policy; a member is one object


#: They are in another enterprise than ours, or in none.
OUTSIDERS = frozenset({Minter.STRANGER, Minter.SQUATTER})


class Run(enum.Enum):
    """On which kind of ref the run works."""

    BRANCH = "branch"
    TAG = "tag"
    PULL_REQUEST = "pull request"


class Workflow(enum.Enum):
    """Whose file the job comes from."""

    OWN = "its own repository's"
    CALLED = "a reusable workflow of another repository"
    OURS_CALLED = "a reusable workflow of our repository, called from another one"


class Scene(NamedTuple):
    """The circumstances that decide the shape of a token's claims."""

    run: Run
    environment: bool
    workflow: Workflow
    immutable: bool
    enterprise: bool


_FULL_NAME: Word = (Hole("owner"), "/", Hole("repository"))
_SHORT_FORMS: dict[bool, Word] = {
    False: _FULL_NAME,
    True: (
        *(Hole("owner"), "@", Hole("owner_id"), "/"),
        *(Hole("repository"), "@", Hole("repository_id")),
    ),
}


@cache
def claims(scene: Scene) -> dict[str, Word]:
    """Every claim of a token minted in this scene, but for `sub`; absent claims are missing."""
    ref = _REFS[scene.run]
    own_file: Word = (*_FULL_NAME, _WORKFLOWS, Hole("file"), "@", *ref)
    from_elsewhere: Word = (_WORKFLOWS, Hole("called_file"), "@", Hole("called_ref"))
    files: dict[Workflow, Word] = {
        Workflow.OWN: own_file,
        Workflow.CALLED: (Hole("provider"), *from_elsewhere),
        Workflow.OURS_CALLED: (Hole("home"), *from_elsewhere),
    }
    pull = scene.run is Run.PULL_REQUEST
    found: dict[str, Word] = {
        "aud": (Hole("aud"),),
        "actor": (Hole("actor"),),
        "actor_id": (Hole("actor_id"),),
        "base_ref": (Hole("base"),) if pull else (),
        "check_run_id": (Hole("check_run_id"),),
        "event_name": _EVENTS[scene.run],
        "head_ref": (Hole("head"),) if pull else (),
        "job_workflow_ref": files[scene.workflow],
        "job_workflow_sha": (Hole("called_commit"),),
        "ref": ref,
        "ref_protected": (Hole("truth"),),
        "ref_type": ("tag",) if scene.run is Run.TAG else ("branch",),
        "repository": _FULL_NAME,
        "repository_id": (Hole("repository_id"),),
        "repository_owner": (Hole("owner"),),
        "repository_owner_id": (Hole("owner_id"),),
        "repository_visibility": (Hole("visibility"),),
        "run_attempt": (Hole("run_number"),),
        "run_id": (Hole("run_id"),),
        "run_number": (Hole("run_number"),),
        "runner_environment": (Hole("runner"),),
        "sha": (Hole("commit"),),
        "workflow": (Hole("workflow"),),
        "workflow_ref": own_file,
        "workflow_sha": (Hole("commit"),),
    }
    if scene.environment:
        found["environment"] = (Hole("environment"),)
    if scene.enterprise:
        found["enterprise"] = (Hole("enterprise"),)
        found["enterprise_id"] = (Hole("enterprise_id"),)
    return found


_WORKFLOWS = "/.github/workflows/"
_REFS: dict[Run, Word] = {
    Run.BRANCH: ("refs/heads/", Hole("branch")),
    Run.TAG: ("refs/tags/", Hole("tag")),
    Run.PULL_REQUEST: ("refs/pull/", Hole("pull"), "/merge"),
}
_EVENTS: dict[Run, Word] = {
    Run.BRANCH: (Hole("branch_event"),),
    Run.TAG: (Hole("tag_event"),),
    Run.PULL_REQUEST: ("pull_request",),
}
#: The names of all claims, but for custom properties.
CLAIMS = frozenset(
    {
        *("iss", "sub", "exp", "iat", "nbf", "jti"),
        *claims(Scene(Run.BRANCH, True, Workflow.OWN, False, True)),
    }
)
#: The subject's parts when nobody has customised it.
DEFAULT_TEMPLATE = ("repo", "context")


@cache
def segments(scene: Scene) -> dict[str, Word]:
    """What each key of a subject template writes into a subject in this scene.

    A template may name any claim; keys whose claim the token lacks write nothing and are missing.
    """
    parts: dict[str, Word] = {
        "repo": ("repo:", *_SHORT_FORMS[scene.immutable]),
        "context": _context(scene),
    }
    for claim, word in claims(scene).items():
        if claim != "aud":
            parts[claim] = (f"{claim}:", *_encoded(word))
    parts[PROPERTY] = (PROPERTY, Hole("property_name"), ":", Hole("property", encoded=True))
    return parts


#: The prefix of the claims that carry an organisation's custom properties.
PROPERTY = "repo_property_"


def _context(scene: Scene) -> Word:
    if scene.environment:
        return ("environment:", Hole("environment", encoded=True))
    if scene.run is Run.PULL_REQUEST:
        return ("pull_request",)
    return ("ref:", *_REFS[scene.run])


def _encoded(word: Word) -> Word:
    """The word with every hole that may hold a colon marked for encoding."""
    return tuple(
        piece._replace(encoded=True)
        if isinstance(piece, Hole) and piece.name in _MAY_HOLD_COLONS
        else piece
        for piece in word
    )


_MAY_HOLD_COLONS = frozenset({"environment", "workflow", "file", "called_file"})


def joined(pieces: Iterable[str | Hole]) -> Word:
    """The word with neighbouring texts made one."""
    word: list[str | Hole] = []
    for piece in pieces:
        last = word[-1] if word else None
        if isinstance(piece, str) and isinstance(last, str):
            word[-1] = last + piece
        else:
            word.append(piece)
    return tuple(word)


def token(
    issuer: Issuer, scene: Scene, template: tuple[str, ...], name: Callable[[str], str]
) -> dict[str, str]:
    """The claims of a token, with `name` filling the holes."""
    parts = segments(scene)
    found = {"iss": issuer.url, "sub": ":".join([_text(parts[key], name) for key in template])}
    for claim, word in claims(scene).items():
        found[claim] = _text(word, name)
    if PROPERTY in template:
        found[PROPERTY + name("property_name")] = name("property")
    return found


def _text(word: Word, name: Callable[[str], str]) -> str:
    pieces: list[str] = []
    for piece in word:
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            text = name(piece.name)
            pieces.append(text.replace(":", "%3A") if piece.encoded else text)
    return "".join(pieces)
