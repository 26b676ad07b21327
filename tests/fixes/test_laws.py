"""Laws of fixes over made-up workflows: the finding goes or says why not, and YAML stays whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from oidc_enforcer import check, remedies
from oidc_enforcer.facts import Facts
from oidc_enforcer.finding import Finding
from oidc_enforcer.fixes.proposal import Choices
from oidc_enforcer.source import SourceFile, apply_edits
from oidc_enforcer.workflow import reading
from oidc_enforcer.workflow.model import Permissions, Workflow
from oidc_enforcer.workflow.parse import parse
from oidc_enforcer.workflow.surroundings import Surroundings

ID = "${{ secrets.AWS_ACCESS_KEY_ID }}"
SECRET = "${{ secrets.AWS_SECRET_ACCESS_KEY }}"
PERMISSIONS = st.sampled_from(
    [
        "",
        "permissions: {}",
        "permissions: read-all",
        "permissions: write-all",
        "permissions: {contents: read}",
        "permissions:\n  contents: read # why\n  packages: read",
        "permissions:\n  id-token: write",
        "permissions:",
    ]
)
ENV = f"env:\n  AWS_ACCESS_KEY_ID: {ID}\n  # a note\n  AWS_SECRET_ACCESS_KEY: {SECRET}"
STEPS = st.lists(
    st.sampled_from(
        [
            "- uses: actions/checkout@v4",
            "# what for\n- run: aws s3 ls --region eu-west-1",
            f"- run: aws s3 ls\n  {ENV.replace(chr(10), chr(10) + '  ')}",
            f"- {ENV.replace(chr(10), chr(10) + '  ')}\n  run: |\n    make\n    aws s3 ls",
            "- uses: aws-actions/configure-aws-credentials@v4\n  with:\n"
            f"    aws-access-key-id: {ID}\n    aws-secret-access-key: {SECRET}\n"
            "    aws-region: eu-west-1",
            "-\n  name: 'Log in'\n  run: |\n"
            f"    aws configure set aws_access_key_id {ID}\n\n"
            f"    aws configure set aws_secret_access_key {SECRET}",
            f"- {{run: aws s3 ls, env: {{AWS_ACCESS_KEY_ID: '{ID}', "
            f"AWS_SECRET_ACCESS_KEY: '{SECRET}'}}}}",
            f"- run: export AWS_ACCESS_KEY_ID={ID} AWS_SECRET_ACCESS_KEY={SECRET} && aws s3 ls",
            f"- run: docker run -e AWS_ACCESS_KEY_ID={ID} -e AWS_SECRET_ACCESS_KEY={SECRET} x",
            "- uses: someone/unknown@v1",
            f"- shell: python\n  run: |\n    c = client('s3', aws_access_key_id='{ID}',"
            f" aws_secret_access_key='{SECRET}')\n    c.list()",
            "- run: |\n    mkdir -p ~/.aws\n    echo '[default]' > ~/.aws/credentials\n"
            f'    echo "aws_access_key_id={ID}" >> ~/.aws/credentials\n'
            f'    echo "aws_secret_access_key={SECRET}" >> ~/.aws/credentials\n    aws s3 ls',
            f"- run: |\n    if true; then\n    \texport AWS_ACCESS_KEY_ID={ID}\n"
            f"    \texport AWS_SECRET_ACCESS_KEY={SECRET}\n    \taws s3 ls\n    fi",
            f"- \"run\": 'aws s3 ls'\n  'env':\n    \"AWS_ACCESS_KEY_ID\": '{ID}'\n"
            f"    'AWS_SECRET_ACCESS_KEY': \"{SECRET}\"",
        ]
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def workflows(draw: st.DrawFn) -> str:
    """A workflow with keys in it, in one of many layouts."""
    blank = draw(st.sampled_from(["", "\n"]))
    top = draw(PERMISSIONS)
    head = ["on: push", *([top] if top else []), *([ENV] if draw(st.booleans()) else [])]
    jobs = [_job(draw, name) for name in draw(st.sampled_from([("a",), ("a", "b")]))]
    text = f"\n{blank}".join([*head, "jobs:\n" + f"\n{blank}".join(jobs)]) + "\n"
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _job(draw: st.DrawFn, name: str) -> str:
    own = draw(PERMISSIONS)
    steps = "\n".join(draw(STEPS))
    indent = draw(st.sampled_from(["", "  "]))
    parts = ["runs-on: ubuntu-latest", *([own] if own else [])]
    parts += [ENV] if draw(st.booleans()) else []
    parts.append("steps:\n" + _in(steps, indent))
    return _in(f"{name}:\n" + _in("\n".join(parts), "  "), "  ")


def _in(text: str, indent: str) -> str:
    return "\n".join(indent + line if line else line for line in text.split("\n"))


@given(workflows())
@settings(max_examples=60)
def test_a_fix_removes_its_finding_or_says_why_not(text: str) -> None:
    source = SourceFile("deploy.yml", text)
    read = reading.read(source, Surroundings())
    before = check.judge(read, Facts())
    for finding in remedies.with_fixes(read, before, Facts(), Choices()).findings:
        if finding.rule not in remedies.RULES:
            continue
        assert (finding.fix is None) is bool(finding.unfixed)
        if finding.fix is not None:
            _holds(source, before.findings, finding)


def _holds(source: SourceFile, before: tuple[Finding, ...], finding: Finding) -> None:
    assert finding.fix is not None
    text = apply_edits(source.text, finding.fix.edits)
    after = check.judge(reading.read(SourceFile(source.path, text), Surroundings()), Facts())
    assert not [one for one in after.findings if one.rule == "syntax"]
    assert len(after.findings) < len(before) + (finding not in before)
    assert _comments(text) == _comments(source.text), "every comment survives"
    _keeps_permissions(source.text, text)
    assert ("\r\n" in text) is ("\r\n" in source.text)
    assert text.count("\n") == text.count("\r\n") or "\r\n" not in text


def _keeps_permissions(before: str, after: str) -> None:
    """What a block grants a job, the job has afterwards; `id-token` is the fix's own matter."""
    for old, new in zip(_granted(before), _granted(after), strict=True):
        if old is not None:
            assert new is not None
            assert old.items() <= new.items()


def _granted(text: str) -> list[dict[str, str] | None]:
    workflow = parse(SourceFile("deploy.yml", text), is_action=False).content
    assert isinstance(workflow, Workflow)
    blocks = (job.permissions or workflow.permissions for job in workflow.jobs)
    return [None if block is None else _scopes(block) for block in blocks]


def _scopes(block: Permissions) -> dict[str, str]:
    if block.all is not None:
        # Two of the scopes that the words stand for are enough to see them spelled out.
        return dict.fromkeys(("contents", "packages"), block.all.text.removesuffix("-all"))
    return {s.name.text: s.value.text for s in block.scopes if s.name.text != "id-token"}


def _comments(text: str) -> list[str]:
    lines = (line.partition("# ")[2].strip() for line in text.splitlines() if "# " in line)
    return [line for line in lines if line]
