"""Role, job and trust joined: which role a step assumes, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from oidc_enforcer import check
from oidc_enforcer.arn import OidcProviderArn, RoleArn
from oidc_enforcer.config import Config
from oidc_enforcer.facts import Facts, Provider, Role, Unavailable
from oidc_enforcer.finding import Finding
from oidc_enforcer.iam.document import TrustPolicy
from oidc_enforcer.iam.issuers import GITHUB_COM
from oidc_enforcer.job_roles import Needs, Unresolved, needs, of_reading
from oidc_enforcer.report import FileReport, Report, summarise
from oidc_enforcer.reporters import Detail
from oidc_enforcer.reporters.text import render
from oidc_enforcer.roles import role_reading
from oidc_enforcer.rules import judging
from oidc_enforcer.source import SourceFile
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.reading import Reading
from tests.iam.policies import ACCOUNT, statement, sub, trusting
from tests.iam.policies import policy as policy_of
from tests.reporters.example import golden
from tests.workflow.presenting import APP, FOLDER, surroundings, workflow

MAIN = "repo:acme/app:ref:refs/heads/main"
PUSH = "{push: {branches: [main]}}"
PINNED = trusting(
    {"StringEquals": {"sub": MAIN, "aud": "sts.amazonaws.com", "repository_id": "2001"}}
)
PROVIDERS = {
    ACCOUNT: (Provider(OidcProviderArn("aws", ACCOUNT, GITHUB_COM), ("sts.amazonaws.com",)),)
}


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def assume(role: str, more: str = "", step: str = "") -> str:
    """A job that assumes a role."""
    lines = [
        "runs-on: ubuntu-latest",
        *more.splitlines(),
        "steps:",
        "  - uses: aws-actions/configure-aws-credentials@v6",
        *(f"    {line}" for line in step.splitlines()),
        "    with:",
        f"      role-to-assume: {role}",
        "      aws-region: eu-west-1",
    ]
    return "\n".join(lines)


def read(files: Mapping[str, str] | str) -> Reading:
    files = {"deploy": files} if isinstance(files, str) else files
    name, text = next(iter(files.items()))
    source = SourceFile(f"{FOLDER}{name}.yml", text)
    return reading.read(source, surroundings(files))


def facts(
    roles: Mapping[str, TrustPolicy | Unavailable] | None = None,
    config: Config | None = None,
    **more: Any,
) -> Facts:
    """Facts with these roles by name; `deploy` is pinned to the default branch."""
    found: dict[str, Role | Unavailable] = {}
    for name, policy in (roles or {"deploy": PINNED}).items():
        parsed = RoleArn.parse(arn(name))
        role = policy if isinstance(policy, Unavailable) else Role(name, parsed, policy, "roles")
        found[arn(name)] = role
    known = Facts("2026-11-28", config or Config(), APP, found, PROVIDERS, judges_roles=True)
    return known._replace(**more)


def resolved(files: Mapping[str, str] | str, config: Config | None = None) -> list[str]:
    """The names of the roles that the first file's jobs assume, or why they are not known."""
    found = []
    for each in of_reading(read(files), facts(config=config)):
        name = each.arn.name if each.arn else ""
        found.append(name or (each.reason if isinstance(each, Unresolved) else ""))
    return found


def said(files: Mapping[str, str] | str, known: Facts) -> list[tuple[str, str]]:
    """Rule and message of all that is found about roles, skips in brackets."""
    of_roles = {module.RULE.id for module in judging("role")}
    report = check.judge(read(files), known)
    findings = [(f.rule, f.message) for f in report.findings if f.rule in of_roles]
    return [*findings, *((f"[{s.rule}]", s.reason) for s in report.skipped if s.rule in of_roles)]


