"""Which role stands in for a key: the one that is named, one that is there, or a new variable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.config import Config
from oidc_enforcer.errors import UserError
from oidc_enforcer.expression import template
from oidc_enforcer.expression.tree import Expression, Reference
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.workflow import configure_aws
from oidc_enforcer.workflow.model import Action, Step, Workflow
from oidc_enforcer.workflow.origins import Origin
from oidc_enforcer.workflow.pairs import Pair

#: What the variable is called that holds the role's ARN, where nothing says otherwise.
VARIABLE = "AWS_ROLE_ARN"
_KEY_WORDS = re.compile(
    r"api[-_]?key|(?:secret[-_]?)?access[-_]?key(?:[-_]?id)?|(?:secret[-_]?)?key[-_]?(?:id|secret)"
    r"|(?:access|secret)[-_]?key|accesskey(?:id)?|(?<![a-z])(?:usr|psw|key|creds?|credentials?)(?![a-z])",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?:secrets|vars|inputs|env|matrix)\.[A-Za-z_][\w-]*")


class RoleValue(NamedTuple):
    """What `role-to-assume` is given; what must exist first, and why it may not fit."""

    text: str
    requires: str
    doubt: str = ""


def chosen(wanted: str) -> str:
    """`--role` as a value: a reference in its braces, an ARN as it is; raises UserError."""
    if _REFERENCE.fullmatch(wanted):
        return f"${{{{ {wanted} }}}}"
    if wanted.startswith("${{") and wanted.endswith("}}"):
        inner = wanted[3:-2].strip()
        if _REFERENCE.fullmatch(inner):
            return f"${{{{ {inner} }}}}"
    role = RoleArn.parse(wanted)
    if role is None:
        raise UserError(
            f"`{wanted}` is neither a role's ARN nor a reference to one",
            "write `arn:aws:iam::123456789012:role/NAME`, `vars.NAME` or `secrets.NAME`",
        )
    return str(role)


def role_name(key: str) -> str:
    """The variable of the role instead of a key: `X_AWS_ACCESS_KEY_ID` -> `X_AWS_ROLE_ARN`.

    A name that has no word for a key in it stays whole, so that different keys get different roles:
    `SITE_USER` -> `SITE_USER_AWS_ROLE_ARN`.
    """
    found = _KEY_WORDS.search(key)
    before, after = (key[: found.start()], key[found.end() :]) if found else (f"{key}_", "")
    word = "ROLE_ARN" if "aws" in (before + after).lower() else VARIABLE
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{before}{word}{after}").strip("_").upper()


def for_pair(pair: Pair, content: Workflow | Action, config: Config, choices: Choices) -> RoleValue:
    """The role for a pair whose step names none."""
    key = _shown(pair)
    if choices.role:
        text = chosen(choices.role)
        return RoleValue(text, _fitting(text, key))
    configured = [name for name in config.roles if _REFERENCE.fullmatch(name)]
    if len(configured) == 1:
        text = f"${{{{ {configured[0]} }}}}"
        return RoleValue(text, _fitting(text, key))
    derived = _derived(pair)
    existing = _existing(content, derived)
    if existing is not None:
        return RoleValue(existing, _fitting(existing, key))
    return RoleValue(derived.text, _created(derived.text, key), derived.doubt)


def for_text(text: str) -> RoleValue | None:
    """The role for a key by the expression that gives it, None where nothing tells a name."""
    derived = _of_text(text)
    if derived is None:
        return None
    stored = next((f"`{flow.dotted}`" for flow in template(text).reads), "the key")
    return RoleValue(derived.text, _created(derived.text, stored))


def _created(text: str, key: str) -> str:
    """What a role that nothing names yet takes."""
    return (
        f"create a role that this repository may assume and that may do what {key} may,"
        f" and put its ARN into {_named(text)}"
    )


def _fitting(text: str, key: str) -> str:
    """What a role takes that is named already: one role may stand in for several keys."""
    return f"let this repository assume the role {_named(text)}, and the role do what {key} may"


def _named(text: str) -> str:
    return " and ".join(f"`{flow.dotted}`" for flow in template(text).flows) or f"`{text}`"


def _shown(pair: Pair) -> str:
    names = dict.fromkeys(origin.reference for origin in pair.origins if origin.is_stored)
    return next((f"`{name}`" for name in names), "the key in the file")


class _Derived(NamedTuple):
    text: str
    doubt: str = ""


def _derived(pair: Pair) -> _Derived:
    """The key's own expression with every secret replaced by the variable of its role."""
    for piece in (pair.key_id, pair.secret, pair.whole):
        if piece is None:
            continue
        found = _of_text(piece.slot.value) or _of_parts(piece.slot.value)
        if found is not None:
            return found
        followed = _of_origins(piece.origins)
        if followed is not None:
            return followed
    doubt = f"nothing tells which role stands in for the key: `vars.{VARIABLE}` is a guess"
    return _Derived(f"${{{{ vars.{VARIABLE} }}}}", doubt)


