"""What the scripts of steps do: their settings, their AWS calls, the tools they use, read once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from oidc_enforcer import shell
from oidc_enforcer.records import NamedTuple
from oidc_enforcer.workflow import aws_calls, handed_over
from oidc_enforcer.workflow.aws_calls import AwsCall
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.model import Step
from oidc_enforcer.workflow.variables import Variable, Variables


class Deeds(NamedTuple):
    """A script, the AWS CLI commands among its own that talk to a service, and its tools.

    `variables` are the settings that a later line of the script can read back, by their names, and
    what it writes to files.
    `removals` tell where variables are removed from the environment, or set to nothing.
    """

    script: shell.Script
    calls: tuple[AwsCall, ...]
    tools: tuple[shell.Use, ...]
    variables: Mapping[str, tuple[shell.Setting, ...]]
    removals: Mapping[str, tuple[int, ...]] = {}

    def last_setting(self, name: str, before: int) -> shell.Setting | None:
        """The setting of a variable that is in force at an offset of the script."""
        found = self.variables.get(name, ())
        at = bisect_left(found, before, key=lambda setting: setting.start)
        return found[at - 1] if at else None

    def settings_before(self, name: str, before: int) -> tuple[shell.Setting, ...]:
        """The last settings of a variable before an offset, the very last one first."""
        found = self.variables.get(name, ())
        at = bisect_left(found, before, key=_start)
        return found[max(at - _MOST_BRANCHES, 0) : at][::-1]

    def in_force(self, name: str, before: int) -> shell.Setting | None:
        """The same, unless the variable has been removed since."""
        found = self.last_setting(name, before)
        removed = self.removals.get(name, ()) if found is not None else ()
        return None if any(found.start < at < before for at in removed if found) else found

    def is_removed(self, setting: shell.Setting) -> bool:
        """Whether the variable is removed at the end, which the setting has set before."""
        return self.removals.get(setting.name, (-1,))[-1] > setting.start


#: Settings of one variable that are looked at; in a chain of branches the others say nothing new.
_MOST_BRANCHES = 4
NOTHING = Deeds(shell.Script((), ()), (), (), {})
_READ_BACK = frozenset({shell.Sink.VARIABLE, shell.Sink.EXPORTED})
_OF_ENVIRONMENT = _READ_BACK | {shell.Sink.PREFIX}
#: A script without any of these words sets no credential, logs nobody in and calls no AWS.
#: `key` covers keyid, access_key and key-id; `cred` covers credentials files.
_WORDS = (
    *(
        "aws",
        "key",
        "cred",
        "id_token",
        "idtoken",
        "saml",
        "vault",
        "alias",
        "token",
        "github_env",
        "github_output",
        "set-env",
        "set-output",
    ),
    *("endpoint", "s3:", "granted", "assume ", "leapp", "boto"),
    *(
        "cdk ",
        "sam deploy",
        "sam sync",
        "eksctl ",
        "copilot ",
        "ecs-cli ",
        "eb deploy",
        "eb create",
    ),
)


@lru_cache(maxsize=512)
def _read(text: str, dialect: str) -> Deeds:
    script = shell.read(text, dialect)
    tools = shell.tools(script)
    if not any(use.tool is shell.Tool.ID_TOKEN_REQUEST for use in tools):
        tools = (*tools, *islice(shell.token_reads(text), 1))
    if more := tuple(handed_over.settings(text, dialect, script)):
        together = sorted((*script.settings, *more), key=_start)
        script = script._replace(settings=tuple(together))
    variables: dict[str, list[shell.Setting]] = {}
    for setting in script.settings:
        if setting.sink in _READ_BACK:
            variables.setdefault(setting.name, []).append(setting)
        elif setting.sink is shell.Sink.CONTENT:
            variables.setdefault(content_of(setting.target), []).append(setting)
    by_name = {name: tuple(found) for name, found in variables.items()}
    deeds = Deeds(script, (), tools, by_name, _removals(script))
    return deeds._replace(calls=tuple(aws_calls.of_script(text, script, tools, deeds.in_force)))


def content_of(path: str) -> str:
    """The name under which the content of a file is kept among variables."""
    return f"< {path}"


def _removals(script: shell.Script) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for setting in script.settings:
        # NOTE: what is removed on another machine has its name as the target.
        removed = setting.sink is shell.Sink.UNSET and setting.target in _HERE
        if removed or (setting.value == "" and setting.sink in _OF_ENVIRONMENT):
            found[setting.name] = (*found.get(setting.name, ()), setting.start)
    return found


_HERE = frozenset({"", "GITHUB_ENV"})


def _start(setting: shell.Setting) -> int:
    return setting.start


# NOTE: as many as one file may hold, since what judges it comes back to each; `forget` keeps few.
@lru_cache(maxsize=16_384)
def read_script(text: str, dialect: str) -> Deeds:
    """Reads a script when it holds a word that could matter; readings are remembered."""
    folded = text.lower()
    if not any(map(folded.__contains__, _WORDS)):
        return NOTHING
    return _read(text, dialect)


def forget() -> None:
    """Forgets the scripts of earlier files, when they are more than files share with each other."""
    if read_script.cache_info().currsize > _MOST_SHARED:
        read_script.cache_clear()


_MOST_SHARED = 2048


def of_step(step: Step) -> Deeds:
    """What the step's `run:` does with credentials; nothing when no word of it could matter."""
    if step.run is None:
        return NOTHING
    return read_script(step.run.text, step.shell or "bash")