# -- which role ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (assume(arn("deploy")), ["deploy"]),
        (assume("arn:aws-cn:iam::123456789012:role/teams/web/deploy"), ["deploy"]),
        (assume("${{ env.ROLE }}", f"env: {{ROLE: '{arn('deploy')}'}}"), ["deploy"]),
        (assume("${{ env.ROLE }}", step=f"env: {{ROLE: '{arn('deploy')}'}}"), ["deploy"]),
        (
            assume("${{ env.ROLE }}", "env: {ROLE: '${{ vars.ROLE }}'}"),
            ["no file tells what `vars.ROLE` is"],
        ),
        (assume("${{ vars.TOLD }}"), ["told"]),
        (assume("${{ secrets.Deployment_Role }}"), ["mapped"]),
        (
            assume("${{ secrets.OTHER }}"),
            ["no file tells what `secrets.OTHER` is"],
        ),
        (
            assume("arn:aws:iam::${{ vars.ACCOUNT }}:role/deploy"),
            ["deploy"],
        ),
        (
            assume(
                "arn:aws:iam::123456789012:role/${{ matrix.r }}",
                "strategy: {matrix: {r: [one, two]}}",
            ),
            ["one", "two"],
        ),
        (
            assume(
                "${{ matrix.role }}",
                "strategy:\n  matrix:\n    include:\n"
                f"      - role: {arn('x')}\n      - role: {arn('y')}",
            ),
            ["x", "y"],
        ),
        (
            assume(
                f"${{{{ github.ref == 'refs/heads/main' && '{arn('live')}' || '{arn('t')}' }}}}"
            ),
            ["live"],
        ),
        (
            assume("${{ steps.x.outputs.role }}"),
            ["what `steps.x.outputs.role` is, is not known before the run"],
        ),
        (assume("deploy"), ["what `role-to-assume` comes to is no role's ARN"]),
        (assume(arn("deploy"), "if: false"), []),
        (assume(arn("deploy"), step="if: github.event_name == 'release'"), []),
        (assume(arn("deploy"), "permissions: {}"), []),
    ],
)
def test_which_role_a_step_assumes(job: str, expected: list[str]) -> None:
    roles = {
        "secrets.DEPLOYMENT_ROLE": arn("mapped"),
        "vars.TOLD": arn("told"),
        "vars.ACCOUNT": "123456789012",
    }
    found = resolved(workflow(PUSH, job), Config(roles=roles))
    assert [one.partition(":")[0] for one in found] == expected


def test_a_role_by_the_ref_goes_with_that_ref_alone() -> None:
    role = f"${{{{ github.ref == 'refs/heads/main' && '{arn('live')}' || '{arn('test')}' }}}}"
    text = workflow("{push: {branches: [main, dev]}}", assume(role))
    test = sub("repo:acme/app:ref:refs/heads/dev")
    assert said(text, facts({"live": PINNED, "test": test}))[0][0] == "broad-trust"
    rules = {rule for rule, _ in said(text, facts({"live": test, "test": PINNED}))}
    assert "unassumable-role" in rules


CALLED = workflow(
    "{workflow_call: {inputs: {role: {type: string}}, secrets: {ROLE: {}}}}",
    assume("${{ inputs.role || secrets.ROLE }}"),
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (f"with: {{role: '{arn('given')}'}}", ["given"]),
        ("secrets: {ROLE: '${{ secrets.DEPLOYMENT_ROLE }}'}", ["mapped"]),
    ],
)
def test_a_role_through_a_caller(given: str, expected: list[str]) -> None:
    call = f"uses: ./.github/workflows/called.yml\n{given}"
    files = {"called": CALLED, "caller": workflow(PUSH, call)}
    config = Config(roles={"secrets.DEPLOYMENT_ROLE": arn("mapped")})
    assert resolved(files, config) == expected


def test_inherited_secrets_are_the_callers() -> None:
    called = workflow("workflow_call", assume("${{ secrets.DEPLOYMENT_ROLE }}"))
    call = "uses: ./.github/workflows/called.yml\nsecrets: inherit"
    config = Config(roles={"secrets.DEPLOYMENT_ROLE": arn("mapped")})
    assert resolved({"called": called, "caller": workflow(PUSH, call)}, config) == ["mapped"]


