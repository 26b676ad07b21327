"""Every setting: its key, what it may hold, what it does, and what "tighter" means for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from oidc_enforcer.config import DEFAULT
from oidc_enforcer.config.entries import Exceptions, Rings
from oidc_enforcer.config.kinds import (
    Flag,
    Kind,
    Levels,
    Roles,
    Shape,
    Shaped,
    Text,
    Whole,
    Word,
    Words,
)
from oidc_enforcer.config.tightening import (
    Fewer,
    Fixed,
    Granted,
    Known,
    Ladder,
    Order,
    Patterns,
    Plans,
    Smaller,
)
from oidc_enforcer.config.tightening import Levels as LevelsOrder
from oidc_enforcer.finding import Severity
from oidc_enforcer.report import AWS_CLASSES


class Setting(NamedTuple):
    """A setting. `help` is one sentence, `example` its value as the documentation shows it."""

    key: str
    kind: Kind
    order: Order
    help: str
    example: str

    @property
    def field(self) -> str:
        """Its name in Config."""
        return self.key.replace("-", "_")

    @property
    def default(self) -> object:
        """Its value where no layer says anything."""
        return getattr(DEFAULT, self.field)


#: What a repository's name, a path and the like are matched by.
_GLOB = Shape(r"[^\x00-\x1f\x7f]+", "a pattern of `*` (any text, `/` too) and `?` (one character)")
_ALLOWED = Shape(
    r"(?:branch|tag|environment|workflow):[^\x00-\x1f\x7f]+|pull-request",
    "`branch:PATTERN`, `tag:PATTERN`, `environment:PATTERN`, `pull-request`, or"
    " `workflow:owner/name/.github/workflows/FILE@REF`",
)
_ACCOUNT = Shape(r"[0-9]{12}", "an AWS account id of 12 digits, in quotes", is_number=True)
_SLUG = Shape(r"[A-Za-z0-9_-]{1,60}", "what stands behind `/enterprises/` in the URL")
_NUMBER = Shape(r"[1-9][0-9]{0,19}", "a number, in quotes")
_NAME = Shape(r"[^\x00-\x1f\x7f]+", "a name")
_CLAIM = Shape(r"[a-z][a-z0-9_]*", "a claim's name, as `repo`, `context` or `job_workflow_ref`")
_REFERENCE = Shape(
    r"(?:secrets|vars|env|inputs)\.[A-Za-z_][A-Za-z0-9_-]*",
    "a reference, as `secrets.DEPLOY_ROLE` or `vars.AWS_ROLE_ARN`",
)
_ROLE = Shape(
    r"arn:aws[a-z0-9-]*:iam::[0-9]{12}:role/[!-~]{1,250}",
    "the role's ARN, as `arn:aws:iam::123456789012:role/deploy`",
)
_OUTAGE = Ladder(("warn", "fail"), "`fail`")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "severities",
        Levels(),
        LevelsOrder("a higher severity, rule by rule"),
        "severity of each rule named: error, warning, note or off; other rules keep their own",
        "{excess-id-token: error, human-login: off}",
    ),
    Setting(
        "fail-on",
        Word(("error", "warning", "note", "never")),
        Ladder(("never", "error", "warning", "note"), "a lower severity: `note` is tightest"),
        "from which severity upwards findings make the check fail",
        "warning",
    ),
    Setting(
        "scope",
        Word(("all", "changed", "new")),
        Ladder(("new", "changed", "all"), "`changed`, `all`"),
        "which findings count: all, those that a file has a part in which a pull request changes,"
        " or those that its base does not have",
        "new",
    ),
    Setting(
        "strict",
        Flag(),
        Ladder((False, True), "`true`"),
        "exit with 3 when anything could not be verified",
        "true",
    ),
    Setting(
        "mode",
        Word(("enforce", "audit")),
        Ladder(("audit", "enforce"), "`enforce`"),
        "audit reports everything and never fails, as ring `observe`; a ring of `rings` goes first",
        "audit",
    ),
    Setting(
        "allowed",
        Words(_ALLOWED),
        Patterns("entries whose every match an earlier entry matches", kinds=True),
        "runs that may use a role; without it (or with `workflow:` alone) the default branch and"
        " the environments that the workflows name; `workflow:` is a file whose jobs may use a role"
        " in every repository of the owner, as `job_workflow_ref` names it",
        '["branch:main", "branch:release/*", "environment:production"]',
    ),
    Setting(
        "allowed-accounts",
        Words(_ACCOUNT),
        Fewer("fewer accounts; none named is any", is_any_empty=True),
        "AWS accounts in which roles may be assumed; none named is any",
        '["123456789012"]',
    ),
    Setting(
        "allowed-credentials",
        Words(_NAME, frozenset, tuple(sorted(AWS_CLASSES | DEFAULT.allowed_credentials))),
        Fewer("fewer classes"),
        "classes of credentials that jobs may use",
        "[oidc, temporary]",
    ),
    Setting(
        "max-key-age",
        Whole(0, 3650),
        Smaller("fewer days"),
        "days after which an AWS key that is stored as a secret has to be replaced; takes a token"
        " that may read the names of secrets",
        "90",
    ),
    Setting(
        "roles",
        Roles(_REFERENCE, _ROLE),
        Known(),
        "the role's ARN behind a secret or variable, which no file tells",
        "{secrets.DEPLOY_ROLE: 'arn:aws:iam::123456789012:role/deploy'}",
    ),
    Setting(
        "subject-template",
        Words(_CLAIM),
        Fixed(),
        "the claims of which GitHub makes this repository's OIDC subjects (`include_claim_keys`)",
        "[repo, context]",
    ),
    Setting(
        "immutable-subject",
        Flag(),
        Fixed(),
        "whether subjects carry the ids of owner and repository",
        "true",
    ),
    Setting(
        "default-workflow-permissions",
        Word(("read", "write")),
        Fixed(""),
        "what GitHub's token may do where a workflow has no `permissions`, as the repository's"
        " settings say (`default_workflow_permissions`); where it is `read`, `fix` writes it out",
        "read",
    ),
    Setting(
        "enterprise",
        Shaped(_SLUG),
        Fixed(""),
        "the slug of the enterprise that owns this repository, as in its URL; tokens of another"
        " enterprise's issuer are then not this repository's",
        "acme-inc",
    ),
    Setting(
        "enterprise-id",
        Shaped(_NUMBER),
        Fixed(""),
        "that enterprise's number, as in the claim `enterprise_id`, in quotes",
        '"77"',
    ),
    Setting(
        "paths-ignore",
        Words(_GLOB),
        Patterns("entries whose every match an earlier entry matches", kinds=False),
        "files that are not judged, as examples and test data; the coverage statement names them",
        "[tests/data/*]",
    ),
    Setting(
        "rings",
        Rings(),
        Plans(),
        "how far the roll-out is, for groups of repositories by name, topic or property; the first"
        " group that fits counts",
        "[{repositories: '*', ring: observe, then: [{ring: warn, from: 2027-02-01}]}]",
    ),
    Setting(
        "exceptions",
        Exceptions(),
        Granted(),
        "exceptions from rules, each with its end; layers add up",
        "[{rule: static-credentials, path: .github/workflows/old.yml, job: publish,"
        " owner: team-web, ticket: WEB-12, added: 2026-11-28, until: 2027-01-31,"
        " reason: the vendor has no OIDC}]",
    ),
    Setting(
        "max-exception-days",
        Whole(0, 3650),
        Smaller("fewer days"),
        "how many days ahead an exception may end; one that ends later does not count yet",
        "90",
    ),
    Setting(
        "inline-exceptions",
        Flag(),
        Ladder((True, False), "`false`"),
        "whether comments in workflows may grant exceptions",
        "false",
    ),
    Setting(
        "max-break-glass-hours",
        Whole(0, 168),
        Smaller("fewer hours"),
        "how many hours ahead a break-glass exception may end",
        "8",
    ),
    Setting(
        "break-glass-approvers",
        Words(_NAME),
        Fewer("fewer names; none named is anybody", is_any_empty=True),
        "who may approve break-glass exceptions; none named is anybody who is named",
        '["@acme-security-lead"]',
    ),
    Setting(
        "on-aws-error",
        Word(("fail", "warn")),
        _OUTAGE,
        "when AWS cannot be asked: fail (exit 3), or go by the last snapshot and warn",
        "warn",
    ),
    Setting(
        "on-github-error",
        Word(("fail", "warn")),
        _OUTAGE,
        "when GitHub cannot be asked: fail (exit 3), or go by the checkout and warn",
        "warn",
    ),
    Setting(
        "help",
        Text(2000),
        Fixed(""),
        "the organisation's own words on what to do, shown with the findings",
        "Move to OIDC by the guide in our handbook.",
    ),
    Setting(
        "contact",
        Text(200),
        Fixed(""),
        "whom to ask",
        '"#platform-security"',
    ),
)
BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


def order_of(setting: Setting, rules: Mapping[str, Severity]) -> Order:
    """The setting's order; that of severities needs to know what rules start from."""
    if isinstance(setting.order, LevelsOrder):
        return setting.order._replace(defaults=rules)
    return setting.order
