"""Whose keys these are: AWS's, or those of a store that speaks the same protocol."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator

from oidc_enforcer import shell
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow import name_words
from oidc_enforcer.workflow import object_stores as stores
from oidc_enforcer.workflow.aws_calls import (
    IGNORES_ENDPOINTS,
    STORE_SERVICES,
    AwsCall,
    endpoints_in_call,
    says_true,
)
from oidc_enforcer.workflow.layers import View, may_tell
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.session_tokens import ASKS_STS, KEY_VARIABLES
from oidc_enforcer.workflow.slots import Slot, of_setting


class Provider(enum.Enum):
    """The verdict on a pair."""

    AWS = "aws"
    OTHER = "other"
    LOCAL = "local"  # an endpoint on the runner itself: MinIO, LocalStack
    UNKNOWN = "unknown"


class Attribution(NamedTuple):
    """The verdict and the evidence for it, as a clause for messages.

    `is_told`: by an endpoint or a service, which say more than names do.
    """

    provider: Provider
    evidence: str
    is_told: bool = False


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


def _tells_of(pair: Pair, beside: Beside) -> tuple[tuple[str, Slot], ...]:
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


def attribute(
    pair: Pair,
    beside: Beside,
    calls: tuple[AwsCall, ...],
    *,
    proven: bool = False,
    action: str = "",
    is_own: bool = False,
    follow: Callable[[str], str] = str,
) -> Attribution:
    """Decides whose keys the pair holds, from the strongest evidence to the weakest.

    `calls` are the AWS CLI commands that use the pair; where they are its `own`, no other key is
    theirs. `proven` says that the place itself belongs to AWS; `action` is the name of the action
    that takes the pair; `follow` puts the value of an input in the place of its name.
    """
    beside = beside._replace(tells=_tells_of(pair, beside))
    explicit = _explicit_provider(pair, beside, action)
    if explicit is not None:
        return explicit
    command = _command_words(pair)
    says_aws = any(piece.says_aws for piece in pair.pieces)
    # NOTE: who calls a service that only AWS has is with AWS, whatever `CF` or `OSS` stands for.
    uses_aws = any(call.service not in STORE_SERVICES and not call.endpoint for call in calls)
    if action == ASKS_STS:
        # NOTE: it takes no endpoint, and stops when STS of AWS does not know the keys.
        beside = beside._replace(tells=tuple(t for t in beside.tells if not _is_endpoint(*t)))
    endpoints = [
        *map(follow, _endpoints(pair, beside, calls, uses_aws=uses_aws)),
        *_hosts(command, says_aws=says_aws),
        *_in_call(pair),
    ]
    told = _by_endpoint(endpoints)
    if told is None and not (uses_aws and is_own and pair.first.slot.name in KEY_VARIABLES):
        told = _by_name(pair, endpoints, uses_aws=uses_aws)
    # NOTE: a call of the AWS CLI without an endpoint goes to AWS, whatever it finds as a region.
    is_unpointed = any(not call.endpoint for call in calls) and not endpoints
    if told is not None and is_own and is_unpointed and _is_only_named(pair):
        return Attribution(Provider.UNKNOWN, f"{told.evidence}, while its commands go to AWS")
    if told is None and not proven and not is_unpointed:
        told = _by_region(pair, beside)
    if told is not None:
        return told
    if endpoints:
        return Attribution(Provider.UNKNOWN, "its endpoint is not in the file", is_told=True)
    # NOTE: what the AWS CLI itself is handed in options is some application's.
    is_of_aws = name_words.says_aws(command[0]) and command[0] != "aws"
    if proven or says_aws or is_of_aws:
        return Attribution(Provider.AWS, "", is_told=uses_aws or bool(proven and action))
    return Attribution(Provider.UNKNOWN, "nothing says whose keys these are")


def _is_endpoint(name: str, _: Slot) -> bool:
    return stores.is_endpoint_name(name)


def _is_only_named(pair: Pair) -> bool:
    """Whether AWS's tools take the pair and nothing in the file speaks of an endpoint."""
    first = pair.first.slot
    return first.name in KEY_VARIABLES and "endpoint" not in first.file.text.lower()


