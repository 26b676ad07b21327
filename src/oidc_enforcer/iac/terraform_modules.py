"""A Terraform configuration: its modules, and what the names in them stand for."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.hcl import Attribute, Block
from oidc_enforcer.iac.hcl_evaluate import MAX_STEPS, Frame, Refused, evaluate, pairs, template
from oidc_enforcer.iac.hcl_functions import members, text, to_set
from oidc_enforcer.iac.values import List, Object, Site, Unknown, Value
from oidc_enforcer.source import SourceFile

#: Modules call modules; real configurations go four or five deep.
MAX_MODULES_DEEP = 12
MAX_INSTANCES = 2_000
_META = ("for_each", "count")


class Folder(NamedTuple):
    """The source of one module. `values` are what its `.tfvars` files set."""

    path: str
    blocks: tuple[Block, ...]
    values: Mapping[str, tuple[Attribute, SourceFile]]


class Files(NamedTuple):
    """What there is to read: source by folder, and other files by path.

    `missing` collects the folders and files that the code refers to and that are not there.
    """

    folders: Mapping[str, Folder]
    others: Mapping[str, SourceFile]
    missing: set[str]


class Run:
    """What one evaluation of a configuration shares: its budget, what it knows, what it assumed."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.steps = MAX_STEPS
        self.assumed: set[str] = set()
        self._known: dict[object, tuple[Value, frozenset[str]]] = {}
        self._open: set[object] = set()

    def once(self, key: object, make: Callable[[], Value]) -> Value:
        """The value under a key, made at first use; what refers to itself is refused."""
        if key in self._known:
            value, assumed = self._known[key]
            self.assumed |= assumed
            return value
        if key in self._open:
            return Refused("it refers to itself")
        self._open.add(key)
        before, self.assumed = self.assumed, set()
        try:
            value = make()
        except RecursionError:
            value = Unknown("too many values that refer to each other")
        self._open.discard(key)
        self._known[key] = value, frozenset(self.assumed)
        self.assumed |= before
        return value


class Instance:
    """A resource or data source, one of `for_each` or `count` where it has these."""

    def __init__(self, module: Module, block: Block, key: Value, names: Mapping[str, Value]):
        self.module: Module = module
        self.block = block
        self.key = key
        self.frame = Frame(module, block.source, names)

    @property
    def address(self) -> str:
        """As `terraform state list` writes it."""
        kind = "data." if self.block.kind == "data" else ""
        base = f"{self.module.address}{kind}{'.'.join(self.block.labels)}"
        if self.key is None:
            return base
        if isinstance(self.key, Unknown):
            return f"{base}[*]"
        shown = f'"{self.key}"' if isinstance(self.key, str) else str(self.key)
        return f"{base}[{shown}]"

    def argument(self, name: str) -> Value:
        """What the code sets it to; None where it does not."""
        attribute = self.block.body.attributes.get(name)
        return None if attribute is None else evaluate(attribute.expression, self.frame)

    def site(self, name: str = "") -> Site:
        """Where an argument is written, or else the block."""
        attribute = self.block.body.attributes.get(name)
        return Site(self.block.source, attribute.offset if attribute else self.block.offset)

    def attribute(self, name: str) -> Value:
        """An attribute as references to the resource read it."""
        from oidc_enforcer.iac.terraform_resources import attribute

        return self.module.run.once(
            (id(self.module), self.address, name), lambda: attribute(self, name)
        )


