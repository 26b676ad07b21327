"""What bounds the walk through one file, and where its steps stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import itemgetter

from oidc_enforcer.workflow.model import Job, Step, Workflow

#: Actions and called workflows that are looked into from one file, each time that they are used.
MOST_VISITS = 20_000
#: Why the rest was not. Nobody's files get there by accident, so that a run is not clean then.
TOO_MANY = (
    "more nested actions and calls than are followed, so what is handed to the rest was not seen"
)
#: Why an action was not: neither would the runner read it, so that nobody has one.
UNREADABLE = "there is such an action, and it could not be read to its end"


class Budget:
    """What all jobs of one file share: how many actions and workflows may still be looked into,
    and where its steps stand. `is_exceeded`: something was not looked into.
    """

    def __init__(self, visits: int = MOST_VISITS) -> None:
        self._left = visits
        self.is_exceeded = False
        self._indexed: Workflow | None = None
        self._steps: list[tuple[int, int, Job, Step]] = []

    def spend(self) -> bool:
        """Takes one visit; False when there is none left."""
        self._left -= 1
        self.is_exceeded = self.is_exceeded or self._left < 0
        return self._left >= 0

    def step_at(self, workflow: Workflow, place: int) -> tuple[Job, Step] | None:
        """The step, of any job, in which a place lies; looked through once for all."""
        if self._indexed is not workflow:
            self._indexed = workflow
            steps = (
                (s.span.start, at, job, s)
                for at, job in enumerate(workflow.jobs)
                for s in job.steps
            )
            self._steps = sorted(steps, key=itemgetter(0, 1))
        at = bisect_right(self._steps, place, key=itemgetter(0)) - 1
        if at < 0:
            return None
        # NOTE: steps of an anchor stand at one place for several jobs; the first of them counts.
        first = bisect_left(self._steps, self._steps[at][0], key=itemgetter(0))
        _, _, job, step = self._steps[first]
        return (job, step) if place < step.span.end else None
