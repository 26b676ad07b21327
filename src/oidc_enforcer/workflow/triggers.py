"""What starts a workflow, and on which refs: the occasions on which a token can be asked for.

Source: GitHub "Events that trigger workflows" (`GITHUB_REF` of each event) and "OpenID Connect
reference" (subjects). What neither says is an occasion's `doubt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from oidc_enforcer import yaml_tree
from oidc_enforcer.iam.patterns import StringSet
from oidc_enforcer.iam.tokens import Run
from oidc_enforcer.workflow.filters import excluded, included, matching
from oidc_enforcer.workflow.model import Workflow

#: How the refs of each kind begin.
PREFIX = {Run.BRANCH: "refs/heads/", Run.TAG: "refs/tags/", Run.PULL_REQUEST: "refs/pull/"}
#: Filters beyond so many are taken as none: the set may be bigger than the truth, never smaller.
_MAX_FILTERS = 200


class Occasion(NamedTuple):
    """An event, and the full refs on which its runs work.

    `as_pull_request`: the subject without an environment says `pull_request`, not the ref; whether
    it does is `undocumented` for some events.
    """

    event: str
    run: Run
    refs: StringSet
    as_pull_request: bool = False
    doubt: str = ""
    undocumented: bool = False


def occasions(workflow: Workflow, default_branch: str) -> Iterator[Occasion]:
    """Every way in which an event starts the workflow; a call by another one is none."""
    for event, configuration in workflow.triggers.items():
        if event == "workflow_call":
            continue
        settings = configuration if isinstance(configuration, yaml_tree.Mapping) else None
        yield from _of_event(event, settings, default_branch)


def _of_event(
    event: str, settings: yaml_tree.Mapping | None, default_branch: str
) -> Iterator[Occasion]:
    if event == "push":
        yield from _push(settings)
    elif event == "merge_group":
        queue = PREFIX[Run.BRANCH] + "gh-readonly-queue/"
        # Behind `pr-` stand a number and a commit.
        for refs in included(_patterns(settings, "branches") or ("**",), queue, "/pr-**"):
            yield Occasion(event, Run.BRANCH, refs)
    elif event == "pull_request":
        yield Occasion(event, Run.PULL_REQUEST, PULLS, True)
        if "closed" in _patterns(settings, "types"):
            doubt = "a run on a merged pull request may work on the branch it went to"
            yield Occasion(event, Run.BRANCH, _all(Run.BRANCH), True, doubt)
    elif event in _OF_REVIEWS:
        for as_pull_request in (True, False):
            yield Occasion(event, Run.PULL_REQUEST, PULLS, as_pull_request, undocumented=True)
    elif event == "pull_request_target":
        refs = StringSet.of(PREFIX[Run.BRANCH] + default_branch)
        for as_pull_request in (True, False):
            yield Occasion(event, Run.BRANCH, refs, as_pull_request, undocumented=True)
    elif event in _ON_DEFAULT_BRANCH:
        yield Occasion(event, Run.BRANCH, StringSet.of(PREFIX[Run.BRANCH] + default_branch))
    elif event in _ON_ANY_REF:
        for run in (Run.BRANCH, Run.TAG):
            yield Occasion(event, run, _all(run), doubt=_ON_ANY_REF[event])
    elif event == "release":
        yield Occasion(event, Run.TAG, _all(Run.TAG))
    else:
        doubt = f"on which refs `{event}` runs is not known"
        for run in (Run.BRANCH, Run.TAG):
            yield Occasion(event, run, _all(run), doubt=doubt)
        yield Occasion(event, Run.PULL_REQUEST, PULLS, True, doubt)


_OF_REVIEWS = frozenset({"pull_request_review", "pull_request_review_comment"})
_FROM_A_COMMIT = "a deployment of a commit has no ref; its subject is not documented"
#: Events whose run works on a branch or tag of somebody's choice, and what is not known of it.
_ON_ANY_REF = {
    "workflow_dispatch": "",
    "create": "",
    "registry_package": "",
    "deployment": _FROM_A_COMMIT,
    "deployment_status": _FROM_A_COMMIT,
}
_ON_DEFAULT_BRANCH = frozenset(
    {
        *("branch_protection_rule", "check_run", "check_suite", "delete", "discussion"),
        *("discussion_comment", "fork", "gollum", "issue_comment", "issues", "label", "milestone"),
        *("page_build", "project", "project_card", "project_column", "public"),
        *("repository_dispatch", "schedule", "status", "watch", "workflow_run"),
    }
)
PULLS = matching("refs/pull/[0-9]+/merge")


def _all(run: Run) -> StringSet:
    return StringSet.like(f"{PREFIX[run]}*")


def _push(settings: yaml_tree.Mapping | None) -> Iterator[Occasion]:
    """Filters of one kind alone shut the other kind out; without any, both come in."""
    branches = _filtered(settings, "branches", Run.BRANCH)
    tags = _filtered(settings, "tags", Run.TAG)
    if branches is None and tags is None:
        branches, tags = [_all(Run.BRANCH)], [_all(Run.TAG)]
    for run, sets in ((Run.BRANCH, branches), (Run.TAG, tags)):
        for refs in sets or ():
            yield Occasion("push", run, refs)


def _filtered(settings: yaml_tree.Mapping | None, key: str, run: Run) -> list[StringSet] | None:
    """The refs that a filter and its `-ignore` leave, by pattern; None where neither is there."""
    if settings is None:
        return None
    if settings.get(f"{key}-ignore") is not None:
        return [excluded(_patterns(settings, f"{key}-ignore"), PREFIX[run])]
    if settings.get(key) is None:
        return None
    patterns = _patterns(settings, key)
    if len(patterns) > _MAX_FILTERS:
        return [_all(run)]
    return list(included(patterns, PREFIX[run]))


def _patterns(settings: yaml_tree.Mapping | None, key: str) -> tuple[str, ...]:
    return yaml_tree.texts(settings.get(key)) if settings is not None else ()
