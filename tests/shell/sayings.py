"""Settings written as people would say them, so that a table of scripts can be read."""

from __future__ import annotations

from pathlib import Path

from oidc_enforcer.shell import Setting, read, tools


def say(setting: Setting) -> str:
    """`SINK name=value @target`, without what is empty."""
    value = "" if setting.value is None else f"={setting.value}"
    target = f" @{setting.target}" if setting.target else ""
    return f"{setting.sink.name} {setting.name}{value}{target}"


def sayings(script: str, shell: str = "bash") -> list[str]:
    """All settings of a script."""
    return [say(setting) for setting in read(script, shell).settings]


def commands(script: str, shell: str = "bash") -> list[str]:
    """All commands of a script, their words joined by `|`."""
    return ["|".join(command.words) for command in read(script, shell).commands]


def uses(script: str, shell: str = "bash") -> list[str]:
    """All tools of a script with their values."""
    return [f"{use.tool.name} {use.value}".strip() for use in tools(read(script, shell))]


def cases(name: str) -> dict[str, tuple[str, list[str]]]:
    """The scripts of a file beside this one, each with the lines expected of it, by name."""
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    found: dict[str, tuple[str, list[str]]] = {}
    for section in text.split("\n=== ")[1:]:
        title, _, rest = section.partition("\n")
        script, _, expected = rest.rpartition("\n---\n")
        found[title] = (script, [line for line in expected.split("\n") if line])
    return found