class Module:
    """A module as it is called once; the scope of the expressions in it."""

    def __init__(
        self,
        run: Run,
        folder: Folder,
        address: str = "",
        arguments: Mapping[str, tuple[Attribute, Frame]] | None = None,
        parent: Module | None = None,
    ) -> None:
        self.run = run
        self.folder = folder
        self.address = address
        self.arguments = arguments
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.blocks: dict[tuple[str, ...], Block] = {}
        self.locals: dict[str, tuple[Attribute, SourceFile]] = {}
        for block in folder.blocks:
            if block.kind == "locals":
                for name, attribute in block.body.attributes.items():
                    self.locals[name] = attribute, block.source
            else:
                self.blocks[(block.kind, *block.labels)] = block

    # -- what names stand for -------------------------------------------------------------------

    def spend(self) -> bool:
        """Takes one step of the budget."""
        self.run.steps -= 1
        return self.run.steps > 0

    def root(self, name: str, steps: Sequence[str]) -> tuple[Value, int] | None:
        """The value behind a name and the first of the attributes that follow it."""
        first = steps[0] if steps else ""
        if name == "var":
            return self.variable(first), 1
        if name == "local":
            return self.local(first), 1
        if name == "module":
            return self.called(first), 1
        if name == "path":
            return {"module": self.folder.path or ".", "root": self._root().folder.path or "."}.get(
                first, Unknown("it depends on where Terraform runs")
            ), 1
        if name in ("terraform", "each", "count", "self"):
            return Unknown("it is not told by the code"), 1
        if name == "data" and len(steps) > 1:
            return self.instances(("data", steps[0], steps[1])), 2
        if name != "data" and ("resource", name, first) in self.blocks:
            return self.instances(("resource", name, first)), 1
        return (Refused(f"`{name}.{first}` is declared nowhere"), 1) if first else None

    def call(self, name: str, arguments: Sequence[Value]) -> Value | None:
        """`file` and `templatefile`, of what is among the files; `fileexists` is not followed."""
        if name not in ("file", "templatefile"):
            return None
        path = posixpath.normpath(text(arguments[0]))
        found = self.run.files.others.get(path)
        if found is None:
            self.run.files.missing.add(path)
            return Unknown(f"`{path}`, which `{name}` reads, is not among the files")
        if name == "file":
            return template(
                found.text.replace("${", "$${").replace("%{", "%%{"), Frame(self, found), int
            )
        given = Frame(_Only(self, members(arguments[1])), found, members(arguments[1]))
        return template(found.text, given, int)

    def variable(self, name: str) -> Value:
        """A variable: as the caller sets it, as `.tfvars` do, or by its default."""
        return self.run.once((id(self), "var", name), lambda: self._variable(name))

    def _variable(self, name: str) -> Value:
        block = self.blocks.get(("variable", name))
        if block is None:
            return Refused(f"the variable `{name}` is declared nowhere")
        kind = block.body.attributes.get("type")
        if self.arguments is not None and name in self.arguments:
            attribute, frame = self.arguments[name]
            value = evaluate(attribute.expression, frame)
            if value is not None or "default" not in block.body.attributes:
                return _typed(value, kind)
        elif self.arguments is None and name in self.folder.values:
            attribute, source = self.folder.values[name]
            return _typed(evaluate(attribute.expression, Frame(self, source)), kind)
        default = block.body.attributes.get("default")
        if default is None:
            where = Site(block.source, block.offset)
            return Unknown(f"the variable `{name}` ({where}) has no default")
        if self.arguments is None:
            self.run.assumed.add(f"var.{name}")
        return _typed(evaluate(default.expression, Frame(self, block.source)), kind)

    def local(self, name: str) -> Value:
        """A local value."""
        found = self.locals.get(name)
        if found is None:
            return Refused(f"the local value `{name}` is declared nowhere")
        attribute, source = found
        frame = Frame(self, source)
        return self.run.once(
            (id(self), "local", name), lambda: evaluate(attribute.expression, frame)
        )

    def instances(self, key: tuple[str, ...]) -> Value:
        """A resource or data source: one, a list by `count`, or a map by `for_each`."""
        block = self.blocks.get(key)
        if block is None:
            return Refused(f"`{'.'.join(key)}` is declared nowhere")
        return self.run.once((id(self), "instances", key), lambda: self._instances(block))

    def _instances(self, block: Block) -> Value:
        found = list(self.expanded(block))
        if "for_each" in block.body.attributes:
            if any(isinstance(each.key, Unknown) for each in found):
                return found[0].key
            return Object({text(each.key): each for each in found})
        if "count" in block.body.attributes:
            if any(isinstance(each.key, Unknown) for each in found):
                return found[0].key
            return List(found)
        return found[0]

    def expanded(self, block: Block) -> Iterator[Instance]:
        """Every instance of a block; where their number is not known, one that stands for all."""
        for key, names in self.expansions(block):
            yield Instance(self, block, key, names)

    def expansions(self, block: Block) -> Iterator[tuple[Value, Mapping[str, Value]]]:
        """The keys that `for_each` or `count` give, and what `each` and `count` then are."""
        attributes = block.body.attributes
        name = next((each for each in _META if each in attributes), None)
        if name is None:
            yield None, {}
            return
        frame = Frame(self, block.source)
        value = evaluate(attributes[name].expression, frame)
        try:
            yield from _each(value) if name == "for_each" else _count(value)
        except (TypeError, ValueError, OverflowError) as problem:
            why = Unknown(f"`{name}` ({frame.site(attributes[name].expression)}): {problem}")
            yield why, _all_unknown(why)

    # -- modules that it calls ------------------------------------------------------------------

    def called(self, name: str) -> Value:
        """What `module.name` stands for."""
        block = self.blocks.get(("module", name))
        if block is None:
            return Refused(f"the module `{name}` is called nowhere")
        return self.run.once((id(self), "module", name), lambda: self._called(block))

    def _called(self, block: Block) -> Value:
        made = [(key, child) for key, child in self.children(block)]
        if any(isinstance(child, Unknown) for _, child in made):
            return next(child for _, child in made if isinstance(child, Unknown))
        if any(isinstance(key, Unknown) for key, _ in made):
            return made[0][0]
        if "for_each" in block.body.attributes:
            return Object({text(key): child for key, child in made})
        if "count" in block.body.attributes:
            return List(child for _, child in made)
        return made[0][1]

    def children(self, block: Block) -> Iterator[tuple[Value, Module | Unknown]]:
        """The modules that a `module` block makes, by their keys."""
        folder = self._folder_of(block)
        for key, names in self.expansions(block):
            if isinstance(folder, Unknown):
                yield key, folder
                continue
            shown = "" if key is None else "[*]" if isinstance(key, Unknown) else f"[{key}]"
            frame = Frame(self, block.source, names)
            arguments = {
                name: (attribute, frame) for name, attribute in block.body.attributes.items()
            }
            address = f"{self.address}module.{block.labels[0]}{shown}."
            yield key, self._child(folder, address, arguments)

    def _child(
        self, folder: Folder, address: str, arguments: Mapping[str, tuple[Attribute, Frame]]
    ) -> Module:
        made = self.run.once(
            (id(self), "child", address),
            lambda: Module(self.run, folder, address, arguments, self),
        )
        assert isinstance(made, Module)
        return made

    def _folder_of(self, block: Block) -> Folder | Unknown:
        attribute = block.body.attributes.get("source")
        source = evaluate(attribute.expression, Frame(self, block.source)) if attribute else None
        where = Site(block.source, block.offset)
        called = f"the module `{block.labels[0] if block.labels else ''}` ({where})"
        if not isinstance(source, str):
            return Unknown(f"{called} has no `source` that can be told")
        if not source.startswith(("./", "../")):
            return Unknown(
                f"{called} comes from `{source[:100]}`, which is not read:"
                " `terraform show -json` tells what it makes"
            )
        path = posixpath.normpath(posixpath.join(self.folder.path or ".", source))
        folder = self.run.files.folders.get("" if path == "." else path)
        if folder is None:
            self.run.files.missing.add(path)
            return Unknown(f"{called} is in `{path}`, which is not among the files")
        if self.depth >= MAX_MODULES_DEEP:
            return Unknown(f"{called} lies more than {MAX_MODULES_DEEP} modules deep")
        return folder

    def attribute(self, name: str) -> Value:
        """An output, as `module.x.name` reads it."""
        block = self.blocks.get(("output", name))
        if block is None or "value" not in block.body.attributes:
            return Refused(f"the module {self.address.rstrip('.')} has no output `{name}`")
        expression = block.body.attributes["value"].expression
        frame = Frame(self, block.source)
        return self.run.once((id(self), "output", name), lambda: evaluate(expression, frame))

    def _root(self) -> Module:
        return self if self.parent is None else self.parent._root()


