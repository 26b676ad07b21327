"""Layers of configuration, put over each other: a later one may tighten what is enforced.

`defaults <- organisation <- repository <- inputs or flags`. What a layer enforces no later layer
can loosen: where it tries, the enforced value stays and the refusal is kept, for a finding or,
where somebody typed it, an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from json import dumps
from typing import Any, NamedTuple

from oidc_enforcer import yaml_tree
from oidc_enforcer.config import Config, Exemption, Ring
from oidc_enforcer.config.kinds import Reader, nearest
from oidc_enforcer.config.settings import BY_KEY, SETTINGS, order_of
from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Place, Severity
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree import Node, Scalar, Tree
from oidc_enforcer.yaml_tree import Sequence as YamlSequence
from oidc_enforcer.yaml_tree.scalars import Placed

ENFORCE = "enforce"
#: An organisation's file of `enforce: all` enforces every setting.
ALL = "all"
DEFAULTS = "defaults"
#: So many of the words that were refused stand in a message.
_MOST_SAID = 5


class Value(NamedTuple):
    """A setting's value in a layer, and where it stands; None for what was typed."""

    value: object
    place: Place | None


class Layer(NamedTuple):
    """What one source says. `name` is how reports call it: `organisation`, `repository`, `flags`.

    `origin` says where it was read. `enforce` are keys of settings, set here or not.
    """

    name: str
    origin: str
    values: Mapping[str, Value]
    enforce: frozenset[str] = frozenset()
    is_typed: bool = False


class Refusal(NamedTuple):
    """A later layer that tried to loosen an enforced setting."""

    key: str
    words: tuple[str, ...]
    layer: str
    enforced_by: str
    place: Place | None

    @property
    def message(self) -> str:
        """What was refused, and by whom."""
        said = ", ".join(f"`{word}`" for word in self.words[:_MOST_SAID])
        more = len(self.words) - _MOST_SAID
        said += f" and {more} more" if more > 0 else ""
        return (
            f"`{self.key}` may not be loosened to {said}: the {self.enforced_by} configuration"
            f" enforces it (tighter would be: {BY_KEY[self.key].order.words})"
        )


