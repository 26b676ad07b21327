"""From a stored key to a role assumed by OIDC: draws up the edits for one credential."""

from __future__ import annotations

from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes import (
    branches,
    callers,
    calls,
    fallback,
    places,
    role_input,
    roles,
    scoped,
    sessions,
    steps,
)
from oidc_enforcer.fixes.configured import convert, is_configured
from oidc_enforcer.fixes.granting import Grantor
from oidc_enforcer.fixes.handovers import Taken
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Choices, NoFix
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.workflow.credentials import Credential, Flavour, Kind
from oidc_enforcer.workflow.model import Action, Workflow
from oidc_enforcer.workflow.reading import Reading

_NO_ROLE = {
    Flavour.SES_SMTP: "SMTP takes no role: send through the SES API, with a role assumed by OIDC",
    Flavour.CODECOMMIT: "Git over HTTPS takes no role: use `git-remote-codecommit` with one",
}
_NOT_OURS = {
    Kind.UNKNOWN: "it is not known whose key this is",
    Kind.PASS_THROUGH: "the key is its caller's: whoever calls this must stop handing it over",
    Kind.EXTERNAL_STORE: "the key comes from a store: take out the step that reads it, by hand",
}
LEAKED = (
    "deactivate this key in IAM now, and delete it: the history of the repository keeps it,"
    " whatever the file says"
)


def propose(reading: Reading, credential: Credential, facts: Facts, choices: Choices) -> Fix:
    """The fix for a credential; raises NoFix."""
    if credential.kind is Kind.PASS_THROUGH:
        return fallback.without(reading, credential, _NOT_OURS[Kind.PASS_THROUGH])
    return _Conversion(reading, credential, facts, choices).fix()


