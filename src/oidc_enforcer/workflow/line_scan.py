"""The last resort: looks for key material line by line where the YAML could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oidc_enforcer.expression import template
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.credential_names import Evidence, Half, read_name
from oidc_enforcer.workflow.key_literals import LiteralKind, literal_kind
from oidc_enforcer.workflow.object_stores import provider_of_name

#: `NAME: value` and `NAME=value`, also behind `export`, `-e`, `--`, quotes and list dashes.
_GIVEN = re.compile(r"([A-Za-z][\w.-]{2,80})[\"']?\s{0,40}[:=]\s{0,40}(\S[^\n]{0,500})")
#: The same in a mapping on one line: `{NAME: value, NAME: value}`.
_IN_FLOW = re.compile(
    r"([A-Za-z][\w.-]{2,80})[\"']?\s{0,40}:\s{0,40}((?:\$\{\{[^{}\n]{0,300}\}\}|[^\s,{}]){1,500})"
)
#: Hostile files must stay bounded. More than a report keeps, so that it says that there are more.
_MAX_LINES = 1001


class StrayLine(NamedTuple):
    """A line that seems to give a key to something; `is_literal` when the key stands there."""

    span: Span
    name: str
    source: str
    is_literal: bool


def stray_lines(file: SourceFile, start: int) -> Iterator[StrayLine]:
    """Lines behind `start` that bring AWS key material in, comments left out."""
    found = 0
    first = file.region(Span(start, start)).line
    for number in range(first, len(file.line_starts) + 1):
        line = file.line(number)
        if found >= _MAX_LINES:
            return
        if line.lstrip().startswith("#") or len(line) > 20_000:
            continue
        for stray in _in_line(line, file.line_starts[number - 1]):
            found += 1
            yield stray


def _in_line(line: str, offset: int) -> Iterator[StrayLine]:
    folded = line.lower()
    if "key" not in folded and "aws" not in folded and "akia" not in folded:
        return
    is_flow = "{" in line.replace("${{", "")
    for match in (_IN_FLOW if is_flow else _GIVEN).finditer(line):
        name, value = match.group(1), match.group(2).strip().strip("\"'")
        span = Span(offset + match.start(), offset + match.end())
        named = read_name(name)
        literal = literal_kind(value.split()[0] if value else "")
        if literal in (LiteralKind.ACCESS_KEY_ID, LiteralKind.BEDROCK):
            yield StrayLine(span, name, "a literal in the file", True)
            continue
        references = [r for r in template(value).reads if r.context in ("secrets", "vars")]
        if not references:
            continue
        word = references[0].name or references[0].hint
        fed = read_name(word) if word else None
        if provider_of_name(name) or provider_of_name(word):
            continue
        if _is_aws_key(named) or _is_aws_key(fed):
            yield StrayLine(span, name, f"`{references[0].dotted}`", False)


def _is_aws_key(named: object) -> bool:
    evidence, half = getattr(named, "evidence", None), getattr(named, "half", None)
    return evidence is Evidence.AWS and half in (Half.ID, Half.SECRET, Half.PAIR)
