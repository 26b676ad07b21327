"""What the rules may know besides the file: gathered once, before anything is decided."""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """Facts of a run. `today` is the date of the run as `YYYY-MM-DD`."""

    today: str = ""
