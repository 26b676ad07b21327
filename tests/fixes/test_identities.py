"""No fix that is called safe gives a step the access of another."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oidc_enforcer import mending
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Fix
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow.model import Step, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

OWNERS = ("DEV", "PROD", "")


def env(owner: str, indent: str) -> str:
    return (
        f"{indent}env:\n{indent}  AWS_ACCESS_KEY_ID: ${{{{ secrets.{owner}_AWS_ACCESS_KEY_ID }}}}\n"
        f"{indent}  AWS_SECRET_ACCESS_KEY: ${{{{ secrets.{owner}_AWS_SECRET_ACCESS_KEY }}}}\n"
    )


def login(owner: str) -> str:
    return (
        "      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n"
        f"          aws-access-key-id: ${{{{ secrets.{owner}_AWS_ACCESS_KEY_ID }}}}\n"
        f"          aws-secret-access-key: ${{{{ secrets.{owner}_AWS_SECRET_ACCESS_KEY }}}}\n"
        "          aws-region: eu-west-1\n"
    )


def step(kind: str, owner: str, number: int) -> str:
    """A step that calls AWS, or logs in."""
    if kind == "login" and owner:
        return login(owner)
    head = f"      - name: call {number}\n"
    lines = ""
    if kind == "export" and owner:
        lines = "".join(
            f"          export {name}=${{{{ secrets.{owner}_{name} }}}}\n"
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        )
    own = env(owner, "        ") if kind == "env" and owner else ""
    return f"{head}        run: |\n{lines}          aws s3 ls --region eu-west-1\n{own}"


STEPS = st.lists(
    st.tuples(st.sampled_from(["login", "env", "env", "export", "none"]), st.sampled_from(OWNERS)),
    min_size=1,
    max_size=4,
)


def workflow(owner: str, steps: list[tuple[str, str]], runner: str) -> str:
    job = env(owner, "    ") if owner else ""
    body = "".join(step(kind, who, number) for number, (kind, who) in enumerate(steps))
    head = "on: push\npermissions: {contents: read}\njobs:\n  a:\n"
    return f"{head}    runs-on: {runner}\n{job}    steps:\n{body}"


def mended(text: str) -> tuple[str, list[Fix]]:
    bench = mending.Bench(Surroundings(), Facts(), Choices())
    done = bench.mend(SourceFile("w.yml", text), mending.safe)
    return bench.texts["w.yml"].text, [one.fix for one in done.applied]


def callers(text: str) -> list[str]:
    """Whose access each calling step has: DEV, PROD or nobody's, by GitHub's order of variables."""
    content = parse(SourceFile("w.yml", text)).content
    assert isinstance(content, Workflow)
    job = content.jobs[0]
    session, outputs, found = "", {}, []
    for one in job.steps:
        who = owner(one.inputs.text("role-to-assume") + one.inputs.text("aws-access-key-id"))
        if one.uses is not None:
            if one.inputs.text("output-env-credentials") != "false":
                session = who
            outputs[one.id] = who
            continue
        found.append(of_step(one, outputs) or session or owner(job.env.text("AWS_ACCESS_KEY_ID")))
    return found


def of_step(one: Step, outputs: dict[str, str]) -> str:
    script = one.run.text if one.run is not None else ""
    value = owner(script.partition("AWS_ACCESS_KEY_ID=")[2].partition("\n")[0])
    given = one.env.text("AWS_ACCESS_KEY_ID")
    if given.startswith("${{ steps."):
        return value or outputs[given.split(".")[1]]
    return value or owner(given)


def owner(text: str) -> str:
    return next((name for name in OWNERS[:2] if f".{name}_" in text), "")


@given(st.sampled_from(OWNERS), STEPS, st.sampled_from(["ubuntu-latest", "self-hosted"]))
@example("PROD", [("export", "DEV"), ("none", "")], "ubuntu-latest")
@example("", [("env", "DEV"), ("none", "")], "self-hosted")
@example("PROD", [("login", "DEV"), ("export", "DEV"), ("env", "PROD")], "ubuntu-latest")
@settings(max_examples=120, deadline=None)
def test_each_step_keeps_whose_access_it_had(
    at_job: str, steps: list[tuple[str, str]], runner: str
) -> None:
    text = workflow(at_job, steps, runner)
    after, _ = mended(text)
    for was, now in zip(callers(text), callers(after), strict=True):
        # NOTE: on GitHub's own runners nobody's access is none, and a session more harms nobody.
        assert now == was or (not was and runner == "ubuntu-latest")


@pytest.mark.parametrize("runner", ["ubuntu-latest", "self-hosted"])
def test_two_keys_of_one_job_are_both_mended(runner: str) -> None:
    text = workflow("PROD", [("env", "DEV"), ("none", ""), ("env", "PROD")], runner)
    after, fixes = mended(text)
    assert len(fixes) == 3
    assert "secrets." not in after
    assert callers(after) == ["DEV", "PROD", "PROD"]


def test_a_script_that_is_two_in_turn_is_no_safe_fix() -> None:
    text = workflow("PROD", [("export", "DEV")], "ubuntu-latest")
    after, _ = mended(text)
    assert "secrets.DEV_AWS_ACCESS_KEY_ID" in after


def _doubts(text: str) -> set[str]:
    bench = mending.Bench(Surroundings(), Facts(), Choices())
    done = bench.mend(SourceFile("w.yml", text), mending.every)
    return {doubt for one in done.applied for doubt in one.fix.doubts}


def test_a_doubt_names_the_job_where_there_is_more_than_one() -> None:
    """`step 1` alone is to be found in each of them."""
    one = "on: push\npermissions: {contents: read}\njobs:\n"
    job = "    runs-on: ubuntu-latest\n    steps:\n      - run: |\n"
    keys = "".join(
        f"          export {name}=${{{{ secrets.{owner}_{name} }}}}\n"
        for owner in ("DEV", "PROD")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    job += f"{keys}          aws s3 ls --region eu-west-1\n"
    alone = [doubt for doubt in _doubts(f"{one}  a:\n{job}") if doubt.startswith("step 1")]
    assert alone
    assert all(doubt.startswith("step 1 had ") for doubt in alone)
    both = [
        doubt for doubt in _doubts(f"{one}  a:\n{job}  b:\n{job}") if doubt.startswith("step 1")
    ]
    assert {doubt.partition(" had ")[0] for doubt in both} == {
        "step 1 of job `a`",
        "step 1 of job `b`",
    }
