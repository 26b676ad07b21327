"""What stands beside a pair and may tell whose it is: settings in reach, and its endpoints."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator

from oidc_enforcer import shell
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow import object_stores as stores
from oidc_enforcer.workflow.aws_calls import (
    IGNORES_ENDPOINTS,
    AwsCall,
    endpoints_in_call,
    says_true,
)
from oidc_enforcer.workflow.layers import View, may_tell
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.slots import Slot, of_setting


class Beside(NamedTuple):
    """What stands beside a pair or is visible where it is used: `tells` may say whose it is."""

    tells: tuple[tuple[str, Slot], ...]
    variables: View


def look_around(variables: View, removed: Collection[str] = ()) -> Beside:
    """Picks, once for all pairs of a scope, the variables that tell something about a pair.

    `removed` are those that a script takes out of the environment before it uses the pair.
    """
    told = variables.telling
    ignores = variables.find(IGNORES_ENDPOINTS) if told else None
    if ignores is not None and says_true(ignores.value):
        told = tuple(one for one in told if not one[0].startswith("AWS_ENDPOINT_URL"))
    return Beside(tuple(one for one in told if not _is_gone(*one, removed)), variables)


def _is_gone(name: str, slot: Slot, removed: Collection[str]) -> bool:
    lasts = slot.setting is None or slot.setting.sink is shell.Sink.GITHUB_ENV
    return lasts and name in removed


_MOST_NEIGHBOURS = 50  # settings of a script that are looked at on either side of a pair


def tells_of(pair: Pair, beside: Beside) -> tuple[tuple[str, Slot], ...]:
    """What tells about this pair: another file's or profile's settings do not."""
    setting, deeds = pair.first.slot.setting, pair.first.slot.deeds
    if setting is None or deeds is None or not setting.sink.is_by_group:
        return beside.tells
    outer = [
        (name, slot)
        for name, slot in beside.tells
        if slot.setting is None or not slot.setting.sink.is_by_group
    ]
    settings, first = deeds.script.settings, pair.first.slot
    at = bisect_right(settings, setting.start, key=lambda found: found.start)
    around = settings[max(at - _MOST_NEIGHBOURS, 0) : at + _MOST_NEIGHBOURS]
    near = (s for s in around if s.group == setting.group and s.value)
    own = [(s.name, of_setting(first.file, first.scalar, s, deeds)) for s in near]
    return (*outer, *((name, slot) for name, slot in own if may_tell(name, slot)))


_MOST_NESTED = 10  # commands that are looked through for the one around a place
_MOST_WORDS = 200  # of a command that are looked at for each of its pairs


def _command(pair: Pair) -> shell.Command | None:
    """The command that is given the pair as options."""
    slot = pair.first.slot
    setting, deeds = slot.setting, slot.deeds
    if setting is None or deeds is None or setting.sink is not shell.Sink.FLAG:
        return None
    commands, place = deeds.script.commands, setting.start
    at = bisect_right(commands, place, key=lambda command: command.start)
    around = reversed(commands[max(at - _MOST_NESTED, 0) : at])
    return next((command for command in around if place < command.end), None)


def command_words(pair: Pair) -> tuple[str, ...]:
    """The words of that command; one empty word where there is none."""
    command = _command(pair)
    return command.words[:_MOST_WORDS] if command is not None else ("",)


def endpoints(
    pair: Pair,
    beside: Beside,
    calls: tuple[AwsCall, ...],
    follow: Callable[[str], str],
    *,
    uses_aws: bool,
) -> list[str]:
    """All endpoints that the pair is used with, those that say most first.

    `calls` are the AWS CLI commands that use it; `follow` puts the value of an input in the place
    of its name. Those of other stores say nothing where the pair `uses_aws` for another service.
    """
    says_aws = any(piece.says_aws for piece in pair.pieces)
    return [
        *map(follow, _pointed_at(pair, beside, calls, uses_aws=uses_aws)),
        *_hosts(command_words(pair), says_aws=says_aws),
        *_in_call(pair),
    ]


def _in_call(pair: Pair) -> Iterator[str]:
    """Endpoints that a program's code gives in the very call to which it gives the pair."""
    command = _command(pair)
    if command is not None:
        yield from endpoints_in_call(pair.first.slot.scalar.text, command)


def _hosts(words: tuple[str, ...], *, says_aws: bool) -> Iterator[str]:
    """Hosts of object stores among the words of a command.

    One on the runner may be anything's, unless the word says that it is an endpoint.
    """
    for word in words[1:]:
        value = word.rpartition("=")[2]
        known = stores.provider_of_endpoint(value) if "." in value or ":" in value else None
        if known == stores.LOCAL_PROVIDER and ("://" not in value or says_aws):
            known = known if "endpoint" in word else None
        if known is not None:
            yield value


def _pointed_at(
    pair: Pair, beside: Beside, calls: tuple[AwsCall, ...], *, uses_aws: bool
) -> Iterator[str]:
    """Those of its calls and of variables, which are replaced by their values."""
    pointed = [_expand(call.endpoint, beside.variables) for call in calls if call.endpoint]
    yield from (
        each for each in pointed if stores.provider_of_endpoint(each) == stores.AWS_PROVIDER
    )
    bound = False
    for name, slot in beside.tells:
        stem = stores.endpoint_stem(name)
        if stem is None or not slot.value.strip() or (uses_aws and "s3" in name.lower()):
            continue
        if stem.lower() in ("", pair.stem.lower()):
            endpoint = _expand(slot.value.strip(), beside.variables)
            known = stores.provider_of_endpoint(endpoint)
            if uses_aws and known not in _HAVE_SERVICES:
                continue
            bound = True
            yield endpoint
    # NOTE: one call without an endpoint proves that the keys are AWS's, unless a variable
    # carries an endpoint that this call uses silently.
    if pointed and (bound or len(pointed) == len(calls)):
        yield from pointed


#: Who may answer for other services than stores.
_HAVE_SERVICES = frozenset({stores.AWS_PROVIDER, stores.LOCAL_PROVIDER})


def _expand(endpoint: str, variables: View) -> str:
    """Replaces `$NAME` or `${{ env.NAME }}` by its value, as far as one whole word goes."""
    bare = endpoint.strip("\"'")
    if not bare.startswith("$"):
        return endpoint
    slot = variables.find(bare.removeprefix("$").strip("{} ").removeprefix("env."))
    return slot.value.strip() if slot is not None else endpoint
