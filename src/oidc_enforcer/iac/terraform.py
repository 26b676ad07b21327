"""Roles out of Terraform source, without running Terraform."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.iac import hcl
from oidc_enforcer.iac.declared import Declared, DeclaredProvider, read_policy
from oidc_enforcer.iac.hcl import Attribute, Block, Body, HclError
from oidc_enforcer.iac.terraform_accounts import account, partition, provider_alias
from oidc_enforcer.iac.terraform_modules import Instance, Module
from oidc_enforcer.iac.terraform_run import Files, Folder, Run
from oidc_enforcer.iac.values import Unknown
from oidc_enforcer.source import SourceFile

SOURCES = (".tf", ".tofu")
#: Where each resource that is a role keeps its trust policy and its name.
_ROLES = {
    "aws_iam_role": ("assume_role_policy", "name"),
    "awscc_iam_role": ("assume_role_policy_document", "role_name"),
}
_PROVIDER = "aws_iam_openid_connect_provider"


class Configuration(NamedTuple):
    """The roles of a configuration, and what may hold further ones and could not be read.

    `missing` are folders and files that the code refers to and that were not among its sources.
    """

    roles: tuple[Declared, ...]
    gaps: tuple[str, ...]
    missing: frozenset[str]


def roles(sources: Mapping[str, SourceFile], root: str = "", only: str = "") -> Configuration:
    """The roles that the source in a folder, and in the modules that it calls, declares.

    `sources` are all files by path. Where `only` names a file, its folder is read as a
    configuration of its own and only the roles in this file are given.
    """
    gaps: list[str] = []
    files = _files(sources, gaps)
    starts = [posixpath.dirname(only)] if only else _roots(files, root)
    found: list[Declared] = []
    for start in starts:
        run = Run(files)
        module = Module(run, files.folders.get(start) or Folder(start, (), {}))
        instances = list(_instances(module, gaps, only))
        providers = list(_providers(instances, run))
        found += (
            _declared(instance, run, providers)
            for instance in instances
            if _kind(instance) in _ROLES and (not only or _is_of(instance, only))
        )
    return Configuration(tuple(found), tuple(dict.fromkeys(gaps)), frozenset(files.missing))


def _kind(instance: Instance) -> str:
    return instance.block.labels[0]


def _providers(instances: Iterable[Instance], run: Run) -> Iterator[tuple[str, DeclaredProvider]]:
    """The OIDC providers that the code makes, as far as it tells them, by where it makes them."""
    for instance in instances:
        where = provider_alias(instance)
        if _kind(instance) != _PROVIDER or where is None:
            continue
        run.assumed = set()
        arn, audiences = instance.attribute("arn"), instance.argument("client_id_list")
        found = OidcProviderArn.parse(arn) if isinstance(arn, str) else None
        if found is None or not isinstance(audiences, list) or isinstance(instance.key, Unknown):
            continue
        texts = tuple(each for each in audiences if isinstance(each, str))
        if len(texts) == len(audiences):
            yield where, DeclaredProvider(found, texts, frozenset(run.assumed))


def _is_of(instance: Instance, path: str) -> bool:
    """Whether a role stands in a file, or in a module that the file calls."""
    return instance.block.source.path == path or instance.module.parent is not None


def parse(source: SourceFile) -> Body:
    """The blocks of one file; raises HclError."""
    return hcl.parse(source)


def _files(sources: Mapping[str, SourceFile], gaps: list[str]) -> Files:
    by_folder: dict[str, list[SourceFile]] = {}
    others: dict[str, SourceFile] = {}
    for path, source in sources.items():
        clean = posixpath.normpath(path)
        if clean.endswith(SOURCES) or clean.endswith(".tfvars"):
            by_folder.setdefault(posixpath.dirname(clean), []).append(source)
        else:
            others[clean] = source
        if clean.endswith((".tf.json", ".tofu.json")):
            gaps.append(f"`{path}` is Terraform written as JSON, which is not read")
    folders = {path: _folder(path, found, gaps) for path, found in by_folder.items()}
    return Files(folders, others, set())


def _folder(path: str, sources: list[SourceFile], gaps: list[str]) -> Folder:
    blocks: list[Block] = []
    overrides: list[Block] = []
    values: dict[str, Attribute] = {}
    for source in sorted(sources, key=lambda each: each.path):
        name = posixpath.basename(source.path)
        if source.decode_problem is not None:
            gaps.append(f"`{source.path}` is not valid UTF-8")
            continue
        try:
            body = hcl.parse(source)
        except HclError as problem:
            line = source.text.count("\n", 0, problem.offset) + 1
            gaps.append(f"`{source.path}`, line {line}: {problem.message}")
            continue
        if name.endswith(".tfvars"):
            # NOTE: files of other names only count where somebody names them to Terraform.
            if name == "terraform.tfvars" or name.endswith(".auto.tfvars"):
                values |= body.attributes
        elif re.fullmatch(r"(?:.*_)?override\.(?:tf|tofu)", name):
            overrides += body.blocks
        else:
            blocks += body.blocks
    return Folder(path, tuple(_overridden(blocks, overrides)), values)


def _overridden(blocks: list[Block], overrides: list[Block]) -> Iterator[Block]:
    """Source: Terraform documentation, "Override files": arguments and kinds of blocks go over."""
    for block in blocks:
        for other in overrides:
            if (other.kind, other.labels) != (block.kind, block.labels):
                continue
            replaced = {each.kind for each in other.body.blocks}
            kept = [each for each in block.body.blocks if each.kind not in replaced]
            body = Body(
                {**block.body.attributes, **other.body.attributes}, (*kept, *other.body.blocks)
            )
            block = block._replace(body=body)
        yield block


def _roots(files: Files, root: str) -> list[str]:
    """The folders that no other calls; with a cycle, the folder that was asked for."""
    called = set()
    for path, folder in files.folders.items():
        for block in folder.blocks:
            attribute = block.body.attributes.get("source") if block.kind == "module" else None
            source = hcl.text_of(attribute.expression).strip('"') if attribute else ""
            if source.startswith(("./", "../")):
                below = posixpath.normpath(posixpath.join(path or ".", source))
                called.add("" if below == "." else below)
    free = [path for path in sorted(files.folders) if path not in called or path == root]
    return free or [root]


def _instances(module: Module, gaps: list[str], only: str) -> Iterator[Instance]:
    """Every instance of a role or an OIDC provider, in this module and in those that it calls.

    Where only one file is wanted, what the others call is not.
    """
    for block in module.folder.blocks:
        if block.kind == "resource" and block.labels and block.labels[0] in (*_ROLES, _PROVIDER):
            yield from module.expanded(block)
        elif block.kind == "module" and only in ("", block.source.path):
            for _, child in module.children(block):
                if isinstance(child, Unknown):
                    gaps.append(child.reason)
                else:
                    yield from _instances(child, gaps, "")


def _declared(
    instance: Instance, run: Run, made: Iterable[tuple[str, DeclaredProvider]]
) -> Declared:
    policy_name, name_name = _ROLES[_kind(instance)]
    run.assumed = set()
    value = instance.argument(policy_name)
    home = instance.site(policy_name)
    if value is None:
        value = Unknown(f"`{instance.address}` ({home}) has no `{policy_name}`")
    policy, file = read_policy(value, home)
    name = instance.argument(name_name)
    is_named = isinstance(name, str)
    role = Declared(
        str(name) if is_named else instance.address,
        instance.address,
        _arn(instance, str(name)) if is_named else None,
        policy,
        file,
        str(instance.site()),
        tuple(sorted(run.assumed)),
    )
    own = provider_alias(instance)
    return role.beside(provider for where, provider in made if where == own)


def _arn(instance: Instance, name: str) -> RoleArn | None:
    """The role's ARN where the code holds its provider to one account."""
    number = account(instance)
    path = instance.argument("path")
    if number is None:
        return None
    if path is not None and not isinstance(path, str):
        return None
    made = f"arn:{partition(instance)}:iam::{number}:role{path or '/'}{name}"
    return RoleArn.parse(made)
