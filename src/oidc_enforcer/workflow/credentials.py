"""Where each job's AWS credentials come from: the values that `job_credentials` gathers."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell import Sink, Tool
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.call_inputs import may_run
from oidc_enforcer.workflow.model import Job, Step
from oidc_enforcer.workflow.origins import Source
from oidc_enforcer.workflow.pairs import Pair
from oidc_enforcer.workflow.permissions import Grant
from oidc_enforcer.workflow.provider import Attribution
from oidc_enforcer.workflow.slots import Slot


class Kind(enum.Enum):
    """The classes of AWS access, as reports name them."""

    STATIC = "static"
    STATIC_FALLBACK = "static-fallback"
    EXTERNAL_STORE = "external-store"
    PASS_THROUGH = "pass-through"
    STORED_TEMPORARY = "stored-temporary"
    TEMPORARY = "temporary"
    OIDC = "oidc"
    BROKERED = "brokered"
    HUMAN = "human"
    ROLES_ANYWHERE = "roles-anywhere"
    AMBIENT = "ambient"
    OTHER_PROVIDER = "other-provider"
    DUMMY = "dummy"
    UNKNOWN = "unknown"

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


class Flavour(enum.Enum):
    """What a long-lived credential is, where it is not an IAM user's access key."""

    ACCESS_KEY = "AWS access key"
    BEDROCK = "Bedrock API key"
    SES_SMTP = "SES SMTP password"
    CODECOMMIT = "CodeCommit Git password"
    FILE = "AWS credentials file"


class Spot(NamedTuple):
    """A place that belongs to a credential, and what stands there."""

    file: SourceFile
    span: Span
    what: str


class Credential(NamedTuple):
    """AWS access that is in force in a job, and the places it touches.

    `at` is where it enters, `others` the places of its other half, `uses` further places that it
    is handed to. `role` is the role it is given beside, `bypasses` whether that role was meant for
    OIDC. `leaves` says where the key goes when it leaves the job, "" when it stays. `is_literal`
    says that the key itself, or a half of it, is written in the file. `whose` is what the place
    itself tells of the owner.
    """

    kind: Kind
    file: SourceFile
    at: Span
    source: str
    step: Step | None = None
    job: Job | None = None
    flavour: Flavour = Flavour.ACCESS_KEY
    pair: Pair | None = None
    others: tuple[Spot, ...] = ()
    uses: tuple[Spot, ...] = ()
    evidence: str = ""
    sink: str = ""
    role: Slot | None = None
    bypasses: bool = False
    assumes_role: bool = False
    leaves: str = ""
    is_literal: bool = False
    whose: Attribution | None = None

    @property
    def job_id(self) -> str | None:
        """The job that it is in force in; None in an action."""
        return self.job.id if self.job else None

    @property
    def step_number(self) -> int | None:
        """The step that it enters at, counted from 1; None where no step is at fault."""
        return self.step.number if self.step else None

    @property
    def step_label(self) -> str:
        """The same step in words that stay when steps are added; "" for none."""
        return self.step.label if self.step else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the stored secrets that feed it, each once."""
        origins = self.pair.origins if self.pair is not None else ()
        return tuple(dict.fromkeys(o.word for o in origins if o.source is Source.SECRET and o.word))


class TokenUse(NamedTuple):
    """A place that asks GitHub for an OIDC token. `doubt` says why it may not need one.

    `tool` is the command of a script that does; None for the credentials action. `is_inside` says
    that it stands in an action of its own, which `step` uses.
    """

    file: SourceFile
    at: Span
    what: str
    step: Step | None
    role: Slot | None = None
    doubt: str = ""
    tool: Tool | None = None
    is_inside: bool = False

    @property
    def is_request_alone(self) -> bool:
        """Whether it gets the token and leaves it to others to assume a role with it."""
        return self.tool is Tool.ID_TOKEN_REQUEST

    @property
    def step_number(self) -> int | None:
        """The step, counted from 1; None for the job itself."""
        return self.step.number if self.step else None


class JobCredentials(NamedTuple):
    """All AWS access of one job, its permission to ask for an OIDC token, and its uses of one.

    `uses_token` is None when a step is not known well enough to tell. `unresolved` are actions
    and workflows that could not be looked into.
    """

    job: Job | None
    grant: Grant
    credentials: tuple[Credential, ...]
    token_uses: tuple[TokenUse, ...]
    uses_token: bool | None
    unresolved: tuple[tuple[str, str], ...]

    def running_uses(self) -> Iterator[TokenUse]:
        """The uses of the token, but for those of steps that never run."""
        for use in self.token_uses:
            if use.step is None or may_run(use.step.condition):
                yield use


#: Where a key goes that leaves the job, by the sink that takes it there.
LEAVES = {
    Sink.BUILD_ARG: "the image's layers and history",
    Sink.CONTAINER_ENV: "a container's environment",
    Sink.CLUSTER_SECRET: "a cluster",
    Sink.REPOSITORY_SECRET: "a repository's secrets, for all its workflows",
    Sink.FILE: "a file that later steps may ship",
    Sink.REMOTE: "another server",
}
