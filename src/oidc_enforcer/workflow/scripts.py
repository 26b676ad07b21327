"""What the scripts of steps do: their settings, their AWS calls, the tools they use, read once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from oidc_enforcer import shell
from oidc_enforcer.workflow import handed_over
from oidc_enforcer.workflow.credential_names import read_name
from oidc_enforcer.workflow.model import Step, Variable
from oidc_enforcer.workflow.object_stores import AWS_PROVIDER, LOCAL_PROVIDER, provider_of_endpoint

#: Services of the AWS CLI that stores of other providers speak, too.
STORE_SERVICES = frozenset({"s3", "s3api"})


class AwsCall(NamedTuple):
    """One command of the AWS CLI: its service, and the endpoint it is pointed at, if any."""

    service: str
    endpoint: str | None


class Deeds(NamedTuple):
    """A script, the AWS CLI commands among its own that talk to a service, and its tools.

    `variables` are the settings that a later line of the script can read back, by their names.
    """

    script: shell.Script
    calls: tuple[AwsCall, ...]
    tools: tuple[shell.Use, ...]
    variables: Mapping[str, tuple[shell.Setting, ...]]

    def last_setting(self, name: str, before: int) -> shell.Setting | None:
        """The setting of a variable that is in force at an offset of the script."""
        found = self.variables.get(name, ())
        at = bisect_left(found, before, key=lambda setting: setting.start)
        return found[at - 1] if at else None


NOTHING = Deeds(shell.Script((), ()), (), (), {})
_READ_BACK = frozenset({shell.Sink.VARIABLE, shell.Sink.EXPORTED})
#: A script without any of these words sets no credential, logs nobody in and calls no AWS.
#: `key` covers keyid, access_key and key-id; `cred` covers credentials files.
_WORDS = (
    *(
        "aws",
        "key",
        "cred",
        "id_token",
        "idtoken",
        "saml",
        "vault",
        "alias",
        "token",
        "github_env",
        "github_output",
        "set-env",
        "set-output",
    ),
    *("endpoint", "s3:", "granted", "assume ", "leapp"),
)


@lru_cache(maxsize=512)
def _read(text: str, dialect: str) -> Deeds:
    script = shell.read(text, dialect)
    tools = shell.tools(script)
    if not any(use.tool is shell.Tool.ID_TOKEN_REQUEST for use in tools):
        tools = (*tools, *islice(shell.token_reads(text), 1))
    calls = [_aws_call(command.words) for command in script.commands]
    calls += (_store_call(use) for use in tools)
    calls += (_restic_call(command.words) for command in script.commands)
    if more := tuple(handed_over.settings(text, dialect, script)):
        together = sorted((*script.settings, *more), key=_start)
        script = script._replace(settings=tuple(together))
    variables: dict[str, list[shell.Setting]] = {}
    for setting in script.settings:
        if setting.sink in _READ_BACK:
            variables.setdefault(setting.name, []).append(setting)
    return Deeds(
        script,
        tuple(call for call in calls if call is not None),
        tools,
        {name: tuple(found) for name, found in variables.items()},
    )


def _start(setting: shell.Setting) -> int:
    return setting.start


@lru_cache(maxsize=512)
def read_script(text: str, dialect: str) -> Deeds:
    """Reads a script when it holds a word that could matter; readings are remembered."""
    folded = text.lower()
    if not any(map(folded.__contains__, _WORDS)):
        return NOTHING
    return _read(text, dialect)


def of_step(step: Step) -> Deeds:
    """What the step's `run:` does with credentials; nothing when no word of it could matter."""
    if step.run is None:
        return NOTHING
    return read_script(step.run.text, step.shell or "bash")


def in_full(step: Step) -> Deeds:
    """The step's script in full, for when somebody asks for a name that it may set."""
    if step.run is None:
        return NOTHING
    return _read(step.run.text, step.shell or "bash")


# -- scripts in inputs -----------------------------------------------------------------------------


def of_inputs(step: Step) -> Iterator[tuple[Variable, Deeds]]:
    """Inputs that hold a script, arguments or `NAME=value` lines, and what they set.

    Which they are is told by their text: more than one expression or word stands in them.
    """
    is_javascript = step.uses is not None and step.uses.is_action("actions/github-script")
    for item in step.inputs:
        text = item.value.text
        if is_javascript and item.name == "script":
            yield item, read_script(text, "javascript")
        elif " " in text.strip() and _is_more_than_an_expression(item):
            yield item, _of_text(item.name.lower(), text)


def of_options(text: str) -> Deeds:
    """What a container's `options:` hand to it: they are those of `docker create`."""
    return _wrapped("docker run ", text.replace("\n", " "), " image")


