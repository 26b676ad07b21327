"""Where commands speak: standard output for what was asked for, standard error for all else.

Nothing else in this folder writes, so that nobody finds a traceback where a reader has gone, a disk
is full or a stream is closed, and no verdict is lost because nobody reads what led to it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from oidc_enforcer.errors import UserError

_NOWHERE = "send it to /dev/null where nobody is to read it"


def write(text: Iterable[str]) -> None:
    """Writes the chunks to standard output; raises UserError when it cannot be written.

    A reader that has gone has seen enough: what is left to say is dropped, and the command goes on.
    """
    if sys.stdout is None:
        raise UserError("cannot write standard output: it is closed", _NOWHERE)
    iterator = iter(text)
    while (chunk := next(iterator, None)) is not None:
        # NOTE: only writing is guarded; an error while the text is made is not the stream's.
        _put(chunk)
    _put("")


def is_terminal() -> bool:
    """Whether a person reads standard output as it is written."""
    return sys.stdout is not None and sys.stdout.isatty()


def tell(lines: Iterable[str]) -> None:
    """Writes lines to standard output, each made visible: they may quote what somebody else wrote.

    Raises UserError as `write` does.
    """
    from oidc_enforcer.reporters.visible import shown

    write(f"{shown(line)}\n" for line in lines)


def remark(*lines: str) -> None:
    """Says on standard error, line by line, what is not the command's result."""
    from oidc_enforcer.reporters.visible import shown

    if sys.stderr is None:
        return
    try:
        sys.stderr.writelines(f"{shown(line)}\n" for line in lines)
        sys.stderr.flush()
    except OSError:
        _let_go(sys.stderr)  # there is nowhere left to say that nobody hears


def complain(message: str, hint: str = "") -> None:
    """Says on standard error what went wrong and what would be right."""
    remark(f"oidc-enforcer: {message}", *([f"hint: {hint}"] if hint else ()))


def write_file(path: str, text: Iterable[str]) -> None:
    """Writes the chunks; raises UserError when the file cannot be written."""
    with _writing(path):
        stream = open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n")  # noqa: SIM115
    try:
        # NOTE: only writing is guarded; an error while the text is made is not the file's.
        for chunk in text:
            with _writing(path):
                stream.write(chunk)
        with _writing(path):
            stream.flush()
    finally:
        with suppress(OSError):  # closing tries again what was refused above
            stream.close()


@contextmanager
def _writing(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise unwritable(path, problem) from problem


def unwritable(path: str, problem: OSError) -> UserError:
    """What to say of a file that cannot be written."""
    reason = (problem.strerror or "it cannot be written").lower()
    hint = "name one in a folder that is there and that you may write to"
    return UserError(f"cannot write `{path}`: {reason}", hint)


def _put(chunk: str) -> None:
    """An empty chunk only sends on what is under way."""
    try:
        sys.stdout.write(chunk)
        if not chunk:
            sys.stdout.flush()
    except BrokenPipeError:
        _let_go(sys.stdout)
    except OSError as problem:
        _let_go(sys.stdout)
        reason = (problem.strerror or "it cannot be written").lower()
        raise UserError(f"cannot write standard output: {reason}", _NOWHERE) from problem


def _let_go(stream: TextIO) -> None:
    """Sends the rest to nowhere, so that Python does not complain when it ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
