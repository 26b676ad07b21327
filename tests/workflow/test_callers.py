"""Small repositories: who calls whom, what each passes on, and where the finding stands.

The expectations are GitHub's own (actions/runner, `PermissionsHelper.cs` and
`WorkflowTemplateConverter.cs`): blocks limit, absent ones do not, and what is asked for is compared
even where it would be skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from oidc_enforcer import check
from oidc_enforcer.facts import Facts
from oidc_enforcer.report import FileReport
from oidc_enforcer.workflow import reading
from tests.workflow.presenting import FOLDER, sources_of, surroundings

#: By the file's short name: a workflow without its folder, or an action by its path.
Files = Mapping[str, str]


def judged(files: Files) -> dict[str, FileReport]:
    """The report on every file of a repository, by its short name."""
    around = surroundings(files)
    return {
        name: check.judge(reading.read(source, around), Facts(""))
        for name, source in zip(files, sources_of(files).values(), strict=True)
    }


def missing(files: Files) -> list[tuple[str, int]]:
    """File and line of every finding of `missing-id-token`."""
    return [
        (name, found.place.region.line)
        for name, report in judged(files).items()
        for found in report.findings
        if found.rule == "missing-id-token"
    ]


def excess(files: Files) -> list[tuple[str, int, str]]:
    """File and line of everything that `excess-id-token` says, and whether it is sure."""
    reports = judged(files).items()
    sure = [(n, f.place.region.line, f.rule, "idle") for n, r in reports for f in r.findings]
    doubt = [(n, s.place.region.line, s.rule, "unknown") for n, r in reports for s in r.skipped]
    return [(n, line, how) for n, line, rule, how in sure + doubt if rule == "excess-id-token"]


def id_token(files: Files, name: str, job: str) -> str:
    """The effective permission of one job."""
    return next(found.id_token for found in judged(files)[name].jobs if found.job == job)


def call(
    top: str = "", *, of: str = "callee", on: str = "push", job: str = "", given: str = ""
) -> str:
    """A workflow with one job, at line 5, that calls another."""
    text = f"on: {on}\n{top}\njobs:\n  call:\n    uses: ./{FOLDER}{of}.yml\n"
    text += f"    {job}\n" if job else ""
    return text + (f"    with: {given}\n" if given else "")


def oidc(when: str = "true") -> str:
    """A step that assumes a role."""
    action = "aws-actions/configure-aws-credentials@v4"
    return f"- {{uses: {action}, if: {when}, with: {{role-to-assume: r}}}}"


def called(
    top: str = "", *, on: str = "workflow_call", job: str = "", step: str = oidc(), inputs: str = ""
) -> str:
    """A workflow whose job `inner` has one step, at line 7 (8 with a line for the job)."""
    on = f"{{workflow_call: {{inputs: {inputs}}}}}" if inputs else on
    text = f"on: {on}\n{top}\njobs:\n  inner:\n    runs-on: ubuntu-latest\n"
    text += f"    {job}\n" if job else ""
    return f"{text}    steps:\n      {step}\n"


WRITE, READ, ALL = "permissions: {id-token: write}", "permissions: read-all", "permissions: {}"
IDLE, UNKNOWN = "- run: echo hello", "- run: ./deploy"


class Case(NamedTuple):
    """A repository, where `missing-id-token` stands in it, and what the called job then has."""

    files: Files
    findings: list[tuple[str, int]]
    inner: str = ""
    file: str = "callee"


MAIN = [("main", 5)]
MID = [("mid", 5)]


def chain(main: str, mid: str, deep: str) -> Files:
    return {"main": main, "mid": mid, "deep": deep}


SILENT_MID = call(of="deep", on="workflow_call")

REPOSITORIES = {
    # -- the called workflow says nothing: it gets what its caller passes on
    "nobody says anything": Case({"main": call(), "callee": called()}, MAIN, "none"),
    "the caller grants": Case({"main": call(WRITE), "callee": called()}, [], "write"),
    "the calling job grants": Case({"main": call(job=WRITE), "callee": called()}, [], "write"),
    "the caller grants all": Case(
        {"main": call("permissions: write-all"), "callee": called()}, [], "write"
    ),
    "the caller reads": Case({"main": call(READ), "callee": called()}, MAIN, "none"),
    "the calling job drops it": Case(
        {"main": call(WRITE, job=ALL), "callee": called()}, MAIN, "none"
    ),
    "one of two callers grants": Case(
        {"main": call(), "other": call(WRITE), "callee": called()}, MAIN, "none"
    ),
    "no caller in sight": Case({"callee": called()}, [], "caller"),
    "secrets that are inherited change nothing": Case(
        {"main": call(job="secrets: inherit"), "callee": called()}, MAIN, "none"
    ),
    "a call that never runs passes nothing on": Case(
        {"main": call(job="if: false"), "other": call(WRITE), "callee": called()}, [], "write"
    ),
    # -- the called workflow asks: only a block stands in its way
    "it asks and the caller says nothing": Case(
        {"main": call(), "callee": called(WRITE)}, [], "write"
    ),
    "it asks and the caller limits": Case(
        {"main": call(READ), "callee": called(WRITE)}, MAIN, "none"
    ),
    "its job asks and the caller limits": Case(
        {"main": call(ALL), "callee": called(job=WRITE)}, MAIN, "none"
    ),
    "it asks for all and the caller limits": Case(
        {"main": call(ALL), "callee": called("permissions: write-all")}, MAIN, "none"
    ),
    "it asks at its top, though no job of it does": Case(
        {"main": call(ALL), "callee": called(WRITE, job=ALL, step=IDLE)}, MAIN, "none"
    ),
    "what it asks for is compared, skipped or not": Case(
        {"main": call(ALL), "callee": called(WRITE, job="if: false")}, MAIN, "none"
    ),
    "it drops the token itself": Case(
        {"main": call(WRITE), "callee": called(READ)}, [("callee", 7)], "none"
    ),
    "it drops the token and the caller limits": Case(
        {"main": call(READ), "callee": called(READ)}, [("callee", 7)], "none"
    ),
    # -- a workflow that runs by itself too
    "pushed or called": Case(
        {"main": call(WRITE), "callee": called(on="[workflow_call, push]")}, [("callee", 7)], "none"
    ),
    "pushed or called, with a block of its own": Case(
        {"main": call(), "callee": called(WRITE, on="[workflow_call, push]")}, [], "write"
    ),
    "pushed or called, asking, and the caller limits": Case(
        {"main": call(READ), "callee": called(WRITE, on="[workflow_call, push]")}, MAIN, "write"
    ),
    "not to be called at all": Case({"main": call(READ), "callee": called(WRITE, on="push")}, []),
    # -- through a workflow in between
    "three deep, nobody says anything": Case(
        chain(call(of="mid"), SILENT_MID, called()), MAIN, "none", "deep"
    ),
    "three deep, granted at the top": Case(
        chain(call(WRITE, of="mid"), SILENT_MID, called()), [], "write", "deep"
    ),
    "three deep, dropped in the middle": Case(
        chain(call(WRITE, of="mid"), call(READ, of="deep", on="workflow_call"), called()),
        MID,
        "none",
        "deep",
    ),
    "three deep, asked for in the middle": Case(
        chain(call(of="mid"), call(WRITE, of="deep", on="workflow_call"), called()),
        [],
        "write",
        "deep",
    ),
    "three deep, asked for in the middle, limited at the top": Case(
        chain(call(READ, of="mid"), call(WRITE, of="deep", on="workflow_call"), called()),
        MAIN,
        "none",
        "deep",
    ),
    "three deep, asked for below, limited at the top": Case(
        chain(call(READ, of="mid"), SILENT_MID, called(WRITE)), MAIN, "none", "deep"
    ),
    "three deep, asked for below, nothing above": Case(
        chain(call(of="mid"), SILENT_MID, called(WRITE)), [], "write", "deep"
    ),
    "three deep, asked for below, limited in the middle": Case(
        chain(call(WRITE, of="mid"), call(READ, of="deep", on="workflow_call"), called(WRITE)),
        MID,
        "none",
        "deep",
    ),
    "three deep, no caller in sight": Case(
        {"mid": SILENT_MID, "deep": called()}, [], "caller", "deep"
    ),
    "three deep, the middle runs by itself too": Case(
        chain(call(of="mid"), call(of="deep", on="[workflow_call, push]"), called(WRITE)),
        [],
        "write",
        "deep",
    ),
    "three deep, limited above a middle that runs by itself too": Case(
        chain(call(READ, of="mid"), call(of="deep", on="[workflow_call, push]"), called(WRITE)),
        MAIN,
        "write",
        "deep",
    ),
    # -- skipped jobs and steps
    "a job skipped by a literal": Case(
        {
            "main": call(READ, given="{deploy: false}"),
            "callee": called(job="if: inputs.deploy", inputs="{deploy: {type: boolean}}"),
        },
        [],
    ),
    "a job skipped by a default": Case(
        {
            "main": call(READ),
            "callee": called(
                job="if: inputs.deploy", inputs="{deploy: {type: boolean, default: false}}"
            ),
        },
        [],
    ),
    "a job skipped by a type's own default": Case(
        {
            "main": call(READ),
            "callee": called(job="if: inputs.deploy", inputs="{deploy: {type: boolean}}"),
        },
        [],
    ),
    "a job not skipped: a text is true, whatever it says": Case(
        {
            "main": call(READ, given="{deploy: 'false'}"),
            "callee": called(job="if: inputs.deploy", inputs="{deploy: {type: string}}"),
        },
        MAIN,
    ),
    "a job skipped by a comparison": Case(
        {
            "main": call(READ, given="{mode: plan}"),
            "callee": called(job="if: inputs.mode == 'apply'", inputs="{mode: {type: string}}"),
        },
        [],
    ),
    "a job not skipped by a comparison": Case(
        {
            "main": call(READ, given="{mode: apply}"),
            "callee": called(job="if: inputs.mode == 'apply'", inputs="{mode: {type: string}}"),
        },
        MAIN,
    ),
    "a job skipped by a number": Case(
        {
            "main": call(READ, given="{level: 0}"),
            "callee": called(job="if: inputs.level > 1", inputs="{level: {type: number}}"),
        },
        [],
    ),
    "a job that nobody can tell to be skipped": Case(
        {
            "main": call(READ, given="{mode: '${{ github.ref }}'}"),
            "callee": called(job="if: inputs.mode == 'apply'", inputs="{mode: {type: string}}"),
        },
        MAIN,
    ),
    "a step skipped by a literal": Case(
        {
            "main": call(READ, given="{deploy: false}"),
            "callee": called(step=oidc("inputs.deploy"), inputs="{deploy: {type: boolean}}"),
        },
        [],
    ),
    "skipped two calls below": Case(
        chain(
            call(READ, of="mid", given="{ship: false}"),
            "on: {workflow_call: {inputs: {ship: {type: boolean}}}}\njobs:\n  call:\n"
            f"    uses: ./{FOLDER}deep.yml\n    with: {{deploy: '${{{{ inputs.ship }}}}'}}\n",
            called(job="if: inputs.deploy", inputs="{deploy: {type: boolean}}"),
        ),
        [],
    ),
    "a call that never runs": Case({"main": call(READ, job="if: false"), "callee": called()}, []),
    "a job that never runs": Case({"main": called(on="push", job="if: ${{ false }}")}, []),
    "a step that never runs": Case({"main": called(on="push", step=oidc("false"))}, []),
    "a step that sometimes runs": Case(
        {"main": called(on="push", step=oidc("github.ref == 'refs/heads/main'"))},
        [("main", 7)],
    ),
    # -- out of sight
    "a workflow of another repository": Case(
        {"main": "on: push\njobs:\n  call:\n    uses: acme/aws/.github/workflows/x.yml@v1\n"}, []
    ),
    "a workflow that is not there": Case({"main": call(READ, of="gone")}, []),
    "a path that leaves the repository": Case(
        {"main": f"on: push\njobs:\n  call:\n    uses: ./../x/{FOLDER}callee.yml\n"}, []
    ),
}


@pytest.mark.parametrize("case", REPOSITORIES.values(), ids=REPOSITORIES.keys())
def test_missing_where_it_is_to_be_granted(case: Case) -> None:
    assert missing(case.files) == case.findings
    if case.inner:
        assert id_token(case.files, case.file, "inner") == case.inner


USES = {
    "a workflow that assumes a role": ({"main": call(WRITE), "callee": called()}, []),
    "a workflow that has no use for it": (
        {"main": call(WRITE), "callee": called(step=IDLE)},
        [("main", 2, "idle")],
    ),
    "a workflow with a step that is not known": (
        {"main": call(WRITE), "callee": called(step=UNKNOWN)},
        [("main", 2, "unknown")],
    ),
    "what asks for it needs the caller's grant, used or not": (
        {"main": call(WRITE), "callee": called(WRITE, step=IDLE)},
        [("callee", 2, "idle")],
    ),
    "what drops it by mistake needs the caller's grant": (
        {"main": call(WRITE), "callee": called(READ)},
        [],
    ),
    "what drops it and has no use for it": (
        {"main": call(WRITE), "callee": called(READ, step=UNKNOWN)},
        [("main", 2, "idle")],
    ),
    "a workflow that calls one that assumes a role": (
        chain(call(WRITE, of="mid"), SILENT_MID, called()),
        [],
    ),
    "a workflow that calls one that has no use for it": (
        chain(call(WRITE, of="mid"), SILENT_MID, called(step=IDLE)),
        [("main", 2, "idle")],
    ),
    "a grant in the middle that the top withholds": (
        chain(call(READ, of="mid"), call(WRITE, of="deep", on="workflow_call"), called(step=IDLE)),
        [],
    ),
    "a workflow that runs by itself too, and is looked at less closely": (
        {"main": call(WRITE), "callee": called(on="[workflow_call, push]", step=UNKNOWN)},
        [("main", 2, "unknown")],
    ),
    "a workflow of another repository": (
        {"main": f"on: push\n{WRITE}\njobs:\n  a: {{uses: acme/x/.github/workflows/x.yml@v1}}\n"},
        [("main", 2, "unknown")],
    ),
    "a workflow that is not there": ({"main": call(WRITE)}, [("main", 2, "unknown")]),
}


@pytest.mark.parametrize(("files", "expected"), USES.values(), ids=USES.keys())
def test_a_grant_is_judged_by_what_is_called_with_it(
    files: Files, expected: list[tuple[str, int, str]]
) -> None:
    assert excess(files) == expected


def test_what_the_user_reads_of_a_refused_call() -> None:
    files = chain(call(READ, of="mid"), SILENT_MID, called(job=WRITE))
    (found,) = judged(files)["main"].findings
    assert found.message == (
        "job `inner` of `.github/workflows/deep.yml` asks for `id-token: write`, but this call "
        "passes no `id-token: write` on (none by the block at line 2): GitHub refuses to start "
        "the run; grant it to the calling job"
    )
    assert [(r.place.file, r.place.region.line, r.message) for r in found.related] == [
        (".github/workflows/deep.yml", 6, "asked for here"),
        (".github/workflows/main.yml", 2, "this block leaves `id-token` out"),
    ]


def test_what_the_user_reads_of_a_file_that_asks_at_its_top() -> None:
    files = {"main": call(ALL), "callee": called(WRITE, job=ALL, step=IDLE)}
    (found,) = judged(files)["main"].findings
    assert found.message.startswith("`.github/workflows/callee.yml` asks for `id-token: write`, ")


def test_what_the_user_reads_of_a_job_without_a_token() -> None:
    (found,) = judged({"main": call(), "callee": called()})["main"].findings
    assert found.message == (
        "job `inner` of `.github/workflows/callee.yml` assumes `r` by OIDC, but this call passes "
        "no `id-token: write` on (no `permissions`: the default token has no `id-token`): the "
        "called job gets no token; grant it to the calling job"
    )


DERIVATIONS = {
    "granted at the top": (
        chain(call(WRITE, of="mid"), SILENT_MID, called()),
        (
            "no `permissions`: the caller decides",
            "called from job `call` of `.github/workflows/mid.yml`",
            "no `permissions`: the caller decides",
            "called from job `call` of `.github/workflows/main.yml`",
            "granted at line 2",
        ),
    ),
    "withheld at the top": (
        chain(call(READ, of="mid"), SILENT_MID, called(WRITE)),
        (
            "granted at line 2",
            "called from job `call` of `.github/workflows/mid.yml`",
            "no `permissions`: the caller decides",
            "called from job `call` of `.github/workflows/main.yml`",
            "none by the block at line 2",
        ),
    ),
    "started by itself": (
        {"deep": called(on="[workflow_call, schedule]")},
        ("no `permissions`: started by `schedule`, the default token has no `id-token`",),
    ),
}


@pytest.mark.parametrize(("files", "steps"), DERIVATIONS.values(), ids=DERIVATIONS.keys())
def test_derivation(files: Files, steps: tuple[str, ...]) -> None:
    (job,) = judged(files)["deep"].jobs
    assert job.derivation == steps


def test_workflows_that_call_each_other_in_a_ring_end() -> None:
    ring = {
        "one": call(of="two", on="workflow_call"),
        "two": call(of="one", on="workflow_call"),
        "main": call(READ, of="one"),
    }
    assert missing(ring) == []
    assert id_token(ring, "two", "call") == "none"


def mesh(size: int, top: str) -> dict[str, str]:
    """Workflows that call all of them, themselves too, and a first caller that withholds."""
    names = [f"w{number}" for number in range(size)]
    calls = "".join(f"  {name}: {{uses: ./{FOLDER}{name}.yml}}\n" for name in names)
    files = {name: f"{called(top)}{calls}" for name in names}
    return {**files, "main": call(READ, of="w0")}


@pytest.mark.parametrize("top", ["", WRITE])
def test_workflows_that_all_call_each_other_end_soon(top: str) -> None:
    files = mesh(25, top)
    assert missing(files) == [("main", 5)]
    assert {id_token(files, name, "inner") for name in ("w0", "w24")} == {"none"}


def test_ten_calls_deep_is_followed_and_no_deeper() -> None:
    def tower(height: int) -> Files:
        middle = {f"l{n}": call(of=f"l{n + 1}", on="workflow_call") for n in range(height)}
        return {"main": call(READ, of="l0"), **middle, f"l{height}": called(WRITE)}

    assert missing(tower(9)) == [("main", 5)]
    assert missing(tower(10)) == []


def test_too_many_callers_are_unknown() -> None:
    jobs = "".join(f"  j{n}: {{uses: ./{FOLDER}callee.yml}}\n" for n in range(2001))
    files = {"main": f"on: push\n{WRITE}\njobs:\n{jobs}", "callee": called()}
    report = judged(files)["callee"]
    assert [job.id_token for job in report.jobs] == ["unknown"]
    (skipped,) = (s for s in report.skipped if s.rule == "missing-id-token")
    assert (
        skipped.reason == "the step assumes `r` by OIDC: too many callers to tell what they grant"
    )
