"""Which ring a repository is in: the first group that fits, by date, and the tightest in doubt."""

from __future__ import annotations

import pytest

from oidc_enforcer.config import Config, Ring
from oidc_enforcer.config.layers import merge, read, typed, under_ring
from oidc_enforcer.config.rings import Traits, applied
from oidc_enforcer.source import SourceFile

PLAN = """\
rings:
  - {name: pilot, property: {cloud: aws}, ring: block-new}
  - {name: web, repositories: [acme/web-*, "site"], topic: deploys, ring: warn}
  - name: rest
    repositories: "acme/*"
    ring: observe
    then: [{ring: warn, from: 2027-02-01}, {ring: block, from: 2027-06-01}]
"""


def configured(text: str) -> Config:
    return merge([read("organisation", "o", SourceFile("o", text), {})], {}).config


@pytest.mark.parametrize(
    ("traits", "today", "ring", "says"),
    [
        (Traits("acme/x", (), {}), "2026-11-28", Ring.OBSERVE, "`warn` begins on 2027-02-01"),
        (Traits("acme/x", (), {}), "2027-01-31", Ring.OBSERVE, "(group `rest`)"),
        (Traits("acme/x", (), {}), "2027-02-01", Ring.WARN, "`block` begins on 2027-06-01"),
        (Traits("acme/x", (), {}), "2027-06-01", Ring.BLOCK, "ring `block` (group `rest`)"),
        (Traits("acme/web-1", ("deploys",), {}), "2026-11-28", Ring.WARN, "(group `web`)"),
        (Traits("ACME/Web-1", ("deploys",), {}), "2026-11-28", Ring.WARN, "(group `web`)"),
        (Traits("acme/site", ("deploys",), {}), "2026-11-28", Ring.WARN, "(group `web`)"),
        (Traits("acme/web-1", (), {}), "2026-11-28", Ring.OBSERVE, "(group `rest`)"),
        (Traits("acme/x", (), {"cloud": "aws"}), "2026-11-28", Ring.BLOCK_NEW, "(group `pilot`)"),
        (Traits("acme/x", (), {"cloud": ("gcp", "aws")}), "2026-11-28", Ring.BLOCK_NEW, "pilot"),
        (Traits("acme/x", (), {"cloud": "gcp"}), "2026-11-28", Ring.OBSERVE, "(group `rest`)"),
        (Traits("other/x", (), {}), "2026-11-28", Ring.BLOCK, "ring `block`"),
        (Traits("acme/x"), "2026-11-28", Ring.BLOCK_NEW, "are not known: the tightest that may"),
        (Traits(), "2026-11-28", Ring.BLOCK, "are not known"),
    ],
)
def test_the_ring_of_a_repository_on_a_day(
    traits: Traits, today: str, ring: Ring, says: str
) -> None:
    found = applied(configured(PLAN), traits, today)
    assert found.ring is ring
    assert says in found.sentence


def test_without_rings_everything_is_blocked_but_in_audit() -> None:
    assert applied(Config(), Traits("a/b"), "2026-11-28").ring is Ring.BLOCK
    assert applied(Config(mode="audit"), Traits("a/b"), "2026-11-28").ring is Ring.OBSERVE


@pytest.mark.parametrize(
    ("ring", "flags", "fail_on", "strict", "scope"),
    [
        (Ring.OBSERVE, {}, "never", False, "changed"),
        (Ring.WARN, {}, "never", False, "changed"),
        (Ring.BLOCK_NEW, {}, "warning", True, "new"),
        (Ring.BLOCK, {}, "warning", True, "changed"),
        (Ring.OBSERVE, {"fail-on": "error"}, "error", False, "changed"),
        (Ring.WARN, {"strict": "true", "scope": "all"}, "never", True, "all"),
        (Ring.BLOCK_NEW, {"scope": "all"}, "warning", True, "all"),
        (Ring.BLOCK, {"fail-on": "never"}, "never", True, "changed"),
    ],
)
def test_what_a_ring_sets_may_be_tightened_by_who_types_and_by_no_file(
    ring: Ring, flags: dict[str, str], fail_on: str, strict: bool, scope: str
) -> None:
    text = f"{PLAN}fail-on: warning\nstrict: true\nscope: changed\nmode: audit\n"
    layers = [read("organisation", "o", SourceFile("o", text), {})]
    flags = {"mode": "audit", **flags}
    config = under_ring(merge([*layers, typed("flags", flags, {})], {}), ring)
    assert (config.fail_on, config.strict, config.scope) == (fail_on, strict, scope)
    assert config.mode == "enforce", "where there are rings, they decide"


def test_knowing_more_never_tightens() -> None:
    """What is not known is taken for the worse: any knowledge gives the same ring or a looser."""
    config = configured(PLAN)
    for name in ("acme/web-1", "acme/x", "other/x"):
        unknown = applied(config, Traits(name), "2026-11-28").ring
        for topics in ((), ("deploys",)):
            for properties in ({}, {"cloud": "aws"}):
                assert (
                    applied(config, Traits(name, topics, properties), "2026-11-28").ring <= unknown
                )