def _by_endpoint(endpoints: list[str]) -> Attribution | None:
    """By the first endpoint that is known."""
    for endpoint in endpoints:
        known = stores.provider_of_endpoint(endpoint)
        if known == stores.AWS_PROVIDER:
            return Attribution(Provider.AWS, f"endpoint `{endpoint}`", is_told=True)
        if known == stores.LOCAL_PROVIDER:
            return Attribution(Provider.LOCAL, f"endpoint `{endpoint}`", is_told=True)
        if known is not None:
            return Attribution(Provider.OTHER, f"{known}, by its endpoint", is_told=True)
    return None


#: Beside `region`: words that leave it that of AWS's own variables.
_OF_ANY_REGION = frozenset({"aws", "default", "s3"})


def _by_region(pair: Pair, beside: Beside) -> Attribution | None:
    """By a region that only another provider has, under a name of AWS's or akin to the pair's."""
    akin = _OF_ANY_REGION.union(pair.stem.lower().split("_"))
    for name, slot in beside.tells:
        parts = frozenset(words(name))
        if "region" not in parts or not akin.issuperset(parts - {"region"}):
            continue
        region = slot.value.strip()
        if provider := stores.provider_of_region(region):
            return Attribution(Provider.OTHER, f"{provider}, by region `{region}`")
    return None


def _explicit_provider(pair: Pair, beside: Beside, action: str) -> Attribution | None:
    """What says in so many words whose keys they are.

    A `provider:` input, rclone's `RCLONE_CONFIG_<remote>_PROVIDER` or `provider=…`, a switch such
    as `use-wasabi: true`, or the action's own name.
    """
    for name, slot in beside.tells:
        folded = name.lower()
        value = slot.value.strip()
        if (folded == "provider" and (action or slot.setting is not None)) or (
            folded.endswith("_provider") and folded.removesuffix("_provider") == pair.stem.lower()
        ):
            said = _said_provider(value, f"its `{name}`")
            if said is not None:
                return said
        elif action and value == "true" and (known := stores.provider_of_name(name)):
            return Attribution(Provider.OTHER, f"{known}, by its `{name}`")
    words = _command_words(pair)
    for word, following in zip(words, (*words[1:], ""), strict=True):
        name, _, value = word.partition("=")
        if name == "provider":
            said = _said_provider(value or following, "its `provider`")
            if said is not None:
                return said
    # NOTE: beside `AWS` a short word such as `do` or `oss` in the action's name says nothing.
    says_aws = any(piece.says_aws for piece in pair.pieces)
    known = stores.provider_of_name(f"aws/{action}" if says_aws else action)
    return Attribution(Provider.OTHER, f"{known}, by the action's name") if known else None


def _said_provider(value: str, where: str) -> Attribution | None:
    if value.lower() in ("aws", "amazon"):
        return Attribution(Provider.AWS, f"provider `{value}`", is_told=True)
    # NOTE: rclone calls a store that it has no name for `Other`.
    known = "another store" if value.lower() == "other" else stores.provider_of_name(value)
    return Attribution(Provider.OTHER, f"{known}, by {where}", is_told=True) if known else None


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


def _command_words(pair: Pair) -> tuple[str, ...]:
    """The words of that command; one empty word where there is none."""
    command = _command(pair)
    return command.words[:_MOST_WORDS] if command is not None else ("",)


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


def _endpoints(
    pair: Pair, beside: Beside, calls: tuple[AwsCall, ...], *, uses_aws: bool
) -> Iterator[str]:
    """The endpoints that this very pair is used with, variables replaced by their values.

    Those of other stores say nothing where the pair `uses_aws` for another service.
    """
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


_SHORTEST_TELLING = 3  # characters: a secret called `B2` is just the second of some


def _by_name(pair: Pair, endpoints: list[str], *, uses_aws: bool) -> Attribution | None:
    """By a store's name in that of the pair, of what feeds it, or of its endpoint."""
    found = next(filter(None, _providers_named(pair, endpoints, uses_aws=uses_aws)), None)
    return Attribution(Provider.OTHER, f"{found}, by its name") if found else None


def _providers_named(pair: Pair, endpoints: list[str], *, uses_aws: bool) -> Iterator[str | None]:
    for piece in pair.pieces:
        yield piece.named.provider or stores.provider_of_name(piece.slot.name)
    for origin in pair.origins:
        if len(origin.word) >= _SHORTEST_TELLING:
            yield stores.provider_of_name(f"aws_{origin.word}" if uses_aws else origin.word)
    for endpoint in endpoints:
        for word in endpoint.replace(".", " ").replace("{", " ").replace("}", " ").split():
            yield stores.provider_of_name(word)
