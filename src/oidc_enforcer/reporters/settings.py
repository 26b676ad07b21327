"""The effective configuration, setting by setting, with the layer that each value came from."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from oidc_enforcer.config.layers import DEFAULTS, Effective, plain
from oidc_enforcer.config.settings import SETTINGS
from oidc_enforcer.masking import redact
from oidc_enforcer.reporters.json import encode
from oidc_enforcer.reporters.visible import shown


def render_text(effective: Effective) -> Iterator[str]:
    """A row for each setting; `*` marks what no later layer may loosen."""
    for layer in effective.layers:
        yield f"{shown(layer.name)}: {shown(layer.origin)}\n"
    if not effective.layers:
        yield "no configuration was found: the defaults hold\n"
    yield "\n"
    width = max(len(setting.key) for setting in SETTINGS)
    for setting in SETTINGS:
        value = dumps(plain(getattr(effective.config, setting.field)), ensure_ascii=False)
        said = shown(effective.origins.get(setting.key, DEFAULTS))
        if setting.key in effective.enforced:
            said += f", enforced by {shown(effective.enforced[setting.key])}"
        yield f"{setting.key:<{width}}  {shown(value)}  ({said})\n"
    for refusal in effective.refusals:
        yield f"\nrefused from {shown(refusal.layer)}: {shown(refusal.message)}\n"
    yield f"\nsha256 {effective.hash}\n"


def render_json(effective: Effective) -> str:
    """The same for programs."""
    settings = {
        setting.key: {
            "value": plain(getattr(effective.config, setting.field)),
            "layer": effective.origins.get(setting.key, DEFAULTS),
            "enforced_by": effective.enforced.get(setting.key),
        }
        for setting in SETTINGS
    }
    value = {
        "version": 1,
        "sha256": effective.hash,
        "layers": [{"name": each.name, "origin": each.origin} for each in effective.layers],
        "settings": settings,
        "refused": [
            {"setting": each.key, "layer": each.layer, "message": each.message}
            for each in effective.refusals
        ],
    }
    return encode(_redacted(value)) + "\n"


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(key)): _redacted(each) for key, each in value.items()}
    return [_redacted(each) for each in value] if isinstance(value, list) else value