def in_full(step: Step) -> Deeds:
    """The step's script in full, for when somebody asks for a name that it may set."""
    if step.run is None:
        return NOTHING
    return _read(step.run.text, step.shell or "bash")


def calls_of(steps: Iterable[Step]) -> Iterator[AwsCall]:
    """The calls of steps that use the keys of their job, having none of their own."""
    for step in steps:
        found = of_step(step).calls or aws_calls.of_inputs(step)
        if found and not _has_own_key(step):
            yield from found


def _has_own_key(step: Step) -> bool:
    names = (read_name(item.name) for item in (*step.env.items, *step.inputs.items))
    return any(named is not None and named.half is Half.ID for named in names)


def calls_in(step: Step, around: Iterable[Variables]) -> Iterator[AwsCall]:
    """The calls of a step's script, with the endpoint that the AWS CLI finds in its environment."""
    calls = of_step(step).calls
    given = (each.text("AWS_ENDPOINT_URL") for each in (step.env, *around)) if calls else ()
    endpoint = next((text for text in given if text), None)
    for call in calls:
        yield call if call.endpoint else call._replace(endpoint=endpoint)


# -- scripts in inputs -----------------------------------------------------------------------------


def of_inputs(step: Step) -> Iterator[tuple[Variable, Deeds]]:
    """Inputs that hold a script, arguments or `NAME=value` lines, and what they set.

    Which they are is told by their text: more than one expression or word stands in them.
    """
    is_javascript = step.uses is not None and step.uses.is_action("actions/github-script")
    for item in step.inputs:
        text = item.value.text
        if is_javascript and item.name == "script":
            yield item, read_script(text, "javascript")
        elif " " in text.strip() and _is_more_than_an_expression(item):
            yield item, _of_text(item.name.lower(), text)


def of_options(text: str) -> Deeds:
    """What a container's `options:` hand to it: they are those of `docker create`."""
    return _wrapped("docker run ", text.replace("\n", " "), " image")


def _of_text(name: str, text: str) -> Deeds:
    if name in ("build-args", "build_args", "buildargs"):
        return _as_lines(text, shell.Sink.BUILD_ARG)
    if text.startswith("-c "):  # arguments of a shell, which is the entry point
        read = _wrapped("sh ", text, "")
    elif text.startswith("-"):  # arguments, perhaps one a line
        read = _wrapped("program ", text.replace("\n", " "), "")
    else:
        read = read_script(text, "bash")
    if any(read_name(s.name) for s in read.script.settings if s.group != handed_over.NO_GROUP):
        return read
    lines = _as_lines(text, shell.Sink.FILE)
    return lines if any(read_name(s.name) for s in lines.script.settings) else read


def _as_lines(text: str, sink: shell.Sink) -> Deeds:
    """The text read as a file's: `NAME=value`, `name: value`, JSON; also quoted as a whole."""
    bare = "\n".join(f" {line[1:-1]} " if _is_quoted(line) else line for line in text.split("\n"))
    deeds = _wrapped("cat > file <<'\x01'\n", bare, "\n\x01\n")
    return deeds._replace(
        script=deeds.script._replace(
            settings=tuple(setting._replace(sink=sink) for setting in deeds.script.settings)
        )
    )


def _is_quoted(line: str) -> bool:
    return len(line) > 1 and line[0] in "\"'" and line[-1] == line[0]


def _wrapped(before: str, text: str, after: str) -> Deeds:
    """What the text means between two others, with offsets of its own."""
    deeds = read_script(before + text + after, "bash")
    shift = len(before)
    settings = tuple(
        s._replace(
            start=s.start - shift,
            end=s.end - shift,
            value_start=s.value_start - shift,
            value_end=s.value_end - shift,
        )
        for s in deeds.script.settings
        if s.start >= shift
    )
    commands = tuple(
        c._replace(start=max(c.start - shift, 0), end=c.end - shift)
        for c in deeds.script.commands
        if c.end > shift
    )
    tools = tuple(
        use._replace(start=max(use.start - shift, 0), end=use.end - shift) for use in deeds.tools
    )
    return Deeds(shell.Script(settings, commands), deeds.calls, tools, {})


def _is_more_than_an_expression(item: Variable) -> bool:
    return any(isinstance(part, str) and part.strip() for part in item.template.parts)
