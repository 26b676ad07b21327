"""No literal that may be a secret comes out, wherever it stood and whatever the format."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.cli.delivery import chunks
from oidc_enforcer.finding import (
    Finding,
    Fix,
    Place,
    PolicyOffer,
    Related,
    Safety,
    Severity,
    Skipped,
)
from oidc_enforcer.masking import mask_line
from oidc_enforcer.report import (
    CredentialUse,
    FileReport,
    Gap,
    JobReport,
    Report,
    Suppressed,
    summarise,
)
from oidc_enforcer.reporters import Detail
from oidc_enforcer.reporters.annotations import render as render_annotations
from oidc_enforcer.reporters.escaping import sentence
from oidc_enforcer.reporters.html import render as render_html
from oidc_enforcer.reporters.json import render as render_json
from oidc_enforcer.reporters.markdown import render as render_markdown
from oidc_enforcer.reporters.sarif import render as render_sarif
from oidc_enforcer.reporters.text import render as render_text
from oidc_enforcer.source import Edit, Region, SourceFile, Span
from tests.reporters.example import RULES, STATIC

RENDERERS: dict[str, Callable[[Report], Iterator[str]]] = {
    "text": lambda report: render_text(report, detail=Detail.VERBOSE),
    "colour": lambda report: render_text(report, color=True, detail=Detail.VERBOSE),
    "quiet": lambda report: render_text(report, detail=Detail.QUIET),
    "json": render_json,
    "sarif": lambda report: render_sarif(report, rules=RULES),
    "github": render_annotations,
    "markdown": render_markdown,
    "html": render_html,
}

KEY_IDS = st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16).map(
    lambda tail: "AKIA" + tail
)
SECRET_KEYS = st.integers().map(
    lambda seed: "".join(
        random.Random(seed).choices(string.ascii_letters + string.digits + "+/", k=40)
    )
)
TOKENS = st.text(string.ascii_letters + string.digits, min_size=36, max_size=36).map(
    lambda tail: "ghp_" + tail
)
LITERALS = KEY_IDS | SECRET_KEYS | TOKENS
#: How a literal may stand in a text: alone, in a sentence, under a name, in a script.
AROUND = st.sampled_from(
    [
        "{}",
        "uses {} here",
        "`{}`",
        "AWS_SECRET_ACCESS_KEY: {}",
        "key={}",
        'echo "{}" >> x # {}',
        ".github/{}/ci.yml",
        "({})",
        "日本{}é",
        "{}\n{}",
        "\x1b[1m{}",
    ]
)


def report_full_of(text: str, line: str) -> Report:
    """The text in every position that a report has."""
    file = SourceFile(text, line)
    place = Place(text, Span(0, len(line)), Region(1, 1, 1, len(line) + 1))
    finding = Finding(
        STATIC.id,
        Severity.ERROR,
        place,
        text,
        job=text,
        step=1,
        related=(Related(place, text), Related(place._replace(file=f"other/{text}"), text)),
        fix=Fix(text, (Edit(Span(0, 1), text),), Safety.UNSAFE, (file.region(Span(0, 1)),)),
        fingerprint=text,
        role=text,
        policy=PolicyOffer(text, {"Statement": [{"Sid": text}]}, (text, f"branch:{text}"), (text,)),
    )
    use = CredentialUse("static", 1, 1, text)
    files = (
        FileReport(
            text,
            (finding,),
            (Skipped(STATIC.id, place, text, text, 1),),
            (Suppressed(finding, "policy", text, text),),
            (JobReport(text, 1, (use,), "write", (text,), (text,)),),
            (Gap(text, text),),
            {1: line},
        ),
    )
    return Report(files, summarise(files), {text: text})


@pytest.mark.parametrize("name", RENDERERS)
@given(literal=LITERALS, around=AROUND)
def test_a_literal_comes_out_nowhere(name: str, literal: str, around: str) -> None:
    text = around.replace("{}", literal)
    written = "".join(RENDERERS[name](report_full_of(text, text)))
    assert literal not in written
    assert literal[4:] not in written
    assert literal[4:24] not in written


@given(literal=LITERALS)
def test_a_literal_that_begins_a_sentence_is_hidden_before_it_gets_a_capital(literal: str) -> None:
    assert literal[1:] not in sentence(literal, 1_000)
    assert literal[1:20] not in sentence(literal, 20)


@pytest.mark.parametrize("name", RENDERERS)
@given(word=st.from_regex(r"[a-z]{6}[0-9]{4}", fullmatch=True), spaced=st.booleans())
def test_a_plain_word_is_hidden_where_its_name_tells(name: str, word: str, *, spaced: bool) -> None:
    """No shape gives this one away; the name does, in the excerpt as in a sentence."""
    text = f"AWS_SECRET_ACCESS_KEY{': ' if spaced else '='}{word}"
    written = "".join(RENDERERS[name](report_full_of(text, f"  {text}")))
    assert word not in written


def test_a_masked_excerpt_still_shows_where() -> None:
    line = "  AWS_SECRET_ACCESS_KEY: hunter2hunter2"
    text = "".join(render_text(report_full_of("a.yml", line)))
    assert "1 |   AWS_SECRET_ACCESS_KEY: **************\n" in text
    assert mask_line(line) in text


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github", "markdown", "html"])
def test_the_command_prints_by_these_reporters(name: str) -> None:
    """The laws above hold for the command because it has no other way to print a report."""
    report = report_full_of("a.yml", "x")
    shown = "".join(chunks(name, report, color=False, detail=Detail.VERBOSE))
    assert "a.yml" in shown
