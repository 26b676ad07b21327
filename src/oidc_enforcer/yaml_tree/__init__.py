"""YAML as GitHub reads it: a light tree of text, whose every part knows its place.

Nothing is typed, merged or expanded here: scalars are text, `<<` is a key like any other, and an
alias is the very node that its anchor names.
"""

from oidc_enforcer.yaml_tree.c_parser import library, parser_version
from oidc_enforcer.yaml_tree.nodes import Entry, Mapping, Node, Sequence
from oidc_enforcer.yaml_tree.parsing import parse
from oidc_enforcer.yaml_tree.scalars import Scalar
from oidc_enforcer.yaml_tree.tree import Problem, Tree, Trouble
from oidc_enforcer.yaml_tree.walking import all_scalars, texts
from oidc_enforcer.yaml_tree.well_formed import is_well_formed

__all__ = [
    "Entry",
    "Mapping",
    "Node",
    "Problem",
    "Scalar",
    "Sequence",
    "Tree",
    "Trouble",
    "all_scalars",
    "is_well_formed",
    "library",
    "parse",
    "parser_version",
    "texts",
]
