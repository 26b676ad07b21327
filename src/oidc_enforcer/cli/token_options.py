"""Options that give a token to be put to a policy: claim by claim, or a file with a whole one."""

from __future__ import annotations

from base64 import urlsafe_b64decode

from oidc_enforcer import files
from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.errors import UserError
from oidc_enforcer.trust import Asked

CLAIM = Option(
    ("--claim",),
    "a claim of a token, such as sub=repo:acme/app:pull_request: say whether the token gets in,"
    " and why; may be given several times, other claims are then unknown",
    "NAME=VALUE",
    repeats=True,
)
TOKEN = Option(
    ("--token",),
    "a file with a whole token, decoded (JSON) or as it was issued; - for standard input",
    "FILE",
)
OPTIONS = (CLAIM, TOKEN)
_DECODED = "give the token's claims as JSON, or the token itself"
_MOST_BYTES = 1024 * 1024


def asked(arguments: Arguments) -> tuple[Asked, ...]:
    """The token that was given, if any; raises UserError for one that cannot be read."""
    claims = arguments.all(CLAIM.flag)
    if arguments.has(TOKEN.flag):
        if claims:
            raise UserError("--claim and --token exclude each other", "give one of them")
        return (Asked(_whole(arguments.one(TOKEN.flag)), True),)
    return (Asked(_listed(claims), False),) if claims else ()


def _listed(claims: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for claim in claims:
        name, equals, value = claim.partition("=")
        if not equals or not name:
            raise UserError(f"`{claim}` is no claim", "write `--claim sub=repo:OWNER/NAME:…`")
        _known(name)
        if name in found:
            raise UserError(f"the claim `{name}` is given twice", "put one token at a time")
        found[name] = value
    return found


def _known(name: str) -> None:
    """Raises UserError for a name that no claim of GitHub's has: it would say nothing."""
    from oidc_enforcer.cli.parser import suggestion
    from oidc_enforcer.iam.tokens import CLAIMS, PROPERTY

    if name in CLAIMS or (name.startswith(PROPERTY) and name != PROPERTY):
        return
    key = name.rpartition(":")[2]
    near = f"write `--claim {key}=…`" if key in CLAIMS else suggestion(key, sorted(CLAIMS))
    raise UserError(f"GitHub's tokens have no claim `{name}`", near)


def _whole(path: str) -> dict[str, str]:
    data = files.read_stdin(_MOST_BYTES) if path == "-" else files.read(path)
    name = "standard input" if path == "-" else f"`{path}`"
    try:
        text = data.decode("utf-8-sig").strip()
    except ValueError:
        text = ""
    if len(data) > _MOST_BYTES or not text:
        raise UserError(f"{name} holds no token", _DECODED)
    # NOTE: nothing of a token that does not decode is repeated; it may still be valid.
    claims = _members(text) if text.startswith("{") else _members(_payload(text))
    if claims is None:
        raise UserError(f"{name} holds no token", _DECODED)
    found = {
        claim: _text(name, claim, value) for claim, value in claims.items() if value is not None
    }
    for claim in ("sub", "aud"):
        if claim not in found:
            raise UserError(
                f"{name} has no claim `{claim}`: STS refuses such a token before any policy is"
                " looked at",
                "give the whole token, or the claims that you know by `--claim NAME=VALUE`",
            )
    return found


def _payload(token: str) -> str:
    """The claims of a token as it was issued; its signature is not looked at."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        return urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode("utf-8")
    except ValueError:
        return ""


def _members(text: str) -> dict[str, object] | None:
    from oidc_enforcer.iam.json_text import JsonError, read

    try:
        value = read(text).value
    except JsonError:
        return None
    if isinstance(value, dict):
        for wrapped in ("payload", "claims"):
            inner = value.get(wrapped)
            if isinstance(inner, dict) and "sub" not in value:
                return dict(inner)
        return dict(value)
    return None


def _text(name: str, claim: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return str(value)
    raise UserError(
        f"{name}: the claim `{claim}` is no single text",
        "AWS maps claims of one value; take this one out",
    )
