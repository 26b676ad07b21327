"""The door to libyaml: the C parser that ruamel.yaml.clib brings.

GitHub reads workflows with YamlDotNet, a port of libyaml, so libyaml refuses what GitHub refuses.
ruamel.yaml's parser in Python does not (it takes TABs and line breaks differently), which is why
there is no falling back to it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from typing import Protocol

    from ruamel.yaml import error, reader

    from oidc_enforcer.yaml_tree.events import Alias, DocumentStart, End, Frame, Start
    from oidc_enforcer.yaml_tree.scalars import Scalar

    class Parser(Protocol):
        """What is used of `_ruamel_yaml.CParser`."""

        def get_event(self) -> Any:
            """The next event, None behind the last; raises YAMLError."""

        def raw_parse(self) -> int:
            """The number of events, of which it makes no objects; raises YAMLError."""

    class Library(Protocol):
        """What is used of `_ruamel_yaml`, which ships no types."""

        YAMLError: type[error.YAMLError]
        ReaderError: type[reader.ReaderError]
        ScalarEvent: type[Scalar]
        MappingStartEvent: type[Start]
        MappingEndEvent: type[End]
        SequenceStartEvent: type[Start]
        SequenceEndEvent: type[End]
        AliasEvent: type[Alias]
        StreamStartEvent: type[Frame]
        StreamEndEvent: type[Frame]
        DocumentStartEvent: type[DocumentStart]
        DocumentEndEvent: type[Frame]

        def CParser(self, stream: str | bytes) -> Parser:  # noqa: N802 - the library's name
            """A parser of a text."""

        def get_version_string(self) -> str:
            """The version of libyaml."""


@cache
def library() -> Library:
    """The library, imported at first use: that takes longer than reading a hundred files."""
    try:
        import _ruamel_yaml
    except ImportError as problem:
        raise UserError(
            "the C parser of ruamel.yaml is missing",
            hint="install it: `pip install ruamel.yaml ruamel.yaml.clib`",
        ) from problem
    module: Library = _ruamel_yaml
    _make_our_own(module)
    return module


def _make_our_own(module: Library) -> None:
    """Lets the parser make our nodes: its own events run through three initialisers each.

    NOTE: it looks the classes up by name whenever it makes one. Nobody else in this process
    parses with it: ruamel.yaml's loaders and dumpers are not used.
    """
    from oidc_enforcer.yaml_tree import events, scalars

    module.ScalarEvent = scalars.Scalar
    module.AliasEvent = events.Alias
    module.MappingStartEvent, module.MappingEndEvent = events.MappingStart, events.MappingEnd
    module.SequenceStartEvent, module.SequenceEndEvent = events.SequenceStart, events.SequenceEnd
    module.StreamStartEvent = module.StreamEndEvent = module.DocumentEndEvent = events.Frame
    module.DocumentStartEvent = events.DocumentStart


def parser_version() -> str:
    """The parser's name and version, and that of the libyaml inside it."""
    libyaml = library().get_version_string()
    from importlib.metadata import PackageNotFoundError, version

    try:
        package = version("ruamel.yaml.clib")
    except PackageNotFoundError:
        package = "of unknown version"
    return f"ruamel.yaml.clib {package} (libyaml {libyaml})"
