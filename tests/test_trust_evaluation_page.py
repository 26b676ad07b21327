"""The page for auditors shows what the program prints; `GOLDEN=write` puts it there."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from oidc_enforcer import cli
from oidc_enforcer.iam.contexts import ReachClass
from oidc_enforcer.iam.identity import Identity

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "trust-evaluation.md"


@pytest.mark.parametrize("name", ["example", "refusal"])
def test_the_page_shows_what_is_printed(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text = PAGE.read_text("utf-8")
    found = re.search(
        rf"(<!-- {name} -->\n```console\n)"
        r"(\$ (?:[^\n]*\\\n)*[^\n]*\n)(.*?)"
        rf"(```\n<!-- end of {name} -->)",
        text,
        re.DOTALL,
    )
    assert found is not None
    words = shlex.split(found[2].removeprefix("$ ").replace("\\\n", ""))
    cli.main(words[1:])
    out = capsys.readouterr().out
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(
            text.replace(found[0], "".join((*found.groups()[:2], out, found[4]))), "utf-8"
        )
    else:
        assert found[3] == out


def test_the_page_has_every_class_in_order() -> None:
    table = PAGE.read_text("utf-8").partition("## The classes")[2].partition("*Identity*")
    rows = [word for row in table[0].splitlines() for word in re.findall(r"`([a-z-]+)`", row[:70])]
    assert {kind.word for kind in ReachClass} == set(rows)
    assert {kind.word for kind in Identity} <= set(re.findall(r"`([a-z-]+)`", table[2]))
