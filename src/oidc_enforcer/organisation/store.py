"""What was read of an organisation, in a file of lines: each stands for itself, the last counts.

So a run that was killed loses a line at most, and the files of several runs are put together by
writing one behind the other.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from oidc_enforcer.errors import UserError
from oidc_enforcer.report import Gap
from oidc_enforcer.stored_secrets import Keeper, Secret, Secrets

VERSION = 1
#: A line of more is none of ours: a repository's workflows take some ten thousand.
_MAX_LINE = 100_000_000


class Kept(NamedTuple):
    """A repository's files at a commit. `held` are its own by path, `elsewhere` what they call by
    the key of the `uses:`, `unfetched` and `gaps` what of either could not be had.
    """

    commit: str
    held: Mapping[str, bytes]
    elsewhere: Mapping[str, bytes]
    gaps: tuple[Gap, ...] = ()
    unfetched: tuple[Gap, ...] = ()
    environments: tuple[str, ...] | None = ()


class Store:
    """Reads and appends; without a path it is a file that nobody else sees."""

    def __init__(self, path: str = "") -> None:
        self._files: dict[str, tuple[int, str]] = {}
        self._secrets: dict[str, tuple[int, str]] = {}
        self._stream = _opened(path)
        self.broken = 0
        self._index()

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            self._stream.close()

    def _index(self) -> None:
        self._stream.seek(0)
        at = 0
        while line := self._stream.readline(_MAX_LINE):
            self._note(line, at)
            at += len(line)
        if at:
            self._stream.seek(-1, os.SEEK_END)
            if self._stream.read(1) != b"\n":
                self._stream.write(b"\n")  # what was cut off ends here

    def _note(self, line: bytes, at: int) -> None:
        """Remembers where a line is; one that cannot be read is as good as none."""
        try:
            told = json.loads(line)
            if told["version"] != VERSION:
                return
            known = {"files": self._files, "secrets": self._secrets}[told["kind"]]
            known[str(told["repository"])] = (at, str(told["mark"]))
        except (ValueError, KeyError, TypeError):
            self.broken += 1

    def commit(self, repository: str) -> str:
        """At which commit its files were read, "" where they were not."""
        return self._files.get(repository, (0, ""))[1]

    def day(self, repository: str) -> str:
        """On which day its secrets were listed, "" where they were not."""
        return self._secrets.get(repository, (0, ""))[1]

    def keep(self, repository: str, kept: Kept) -> None:
        """Writes what was read."""
        told = {
            "held": _texts(kept.held),
            "elsewhere": _texts(kept.elsewhere),
            "gaps": list(kept.gaps),
            "unfetched": list(kept.unfetched),
            "environments": kept.environments,
        }
        self._append("files", self._files, repository, kept.commit, told)

    def files(self, repository: str) -> Kept | None:
        """What was read of a repository, None where nothing was, or it cannot be read again."""
        told = self._read(self._files.get(repository))
        try:
            environments = told["environments"]
            return Kept(
                self.commit(repository),
                _data(told["held"]),
                _data(told["elsewhere"]),
                _gaps(told["gaps"]),
                _gaps(told["unfetched"]),
                None if environments is None else tuple(map(str, environments)),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def keep_secrets(self, repository: str, day: str, found: Secrets) -> None:
        """Writes which secrets there are: names and dates."""
        known = [(one.name, one.updated, one.keeper.value, one.environment) for one in found.known]
        self._append(
            "secrets", self._secrets, repository, day, {"known": known, "gaps": list(found.gaps)}
        )

    def secrets(self, repository: str) -> Secrets | None:
        """The secrets of a repository as they were listed."""
        told = self._read(self._secrets.get(repository))
        try:
            known = tuple(
                Secret(str(name), str(updated), Keeper(keeper), str(environment))
                for name, updated, keeper, environment in told["known"]
            )
            return Secrets(repository, known, _gaps(told["gaps"]))
        except (KeyError, TypeError, ValueError):
            return None

    def _append(
        self,
        kind: str,
        known: dict[str, tuple[int, str]],
        repository: str,
        mark: str,
        told: Mapping[str, Any],
    ) -> None:
        packed = base64.b64encode(zlib.compress(json.dumps(told).encode())).decode()
        line = {"version": VERSION, "kind": kind, "repository": repository, "mark": mark}
        data = json.dumps({**line, "data": packed}).encode() + b"\n"
        known[repository] = (self._stream.seek(0, os.SEEK_END), mark)
        try:
            self._stream.write(data)
            self._stream.flush()
        except OSError as problem:
            reason = (problem.strerror or "it cannot be written").lower()
            raise UserError(f"cannot write the state: {reason}", "check the disk") from problem

    def _read(self, place: tuple[int, str] | None) -> Any:
        if place is None:
            return {}
        self._stream.seek(place[0])
        try:
            packed = json.loads(self._stream.readline(_MAX_LINE))["data"]
            return json.loads(_unpacked(base64.b64decode(packed)))
        except (ValueError, KeyError, TypeError, zlib.error, binascii.Error):
            return {}


def _unpacked(data: bytes) -> bytes:
    """At most so much: a small file may stand for a very large one."""
    reader = zlib.decompressobj()
    text = reader.decompress(data, _MAX_LINE)
    if reader.unconsumed_tail:
        raise ValueError("too long")
    return text


def _opened(path: str) -> IO[bytes]:
    if not path:
        return TemporaryFile()
    try:
        # NOTE: it holds the workflows of private repositories.
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        reason = (problem.strerror or "it cannot be opened").lower()
        raise UserError(f"cannot open `{path}`: {reason}", "name a file to keep it in") from problem
    return os.fdopen(handle, "r+b")


def _texts(held: Mapping[str, bytes]) -> dict[str, str]:
    return {name: data.decode("latin-1") for name, data in held.items()}


def _data(told: Mapping[str, str]) -> dict[str, bytes]:
    return {str(name): text.encode("latin-1") for name, text in told.items()}


def _gaps(told: Iterable[Sequence[Any]]) -> tuple[Gap, ...]:
    return tuple(Gap(str(one[0]), str(one[1]), *(each is True for each in one[2:])) for one in told)