class _Only(NamedTuple):
    """The scope of a template file: only the names that it was given."""

    module: Module
    names: Mapping[str, Value]

    def root(self, name: str, steps: Sequence[str]) -> tuple[Value, int] | None:
        """A template sees nothing of the module around it."""
        return None

    def call(self, name: str, arguments: Sequence[Value]) -> Value | None:
        """Functions are the same as in the module."""
        return self.module.call(name, arguments)

    def spend(self) -> bool:
        """The budget is the module's."""
        return self.module.spend()


def _each(value: Value) -> Iterator[tuple[Value, Mapping[str, Value]]]:
    if isinstance(value, Unknown):
        yield value, _all_unknown(value)
        return
    collection = to_set(value) if isinstance(value, list) else value
    found = pairs(collection)
    if len(found) > MAX_INSTANCES:
        raise OverflowError(f"more than {MAX_INSTANCES:,} instances")
    for key, member in found:
        name = text(member) if isinstance(collection, list) else key
        yield name, {"each": Object({"key": name, "value": member})}


def _count(value: Value) -> Iterator[tuple[Value, Mapping[str, Value]]]:
    if isinstance(value, Unknown):
        yield value, _all_unknown(value)
        return
    # NOTE: `count = true` is refused by Terraform, `count = "1"` is not.
    number = int(text(value))
    if number > MAX_INSTANCES:
        raise OverflowError(f"more than {MAX_INSTANCES:,} instances")
    for index in range(number):
        yield index, {"count": Object({"index": index})}


