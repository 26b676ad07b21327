"""Which class a key pair belongs to, and at which places it is to be reported."""

from __future__ import annotations

import re
from collections.abc import Callable

from oidc_enforcer import shell
from oidc_enforcer.workflow import aws_calls
from oidc_enforcer.workflow.aws_calls import AwsCall
from oidc_enforcer.workflow.beside import Beside
from oidc_enforcer.workflow.credential_names import CODECOMMIT, SES_SMTP, Half, read_name
from oidc_enforcer.workflow.credentials import LEAVES, Credential, Flavour, Kind, Spot
from oidc_enforcer.workflow.key_literals import LiteralKind, literal_kind
from oidc_enforcer.workflow.known_actions import action_name, known_action
from oidc_enforcer.workflow.model import Action, Step
from oidc_enforcer.workflow.name_words import says_aws, words
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.pairs import Pair, Piece
from oidc_enforcer.workflow.provider import Attribution, Provider, attribute
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.session_tokens import with_token_in_force
from oidc_enforcer.workflow.slots import Slot

_STORED = frozenset({Source.SECRET, Source.VARIABLE})
_REAL = frozenset({LiteralKind.ACCESS_KEY_ID, LiteralKind.SECRET_LIKE, LiteralKind.BEDROCK})


def credential(
    pair: Pair,
    scene: Scene,
    around: Beside,
    calls: tuple[AwsCall, ...],
    *,
    step: Step | None,
    sink: str,
    proven: bool = False,
) -> Credential | None:
    """The pair as a credential of the job, None when it holds nothing or is nobody's key."""
    pair = with_token_in_force(pair, around.variables, scene, step)
    whose = _whose(pair, scene, around, calls, step=step, sink=sink, proven=proven)
    kind, evidence = _kind(pair, whose, scene)
    if kind is None:
        return None
    entries, uses = _places(pair, scene)
    file, at, _ = entries[0]
    job, step = scene.where(file, at, step)
    return Credential(
        kind,
        file,
        at,
        _source(pair),
        step,
        job,
        _flavour(pair),
        pair,
        tuple(entries[1:]),
        tuple(uses),
        evidence,
        pair.first.slot.name or sink,
        leaves=_leaves(pair, step, sink),
        is_literal=kind is Kind.STATIC and _is_literal(pair),
        whose=whose,
    )


def _whose(
    pair: Pair,
    scene: Scene,
    around: Beside,
    calls: tuple[AwsCall, ...],
    *,
    step: Step | None,
    sink: str,
    proven: bool,
) -> Attribution:
    """Whose keys these are; what the action that takes them tells counts with the rest."""
    action = ""
    if sink == "with" and step is not None and step.uses is not None:
        action = action_name(step.uses.value.text)
        proven = proven or bool(action and _is_of_aws(action, step, pair))
    if step is not None:
        calls = aws_calls.of_inputs(step) or calls
    return attribute(
        pair,
        around,
        calls,
        proven=proven,
        action=action,
        is_own=step is not None and step.run is not None and _is_of_script(pair),
        follow=_follower(pair, scene),
    )


def _is_of_script(pair: Pair) -> bool:
    """Whether a pair in a step's `env` or its script is gone when the script ends."""
    setting = pair.first.slot.setting
    return setting is None or setting.sink in shell.OF_SCRIPT


def _follower(pair: Pair, scene: Scene) -> Callable[[str], str]:
    """What gives an endpoint's text where it is an input or a variable of the matrix."""
    first = pair.first.slot

    def follow(endpoint: str) -> str:
        if "inputs." not in endpoint and "matrix." not in endpoint:
            return endpoint
        slot = Slot("endpoint", endpoint, first.file, first.scalar, 0, 0)
        origins = scene.resolve(slot) if len(slot.template.parts) == 1 else ()
        literals = {o.text if o.source is Source.LITERAL else "" for o in origins}
        return literals.pop() or endpoint if len(literals) == 1 else endpoint

    return follow


_MOST_INPUTS = 100  # that are looked at for each pair of an action


def _is_of_aws(action: str, step: Step, pair: Pair) -> bool:
    """Whether an action's keys are AWS's unless an endpoint says otherwise.

    So they are where somebody looked it up, where the action is named after AWS, or where another
    of its inputs is (`aws-region`).
    """
    known = known_action(action)
    if known is not None:
        return not any(step.inputs.text(hint).strip() for hint in known.hints)
    own = {found.slot.name for found in pair.pieces}
    others = (item.name for item in step.inputs.items[:_MOST_INPUTS] if item.name not in own)
    return says_aws(action) or any(says_aws(name) for name in others)


