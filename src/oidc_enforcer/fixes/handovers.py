"""Takes a key out of where it is handed over: entries, settings of scripts, inputs of actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from oidc_enforcer.expression import template
from oidc_enforcer.fixes import layout, replacements, scripts
from oidc_enforcer.fixes.gates import Gates
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.shell import Setting, Sink
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.credentials import Credential, Flavour
from oidc_enforcer.workflow.known_actions import AwsAccess, KnownAction, known_action
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.yaml_tree import Scalar

#: Names by which AWS's tools read the environment's credentials, old ones of Java's SDK included.
STANDARD = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
    }
)
_SESSION = {
    Half.ID: "AWS_ACCESS_KEY_ID",
    Half.SECRET: "AWS_SECRET_ACCESS_KEY",
    Half.TOKEN: "AWS_SESSION_TOKEN",
}
_SECRET_PHRASES = (
    "secret_access_key",
    "secret_key",
    "access_key_secret",
    "key_secret",
    "secret",
    "psw",
)
_DETACHED = re.compile(
    r"docker (?:service|compose|stack)|\s(?:-d|-[a-z]*d[a-z]*|--detach|--restart)\b"
)
_NAME_ONLY = frozenset({Sink.CONTAINER_ENV, Sink.BUILD_ARG})
_REPLACED = frozenset({Sink.FILE, Sink.CLUSTER_SECRET, Sink.REMOTE, Sink.GITHUB_OUTPUT})


def profile_of(credential: Credential) -> str:
    """The profile of the AWS CLI that the key was written to, "" for the default one."""
    pair = credential.pair
    setting = pair.first.slot.setting if pair else None
    if setting is None or setting.sink is not Sink.AWS_CONFIGURE:
        return ""
    name = setting.target.strip()
    return "" if name in ("", "default") or "$" in name else name


class Taken:
    """What was taken out: keys of entries to remove, and steps of which nothing is left."""

    def __init__(
        self,
        file: SourceFile,
        outline: Outline,
        draft: Draft,
        credential: Credential,
        role: Callable[[], str],
    ) -> None:
        self.file, self.outline, self.draft = file, outline, draft
        self.credential = credential
        self.doomed: set[int] = set()
        self.emptied: set[int] = set()
        self.halves = self._halves()
        self.places: list[Place] = []
        self.gates = Gates(file, outline, draft, role)

    def _halves(self) -> dict[tuple[int, int], Half]:
        pair = self.credential.pair
        assert pair is not None
        found = {}
        for half in (Half.ID, Half.SECRET, Half.TOKEN):
            piece = pair.half(half)
            if piece is not None:
                found[id(piece.slot.scalar), piece.slot.start] = half
        return found

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
        for own in settings.values():
            self._script(own)

    # -- entries -----------------------------------------------------------------------------------

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
        whole = self.credential.flavour is not Flavour.ACCESS_KEY
        if whole:
            self.draft.doubt(f"programs that read `{name}` must be able to work with a session")
        if place.step is not None and self._forced(place.step):
            self.draft.doubt(self._forced(place.step))
        if name in STANDARD or whole:
            self._remove(place)
            return
        if place.step is not None and self._session_value(place):
            self._substitute(place)
            return
        reads = self._reads(place)
        if not reads:
            self._remove(place)
            return
        if self.gates.turn(place, reads):
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
        for start, end, written in _keys_in(scalar.text, self._session_value(place)):
            self.draft.edit(scalar.source_span(self.file.text, start, end), written)
        self.draft.doubt(f"`{place.slot.name}` holds a session now, and not its token")

    def _reads(self, place: Place) -> list[Span]:
        """Where the variable's name stands, but for where the key is handed on."""
        name = re.compile(
            rf"(?<![\w-])(?<!secrets\.)(?<!vars\.){re.escape(place.slot.name)}(?![\w-])"
        )
        spans = [one.span for one in self.places]
        return [
            Span(*found.span())
            for found in name.finditer(self.file.text)
            if not any(span.start <= found.start() < span.end for span in spans)
            and not layout.before(self.file.text, found.start()).lstrip().startswith("#")
        ]

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
        if not self._session_value(place):
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

    def _session_value(self, place: Place) -> str:
        half = self.halves.get((id(place.slot.scalar), place.slot.start))
        if half is None:
            named = read_name(place.slot.name)
            half = named.half if named is not None else None
        name = _SESSION.get(half) if half is not None else None
        return f"${{{{ env.{name} }}}}" if name else ""

    def _substitute(self, place: Place, known: KnownAction | None = None) -> None:
        """Hands the session's values over instead of the key's, its token beside them."""
        entry, value = place.slot.entry, self._session_value(place)
        assert entry is not None
        flow = layout.is_flow(self.file.text, self.outline.entries[entry.key.span.start][0])
        self.draft.edit(entry.value.span, layout.scalar(value, flow=flow))
        if "env.AWS_SECRET_ACCESS_KEY" not in value:
            return
        name = known.session_token if known is not None else _token_name(place.slot.name)
        step = place.step
        given = place.sink == "with" and step is not None and step.inputs.get(name) is not None
        if not name or given or (known is None and not name):
            return
        written = f"{name}: {layout.scalar('${{ env.AWS_SESSION_TOKEN }}', flow=flow)}"
        end = entry.span.end
        if flow:
            self.draft.edit(Span(end, end), f", {written}")
            return
        at = layout.line_end(self.file.text, end - 1)
        nl = layout.newline(self.file)
        lead = "" if self.file.text[at - 1 : at] == "\n" else nl
        indent = layout.indent_of(self.file.text, entry.key.span.start)
        self.draft.edit(Span(at, at), f"{lead}{indent}{written}{nl}")
        if known is None:
            self.draft.doubt(f"`{name}` is new: whatever reads the key must read it, too")

    # -- scripts -----------------------------------------------------------------------------------

    def _script(self, found: list[Place]) -> None:
        scalar = found[0].slot.scalar
        goes: list[Setting] = []
        changes: list[scripts.Change] = []
        for place in found:
            setting = place.setting
            assert setting is not None
            if setting.sink in _NAME_ONLY and setting.name in STANDARD:
                changes += self._by_name(place, scalar)
            elif self._is_replaced(place):
                changes += self._in_place(place)
            else:
                goes.append(setting)
                self._weigh(place)
        changes += scripts.without(scalar.text, goes)
        step = found[0].step
        if step is not None and scripts.is_blank(scalar.text, changes):
            if found[0].name:
                self._empty_input(found[0], step)
            else:
                self.emptied.add(id(step.node))
            return
        for edit in scripts.edits_of(scalar, self.file.text, changes):
            self.draft.edit(edit.span, edit.text)

    def _empty_input(self, place: Place, step: Step) -> None:
        item = step.inputs.get(place.name)
        if step.uses is not None and step.uses.is_action("actions/github-script"):
            self.emptied.add(id(step.node))
        elif item is not None:
            self.doomed.add(item.entry.key.span.start)

    def _is_replaced(self, place: Place) -> bool:
        setting = place.setting
        assert setting is not None
        if setting.sink in _REPLACED or setting.sink in _NAME_ONLY:
            return True
        if setting.sink is Sink.FLAG and place.step is not None and self._is_code(place.step):
            return True
        lasting = setting.sink in (Sink.VARIABLE, Sink.EXPORTED, Sink.GITHUB_ENV)
        return lasting and setting.name not in STANDARD and bool(self._session_value(place))

    def _is_code(self, step: Step) -> bool:
        """Whether the script is a program, whose calls must keep their arguments."""
        return step.run is None or step.shell.split(" ")[0] in ("python", "python3", "node")

    def _weigh(self, place: Place) -> None:
        setting = place.setting
        assert setting is not None
        if setting.sink is Sink.FLAG and setting.target != "serverless":
            self.draft.doubt(
                f"the option `{setting.name}` goes: the program must take the environment's"
                " credentials"
            )
        if setting.sink is Sink.CREDENTIALS_FILE and not setting.name:
            self.draft.doubt("the credentials file may have held more than one profile")

    def _in_place(self, place: Place) -> Iterable[scripts.Change]:
        """The session's value where the key's stood."""
        setting, value = place.setting, self._session_value(place)
        assert setting is not None
        self.draft.doubt(
            f"`{setting.name or 'the value'}` is a session's now: it ends within the hour, and"
            " whatever reads it needs the session token, too"
        )
        text = place.slot.scalar.text[setting.value_start : setting.value_end]
        inside = list(_keys_in(text, value))
        if not inside and value:
            yield scripts.Change(setting.value_start, setting.value_end, value)
        for start, end, written in inside:
            at = setting.value_start
            yield scripts.Change(at + start, at + end, written)

    def _by_name(self, place: Place, scalar: Scalar) -> Iterable[scripts.Change]:
        """`-e NAME=value` becomes `-e NAME`, which takes the environment's."""
        setting, text = place.setting, scalar.text
        assert setting is not None
        equals = text.rfind("=", setting.start, setting.value_start + 1)
        if equals < 0:
            return
        if setting.sink is Sink.BUILD_ARG:
            self.draft.doubt("the image's build must take `AWS_SESSION_TOKEN` as an argument, too")
        elif _DETACHED.search(text):
            self.draft.doubt(
                "the container goes on after the job; its session ends within the hour"
            )
        flag = "--build-arg" if setting.sink is Sink.BUILD_ARG else "-e"
        token = f" {flag} AWS_SESSION_TOKEN" if setting.name == "AWS_SECRET_ACCESS_KEY" else ""
        if place.name:  # lines of an input: `NAME=value`
            yield from self._in_place(place)
            return
        yield scripts.Change(equals, setting.value_end, "")
        end = setting.value_end
        while end < len(text) and text[end] in "\"'":
            end += 1
        if token:
            yield scripts.Change(end, end, token)


def _keys_in(text: str, value: str) -> Iterator[tuple[int, int, str]]:
    """The expressions in a text that give a key, each with the session's value in its place.

    `value` is what stands for a key whose own name does not tell which half it is.
    """
    for part in template(text).parts:
        if isinstance(part, str):
            continue
        stored = [flow for flow in part.flows if flow.context in ("secrets", "vars")]
        names = (read_name(flow.name or flow.hint) for flow in stored)
        half = next((named.half for named in names if named is not None), None)
        name = _SESSION.get(half) if half is not None else None
        if name is not None:
            yield part.start, part.end, f"${{{{ env.{name} }}}}"
        elif stored and value:
            yield part.start, part.end, value


def _token_name(secret: str) -> str:
    """What the session token is called beside a secret: `X_SECRET_KEY` -> `X_SESSION_TOKEN`."""
    joint = "-" if "-" in secret else "_"
    upper = secret.isupper()
    folded = secret.replace("-", "_").lower()
    for phrase in _SECRET_PHRASES:
        at = folded.find(phrase)
        if at >= 0:
            name = f"{folded[:at]}session_token{folded[at + len(phrase) :]}".replace("_", joint)
            return name.upper() if upper else name
    return ""
