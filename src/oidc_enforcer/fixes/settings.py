"""Takes a key out of scripts: the commands that set it, or the value where something needs one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from oidc_enforcer.fixes import scripts
from oidc_enforcer.fixes.places import Place
from oidc_enforcer.fixes.proposal import NoFix
from oidc_enforcer.fixes.script_commands import Change, line_end
from oidc_enforcer.fixes.session_values import STANDARD, SessionValues, keys_in
from oidc_enforcer.fixes.site import Site
from oidc_enforcer.shell import Setting, Sink
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.credentials import Flavour
from oidc_enforcer.workflow.model import Step

_DETACHED = re.compile(
    r"docker (?:service|compose|stack)|\s(?:-d|-[a-z]*d[a-z]*|--detach|--restart)\b"
)
_NAME_ONLY = frozenset({Sink.CONTAINER_ENV, Sink.BUILD_ARG})
_SHELL = frozenset({Sink.VARIABLE, Sink.EXPORTED})
#: How actions that run a script on another machine call it.
_HOSTS = ("host", "hostname", "hosts", "server", "remote_host", "ssh_host")
_REPLACED = frozenset({Sink.FILE, Sink.CLUSTER_SECRET, Sink.REMOTE, Sink.GITHUB_OUTPUT})


class Settings:
    """What scripts of a site set."""

    def __init__(self, site: Site, values: SessionValues) -> None:
        self.file, self.draft, self.values = site.file, site.draft, values
        self.doomed, self.emptied = site.doomed, site.emptied
        self.flavour = site.credential.flavour
        #: Where the key stands in the file, at the places of other scripts and entries as well.
        self.spans: list[Span] = []

    def take_out(self, found: list[Place]) -> None:
        """Takes the key out of all these places of one script."""
        scalar = found[0].slot.scalar
        goes = [place for place in found if not self._stays(place, found)]
        changes = [change for place in found if place not in goes for change in self._held(place)]
        for place in goes:
            self._weigh(place)
        going = [place.setting for place in goes if place.setting is not None]
        changes += scripts.without(scalar.text, going)
        self._look_for_readers(found[0], going, scripts.applied(scalar.text, changes))
        step = found[0].step
        if step is not None and scripts.is_blank(scalar.text, changes):
            if found[0].name:
                self._empty_input(found[0], step)
            else:
                self.emptied.add(id(step.node))
            return
        for edit in scripts.edits_of(scalar, self.file.text, changes):
            self.draft.edit(edit.span, edit.text)

    def _stays(self, place: Place, found: list[Place]) -> bool:
        """Whether something must be handed on where the key is, and not nothing."""
        if self._is_remote(place) or self._needs_name_alone(place):
            return True
        return self._is_replaced(place) and not self._is_unread(found, place)

    def _held(self, place: Place) -> Iterable[Change]:
        """The changes at a place where something is handed on."""
        if self._is_remote(place):
            return self._elsewhere(place)
        return self._by_name(place) if self._needs_name_alone(place) else self._in_place(place)

    def _needs_name_alone(self, place: Place) -> bool:
        setting = place.setting
        assert setting is not None
        return setting.sink in _NAME_ONLY and setting.name in STANDARD

    def _empty_input(self, place: Place, step: Step) -> None:
        item = step.inputs.get(place.name)
        if step.uses is not None and step.uses.is_action("actions/github-script"):
            self.emptied.add(id(step.node))
        elif item is not None:
            self.doomed.add(item.entry.key.span.start)

    def _is_remote(self, place: Place) -> bool:
        """Whether the script is an action's that runs it on another machine."""
        step, setting = place.step, place.setting
        return (
            step is not None
            and setting is not None
            and setting.sink in _SHELL
            and step.run is None
            and any(step.inputs.get(name) is not None for name in _HOSTS)
        )

    def _elsewhere(self, place: Place) -> Iterable[Change]:
        """The session's values on another machine, which has none of the job's variables."""
        setting, text = place.setting, place.slot.scalar.text
        assert setting is not None
        self.draft.doubt("another machine gets the job's session, which ends within the hour")
        value = self.values.of(place)
        if not value:
            raise NoFix("which half of the key another machine is given cannot be told")
        yield Change(setting.value_start, setting.value_end, value)
        if "env.AWS_SECRET_ACCESS_KEY" in value:
            command = text[text.rfind("\n", 0, setting.start) + 1 : setting.start]
            token = setting.name.replace("SECRET_ACCESS_KEY", "SESSION_TOKEN")
            if setting.name == token or command.strip() not in ("", "export"):
                self.draft.doubt("`AWS_SESSION_TOKEN` must be set there, too")
                return
            end = line_end(text, setting.value_end)
            line = f"{command}{token}=${{{{ env.AWS_SESSION_TOKEN }}}}"
            yield Change(end, end, f"\n{line}")

    def _look_for_readers(self, place: Place, goes: list[Setting], left: str) -> None:
        """Doubts where a credentials file goes that something still reads."""
        if not any(setting.sink is Sink.CREDENTIALS_FILE for setting in goes):
            return
        others = place.job.steps if place.job is not None else ()
        texts = [
            step.run.text for step in others if step.run is not None and step is not place.step
        ]
        if any(scripts.READS_FILE.search(text) for text in (left, *texts)):
            self.draft.doubt("the credentials file is not written any more, and something reads it")

    def _is_replaced(self, place: Place) -> bool:
        setting = place.setting
        assert setting is not None
        if setting.sink in _REPLACED or setting.sink in _NAME_ONLY:
            return True
        if setting.sink is Sink.FLAG and place.step is not None and self._is_code(place.step):
            return True
        lasting = setting.sink in (Sink.VARIABLE, Sink.EXPORTED, Sink.GITHUB_ENV)
        return lasting and setting.name not in STANDARD and bool(self.values.of(place))

    def _is_unread(self, found: list[Place], place: Place) -> bool:
        """Whether a variable of the shell is read by nothing but what goes as well."""
        setting, step = place.setting, place.step
        assert setting is not None
        if setting.sink is Sink.GITHUB_ENV and setting.name not in STANDARD:
            return self._is_read_by_what_goes(place)
        if setting.sink not in _SHELL or step is None or self._is_code(step):
            return False
        spans = [one.setting for one in found if one.setting is not None]
        name = rf"(?:\$\{{?|%|\$env:){re.escape(setting.name)}\b"
        reads = list(re.finditer(name, place.slot.scalar.text))
        if not reads and setting.sink is Sink.EXPORTED and setting.name not in STANDARD:
            return False  # a program that the script runs reads it: what else is it exported for
        return all(any(s.start <= read.start() < s.value_end for s in spans) for read in reads)

    def _is_read_by_what_goes(self, place: Place) -> bool:
        """Whether a variable of later steps is read at places that go as well, and only there."""
        name = re.compile(rf"(?<![\w-]){re.escape(place.slot.name)}(?![\w-])")
        reads = [
            read.start()
            for read in name.finditer(self.file.text)
            if not place.span.start <= read.start() < place.span.end
        ]
        return bool(reads) and all(
            any(span.start <= at < span.end for span in self.spans) for at in reads
        )

    def _is_code(self, step: Step) -> bool:
        """Whether the script is a program, whose calls must keep their arguments."""
        return step.run is None or step.shell.split(" ")[0] in ("python", "python3", "node")

    def _weigh(self, place: Place) -> None:
        setting = place.setting
        assert setting is not None
        if self.flavour is not Flavour.ACCESS_KEY:
            self.draft.doubt(
                f"programs that read `{setting.name}` must be able to work with a session"
            )
        if setting.sink is Sink.FLAG and setting.target != "serverless":
            self.draft.doubt(
                f"the option `{setting.name}` goes: the program must take the environment's"
                " credentials"
            )
        if setting.sink is Sink.CREDENTIALS_FILE and not setting.name:
            self.draft.doubt("the credentials file may have held more than one profile")

    def _in_place(self, place: Place) -> Iterable[Change]:
        """The session's value where the key's stood."""
        setting, value = place.setting, self.values.of(place)
        assert setting is not None
        text, at = place.slot.scalar.text, setting.value_start
        inside = [
            Change(at + start, at + end, written)
            for start, end, written in keys_in(text[at : setting.value_end], value)
        ]
        if not inside and value:
            inside = [Change(at, setting.value_end, value)]
        if not all(_is_argument(text, change) for change in inside):
            self.draft.doubt(
                f"`{setting.name or 'the value'}` is a session's now: it ends within the hour, and"
                " whatever reads it needs the session token, too"
            )
        for change in inside:
            yield change
            yield from _token_beside(text, change)

    def _by_name(self, place: Place) -> Iterable[Change]:
        """`-e NAME=value` becomes `-e NAME`, which takes the environment's."""
        setting, text = place.setting, place.slot.scalar.text
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
        if place.name:  # lines of an input: `NAME=value`
            yield from self._in_place(place)
        else:
            yield from _without_value(text, setting, equals)


