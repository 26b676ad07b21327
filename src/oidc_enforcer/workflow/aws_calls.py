"""Calls of AWS's services and of stores that speak their protocol, and where they are pointed."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from oidc_enforcer import shell
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.object_stores import (
    AWS_PROVIDER,
    LOCAL_PROVIDER,
    endpoint_stem,
    is_endpoint_name,
    provider_of_endpoint,
)
from oidc_enforcer.workflow.variables import NO_VARIABLES

_STORES = frozenset({"s3", "aws"})
_OF_STORES = _STORES | {"rclone"}
#: Services of the AWS CLI that stores of other providers speak, too.
STORE_SERVICES = frozenset({"s3", "s3api"})
#: With it AWS's tools take no endpoint from the environment or from a file; an option still counts
#: (docs.aws.amazon.com/sdkref, "Service-specific endpoints").
IGNORES_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


#: The variables that they then ignore.
ENDPOINTS = frozenset({"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"})


def says_true(text: str) -> bool:
    """Whether a switch of AWS's tools is on, or may be."""
    return text.strip().strip("\"'").lower() not in ("", "false")


#: The setting of a variable that is in force at an offset of a script, if it has one.
LastSetting = Callable[[str, int], "shell.Setting | None"]


class AwsCall(NamedTuple):
    """One command of the AWS CLI: its service, and the endpoint it is pointed at, if any.

    `group` is that of the command in its script, and of the variables that stand before it.
    """

    service: str
    endpoint: str | None
    group: int = -1

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is pointed at another provider's store for sure, or at the runner itself."""
        known = provider_of_endpoint(self.endpoint) if self.endpoint else None
        return known is not None and known != AWS_PROVIDER


def of_script(
    text: str, script: shell.Script, tools: Iterable[shell.Use], last: LastSetting
) -> Iterator[AwsCall]:
    """The calls among a script's own commands; variables that it sets itself are followed."""
    ends: dict[int, int] = {}
    for command in script.commands:
        call = _aws_call(command.words)
        if call is not None:
            ends[command.start] = command.end
            yield _located(call, command.start, last)._replace(group=command.group)
    starts = sorted(ends)
    for use in tools:
        if use.tool in (shell.Tool.ENDPOINT, shell.Tool.STORE_ENDPOINT):
            at = bisect_right(starts, use.start) - 1
            if at >= 0 and use.start < ends[starts[at]]:
                continue  # the option of a call that is told already
            endpoint = _followed(use.value, use.start, last)
            if use.tool is shell.Tool.STORE_ENDPOINT or _is_of_store(endpoint):
                yield AwsCall("s3", endpoint)
    for command in script.commands:
        yield from _restic_call(command.words)
        yield from _code_call(text, command)


def _located(call: AwsCall, at: int, last: LastSetting) -> AwsCall:
    """The call with the endpoint that the script has said before it."""
    if call.endpoint:
        return call._replace(endpoint=_followed(call.endpoint, at, last))
    ignores = last(IGNORES_ENDPOINTS, at)
    if ignores is not None and says_true(ignores.value or ""):
        return call
    names = ["AWS_ENDPOINT_URL"]
    if call.service in STORE_SERVICES:
        names.insert(0, "AWS_ENDPOINT_URL_S3")
    for name in names:
        setting = last(name, at)
        if setting is not None and setting.value:
            return call._replace(endpoint=setting.value)
    return call


def _followed(endpoint: str, at: int, last: LastSetting) -> str:
    """What a variable of the script holds, where the endpoint is nothing but this variable."""
    bare = endpoint.strip("\"'")
    if not bare.startswith("$") or bare.startswith("${{"):
        return endpoint
    setting = last(bare[1:].strip("{}"), at)
    return setting.value if setting is not None and setting.value else endpoint


def _is_of_store(endpoint: str) -> bool:
    """Whether an address is an object store's own; one that nobody knows may be anything's."""
    return provider_of_endpoint(endpoint) not in (None, AWS_PROVIDER, LOCAL_PROVIDER)


def _restic_call(command: tuple[str, ...]) -> Iterator[AwsCall]:
    """`restic -r s3:host/bucket`."""
    if "restic" in command[:3]:
        found = (w for w in command if w.startswith("s3:") and not w.startswith("s3://"))
        yield from (AwsCall("s3", word) for word in list(found)[:1])


_LONGEST_CALL = 4000  # characters
#: An argument of a function: `endpoint_url='…'` of Python, `endpoint: '…'` of JavaScript.
_ARGUMENT = r"\b([\w-]{0,40}endpoint[\w-]{0,20})[\"']?\s{0,5}[:=]\s{0,5}([^\s,)}]{1,300})"
#: What stands there where no endpoint is given.
_NOTHING = frozenset({"None", "null", "undefined", ""})


