"""Scripts inside scripts: `bash -c "…"`, `ssh host '…'`, a heredoc fed to a shell."""

from __future__ import annotations

import re

from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import (
    CONTAINER_TOOLS,
    container_image,
    program,
    shell_of,
    ssh_host,
)
from oidc_enforcer.shell.reading import CONTAINER, Reading
from oidc_enforcer.shell.simple import Simple
from oidc_enforcer.shell.text import Text

MAX_LEVEL = 3
_SCRIPT_OPTION = {
    "python": Pattern(r"-c\Z"),
    "ruby": Pattern(r"-e\Z"),
    "perl": Pattern(r"-\w{0,3}[eE]\Z"),
    "node": Pattern(r"-[ep]\Z|--eval\Z|--print\Z"),
    "pwsh": Pattern(r"-c\Z|-command\Z", re.IGNORECASE),
}
_SHELL_OPTION = Pattern(r"-[A-Za-z]*c\Z")


def reread(reading: Reading, text: Text, shell: str, host: str = "") -> None:
    """Reads `text` as a script of its own and files what is in it, at its place in this one."""
    if reading.level >= MAX_LEVEL or not text.length:
        return
    from oidc_enforcer.shell.dialects import read_into

    sheet = reading.sheet
    sheet.has_nested = True
    settings, commands = len(sheet.settings), len(sheet.commands)
    read_into(text.revived(), text.plain, shell, sheet, host or reading.host, reading.level + 1)
    for index in range(settings, len(sheet.settings)):
        setting = sheet.settings[index]
        start, end = text.span(setting.start, setting.end)
        if setting.value_start < setting.value_end:
            value_start, value_end = text.span(setting.value_start, setting.value_end)
        else:
            value_start = value_end = end
        # What the quoting hides from this shell, it is the other machine's that expands it.
        live = not host or text.is_live(setting.value_start, setting.value_end)
        sheet.settings[index] = setting._replace(
            start=start,
            end=end,
            value_start=value_start,
            value_end=value_end,
            expands=setting.expands and live,
        )
    for index in range(commands, len(sheet.commands)):
        command = sheet.commands[index]
        spans = [text.span(*span) for span in zip(command.starts, command.ends, strict=True)]
        sheet.commands[index] = command._replace(
            start=spans[0][0],
            end=max(text.span(command.start, command.end)[1], spans[-1][1]),
            starts=tuple(span[0] for span in spans),
            ends=tuple(span[1] for span in spans),
        )


def shell_script(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """A shell or interpreter that is given its script as an option or on stdin."""
    words = simple.texts
    shell = shell_of(program(words[at])) or "bash"
    tool = next((i for i in range(at) if program(words[i]) in CONTAINER_TOOLS), -1)
    host = CONTAINER + words[min(container_image(words, tool), at)] if tool >= 0 else ""
    option = _SCRIPT_OPTION.get(shell, _SHELL_OPTION)
    index = at + 1
    while index < len(words) and words[index].startswith("-") and words[index] != "-":
        if option.match(words[index]):
            if index + 1 < len(words):
                script = reading.reader.text(simple.starts[index + 1], simple.ends[index + 1])
                reread(reading, script, shell, host)
            return
        index += 1
    if index == len(words) or words[index] == "-" or "-s" in words[at + 1 : index]:
        for text in reading.texts(simple):
            reread(reading, text, shell, host)


def switched_user(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`su user -c "…"`, `nix-shell --run "…"`, `sops exec-env FILE "…"`."""
    words = simple.texts
    for index in range(at + 1, len(words) - 1):
        if words[index] in ("-c", "--command", "--run"):
            if program(words[at]) == "nix":
                script = joined(reading, simple, index + 1)
            else:
                script = reading.reader.text(simple.starts[index + 1], simple.ends[index + 1])
            reread(reading, script, "bash")
            return
    if words[at + 1 : at + 2] == ["exec-env"] or program(words[at]) == "su":
        texts = list(reading.texts(simple))
        if program(words[at]) == "sops" and len(words) > at + 3:
            texts = [reading.reader.text(simple.starts[-1], simple.ends[-1])]
        for text in texts:
            reread(reading, text, "bash")


def remote(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """The command line, or the heredoc, that `ssh` runs on another machine."""
    words = simple.texts
    place = ssh_host(words, at)
    if place >= len(words):
        return
    host = words[place]
    if place + 1 < len(words):
        reread(reading, joined(reading, simple, place + 1), "bash", host)
        inner = program(words[place + 1])
        if inner != "sudo" and not shell_of(inner):
            return
    for text in reading.texts(simple):
        reread(reading, text, "bash", host)


def remote_command(reading: Reading, simple: Simple, at: int, group: int) -> None:
    """`gcloud compute ssh HOST --command "…"`."""
    words = simple.texts
    if "ssh" not in words[at + 1 : at + 4]:
        return
    host = next((w for w in words[words.index("ssh", at) + 1 :] if w[:1] != "-"), "")
    for index in range(at + 1, len(words)):
        text = reading.reader.text(simple.starts[index], simple.ends[index])
        if words[index].startswith("--command="):
            script = Text()
            script.extend(text, len("--command="))
            reread(reading, script, "bash", host)
        elif words[index - 1] == "--command":
            reread(reading, text, "bash", host)


def evaluated(reading: Reading, simple: Simple, at: int) -> None:
    """`eval "…"`."""
    if at + 1 < len(simple.texts):
        reread(reading, joined(reading, simple, at + 1), "bash")


def joined(reading: Reading, simple: Simple, at: int) -> Text:
    """The words from `at` on as one text, as `ssh` and `eval` join them."""
    text = Text()
    for index in range(at, len(simple.texts)):
        if text.length:
            text.add(" ", " ", simple.starts[index] - 1)
        text.extend(reading.reader.text(simple.starts[index], simple.ends[index]))
    return text
