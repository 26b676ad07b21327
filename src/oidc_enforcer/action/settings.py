"""The configuration of a run: the organisation's, the default branch's, then the inputs.

INVARIANT: nothing here comes from the commit that is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oidc_enforcer.action.inputs import Inputs
from oidc_enforcer.action.runner import Run
from oidc_enforcer.config import Config, Exemption
from oidc_enforcer.config.layers import (
    Effective,
    Layer,
    merge,
    read,
    refuse_typed,
    typed,
)
from oidc_enforcer.errors import UserError
from oidc_enforcer.files import CONFIG_FILES, ORGANISATION_FILE
from oidc_enforcer.finding import Severity
from oidc_enforcer.github.held import missing_configuration
from oidc_enforcer.rules import severities
from oidc_enforcer.source import SourceFile

#: The organisation's own, as GraphQL names it: the repository is `<owner>/.github`.
OF_ORGANISATION = f"HEAD:{ORGANISATION_FILE}"


def expressions(inputs: Inputs) -> tuple[str, ...]:
    """The files of the default branch that a run reads, as GraphQL names them."""
    paths = [*CONFIG_FILES, inputs.config_path, inputs.trust_snapshot]
    return tuple(f"HEAD:{path}" for path in dict.fromkeys(paths) if path)


def effective(run: Run, inputs: Inputs, texts: Mapping[str, bytes | None]) -> Effective:
    """All layers of this run; raises UserError for a malformed one, or an input that loosens."""
    rules = severities()
    found = merge(_layers(run, inputs, texts, rules), rules)
    refuse_typed(found)
    return found


def pending(
    texts: Mapping[str, bytes | None], head: bytes, config: Config
) -> tuple[Exemption, ...]:
    """Exceptions that the judged commit's configuration adds: they count once they are merged."""
    if not head or any(texts.get(f"HEAD:{path}") == head for path in CONFIG_FILES):
        return ()
    try:
        layer = _read("repository", "the judged commit", CONFIG_FILES[0], head, severities())
    except UserError:
        return ()  # it judges nothing, so nobody has to read it
    found = layer.values.get("exceptions")
    there = {one._replace(place=None) for one in config.exceptions}
    listed = found.value if found and isinstance(found.value, tuple) else ()
    return tuple(one for one in listed if one._replace(place=None) not in there)


def _layers(
    run: Run, inputs: Inputs, texts: Mapping[str, bytes | None], rules: Mapping[str, Severity]
) -> Iterator[Layer]:
    owner = run.repository.partition("/")[0]
    organisation = texts.get(OF_ORGANISATION)
    if organisation is not None:
        origin = f"`{ORGANISATION_FILE}` of {owner}/.github"
        yield _read("organisation", origin, ORGANISATION_FILE, organisation, rules)
    elif inputs.require_org_config == "true":
        raise missing_configuration(owner)
    found = [path for path in CONFIG_FILES if texts.get(f"HEAD:{path}") is not None]
    if len(found) > 1:
        raise UserError(f"there are both `{found[0]}` and `{found[1]}`", "keep one of them")
    for path in found:
        data = texts[f"HEAD:{path}"] or b""
        yield _read("repository", f"`{path}` of the default branch", path, data, rules)
    yield from _inputs(inputs, texts, rules)


def _inputs(
    inputs: Inputs, texts: Mapping[str, bytes | None], rules: Mapping[str, Severity]
) -> Iterator[Layer]:
    if path := inputs.config_path:
        data = texts.get(f"HEAD:{path}")
        if data is None:
            raise UserError(
                f"input `config`: there is no `{path}` on the default branch",
                "paths are read there, so that a pull request cannot change what it is judged by",
            )
        layer = _read("input `config`", f"`{path}` of the default branch", path, data, rules)
        yield layer._replace(is_typed=True)
    elif inputs.config:
        data = inputs.config.encode()
        name = "input `config`"
        yield _read(name, name, "config", data, rules)._replace(is_typed=True)
    for name, value in inputs.settings.items():
        yield typed(f"input `{name}`", {name: value}, rules)


def _read(name: str, origin: str, path: str, data: bytes, rules: Mapping[str, Severity]) -> Layer:
    return read(name, origin, SourceFile.decode(path, data), rules)
