"""`oidc-enforcer fix`: turns stored keys into OIDC, shows or writes it, and says what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oidc_enforcer.cli import (
    CLEAN,
    clock,
    configuration,
    console,
    delivery,
    fix_dialogue,
    fix_proposal,
    github_options,
    repository_options,
)
from oidc_enforcer.cli.commands import HELP, Arguments, Command, Option
from oidc_enforcer.cli.options import FAIL_ON, STRICT
from oidc_enforcer.cli.parser import NOT_VERIFIED, exit_codes
from oidc_enforcer.errors import UserError

if TYPE_CHECKING:
    from oidc_enforcer import gather
    from oidc_enforcer.fixes.proposal import Choices
    from oidc_enforcer.repairs import Repairs

DIFF = Option(("--diff",), "show what would be changed, as a unified diff (this is the default)")
WRITE = Option(("--write",), "change the files")
INTERACTIVE = Option(("-i", "--interactive"), "ask for every fix, then change the files")
UNSAFE = Option(("--unsafe",), "also fixes that a person must look at")
ROLE = Option(
    ("--role",),
    "the role to assume: an ARN, or where its ARN is, such as vars.AWS_ROLE_ARN or"
    " secrets.DEPLOYMENT_ROLE (default: told by the file, else a variable named after the key)",
    "REF_OR_ARN",
)
REGION = Option(
    ("--region",), "the region of new credentials steps (default: told by the file)", "REGION"
)
DEFAULT_TOKEN = Option(
    ("--default-workflow-permissions",),
    "what GitHub's token may do where a workflow has no `permissions`, as the repository's settings"
    " say: read or write; with read, nothing is in doubt about what new `permissions` take away"
    " (default: that of the configuration; --github and --pull-request ask GitHub)",
    "ACCESS",
    ("read", "write"),
)
AFTERCARE = Option(
    ("--aftercare",),
    "say what is to be done with the keys once no workflow reads them any more; changes nothing"
    " without --write",
)
PULL_REQUEST = Option(
    ("--pull-request",),
    "open a pull request with the changes, or update the one that is there (needs --repo)",
    needs=("--repo",),
)
_EXIT_CODES = exit_codes(
    findings="findings at or above --fail-on are left",
    change="something you have to change: an argument, a path, what the token may",
    unverified=NOT_VERIFIED,
)
COMMAND = Command(
    "fix",
    "turn stored AWS keys into roles assumed by OIDC",
    "oidc-enforcer fix [OPTION...] [PATH...]",
    "PATH",
    "a repository's folder, a workflow or action file (default: .)",
    (
        DIFF,
        WRITE,
        INTERACTIVE,
        UNSAFE,
        ROLE,
        REGION,
        DEFAULT_TOKEN,
        AFTERCARE,
        PULL_REQUEST,
        *repository_options.OPTIONS,
        github_options.GITHUB,
        github_options.REQUIRED._replace(needs=(github_options.GITHUB.flag, "--pull-request")),
        FAIL_ON,
        STRICT,
        configuration.CONFIG,
        configuration.ORG_CONFIG,
        HELP,
    ),
    epilog=f"""\
Each fix is applied, read and judged again before it is offered. What else must exist, in AWS above
all, is said on standard error; the diff goes to standard output, with secrets masked. The exit code
is that of `check` on what is in the files when the command ends.

examples:
  oidc-enforcer fix                                  show what would be changed here
  oidc-enforcer fix --write --unsafe                 change it, and look at the diff in git
  oidc-enforcer fix --write --aftercare > after.md   change it, and keep what to do with the keys
  oidc-enforcer fix --role vars.DEPLOY_ROLE_ARN .github/workflows/deploy.yml
  oidc-enforcer fix -i                               ask for every single fix
  oidc-enforcer fix --pull-request --repo acme/app   propose it; GITHUB_TOKEN has the token

