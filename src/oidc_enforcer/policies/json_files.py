"""Large JSON, read fast by Python's own decoder and refused where JSON is not plain.

Numbers stay as they are written, because IAM compares what was written.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

from oidc_enforcer.errors import UserError
from oidc_enforcer.iam.json_text import Number
from oidc_enforcer.source import SourceFile

#: Ten thousand roles with their policies are about 30 MB.
MAX_BYTES = 256 * 1024 * 1024
_TOO_DEEP = "nested too deep to be a policy or what an AWS command prints"


class _DuplicateError(Exception):
    pass


def read(source: SourceFile) -> object:
    """The JSON value of a file; raises UserError that names the line and what to do."""
    try:
        return json.loads(
            source.text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
    except json.JSONDecodeError as problem:
        message = problem.msg[:1].lower() + problem.msg[1:]
        raise fault(source, problem.pos, f"not valid JSON: {message}", _remedy(source)) from None
    except _DuplicateError as problem:
        name = problem.args[0]
        raise fault(
            source,
            _second(source.text, name),
            f"the member `{name[:80]}` is given twice in one object",
            "JSON readers disagree which one counts: remove one",
        ) from None
    except RecursionError:
        raise UserError(
            f"`{source.path}`: {_TOO_DEEP}", "give the file as the tool wrote it"
        ) from None
    except ValueError as problem:  # a word such as NaN
        raise UserError(f"`{source.path}`: {problem}", "write it as JSON has it") from None


def fault(source: SourceFile, offset: int, message: str, hint: str) -> UserError:
    """A complaint about a place in a file."""
    line = source.text.count("\n", 0, offset) + 1
    return UserError(f"`{source.path}`, line {line}: {message}", hint)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _DuplicateError(name)
            seen.add(name)
    return members


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"not valid JSON: `{word}` is no JSON value")


def _remedy(source: SourceFile) -> str:
    if not source.text.strip():
        return "the file is empty: write the policy, or what the AWS command printed, into it"
    return "give the file as `aws`, `terraform show -json` or `trust snapshot` wrote it"


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]')


def _second(text: str, name: str) -> int:
    """Where a member is given the second time: only looked for once it is known to be there."""
    outer: list[set[str]] = []
    inside: set[str] = set()
    last: re.Match[str] | None = None
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            outer.append(inside)
            inside = set()
        elif token[0] in "]}":
            inside = outer.pop() if outer else set()
        elif token[0] == ":" and last is not None and last[0].startswith('"'):
            word = json.loads(last[0], strict=False)
            if word == name and word in inside:
                return last.start()
            inside.add(word)
        last = token
    return 0