def endpoints_in_call(text: str, command: shell.Command) -> Iterator[str]:
    """Endpoints among the arguments of a call in Python or JavaScript."""
    call = text[command.start : command.end][:_LONGEST_CALL]
    for found in re.finditer(_ARGUMENT, call) if "endpoint" in call else ():
        name, value = found[1], found[2].strip("\"'`")
        if is_endpoint_name(name) and value not in _NOTHING:
            yield value


def _code_call(text: str, command: shell.Command) -> Iterator[AwsCall]:
    """A client of an object store that a program makes: `boto3.client("s3", endpoint_url=…)`."""
    if command.ends and text[command.ends[0] : command.ends[0] + 1] == "(":
        found = endpoints_in_call(text, command)
        yield from (AwsCall("s3", endpoint) for endpoint in found if _is_of_store(endpoint))


_NOT_SERVICES = frozenset({"configure", "help", "sso", "login", "--version", "--help", ""})
#: The AWS CLI's global options that take a value in the next word.
_VALUED = frozenset(
    """--profile --region --output --query --color --ca-bundle --cli-read-timeout
    --cli-connect-timeout --endpoint-url""".split()
)


def _aws_call(command: tuple[str, ...]) -> AwsCall | None:
    first = enumerate(command[:5])
    at = next((i for i, word in first if word == "aws" or word.endswith("/aws")), -1)
    if at < 0:
        return _program_call(command)
    endpoint: str | None = None
    service = ""
    rest = iter(command[at + 1 :])
    for word in rest:
        if word.startswith("--endpoint-url="):
            endpoint = word.partition("=")[2]
        elif word == "--endpoint-url":
            endpoint = next(rest, "")
        elif word in _VALUED:
            next(rest, "")
        elif not word.startswith("-") and not service:
            service = word
    # NOTE: what is public is had without credentials.
    if service in _NOT_SERVICES or "--no-sign-request" in command:
        return None
    return AwsCall(service, endpoint)


#: Programs that speak to AWS and to nobody else when they do one of these; the service that they
#: ask for it.
_PROGRAMS = {
    "cdk": "cloudformation",
    "sam": "cloudformation",
    "eksctl": "eks",
    "copilot": "ecs",
    "ecs-cli": "ecs",
    "eb": "elasticbeanstalk",
}
_DEEDS = frozenset("deploy destroy bootstrap delete sync create upgrade scale compose".split())


def _program_call(command: tuple[str, ...]) -> AwsCall | None:
    """`cdk deploy`, `eksctl create cluster` and the like, also behind `npx`."""
    for word, following in itertools.pairwise(command[:5]):
        if word in _PROGRAMS and not _DEEDS.isdisjoint((following, *command[2:4])):
            return AwsCall(_PROGRAMS[word], None)
    return None


def tells_owner(name: str, value: str) -> bool:
    """Whether a variable that a script sets may say whose keys its environment holds.

    What a script calls `ENDPOINT`, `REGION` or `PROVIDER` may be anything's.
    """
    folded = name.lower()
    if not any(word in folded for word in ("endpoint", "region", "provider")):
        return True
    if not _OF_STORES.isdisjoint(words(name)):
        return True
    return endpoint_stem(name) is not None and _is_of_store(value)


# -- in inputs -------------------------------------------------------------------------------------


def of_inputs(step: Step) -> tuple[AwsCall, ...]:
    """The stores to which an action is pointed: `endpoint: …`, `args: --endpoint-url …`."""
    if step.inputs is NO_VARIABLES or "ndpoint" not in step.inputs.folded:
        return ()
    found: list[AwsCall] = []
    for item in step.inputs.items:
        text = item.value.text
        if "--endpoint" in text:
            found += _pointed(text)
        elif "ndpoint" in item.name and _names_store(item.name, text.strip(), step):
            found.append(AwsCall("s3", text.strip()))
    return tuple(found)


def _names_store(name: str, text: str, step: Step) -> bool:
    """Whether an action's input is the endpoint of an object store, and not that of some API."""
    if endpoint_stem(name) != "" or not text:
        return False
    if _is_of_store(text) or not _STORES.isdisjoint(words(name)):
        return True
    return any("bucket" in item.name.lower() for item in step.inputs.items)


@lru_cache(maxsize=64)
def _pointed(text: str) -> tuple[AwsCall, ...]:
    given = text.split()
    pairs = zip(given, (*given[1:], ""), strict=True)
    options = ((word, following) for word, following in pairs if word.startswith("--endpoint"))
    return tuple(AwsCall("s3", word.partition("=")[2] or following) for word, following in options)
