"""Takes settings out of a script: whole commands where nothing is left, words where something is.

Offsets are those of the script's own text; `edits_of` turns them into places of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from oidc_enforcer.fixes import layout
from oidc_enforcer.fixes.proposal import NoFix
from oidc_enforcer.fixes.script_commands import (
    HEREDOC,
    Change,
    Command,
    by_line,
    commands_of,
    lines_of,
    words_of,
)
from oidc_enforcer.shell import Setting, Sink
from oidc_enforcer.source import Edit, Span
from oidc_enforcer.yaml_tree import Scalar

#: Commands that do nothing without what they are given: once their words go, they go.
_EMPTY = re.compile(
    r"(?:export|declare|typeset|local|readonly|env|set|SET|\$env:)?(?:\s+-[a-zA-Z]+)*\s*"
    r"|(?i:setx)(?:\s+/[a-zA-Z])*|(?:IFS=\S*\s+)?read(?:\s+-[a-zA-Z]+)*"
)
#: What a credentials file says besides keys: its head, and settings that the new step gives.
_FILE_TRIMMINGS = re.compile(
    r"\s*(?:\[[^\]\n]*\]|(?:region|output|aws_session_token)\s*=.*|aws_.*|#.*)?\s*"
)
#: Commands that do nothing but for a credentials file: they write its head, or guard or show it.
_FOR_FILE = re.compile(
    r"""\s*(?:(?:echo|printf)\s+(["']?)\[[\w.-]+\](?:\\n)?\1\s*>>?|(?:chmod|chown)\s+\S+|cat|ls|touch)"""
    r"""\s+["']?\S*\.aws/credentials["']?\s*"""
)
#: What reads a credentials file, or the folder that it is in.
READS_FILE = re.compile(r"\.aws/credentials|\.aws:|AWS_SHARED_CREDENTIALS_FILE")
#: Commands whose whole effect is to set a key.
_SETTERS = re.compile(
    r"\s*(?:(?:npx\s+)?(?:serverless|sls)\s+config\s+credentials\b|set-awscredentials?\b"
    r"|(?:set|new)-item\s+(?:-\w+\s+)?[\"']?env:"
    r"|\[(?:system\.)?environment\]::setenvironmentvariable\()",
    re.IGNORECASE,
)
_OPENERS = re.compile(r"(?:\b(?:then|do|else)|\{|\()\s*\Z")
_CLOSERS = re.compile(r"\s*(?:fi\b|done\b|else\b|elif\b|\}|\)|;;)")
_WHOLE = frozenset(
    {
        Sink.AWS_CONFIGURE,
        Sink.CREDENTIALS_FILE,
        Sink.GITHUB_ENV,
        Sink.GITHUB_OUTPUT,
        Sink.FILE,
    }
)


def without(text: str, settings: Iterable[Setting]) -> list[Change]:
    """The changes that take these settings out; raises NoFix where that cannot be done."""
    doomed = sorted(settings, key=lambda one: one.start)
    changes: list[Change] = []
    commands = list(commands_of(text))
    by_command: dict[Command, list[Setting]] = {}
    for setting in doomed:
        found = next(
            (c for c in commands if c.start <= setting.start < max(c.end, c.start + 1)), None
        )
        if found is None:
            raise NoFix("the command that sets the key cannot be told from its neighbours")
        by_command.setdefault(found, []).append(setting)
    gone: list[Command] = []
    for command, own in by_command.items():
        kept = _kept(text, command, own)
        if kept is None:
            gone.append(command)
        else:
            changes += kept
    if any(setting.sink is Sink.CREDENTIALS_FILE for setting in doomed):
        idle = [c for c in commands if _FOR_FILE.fullmatch(text[c.start : c.end])]
        gone += [command for command in idle if command not in gone]
    changes += _without_commands(text, commands, _with_pipes(commands, gone))
    return changes


def _with_pipes(commands: list[Command], gone: list[Command]) -> list[Command]:
    """A pipe goes as a whole when a part of it goes."""
    found = {command.start for command in gone}
    for here, after in pairwise(commands):
        if here.separator == "|" and here.start in found:
            found.add(after.start)
    for after, here in pairwise(reversed(commands)):
        if here.separator == "|" and after.start in found:
            found.add(here.start)
    return [command for command in commands if command.start in found]


def _kept(text: str, command: Command, own: list[Setting]) -> list[Change] | None:
    """What is changed in a command that stays, None for one that goes."""
    body = text[command.start : command.end]
    if any(setting.sink in _WHOLE for setting in own):
        return _kept_of_file(text, command, own)
    if _SETTERS.match(body):
        return None
    if "\n" in body and HEREDOC.search(body):
        raise NoFix("the key stands in a heredoc with other things")
    words = list(words_of(text, command.start, command.end))
    hit = [w for w in words if any(w.start < s.end and s.start < w.end for s in own)]
    if not hit:
        raise NoFix("the words that hold the key cannot be told from others")
    hit += [w for w in _flags_before(text, words, hit) if w not in hit]
    if any(_says_more(text, word, own) for word in hit):
        raise NoFix("the key stands in quotes together with other commands")
    rest = [w for w in words if w not in hit]
    if not rest or _EMPTY.fullmatch(" ".join(text[w.start : w.end] for w in rest)):
        return None
    return [_gap(text, command, word) for word in _side_by_side(text, sorted(hit))]


#: A word behind a blank or an end of a command, in what is left of a word without the key.
_MORE = re.compile(r"[\s;&|]\s*[A-Za-z]{2}")


def _says_more(text: str, word: Change, own: list[Setting]) -> bool:
    """Whether a word is a script of its own (`sh -c "…"`) that does more than to set the key."""
    left, at = [], word.start
    for setting in own:
        if word.start <= setting.start and setting.end <= word.end:
            left.append(text[at : setting.start])
            at = max(at, setting.end)
    left.append(text[at : word.end])
    return at > word.start and _MORE.search("\0".join(left)) is not None


def _side_by_side(text: str, words: list[Change]) -> list[Change]:
    """Neighbours on one line taken together: an option and its value."""
    found: list[Change] = []
    for word in words:
        if found and not text[found[-1].end : word.start].strip(" \t"):
            found[-1] = found[-1]._replace(end=word.end)
        else:
            found.append(word)
    return found


def _kept_of_file(text: str, command: Command, own: list[Setting]) -> list[Change] | None:
    """A command that writes a file or a setting: it goes when it writes nothing else."""
    body = text[command.start : command.end]
    heredoc = HEREDOC.search(body)
    if heredoc is None or "\n" not in body:
        return None
    lines = list(lines_of(text, command.start + body.index("\n") + 1, command.end))[:-1]
    if not lines:
        return None
    rest = []
    changes = []
    for line in lines:
        if any(line.start < setting.end and setting.start < line.end for setting in own):
            changes.append(Change(line.start, line.end, ""))
        elif not _FILE_TRIMMINGS.fullmatch(text[line.start : line.end]):
            rest.append(line)
    return changes if rest else None


def _flags_before(text: str, words: list[Change], hit: list[Change]) -> Iterator[Change]:
    """Options whose value goes in the next word go with it."""
    for before, word in pairwise(words):
        flag = text[before.start : before.end]
        value = text[word.start : word.end]
        if word in hit and flag.startswith("-") and not value.startswith("-") and "=" not in flag:
            yield before


def _gap(text: str, command: Command, word: Change) -> Change:
    """The word with the blanks, or the continued line, behind or before it."""
    start, end = word.start, word.end
    line = re.compile(r"[ \t]*\\\r?\n").match(text, end)
    own_line = text[text.rfind("\n", 0, start) + 1 : start]
    if line is not None and not own_line.strip():
        return Change(start - len(own_line), line.end(), "")
    while end < command.end and text[end] in " \t":
        end += 1
    if end == word.end:
        while start > command.start and text[start - 1] in " \t":
            start -= 1
    return Change(start, end, "")


def _without_commands(text: str, commands: list[Command], gone: list[Command]) -> Iterator[Change]:
    """Takes whole commands out, with the separators that joined them to others."""
    for line in by_line(commands):
        doomed = [command for command in line if command in gone]
        if not doomed:
            continue
        stay = [c for c in line if c not in gone and text[c.start : c.end].strip()]
        if not stay:
            last = line[-1]
            hole = Change(line[0].start, last.next if last.separator == "\n" else last.end, "")
            yield hole._replace(text=_placeholder(text, hole, gone))
            continue
        for command in doomed:
            yield _unjoined(text, line, command, gone)


def _unjoined(text: str, line: list[Command], command: Command, gone: list[Command]) -> Change:
    number = line.index(command)
    following = [c for c in line[number + 1 :] if c not in gone and text[c.start : c.end].strip()]
    lead = text[command.start : command.end]
    opener = re.match(r"\s*(?:then|do|else|\{)\s+", lead)
    if opener is not None:
        return Change(command.start + opener.end(), command.end, ":")
    if following:
        blank = len(lead) - len(lead.lstrip(" \t"))
        after = text[command.next :]
        skip = len(after) - len(after.lstrip(" \t"))
        return Change(command.start + blank, command.next + skip, "")
    before = line[number - 1]
    return Change(before.end, command.end, "")


def _placeholder(text: str, hole: Change, gone: list[Command]) -> str:
    """`:` where a body would be left empty, as the shell wants a command there."""
    above = text[: hole.start]
    for command in reversed(gone):
        if command.start < hole.start and not text[command.end : hole.start].strip():
            above = text[: command.start]
    below = text[hole.end :]
    for command in gone:
        if command.start >= hole.end and not text[hole.end : command.start].strip():
            return ""  # the last of them decides
    if _OPENERS.search(above) and _CLOSERS.match(below):
        written = text[hole.start : hole.end]
        indent = written[: len(written) - len(written.lstrip())]
        return f"{indent}:\n" if written.endswith("\n") else f"{indent}:"
    return ""


def applied(text: str, changes: list[Change]) -> str:
    """The script after the changes."""
    left, at = [], 0
    for change in sorted(changes):
        left.append(text[at : change.start] + change.text)
        at = max(at, change.end)
    return "".join([*left, text[at:]])


def is_blank(text: str, changes: list[Change]) -> bool:
    """Whether nothing that does anything is left of the script."""
    lines = (line.strip() for line in applied(text, changes).split("\n"))
    idle = re.compile(r"(?:#.*|set -\S+.*|mkdir -p \S*\.aws/?|touch \S*\.aws/\S*|)\Z")
    return all(idle.match(line) for line in lines)


def edits_of(scalar: Scalar, source: str, changes: list[Change]) -> Iterator[Edit]:
    """The changes as edits of the file; whole lines of a block scalar go as lines."""
    text = scalar.text
    for change in changes:
        whole = change.start == 0 or text[change.start - 1] == "\n"
        whole = whole and (change.end == len(text) or text[change.end - 1] == "\n")
        if scalar.style == "|" and whole and change.end > change.start:
            last = max(change.start, change.end - 2)
            first = scalar.source_span(source, change.start, change.start + 1)
            final = scalar.source_span(source, last, last + 1)
            span = layout.lines_of(source, Span(first.start, max(final.end, first.end)))
            indent = layout.before(source, first.start)
            written = f"{indent}{change.text.rstrip()}" if change.text.strip() else ""
            if written:
                written += "\r\n" if source[span.start : span.end].endswith("\r\n") else "\n"
            yield Edit(span, written)
            continue
        if change.end == change.start:
            at = scalar.source_span(source, change.start - 1, change.start).end
            yield Edit(Span(at, at), _indented(scalar, source, change, at))
            continue
        yield Edit(scalar.source_span(source, change.start, change.end), change.text)


def _indented(scalar: Scalar, source: str, change: Change, at: int) -> str:
    """What is put in, its lines as far to the right as the script's own."""
    if "\n" not in change.text:
        return change.text
    if scalar.style != "|":
        raise NoFix("the script is not written in lines of its own")
    start = layout.line_start(source, at)
    own = scalar.text[scalar.text.rfind("\n", 0, change.start) + 1 : change.start]
    lead = source[start:at].removesuffix(own)
    nl = "\r\n" if source[layout.line_end(source, at) - 2 :][:2] == "\r\n" else "\n"
    return change.text.replace("\n", nl + lead)
