"""Whose keys these are: AWS's, or those of a store that speaks the same protocol."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow import name_words
from oidc_enforcer.workflow import object_stores as stores
from oidc_enforcer.workflow.aws_calls import STORE_SERVICES, AwsCall
from oidc_enforcer.workflow.beside import Beside, command_words, endpoints, tells_of
from oidc_enforcer.workflow.name_words import words
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.session_tokens import ASKS_STS, KEY_VARIABLES
from oidc_enforcer.workflow.slots import Slot


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
    beside = beside._replace(tells=tells_of(pair, beside))
    explicit = _explicit_provider(pair, beside, action)
    if explicit is not None:
        return explicit
    # NOTE: who calls a service that only AWS has is with AWS, whatever `CF` or `OSS` stands for.
    uses_aws = any(call.service not in STORE_SERVICES and not call.endpoint for call in calls)
    if action == ASKS_STS:
        # NOTE: it takes no endpoint, and stops when STS of AWS does not know the keys.
        beside = beside._replace(tells=tuple(t for t in beside.tells if not _is_endpoint(*t)))
    pointed = endpoints(pair, beside, calls, follow, uses_aws=uses_aws)
    told = _by_endpoint(pointed)
    if told is None and not (uses_aws and is_own and pair.first.slot.name in KEY_VARIABLES):
        told = _by_name(pair, pointed, uses_aws=uses_aws)
    # NOTE: a call of the AWS CLI without an endpoint goes to AWS, whatever it finds as a region.
    is_unpointed = any(not call.endpoint for call in calls) and not pointed
    if told is not None and is_own and is_unpointed and _is_only_named(pair):
        return Attribution(Provider.UNKNOWN, f"{told.evidence}, while its commands go to AWS")
    if told is None and not proven and not is_unpointed:
        told = _by_region(pair, beside)
    if told is not None:
        return told
    if pointed:
        return Attribution(Provider.UNKNOWN, "its endpoint is not in the file", is_told=True)
    if proven or _says_aws(pair):
        return Attribution(Provider.AWS, "", is_told=uses_aws or bool(proven and action))
    return Attribution(Provider.UNKNOWN, "nothing says whose keys these are")


def _says_aws(pair: Pair) -> bool:
    """Whether names say that the pair is AWS's: its own, or that of the program that takes it."""
    program = command_words(pair)[0]
    # NOTE: what the AWS CLI itself is handed in options is some application's.
    is_of_aws = name_words.says_aws(program) and program != "aws"
    return is_of_aws or any(piece.says_aws for piece in pair.pieces)


def _is_endpoint(name: str, _: Slot) -> bool:
    return stores.is_endpoint_name(name)


def _is_only_named(pair: Pair) -> bool:
    """Whether AWS's tools take the pair and nothing in the file speaks of an endpoint."""
    first = pair.first.slot
    return first.name in KEY_VARIABLES and "endpoint" not in first.file.text.lower()


def _by_endpoint(pointed: list[str]) -> Attribution | None:
    """By the first endpoint that is known."""
    for endpoint in pointed:
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
    words = command_words(pair)
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


_SHORTEST_TELLING = 3  # characters: a secret called `B2` is just the second of some


def _by_name(pair: Pair, pointed: list[str], *, uses_aws: bool) -> Attribution | None:
    """By a store's name in that of the pair, of what feeds it, or of its endpoint."""
    found = next(filter(None, _providers_named(pair, pointed, uses_aws=uses_aws)), None)
    return Attribution(Provider.OTHER, f"{found}, by its name") if found else None


def _providers_named(pair: Pair, pointed: list[str], *, uses_aws: bool) -> Iterator[str | None]:
    for piece in pair.pieces:
        yield piece.named.provider or stores.provider_of_name(piece.slot.name)
    for origin in pair.origins:
        if len(origin.word) >= _SHORTEST_TELLING:
            yield stores.provider_of_name(f"aws_{origin.word}" if uses_aws else origin.word)
    for endpoint in pointed:
        for word in endpoint.replace(".", " ").replace("{", " ").replace("}", " ").split():
            yield stores.provider_of_name(word)
