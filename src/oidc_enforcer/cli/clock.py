"""What time it is: the one place that asks, so that all that decides is told."""

from __future__ import annotations

from time import gmtime, strftime


def now() -> str:
    """This minute as `YYYY-MM-DDTHH:MMZ`; its first ten characters are today's date."""
    return strftime("%Y-%m-%dT%H:%MZ", gmtime())
