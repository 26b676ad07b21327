"""Where trust policies come from: files of many forms, read into one.

`load` tells by a file's content what it is. What it holds becomes entries, one for each role, each
with the role or with the reason why its policy could not be had.
"""

from oidc_enforcer.policies.entries import Entry, Policies, from_document, unavailable
from oidc_enforcer.policies.loading import load, load_among_others, load_terraform, may_hold

__all__ = [
    "Entry",
    "Policies",
    "from_document",
    "load",
    "load_among_others",
    "load_terraform",
    "may_hold",
    "unavailable",
]
