"""Our repository and everybody else: which names may stand where in whose token."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from oidc_enforcer.iam import names
from oidc_enforcer.iam.issuers import Issuer, Tenancy
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.searches import Words
from oidc_enforcer.iam.tokens import OUTSIDERS, Hole, Minter, Repository, Word, joined


class World(NamedTuple):
    """Who there is: by minter, the names that are fixed and the languages of those that are not.

    `bound` keeps words with the fixed names filled in. GitHub writes `:` in a subject's values as
    `%3A`, but GHES up to 3.18 does not.
    """

    repository: Repository
    issuer: Issuer
    fixed: Mapping[Minter, Mapping[str, str]]
    languages: Mapping[Minter, Mapping[str, Words]]
    bound: dict[tuple[Minter, Word], Word]
    encodes_colons: bool = True

    def language(self, minter: Minter, hole: str) -> Words:
        """The names that may fill a hole."""
        return self.languages[minter].get(hole) or _LANGUAGES.get(hole) or names.TEXT

    def restricted(self, minter: Minter, hole: str, words: Words) -> World:
        """The same world, but with fewer names for one hole."""
        changed = {**self.languages[minter], hole: words}
        return self._replace(languages={**self.languages, minter: changed})

    def word(self, minter: Minter, word: Word) -> Word:
        """The word as this minter's tokens have it, with fixed names filled in."""
        known = self.bound.get((minter, word))
        if known is None:
            fixed = self.fixed[minter]
            known = self.bound[minter, word] = joined(
                fixed.get(piece.name, piece) if isinstance(piece, Hole) else piece for piece in word
            )
        return known

    def forms(self, minter: Minter) -> tuple[bool, ...]:
        """Whether this minter's subjects carry ids; GHES has none that do."""
        known = self.repository.immutable_subject
        if not self.issuer.has_github_claims:
            return (False,)
        return (False, True) if known is None or minter is not Minter.OURS else (known,)

    def memberships(self, minter: Minter) -> tuple[bool, ...]:
        """Whether this minter's owner belongs to an enterprise."""
        known = self.repository.is_in_an_enterprise
        return (True,) if known and minter not in OUTSIDERS else (False, True)


#: The holes whose names do not depend on who mints.
_LANGUAGES: dict[str, Words] = {
    "branch": names.BRANCH,
    "tag": names.TAG,
    "pull": names.NUMBER._replace(examples=("7",)),
    "environment": names.ENVIRONMENT,
    "file": names.FILE,
    "called_file": names.FILE._replace(examples=("deploy.yml",)),
    "called_ref": names.CALLED_REF,
    "workflow": names.WORKFLOW,
    "actor": names.ACTOR,
    "actor_id": names.NUMBER,
    "owner": names.OWNER,
    "repository": names.REPOSITORY,
    "head": names.BRANCH,
    "base": names.BRANCH._replace(examples=("main",)),
    "commit": names.COMMIT,
    "check_run_id": names.NUMBER,
    "run_id": names.NUMBER,
    "truth": names.TRUTH,
    "run_number": names.NUMBER._replace(examples=("1",)),
    "called_commit": names.COMMIT,
    "branch_event": names.BRANCH_EVENT,
    "tag_event": names.TAG_EVENT,
    "visibility": names.VISIBILITY,
    "runner": names.RUNNER,
    "property_name": names.PROPERTY,
}
_ENTERPRISE = names.OWNER._replace(max_length=60)


@lru_cache(maxsize=64)
def world(repository: Repository, issuer: Issuer, presumed: frozenset[str]) -> World:
    """The world around a repository.

    `presumed` are numbers, and slugs of enterprises, that the policy spells out. What nobody told
    us about ourselves is taken to be among them: then no outsider has it.
    """
    owner, name = repository.owner, repository.name
    our_owner, our_name = StringSet.ignoring_case(owner), StringSet.ignoring_case(name)
    other_owner = names.minus(names.OWNER, our_owner, "evil", f"{owner}-evil", f"{owner}evil")
    other_name = names.minus(names.REPOSITORY, our_name, f"{name}-evil", f"{name}evil", "other")
    owner_id = _foreign(repository.owner_id, presumed, "5555")
    repository_id = _foreign(repository.id, presumed, "6666")
    enterprise_id = _foreign(repository.enterprise_id, presumed, "8888")
    numbers = sorted(filter(str.isdigit, presumed))
    slugs = sorted(presumed.difference(numbers))
    if repository.enterprise is not None:
        slugs = [repository.enterprise]
    ours = {
        "owner_id": names.NUMBER._replace(examples=(*numbers, "1001")),
        "repository_id": names.NUMBER._replace(examples=(*numbers, "2001")),
        "enterprise_id": names.NUMBER._replace(examples=(*numbers, "77")),
        "enterprise": _ENTERPRISE._replace(examples=(*slugs, "octo-enterprise")),
        "provider": names.minus(
            names.FULL_NAME, StringSet.ignoring_case(repository.full_name), f"{owner}/shared"
        ),
    }
    named_so = names.REPOSITORY._replace(examples=(name, *names.REPOSITORY.examples))
    neighbour = {**ours, "repository": other_name, "repository_id": repository_id}
    successor = {**neighbour, "repository": named_so}
    colleague = {**successor, "owner": other_owner, "owner_id": owner_id}
    stranger = colleague
    if issuer.tenancy is Tenancy.EVERYBODY:
        another = names.minus(_ENTERPRISE, StringSet.ignoring_case(*slugs), "evil-enterprise")
        stranger = {**colleague, "enterprise_id": enterprise_id, "enterprise": another}
    # An enterprise's slug may be registered again, as an owner's name may.
    squatter = {**stranger, "enterprise": _ENTERPRISE}
    return World(
        repository,
        issuer,
        {minter: _fixed(repository, minter) for minter in Minter},
        {
            Minter.OURS: ours,
            Minter.NEIGHBOUR: neighbour,
            Minter.COLLEAGUE: colleague,
            Minter.STRANGER: stranger,
            Minter.SQUATTER: squatter,
            Minter.SUCCESSOR: successor,
        },
        {},
    )


#: Which of our own names a minter's tokens carry as well.
_SHARED: dict[Minter, tuple[str, ...]] = {
    Minter.OURS: (
        "owner",
        "owner_id",
        "repository",
        "repository_id",
        "enterprise_id",
        "enterprise",
    ),
    Minter.NEIGHBOUR: ("owner", "owner_id", "enterprise_id", "enterprise"),
    Minter.SUCCESSOR: ("owner", "owner_id", "enterprise_id", "enterprise"),
    Minter.COLLEAGUE: (
        "enterprise_id",
        "enterprise",
    ),
    Minter.SQUATTER: ("owner",),
    Minter.STRANGER: (),
}


def _fixed(repository: Repository, minter: Minter) -> dict[str, str]:
    """The names that are certain in this minter's tokens; `home` is our repository's."""
    ours = {
        "owner": repository.owner,
        "owner_id": repository.owner_id,
        "repository": repository.name,
        "repository_id": repository.id,
        "enterprise_id": repository.enterprise_id,
        "enterprise": repository.enterprise,
    }
    known = {hole: ours[hole] for hole in _SHARED[minter]}
    found = {hole: name for hole, name in known.items() if name is not None}
    return {**found, "home": repository.full_name}


def _foreign(ours: str | None, presumed: frozenset[str], example: str) -> Words:
    known = filter(str.isdigit, presumed) if ours is None else (ours,)
    return names.minus(names.NUMBER, StringSet.of(*sorted(known)), example)
