"""Which program a command really runs: behind `sudo`, `poetry run`, `docker exec` and so on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell.patterns import Pattern

_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh"})
_CODE = {"node": "node", "bun": "node", "ruby": "ruby", "perl": "perl"}
_POWERSHELLS = frozenset({"pwsh", "powershell"})
CONTAINER_TOOLS = frozenset({"docker", "podman", "nerdctl", "docker-compose"})
_ASSIGNMENT = Pattern(r"[A-Za-z_]\w*=")
_OPTION_E = Pattern(r"-[dit]*[cew]\Z")


class Wrapper(NamedTuple):
    """How a program that runs another one is called.

    `options` take a value of their own, `positionals` stand before the program, `verbs` must come
    first if there are any, `dashes` means that the program stands behind `--` where there is one.
    """

    options: frozenset[str] = frozenset()
    positionals: int = 0
    verbs: frozenset[str] = frozenset()
    dashes: bool = False


def _wrapper(options: str = "", positionals: int = 0, verbs: str = "") -> Wrapper:
    return Wrapper(frozenset(options.split()), positionals, frozenset(verbs.split()), bool(verbs))


_RUN = _wrapper("-n --name -p --prefix --with --python --group --extra -C -f -c -e --env", 0, "run")
_EXEC = _wrapper("--package -p --prefix -C --filter -w", 0, "exec dlx x run")
_WRAPPERS: dict[str, Wrapper] = {
    "sudo": _wrapper("-u -g -h -p -C -r -t -U --user --group"),
    "doas": _wrapper("-u"),
    "env": _wrapper("-u -C --unset --chdir"),
    "time": _wrapper("-f -o"),
    "command": _wrapper(),
    "exec": _wrapper("-a"),
    "builtin": _wrapper(),
    "nohup": _wrapper(),
    "nice": _wrapper("-n"),
    "ionice": _wrapper("-c -n"),
    "timeout": _wrapper("-k -s --kill-after --signal", 1),
    "stdbuf": _wrapper("-i -o -e"),
    "setsid": _wrapper(),
    "unbuffer": _wrapper(),
    "xargs": _wrapper("-n -I -P -L -d -a -s -E"),
    "sshpass": _wrapper("-p -f -d -P"),
    "chroot": _wrapper("", 1),
    "npx": _wrapper("-p --package"),
    "bunx": _wrapper(),
    "uvx": _wrapper("--from --with --python"),
    "poetry": _RUN,
    "pipenv": _RUN,
    "pdm": _RUN,
    "uv": _RUN,
    "rye": _RUN,
    "hatch": _RUN,
    "pixi": _RUN,
    "conda": _RUN,
    "mamba": _RUN,
    "micromamba": _RUN,
    "pipx": _wrapper("--spec --python", 0, "run"),
    "npm": _EXEC,
    "pnpm": _EXEC,
    "yarn": _EXEC,
    "bun": _EXEC,
    "bundle": _wrapper("", 0, "exec"),
    "direnv": _wrapper("", 1, "exec"),
    "doppler": _wrapper("-p -c -t --project --config --token", 0, "run"),
    "infisical": _wrapper("--env --path --projectId --token", 0, "run"),
    "op": _wrapper("--env-file --account", 0, "run"),
    "teller": _wrapper("-c", 0, "run"),
    "chamber": _wrapper("-b --backend", 1, "exec"),
    "aws-vault": _wrapper("-d --duration --region --backend", 1, "exec"),
    "saml2aws": _wrapper("-a --idp-account --profile -p", 0, "exec"),
    "aws2-wrap": _wrapper("--profile"),
    "dotenv": _wrapper("-f -e --file", 0, "run"),
}
# docs.docker.com/reference/cli/docker/container/run: options that take no value.
_DOCKER_FLAGS = frozenset(
    [
        "-d",
        "-i",
        "-t",
        "-P",
        "-q",
        "-T",
        "--rm",
        "--detach",
        "--interactive",
        "--tty",
        "--init",
        "--privileged",
        "--read-only",
        "--quiet",
        "--publish-all",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--sig-proxy",
        "--disable-content-trust",
        "--no-TTY",
        "--no-deps",
        "--service-ports",
        "--use-aliases",
        "--build",
        "--replace",
        "--help",
        "--all",
    ]
)
_DOCKER_VERBS = frozenset({"run", "exec", "create"})
_AWS_FLAGS = frozenset(
    [
        "--debug",
        "--no-verify-ssl",
        "--no-paginate",
        "--no-sign-request",
        "--no-cli-pager",
        "--version",
        "--no-cli-auto-prompt",
        "--cli-auto-prompt",
        "--no-include-email",
    ]
)
# ssh(1): options that take a value.
_SSH_OPTIONS = frozenset("BbcDEeFIiJLlmOoPpQRSWw")


def program(word: str) -> str:
    """The bare name of a program: `/usr/bin/aws` and `aws.exe` are `aws`."""
    if word.isalnum():
        return word
    name = word.rsplit("/", 1)[-1].rsplit("\\", 1)[-1]
    return name.removesuffix(".exe").removesuffix(".cmd")


def programs(words: Sequence[str]) -> Sequence[int]:
    """The places at which a program's name stands, the outermost first; at most ten.

    The image or container of `docker run` and `docker exec` counts as one, since words behind it
    may be options of its entry point as well as a command.
    """
    first = words[0]
    if first.isalnum() and first not in _WRAPPERS and first not in CONTAINER_TOOLS:
        return (0,)
    return tuple(_programs(words))


def _programs(words: Sequence[str]) -> Iterator[int]:
    at, image = 0, -1
    for _ in range(10):
        if not 0 <= at < len(words):
            return
        yield at
        if at == image:
            at += 1
            continue
        name = program(words[at])
        if name in CONTAINER_TOOLS:
            at = image = container_image(words, at)
        else:
            at = _behind(words, at, name)


def _behind(words: Sequence[str], at: int, name: str) -> int:
    wrapper = _WRAPPERS.get(name)
    if wrapper is None:
        return -1
    at += 1
    if wrapper.verbs:
        while at < len(words) and words[at].startswith("-"):
            at += 1 + (words[at] in wrapper.options)
        if at >= len(words) or words[at] not in wrapper.verbs:
            return -1
        at += 1
        dashes = _index(words, "--", at)
        if wrapper.dashes and dashes >= 0:
            return dashes + 1
    return _skip(words, at, wrapper, lookup=name == "command")


def _skip(words: Sequence[str], at: int, wrapper: Wrapper, *, lookup: bool) -> int:
    left = wrapper.positionals
    while at < len(words):
        word = words[at]
        if word.startswith("-") and word != "-":
            if lookup and word in ("-v", "-V"):
                return -1
            at += 1 + (word in wrapper.options)
        elif _ASSIGNMENT.match(word):
            at += 1
        elif left:
            left -= 1
            at += 1
        else:
            return at
    return -1


def _index(words: Sequence[str], word: str, at: int) -> int:
    try:
        return words.index(word, at)
    except ValueError:
        return -1


def container_verb(words: Sequence[str], at: int) -> int:
    """Where `run`, `exec` or `create` of a container tool stands, or -1."""
    for place in range(at + 1, min(at + 8, len(words))):
        if words[place] in _DOCKER_VERBS:
            return place
    return -1


def container_image(words: Sequence[str], at: int) -> int:
    """Where the image or container of `docker run` or `exec` stands; -1 if it is neither."""
    verb = container_verb(words, at)
    if verb < 0:
        return -1
    place = verb + 1
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        takes_none = "=" in word or word in _DOCKER_FLAGS or _all_flags(word)
        place += 1 if takes_none else 2
    return place


def _all_flags(word: str) -> bool:
    if word.startswith("--") or len(word) < 3:
        return False
    # `-it` takes no value, `-eNAME=V` and `-p80:80` bring their own, `-ite` takes the next word.
    return not _OPTION_E.match(word)


def ssh_host(words: Sequence[str], at: int) -> int:
    """Where the host stands in the words of an `ssh` command, or their number if nowhere."""
    place = at + 1
    while place < len(words) and words[place].startswith("-"):
        word = words[place]
        place += 2 if len(word) == 2 and word[1] in _SSH_OPTIONS else 1
    return place


def shell_of(name: str) -> str:
    """The dialect that a program reads as its script, or nothing."""
    if name in _SHELLS:
        return name
    if name in _POWERSHELLS:
        return "pwsh"
    return "python" if name.startswith("python") else _CODE.get(name, "")


def aws_arguments(words: Sequence[str], at: int) -> tuple[list[int], dict[str, str]]:
    """The places of an AWS CLI command's arguments, and the values of its options."""
    places: list[int] = []
    options: dict[str, str] = {}
    index = at + 1
    while index < len(words):
        word = words[index]
        name, equals, value = word.partition("=")
        if not word.startswith("--"):
            places.append(index)
        elif equals:
            options[name] = value
        elif word not in _AWS_FLAGS and index + 1 < len(words):
            index += 1
            options[word] = words[index]
        index += 1
    return places, options