def _leaves(pair: Pair, step: Step | None, sink: str) -> str:
    """Where the key goes when it leaves the job, "" when it stays."""
    slot = pair.first.slot
    if sink == "run" and slot.setting is not None and slot.setting.sink in LEAVES:
        return LEAVES[slot.setting.sink]
    if step is None or step.uses is None:
        return ""
    is_remote = step.inputs.get("host") is not None and slot.setting is not None
    return LEAVES[shell.Sink.REMOTE] if is_remote else ""


def _kind(pair: Pair, whose: Attribution, scene: Scene) -> tuple[Kind | None, str]:
    """The decision, in the order in which evidence weighs."""
    origins = pair.origins
    if not origins:
        return None, ""
    sources = {origin.source for origin in origins}
    if sources == {Source.LITERAL}:
        if _are_names(pair):
            return None, ""
        kind = _literal_kind(pair)
        if kind is Kind.DUMMY and pair.whole is not None and _is_encoded(pair.whole):
            return Kind.UNKNOWN, "what is encoded in the file is not read"
        is_anybodys = whose.provider is not Provider.AWS and not pair.is_complete
        return (None, "") if kind is Kind.DUMMY and is_anybodys else (kind, "")
    token = pair.session_token.origins if pair.session_token else ()
    if token:
        return _kind_with_token(sources, {origin.source for origin in token}, scene), ""
    if Source.SESSION in sources:
        return Kind.TEMPORARY, ""
    if Source.BROKER in sources:
        return Kind.BROKERED, ""
    if whose.provider is Provider.OTHER:
        return Kind.OTHER_PROVIDER, whose.evidence
    if whose.provider is Provider.LOCAL:
        return Kind.UNKNOWN, f"they only seem to reach {whose.evidence}"
    if _id_is_no_key(pair):
        return Kind.UNKNOWN, "the key id is not one of AWS"
    if whose.provider is Provider.UNKNOWN:
        return (Kind.UNKNOWN, whose.evidence) if pair.is_complete else (None, "")
    if _is_mention(pair):
        return Kind.UNKNOWN, "only this half is in sight, under a name that is no key's"
    return _aws_kind(pair, sources, scene), ""


_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{40,2000}")


def _is_encoded(whole: Piece) -> bool:
    """Whether a literal may be a credentials file in Base64 or the like."""
    return any(_ENCODED.fullmatch("".join(origin.text.split())) for origin in whole.origins)


def _are_names(pair: Pair) -> bool:
    """Whether a command is told just the names of the variables that hold the key."""
    setting = pair.first.slot.setting
    if setting is None or setting.sink is not shell.Sink.FLAG:
        return False
    return all(o.text.isupper() and read_name(o.text) is not None for o in pair.origins)


def _aws_kind(pair: Pair, sources: set[Source], scene: Scene) -> Kind | None:
    """The class of a pair that is certainly AWS's and has no session token."""
    if sources & _STORED:
        return Kind.STATIC
    if Source.STORE in sources:
        return Kind.EXTERNAL_STORE
    if Source.INPUT in sources:
        return Kind.PASS_THROUGH if _has_callers(scene) else Kind.STATIC
    if any(literal_kind(o.text) is LiteralKind.ACCESS_KEY_ID for o in pair.origins):
        return Kind.STATIC
    return Kind.UNKNOWN if pair.is_complete else None


def _is_mention(pair: Pair) -> bool:
    """A lone value named after no key and fed by what may be one: a test for it, an SSH key.

    A secret access key by its full name is one, wherever it goes.
    """
    if pair.is_complete or not all(found.is_renamed for found in pair.pieces):
        return False
    fed = [words(origin.word) for origin in pair.origins]
    halves = {named.half for origin in pair.origins if (named := read_name(origin.word))}
    is_full = any("secret" in word and "access" in word for word in fed)
    return not is_full and not {Half.ID, Half.SECRET} <= halves


def _has_callers(scene: Scene) -> bool:
    """Inputs of an action or a reusable workflow come from a caller; others from a person."""
    return isinstance(scene.owner, Action) or scene.owner.is_reusable


