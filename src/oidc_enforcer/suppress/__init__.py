"""Exceptions: what asks for one, whether it counts today, and which findings it excuses."""

from __future__ import annotations

import enum

#: A file without this holds no exception.
EXCEPTION_MARK = "oidc-enforcer:"


class State(enum.Enum):
    """What an exception amounts to; only an active one excuses anything."""

    ACTIVE = "active"
    PENDING = "pending"
    EXPIRED = "expired"
    OVERLONG = "over-long"
    INCOMPLETE = "incomplete"
