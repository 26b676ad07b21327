"""Obeys a `ReviewPlan`: posts, changes and takes away comments, and loses none on the way.

A review is posted in one request, and one bad comment refuses them all; then halves are tried until
the bad one stands alone. What GitHub may have done although its answer got lost is looked for
before it is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from oidc_enforcer.github import pull_request
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.refusals import Refused, Trouble
from oidc_enforcer.reporters.conversation import Posted, surplus
from oidc_enforcer.reporters.markers import SUMMARY, keys_of
from oidc_enforcer.reporters.review import Change, Comment, ReviewPlan, Sticky

_MINIMISE = """mutation($id: ID!, $why: ReportedContentClassifiers!) {
  minimizeComment(input: {subjectId: $id, classifier: $why}) {
    minimizedComment { isMinimized } } }"""
_FORGETTABLE = (Trouble.NOT_FOUND,)
_LASTING = (Trouble.LIMITED, Trouble.UNREACHABLE, Trouble.BAD_TOKEN)


class Place(NamedTuple):
    """The pull request to write on; `head` is the commit that was judged."""

    repository: str
    pull: int
    head: str


class Outcome(NamedTuple):
    """What became of a plan. `refused` are keys of comments that GitHub would not take.

    `is_read_only`: the token may not write here, so nothing was done. `problems` are sentences,
    `reviews` the nodes of the reviews that were posted, each with the keys that it brought.
    """

    refused: frozenset[str] = frozenset()
    is_read_only: bool = False
    problems: tuple[str, ...] = ()
    reviews: tuple[tuple[str, frozenset[str]], ...] = ()


def obey(connection: Connection, place: Place, plan: ReviewPlan) -> Outcome:
    """Does what the plan says, as far as GitHub lets us; raises nothing."""
    return _Obeying(connection, place).all(plan)


def take_back(
    connection: Connection, place: Place, done: Outcome, deleted: frozenset[int] = frozenset()
) -> Outcome:
    """Looks at what stands there after posting, and takes away what another run has posted too.

    Two runs that look at the same moment see nothing and both post; whichever posts last sees both.
    A review of ours of which nothing is left is folded away: GitHub deletes none. `deleted` are ids
    of comments that have made way: GitHub's list may still have them for a moment.
    """
    return _Obeying(connection, place).surplus(done, deleted)


class _ReadOnly(Exception):  # noqa: N818
    """The first refusal for want of permission: nothing else is tried."""


class _NotNow(Exception):  # noqa: N818
    """A limit, or no answer even the second time: to go on would make it worse."""


class _Obeying:
    def __init__(self, connection: Connection, place: Place) -> None:
        self.connection = connection
        self.place = place
        self.refused: set[str] = set()
        self.problems: list[str] = []
        self.reviews: list[tuple[str, frozenset[str]]] = []

    def all(self, plan: ReviewPlan) -> Outcome:
        """The steps of the plan, in its order."""
        try:
            self._review([one for one in plan.create if one.subject_type == "line"], plan.body)
            for comment in plan.create:
                if comment.subject_type == "file":
                    self._file_comment(comment)
            for change in plan.update:
                self._edit(change)
            for posted in plan.delete:
                self._try(lambda one=posted: self._delete(one))  # type: ignore[misc]
            for change in plan.minimise:
                self._edit(change)
                node = change.posted.node_id
                self._try(lambda one=node: self._minimise(one, "RESOLVED"))  # type: ignore[misc]
            if plan.summary:
                self._sticky(plan.summary)
        except _ReadOnly:
            return Outcome(frozenset(self.refused), is_read_only=True)
        except _NotNow:
            pass
        problems = tuple(dict.fromkeys(self.problems))
        return Outcome(frozenset(self.refused), problems=problems, reviews=tuple(self.reviews))

    def surplus(self, done: Outcome, deleted: frozenset[int]) -> Outcome:
        """Deletes what is there twice, as far as it can be seen; the next run looks again."""
        try:
            listed = pull_request.posted(self.connection, self.place.repository, self.place.pull)
            there = [one for one in listed if one.id not in deleted]
            spare = surplus(there)
            for posted in spare:
                self._try(lambda one=posted: self._delete(one))  # type: ignore[misc]
            left = [one for one in there if one.is_ours and one not in spare]
            for node in _emptied(done, left):
                self._try(lambda one=node: self._minimise(one, "DUPLICATE"))  # type: ignore[misc]
        except (Refused, _ReadOnly, _NotNow):
            pass
        return Outcome(problems=tuple(dict.fromkeys(self.problems)))

    # -- creating -------------------------------------------------------------------------------

    def _review(self, comments: Sequence[Comment], body: str) -> None:
        """Posts comments as one review; halves it where GitHub refuses one of them."""
        if not comments:
            return
        try:
            self._post_review(comments, body)
        except Refused as problem:
            if problem.may_have_been_done:
                self._review_again(comments, body)
            elif problem.trouble is not Trouble.INVALID or len(comments) == 1:
                self._refuse(comments, problem)
            else:
                middle = len(comments) // 2
                self._review(comments[:middle], body)
                self._review(comments[middle:], "")

    def _review_again(self, comments: Sequence[Comment], body: str) -> None:
        """After an answer that got lost: only what is not there is posted, and only once more."""
        try:
            there = self._there()
            missing = [one for one in comments if not there.intersection(one.keys)]
            if missing:
                self._post_review(missing, body)
        except Refused as problem:
            self._refuse(comments, problem)

    def _post_review(self, comments: Sequence[Comment], body: str) -> None:
        review = {
            "commit_id": self.place.head,
            "event": "COMMENT",
            "body": body or "More from **oidc-enforcer**.",
            "comments": [_anchored(one) for one in comments],
        }
        made = self.connection.write("POST", f"{self._pull}/reviews", review)
        if isinstance(made, dict) and made.get("node_id"):
            keys = frozenset(key for one in comments for key in one.keys)
            self.reviews.append((str(made["node_id"]), keys))

    def _file_comment(self, comment: Comment) -> None:
        body = {**_anchored(comment), "commit_id": self.place.head, "subject_type": "file"}

        def post() -> None:
            self.connection.write("POST", f"{self._pull}/comments", body)

        try:
            self._once(post, comment.keys)
        except Refused as problem:
            self._refuse([comment], problem)

    def _sticky(self, summary: Sticky) -> None:
        if summary.posted is not None:
            self._edit(Change(summary.posted, summary.body))
            return
        path = f"/repos/{self.place.repository}/issues/{self.place.pull}/comments"

        def post() -> None:
            self.connection.write("POST", path, {"body": summary.body})

        self._try(lambda: self._once(post, (SUMMARY,)))

    def _once(self, post: Callable[[], None], keys: Sequence[str]) -> None:
        """Posts; where the answer got lost, looks whether it is there before posting again."""
        try:
            post()
        except Refused as problem:
            if not problem.may_have_been_done:
                raise
            if not self._there().intersection(keys):
                post()

    def _there(self) -> set[str]:
        """The keys of our comments that stand on the pull request now."""
        found = pull_request.posted(self.connection, self.place.repository, self.place.pull)
        return {key for one in found if one.is_ours for key in keys_of(one.body)}

    # -- changing and taking away ---------------------------------------------------------------

    def _edit(self, change: Change) -> None:
        """NOTE: a change does the same when it is done twice, so it may be repeated blindly."""
        path = f"{self._comments(change.posted)}/{change.posted.id}"

        def edit() -> None:
            self.connection.write("PATCH", path, {"body": change.body})

        self._try(lambda: self._twice(edit))

    def _delete(self, posted: Posted) -> None:
        path = f"{self._comments(posted)}/{posted.id}"
        self._twice(lambda: self.connection.write("DELETE", path))

    def _minimise(self, node: str, why: str) -> None:
        self._twice(lambda: self.connection.mutate(_MINIMISE, {"id": node, "why": why}))

    def _twice(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except Refused as problem:
            if not problem.may_have_been_done:
                raise
            act()

    def _try(self, act: Callable[[], Any]) -> None:
        """What fails is told and hinders nothing else; what is gone already is no failure."""
        try:
            act()
        except Refused as problem:
            if problem.trouble is Trouble.FORBIDDEN:
                raise _ReadOnly from problem
            if problem.trouble not in _FORGETTABLE:
                self.problems.append(problem.message)
            if problem.trouble in _LASTING:
                raise _NotNow from problem

    def _refuse(self, comments: Sequence[Comment], problem: Refused) -> None:
        """These comments go to the summary instead."""
        self.refused.update(key for one in comments for key in one.keys)
        if problem.trouble in (Trouble.FORBIDDEN, Trouble.NOT_FOUND):
            # GitHub says "not found" too to a token that may not write where it may read.
            raise _ReadOnly from problem
        self.problems.append(problem.message)
        if problem.trouble in _LASTING:
            raise _NotNow from problem

    @property
    def _pull(self) -> str:
        return f"/repos/{self.place.repository}/pulls/{self.place.pull}"

    def _comments(self, posted: Posted) -> str:
        kind = "pulls" if posted.path else "issues"
        return f"/repos/{self.place.repository}/{kind}/comments"


def _emptied(done: Outcome, left: Sequence[Posted]) -> Iterator[str]:
    """The reviews of ours that hold nothing any more: others have said all of it.

    NOTE: a list that is a moment old may lack our comments; then it lacks their keys, too.
    """
    told = {key for one in left for key in keys_of(one.body)}
    for node, keys in done.reviews:
        if keys <= told and all(one.review != node for one in left):
            yield node


def _anchored(comment: Comment) -> dict[str, Any]:
    """As GitHub takes it: a comment on a single line must not name a first one."""
    return dict(_fields(comment))


def _fields(comment: Comment) -> Iterator[tuple[str, Any]]:
    yield "path", comment.path
    yield "body", comment.body
    if comment.line is not None:
        yield "line", comment.line
        yield "side", comment.side
    if comment.start_line is not None:
        yield "start_line", comment.start_line
        yield "start_side", comment.side
