"""Actions that work with nothing but a stored key, and what does their work with a role."""

from __future__ import annotations

from typing import NamedTuple

from oidc_enforcer.fixes import layout
from oidc_enforcer.fixes.outline import Outline
from oidc_enforcer.fixes.proposal import Draft, NoFix
from oidc_enforcer.source import Span
from oidc_enforcer.workflow.known_actions import KnownAction
from oidc_enforcer.workflow.model import Step


class Replacement(NamedTuple):
    """What to use instead; `script` does the same with the same variables, where one is known.

    `{args}` in the script stands for the step's input of that name; the script `needs` variables
    that the step itself sets, as the action can be told otherwise, too. `inputs` are those that the
    script stands for, each with what is read where it is not given; a step that gives others, or
    another value than the one that `only` names, is left alone.
    """

    action: str
    instead: str
    source: str
    script: str = ""
    needs: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    only: tuple[str, str] = ("", "")


#: Name; instead; where that is documented; a script of the same effect.
_TABLE = (
    Replacement(
        "jakejarvis/s3-sync-action",
        "`aws s3 sync`",
        "its entrypoint.sh; docs.aws.amazon.com/cli/latest/reference/s3/sync.html",
        'aws s3 sync "${{SOURCE_DIR:-.}}" "s3://$AWS_S3_BUCKET/$DEST_DIR" --no-progress {args}',
    ),
    Replacement(
        "chetan/invalidate-cloudfront-action",
        "`aws cloudfront create-invalidation`",
        "its entrypoint.sh; docs.aws.amazon.com/cli/latest/reference/cloudfront",
        "set -f # the paths are patterns of CloudFront's, not of files\n"
        'aws cloudfront create-invalidation --distribution-id "$DISTRIBUTION" --paths $PATHS',
        ("DISTRIBUTION", "PATHS"),
    ),
    Replacement(
        "prewk/s3-cp-action",
        "`aws s3 cp`",
        "its entrypoint.sh; docs.aws.amazon.com/cli/latest/reference/s3/cp.html",
    ),
    Replacement(
        "zdurham/s3-upload-github-action",
        "`aws s3 cp`",
        "its entrypoint.sh; docs.aws.amazon.com/cli/latest/reference/s3/cp.html",
    ),
    Replacement(
        "s3-actions/s3cmd",
        "s3cmd by itself, which takes the environment's credentials",
        "its src/index.js and src/config.js; S3/Config.py of s3cmd 2.4.0",
        "pip3 install s3cmd==2.4.0 || pip3 install --break-system-packages s3cmd==2.4.0\n"
        "printf '[default]\\nbucket_location = {region}\\n' > \"${{S3CMD_CONFIG:-$HOME/.s3cfg}}\"",
        inputs=(("provider", ""), ("region", "US"), ("access_key", ""), ("secret_key", "")),
        only=("provider", "aws"),
    ),
    Replacement(
        "kneemaa/github-action-rotate-aws-secrets",
        "nothing: without stored keys there are none to rotate",
        "docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    ),
    Replacement(
        "mammutmw/usc-rotate-keys-gha",
        "nothing: without stored keys there are none to rotate",
        "docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    ),
    *(
        Replacement(
            name, "`aws s3 cp` or `aws s3 sync`", "docs.aws.amazon.com/cli/latest/reference/s3"
        )
        for name in (
            "shallwefootball/s3-upload-action",
            "shallwefootball/upload-s3-action",
            "dusyanthmaniks/s3fileupload",
            "hkusu/s3-upload-action",
            "sellpy/s3-upload-action",
            "bshelling/s3upload-action",
            "noelware/s3-action",
            "matdave/s3-action",
            "koraykoska/s3-upload-github-action",
            "kaskadi/action-s3cp",
        )
    ),
    *(
        Replacement(
            name,
            "`aws-actions/amazon-ecr-login` and `docker/build-push-action`",
            "README of aws-actions/amazon-ecr-login",
        )
        for name in (
            "kciter/aws-ecr-action",
            "jwalton/gh-ecr-push",
            "elgohr/ecr-login-action",
            "digital-ai/push-ecr-action",
            "hands-lab/push-ecr-action",
        )
    ),
    *(
        Replacement(
            name,
            "`aws-actions/aws-secretsmanager-get-secrets`",
            "README of aws-actions/aws-secretsmanager-get-secrets",
        )
        for name in (
            "say8425/aws-secrets-manager-actions",
            "abhilash1in/aws-secrets-manager-action",
        )
    ),
    Replacement(
        "sourcetoad/aws-codedeploy-action",
        "`aws deploy create-deployment`",
        "docs.aws.amazon.com/cli/latest/reference/deploy",
    ),
    Replacement(
        "ianbelcher/eks-kubectl-action",
        "`aws eks update-kubeconfig` and `kubectl`",
        "docs.aws.amazon.com/cli/latest/reference/eks/update-kubeconfig.html",
    ),
    Replacement(
        "oryanmoshe/ecs-wait-action",
        "`aws ecs wait services-stable`",
        "docs.aws.amazon.com/cli/latest/reference/ecs/wait",
    ),
    Replacement(
        "peterkimzz/aws-ssm-send-command",
        "`aws ssm send-command`",
        "docs.aws.amazon.com/cli/latest/reference/ssm/send-command.html",
    ),
    Replacement(
        "inmar/actions-sns-tag-alert",
        "`aws sns publish`",
        "docs.aws.amazon.com/cli/latest/reference/sns/publish.html",
    ),
    Replacement(
        "leroy-merlin-br/action-s3-cache",
        "`runs-on/cache`, which takes the environment's credentials",
        "README of runs-on/cache",
    ),
)
_BY_NAME = {row.action: row for row in _TABLE}


def rows() -> tuple[Replacement, ...]:
    """The whole table."""
    return _TABLE


def advice(known: KnownAction) -> str:
    """That an action works with nothing but a key, and what to use instead."""
    row = _BY_NAME.get(known.name)
    instead = f"use {row.instead}" if row else "use one that takes the environment's credentials"
    return f"`{known.name}` works with nothing but a stored key: {instead}"


def replaces(step: Step) -> bool:
    """Whether a script is known that does the same as the step's action."""
    row = _BY_NAME.get(step.uses.name) if step.uses else None
    if row is None or not row.script or not all(map(step.env.get, row.needs)):
        return False
    if not row.inputs:
        return True
    known = dict(row.inputs)
    name, value = row.only
    # NOTE: an expression has no place in a script, where it would be read as code.
    region = step.inputs.text("region")
    return (
        all(item.name.lower() in known for item in step.inputs)
        and step.inputs.text(name).strip().lower() == value
        and "${{" not in region
        and "'" not in region
    )


def replace(outline: Outline, step: Step, draft: Draft) -> None:
    """Writes the script in place of the action; the variables stay, the keys go."""
    uses = step.node.entry("uses")
    assert uses is not None
    assert step.uses is not None
    row = _BY_NAME[step.uses.name]
    if layout.is_flow(outline.text, step.node):
        raise NoFix(f"`{row.action}` works with nothing but a stored key: use {row.instead}")
    given = {name: step.inputs.text(name).strip() or default for name, default in row.inputs}
    given["args"] = " ".join(step.inputs.text("args").split())
    script = row.script.format_map(given).rstrip()
    inner = layout.newline(outline.file) + layout.indent_of(outline.text, step.node.span.start)
    lines = "".join(f"{inner}  {line}" for line in script.split("\n"))
    draft.edit(Span(uses.span.start, uses.span.end), f"run: |{lines}")
    goes = [e.key.span.start for e in step.node.entries if e.key.text == "with"]
    env = step.node.mapping("env")
    if env is not None:
        goes += [
            e.key.span.start
            for e in env.entries
            if e.key.text in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        ]
    for edit in outline.removal(goes):
        draft.edit(edit.span, edit.text)
    draft.require(f"know that {row.instead} takes the place of `{row.action}`, which takes no role")
