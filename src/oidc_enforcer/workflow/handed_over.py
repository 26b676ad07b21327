"""Keys that a script hands over under no name: as arguments, in a body, in an address."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from oidc_enforcer import shell
from oidc_enforcer.expression import template
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.source import Ranges
from oidc_enforcer.workflow.credential_names import CODECOMMIT, SES_SMTP, Evidence, read_name

#: The group of settings that no command makes.
NO_GROUP = -1
_LONGEST_INDENT = 1000  # characters; a comment sign further to the left is not looked for


def settings(text: str, dialect: str, script: shell.Script) -> Iterator[shell.Setting]:
    """The settings of this kind in a script, as options of the command in which they stand."""
    for login in logins(text):
        yield _setting(login.name, text, login.start, login.end, login.stem)
    yield from _secrets(text, dialect, script)


#: User and password before a server's name: expressions, variables or plain text.
_PART = r"(?:\$\{\{[^{}\n]{1,200}\}\}|\$\{?\w{1,100}\}?|[^\s:/@${}]{1,200})"
#: Servers whose logins are credentials of an IAM user, and the stem of that pair.
_SERVERS = (("@email-smtp.", SES_SMTP), ("@git-codecommit.", CODECOMMIT))


class Login(NamedTuple):
    """The user or the password in an address; `stem` is that of the pair."""

    name: str
    stem: str
    start: int
    end: int


def logins(text: str) -> Iterator[Login]:
    """Users and passwords in addresses of AWS's: `smtps://USER:PASSWORD@email-smtp.…`."""
    for server, stem in _SERVERS:
        if server not in text:
            continue
        for found in re.finditer(rf"://({_PART}):({_PART}){re.escape(server)}", text):
            yield Login("username", stem, *found.span(1))
            yield Login("password", stem, *found.span(2))


def has_login(text: str) -> bool:
    """Whether such an address may stand in a text."""
    return "@" in text and any(server in text for server, _ in _SERVERS)


#: What only prints, compares or tests a value hands it to nobody.
_IDLE = frozenset({"echo", "printf", "[", "[[", "test", "if", "write-output", "write-host"})


def _secrets(text: str, dialect: str, script: shell.Script) -> Iterator[shell.Setting]:
    """Secrets called like AWS keys that stand in commands which set nothing that we know.

    A positional argument, a value in a JSON body, a replacement of `sed`, a line of a heredoc.
    """
    if "secrets" not in text:
        return
    starts = [command.start for command in script.commands]
    feeds: dict[int, bool] = {}
    named_ones = [s for s in script.settings if s.sink is not shell.Sink.CONTENT]
    covered = Ranges((setting.start, setting.end) for setting in named_ones)
    known = {_reference(setting.value or "") for setting in named_ones}
    for part in template(text).parts:
        if isinstance(part, str) or part.start in covered or _reference(part.source) in known:
            continue
        word = next((r.name for r in part.flows if r.context == "secrets" and r.name), "")
        named = read_name(word) if word else None
        if named is None or named.evidence is not Evidence.AWS:
            continue
        at = bisect_right(starts, part.start) - 1
        command = script.commands[at] if at >= 0 else None
        if command is not None and _writes_pem(text, command):
            continue
        if command is not None and part.start < command.end:
            if not _is_idle(text, command):
                yield _setting(word, text, part.start, part.end, "")
            continue
        if command is None or dialect not in ("bash", "sh") or _is_comment(text, part.start):
            continue
        if at not in feeds:
            feeds[at] = "<<" in text[command.start : text.find("\n", command.end)]
        if feeds[at]:  # a line of a heredoc
            yield _setting(word, text, part.start, part.end, "")


def _setting(name: str, text: str, start: int, end: int, target: str) -> shell.Setting:
    value = text[start:end]
    reads = (value.strip("${}"),) if value.startswith("$") and "{{" not in value else ()
    return shell.Setting(
        shell.Sink.FLAG, name, value, start, end, start, end, NO_GROUP, target, reads
    )


def _reference(text: str) -> str:
    """A lone `${{ … }}` without its blanks, to tell whether two are the same."""
    return "".join(text.split()).lower()


def _is_idle(text: str, command: shell.Command) -> bool:
    if command.words[0].lower() not in _IDLE:
        return False
    rest = text[command.end : command.end + 3].strip()
    return rest[:1] not in ("|", ">") or rest[:2] == "||"


#: A file that holds a key to log in with, by its name.
_PEM = (
    r">\s{0,9}[\"']?(?:\S{0,200}\.(?:pem|ppk|key)|\S{0,200}id_(?:rsa|dsa|ecdsa|ed25519)"
    r"|\S{0,200}\.ssh/\S{1,200}?)(?=[\s\"'|;&]|\Z)"
)
_LONGEST_LINE = 2000  # characters


def _writes_pem(text: str, command: shell.Command) -> bool:
    """Whether the command's line writes a key of SSH: what `AWS_KEY` may be, too."""
    end = text.find("\n", command.end)
    line = text[command.start : len(text) if end < 0 else end][:_LONGEST_LINE]
    return ">" in line and re.search(_PEM, line) is not None


def _is_comment(text: str, at: int) -> bool:
    line = text.rfind("\n", max(at - _LONGEST_INDENT, 0), at) + 1
    return text[line:at].lstrip().startswith("#")
