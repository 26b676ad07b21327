"""What stands for a stored key once a role is assumed: the session's values, and their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.expression import template
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.credentials import Credential

#: Names by which AWS's tools read the environment's credentials.
STANDARD = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
    }
)
#: Names that Java's first SDK and s3cmd read as well, after or before those; others do not.
OLD_NAMES = frozenset({"AWS_ACCESS_KEY", "AWS_SECRET_KEY"})
#: What runs a program that may be one of theirs.
OLD_READERS = re.compile(r"\b(?:gradlew?|mvnw?|sbt|java|lein|spark-submit|s3cmd)\b")
_SESSION = {
    Half.ID: "AWS_ACCESS_KEY_ID",
    Half.SECRET: "AWS_SECRET_ACCESS_KEY",
    Half.TOKEN: "AWS_SESSION_TOKEN",
}
_SECRET_PHRASES = (
    "secret_access_key",
    "secret_key",
    "access_key_secret",
    "key_secret",
    "secret",
    "psw",
)


#: Variables that Terraform and Packer read their own input variables from.
INPUT_VARIABLE = re.compile(r"(?:TF_VAR|PKR_VAR)_\w+")


class SessionValues:
    """The session's value for each half of a key.

    `scope` is the id of the step that has it as outputs, "" where it is in the environment.
    """

    def __init__(self, credential: Credential, scope: str = "") -> None:
        self.scope = scope
        pair = credential.pair
        assert pair is not None
        self._halves = {}
        for half in (Half.ID, Half.SECRET, Half.TOKEN):
            piece = pair.half(half)
            if piece is not None:
                self._halves[id(piece.slot.scalar), piece.slot.start] = half

    def of(self, place: Place) -> str:
        """The expression that gives it, "" where nothing tells which half stands there."""
        half = self._halves.get((id(place.slot.scalar), place.slot.start))
        if half is None:
            named = read_name(place.slot.name)
            half = named.half if named is not None else None
        return self._value(half) if half is not None else ""

    def _value(self, half: Half) -> str:
        name = _SESSION.get(half)
        if name is None or not self.scope:
            return f"${{{{ env.{name} }}}}" if name else ""
        return f"${{{{ steps.{self.scope}.outputs.{name.lower().replace('_', '-')} }}}}"

    @property
    def token(self) -> str:
        """The expression that gives the session token."""
        return self._value(Half.TOKEN)

    def is_secret(self, value: str) -> bool:
        """Whether an expression gives the secret half."""
        return value == self._value(Half.SECRET)


def keys_in(text: str, value: str) -> Iterator[tuple[int, int, str]]:
    """The expressions in a text that give a key, each with the session's value in its place.

    `value` is what stands for a key whose own name does not tell which half it is.
    """
    for part in template(text).parts:
        if isinstance(part, str):
            continue
        stored = [flow for flow in part.flows if flow.context in ("secrets", "vars")]
        names = (read_name(flow.name or flow.hint) for flow in stored)
        half = next((named.half for named in names if named is not None), None)
        name = _SESSION.get(half) if half is not None else None
        if name is not None:
            yield part.start, part.end, f"${{{{ env.{name} }}}}"
        elif stored and value:
            yield part.start, part.end, value


def token_name(secret: str) -> str:
    """What the session token is called beside a secret: `X_SECRET_KEY` -> `X_SESSION_TOKEN`."""
    joint = "-" if "-" in secret else "_"
    upper = secret.isupper()
    folded = secret.replace("-", "_").lower()
    for phrase in _SECRET_PHRASES:
        at = folded.find(phrase)
        if at >= 0:
            word = "session_token".replace("_", joint)
            word = word.upper() if upper else word
            return f"{secret[:at]}{word}{secret[at + len(phrase) :]}"
    return ""
