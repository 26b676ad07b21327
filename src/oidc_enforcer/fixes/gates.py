"""Conditions that ask whether a key is set: they ask for its role instead."""

from __future__ import annotations

from collections.abc import Callable

from oidc_enforcer.expression import template
from oidc_enforcer.fixes import layout, roles
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Draft
from oidc_enforcer.source import SourceFile, Span


class Gates:
    """`if: env.AWS_KEY != ''` needs a variable that is set where AWS is to be used."""

    def __init__(
        self, file: SourceFile, outline: Outline, draft: Draft, role: Callable[[], str]
    ) -> None:
        self.file, self.outline, self.draft, self.role = file, outline, draft, role

    def turn(self, place: Place, reads: list[Span]) -> bool:
        """Makes the variable the role's; False where more than conditions read it."""
        entry = place.slot.entry
        if entry is None or place.step is not None or not all(map(self._is_gate, reads)):
            return False
        value = self.role()
        flows = template(value).flows
        name = flows[0].name if len(flows) == 1 and flows[0].name else roles.VARIABLE
        if f"{name}:" in self.file.text:
            return False
        flow = layout.is_flow(self.file.text, self.outline.entries[entry.key.span.start][0])
        self.draft.edit(entry.span, f"{name}: {layout.scalar(value, flow=flow)}")
        for span in reads:
            self.draft.edit(span, name)
        return True

    def _is_gate(self, span: Span) -> bool:
        """Whether `env.NAME` stands here, in an `if:`."""
        if not self.file.text[: span.start].endswith("env."):
            return False
        return any(
            entry.key.text == "if" and entry.value.span.start <= span.start < entry.value.span.end
            for _, entry in self.outline.entries.values()
        )