class _Conversion:
    """What is drawn up for one file: that of the credential, or one that it is handed on to."""

    def __init__(
        self,
        reading: Reading,
        credential: Credential,
        facts: Facts,
        choices: Choices,
        *,
        content: Workflow | Action | None = None,
    ) -> None:
        content = content or reading.parsed.content
        if content is None or credential.pair is None:
            raise NoFix("the file could not be read to its end")
        why = _NOT_OURS.get(credential.kind) or _NO_ROLE.get(credential.flavour)
        if why:
            raise NoFix(why)
        self.reading, self.around = reading, reading.surroundings
        self.site = Site(content, credential, facts, choices)
        self.draft, self.workflow = self.site.draft, self.site.workflow

    def fix(self) -> Fix:
        credential = self.site.credential
        found = places.of_credential(self.site.content, credential)
        if not found:
            raise NoFix("the key enters at no place of this file that can be edited")
        handed = calls.handed(self.around, found)
        if handed is None:
            self._refuse_other_files()
            self.mend(found)
        elif isinstance(handed.callee, Workflow):
            self._with_workflow(handed, found)
        else:
            self._with_action(handed, found)
        leaked = LEAKED if credential.is_literal else ""
        return self.draft.fix(self._title(), never_safe=leaked)

    def mend(self, found: tuple[Place, ...]) -> None:
        """Takes the key out of these places of the file, and lets its jobs assume the role."""
        found = self._told_apart(found)
        scoped.plan(self.site, found)
        handed = self._handed(found)
        planned = role_input.plan(self.site, handed, self.around) if handed else ()
        configured = [place for place in found if is_configured(place)]
        for place in configured:
            assert place.step is not None
            convert(self.site, place.step)
        rest = [place for place in found if place not in configured]
        if handed is not None:
            self._let_go(handed)
        taken = Taken(self.site, configured)
        taken.out(rest)
        sessions.begin(self.site, [place for place in rest if place not in taken.turned])
        sessions.name_tokens(self.site)
        self.site.remove_doomed()
        if handed is not None:
            self._tell_calls(handed, planned)
        self._grant()

    def _told_apart(self, found: tuple[Place, ...]) -> tuple[Place, ...]:
        """Where scripts feed one credentials step, each its own key: the places of that step."""
        if self.site.content is not self.reading.parsed.content:
            return found
        shared = branches.shared(self.reading, self.site.content, found)
        if shared is None:
            return found
        outline = self.site.outline
        self.site.role = branches.write_roles(shared.fed, self._role_of, outline, self.draft)
        return shared.configured

    def _role_of(self, credential: Credential) -> roles.RoleValue:
        assert credential.pair is not None
        site = self.site
        return roles.for_pair(credential.pair, site.content, site.facts.config, site.choices)

    def _grant(self) -> None:
        if self.workflow is None:
            self.draft.require("grant `id-token: write` to every job that uses this action")
            return
        jobs = self.site.jobs.values()
        grantor = Grantor(self.draft, self.around, self.site.facts.default_token)
        grantor.grant(self.workflow, self.site.outline, jobs)
        if self.workflow.is_reusable and jobs:
            callers.grant(self.workflow, grantor)

    def _handed(self, found: tuple[Place, ...]) -> calls.Handed | None:
        """What a reusable workflow is handed and reads nowhere but at these places."""
        if self.workflow is None or not self.workflow.is_reusable:
            return None
        return calls.unread(self.workflow, found)

    def _tell_calls(self, handed: calls.Handed, planned: tuple[role_input.Call, ...]) -> None:
        """Calls that handed over different keys hand over their roles, or that is in doubt."""
        if planned and self.site.role_used:
            role_input.draw_up(self.site, handed, planned)
        elif calls.differ(self.around, handed):
            # NOTE: the callee names one role, whoever calls: production would get staging's.
            self.draft.doubt(
                f"`{self.site.file.path}` is called with different keys, and all of its calls would"
                " assume one role: if the keys may do different things, hand the role's ARN in as"
                " an input"
            )

    def _let_go(self, handed: calls.Handed) -> None:
        """A reusable workflow declares, and its callers hand over, only what it still reads."""
        if calls.count(self.around, handed):
            self.site.doomed.update(calls.declarations(handed))
            calls.let_go(self.around, handed, self.draft)
        elif handed.names:
            # NOTE: GitHub refuses to start a caller that hands over what is not declared.
            self.draft.require("stop handing the key over in whatever calls this workflow")

    def _refuse_other_files(self) -> None:
        credential = self.site.credential
        for spot in (*credential.others, *credential.uses):
            if spot.file.path != self.site.file.path:
                raise NoFix(
                    f"the key goes on into `{spot.file.path}`, which must be changed as well"
                )

    # -- a callee that changes as well -------------------------------------------------------------

    def _inner(self, handed: calls.Handed) -> _Conversion:
        site, callee = self.site, handed.callee
        if not handed.read:
            self.draft.doubt(f"nothing in `{callee.file.path}` is seen to read the key")
        inner = _Conversion(self.reading, site.credential, site.facts, site.choices, content=callee)
        inner.site.doomed.update(calls.declarations(handed))
        return inner

    def _with_workflow(self, handed: calls.Handed, found: tuple[Place, ...]) -> None:
        """The called workflow assumes the role."""
        inner, path = self._inner(handed), handed.callee.file.path
        if any(p.step and p.step.uses and self.around.action(p.step.uses) for p in handed.read):
            raise NoFix(f"`{path}` hands the key on to a local action: mend it there first")
        calls.let_go(self.around, handed, inner.draft)
        inner.mend(handed.read)
        if any(place.slot.name.lower() not in handed.names for place in found):
            raise NoFix("the key reaches the call in more ways than one")
        self._adopt(inner)

    def _with_action(self, handed: calls.Handed, found: tuple[Place, ...]) -> None:
        """The called action relies on its caller's session."""
        inner = self._inner(handed)
        if calls.count(self.around, handed) != 1:
            path = handed.callee.file.path
            raise NoFix(f"`{path}` is used in several places, which must all follow")
        inner.rely_on_caller(handed.read)
        self._mend_call(found)
        self._adopt(inner)

    def rely_on_caller(self, read: tuple[Place, ...]) -> None:
        """In an action: the session is its caller's, so all that handles keys goes."""
        site = self.site
        for place in read:
            step = place.step
            if step is None or not is_configured(place) or id(step.node) in site.converted:
                continue
            site.converted.add(id(step.node))
            steps.remove(site.outline, step, self.draft)
        Taken(site, []).out(place for place in read if not is_configured(place))
        site.remove_doomed()

    def _mend_call(self, found: tuple[Place, ...]) -> None:
        """The caller of an action: no keys, a session before it."""
        for place in found:
            assert place.slot.entry is not None
            self.site.doomed.add(place.slot.entry.key.span.start)
        handed = self._handed(found)
        if handed is not None:
            self._let_go(handed)
        sessions.begin(self.site, found)
        self.site.remove_doomed()
        if handed is not None:
            self._tell_calls(handed, ())
        self._grant()

    def _adopt(self, inner: _Conversion) -> None:
        """Takes over what was drawn up for the other file."""
        self.draft.adopt(inner.draft)
        self.site.role_used = self.site.role_used or inner.site.role_used

    # -- words -------------------------------------------------------------------------------------

    def _title(self) -> str:
        said = f"`{self.site.role.text}`" if self.site.role_used else self._standing_role()
        return f"assume {said} by OIDC instead of handing over {self.site.credential.source}"

    def _standing_role(self) -> str:
        slot = self.site.credential.role
        text = slot.value.strip() if slot is not None else self.site.relies_on
        return f"`{text}`" if text else "a role"
