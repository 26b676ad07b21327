"""The names that GitHub knows in an expression."""

from __future__ import annotations

import math

#: Source: docs.github.com, Contexts reference.
CONTEXTS = frozenset(
    (
        "env",
        "github",
        "inputs",
        "job",
        "jobs",
        "matrix",
        "needs",
        "runner",
        "secrets",
        "steps",
        "strategy",
        "vars",
    )
)

MANY = 255

#: By name in lower case: the name as documented, and how few and how many arguments it takes.
#: Source: docs.github.com, Expressions reference; actions/runner, ExpressionConstants.cs. The
#: status functions of a job's `if:` take job ids: actions/languageservices, if-condition.ts.
FUNCTIONS = {
    name.lower(): (name, least, most)
    for name, least, most in (
        ("always", 0, 0),
        ("cancelled", 0, 0),
        ("case", 3, MANY),
        ("contains", 2, 2),
        ("endsWith", 2, 2),
        ("failure", 0, MANY),
        ("format", 1, MANY),
        ("fromJSON", 1, 1),
        ("hashFiles", 1, MANY),
        ("join", 1, 2),
        ("startsWith", 2, 2),
        ("success", 0, MANY),
        ("toJSON", 1, 1),
    )
}

# NOTE: GitHub matches these by exact case; `True` is a context's name, and an unknown one.
KEYWORDS: dict[str, float | bool | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": math.nan,
    "Infinity": math.inf,
}
