"""Users and passwords that are credentials of AWS, by the server that they are for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oidc_enforcer.workflow import handed_over
from oidc_enforcer.workflow.credential_names import CODECOMMIT, SES_SMTP, Evidence, Half, Named
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.pairs import Piece, piece
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.yaml_tree import Scalar

#: What stands in a server's address, and the stem of the pair that it asks for.
_SERVERS = (("email-smtp.", SES_SMTP), ("https://git-codecommit.", CODECOMMIT))
_LOGIN = {
    **dict.fromkeys(("username", "user", "login"), Half.ID),
    **dict.fromkeys(("password", "pass", "passwd"), Half.SECRET),
}
#: In the names of logins for mail and for Git.
_AKIN = frozenset({"smtp", "mail", "email", "mailer", "ses", "git", "codecommit"})


def by_server(found: Iterable[Slot]) -> dict[str, Named]:
    """Users and passwords that are credentials of an IAM user, by the server beside them.

    SES takes an SMTP password derived from an access key (docs.aws.amazon.com, "SES SMTP
    credentials"), CodeCommit the Git credentials of an IAM user.
    """
    given = list(found)
    server, stem = next(
        ((s, stem) for address, stem in _SERVERS for s in given if address in s.value), (None, "")
    )
    if server is None:
        return {}
    logins = [(slot.name, words(slot.name)) for slot in given]
    logins = [(name, parts) for name, parts in logins if parts and parts[-1] in _LOGIN]
    if len({parts[:-1] for _, parts in logins}) > 1:
        # NOTE: a database's login may stand beside it.
        akin = _AKIN.union(words(server.name))
        logins = [(name, parts) for name, parts in logins if akin.intersection(parts)]
    return {name: Named(_LOGIN[parts[-1]], stem, Evidence.AWS) for name, parts in logins}


def in_address(scene: Scene, slot: Slot) -> Iterator[Piece]:
    """User and password in a connection's address, which an input or a variable holds."""
    for login in handed_over.logins(slot.value):
        name, _, start, end = login
        part = Slot(name, slot.value[start:end], slot.file, slot.scalar, start, end)
        made = piece(part, scene, named=Named(_LOGIN[name], login.stem, Evidence.AWS))
        if made is not None:
            yield made


def by_registry(given: dict[str, Slot], scene: Scene) -> dict[str, Named]:
    """`username` and `password` for ECR, which actions take for a key pair.

    `AWS` as the user goes with a token instead.
    """
    registry = given.get("registry")
    text = " ".join(slot.value for slot in given.values())
    if registry is not None:
        text = " ".join((registry.value, *(end.text for end in scene.resolve(registry))))
    is_ecr = ".dkr.ecr." in text or "public.ecr.aws" in text or _is_true(given.get("ecr"))
    user = given.get("username")
    if not is_ecr or (user is not None and user.value.strip() == "AWS"):
        return {}
    return {
        slot.name: Named(_LOGIN[name], "", Evidence.AWS)
        for name in ("username", "password")
        if (slot := given.get(name)) is not None
    }


def by_image(image: str, found: Iterable[Slot], scene: Scene) -> dict[str, Named]:
    """The same in a container's `credentials`, for an image of ECR."""
    given = {slot.name.lower(): slot for slot in found}
    for slot in list(given.values())[:1]:
        given["registry"] = slot._replace(name="registry", value=image)
    return by_registry(given, scene)


def _is_true(slot: Slot | None) -> bool:
    return slot is not None and slot.value.strip().lower() == "true"


def in_list(scene: Scene, scalar: Scalar) -> Iterator[list[Piece]]:
    """Key pairs in docker/login-action's list of logins, which is YAML in a string."""
    login: dict[str, Slot] = {}
    text = scalar.text
    for start, end in (*lines(text), (len(text), len(text))):
        line = text[start:end]
        if line.lstrip().startswith("-") or start == len(text):
            renamed = by_registry(login, scene)
            found = (piece(slot, scene, named=renamed.get(slot.name)) for slot in login.values())
            yield [made for made in found if made is not None]
            login = {}
        name, _, value = line.lstrip(" -").partition(":")
        at = start + len(line) - len(line.lstrip(" -"))
        login[name.strip()] = Slot(name.strip(), value.strip(), scene.file, scalar, at, end)


def lines(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of a text's lines, without blanks at their end."""
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip())
        start += len(line)