def _of_text(name: str, text: str) -> Deeds:
    if name in ("build-args", "build_args", "buildargs"):
        return _as_lines(text, shell.Sink.BUILD_ARG)
    if text.startswith("-c "):  # arguments of a shell, which is the entry point
        read = _wrapped("sh ", text, "")
    elif text.startswith("-"):  # arguments, perhaps one a line
        read = _wrapped("program ", text.replace("\n", " "), "")
    else:
        read = read_script(text, "bash")
    if any(read_name(s.name) for s in read.script.settings if s.group != handed_over.NO_GROUP):
        return read
    lines = _as_lines(text, shell.Sink.FILE)
    return lines if any(read_name(s.name) for s in lines.script.settings) else read


def _as_lines(text: str, sink: shell.Sink) -> Deeds:
    """The text read as a file's: `NAME=value`, `name: value`, JSON; also quoted as a whole."""
    bare = "\n".join(f" {line[1:-1]} " if _is_quoted(line) else line for line in text.split("\n"))
    deeds = _wrapped("cat > file <<'\x01'\n", bare, "\n\x01\n")
    return deeds._replace(
        script=deeds.script._replace(
            settings=tuple(setting._replace(sink=sink) for setting in deeds.script.settings)
        )
    )


def _is_quoted(line: str) -> bool:
    return len(line) > 1 and line[0] in "\"'" and line[-1] == line[0]


def _wrapped(before: str, text: str, after: str) -> Deeds:
    """What the text means between two others, with offsets of its own."""
    deeds = read_script(before + text + after, "bash")
    shift = len(before)
    settings = tuple(
        s._replace(
            start=s.start - shift,
            end=s.end - shift,
            value_start=s.value_start - shift,
            value_end=s.value_end - shift,
        )
        for s in deeds.script.settings
        if s.start >= shift
    )
    commands = tuple(
        c._replace(start=max(c.start - shift, 0), end=c.end - shift)
        for c in deeds.script.commands
        if c.end > shift
    )
    tools = tuple(
        use._replace(start=max(use.start - shift, 0), end=use.end - shift) for use in deeds.tools
    )
    return Deeds(shell.Script(settings, commands), deeds.calls, tools, {})


def _is_more_than_an_expression(item: Variable) -> bool:
    return any(isinstance(part, str) and part.strip() for part in item.template.parts)


# -- calls -----------------------------------------------------------------------------------------


def _store_call(use: shell.Use) -> AwsCall | None:
    """A command, not of the AWS CLI, that is pointed at an object store's own address.

    An address that nobody knows, or one on the runner, may be anything's.
    """
    if use.tool is not shell.Tool.ENDPOINT:
        return None
    provider = provider_of_endpoint(use.value)
    if provider is None or provider in (AWS_PROVIDER, LOCAL_PROVIDER):
        return None
    return AwsCall("s3", use.value)


def calls_in_inputs(step: Step) -> tuple[AwsCall, ...]:
    """The endpoints in options that an action hands to a program: `args: --endpoint-url …`."""
    texts = (item.value.text for item in step.inputs)
    return tuple(call for text in texts if "--endpoint" in text for call in _pointed(text))


@lru_cache(maxsize=64)
def _pointed(text: str) -> tuple[AwsCall, ...]:
    words = text.split()
    pairs = zip(words, (*words[1:], ""), strict=True)
    options = ((word, following) for word, following in pairs if word.startswith("--endpoint"))
    return tuple(AwsCall("s3", word.partition("=")[2] or following) for word, following in options)


def _restic_call(words: tuple[str, ...]) -> AwsCall | None:
    """`restic -r s3:host/bucket`."""
    found = (w for w in words if w.startswith("s3:") and not w.startswith("s3://"))
    return next((AwsCall("s3", word) for word in found), None) if "restic" in words[:3] else None


_NOT_SERVICES = frozenset({"configure", "help", "sso", "login", "--version", "--help", ""})
#: The AWS CLI's global options that take a value in the next word.
_VALUED = frozenset(
    """--profile --region --output --query --color --ca-bundle --cli-read-timeout
    --cli-connect-timeout --endpoint-url""".split()
)


def _aws_call(words: tuple[str, ...]) -> AwsCall | None:
    at = next((i for i, word in enumerate(words[:5]) if word == "aws" or word.endswith("/aws")), -1)
    if at < 0:
        return None
    endpoint: str | None = None
    service = ""
    rest = iter(words[at + 1 :])
    for word in rest:
        if word.startswith("--endpoint-url="):
            endpoint = word.partition("=")[2]
        elif word == "--endpoint-url":
            endpoint = next(rest, "")
        elif word in _VALUED:
            next(rest, "")
        elif not word.startswith("-") and not service:
            service = word
    if service in _NOT_SERVICES:
        return None
    return AwsCall(service, endpoint)