{_EXIT_CODES}""",
)


def run(arguments: Arguments) -> int:
    """Mends, shows or writes, and gives the verdict on what is in the files now."""
    choices = _choices(arguments)
    paths = arguments.given or (".",)
    if arguments.has(PULL_REQUEST.flag):
        fix_proposal.refuse(arguments, paths)
    return github_options.asking(
        arguments,
        lambda github: _mend(arguments, choices, paths, github),
        always=arguments.has(PULL_REQUEST.flag),
    )


def _mend(
    arguments: Arguments,
    choices: Choices,
    paths: tuple[str, ...],
    github: github_options.GitHub | None,
) -> int:
    from oidc_enforcer import repairs

    now = clock.now()
    settled = configuration.settled(arguments, now[:10], github.layers() if github else None)
    wanted = fix_dialogue.wanted(
        interactive=arguments.has("--interactive"), unsafe=arguments.has("--unsafe")
    )
    options = _options(arguments, settled, now, github)
    done = repairs.repair(paths, options.facts, choices, wanted, options.trees)
    proposes = arguments.has(PULL_REQUEST.flag)
    writes = not proposes and (arguments.has("--write") or arguments.has("--interactive"))
    if proposes:
        status = fix_proposal.propose(arguments, done, repairs.left_behind(paths, done))
        if status != CLEAN:
            return status
    else:
        _show(arguments, paths, done, writes=writes)
    report = repairs.report(done, written=writes)
    report = report._replace(files=[*report.files, *(github.reports() if github else ())])
    config = settled.config
    if failed := github_options.outage(github, config):
        return failed
    status = delivery.verdict(report, fail_on=config.fail_on, strict=config.strict)
    delivery.explain_status(status, report)
    return status


def _choices(arguments: Arguments) -> Choices:
    import re

    from oidc_enforcer.fixes import roles
    from oidc_enforcer.fixes.proposal import Choices

    if arguments.has("--diff") and (arguments.has("--write") or arguments.has("--interactive")):
        raise UserError("--diff and --write contradict each other", "give one of them")
    if "-" in arguments.given:
        raise UserError("standard input cannot be mended in place", "name a file")
    role, region = arguments.one("--role"), arguments.one("--region")
    if role:
        roles.chosen(role)
    if region and not re.fullmatch(r"[a-z]{2,3}(?:-[a-z]+)+-\d|\$\{\{[^{}\n]+\}\}", region):
        raise UserError(f"`{region}` is no region", "write one such as `eu-west-1`")
    return Choices(role, region)


def _options(
    arguments: Arguments,
    settled: configuration.Settled,
    now: str,
    github: github_options.GitHub | None,
) -> gather.Options:
    """What is known of the files, and of what they call, before anything is mended."""
    from oidc_enforcer import gather

    said = arguments.one(DEFAULT_TOKEN.flag) or settled.config.default_workflow_permissions
    config = settled.config._replace(default_workflow_permissions=said)
    facts = settled.facts(now)._replace(
        config=config, repository=repository_options.repository(arguments, config)
    )
    if github is None:
        return gather.Options(facts)
    from oidc_enforcer.github_sources import Asked

    options = gather.Options(github.told(arguments, facts))
    path = (arguments.given or (".",))[0]
    # NOTE: what is stored tells nothing of how a workflow is to be mended.
    return github.options(options, path, Asked(secrets=False, is_planned=True))


def _show(arguments: Arguments, paths: tuple[str, ...], done: Repairs, *, writes: bool) -> None:
    """The changes, as a diff or written, or what becomes of the old keys; or both."""
    from oidc_enforcer import repairs
    from oidc_enforcer.reporters import aftercare

    if writes or not arguments.has(AFTERCARE.flag):
        _deliver(done, writes=writes, unsafe=arguments.has("--unsafe"))
    if arguments.has(AFTERCARE.flag):
        console.write(aftercare.render(repairs.left_behind(paths, done)))


def _deliver(done: Repairs, *, writes: bool, unsafe: bool) -> None:
    from oidc_enforcer import repairs

    if writes:
        repairs.write(done)
    else:
        console.write(fix_dialogue.diff(done))
    summary = "".join(fix_dialogue.summary(done, written=writes, unsafe=unsafe))
    console.remark(*summary.splitlines())
