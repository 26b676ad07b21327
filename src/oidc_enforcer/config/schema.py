"""The JSON Schema of the configuration file, made from the table of settings."""

from __future__ import annotations

from collections.abc import Mapping

from oidc_enforcer.config.kinds import Schema
from oidc_enforcer.config.layers import ALL, ENFORCE
from oidc_enforcer.config.settings import BY_KEY, SETTINGS
from oidc_enforcer.finding import Severity

DIALECT = "http://json-schema.org/draft-07/schema#"


def schema(rules: Mapping[str, Severity]) -> Schema:
    """Draft 7, which editors know; `rules` gives every rule and its default severity."""
    enforceable = {"enum": [*BY_KEY, ALL]}
    properties: Schema = {
        setting.key: {"description": setting.help, **setting.kind.schema(rules)}
        for setting in SETTINGS
    }
    properties[ENFORCE] = {
        "description": "settings that no later layer may loosen; `all` is every setting",
        "anyOf": [enforceable, {"type": "array", "items": enforceable}],
    }
    return {
        "$schema": DIALECT,
        "title": "oidc-enforcer configuration",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