def test_nobody_in_sight_calls_it() -> None:
    found = said(workflow("workflow_call", assume(arn("deploy"))), facts())
    assert [rule for rule, _ in found] == ["[unassumable-role]"]
    assert "called by no workflow in sight" in found[0][1]
    [reason] = resolved(CALLED)
    assert reason.startswith("which role it is, is not known: called by no workflow in sight")


ACTION = """\
name: Login
inputs: {role: {required: true}}
runs:
  using: composite
  steps:
    - uses: aws-actions/configure-aws-credentials@v6
      with: {role-to-assume: "${{ inputs.role }}", aws-region: eu-west-1}
"""


def test_a_role_inside_a_local_action() -> None:
    job = f"steps:\n  - uses: ./login\n    with: {{role: '{arn('deploy')}'}}"
    assert resolved({"deploy": workflow(PUSH, job), "login/action.yml": ACTION}) == ["deploy"]


def test_what_has_to_be_known_is_asked_for_first() -> None:
    role = "arn:aws:iam::123456789012:role/${{ matrix.r }}"
    job = assume(role, "strategy: {matrix: {r: [one, two]}}\nenvironment: live")
    found = needs(read(workflow(PUSH, job)), facts())
    assert found == Needs(
        frozenset({RoleArn("aws", ACCOUNT, "/", "one"), RoleArn("aws", ACCOUNT, "/", "two")}),
        frozenset({"live"}),
    )
    opened = needs(read(workflow(PUSH, "environment: ${{ vars.E }}")), facts())
    assert opened == Needs(open_environments=True)


# -- what is said ----------------------------------------------------------------------------------

DEPLOY = workflow(PUSH, assume(arn("deploy")))


def test_what_fits_is_not_mentioned() -> None:
    assert said(DEPLOY, facts()) == []


def test_without_policies_or_without_a_repository_nothing_is_judged() -> None:
    wide = {"deploy": sub("*")}
    assert said(DEPLOY, facts(wide, judges_roles=False)) == []
    assert said(DEPLOY, facts(wide, repository=None)) == []


def test_a_role_that_is_not_at_hand_is_said_once() -> None:
    job = assume(arn("other")) + "\n" + assume(arn("other")).split("steps:\n")[1]
    assert said(workflow(PUSH, job), facts()) == [
        (
            "[broad-trust]",
            f"role `{arn('other')}` is not judged: its trust policy is in none of the sources that"
            " were given",
        )
    ]
    found = said(DEPLOY, facts({"deploy": Unavailable("access denied")}))
    assert found == [("[broad-trust]", f"role `{arn('deploy')}` is not judged: access denied")]


def test_a_role_is_found_by_its_name_where_the_account_is_not_told() -> None:
    role = Role("deploy", None, sub("repo:acme/app:*"), "main.tf:3")
    found = said(DEPLOY, facts(roles={})._replace(roles={"deploy": role}))
    assert {rule for rule, _ in found} >= {"broad-trust", "pull-request-trust"}


@pytest.mark.parametrize(
    ("job", "rules"),
    [
        ("environment: production", set()),
        ("environment: Production", set()),
        ("environment: staging", {"broad-trust", "unassumable-role"}),
        ("environment: ${{ vars.ENV }}", {"[broad-trust]"}),
    ],
)
def test_the_environments_that_the_workflows_name_are_allowed(job: str, rules: set[str]) -> None:
    condition = {"StringEqualsIgnoreCase": {"sub": "repo:acme/app:environment:production"}}
    audience = {"StringEquals": {"aud": "sts.amazonaws.com", "repository_id": "2001"}}
    known = facts({"deploy": trusting({**condition, **audience})})
    found = said(workflow(PUSH, assume(arn("deploy"), job)), known)
    assert {rule for rule, _ in found} == rules


