"""Values of which it is only known that they are one of several, taken one after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

_Answer = TypeVar("_Answer")
_Value = TypeVar("_Value")


class _UndecidedError(Exception):
    def __init__(self, key: Hashable, count: int) -> None:
        super().__init__(key)
        self.key = key
        self.count = count


class Choices:
    """What has been taken so far; asking for more ends the attempt, and starts one per value."""

    __slots__ = ("_taken",)

    def __init__(self, taken: dict[Hashable, int]) -> None:
        self._taken = taken

    def one_of(self, key: Hashable, values: Sequence[_Value]) -> _Value:
        """The value that this attempt goes by, the same however often it is asked for."""
        if len(values) == 1:
            return values[0]
        if key not in self._taken:
            raise _UndecidedError(key, len(values))
        return values[self._taken[key]]


def every(work: Callable[[Choices], _Answer], limit: int) -> list[_Answer] | None:
    """The work's answers for all combinations of what it asks for; None beyond the limit."""
    waiting: list[dict[Hashable, int]] = [{}]
    answers: list[_Answer] = []
    while waiting:
        if len(answers) + len(waiting) > limit:
            return None
        taken = waiting.pop()
        try:
            answers.append(work(Choices(taken)))
        except _UndecidedError as asked:
            waiting += [{**taken, asked.key: index} for index in reversed(range(asked.count))]
    return answers
