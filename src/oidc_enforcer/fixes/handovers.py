"""Takes a key out of where it is handed over: entries, settings of scripts, inputs of actions."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oidc_enforcer.fixes import layout, replacements
from oidc_enforcer.fixes.gates import Gates
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import NoFix
from oidc_enforcer.fixes.session_values import (
    INPUT_VARIABLE,
    OLD_NAMES,
    OLD_READERS,
    STANDARD,
    SessionValues,
    keys_in,
    token_name,
)
from oidc_enforcer.fixes.settings import Settings
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.shell import Sink
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.credentials import Credential, Flavour
from oidc_enforcer.workflow.known_actions import AwsAccess, KnownAction, known_action
from oidc_enforcer.workflow.model import Step


def profile_of(credential: Credential) -> str:
    """The profile of the AWS CLI that the key was written to, "" for the default one."""
    pair = credential.pair
    setting = pair.first.slot.setting if pair else None
    if setting is None or setting.sink is not Sink.AWS_CONFIGURE:
        return ""
    name = setting.target.strip()
    return "" if name in ("", "default") or "$" in name else name


def _is_before(known: KnownAction, ref: str) -> bool:
    major = re.match(r"v?(\d+)(?:\.|\Z)", ref)
    return major is not None and int(major[1]) < known.since


class Taken:
    """Takes a key out of one place after the other."""

    def __init__(self, site: Site, others: Iterable[Place]) -> None:
        self.file, self.outline, self.draft = site.file, site.outline, site.draft
        self.flavour, self.doomed = site.credential.flavour, site.doomed
        self.values = SessionValues(site.credential, site.scope)
        self.settings = Settings(site, self.values)
        #: Where the key stands, here and at the places that are mended otherwise.
        self.places = list(others)
        #: Of these, the variables that conditions alone read, which need no session.
        self.turned: list[Place] = []
        self.gates = Gates(site.file, site.outline, site.draft, site.use_role)

    def out(self, places: Iterable[Place]) -> None:
        """Takes the key out of all these places."""
        self.places += places
        settings: dict[int, list[Place]] = {}
        replaced_steps: set[int] = set()
        for place in places:
            if place.setting is not None:
                settings.setdefault(id(place.slot.scalar), []).append(place)
                continue
            step = place.step
            if step is not None and replacements.replaces(step):
                if id(step.node) not in replaced_steps:
                    replaced_steps.add(id(step.node))
                    replacements.replace(self.outline, step, self.draft)
                continue
            self._entry(place)
        self.settings.spans = [place.span for place in self.places]
        for own in settings.values():
            self.settings.take_out(own)

    def _entry(self, place: Place) -> None:
        entry = place.slot.entry
        assert entry is not None
        if place.sink == "services":
            self.draft.doubt("a service starts before any step: it has no credentials now")
        if place.sink in ("env", "container", "services"):
            self._variable(place)
        elif place.step is not None:
            self._input(place)
        else:
            self._call(place)

    def _remove(self, place: Place) -> None:
        assert place.slot.entry is not None
        self.doomed.add(place.slot.entry.key.span.start)

    def _variable(self, place: Place) -> None:
        name = place.slot.name
        if self._is_bag(place):
            self._substitute_inside(place)
            return
        if INPUT_VARIABLE.fullmatch(name):
            self._leave_empty(place)
            return
        if self.values.scope:
            self._substitute(place)
            return
        whole = self.flavour is not Flavour.ACCESS_KEY
        if whole:
            self.draft.doubt(f"programs that read `{name}` must be able to work with a session")
        if place.step is not None and self._forced(place.step):
            self.draft.doubt(self._forced(place.step))
        if name in STANDARD or whole or (name in OLD_NAMES and self._is_for_old_readers(place)):
            self._remove(place)
            return
        if place.step is not None and self.values.of(place):
            self._substitute(place)
            return
        self._renamed(place)

    def _is_for_old_readers(self, place: Place) -> bool:
        """Whether what reads the old names takes the session by the new ones."""
        own = place.step
        if own is not None and own.uses is not None:
            return known_action(own.uses.value.text) is not None
        scripts = [own.run.text if own.run else ""] if own is not None else [self.file.text]
        return any(map(OLD_READERS.search, scripts))

    def _leave_empty(self, place: Place) -> None:
        """An empty input variable lets the provider take the environment's session, token and all.

        Without it Terraform would ask for a value, and wait.
        """
        assert place.slot.entry is not None
        self.draft.edit(place.slot.entry.value.span, '""')
        self.draft.doubt(
            f"`{place.slot.name}` is empty now: see that nothing but the provider's key reads it"
        )

    def _renamed(self, place: Place) -> None:
        """A variable of a name of its own, which no step can set before the job begins."""
        name, reads = place.slot.name, self._reads(place)
        if not reads:
            if not self._is_handed_on(place):
                self.draft.doubt(
                    f"a program may read `{name}`: it must take the environment's credentials"
                )
            self._remove(place)
            return
        if self.gates.turn(place, reads):
            self.turned.append(place)
            return
        self.draft.doubt(
            f"what reads `{name}` must read `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and"
            " `AWS_SESSION_TOKEN` now"
        )
        self._remove(place)

    def _is_bag(self, place: Place) -> bool:
        """Whether the value holds more than the key: lines, JSON."""
        parts = [p for p in place.slot.template.parts if not isinstance(p, str) or p.strip()]
        return len(parts) > 1

    def _substitute_inside(self, place: Place) -> None:
        if place.step is None:
            raise NoFix(f"`{place.slot.name}` holds more than the key, where no step has run yet")
        scalar = place.slot.scalar
        for start, end, written in keys_in(scalar.text, self.values.of(place)):
            self.draft.edit(scalar.source_span(self.file.text, start, end), written)
        self.draft.doubt(f"`{place.slot.name}` holds a session now, and not its token")

    def _reads(self, place: Place) -> list[Span]:
        """Where its scope has the variable's name, but for where the key is handed on."""
        scope = place.job.node.span if place.job is not None else Span(0, len(self.file.text))
        name = re.compile(
            rf"(?<![\w-])(?<!secrets\.)(?<!vars\.){re.escape(place.slot.name)}(?![\w-])"
        )
        spans = [one.span for one in self.places]
        return [
            Span(*found.span())
            for found in name.finditer(self.file.text, *scope)
            if not any(span.start <= found.start() < span.end for span in spans)
            and not layout.before(self.file.text, found.start()).lstrip().startswith("#")
        ]

    def _is_handed_on(self, place: Place) -> bool:
        """Whether the variable is read where the key is taken out as well."""
        name = re.compile(rf"(?<![\w-]){re.escape(place.slot.name)}(?![\w-])")
        others = (one for one in self.places if one.span != place.span)
        return any(name.search(self.file.text, *one.span) for one in others)

    def _forced(self, step: Step) -> str:
        known = known_action(step.uses.value.text) if step.uses else None
        if known is None or not known.needs_static_keys:
            return ""
        return replacements.advice(known)

    def _input(self, place: Place) -> None:
        step = place.step
        assert step is not None
        assert step.uses is not None
        known = known_action(step.uses.value.text)
        if known is not None and known.access in (AwsAccess.KEYS_OR_AMBIENT, AwsAccess.REGISTRY):
            self._remove(place)
            self._note(known)
            return
        if known is None:
            self.draft.doubt(
                f"nobody has looked whether `{step.uses.name}` works with a session token"
            )
        elif known.needs_static_keys:
            self.draft.doubt(replacements.advice(known))
        elif _is_before(known, step.uses.ref):
            said = f"`{known.name}@{step.uses.ref}`"
            self.draft.doubt(f"{said} is older than the releases known to take a session token")
        if not self.values.of(place):
            self._remove(place)
            return
        self._substitute(place, known)

    def _note(self, known: KnownAction) -> None:
        if "without keys" in known.note:
            self.draft.doubt(f"`{known.name}`: {known.note}")

    def _call(self, place: Place) -> None:
        self.draft.doubt(
            "the called workflow is not in sight: it must assume the role by itself, and declare"
            f" `{place.slot.name}` no longer"
        )
        self._remove(place)

    def _substitute(self, place: Place, known: KnownAction | None = None) -> None:
        """Hands the session's values over instead of the key's, its token beside them."""
        entry, value = place.slot.entry, self.values.of(place)
        assert entry is not None
        flow = layout.is_flow(self.file.text, self.outline.entries[entry.key.span.start][0])
        self.draft.edit(entry.value.span, layout.scalar(value, flow=flow))
        if not self.values.is_secret(value):
            return
        name = known.session_token if known is not None else token_name(place.slot.name)
        step = place.step
        around = step and (step.inputs if place.sink == "with" else step.env)
        if not name or (around and around.get(name) is not None):
            return
        written = f"{name}: {layout.scalar(self.values.token, flow=flow)}"
        end = entry.span.end
        if flow:
            self.draft.edit(Span(end, end), f", {written}")
            return
        at = layout.line_end(self.file.text, end - 1)
        nl = layout.newline(self.file)
        lead = "" if self.file.text[at - 1 : at] == "\n" else nl
        indent = layout.indent_of(self.file.text, entry.key.span.start)
        self.draft.edit(Span(at, at), f"{lead}{indent}{written}{nl}")
        if known is None and not {name, place.slot.name} <= STANDARD:
            self.draft.doubt(f"`{name}` is new: whatever reads the key must read it, too")
