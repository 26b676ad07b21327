"""Where the trust policies of roles come from in a run: AWS by the job's own token, a snapshot.

No input takes an access key, and keys that lie around are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.runner import Run
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Role
from oidc_enforcer.github import run_token
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.policies import Policies, load, unavailable

if TYPE_CHECKING:
    from oidc_enforcer.aws import Aws


class Sources:
    """Asked once for all roles that the workflows assume; `notes` then tell what was missing."""

    def __init__(
        self,
        run: Run,
        inputs: Inputs,
        environment: Mapping[str, str],
        snapshot: bytes | None,
        today: str,
    ) -> None:
        self.run = run
        self.inputs = inputs
        self.environment = environment
        self.today = today
        self.notes: list[str] = []
        self.has_failed = False
        self._snapshot = self._loaded(snapshot)
        self._reader = self._role(inputs.aws_role_to_assume)
        self._aws: Aws | str | None = None
        self._known: dict[tuple[str, ...], Policies] = {}

    @property
    def are_given(self) -> bool:
        """Whether the workflow names any source at all."""
        return bool(self.inputs.aws_role_to_assume or self.inputs.trust_snapshot)

    def fetch(self, arns: tuple[str, ...]) -> Policies:
        """The policies of these roles: live where AWS answers, else as the snapshot has them."""
        if arns not in self._known:
            self._known[arns] = self._fetched(
                [arn for text in arns if (arn := RoleArn.parse(text))]
            )
        return self._known[arns]

    @property
    def known(self) -> Policies:
        """All that was fetched, each once."""
        entries = (one for found in self._known.values() for one in found.entries)
        return Policies(tuple({str(one.arn or one.name): one for one in entries}.values()))

    def _fetched(self, wanted: list[RoleArn]) -> Policies:
        if not self.are_given:
            why = (
                "no source of trust policies is given: set `aws-role-to-assume` or `trust-snapshot`"
            )
            return Policies(tuple(unavailable(one.name, why, "", one) for one in wanted))
        live = self._live(wanted) if self._reader and wanted else Policies()
        got = {str(one.arn) for one in live.entries if isinstance(one.found, Role)}
        stored = [one for one in self._snapshot.entries if str(one.arn) not in got]
        # What AWS would not tell counts only where the snapshot does not tell it either.
        known = {str(one.arn) for one in stored}
        entries = [one for one in live.entries if str(one.arn) not in known]
        self._tell(self._snapshot.notes)
        providers = {**self._snapshot.providers, **live.providers}
        return Policies((*entries, *stored), providers, (*live.gaps, *self._snapshot.gaps))

    def _live(self, wanted: list[RoleArn]) -> Policies:
        from oidc_enforcer import aws

        if self._aws is None:
            self._aws = self._reached()
        if not isinstance(self._aws, str):
            return aws.named_roles(self._aws, wanted)
        why = self._aws
        self._tell((f"{why}: roles are judged by the snapshot, where there is one",))
        return Policies(tuple(unavailable(one.name, why, "live AWS", one) for one in wanted))

    def _tell(self, notes: Iterable[str]) -> None:
        self.notes += [note for note in notes if note not in self.notes]

    def _reached(self) -> Aws | str:
        """AWS by this job's token, or why it cannot be had."""
        from oidc_enforcer import aws

        assert self._reader is not None
        if self.run.is_untrusted:
            whose = "a fork" if self.run.is_fork else "Dependabot"
            return f"a run for {whose} gets no OIDC token, so AWS cannot be asked"
        self.has_failed = True
        try:
            token = run_token.run_token(self.environment)
        except Refused as problem:
            return f"{problem.message}: {problem.hint}" if problem.hint else problem.message
        region = self.inputs.aws_region or "us-east-1"
        access = aws.web_identity_access(token, self._reader, region)
        if not isinstance(access, aws.Access):
            return access.text
        self.has_failed = False
        return aws.Aws(access._replace(reader_role=self._pattern()), self._reader.partition)

    def _pattern(self) -> str:
        """The role to read other accounts with, as `aws` names it: by account."""
        name = self.inputs.aws_reader_role
        if not name or not self._reader:
            return name
        if name.startswith("arn:"):
            return name
        return f"arn:{self._reader.partition}:iam::{{account}}:role/{name.lstrip('/')}"

    def _loaded(self, snapshot: bytes | None) -> Policies:
        path = self.inputs.trust_snapshot
        if not path:
            return Policies()
        if snapshot is None:
            raise UserError(
                f"input `trust-snapshot`: there is no `{path}` on the default branch",
                "`oidc-enforcer trust snapshot` writes it; merge it there",
            )
        return load(path, snapshot, self.today)

    @staticmethod
    def _role(text: str) -> RoleArn | None:
        if not text:
            return None
        arn = RoleArn.parse(text)
        if arn is None or not re.fullmatch(r"\d{12}", arn.account):
            raise UserError(
                "input `aws-role-to-assume` is no ARN of a role",
                "write arn:aws:iam::ACCOUNT:role/NAME",
            )
        return arn
