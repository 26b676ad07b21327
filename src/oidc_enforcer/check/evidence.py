"""What a finding hangs on besides its fingerprint: by it two judgements of one file are compared.

It is made of the words at all places of the finding. Of a key it is, besides, where its secrets
live and what chooses them (the environment, the matrix, what callers give), and who is handed it.

INVARIANT: it may be made of literals, so it is compared and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.expression import Reference, template
from oidc_enforcer.finding import Finding, Place, fingerprint
from oidc_enforcer.rules.credential_findings import step_name
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.environments import environment_name
from oidc_enforcer.workflow.model import Job, Step, Uses, UsesKind
from oidc_enforcer.workflow.reading import Reading
from oidc_enforcer.workflow.ways import ways
from oidc_enforcer.yaml_tree import Mapping, Node, Scalar, Sequence


def with_evidence(subject: Reading, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of a file, each with its evidence."""
    evidence = _Evidence(subject)
    return [evidence.told(one) for one in findings]


class _Said(NamedTuple):
    """What stands for the words behind a reference, and what these refer to, each once."""

    words: str
    reads: tuple[Reference, ...]


_LOOKS = re.compile(r"[\s\"']+")
#: References that are followed for one key; whatever has more hangs on its whole file.
_MOST = 200


class _Evidence:
    """What findings of one file hang on; whatever many of them share is put together once."""

    def __init__(self, subject: Reading) -> None:
        self.subject = subject
        self._whole = fingerprint(subject.file.text)
        self._known: dict[tuple[str | None, ...], _Said] = {}
        self._jobs: dict[int, list[Job]] = {}
        self._keys: dict[tuple[Span, str | None], list[Credential]] = {}
        for found in subject.jobs:
            for one in found.credentials:
                jobs = self._jobs.setdefault(id(one), [])
                if found.job is not None and found.job not in jobs[-1:]:
                    jobs.append(found.job)
        for one in subject.credentials():
            if one.pair is not None:
                self._keys.setdefault((one.at, one.job_id), []).append(one)

    def told(self, finding: Finding) -> Finding:
        """It with what it hangs on, and with its fingerprint without the name of a key's step.

        NOTE: a step with another name would have a new key, or one with an id. All that tells its
        keys from those of other steps is in what they hang on.
        """
        keys: list[Credential] = []
        if finding.place.file == self.subject.file.path:
            keys = self._keys.get((finding.place.span, finding.job), keys)
        evidence = fingerprint(*self._of(finding, keys))
        about = (finding.rule, finding.place.file, finding.job or "")
        for key in keys:
            sink, source = key.sink, key.source
            if finding.fingerprint == fingerprint(*about, step_name(key), sink, source):
                return finding._replace(evidence=evidence, mark=fingerprint(*about, sink, source))
        return finding._replace(evidence=evidence)

    def _of(self, finding: Finding, keys: Iterable[Credential]) -> Iterator[str]:
        """The words at its places, and all about the key that it is about."""
        for place in (finding.place, *(one.place for one in finding.related)):
            # NOTE: of an action of another repository without its release, which may change.
            yield place.file.partition("@")[0]
            yield self._at_place(place)
        for credential in keys:
            yield from self._of_key(credential)

    def _at_place(self, place: Place) -> str:
        """The words at a place; none where its file is no workflow and no action."""
        if place.file == self.subject.file.path:
            return _at(self.subject.file, place.span)
        there = self.subject.surroundings.at(place.file)
        return "" if there is None else _at(there.file, place.span)

    def _of_key(self, credential: Credential) -> Iterator[str]:
        """What it comes from and who is handed it; where that is; then all that chooses these."""
        assert credential.pair is not None
        texts = [text for one in credential.pair.origins for text in (_at(*one.place), one.text)]
        # NOTE: without its release, or each new one of an action would make the key a new one.
        holders = (credential.step, credential.job)
        uses = [one.uses for one in holders if one is not None and one.uses is not None]
        texts += [_without_release(one.value.text) if _is_image(one) else one.name for one in uses]
        texts += dict.fromkeys(self._homes(credential))
        yield from texts
        if credential.job is not None:
            texts += [_at(one.file, one.span) for one in (*credential.others, *credential.uses)]
            yield from self._behind(texts, credential.job)

    def _homes(self, credential: Credential) -> Iterator[str]:
        """The environments of the jobs that it is in force in, and these jobs themselves.

        NOTE: an alias takes what stands in one job into another; what stands above all jobs is for
        those to come, too.
        """
        workflow = self.subject.workflow
        above = workflow.root.get("env") if workflow is not None else None
        is_for_all = above is not None and above.span.start <= credential.at.start < above.span.end
        for job in self._jobs[id(credential)]:
            name = environment_name(job)
            yield f"environment {name.text if name is not None else ''}"
            if not is_for_all:
                yield f"job {job.id}"

    def _behind(self, texts: Iterable[str], job: Job) -> Iterator[str]:
        """All that chooses what the texts come out as, however many steps away."""
        pending = [one for text in texts for one in template(text).reads]
        known = set[tuple[str | None, ...]]()
        while pending:
            reference = pending.pop()
            if reference.path[:2] in known:
                continue
            known.add(reference.path[:2])
            if len(known) > _MOST:
                yield self._whole
                return
            said = self._said(reference, job)
            pending += said.reads
            yield said.words

    def _said(self, reference: Reference, job: Job) -> _Said:
        """What says what a reference stands for in a job."""
        about = (job.id, *reference.path[:2])
        if about not in self._known:
            nodes = [node for node in self._chosen_by(reference, job) if node is not None]
            words = "\n".join(word for node in nodes for word in _words(node))
            reads = {one.path[:2]: one for one in template(words).reads}
            self._known[about] = _Said(fingerprint(words), tuple(reads.values()))
        return self._known[about]

    def _chosen_by(self, reference: Reference, job: Job) -> Iterator[Node | None]:
        """What says what a reference stands for, where the workflow or a caller says it at all."""
        workflow, name = self.subject.workflow, (reference.name or "").lower()
        if workflow is None:
            return
        match reference.context:
            case "matrix":
                yield _of_matrix(job, name)
            case "strategy":
                yield job.node.get("strategy")
            case "github" if name == "event":
                yield workflow.root.get("on")
            case "inputs":
                yield workflow.root.get("on")
                for chain in ways(workflow, job, self.subject.surroundings).chains:
                    yield from (link.job.node for link in chain[:-1])
            case "needs":
                for one in workflow.jobs:
                    if one.id.lower() == name:
                        yield one.node
                        yield from self._actions(one.steps)
            case "steps":
                steps = [one for one in job.steps if one.id.lower() == name]
                yield from (one.node for one in steps)
                yield from self._actions(steps)
            case "env":
                places = (workflow.env, job.env, *(step.env for step in job.steps))
                said = [found.value for one in places if (found := one.get(name)) is not None]
                # A script or an action sets what no entry does.
                yield from said or (job.node, *self._actions(job.steps))

    def _actions(self, steps: Iterable[Step]) -> Iterator[Node]:
        """The actions that steps use, as far as they are at hand."""
        for step in steps:
            action = self.subject.surroundings.action(step.uses) if step.uses else None
            if action is not None:
                yield action.root


