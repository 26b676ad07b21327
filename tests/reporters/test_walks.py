"""A big report goes through a reporter; it is not kept by one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from typing import overload

import pytest

from oidc_enforcer.cli.delivery import chunks
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.reporters import Detail
from tests.reporters.example import deploy_report


class Files(Sequence[FileReport]):
    """Reports made while they are asked for, as if read from disk; counts the walks."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.walks = 0
        self._one = deploy_report()

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, index: int) -> FileReport: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FileReport]: ...
    def __getitem__(self, index: int | slice) -> FileReport | Sequence[FileReport]:
        raise AssertionError("a reporter walks; it does not jump")

    def __iter__(self) -> Iterator[FileReport]:
        self.walks += 1
        for at in range(self.number):
            path = f".github/workflows/{at}.yml"
            findings = tuple(
                finding._replace(place=finding.place._replace(file=path), job=f"job-{at}")
                for finding in self._one.findings
            )
            yield self._one._replace(file=path, findings=findings)


def peak(name: str, number: int) -> int:
    """Bytes held at most while the format is written for so many files."""
    files = Files(number)
    summary = summarise(files)
    files.walks = 0
    tracemalloc.start()
    try:
        for _ in chunks(name, Report(files, summary), color=False, detail=Detail.VERBOSE):
            pass
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert files.walks <= 2
    return most


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github", "markdown", "html"])
def test_memory_hardly_grows_with_the_files_which_are_walked_twice_at_most(name: str) -> None:
    peak(name, 3)  # imports and compiled patterns
    few, many = peak(name, 60), peak(name, 260)
    # A file of the example becomes 4 KB of JSON; its skip, gap and suppression may be kept.
    assert many - few < 200 * 1300
