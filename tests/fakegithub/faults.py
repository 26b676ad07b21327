"""What goes wrong on demand: answers of another kind, late, cut short, or lost on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """Answers the next `times` requests that fit, in another way than GitHub would.

    `method` and `path` are regular expressions (whole match); a `contains` has to stand in the
    body. Without a `status` the answer stays what it is, and `delay` (seconds), `truncate` (the
    body ends after so many bytes, although more were promised) or `hang_up` (no answer at all)
    do the harm. `after` lets GitHub do what was asked first, so that only the answer is lost.
    """

    method: str = ".*"
    path: str = ".*"
    contains: str = ""
    times: int = 1
    skip: int = 0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    delay: float = 0.0
    truncate: int | None = None
    hang_up: bool = False
    after: bool = False

    def fits(self, method: str, path: str, body: str) -> bool:
        """Whether this request is meant; counts down."""
        meant = (
            self.times > 0
            and re.fullmatch(self.method, method)
            and re.fullmatch(self.path, path)
            and self.contains in body
        )
        if meant and self.skip:
            self.skip -= 1
            return False
        if meant:
            self.times -= 1
        return bool(meant)


#: Faults by name, as GitHub words them.
SECONDARY_LIMIT = "You have exceeded a secondary rate limit. Please wait a few minutes."
PRIMARY_LIMIT = "API rate limit exceeded for installation ID 1."