def _all_unknown(why: Unknown) -> Mapping[str, Value]:
    return {
        "each": Object({"key": why, "value": why}),
        "count": Object({"index": why}),
    }


def _typed(value: Value, kind: Attribute | None) -> Value:
    """The value as its variable's type has it: sets in order, defaults of `optional` filled in."""
    return value if kind is None else _converted(value, kind.expression)


def _converted(value: Value, kind: hcl.Expression) -> Value:
    inner = hcl.parts(kind)
    if hcl.name_of(kind) in ("expr_term", "object_elem_key") and len(inner) == 1:
        return _converted(value, inner[0])
    if value is None or isinstance(value, Unknown) or hcl.name_of(kind) != "function_call":
        return value
    name, *rest = inner
    of = hcl.parts(rest[0])[0] if rest else None
    word = hcl.text_of(name)
    if of is None:
        return value
    if word == "object" and isinstance(value, dict):
        return _with_optionals(value, of)
    if word == "map" and isinstance(value, dict):
        return Object({key: _converted(each, of) for key, each in value.items()})
    if word in ("list", "set") and isinstance(value, list):
        made = List((_converted(each, of) for each in value), getattr(value, "sites", ()))
        has_gaps = any(isinstance(each, Unknown) for each in made)
        return to_set(made) if word == "set" and not has_gaps else made
    return value


def _with_optionals(value: dict[str, Value], kind: hcl.Expression) -> Object:
    """Source: Terraform documentation, "Type constraints", optional object type attributes."""
    tree = kind
    while hcl.name_of(tree) == "expr_term":
        tree = hcl.parts(tree)[0]
    made = Object(value, getattr(value, "sites", {}))
    for element in hcl.parts(tree):
        key, below = hcl.parts(element)
        name = hcl.text_of(key).strip('"')
        call = hcl.parts(below)[0] if hcl.parts(below) else below
        is_optional = (
            hcl.name_of(call) == "function_call" and hcl.text_of(hcl.parts(call)[0]) == "optional"
        )
        given = hcl.parts(hcl.parts(call)[1]) if is_optional else []
        if made.get(name) is None and is_optional:
            made[name] = _constant(given[1]) if len(given) > 1 else None
        elif name in made:
            made[name] = _converted(made[name], given[0] if is_optional else below)
    return made


def _constant(tree: hcl.Expression) -> Value:
    """The default of an `optional`, which may only be a constant."""
    nothing = Module(Run(Files({}, {}, set())), Folder("", (), {}))
    return evaluate(tree, Frame(nothing, SourceFile("the variable's type", "")))
