"""Which rulesets apply to a repository, and which rules to one of its branches."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from tests.fakegithub.state import Repository


def applying(repository: Repository) -> list[dict[str, Any]]:
    """The rulesets of its owner that mean this repository."""
    known = repository.owner.rulesets
    return [one for one in known if _means(one.get("conditions") or {}, repository)]


def effective_rules(repository: Repository, branch: str) -> list[dict[str, Any]]:
    """The rules in force on a branch, each with where it comes from."""
    found = []
    for ruleset in (*repository.rulesets, *applying(repository)):
        if ruleset["enforcement"] == "active" and _covers(ruleset, repository, branch):
            source = {
                "ruleset_id": ruleset["id"],
                "ruleset_source": ruleset["source"],
                "ruleset_source_type": ruleset["source_type"],
            }
            found += [{**rule, **source} for rule in ruleset.get("rules", ())]
    return found


def _covers(ruleset: Mapping[str, Any], repository: Repository, branch: str) -> bool:
    wanted = (ruleset.get("conditions") or {}).get("ref_name", {})
    names = {f"refs/heads/{branch}", "~ALL"}
    if branch == repository.default_branch:
        names.add("~DEFAULT_BRANCH")
    return ruleset.get("target", "branch") == "branch" and _chosen(wanted, names)


def _means(conditions: Mapping[str, Any], repository: Repository) -> bool:
    if "repository_id" in conditions:
        return repository.id in conditions["repository_id"]["repository_ids"]
    if "repository_name" in conditions:
        return _chosen(conditions["repository_name"], {repository.name, "~ALL"})
    wanted = conditions.get("repository_property", {})
    include = [_has(repository, one) for one in wanted.get("include", ())]
    return all(include) and not any(_has(repository, one) for one in wanted.get("exclude", ()))


def _has(repository: Repository, wanted: Mapping[str, Any]) -> bool:
    return repository.properties.get(wanted["name"]) in wanted["property_values"]


def _chosen(wanted: Mapping[str, Any], names: set[str]) -> bool:
    def hit(patterns: list[str]) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)

    return hit(wanted.get("include", [])) and not hit(wanted.get("exclude", []))
