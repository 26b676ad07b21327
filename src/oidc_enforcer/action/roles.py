"""Where the trust policies of roles come from in a run: AWS by the job's own token, a snapshot.

No input takes an access key, and keys that lie around are not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.runner import Run
from oidc_enforcer.arn import RoleArn
from oidc_enforcer.config import Config
from oidc_enforcer.errors import UserError
from oidc_enforcer.github import run_token
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.policies import Policies, load, unavailable

if TYPE_CHECKING:
    from oidc_enforcer.aws import Aws

Fetch = Callable[[tuple[str, ...]], Policies]


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

    @property
    def are_given(self) -> bool:
        """Whether the workflow names any source at all."""
        return bool(self.inputs.aws_role_to_assume or self.inputs.trust_snapshot)

    def fetch(self, arns: tuple[str, ...]) -> Policies:
        """The policies of these roles: live where AWS answers, else as the snapshot has them."""
        wanted = [arn for text in arns if (arn := RoleArn.parse(text))]
        live = self._live(wanted) if self._reader and wanted else Policies()
        got = {str(one.arn) for one in live.entries if not hasattr(one.found, "reason")}
        stored = [one for one in self._snapshot.entries if str(one.arn) not in got]
        # What AWS would not tell counts only where the snapshot does not tell it either.
        known = {str(one.arn) for one in stored}
        entries = [one for one in live.entries if str(one.arn) in got or str(one.arn) not in known]
        providers = {**self._snapshot.providers, **live.providers}
        self.notes += self._snapshot.notes
        return Policies((*entries, *stored), providers, (*live.gaps, *self._snapshot.gaps))

    def _live(self, wanted: list[RoleArn]) -> Policies:
        from oidc_enforcer import aws

        reached = self._reached()
        if isinstance(reached, str):
            self.notes.append(f"{reached}: roles are judged by the snapshot, where there is one")
            entries = [unavailable(one.name, reached, "live AWS", one) for one in wanted]
            return Policies(tuple(entries))
        return aws.named_roles(reached, wanted)

    def _reached(self) -> Aws | str:
        """AWS by this job's token, or why it cannot be had."""
        from oidc_enforcer import aws

        assert self._reader is not None
        if self.run.is_untrusted:
            whose = "a fork" if self.run.is_fork else "Dependabot"
            return f"a run for {whose} gets no OIDC token, so AWS cannot be asked"
        try:
            token = run_token.run_token(self.environment)
        except Refused as problem:
            self.has_failed = True
            return f"{problem.message}: {problem.hint}" if problem.hint else problem.message
        region = self.inputs.aws_region or "us-east-1"
        access = aws.web_identity_access(token, self._reader, region)
        if not isinstance(access, aws.Access):
            self.has_failed = True
            return f"{access.reason}: {access.hint}" if access.hint else access.reason
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


def is_failure(sources: Sources, config: Config) -> bool:
    """Whether AWS was to be asked, could not be, and that is to fail the run."""
    return sources.has_failed and config.on_aws_error == "fail"
