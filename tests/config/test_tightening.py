"""What a later layer may do to a setting that an earlier one enforces: tighten it, never loosen."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer.config import DEFAULT, Config, Ring
from oidc_enforcer.config.layers import Effective, Layer, Refusal, merge, read
from oidc_enforcer.config.rings import Traits, applied
from oidc_enforcer.config.settings import BY_KEY, SETTINGS
from oidc_enforcer.config.tightening import Fixed
from oidc_enforcer.finding import Severity
from oidc_enforcer.source import SourceFile

RULES = {"static-credentials": Severity.ERROR, "human-login": Severity.WARNING}


def layer(name: str, text: str) -> Layer:
    return read(name, f"{name}.yml", SourceFile(f"{name}.yml", text), RULES)


def settle(*texts: str) -> Effective:
    names = ("organisation", "repository", "third", "fourth")
    return merge([layer(*pair) for pair in zip(names, texts, strict=False)], RULES)


#: Setting; what the organisation enforces; what a repository may still say, and what comes of it;
#: what it may not say. An empty first word: the default itself is enforced.
TABLE: list[tuple[str, str, str, Any, str]] = [
    (
        "severities",
        "{human-login: error}",
        "{static-credentials: error}",
        {"human-login": Severity.ERROR, "static-credentials": Severity.ERROR},
        "{human-login: warning}",
    ),
    (
        "severities",
        "",
        "{human-login: error}",
        {"human-login": Severity.ERROR},
        "{human-login: off}",
    ),
    ("fail-on", "warning", "note", "note", "error"),
    ("fail-on", "", "warning", "warning", "never"),
    ("scope", "all", "all", "all", "new"),
    ("strict", "true", "true", True, "false"),
    ("strict", "", "true", True, "false # the same, and so no refusal"),
    ("mode", "enforce", "enforce", "enforce", "audit"),
    (
        "allowed",
        '["branch:release/*", "environment:Prod"]',
        '["branch:release/1.*", "environment:prod"]',
        ("branch:release/1.*", "environment:prod"),
        '["branch:*"]',
    ),
    ("allowed", '["branch:main"]', "[]", (), '["tag:main"]'),
    ("allowed", '["branch:main"]', '["branch:main"]', ("branch:main",), "[pull-request]"),
    ("allowed", "", "[]", (), '["branch:main"]'),
    (
        "allowed-accounts",
        '["111111111111", "222222222222"]',
        '["222222222222"]',
        ("222222222222",),
        "[]",
    ),
    (
        "allowed-accounts",
        '["111111111111"]',
        '["111111111111"]',
        ("111111111111",),
        '["333333333333"]',
    ),
    ("allowed-accounts", "", '["111111111111"]', ("111111111111",), ""),
    ("allowed-credentials", "[oidc, brokered]", "[oidc]", frozenset({"oidc"}), "[static]"),
    ("allowed-credentials", "", "[oidc]", frozenset({"oidc"}), "[human]"),
    ("max-key-age", "90", "30", 30, "91"),
    ("max-key-age", "", "3650", 3650, ""),
    ("default-workflow-permissions", "read", "read", "read", "write"),
    ("default-workflow-permissions", "", "write", "write", ""),
    (
        "roles",
        "{secrets.A: 'arn:aws:iam::123456789012:role/a'}",
        "{secrets.B: 'arn:aws:iam::123456789012:role/b'}",
        {
            "secrets.A": "arn:aws:iam::123456789012:role/a",
            "secrets.B": "arn:aws:iam::123456789012:role/b",
        },
        "{secrets.A: 'arn:aws:iam::123456789012:role/c'}",
    ),
    ("subject-template", "[repo, context]", "[repo, context]", ("repo", "context"), "[repo]"),
    ("immutable-subject", "true", "true", True, "false"),
    ("enterprise", "acme-inc", "acme-inc", "acme-inc", "evil-inc"),
    ("enterprise-id", '"77"', '"77"', "77", '"78"'),
    ("paths-ignore", '["tests/*"]', '["tests/data/*"]', ("tests/data/*",), '["*"]'),
    ("paths-ignore", "", "[]", (), "[.github/workflows/deploy.yml]"),
    (
        "rings",
        "[{ring: warn}]",
        "[{ring: block}]",
        ...,
        "",
    ),
    ("rings", "", "[]", (), "[{ring: observe}]"),
    ("exceptions", "[]", "[]", (), "[{rule: human-login, until: 2027-01-01, reason: x}]"),
    ("max-exception-days", "90", "30", 30, "91"),
    ("inline-exceptions", "false", "false", False, "true"),
    ("inline-exceptions", "", "false", False, ""),
    ("max-break-glass-hours", "8", "4", 4, "9"),
    ("break-glass-approvers", "[alice, bob]", "[bob]", ("bob",), "[carol]"),
    ("break-glass-approvers", "", "[bob]", ("bob",), ""),
    ("on-aws-error", "fail", "fail", "fail", "warn"),
    ("on-github-error", "fail", "fail", "fail", "warn"),
    ("help", "ours", "ours", "ours", "theirs"),
    ("help", "", "theirs", "theirs", ""),
    ("contact", "ours", "ours", "ours", "theirs"),
]


def organisation(key: str, value: str) -> str:
    said = f"{key}: {value}\n" if value else ""
    return f"{said}enforce: [{key}]\n"


@pytest.mark.parametrize(("key", "enforced", "tighter", "value", "looser"), TABLE)
def test_tighter_is_heard_and_looser_is_refused(
    key: str, enforced: str, tighter: str, value: Any, looser: str
) -> None:
    first = organisation(key, enforced)
    field = BY_KEY[key].field
    heard = settle(first, f"{key}: {tighter}\n")
    assert heard.refusals == ()
    if value is not ...:
        assert getattr(heard.config, field) == value
    if not looser:
        return
    refused = settle(first, f"{key}: {looser}\n")
    assert (
        getattr(refused.config, field) != getattr(settle("", f"{key}: {looser}\n").config, field)
        or "no refusal" in looser
    )
    if "no refusal" not in looser:
        (refusal,) = refused.refusals
        assert (refusal.key, refusal.layer, refusal.enforced_by) == (
            key,
            "repository",
            "organisation",
        )
        assert refusal.place
        assert refusal.place.region.line == 1
        assert f"`{key}`" in refusal.message


@pytest.mark.parametrize(("key", "enforced", "tighter", "value", "looser"), TABLE)
def test_without_enforcing_the_later_layer_is_heard(
    key: str, enforced: str, tighter: str, value: Any, looser: str
) -> None:
    field = BY_KEY[key].field
    first = f"{key}: {enforced}\n" if enforced else ""
    for later in filter(None, (tighter, looser)):
        alone, both = settle("", f"{key}: {later}\n"), settle(first, f"{key}: {later}\n")
        assert both.refusals == ()
        wanted, got = getattr(alone.config, field), getattr(both.config, field)
        if isinstance(wanted, dict):
            assert wanted.items() <= got.items()
        else:
            assert got == wanted


def test_every_setting_is_in_the_table() -> None:
    assert {row[0] for row in TABLE} == {setting.key for setting in SETTINGS}


def test_what_the_repository_enforces_holds_for_what_is_typed() -> None:
    found = settle("fail-on: error\n", "fail-on: warning\nenforce: fail-on\n", "fail-on: never\n")
    assert found.config.fail_on == "warning"
    assert found.enforced == {"fail-on": "repository"}


def test_expectations_that_depend_on_the_repository_stay_where_no_list_may_replace_them() -> None:
    found = settle("enforce: allowed\n", 'allowed: ["branch:main"]\n')
    assert found.config.allowed is None
    assert [refusal.words for refusal in found.refusals] == [("branch:main",)]


def test_exceptions_add_up_and_remember_who_granted_them() -> None:
    entry = "exceptions: [{rule: human-login, until: 2027-01-01, reason: x}]\n"
    found = settle(entry, entry)
    assert [one.layer for one in found.config.exceptions] == ["organisation", "repository"]


# -- the law ------------------------------------------------------------------------------------

BRANCHES = ("main", "release/1", "release/1.2", "feature", "x")
TRAITS = [Traits("acme/web", ("aws",), {"cloud": "aws"}), Traits("acme/api"), Traits("b/c", (), {})]
DAYS = ("2026-11-28", "2027-02-01", "2027-06-01")
PATHS = (".github/workflows/deploy.yml", "tests/data/action.yml", "a/action.yml")


def admitted(config: Config) -> set[str]:
    """Everything in a small world that this configuration lets pass."""
    found: set[str] = set()
    for rule, level in RULES.items():
        severity = config.severities.get(rule, level) or 0
        found |= {f"{rule} at {each}" for each in (1, 2, 3) if severity < each}
    levels = {"note": 1, "warning": 2, "error": 3, "never": 4}
    found |= {f"finding of {each}" for each in (1, 2, 3) if each < levels[config.fail_on]}
    found |= {"old finding"} if config.scope == "new" else set()
    found |= {"finding elsewhere"} if config.scope in ("new", "changed") else set()
    found |= {"doubt"} if not config.strict else set()
    found |= {"audit"} if config.mode == "audit" else set()
    found |= {f"run {run}" for run in runs(config)}
    found |= {
        f"account {each}"
        for each in ("111111111111", "222222222222", "333333333333")
        if not config.allowed_accounts or each in config.allowed_accounts
    }
    found |= {f"class {each}" for each in config.allowed_credentials}
    age = 10_000 if config.max_key_age is None else config.max_key_age
    found |= {f"age {each}" for each in (0, 30, 90, 365, 9999) if each <= age}
    found |= {f"path {each}" for each in PATHS if ignored(config, each)}
    for at, traits in enumerate(TRAITS):
        for day in DAYS:
            ring = applied(config, traits, day).ring
            found |= {f"ring {each} of {at} on {day}" for each in range(3) if ring <= each}
    found |= {f"exception {one.rule} {one.path} {one.until}" for one in config.exceptions}
    found |= {f"days {each}" for each in (0, 30, 90, 365) if each <= config.max_exception_days}
    found |= {"inline"} if config.inline_exceptions else set()
    hours = config.max_break_glass_hours
    found |= {f"hours {each}" for each in (0, 4, 24, 100) if each <= hours}
    approvers = config.break_glass_approvers
    found |= {f"approver {each}" for each in ("alice", "bob") if not approvers or each in approvers}
    found |= {"AWS down"} if config.on_aws_error == "warn" else set()
    return found | ({"GitHub down"} if config.on_github_error == "warn" else set())


def runs(config: Config) -> set[str]:
    if config.allowed is None:
        return {"expected"}  # the default branch and the workflows' environments
    from oidc_enforcer.config.globs import matches

    found = {"pull-request"} & set(config.allowed)
    for entry in config.allowed:
        kind, _, pattern = entry.partition(":")
        found |= {f"{kind}:{name}" for name in BRANCHES if pattern and matches(pattern, name)}
    return found


def ignored(config: Config, path: str) -> bool:
    from oidc_enforcer.config.globs import matches

    return any(matches(pattern, path) for pattern in config.paths_ignore)


def a_list(*items: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(items), unique=True, max_size=3).map(
        lambda chosen: f"[{', '.join(chosen)}]"
    )


LEVEL = st.sampled_from(["error", "warning", "note", "off"])
VALUES: dict[str, st.SearchStrategy[str]] = {
    "severities": st.dictionaries(st.sampled_from(sorted(RULES)), LEVEL).map(
        lambda chosen: "{" + ", ".join(f"{k}: {v}" for k, v in chosen.items()) + "}"
    ),
    "fail-on": st.sampled_from(["error", "warning", "note", "never"]),
    "scope": st.sampled_from(["all", "changed", "new"]),
    "strict": st.sampled_from(["true", "false"]),
    "mode": st.sampled_from(["enforce", "audit"]),
    "allowed": a_list(
        '"branch:main"', '"branch:release/*"', '"branch:*"', '"tag:x"', "pull-request", '"branch:?"'
    ),
    "allowed-accounts": a_list('"111111111111"', '"222222222222"'),
    "allowed-credentials": a_list("oidc", "static", "brokered", "human"),
    "max-key-age": st.sampled_from(["0", "30", "90", "400"]),
    "roles": st.sampled_from(["{}", "{secrets.A: 'arn:aws:iam::123456789012:role/a'}"]),
    "subject-template": st.sampled_from(["[repo]", "[repo, context]"]),
    "default-workflow-permissions": st.sampled_from(["read", "write"]),
    "immutable-subject": st.sampled_from(["true", "false"]),
    "enterprise": st.sampled_from(["acme-inc", "evil-inc"]),
    "enterprise-id": st.sampled_from(['"77"', '"78"']),
    "paths-ignore": a_list('"*"', '"tests/*"', '"tests/data/*"', '"?/action.yml"'),
    "rings": a_list(
        '{ring: observe, repositories: "acme/*"}',
        "{ring: block-new, topic: aws}",
        "{ring: warn, property: {cloud: aws}, then: [{ring: block, from: 2027-02-01}]}",
        "{ring: observe}",
    ),
    "exceptions": a_list(
        "{rule: human-login, until: 2027-01-01, reason: x}",
        "{rule: static-credentials, path: a, until: 2027-01-01, reason: x}",
    ),
    "max-exception-days": st.sampled_from(["0", "30", "365"]),
    "inline-exceptions": st.sampled_from(["true", "false"]),
    "max-break-glass-hours": st.sampled_from(["0", "4", "100"]),
    "break-glass-approvers": a_list("alice", "bob", "carol"),
    "on-aws-error": st.sampled_from(["fail", "warn"]),
    "on-github-error": st.sampled_from(["fail", "warn"]),
    "help": st.sampled_from(["a", "b"]),
    "contact": st.sampled_from(["a", "b"]),
}
TEXTS = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=8).flatmap(
    lambda keys: st.tuples(*(VALUES[key].map(f"{key}: {{}}\n".format) for key in keys)).map("".join)
)
ENFORCED = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=8).map(
    lambda keys: f"enforce: [{', '.join(keys)}]\n"
)


def test_every_setting_takes_part_in_the_law() -> None:
    assert set(VALUES) == set(BY_KEY)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_no_later_layer_admits_what_an_enforcing_layer_forbids(
    first: str, second: str, third: str
) -> None:
    enforced = settle(first + "enforce: all\n")
    later = settle(first + "enforce: all\n", second, third)
    assert admitted(later.config) <= admitted(enforced.config)
    fixed = [key.replace("-", "_") for key, one in BY_KEY.items() if isinstance(one.order, Fixed)]
    for field in fixed:
        said = getattr(enforced.config, field)
        assert said in (getattr(DEFAULT, field), getattr(later.config, field))
    assert enforced.config.roles.items() <= later.config.roles.items()


@settings(max_examples=100, deadline=None)
@given(TEXTS, ENFORCED, TEXTS)
def test_only_what_is_enforced_is_held(first: str, enforce: str, second: str) -> None:
    held = settle(first + enforce, second)
    free = settle(first, second)
    for setting in SETTINGS:
        if setting.key not in held.enforced:
            assert getattr(held.config, setting.field) == getattr(free.config, setting.field)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_layer_may_repeat_what_is_enforced(text: str) -> None:
    once, twice = settle(text + "enforce: all\n"), settle(text + "enforce: all\n", text)
    assert [r.key for r in twice.refusals] in ([], ["exceptions"])
    assert admitted(once.config) == admitted(twice.config)


def test_the_tightest_ring_of_all_plans_counts() -> None:
    text = "rings: [{ring: block-new}]\nenforce: rings\n"
    looser = settle(text, "rings: [{ring: observe}]\n").config
    tighter = settle(text, "rings: [{ring: block}]\n").config
    assert applied(looser, TRAITS[0], DAYS[0]).ring is Ring.BLOCK_NEW
    assert applied(tighter, TRAITS[0], DAYS[0]).ring is Ring.BLOCK


def test_patterns_that_are_made_to_be_slow_are_refused_in_time() -> None:
    """Both sides of the comparison are somebody's text; all comparisons together are bounded."""
    old = tuple(f"branch:{'*a?b' * 60}*{number}" for number in range(30))
    new = tuple(f"branch:{'*?ab' * 60}*{number}" for number in range(30))
    before = time.process_time()
    value, refused = BY_KEY["allowed"].order.constrain(old, (*new, old[3]))
    assert value == (old[3],)
    assert refused == new
    assert time.process_time() - before < 10


def test_a_message_about_many_refusals_stays_short() -> None:
    refused = tuple(f"branch:b{number}" for number in range(1000))
    message = Refusal("allowed", refused, "repository", "organisation", None).message
    assert "`branch:b4` and 995 more:" in message
    assert len(message) < 300
