"""What simple commands do: the table of programs that this package knows."""

from __future__ import annotations

from collections.abc import Callable

from oidc_enforcer.shell import (
    aws_cli,
    containers,
    edits,
    environment,
    flags,
    github_cli,
    output,
    rereads,
)
from oidc_enforcer.shell.names import has_credential
from oidc_enforcer.shell.programs import CONTAINER_TOOLS, program, programs
from oidc_enforcer.shell.reading import Reading
from oidc_enforcer.shell.simple import Heredoc, Simple

Handler = Callable[[Reading, Simple, int, int], None]


def _eval(reading: Reading, simple: Simple, at: int, group: int) -> None:
    words = reading.words(simple, at + 1)
    if not any(environment.printed_assignments(reading, start, end) for _, start, end in words):
        rereads.evaluated(reading, simple, at)


def _curl(reading: Reading, simple: Simple, at: int, group: int) -> None:
    output.option(reading, simple, at, group)
    flags.curl(reading, simple, at, group)


_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly"), environment.declare),
    "unset": environment.unset,
    "set": environment.shell_options,
    "read": environment.read_names,
    **dict.fromkeys(("cd", "pushd"), environment.change_folder),
    "eval": _eval,
    "aws": aws_cli.aws,
    **dict.fromkeys(CONTAINER_TOOLS, containers.container),
    **dict.fromkeys(("buildah", "earthly", "img"), containers.build),
    **dict.fromkeys(("kubectl", "oc", "k3s", "microk8s"), containers.cluster),
    "helm": containers.helm,
    "gh": github_cli.gh,
    **dict.fromkeys(("sed", "gsed"), edits.sed),
    **dict.fromkeys(("mc", "mcli"), flags.minio),
    **dict.fromkeys(
        ("sh", "bash", "zsh", "dash", "ash", "ksh", "node", "pwsh", "ruby", "perl"),
        rereads.shell_script,
    ),
    **dict.fromkeys(("su", "nix-shell", "nix", "sops"), rereads.switched_user),
    "ssh": rereads.remote,
    "gcloud": rereads.remote_command,
    "tee": output.tee,
    "printf": output.printf_to_variable,
    "dd": output.copied_by_dd,
    **dict.fromkeys(("cp", "mv", "install"), output.copied),
    **dict.fromkeys(("gpg", "openssl", "age", "wget"), output.option),
    "curl": _curl,
}
_NOT_FLAGS = frozenset({"gh", "tee", "helm", "kubectl", "oc", "k3s", "microk8s", *CONTAINER_TOOLS})


def run(reading: Reading) -> None:
    """Files the settings and commands of everything that the reader found."""
    simples = reading.reader.simples
    credentials = has_credential(reading.reader.masked)
    at = 0
    # NOTE: a heredoc's body may add commands while the list is being walked.
    while at < len(simples):
        command(reading, simples[at], flags_too=credentials)
        at += 1


def command(reading: Reading, simple: Simple, *, flags_too: bool) -> None:
    """Files a simple command and what it sets; `flags_too` looks at the options of any program."""
    if simple.script is not None:
        rereads.reread(reading, simple.script, "bash")
        return
    group = reading.sheet.new_group()
    if simple.assignments:
        environment.assignments(reading, simple, group)
    words = simple.texts
    if not words:
        return
    reading.command(simple, group)
    if words[0][:2] == "$(" or words[0][:1] == "`":
        environment.printed_assignments(reading, simple.starts[0], simple.ends[0])
    inner, name, image = 0, "", -1
    for at in programs(words):
        if name in CONTAINER_TOOLS and image < 0:
            image = at
        if name in ("env", "sudo", "doas"):
            environment.prefixes(reading, simple, inner, at, group)
        inner, name = at, program(words[at])
        if reading.reader.folds_case:
            name = name.lower()
        if name in output.PRINTERS and output.matters(reading, simple):
            simple.printed = output.printed(reading, simple, at, name)
        handler = _HANDLERS.get(name) or (
            rereads.shell_script if name.startswith("python") else None
        )
        if handler is not None:
            handler(reading, simple, at, group)
    for source in simple.stdin:
        if isinstance(source, Heredoc) and source.live:
            reading.reader.body(source)
    if "credentials" in words:
        flags.serverless(reading, simple, group)
    if flags_too and name not in _NOT_FLAGS:
        flags.flags(reading, simple, max(image, 0) or inner, group)
    if simple.out is not None or simple.printed:
        output.redirected(reading, simple, group)