def test_an_environment_that_another_file_names_is_allowed_as_well() -> None:
    policy = trusting(
        {
            "StringEquals": {
                "sub": [MAIN, "repo:acme/app:environment:live"],
                "aud": "sts.amazonaws.com",
                "repository_id": "2001",
            }
        }
    )
    alone = said(DEPLOY, facts({"deploy": policy}))
    assert [rule for rule, _ in alone] == ["broad-trust"]
    assert said(DEPLOY, facts({"deploy": policy}, environments=frozenset({"live"}))) == []


@pytest.mark.parametrize(
    ("allowed", "rules"),
    [
        (None, {"broad-trust", "pull-request-trust"}),
        (("branch:*", "tag:*", "environment:*"), {"pull-request-trust"}),
        (("pull-request",), {"broad-trust"}),
        (("branch:*", "tag:*", "environment:*", "pull-request"), set()),
    ],
)
def test_what_the_configuration_allows(allowed: tuple[str, ...] | None, rules: set[str]) -> None:
    policy = trusting(
        {
            "StringLike": {"sub": "repo:acme/app:*"},
            "StringEquals": {"aud": "sts.amazonaws.com", "repository_id": "2001"},
        }
    )
    found = said(DEPLOY, facts({"deploy": policy}, Config(allowed=allowed)))
    assert {rule for rule, _ in found} == rules


FILE = "acme/.github/.github/workflows/oidc.yml@refs/heads/main"


@pytest.mark.parametrize(
    ("condition", "is_tight"),
    [
        ({"job_workflow_ref": FILE, "repository_owner_id": "1001"}, True),
        ({"job_workflow_ref": FILE}, False),
        ({"job_workflow_ref": FILE + "x", "repository_owner_id": "1001"}, False),
        ({"repository_owner_id": "1001"}, False),
    ],
)
def test_a_file_that_serves_the_whole_organisation(
    condition: dict[str, str], *, is_tight: bool
) -> None:
    """A required workflow reads roles for the pull requests of every repository."""
    policy = trusting({"StringEquals": {**condition, "aud": "sts.amazonaws.com"}})
    role = Role("reader", RoleArn.parse(arn("reader")), policy, "roles")
    unsaid, _ = check.judge_role(role, facts())
    assert {each.rule for each in unsaid} == {"broad-trust", "pull-request-trust"}
    allowed = Config(allowed=(f"workflow:{FILE}",))
    found, _ = check.judge_role(role, facts(config=allowed))
    assert (not found) is is_tight


@pytest.mark.parametrize(
    ("providers", "expected"),
    [
        ({}, "which OIDC providers account 123456789012 has, no source tells"),
        ({ACCOUNT: Unavailable("access denied")}, "access denied"),
        ({ACCOUNT: ()}, "has no such OIDC provider"),
        (
            {ACCOUNT: (PROVIDERS[ACCOUNT][0]._replace(audiences=("https://github.com/acme",)),)},
            "asks for the audience `sts.amazonaws.com`",
        ),
    ],
)
def test_the_provider(providers: dict[str, Any], expected: str) -> None:
    [(rule, message)] = said(DEPLOY, facts(providers=providers))
    assert rule.strip("[]") == "missing-provider"
    assert expected in message


@pytest.mark.parametrize(
    ("audience", "expected"), [("sts.amazonaws.com", []), ("x", ["missing-provider"])]
)
def test_a_provider_that_a_state_tells(audience: str, expected: list[str]) -> None:
    (provider,) = PROVIDERS[ACCOUNT]
    seen = (provider._replace(audiences=(audience,)),)
    unread: dict[str, Any] = {ACCOUNT: Unavailable("access denied")}
    for told in ({}, unread):
        found = said(DEPLOY, facts(providers=told, seen_providers=seen))
        assert [rule for rule, _ in found] == expected
    # All that an account has goes before what a state remembers.
    found = said(DEPLOY, facts(providers={ACCOUNT: ()}, seen_providers=seen))
    assert "has no such OIDC provider" in found[0][1]