def _at(file: SourceFile, span: Span) -> str:
    """What stands there, however it is quoted and spaced."""
    return _LOOKS.sub("", file.text[span.start : span.end])


#: An action or a workflow of another repository, or an image, and then its release.
_RELEASE = re.compile(r"(docker://.*?|[\w.-]+/[\w./-]+?)(?:(?<=[\w.-]):[\w.-]+)?(?:@[^\s@]+)?")


def _without_release(uses: str) -> str:
    """The name alone of what is used; a path in this repository is whole."""
    found = _RELEASE.fullmatch(uses)
    return uses if found is None or uses[:1] in ".$" else found[1]


def _is_image(uses: Uses) -> bool:
    return uses.kind is UsesKind.DOCKER


def _of_matrix(job: Job, name: str) -> Node | None:
    """What gives a matrix its values of one name, as far as that stands by itself."""
    strategy = job.node.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else None
    if not isinstance(matrix, Mapping):
        return matrix or strategy
    given = {entry.key.text.lower(): entry.value for entry in matrix.entries}
    # NOTE: what is added to combinations, and taken away, hangs on all other names.
    if len(given) < len(matrix.entries) or not given.keys().isdisjoint(("include", "exclude")):
        return matrix
    return given.get(name, matrix)


def _words(root: Node) -> Iterator[str]:
    """All words below a node as they are nested; what an alias repeats is told by its number.

    Releases of what steps use choose nothing.
    """
    pending: list[Node | str] = [root]
    seen: dict[int, int] = {}
    while pending:
        node = pending.pop()
        if isinstance(node, str):
            yield node
        elif id(node) in seen:
            yield f"*{seen[id(node)]}"
        elif isinstance(node, Scalar):
            seen[id(node)] = len(seen)
            yield f"{len(node.text)}:{node.text}"  # so that no word looks like several
        else:
            seen[id(node)] = len(seen)
            yield "{" if isinstance(node, Mapping) else "["
            pending.append("end")
            pending += reversed(list(_below(node)))


def _below(node: Mapping | Sequence) -> Iterator[Node | str]:
    if isinstance(node, Sequence):
        yield from node.items
        return
    for entry in node.entries:
        value = entry.value
        if entry.key.text == "uses" and isinstance(value, Scalar):
            yield from (entry.key, _without_release(value.text))
        else:
            yield from (entry.key, value)
