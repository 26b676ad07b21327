"""What a job holds as far as its steps have been walked: credentials, uses of its token, doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile

from oidc_enforcer import shell
from oidc_enforcer.source import Span
from oidc_enforcer.workflow import (
    brokers,
    classify,
    handed_over,
    logins,
    runners,
    script_roles,
    session_tokens,
    slots,
)
from oidc_enforcer.workflow.aws_calls import STORE_SERVICES, AwsCall, tells_owner
from oidc_enforcer.workflow.beside import Beside, look_around
from oidc_enforcer.workflow.credential_names import Named, read_name
from oidc_enforcer.workflow.credentials import Credential, JobCredentials, Kind, TokenUse
from oidc_enforcer.workflow.layers import NOTHING_VISIBLE, Layer
from oidc_enforcer.workflow.ledger import Ledger
from oidc_enforcer.workflow.model import Action, Step
from oidc_enforcer.workflow.pairs import Piece, may_be_half, may_set_half, pair_up, piece
from oidc_enforcer.workflow.permissions import Grant
from oidc_enforcer.workflow.scene import Scene
from oidc_enforcer.workflow.scripts import NOTHING, Deeds
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.workflow.tool_access import access_of_tool
from oidc_enforcer.workflow.variables import NO_VARIABLES, Variables
from oidc_enforcer.yaml_tree import Scalar

#: Sinks that outlive the script.
_LASTING = frozenset({shell.Sink.AWS_CONFIGURE, shell.Sink.CREDENTIALS_FILE, shell.Sink.GITHUB_ENV})
#: Keys that open nothing of AWS: they explain no call of it, and none succeeds with them.
_NOT_OF_AWS = frozenset({Kind.OTHER_PROVIDER, Kind.DUMMY})


class Holdings:
    """Filled by a walk through `scene`. `ledger` is shared by the jobs of a workflow, so that a
    pair of the workflow's `env` is one credential in all of them.
    """

    def __init__(self, scene: Scene, ledger: Ledger, grant: Grant, *, in_full: bool) -> None:
        self.scene = scene
        self.ledger = ledger
        self.grant = grant
        self.in_full = in_full
        self.in_force: dict[int, None] = {}
        self.token_uses: list[TokenUse] = []
        self.unresolved: list[tuple[str, str]] = []
        self.wants_token = False
        self.unknown_steps = False

    def result(self) -> JobCredentials:
        """All of it as a value, with what the ledger knows of the credentials by now."""
        job = self.scene.job
        uses: bool | None = bool(self.token_uses) or self.wants_token
        if not uses and self.unknown_steps:
            uses = None
        credentials = tuple(self.ledger.credential(number) for number in self.in_force)
        return JobCredentials(
            job, self.grant, credentials, tuple(self.token_uses), uses, tuple(self.unresolved)
        )

    def variables(
        self,
        given: Variables,
        step: Step | None,
        level: int,
        sink: str,
        calls: tuple[AwsCall, ...],
        *,
        script: Deeds = NOTHING,
        removed: Collection[str] = (),
        others: Variables = NO_VARIABLES,
    ) -> None:
        """The pairs of one `env`, `with` or `secrets` mapping; `script` is the one that has it.

        `removed` are variables that scripts take out of the environment, `others` go to the same
        place and may tell whose the pairs are.
        """
        if given is NO_VARIABLES or not self.may_hold_half(given):
            return
        found = [slots.of_variable(self.scene.file, item) for item in given]
        beside = [*found, *self._told_by(step, script)]
        beside += (slots.of_variable(self.scene.file, item) for item in others)
        removed = removed or script.removals
        self.pairs(found, step, level, sink, calls, beside=beside, removed=removed)
        session_tokens.removed_by_mapping(self, given)

    def _told_by(self, step: Step | None, script: Deeds) -> Iterator[Slot]:
        """Variables of a script that may tell whose keys its environment holds."""
        if step is None or step.run is None:
            return
        for setting in script.script.settings:
            if setting.sink not in shell.OF_SCRIPT or not setting.value or read_name(setting.name):
                continue
            if tells_owner(setting.name, setting.value) and not script.is_removed(setting):
                yield slots.of_setting(self.scene.file, step.run, setting, script)

    def may_hold_half(self, given: Variables) -> bool:
        """Whether a name or a value may be a half of a key; False saves looking closer."""
        return self.in_full or any(may_be_half(item.name, item.value.text) for item in given.items)

    def pairs(
        self,
        found: list[Slot],
        step: Step | None,
        level: int,
        sink: str,
        calls: tuple[AwsCall, ...],
        *,
        beside: list[Slot] | None = None,
        proven: bool = False,
        renamed: Mapping[str, Named] | None = None,
        removed: Collection[str] = (),
    ) -> list[int]:
        """Pairs up the slots of one scope and records each pair; the numbers in the ledger.

        `calls` are the AWS calls that use the pair, `beside` what else tells whose it is: by
        default the slots themselves, and the environment that is visible there, without what is
        `removed` from it.
        """
        names = renamed or {}
        maybe = (piece(slot, self.scene, level, names.get(slot.name)) for slot in found)
        pieces = [made for made in maybe if made is not None]
        for slot in found:
            if slot.setting is None and handed_over.has_login(slot.value):
                pieces += logins.in_address(self.scene, slot)
        if not pieces:
            return []
        seen = NOTHING_VISIBLE if sink in ("secrets", "args") else self.scene.visible()
        own = Layer.of_slots(self.scene.file, found if beside is None else beside)
        around = look_around(seen.under(own), removed)
        return self._record(pieces, around, calls, step=step, sink=sink, proven=proven)

    def _record(
        self,
        pieces: Iterable[Piece],
        around: Beside,
        calls: tuple[AwsCall, ...],
        *,
        step: Step | None,
        sink: str,
        proven: bool = False,
    ) -> list[int]:
        """Puts every pair in force that is somebody's key; the numbers in the ledger."""
        numbers = []
        for pair in pair_up(pieces):
            made = classify.credential(
                pair, self.scene, around, calls, step=step, sink=sink, proven=proven
            )
            if made is not None:
                numbers.append(self.ledger.record(pair, made))
        self.in_force.update(dict.fromkeys(numbers))
        return numbers

    def script(
        self, step: Step | None, scalar: Scalar, deeds: Deeds, calls: tuple[AwsCall, ...]
    ) -> list[int]:
        """Records the pairs that a script sets, by the place they go to; their numbers.

        `calls` are all that the job makes of AWS.
        """
        if not self.in_full and not may_set_half(deeds.script.settings):
            return []
        found = [
            slots.of_setting(self.scene.file, scalar, setting, deeds)
            for setting in deeds.script.settings
            if setting.sink is not shell.Sink.UNSET and setting.value
        ]
        beside = [s for s in found if s.setting and not deeds.is_removed(s.setting)]
        by_place: dict[object, list[Slot]] = {}
        for slot in found:
            by_place.setdefault(_place(slot), []).append(slot)
        numbers: list[int] = []
        for group in by_place.values():
            first = group[0].setting
            assert first is not None
            # NOTE: what a script leaves behind is used by all that the job calls, not by it alone.
            used_by = calls if first.sink in _LASTING else deeds.calls
            if first.sink is shell.Sink.PREFIX:
                used_by = tuple(call for call in used_by if call.group == first.group)
            numbers += self.pairs(
                group, step, 4, "run", used_by, beside=beside, removed=deeds.removals
            )
        return numbers

    def store_mappings(self, inputs: Variables, step: Step | None) -> None:
        """Vault's `path key | NAME;` lines, in vault-action or in an input handed to another."""
        for pieces in brokers.vault_pieces(self.scene, inputs, step, only_mapped=True):
            self._record(pieces, look_around(NOTHING_VISIBLE), (), step=step, sink="with")

    def tool(self, step: Step, use: shell.Use, script: Scalar, deeds: Deeds) -> None:
        """Records what a command of `script` gives access to."""
        found = access_of_tool(use)
        if found is None:
            return
        file = self.scene.file
        span = script.source_span(file.text, use.start, use.end)
        if found.needs_token:
            # NOTE: a runner of one's own may have a token of another issuer in a file.
            doubt = runners.other_access(self.scene.job) if found.kind is not None else ""
            role = self._role_of(step, use, script, deeds) if found.kind is not None else None
            self.token_uses.append(TokenUse(file, span, found.what, step, role, doubt, use.tool))
        if found.kind is not None:
            self.access(found.kind, step, found.what, span=span)

    def _role_of(self, step: Step, use: shell.Use, script: Scalar, deeds: Deeds) -> Slot | None:
        owner = self.scene.owner
        steps = self.scene.job.steps if self.scene.job is not None else ()
        if isinstance(owner, Action):
            steps = owner.steps
        before = takewhile(lambda each: each is not step, steps)
        return script_roles.of_command(use, deeds, script, self.scene.file, before)

    def settle_roles_of_scripts(self, role_of_files: Slot | None) -> None:
        """Whose token a script presents is told where the job asks GitHub for one, else not."""
        if not any(use.is_request_alone for use in self.token_uses):
            self.token_uses = [
                use if use.tool is None else use._replace(role=None) for use in self.token_uses
            ]
        elif role_of_files is not None:
            self._takes_role_of_files(role_of_files)

    def _takes_role_of_files(self, role: Slot) -> None:
        """What asks for a token does so for a role that AWS's tools assume of their own accord.

        Where several ask, only one may do so for AWS.
        """
        asking = [
            number
            for number, use in enumerate(self.token_uses)
            if use.is_request_alone and not use.is_inside
        ]
        if len(asking) == 1:
            self.token_uses[asking[0]] = self.token_uses[asking[0]]._replace(role=role)

    def absorb(self, step: Step, inner: Holdings) -> None:
        """Takes over what a local action holds; what it does counts as done by `step`."""
        self.in_force.update(inner.in_force)
        for use in inner.token_uses:
            what = f"{use.what}, inside `{step.uses.name if step.uses else ''}`"
            self.token_uses.append(
                use._replace(
                    file=self.scene.file, at=step.head, what=what, step=step, is_inside=True
                )
            )
        self.unresolved += inner.unresolved
        self.unknown_steps = self.unknown_steps or inner.unknown_steps
        self.wants_token = self.wants_token or inner.wants_token

    def opens_aws(self, number: int) -> bool:
        """Whether a call of AWS may succeed by this credential."""
        return self.ledger.credential(number).kind not in _NOT_OF_AWS

    def leaves_open(self, call: AwsCall) -> bool:
        """Whether a call works by none of the keys that are held, all of them other stores'."""
        if call.is_elsewhere or (call.endpoint and self.in_force):
            return False
        kinds = (self.ledger.credential(number).kind for number in self.in_force)
        return call.service not in STORE_SERVICES or Kind.OTHER_PROVIDER not in kinds

    def are_used_by(self, calls: Iterable[AwsCall]) -> bool:
        """Lets stored keys be AWS's that only look like another store's by a name.

        Where they are all that the job has, a call of a service that only AWS has is made by them.
        """
        if all(call.service in STORE_SERVICES or call.endpoint for call in calls):
            return False
        found = [number for number in self.in_force if self.ledger.take_for_aws(number)]
        return bool(found)

    def access(
        self,
        kind: Kind,
        step: Step | None,
        source: str,
        *,
        role: Slot | None = None,
        span: Span | None = None,
    ) -> None:
        """Records access without a key pair."""
        at = span or (step.head if step else Span(0, 0))
        made = Credential(kind, self.scene.file, at, source, step, self.scene.job, role=role)
        self.in_force[self.ledger.add(made)] = None


def _place(slot: Slot) -> object:
    """What the settings of a script have in common that make up one pair."""
    setting = slot.setting
    assert setting is not None
    if setting.sink.is_by_group:
        return setting.sink, setting.target
    if setting.sink is shell.Sink.PREFIX:
        return setting.sink, setting.group
    return setting.sink
