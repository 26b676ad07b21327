"""GitHub Actions expressions: `${{ … }}` parsed, what they read, and what they come to.

`template` and `condition` give a `Template`; `evaluate` and `truth` say what it amounts to when
some of what it reads is known. Everything here accepts any text and raises nothing.
"""

from oidc_enforcer.expression.evaluate import Lookup, evaluate, truth
from oidc_enforcer.expression.template import condition, end_of_expression, template
from oidc_enforcer.expression.tree import (
    Expression,
    ExpressionProblem,
    Part,
    Reference,
    Template,
)
from oidc_enforcer.expression.values import UNKNOWN, Unknown

__all__ = [
    "UNKNOWN",
    "Expression",
    "ExpressionProblem",
    "Lookup",
    "Part",
    "Reference",
    "Template",
    "Unknown",
    "condition",
    "end_of_expression",
    "evaluate",
    "template",
    "truth",
]
