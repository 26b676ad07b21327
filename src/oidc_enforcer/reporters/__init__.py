"""Speech: one module per format, each a pure `render(report, …) -> Iterator[str]`.

INVARIANT: a reporter goes through `report.files` and never keeps it, and every string that comes
from the repository leaves it through `masking`.
"""

import enum

# NOTE: no `from __future__ import annotations` here: it would put a name `annotations` into this
# package, and `from oidc_enforcer.reporters import annotations` would find that, not the module.

#: Where the project lives; the pages that SARIF links to stand below it.
HOME = "https://github.com/oidc-enforcer/oidc-enforcer"

#: Formats as `--format` spells them, and the module that renders each.
FORMATS = {
    "text": "text",
    "json": "json",
    "sarif": "sarif",
    "github": "annotations",
    "markdown": "markdown",
    "html": "html",
}
#: Formats that show no line of the source, so that none need be masked for them.
WITHOUT_EXCERPTS = frozenset({"json", "sarif", "github"})


class Detail(enum.Enum):
    """How much text says: a line for each finding; with excerpts; with every job's credentials."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"
