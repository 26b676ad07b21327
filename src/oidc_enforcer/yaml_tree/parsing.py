"""From a file's text to its tree."""

from __future__ import annotations

from itertools import islice

from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree.characters import readable, unreadable
from oidc_enforcer.yaml_tree.limits import refused_length, too_costly
from oidc_enforcer.yaml_tree.reading import MOST_PROBLEMS, Reading, one_character
from oidc_enforcer.yaml_tree.tree import Problem, Tree, Trouble


def parse(source: SourceFile) -> Tree:
    """Reads any text as GitHub would, and goes on where GitHub refuses, as far as that is safe."""
    text = source.text
    reason = too_costly(text)
    if reason:
        return Tree(None, (Problem(Span(0, 0), reason, Trouble.BEYOND),), 0)
    reading = Reading(text)
    if not reading.fill(text):
        reading = Reading(text)
        for match in islice(unreadable(text), MOST_PROBLEMS):
            name = f"U+{ord(match[0]):04X}"
            reading.report(Span(*match.span()), f"YAML allows no {name}: remove or escape it")
        reading.fill(readable(text))
    reading.check_events()
    reason = refused_length(text)
    if reason:
        reading.report(Span(0, 0), reason)
    if source.decode_problem is not None:
        encoding = source.encoding.removesuffix("-sig").upper()
        message = f"the text is not valid {encoding}: save the file as UTF-8"
        reading.report(one_character(text, source.decode_problem), message)
    reading.problems.sort(key=lambda problem: problem.span)
    return Tree(next(iter(reading.roots), None), tuple(reading.problems), reading.unread_from)