def test_an_audience_of_the_steps_own() -> None:
    job = assume(arn("deploy")) + "\n      audience: https://example.com"
    found = said(workflow(PUSH, job), facts())
    assert {rule for rule, _ in found} == {"unassumable-role", "missing-provider"}


def test_a_customised_subject_is_doubt_where_nobody_told_the_template() -> None:
    policy = trusting({"StringEquals": {"sub": "repository_owner:acme", "repository_id": "2001"}})
    found = said(DEPLOY, facts({"deploy": policy}))
    assert "[unassumable-role]" in {rule for rule, _ in found}
    told = APP._replace(template=("repo", "context"))
    found = said(DEPLOY, facts({"deploy": policy}, repository=told))
    assert "unassumable-role" in {rule for rule, _ in found}


@pytest.mark.parametrize(
    ("named", "trusted", "expected"),
    [
        ("production", "Production", "[unassumable-role]"),
        ("prod:eu", "Prod%3Aeu", "[unassumable-role]"),
        ("staging", "Production", "unassumable-role"),
    ],
)
def test_the_casing_of_an_environment_is_doubt(named: str, trusted: str, expected: str) -> None:
    job = assume(arn("deploy"), f"environment: {named}")
    known = facts({"deploy": sub(f"repo:acme/app:environment:{trusted}")})
    found = [rule for rule, _ in said(workflow(PUSH, job), known) if "unassumable" in rule]
    assert found == [expected]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("prod-${{ vars.REGION }}", ["[unassumable-role]"]),
        ("Prod-${{ vars.REGION }}", []),
        ("${{ vars.STAGE }}-EU", ["[unassumable-role]"]),
        ("prod-${{ github.ref_name }}-eu", ["[unassumable-role]"]),
        ("stage-${{ vars.REGION }}", ["unassumable-role"]),
    ],
)
def test_the_casing_of_what_is_told_of_an_environment_is_doubt(
    named: str, expected: list[str]
) -> None:
    job = assume(arn("deploy"), f"environment: {named}")
    known = facts({"deploy": sub("repo:acme/app:environment:Prod-main-eu")})
    found = [rule for rule, _ in said(workflow(PUSH, job), known) if "unassumable" in rule]
    assert found == expected


