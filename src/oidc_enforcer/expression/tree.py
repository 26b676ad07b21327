"""What an expression is made of: its tree, the references it reads, the template around it."""

from __future__ import annotations

from oidc_enforcer.expression.names import CONTEXTS
from oidc_enforcer.records import NamedTuple


class Reference(NamedTuple):
    """A place in a context, such as `secrets.AWS_KEY`; also the tree's leaf for a constant path.

    The context is lower-cased, other names are as written. `None` in the path is a name computed
    at run time, or `*`. `hint` holds what is constant about it: the words that go into a computed
    name, then the path taken out of a bag such as `fromJSON(secrets.X).key`. `index` is what a
    computed name reads itself. `start` and `end` are offsets in the text that was parsed.
    """

    path: tuple[str | None, ...]
    start: int
    end: int
    hint: str = ""
    index: tuple[Reference, ...] = ()  # type: ignore[assignment]  # hides tuple.index on purpose

    @property
    def context(self) -> str:
        """The first name, in lower case."""
        return self.path[0] or ""

    @property
    def name(self) -> str | None:
        """The second name: a secret's, an input's; None when there is none or it is computed."""
        return self.path[1] if len(self.path) > 1 else None

    @property
    def dotted(self) -> str:
        """For messages and fingerprints: `secrets.AWS_KEY`, or `secrets[…]` for a computed name.

        What is no context of GitHub's may be a value that somebody put between the braces.
        """
        if self.context not in CONTEXTS:
            return "…"
        return self.context + "".join(
            "[…]" if name is None else "." + name for name in self.path[1:]
        )


class Literal(NamedTuple):
    """A constant; a number is always a float, as in GitHub's evaluator."""

    value: str | float | bool | None


class Index(NamedTuple):
    """`base[key]`, unless it is a constant path; the key is None for `*`."""

    base: Node
    key: Node | None
    end: int


class Call(NamedTuple):
    """A function's name in lower case, and what it is given."""

    function: str
    arguments: tuple[Node, ...]


class Not(NamedTuple):
    """`!operand`."""

    operand: Node


class Comparison(NamedTuple):
    """One of `< <= > >= == !=`."""

    operator: str
    left: Node
    right: Node


class Logical(NamedTuple):
    """A run of one operator, `&&` or `||`, flat as GitHub's parser leaves it."""

    operator: str
    operands: tuple[Node, ...]


Node = Reference | Literal | Index | Call | Not | Comparison | Logical


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node, in source order."""
    match node:
        case Index(base, key):
            return (base,) if key is None else (base, key)
        case Call(_, nodes) | Logical(_, nodes):
            return nodes
        case Not(operand):
            return (operand,)
        case Comparison(_, left, right):
            return (left, right)
    return ()


class ExpressionProblem(NamedTuple):
    """Why GitHub would refuse a text, and where in it; no word of it that could be a secret."""

    start: int
    end: int
    message: str


class Expression(NamedTuple):
    """One `${{ … }}` with its delimiters, or a whole `if:`; `tree` is None when it is broken."""

    source: str
    start: int
    end: int
    tree: Node | None
    reads: tuple[Reference, ...]
    flows: tuple[Reference, ...]
    constants: tuple[str, ...]


Part = str | Expression


class Template(NamedTuple):
    """A YAML value split into plain text and expressions, which together are the whole text.

    `reads` is everything read, in order; `flows` those references whose value may become (part
    of) the result. `constants` are the texts that may be the whole result: the text itself where
    there is no expression, the `''` of `x && secrets.A || ''`, none where text is interpolated.
    """

    text: str
    parts: tuple[Part, ...]
    problems: tuple[ExpressionProblem, ...]
    reads: tuple[Reference, ...]
    flows: tuple[Reference, ...]
    constants: tuple[str, ...]

    @property
    def literal(self) -> str | None:
        """The text when there is no expression in it."""
        first = self.parts[0]
        return first if isinstance(first, str) and len(self.parts) == 1 else None
