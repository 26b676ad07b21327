"""Configuration is read whole or not at all, and says which layer each value came from."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft7Validator

from oidc_enforcer import yaml_tree
from oidc_enforcer.config import DEFAULT, DEFAULT_HASH, Config
from oidc_enforcer.config.layers import Layer, config_hash, merge, read, refuse_typed, typed
from oidc_enforcer.config.schema import schema
from oidc_enforcer.config.settings import SETTINGS
from oidc_enforcer.errors import UserError
from oidc_enforcer.finding import Severity
from oidc_enforcer.reporters.settings import render_json, render_text
from oidc_enforcer.rules import severities
from oidc_enforcer.source import SourceFile

RULES = severities()
#: What no configuration may be, and how the error begins and hints.
MALFORMED = [
    ("fail_on: error", "o.yml:1:1: unknown setting `fail_on`", "did you mean `fail-on`?"),
    ("x: 1\n", "o.yml:1:1: unknown setting `x`", "choose `allowed`"),
    ("\nfail-on: eror", "o.yml:2:10: `fail-on` cannot be `eror`", "did you mean `error`?"),
    ("strict: yes", "o.yml:1:9: `strict` must be true or false", ""),
    ("strict: 'true'", "o.yml:1:9: `strict` must be true or false", ""),
    ("strict:", "o.yml:1:8: `strict` must be one value", ""),
    ("- a", "o.yml:1:1: `the configuration` must be a mapping", ""),
    ("text", "o.yml:1:1: `the configuration` must be a mapping", ""),
    ("strict: true\nstrict: false", "o.yml:2:1: `strict` is already defined", ""),
    ("strict: true\n---\na: b", "o.yml:2:1: GitHub refuses a second document", ""),
    ("strict: [", "o.yml:1:", ""),
    ("a: *b", "o.yml:1:4: there is no anchor", ""),
    ("allowed: [branch:main]", "o.yml:1:17: not valid YAML", "in a list in `[]`, put what holds"),
    ("allowed: main", "o.yml:1:10: `allowed` cannot hold `main`", "write `branch:PATTERN`"),
    ("allowed: {a: b}", "o.yml:1:10: `allowed` must be one value", ""),
    ("allowed-accounts: ['12']", "o.yml:1:20: `allowed-accounts` cannot hold `12`", "write an AWS"),
    (
        "allowed-credentials: [odic]",
        "o.yml:1:23: `allowed-credentials` cannot",
        "did you mean `oidc`",
    ),
    ("max-key-age: -1", "o.yml:1:14: `max-key-age` must be a whole number from 0 to 3650", ""),
    ("max-key-age: 9000", "o.yml:1:14: `max-key-age` cannot be 9000", ""),
    ("max-key-age: 0x10", "o.yml:1:14: `max-key-age` must be a whole number", ""),
    ("severities: {human_login: off}", "o.yml:1:14: unknown rule", "did you mean `human-login`?"),
    (
        "severities: {human-login: of}",
        "o.yml:1:27: `severities.human-login` cannot",
        "did you mean",
    ),
    ("severities: off", "o.yml:1:13: `severities` must be a mapping", ""),
    ("roles: {DEPLOY: 'arn:aws:iam::123456789012:role/a'}", "o.yml:1:9: `roles` cannot name", ""),
    ("roles: {secrets.A: role/a}", "o.yml:1:20: `roles.secrets.A` is no role", "write the role's"),
    ("enforce: fail_on", "o.yml:1:10: `enforce` names `fail_on`", "did you mean `fail-on`?"),
    ("exceptions: {}", "o.yml:1:13: `exceptions` must be a list", ""),
    ("exceptions: [{until: 2027-01-01}]", "o.yml:1:14: an exception must name its `rule`", ""),
    ("exceptions: [{rule: a}]", "o.yml:1:21: unknown rule `a`", ""),
    ("exceptions: [{rules: a}]", "o.yml:1:15: unknown key of an exception", "did you mean `rule`?"),
    ("exceptions: [{rule: human-login, until: soon}]", "o.yml:1:41: `until` cannot be `soon`", ""),
    ("exceptions: [{rule: human-login, until: 2027-02-30}]", "o.yml:1:41: `until` cannot", ""),
    (
        "exceptions: [{rule: human-login, until: '2027-01-01T10:00Z'}]",
        "o.yml:1:41: `until` cannot be",
        "write `2026-12-31`",
    ),
    (
        "exceptions: [{rule: human-login, reason: ''}]",
        "o.yml:1:42: `exceptions: reason` is empty",
        "",
    ),
    ("rings: [{repositories: a}]", "o.yml:1:9: a group of `rings` must name its `ring`", ""),
    ("rings: [{ring: loud}]", "o.yml:1:16: `ring` cannot be `loud`", "choose `block`"),
    ("rings: [{ring: warn, then: [{ring: block}]}]", "o.yml:1:29: a step of `then` must", ""),
    (
        "rings: [{ring: warn, then: [{ring: observe, from: 2027-01-01}]}]",
        "o.yml:1:36: `observe` is not tighter than `warn` before it",
        "",
    ),
    (
        "rings: [{ring: observe, then: [{ring: warn, from: 2027-02-01},"
        " {ring: block, from: 2027-02-01}]}]",
        "o.yml:1:84: `2027-02-01` does not come after `2027-02-01`",
        "",
    ),
]
#: Wrong in a way that JSON Schema cannot say, or that it says of another reading of YAML.
BEYOND_SCHEMA = (
    "strict: true\n",
    "-02-30",
    "is not tighter",
    "does not come after",
    "10:00Z",
    "0x10",
)


def load(text: str, name: str = "repository") -> Layer:
    return read(name, "o.yml", SourceFile("o.yml", text), RULES)


@pytest.mark.parametrize(("text", "message", "hint"), MALFORMED)
def test_a_malformed_configuration_is_an_error_with_its_place(
    text: str, message: str, hint: str
) -> None:
    with pytest.raises(UserError) as raised:
        load(text)
    assert raised.value.message.startswith(message)
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "\ufefffail-on: note\n"[1:]])
def test_an_empty_file_says_nothing_and_is_no_error(text: str) -> None:
    assert set(load(text).values) <= {"fail-on"}


def test_too_much_is_refused() -> None:
    for text in (
        "allowed: [" + "pull-request, " * 1001 + "]",
        "contact: " + "x" * 201,
        "paths-ignore: [" + "x" * 301 + "]",
    ):
        with pytest.raises(UserError, match="more than"):
            load(text)


def test_the_default_has_the_hash_that_is_written_down() -> None:
    assert config_hash(DEFAULT) == DEFAULT_HASH


def test_the_hash_is_of_what_holds_and_not_of_how_it_is_written() -> None:
    one = merge([load("fail-on: note\nallowed: [pull-request]")], RULES)
    other = merge([load("# words\nallowed:\n  - pull-request\nfail-on: note\n")], RULES)
    assert one.hash == other.hash != DEFAULT_HASH


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_every_example_is_read_and_changes_the_hash(setting: object) -> None:
    text = f"{setting.key}: {setting.example}\n"  # type: ignore[attr-defined]
    found = merge([load(text)], RULES)
    assert found.hash != DEFAULT_HASH
    assert found.origins[setting.key] == "repository"  # type: ignore[attr-defined]


# -- what is typed ------------------------------------------------------------------------------


def test_what_is_typed_is_read_by_the_same_rules() -> None:
    layer = typed("inputs", {"allowed": "branch:main\npull-request", "strict": "true"}, RULES)
    config = merge([layer], RULES).config
    assert config.allowed == ("branch:main", "pull-request")
    assert config.strict
    with pytest.raises(UserError, match=r"^inputs: `fail-on` cannot be `sometimes`"):
        typed("inputs", {"fail-on": "sometimes"}, RULES)


def test_a_loosening_that_was_typed_is_an_error() -> None:
    organisation = load("fail-on: warning\nenforce: fail-on", "organisation")
    found = merge([organisation, typed("--fail-on", {"fail-on": "never"}, RULES)], RULES)
    with pytest.raises(UserError) as raised:
        refuse_typed(found)
    assert raised.value.message == (
        "--fail-on: `fail-on` may not be loosened to `never`: the organisation configuration"
        " enforces it (tighter would be: a lower severity: `note` is tightest)"
    )
    refuse_typed(merge([organisation, load("fail-on: never")], RULES))


# -- the schema ---------------------------------------------------------------------------------


def as_json(node: yaml_tree.Node | None) -> object:
    """What an editor makes of the text, by YAML's core schema."""
    if isinstance(node, yaml_tree.Mapping):
        return {entry.key.text: as_json(entry.value) for entry in node.entries}
    if isinstance(node, yaml_tree.Sequence):
        return [as_json(item) for item in node.items]
    if node is None or node.is_null:
        return None
    if node.boolean is not None:
        return node.boolean
    is_number = not node.style and node.text.lstrip("-").isdigit()
    return int(node.text) if is_number else node.text