class Effective(NamedTuple):
    """The outcome. `origins` names the last layer that had a say in each setting."""

    config: Config
    layers: tuple[Layer, ...] = ()
    origins: Mapping[str, str] = {}
    enforced: Mapping[str, str] = {}
    refusals: tuple[Refusal, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the effective configuration, wherever it was written."""
        return config_hash(self.config)


def read(name: str, origin: str, file: SourceFile, rules: Mapping[str, Severity]) -> Layer:
    """A layer from a file's text; raises UserError naming the place of whatever is wrong."""
    tree = yaml_tree.parse(file)
    _refuse_broken(tree, file)
    if tree.root is None or (isinstance(tree.root, Scalar) and tree.root.is_null):
        return Layer(name, origin, {})
    reader = Reader(file, rules)
    root = reader.mapping(tree.root, "the configuration")
    keys = (*BY_KEY, ENFORCE)
    values: dict[str, Value] = {}
    enforce: frozenset[str] = frozenset()
    for entry in root.entries:
        reader.known(entry, "setting", keys)
        key = entry.key.text
        if key == ENFORCE:
            enforce = _enforced(entry.value, reader)
            continue
        value = BY_KEY[key].kind.read(entry.value, key, reader)
        values[key] = Value(_signed(value, name), Place.of(file, entry.key.span))
    return Layer(name, origin, values, enforce)


def typed(name: str, words: Mapping[str, str], rules: Mapping[str, Severity]) -> Layer:
    """A layer from inputs or flags: lists are separated by line breaks or commas."""
    values: dict[str, Value] = {}
    for key, text in words.items():
        reader = Reader(SourceFile(name, text), rules, where=f"{name}: ")
        value = BY_KEY[key].kind.read(_node(text), key, reader)
        values[key] = Value(_signed(value, name), None)
    return Layer(name, name, values, is_typed=True)


def merge(layers: Iterable[Layer], rules: Mapping[str, Severity]) -> Effective:
    """Puts the layers over the defaults, first to last."""
    config = Config()
    origins = dict.fromkeys(BY_KEY, DEFAULTS)
    enforced: dict[str, str] = {}
    refusals: list[Refusal] = []
    kept = tuple(layers)
    for layer in kept:
        for key, (new, place) in layer.values.items():
            setting = BY_KEY[key]
            order, old = order_of(setting, rules), getattr(config, setting.field)
            if key not in enforced:
                value = order.combine(old, new)
            else:
                value, refused = order.constrain(old, new)
                if refused:
                    refusals.append(Refusal(key, refused, layer.name, enforced[key], place))
            if value != old or key not in enforced:
                origins[key] = layer.name
            changed: dict[str, Any] = {setting.field: value}
            config = config._replace(**changed)
        for key in layer.enforce:
            enforced.setdefault(key, layer.name)
    return Effective(config, kept, origins, enforced, tuple(refusals))


def refuse_typed(effective: Effective) -> None:
    """Raises UserError where something typed would loosen what is enforced."""
    names = {layer.name for layer in effective.layers if layer.is_typed}
    for refusal in effective.refusals:
        if refusal.layer in names:
            raise UserError(f"{refusal.layer}: {refusal.message}", "take it away, or tighten it")


def under_ring(effective: Effective, ring: Ring) -> Config:
    """The configuration as the ring has it; what was typed may only tighten what the ring sets.

    Where there are rings, they decide, and `mode` says nothing any more.
    """
    set_by_ring: dict[str, Any] = {"mode": "enforce"} if effective.config.rings else {}
    if ring < Ring.BLOCK_NEW:
        set_by_ring |= {"fail_on": "never", "strict": False}
    elif ring is Ring.BLOCK_NEW:
        set_by_ring["scope"] = "new"
    for layer in effective.layers:
        for key, (new, _) in layer.values.items() if layer.is_typed else ():
            setting = BY_KEY[key]
            if setting.field in set_by_ring:
                before = set_by_ring[setting.field]
                set_by_ring[setting.field] = setting.order.constrain(before, new).value
    return effective.config._replace(**set_by_ring)


def config_hash(config: Config) -> str:
    """SHA-256 over every setting's value, by key, without the places where they stand."""
    values = {setting.key: plain(getattr(config, setting.field)) for setting in SETTINGS}
    return sha256(dumps(values, sort_keys=True).encode()).hexdigest()


def plain(value: object) -> object:
    """A setting's value as JSON has it."""
    if isinstance(value, Severity):
        return value.word
    if isinstance(value, Exemption):
        return {k: v for k, v in value._asdict().items() if k not in ("place", "layer") and v}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return {key: plain(each) for key, each in value._asdict().items() if each}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(each) for each in value]
    return getattr(value, "word", value)


def _refuse_broken(tree: Tree, file: SourceFile) -> None:
    for problem in tree.problems:
        region = file.region(problem.span)
        where = f"{file.path}:{region.line}:{region.column}"
        # libyaml refuses `[branch:main]`, which is where people meet that.
        hint = "in a list in `[]`, put what holds a colon into quotes"
        raise UserError(
            f"{where}: {problem.message}", hint if "unexpected ':'" in problem.message else ""
        )


def _enforced(node: Node, reader: Reader) -> frozenset[str]:
    found: set[str] = set()
    for item in reader.items(node, ENFORCE):
        key = reader.text(item, ENFORCE)
        if key == ALL:
            found.update(BY_KEY)
        elif key in BY_KEY:
            found.add(key)
        else:
            message = f"`{ENFORCE}` names `{key}`, which is no setting"
            raise reader.refusal(item, message, nearest(key, (*BY_KEY, ALL)))
    return frozenset(found)


def _signed(value: object, layer: str) -> object:
    """Exceptions remember which layer granted them."""
    if isinstance(value, tuple) and any(isinstance(one, Exemption) for one in value):
        return tuple(one._replace(layer=layer) for one in value)
    return value


def _node(text: str) -> Node:
    pieces = [piece.strip() for line in text.splitlines() for piece in line.split(",")]
    scalars: list[Node] = [Placed(one, Span(0, 0), "") for one in pieces if one]
    return scalars[0] if len(scalars) == 1 else YamlSequence(scalars, Span(0, 0))