def _of_origins(origins: Iterable[Origin]) -> _Derived | None:
    """Of a value that came by other names: what the one place says at which it enters."""
    entering = {
        (id(origin.slot.scalar), origin.slot.start): origin
        for origin in origins
        if origin.is_stored and not origin.slot.is_elsewhere
    }
    if len(entering) != 1:
        return None
    return _of_text(next(iter(entering.values())).slot.value)


def _of_text(text: str) -> _Derived | None:
    parts = [p for p in template(text.strip()).parts if not isinstance(p, str) or p.strip()]
    if len(parts) != 1 or isinstance(parts[0], str) or not parts[0].flows:
        return None
    expression = parts[0]
    outer = list(_stored(expression.flows))
    if not outer or len(outer) != len(expression.flows):
        return None
    source = template(text.strip()).text
    pieces, at = [], expression.start
    for flow in sorted(outer, key=lambda one: one.start):
        written = _as_variable(flow, source[flow.start : flow.end])
        if written is None or flow.start < at:
            return None
        pieces += [source[at : flow.start], written]
        at = flow.end
    if _FROM_JSON.search(source):
        # NOTE: a role's ARN is no JSON: the role is another variable, not an entry of one.
        [written, *others] = dict.fromkeys(pieces[1::2])
        doubt = "one variable names the role in place of an entry of a JSON text"
        return None if others else _Derived(f"${{{{ {written} }}}}", doubt)
    rewritten = "".join([*pieces, source[at : expression.end]])
    return _Derived(_braced(rewritten, expression))


_FROM_JSON = re.compile(r"\bfromJSON\s*\(\s*(?:secrets|vars)\b", re.IGNORECASE)


def _of_parts(text: str) -> _Derived | None:
    """Of a value that holds more than the key: what its expressions say alike."""
    parts = (part for part in template(text).parts if not isinstance(part, str))
    found = {_of_text(part.source) for part in parts}
    return found.pop() if len(found) == 1 else None


def _braced(rewritten: str, expression: Expression) -> str:
    """With one blank inside of the braces, as most people write it."""
    inner = rewritten[3:-2].strip() if rewritten.startswith("${{") else rewritten
    return f"${{{{ {inner} }}}}" if expression.source.startswith("${{") else rewritten


def _stored(flows: Iterable[Reference]) -> Iterator[Reference]:
    return (flow for flow in flows if flow.context in ("secrets", "vars"))


def _as_variable(flow: Reference, written: str) -> str | None:
    """The reference to a key as one to its role."""
    if len(flow.path) == 2 and flow.name:
        return f"vars.{role_name(flow.name)}"
    head, bracket, rest = written.partition("[")
    if head.strip().lower() not in ("secrets", "vars") or not bracket:
        return None
    changed = _STRING.sub(_in_string, rest)
    return None if changed == rest else f"vars[{changed}"


_STRING = re.compile(r"'[^']*'")


def _in_string(found: re.Match[str]) -> str:
    inner = found.group()[1:-1]
    masked = inner.replace("{", "<").replace("}", ">")
    match = _KEY_WORDS.search(masked)
    if match is None:
        return found.group()
    rest = inner[: match.start()] + inner[match.end() :]
    word = "ROLE_ARN" if "aws" in rest.lower() else VARIABLE
    return f"'{inner[: match.start()]}{word}{inner[match.end() :]}'"


def _existing(content: Workflow | Action, derived: _Derived) -> str | None:
    """A role that the file assumes already and that is called as the key is."""
    wanted = {flow.name for flow in template(derived.text).flows if flow.name}
    for step in steps_of(content):
        if step.uses is None or not step.uses.is_action(configure_aws.NAME):
            continue
        text = step.inputs.text("role-to-assume").strip()
        flows = template(text).flows
        if len(flows) == 1 and len(wanted) == 1 and flows[0].context in ("secrets", "vars"):
            stem = re.sub(
                r"_?(?:ROLE|ARN|TO|ASSUME|AWS|OIDC)(?=_|$)", "", (flows[0].name or "").upper()
            )
            other = re.sub(r"_?(?:ROLE|ARN|AWS)(?=_|$)", "", next(iter(wanted)))
            if stem.strip("_") == other.strip("_"):
                return text
    return None


def steps_of(content: Workflow | Action) -> Iterator[Step]:
    """Every step of a file."""
    if isinstance(content, Action):
        yield from content.steps
        return
    for job in content.jobs:
        yield from job.steps
