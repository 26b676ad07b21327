"""What a script says: the settings it makes and the commands it runs."""

from __future__ import annotations

import enum

from oidc_enforcer.records import NamedTuple


class Sink(enum.Enum):
    """Where a script puts a value."""

    VARIABLE = "shell variable"
    EXPORTED = "environment variable"
    PREFIX = "environment of one command"
    GITHUB_ENV = "environment of the later steps"
    GITHUB_OUTPUT = "step output"
    AWS_CONFIGURE = "AWS CLI configuration"
    CREDENTIALS_FILE = "AWS credentials file"
    FILE = "file"
    CONTENT = "content of a file that sets no name"
    CONTAINER_ENV = "environment of a container"
    BUILD_ARG = "image build argument"
    CLUSTER_SECRET = "cluster secret"
    REPOSITORY_SECRET = "secret of a repository"
    FLAG = "command-line option"
    REMOTE = "remote host"
    UNSET = "removal"

    @property
    def is_by_group(self) -> bool:
        """Whether settings belong together only in one file, profile, object or command."""
        return self in _BY_GROUP

    # NOTE: of the member itself; by its name, as by default, takes five times as long.
    __hash__ = object.__hash__


#: Variables that the script's own commands see, gone when it ends.
OF_SCRIPT = frozenset({Sink.VARIABLE, Sink.EXPORTED, Sink.PREFIX})
_BY_GROUP = frozenset(
    {
        *(Sink.AWS_CONFIGURE, Sink.CREDENTIALS_FILE, Sink.FILE, Sink.CONTAINER_ENV),
        *(Sink.BUILD_ARG, Sink.CLUSTER_SECRET, Sink.REPOSITORY_SECRET, Sink.FLAG),
    }
)


class Setting(NamedTuple):
    """A value given to a name. Offsets are the script's, `[start, end)`.

    `name` is written without leading dashes, empty where a whole file is the value. `value` has
    the script's quotes taken off and every `${{ }}`, `$X` and `$(…)` left as written; None means
    that only a name is given (`docker run -e NAME`, `unset NAME`). Settings of equal `group` belong
    together: one command, one file and profile, one environment; a credential's name met again
    begins a new group. `target` is the profile, path, image, host or command. `reads` are the
    variables expanded in the value, `substitution` the text of its first command substitution.
    `expands` is False where the shell leaves `$X` alone (GitHub still replaces `${{ }}`).
    """

    sink: Sink
    name: str
    value: str | None
    start: int
    end: int
    value_start: int
    value_end: int
    group: int
    target: str = ""
    reads: tuple[str, ...] = ()
    substitution: str = ""
    expands: bool = True


class Command(NamedTuple):
    """A simple command: its words unquoted, without prefix assignments and redirections.

    `starts` and `ends` are the offsets of the words as written. `host` names the machine when the
    command runs at the far end of `ssh`. In Python and JavaScript a call counts as a command, its
    first word being the function.
    """

    words: tuple[str, ...]
    start: int
    end: int
    group: int
    reads: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    host: str = ""


class Script(NamedTuple):
    """All settings and commands of a script, each in the order of their offsets."""

    settings: tuple[Setting, ...]
    commands: tuple[Command, ...]
