"""Options that say which repository this is, and how GitHub mints its subjects.

What is not said is not guessed: no remote of Git is looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oidc_enforcer.cli.commands import Arguments, Option
from oidc_enforcer.cli.parser import suggestion
from oidc_enforcer.config import Config
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer.iam.tokens import Repository

REPO = Option(
    ("--repo",), "the repository whose workflows these are, in GitHub's casing", "OWNER/NAME"
)
REPO_ID = Option(("--repo-id",), "its numeric id", "ID")
OWNER_ID = Option(("--owner-id",), "its owner's numeric id", "ID")
DEFAULT_BRANCH = Option(
    ("--default-branch",), "its default branch (default: main)", "BRANCH", default="main"
)
ENTERPRISE = Option(
    ("--enterprise",), "the slug of the enterprise that it belongs to, as in its URL", "SLUG"
)
ENTERPRISE_ID = Option(("--enterprise-id",), "that enterprise's numeric id", "ID")
ISSUER = Option(
    ("--issuer",),
    "whose tokens it gets, where that is not github.com: the host, and the path if there is one",
    "HOST",
)
SUBJECT_FORM = Option(
    ("--subject-form",),
    "whether its subjects carry ids: classic (they do not) or immutable (default: not known)",
    "FORM",
    ("classic", "immutable"),
)
TEMPLATE = Option(
    ("--template",),
    "the claims that its customised subject is made of, such as repo,context,job_workflow_ref"
    " (default: GitHub's own form)",
    "KEY,KEY...",
)
_ADD = "add `--repo OWNER/NAME`"
#: In the order in which a help lists them.
OPTIONS = (
    REPO,
    *(
        option._replace(needs=("--repo",))
        for option in (
            *(REPO_ID, OWNER_ID, DEFAULT_BRANCH, SUBJECT_FORM, TEMPLATE),
            *(ENTERPRISE, ENTERPRISE_ID, ISSUER),
        )
    ),
)


def repository(arguments: Arguments, config: Config) -> Repository | None:
    """The repository that the arguments name, None where they name none; raises UserError."""
    if not arguments.has("--repo"):
        return None
    from oidc_enforcer.iam.tokens import Repository

    owner, name = full_name(arguments.one("--repo"))
    issuer = _issuer(arguments.one("--issuer"))
    return Repository(
        owner,
        name,
        _number(arguments, OWNER_ID),
        _number(arguments, REPO_ID),
        arguments.one("--default-branch"),
        issuer,
        enterprise=_enterprise(_slug(arguments) or config.enterprise, issuer),
        enterprise_id=_number(arguments, ENTERPRISE_ID) or config.enterprise_id or None,
        immutable_subject=_immutable(arguments, config),
        template=_template(arguments, config),
    )


def refuse_none(arguments: Arguments) -> None:
    """Raises UserError, before anything is read, where no repository is named or not as one is."""
    full_name(arguments.one("--repo"))


def required(arguments: Arguments, config: Config) -> Repository:
    """The repository that the arguments name; raises UserError where they name none."""
    found = repository(arguments, config)
    if found is None:
        raise _none()
    return found


def _none() -> UserError:
    return UserError("no repository", _ADD)


def _immutable(arguments: Arguments, config: Config) -> bool | None:
    form = arguments.one("--subject-form")
    return form == "immutable" if form else config.immutable_subject


def _template(arguments: Arguments, config: Config) -> tuple[str, ...] | None:
    from oidc_enforcer.iam.stages import TEMPLATE_KEYS
    from oidc_enforcer.iam.tokens import PROPERTY

    text = arguments.one("--template")
    if not text:
        return config.subject_template
    keys = tuple(key.strip() for key in text.split(","))
    for key in keys:
        if key not in TEMPLATE_KEYS - {PROPERTY} and not key.startswith(PROPERTY):
            known = suggestion(key, sorted(TEMPLATE_KEYS - {PROPERTY}))
            raise UserError(f"`{key}` is no claim that a subject can be made of", known)
    return keys


def full_name(text: str) -> tuple[str, str]:
    """Owner and name; raises UserError."""
    if not text:
        raise _none()
    found = re.fullmatch(r"([A-Za-z0-9_-]{1,39})/([A-Za-z0-9._-]{1,100})", text)
    if found is None:
        raise UserError(f"`{text}` is no repository", "write `--repo OWNER/NAME`")
    return found[1], found[2]


def _number(arguments: Arguments, option: Option) -> str | None:
    text = arguments.one(option.flag)
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,19}", text):
        raise UserError(
            f"{option.flag} must be a number, not `{text}`", _WHERE_IDS_ARE[option.flag]
        )
    return text


_BOTH_IDS = "`gh api repos/OWNER/NAME --jq '.id, .owner.id'` prints both ids"
_WHERE_IDS_ARE = {
    REPO_ID.flag: _BOTH_IDS,
    OWNER_ID.flag: _BOTH_IDS,
    ENTERPRISE_ID.flag: "a token's claim `enterprise_id` has it",
}


def _enterprise(told: str, issuer: str | None) -> str | None:
    """The enterprise's slug, as somebody has told it or as it stands behind the issuer's host."""
    from oidc_enforcer.iam.issuers import github_issuer

    known = github_issuer(issuer) if issuer else None
    slug = known.slug if known else None
    if told and slug and told.lower() != slug:
        raise UserError(
            f"the enterprise is `{told}`, and `--issuer` is `{slug}`'s",
            f"write `--issuer token.actions.githubusercontent.com/{told}`",
        )
    return told or slug


def _slug(arguments: Arguments) -> str:
    text = arguments.one(ENTERPRISE.flag)
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", text):
        raise UserError(
            f"`{text}` is no slug of an enterprise",
            "write what stands behind `/enterprises/` in its URL, such as `acme-inc`",
        )
    return text


def _issuer(text: str) -> str | None:
    """The issuer's URL without `https://`; None where nobody has said."""
    from oidc_enforcer.iam.issuers import github_issuer

    if not text:
        return None
    name = text.removeprefix("https://").rstrip("/")
    if github_issuer(name) is None:
        raise UserError(
            f"`{text}` is no issuer of GitHub's",
            "write `token.actions.githubusercontent.com`, with an enterprise's slug behind it if it"
            " has its own issuer, `token.actions.SUBDOMAIN.ghe.com` or `HOST/_services/token`",
        )
    return name
