"""A Terraform configuration: its modules, and what the names in them stand for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from oidc_enforcer.iac.hcl import Attribute, Block
from oidc_enforcer.iac.hcl_evaluate import Frame, Refused, template, worth
from oidc_enforcer.iac.hcl_functions import members, text
from oidc_enforcer.iac.terraform_expansion import by_count, by_each, unknown_names
from oidc_enforcer.iac.terraform_run import Folder, Run
from oidc_enforcer.iac.terraform_types import typed
from oidc_enforcer.iac.values import List, Object, Piece, Rendered, Site, Unknown, Value

#: Modules call modules; real configurations go four or five deep.
MAX_MODULES_DEEP = 12
_META = ("for_each", "count")


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
        return None if attribute is None else worth(attribute, self.frame)

    def site(self, name: str = "") -> Site:
        """Where an argument is written, or else the block."""
        attribute = self.block.body.attributes.get(name)
        if attribute is None:
            return Site(self.block.source, self.block.offset)
        return Site(attribute.source, attribute.offset)

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
        self.locals: dict[str, Attribute] = {}
        for block in folder.blocks:
            if block.kind == "locals":
                self.locals.update(block.body.attributes)
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
            return {"module": self.folder.path or ".", "root": self.top.folder.path or "."}.get(
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
            return Rendered.of(found.text, [Piece(0, len(found.text), Site(found, 0))])
        given = Frame(_Only(self, members(arguments[1])), found, members(arguments[1]))
        return template(found.text, given)

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
            value = worth(attribute, frame)
            if value is not None or "default" not in block.body.attributes:
                return typed(value, kind)
        elif self.arguments is None and name in self.folder.values:
            return typed(worth(self.folder.values[name], Frame(self, block.source)), kind)
        default = block.body.attributes.get("default")
        if default is None:
            where = Site(block.source, block.offset)
            return Unknown(f"the variable `{name}` ({where}) has no default")
        if self.arguments is None:
            self.run.assumed.add(f"var.{name}")
        return typed(worth(default, Frame(self, block.source)), kind)

    def local(self, name: str) -> Value:
        """A local value."""
        found = self.locals.get(name)
        if found is None:
            return Refused(f"the local value `{name}` is declared nowhere")
        frame = Frame(self, found.source)
        return self.run.once((id(self), "local", name), lambda: worth(found, frame))

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
        value = worth(attributes[name], frame)
        try:
            yield from by_each(value) if name == "for_each" else by_count(value)
        except (TypeError, ValueError, OverflowError) as problem:
            why = Unknown(f"`{name}` ({frame.site(attributes[name].expression)}): {problem}")
            yield why, unknown_names(why)

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
        source = worth(attribute, Frame(self, block.source)) if attribute else None
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
        value = block.body.attributes["value"]
        frame = Frame(self, block.source)
        return self.run.once((id(self), "output", name), lambda: worth(value, frame))

    @property
    def top(self) -> Module:
        """The configuration that is applied, of which it is a part."""
        return self if self.parent is None else self.parent.top


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