def is_valid(text: str) -> bool:
    tree = yaml_tree.parse(SourceFile("o.yml", text))
    validator = Draft7Validator(schema(RULES))
    return not tree.problems and validator.is_valid(as_json(tree.root))


def test_the_schema_is_a_schema_and_allows_nothing() -> None:
    Draft7Validator.check_schema(schema(RULES))
    assert is_valid("")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_the_schema_takes_every_example(setting: object) -> None:
    text = f"{setting.key}: {setting.example}\nenforce: [{setting.key}]\n"  # type: ignore[attr-defined]
    assert is_valid(text)


@pytest.mark.parametrize(
    "text", [row[0] for row in MALFORMED if not any(word in "".join(row) for word in BEYOND_SCHEMA)]
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert not is_valid(text)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
@pytest.mark.parametrize(
    "value",
    [
        "true",
        "note",
        "12",
        "[]",
        "{}",
        "['a b']",
        "[{}]",
        "[pull-request]",
        "'111111111111'",
        "off",
    ],
)
def test_schema_and_loader_agree(setting: object, value: str) -> None:
    text = f"{setting.key}: {value}\n"  # type: ignore[attr-defined]
    try:
        load(text)
    except UserError:
        assert not is_valid(text)
    else:
        # One reading of YAML apart: to the loader everything written is text.
        assert is_valid(text) or value in ("true", "12")


def test_unknown_severities_cannot_get_in_by_the_rules_own_table() -> None:
    assert all(isinstance(level, Severity) for level in RULES.values())


# -- showing it ---------------------------------------------------------------------------------


def test_each_value_is_shown_with_its_layer() -> None:
    organisation = load("fail-on: warning\nenforce: fail-on", "organisation")
    found = merge([organisation, load("fail-on: never\ncontact: me")], RULES)
    rows = "".join(render_text(found)).splitlines()
    assert rows[:2] == ["organisation: o.yml", "repository: o.yml"]
    assert (
        'fail-on                       "warning"  (organisation, enforced by organisation)' in rows
    )
    assert 'contact                       "me"  (repository)' in rows
    assert "strict                        false  (defaults)" in rows
    assert rows[-1] == f"sha256 {found.hash}"
    assert any(row.startswith("refused from repository: `fail-on` may not") for row in rows)
    value = json.loads(render_json(found))
    assert value["settings"]["fail-on"] == {
        "value": "warning",
        "layer": "organisation",
        "enforced_by": "organisation",
    }
    assert set(value["settings"]) == {setting.key for setting in SETTINGS}
    assert value["refused"][0]["setting"] == "fail-on"
    assert value["sha256"] == found.hash


def test_defaults_are_said_to_be_that() -> None:
    text = "".join(render_text(merge([], RULES)))
    assert text.startswith("no configuration was found: the defaults hold\n")
    assert Config() == DEFAULT