def _kind_with_token(halves: set[Source], token: set[Source], scene: Scene) -> Kind:
    """A session token beside the pair: temporary, whoever made it, or typed it in.

    Where the pair is stored and nobody knows what the token is, it may be empty, and AWS's tools
    then use the pair by itself.
    """
    sources = halves | token
    # NOTE: a session's token goes with the keys of that session alone.
    if halves <= _STORED and not token <= _STORED:
        return Kind.STATIC
    if Source.BROKER in sources:
        return Kind.BROKERED
    if Source.SESSION in sources:
        return Kind.TEMPORARY
    if sources <= _STORED:
        return Kind.STORED_TEMPORARY
    if Source.INPUT in halves and _has_callers(scene):
        return Kind.PASS_THROUGH
    return Kind.TEMPORARY


def _is_literal(pair: Pair) -> bool:
    """Whether a half of a real key stands in the text."""
    return any(
        origin.source is Source.LITERAL and literal_kind(origin.text) in _REAL
        for origin in pair.origins
    )


def _literal_kind(pair: Pair) -> Kind:
    kinds = {literal_kind(origin.text) for origin in pair.origins}
    if kinds & {LiteralKind.ACCESS_KEY_ID, LiteralKind.BEDROCK}:
        return Kind.STATIC
    if LiteralKind.TEMPORARY_KEY_ID in kinds:
        return Kind.TEMPORARY
    if LiteralKind.SECRET_LIKE in kinds and pair.key_id is None:
        return Kind.STATIC
    return Kind.DUMMY


def _id_is_no_key(pair: Pair) -> bool:
    """A literal key id that AWS never issues, beside a stored secret."""
    found = pair.key_id.origins if pair.key_id else ()
    return bool(found) and all(
        o.source is Source.LITERAL and literal_kind(o.text) is LiteralKind.DUMMY for o in found
    )


_BY_SERVER = {SES_SMTP: Flavour.SES_SMTP, CODECOMMIT: Flavour.CODECOMMIT}


def _flavour(pair: Pair) -> Flavour:
    if pair.whole is None:
        return _BY_SERVER.get(pair.stem, Flavour.ACCESS_KEY)
    name = pair.whole.slot.name.upper()
    if "BEDROCK" in name or "BEARER" in name:
        return Flavour.BEDROCK
    return Flavour.FILE


def _source(pair: Pair) -> str:
    """What messages name: the references read, never a value."""
    seen: dict[str, None] = {}
    for origin in pair.origins:
        seen[f"`{origin.reference}`" if origin.reference else _UNNAMED[origin.source]] = None
    return " and ".join(list(seen)[:2])


_UNNAMED = {
    Source.SECRET: "a secret",
    Source.VARIABLE: "a variable",
    Source.INPUT: "an input",
    Source.LITERAL: "a literal in the file",
    Source.STORE: "a secret store",
    Source.SESSION: "a temporary session",
    Source.BROKER: "a credential broker",
    Source.UNKNOWN: "a value that is not in the file",
}


def _places(pair: Pair, scene: Scene) -> tuple[list[Spot], list[Spot]]:
    """Where the pair enters, first half first, and where it is only handed on."""
    entries: list[Spot] = []
    uses: list[Spot] = []
    for found in (*pair.pieces, *pair.repeats):
        direct = [o for o in found.origins if o.slot.is_elsewhere or _same(o.slot, found.slot)]
        if direct or not found.origins:
            entries += _spots(found.slot, found, direct)
            continue
        entries += (_spot(origin.slot, found) for origin in found.origins[:4])
        uses.append(_spot(found.slot, found))
    unique = list(dict.fromkeys(entries))
    # NOTE: what the caller's file gives is reported there, not in the action that takes it.
    unique.sort(key=lambda spot: spot.file is not scene.outermost_file)
    return unique, uses


def _same(one: Slot, other: Slot) -> bool:
    return one.scalar is other.scalar and one.start == other.start


def _spots(slot: Slot, found: Piece, origins: list[Origin]) -> list[Spot]:
    """The slot as a whole, or in a value of several lines just the references."""
    name = slot.name or found.named.half.value
    spans = slot.spans_of({origin.reference for origin in origins})
    return [Spot(slot.file, span, name) for span in spans[:4]] or [_spot(slot, found)]


def _spot(slot: Slot, found: Piece) -> Spot:
    return Spot(slot.file, slot.span, slot.name or found.named.half.value)