def test_a_role_that_trusts_another_account_or_nobody() -> None:
    elsewhere = sub(MAIN)
    other = RoleArn("aws", "210987654321", "/", "deploy")
    known = facts()._replace(roles={str(other): Role("deploy", other, elsewhere, "roles")})
    found = said(workflow(PUSH, assume(str(other))), known)
    assert [rule for rule, _ in found] == ["unassumable-role"]
    assert "trust `arn:aws:iam::210987654321:oidc-provider" in found[0][1]
    nobody = policy_of(
        {**statement({}), "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    assert [rule for rule, _ in said(DEPLOY, facts({"deploy": nobody}))] == ["unassumable-role"]


def test_every_aws_account_is_another_door() -> None:
    door = {**statement({}), "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    door.pop("Condition")
    pinned = statement(
        {"StringEquals": {"sub": MAIN, "aud": "sts.amazonaws.com", "repository_id": "2001"}}
    )
    found = said(DEPLOY, facts({"deploy": policy_of(pinned, door)}))
    assert [rule for rule, _ in found] == ["broad-trust"]
    assert "another door: statement 2 lets in every AWS account" in found[0][1]


def test_a_role_of_identity_center_is_left_alone() -> None:
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    reserved = RoleArn("aws", ACCOUNT, "/aws-reserved/sso.amazonaws.com/", name)
    identity_center = "AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    saml = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/{identity_center}"},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    role = Role(name, reserved, policy_of(saml), "roles")
    assert check.judge_role(role, facts()) == ([], [])


def test_a_role_for_itself_is_judged_at_its_policy() -> None:
    role = Role("wide", None, sub("repo:acme/app:*"), "wide.json")
    found, skipped = check.judge_role(role, facts())
    assert {each.rule for each in found} == {
        "broad-trust",
        "pull-request-trust",
        "recyclable-trust",
    }
    places = [each.place for each in found] + [each.place for each in skipped]
    assert {place.file for place in places} == {"wide.json"}
    assert role_reading(role, facts()).uses == ()


def test_one_finding_for_each_thing_that_is_wrong() -> None:
    twice = assume(arn("deploy")) + "\n" + assume(arn("deploy")).split("steps:\n")[1]
    report = check.judge(read(workflow(PUSH, twice)), facts({"deploy": sub("repo:acme/app:*")}))
    found = [one for one in report.findings if one.rule == "broad-trust"]
    assert len(found) == 1
    assert len({each.fingerprint for each in report.findings}) == len(report.findings)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (arn("deploy"), []),
        ("arn:aws:iam::210987654321:role/deploy", ["finding"]),
        ("arn:aws:iam::210987654321:role/${{ matrix.role }}", ["finding"]),
        ("${{ vars.TOLD }}", []),
        ("${{ secrets.ELSEWHERE }}", ["finding"]),
        ("${{ vars.OTHER }}", ["skip"]),
        ("arn:aws:iam::${{ vars.ACCOUNT }}:role/deploy", ["skip"]),
    ],
)
def test_accounts_that_are_not_allowed(role: str, expected: list[str]) -> None:
    elsewhere = "arn:aws:iam::210987654321:role/x"
    roles = {"vars.TOLD": arn("told"), "secrets.elsewhere": elsewhere}
    config = Config(allowed_accounts=(ACCOUNT,), roles=roles)
    text = workflow(PUSH, assume(role))
    report = check.judge(read(text), Facts("", config))
    found = ["finding" for each in report.findings if each.rule == "disallowed-credentials"]
    found += ["skip" for each in report.skipped if each.rule == "disallowed-credentials"]
    assert found == expected
    assert check.judge(read(text), Facts("")).skipped == ()


# -- what the user sees ----------------------------------------------------------------------------

SHOWN: dict[str, tuple[str, TrustPolicy]] = {
    "broad-trust": (assume(arn("deploy")), sub("repo:acme/app*")),
    "pull-request-trust": (assume(arn("deploy")), sub(MAIN, "repo:acme/app:pull_request")),
    "unassumable-role": (assume(arn("deploy"), "environment: live"), PINNED),
    "vacuous-condition": (
        assume(arn("deploy")),
        trusting(
            {
                "StringEquals": {"sub": MAIN, "aud": "sts.amazonaws.com"},
                "ForAllValues:StringEquals": {"event_name": "push"},
            }
        ),
    ),
    "recyclable-trust": (assume(arn("deploy")), sub(MAIN)),
    "missing-audience": (assume(arn("deploy")), trusting({"StringEquals": {"sub": MAIN}})),
    "missing-provider": (assume(arn("deploy")) + "\n      audience: acme", PINNED),
}


def test_every_rule_about_roles_is_shown() -> None:
    assert list(SHOWN) == [module.RULE.id for module in judging("role")]


def test_what_the_user_sees() -> None:
    shown = []
    for rule, (job, policy) in SHOWN.items():
        report = check.judge(read(workflow(PUSH, job)), facts({"deploy": policy}))
        findings: tuple[Finding, ...] = tuple(each for each in report.findings if each.rule == rule)
        files = (FileReport(report.file, findings, lines=report.lines),)
        shown.append(
            "".join(render(Report(files, summarise(files)), color=False, detail=Detail.NORMAL))
        )
    text = "\n".join(shown)
    assert text == golden("roles.txt", text)
