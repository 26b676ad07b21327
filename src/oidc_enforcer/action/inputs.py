"""The Action's inputs as a workflow sets them, checked by the table behind `action.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from oidc_enforcer.action_inputs import INPUTS
from oidc_enforcer.cli.parser import suggestion
from oidc_enforcer.errors import UserError

_MOST_COMMENTS = 100


class Inputs(NamedTuple):
    """What the workflow asks for; empty where it says nothing."""

    token: str = ""
    mode: str = ""
    fail_on: str = ""
    config: str = ""
    require_org_config: str = ""
    aws_role_to_assume: str = ""
    aws_region: str = ""
    aws_reader_role: str = ""
    trust_snapshot: str = ""
    comment: str = "auto"
    max_comments: int = 30
    scope: str = ""
    sarif_file: str = ""
    json_file: str = ""
    strict: str = ""

    @property
    def config_path(self) -> str:
        """The path that `config` names, empty where it holds settings itself."""
        return "" if re.search(r"[:\n]", self.config) else self.config

    @property
    def settings(self) -> dict[str, str]:
        """Inputs that are settings too, as a layer of configuration has them."""
        given = {
            "mode": self.mode,
            "fail-on": self.fail_on,
            "scope": self.scope,
            "strict": self.strict,
        }
        return {name: value for name, value in given.items() if value}


def read(environment: Mapping[str, str]) -> Inputs:
    """The inputs; raises UserError for a value that is none of those allowed."""
    values: dict[str, str] = {}
    for one in INPUTS:
        value = environment.get(one.variable, "").strip()
        if one.values and value:
            value = _chosen(one.name, value, one.values)
        if value:
            values[one.name.replace("-", "_")] = value
    number = values.pop("max_comments", "30")
    if not re.fullmatch(r"\d{1,3}", number) or int(number) > _MOST_COMMENTS:
        raise UserError(
            f"input `max-comments` cannot be `{number[:40]}`",
            f"write a number from 0 to {_MOST_COMMENTS}",
        )
    return Inputs(**values, max_comments=int(number))


def _chosen(name: str, value: str, known: tuple[str, ...]) -> str:
    """The value as the table spells it; YAML's true may come as `True`."""
    if value.lower() not in known:
        raise UserError(f"input `{name}` cannot be `{value[:40]}`", suggestion(value, known))
    return value.lower()
