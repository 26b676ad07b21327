"""Names that speak of credentials."""

from __future__ import annotations

import functools
import re

from oidc_enforcer.shell.patterns import Pattern

_CREDENTIAL = Pattern(r"accesskey|secretkey|secretaccess|keyid|sessiontoken|awskey|awssecret")
#: As `_CREDENTIAL`, in a text in lower case, of which nobody knows yet where the names are.
_ANYWHERE = Pattern(
    r"access[-_]*+key|secret[-_]*+key|secret[-_]*+access|key[-_]*+id|session[-_]*+token"
    r"|aws[-_]*+key|aws[-_]*+secret"
)
_REPEATS = Pattern(r"key|secret|token|cred|passw", re.IGNORECASE)
_SEPARATORS = str.maketrans("", "", "-_")


@functools.lru_cache(maxsize=1024)
def is_credential(name: str) -> bool:
    """Whether an option or field of this name holds half of an AWS key, to judge by its name.

    A KMS key id (`--sse-kms-key-id`) names a key that never leaves AWS, a `secretKeyRef` the place
    where a cluster keeps one.
    """
    bare = name.translate(_SEPARATORS).lower()
    return bool(_CREDENTIAL.search(bare)) and "kms" not in bare and not bare.endswith("ref")


def has_credential(text: str) -> bool:
    """Whether a name of that kind may stand somewhere in a text."""
    folded = text.lower()
    if "key" not in folded and "secret" not in folded and "token" not in folded:
        return False
    return bool(_ANYWHERE.search(folded))


def repeats(name: str) -> bool:
    """Whether a second value for this name begins a new pair of credentials."""
    return bool(_REPEATS.search(name))
