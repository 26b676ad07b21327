"""What the Action takes and gives: the one table behind `action.yml`, its page and the code.

GitHub sets every declared input, empty where the workflow says nothing and there is no default, and
does not enforce `required` (actions/runner, `Handler.AddInputsToEnvironment`).
"""

from __future__ import annotations

from typing import NamedTuple


class Input(NamedTuple):
    """An input; `values` is what it may be, empty: anything. `default` may be an expression."""

    name: str
    description: str
    default: str = ""
    values: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that the runner gives it in: hyphens stay."""
        return f"INPUT_{self.name.upper()}"


class Output(NamedTuple):
    """An output, always a string; empty where it does not apply."""

    name: str
    description: str


INPUTS = (
    Input(
        "token",
        "reads the pull request and writes the review; needs `contents: read` and"
        " `pull-requests: write`",
        "${{ github.token }}",
    ),
    Input(
        "mode",
        "`enforce`: findings fail the step. `audit`: everything is reported and the step succeeds;"
        " empty: as the configuration says, else enforce",
        "",
        ("enforce", "audit"),
    ),
    Input(
        "fail-on",
        "the severity from which the step fails: error, warning, note or never; empty: as the"
        " configuration says, else error",
        "",
        ("error", "warning", "note", "never"),
    ),
    Input(
        "config",
        "settings as YAML, or the path of a file on the default branch; it may tighten what the"
        " organisation and the repository have set, and loosen nothing that they enforce",
    ),
    Input(
        "require-org-config",
        "`true`: where `oidc-enforcer.yml` of the organisation's `.github` repository is not there"
        " or cannot be read, nothing is verified (exit 3)",
        "",
        ("true", "false"),
    ),
    Input(
        "aws-role-to-assume",
        "ARN of a role to read IAM with, assumed by this job's OIDC token; needs"
        " `id-token: write`. No input takes an access key",
    ),
    Input("aws-region", "region of AWS STS", "us-east-1"),
    Input(
        "aws-reader-role",
        "name of the role that is assumed, from `aws-role-to-assume`, in every other account whose"
        " roles the workflows use",
    ),
    Input(
        "trust-snapshot",
        "path on the default branch of what `oidc-enforcer trust snapshot` wrote, for runs without"
        " access to AWS",
    ),
    Input(
        "comment",
        "`review`: comments on the changed lines. `summary`: one comment. `off`: none. `auto`: a"
        " review where the token may write, else none",
        "auto",
        ("auto", "review", "summary", "off"),
    ),
    Input("max-comments", "how many comments a review has at most; the summary has the rest", "30"),
    Input(
        "scope",
        "which findings can fail the step: `all`, those in which a file that the pull request"
        " `changed` has a part, or those that are `new` with it; empty: as the configuration says,"
        " else all",
        "",
        ("all", "changed", "new"),
    ),
    Input("sarif-file", "where to write SARIF for `github/codeql-action/upload-sarif`"),
    Input("json-file", "where to write the report as JSON"),
    Input(
        "strict",
        "`true`: anything that could not be verified fails the step; empty: as the configuration"
        " says, else false",
        "",
        ("true", "false"),
    ),
)

OUTPUTS = (
    Output("conclusion", "`success`, `failure` or, where it could not be told, `unverified`"),
    Output("findings", "number of findings"),
    Output("errors", "number of findings that are errors"),
    Output("new-findings", "number of findings that the base does not have; empty: not compared"),
    Output("aws-jobs", "number of jobs that use AWS"),
    Output("oidc-jobs", "number of those that use OIDC"),
    Output("static-jobs", "number of those that use stored keys"),
    Output("adoption", "share of AWS jobs without stored keys, from 0 to 1; empty: no AWS job"),
    Output("sarif-file", "path of the SARIF that was written, empty: none"),
    Output("json-file", "path of the JSON that was written, empty: none"),
)
