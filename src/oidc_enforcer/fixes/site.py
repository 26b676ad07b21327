"""What a fix for one key works on: the file, what is drawn up for it, what came of it so far."""

from __future__ import annotations

from oidc_enforcer.facts import Facts
from oidc_enforcer.fixes import roles
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Choices, Draft
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.model import Action, Job, Step, Workflow


class Site:
    """One file, and one credential that is to go from it.

    `jobs` are those that assume the role afterwards, `doomed` the offsets of the keys of entries
    that go. Steps are told by their nodes: `converted` are credentials steps that are as they
    should be, `emptied` those of which nothing is left.
    """

    def __init__(
        self,
        content: Workflow | Action,
        credential: Credential,
        facts: Facts,
        choices: Choices,
    ) -> None:
        assert credential.pair is not None
        self.content = content
        self.workflow = content if isinstance(content, Workflow) else None
        self.file = content.file
        self.outline = Outline(self.file, content.root)
        self.draft = Draft(self.file.path)
        self.credential, self.facts, self.choices = credential, facts, choices
        self.role = roles.for_pair(credential.pair, content, facts.config, choices)
        self.role_used = False
        #: The role that a step before has assumed, as it is written.
        self.relies_on = ""
        #: Whether the key stood in the variables of one step, and so its session is that step's.
        self.of_one_step = False
        #: The id of a step that begins a session for one step alone, "" for one of the whole job.
        self.scope = ""
        self.jobs: dict[int, Job] = {}
        self.doomed: set[int] = set()
        self.converted: set[int] = set()
        self.emptied: set[int] = set()

    def use_role(self) -> str:
        """The role as it is written, with what it takes said in the draft."""
        self.role_used = True
        if self.role.requires:
            self.draft.require(self.role.requires)
        if self.role.doubt:
            self.draft.doubt(self.role.doubt)
        return self.role.text

    def remove_doomed(self) -> None:
        """Draws up the removal of all entries that go."""
        for edit in self.outline.removal(self.doomed):
            self.draft.edit(edit.span, edit.text)

    def jobs_of(self, place: Place) -> list[Job | None]:
        """The place's job, and those that share it through an anchor."""
        if self.workflow is None:
            return [None]
        owner = place.step.node if place.step is not None else None
        node = owner if owner is not None else place.slot.scalar
        above = {id(one) for one in self.outline.above(node)}
        shared: list[Job | None] = [job for job in self.workflow.jobs if id(job.node) in above]
        return shared or [place.job]

    def affect(self, step: Step) -> None:
        """The jobs that run a step, through whatever anchors."""
        if self.workflow is None:
            return
        above = {id(one) for one in self.outline.above(step.node)}
        for job in self.workflow.jobs:
            if id(job.node) in above:
                self.jobs[id(job)] = job
