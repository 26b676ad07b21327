"""Sessions and clients: by which credentials AWS is asked, how patiently, and how often it was."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from oidc_enforcer.arn import RoleArn
from oidc_enforcer.aws.trouble import Trouble, Unusable, botocore_errors, trouble
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from boto3.session import Session
    from types_boto3_iam import IAMClient

#: Where each partition's endpoints are asked for when nobody names a region; IAM is global in each.
_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_CONNECT_SECONDS, _READ_SECONDS = 5, 30
#: What CloudTrail has for the sessions of this program.
SESSION_NAME = "oidc-enforcer"


class Access(NamedTuple):
    """How AWS is to be reached.

    `reader_role` is the role to read other accounts with, `{account}` standing for the account.
    `attempts` bounds how often one call is tried. `session` is used instead of the standard chain.
    """

    profile: str = ""
    region: str = ""
    reader_role: str = ""
    attempts: int = 6
    session: Session | None = None


class Caller(NamedTuple):
    """Whose credentials these are."""

    account: str
    partition: str


class Aws:
    """AWS as one run sees it. `calls` counts the calls by action, as IAM policies name these."""

    def __init__(self, access: Access, partition: str = "aws") -> None:
        self.access = access
        self.partition = partition
        self.calls: Counter[str] = Counter()
        self._session = access.session or _session(access)
        self._callers: dict[str, Caller | Trouble] = {}
        self._accounts: dict[str, Session | Trouble] = {}
        self._watch(self._session)

    def caller(self) -> Caller:
        """The credentials' own account; raises UserError where they cannot be used at all."""
        found = self._caller("", self._session)
        if isinstance(found, Trouble):
            raise UserError(
                f"cannot tell whose AWS credentials these are: {found.reason}", found.hint
            )
        return found

    def iam(self, account: str, partition: str) -> IAMClient | Trouble:
        """A client for an account: with the credentials themselves, or with the reader role."""
        own = self.caller()
        if partition != own.partition:
            return Trouble(
                f"it is in the partition {partition}, the credentials are for {own.partition}",
                "give a profile of that partition with `--profile`",
            )
        if account == own.account:
            return self._iam(self._session)
        if account not in self._accounts:
            self._accounts[account] = self._reader(account, own)
        session = self._accounts[account]
        return session if isinstance(session, Trouble) else self._iam(session)

    def _iam(self, session: Session) -> IAMClient:
        client: IAMClient = self._client(session, "iam")
        return client

    def _reader(self, account: str, own: Caller) -> Session | Trouble:
        """A session in another account, which is proved to be in that account."""
        pattern = self.access.reader_role
        role = RoleArn.parse(pattern.replace("{account}", account)) if pattern else None
        if role is None or role.account != account:
            return Trouble(
                f"it is in account {account}, the credentials are for account {own.account}",
                "give `--profile` for that account, or `--reader-role"
                " arn:aws:iam::{account}:role/NAME` with a role there that these may assume",
            )
        from boto3.session import Session

        try:
            answer = self._client(self._session, "sts").assume_role(
                RoleArn=str(role), RoleSessionName=SESSION_NAME
            )
            given = answer["Credentials"]
        except botocore_errors() as problem:
            return trouble(problem, "sts:AssumeRole", f"the reader role {role}")
        session = Session(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            region_name=self._region(),
        )
        self._watch(session)
        there = self._caller(account, session)
        if isinstance(there, Trouble):
            return there
        if there != Caller(account, own.partition):
            return Trouble(f"the reader role {role} leads to account {there.account}", "")
        return session

    def _caller(self, account: str, session: Session) -> Caller | Trouble:
        if account not in self._callers:
            self._callers[account] = self._identity(session)
        return self._callers[account]

    def _identity(self, session: Session) -> Caller | Trouble:
        try:
            answer = self._client(session, "sts").get_caller_identity()
            return Caller(answer["Account"], answer["Arn"].split(":")[1])
        except botocore_errors() as problem:
            found = trouble(problem, "sts:GetCallerIdentity", "the credentials")
            if isinstance(found, Unusable):
                raise UserError(found.reason, found.hint) from None
            return found

    def _client(self, session: Session, service: str) -> Any:
        from botocore.config import Config

        from oidc_enforcer import __version__

        return session.client(
            service,  # type: ignore[call-overload]
            region_name=self._region(),
            config=Config(
                retries={"mode": "adaptive", "total_max_attempts": self.access.attempts},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                user_agent_extra=f"oidc-enforcer/{__version__}",
            ),
        )

    def _region(self) -> str:
        told = self.access.region or self._session.region_name
        return told or _REGIONS.get(self.partition, _REGIONS["aws"])

    def _watch(self, session: Session) -> None:
        session.events.register("before-call", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[f"{model.service_model.endpoint_prefix}:{model.name}"] += 1


def _session(access: Access) -> Session:
    from boto3.session import Session

    try:
        return Session(profile_name=access.profile or None, region_name=access.region or None)
    except botocore_errors() as problem:
        found = trouble(problem, "", "the profile")
        raise UserError(found.reason, found.hint) from None
