"""How much GitHub reads, and how much we do.

GitHub's limits are from actions/runner, `src/Sdk/WorkflowParser` (`ParseOptions`,
`YamlTemplateLoader`, `YamlObjectReader`, `TemplateMemory`): 1,048,576 UTF-16 units; collections 50
deep, the outermost being the first; 50,000 events, an alias counting as the events that it
replays. Ours are wider, as GitHub's servers may be set up otherwise: between the two the tree is
whole, and a problem says that GitHub refuses the file.
"""

from __future__ import annotations

from oidc_enforcer.yaml_tree.nodes import Mapping, Node
from oidc_enforcer.yaml_tree.scalars import Scalar

GITHUB_CHARACTERS, MOST_CHARACTERS = 1_048_576, 4 * 1_048_576
GITHUB_DEPTH, MOST_DEPTH = 50, 100
GITHUB_EVENTS, MOST_EVENTS = 50_000, 250_000

#: Beyond so many characters two habits of libyaml count, whose time grows with the square of the
#: text: at every word it clears a buffer as long as the longest run of blanks in the scalar, and at
#: every `%TAG` directive it looks through all of them.
HARMLESS_CHARACTERS = 65_536
_MOST_BLANKS = 2_048
_MOST_DIRECTIVES = 200


def too_costly(text: str) -> str | None:
    """Why a text is not even begun, if it is not."""
    if len(text) > MOST_CHARACTERS:
        return f"too large to be judged: {len(text):,} characters, at most {MOST_CHARACTERS:,}"
    if len(text) <= HARMLESS_CHARACTERS:
        return None
    if text.count("%TAG") > _MOST_DIRECTIVES:
        return f"too many `%TAG` directives to be judged: at most {_MOST_DIRECTIVES}"
    # A run of twice that length fills at least one of these slices.
    for at in range(0, len(text) - _MOST_BLANKS, _MOST_BLANKS):
        if text[at : at + _MOST_BLANKS].isspace():
            return f"too many blanks in a row to be judged: at most {_MOST_BLANKS:,}"
    return None


def refused_length(text: str) -> str | None:
    """Why GitHub refuses a text for its length, if it does."""
    # A character is one UTF-16 unit or two.
    if len(text) <= GITHUB_CHARACTERS // 2:
        return None
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units <= GITHUB_CHARACTERS:
        return None
    limit = f"at most {GITHUB_CHARACTERS:,}: move scripts into files"
    return f"GitHub refuses {units:,} characters, {limit}"


class Measures:
    """How many events and levels nodes have, aliases being what they replay.

    INVARIANT: an alias is measured when it is met, hence before the collections around it; so
    measuring goes no deeper than the text is nested.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}

    def of(self, node: Node) -> tuple[int, int]:
        """The events and the levels of a node."""
        if isinstance(node, Scalar):
            return 1, 0
        known = self._known.get(id(node))
        if known is not None:
            return known
        if isinstance(node, Mapping):
            values, events = node.values, 2 + len(node.values)
        else:
            values, events = node.items, 2
        levels = 0
        for value in values:
            if isinstance(value, Scalar):
                events += 1
                continue
            inner, deep = self.of(value)
            events += inner
            levels = max(levels, deep)
        self._known[id(node)] = events, levels + 1
        return events, levels + 1