def _without_value(text: str, setting: Setting, equals: int) -> Iterator[Change]:
    end = setting.value_end
    start = equals - len(setting.name)
    quote = text[start - 1]
    if quote in "\"'" and text[end : end + 1] == quote:
        yield Change(start - 1, start, "")
        end += 1
    yield Change(equals, end, "")
    while end < len(text) and text[end] in "\"'":
        end += 1
    if setting.name == "AWS_SECRET_ACCESS_KEY":
        flag = "--build-arg" if setting.sink is Sink.BUILD_ARG else "-e"
        yield Change(end, end, f" {flag} AWS_SESSION_TOKEN")


#: How calls of AWS's SDKs name the halves of a key, as far as the value's quote.
_ID = re.compile(r"(?:aws_access_key_id|accessKeyId)\s*[=:]\s*[\"'`]\Z")
_SECRET = re.compile(
    r"(?P<name>aws_secret_access_key|secretAccessKey)(?P<joint>\s*[=:]\s*)(?P<quote>[\"'`])\Z"
)
_TOKENS = {"aws_secret_access_key": "aws_session_token", "secretAccessKey": "sessionToken"}


def _is_argument(text: str, change: Change) -> bool:
    """Whether it stands in a call of an SDK, which takes a session token as one more argument."""
    return any(half.search(text, 0, change.start) for half in (_ID, _SECRET))


def _token_beside(text: str, change: Change) -> Iterator[Change]:
    """The session token as one more argument, behind the secret."""
    found = _SECRET.search(text, 0, change.start)
    if found is not None:
        name, joint, quote = found.group("name", "joint", "quote")
        after = change.end + (text[change.end : change.end + 1] == quote)
        token = f"{quote}${{{{ env.AWS_SESSION_TOKEN }}}}{quote}"
        yield Change(after, after, f", {_TOKENS[name]}{joint}{token}")
