"""A pull request in memory: its diff, and a conversation that obeys a plan as GitHub would."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from oidc_enforcer.finding import Finding, Fix, Rule, Safety, Severity
from oidc_enforcer.report import FileReport, Gap, Report, summarise
from oidc_enforcer.reporters.conversation import Posted
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.review import Comment, ReviewPlan, Terms, plan
from oidc_enforcer.source import Edit, SourceFile, Span

PATH = ".github/workflows/deploy.yml"
STATIC = Rule("static-credentials", "a long-lived AWS access key reaches a job", Severity.ERROR)
COMMIT = "c0ffee" * 6 + "abcd"
CONTEXT = {"repository": "acme/app", "commit": COMMIT, "server": "https://github.com"}
KEYS = """\
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
"""
WORKFLOW = f"""\
on: push
permissions:
  id-token: write
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
{KEYS}\
          aws-region: eu-west-1
      - run: aws s3 sync site s3://example-bucket
"""


def unified(old: str, new: str) -> str:
    """The patch as GitHub gives it: without file headers."""
    rows = difflib.unified_diff(old.splitlines(True), new.splitlines(True), n=3)
    return "".join(
        row if row.endswith("\n") else row + "\n\\ No newline at end of file\n"
        for row in list(rows)[2:]
    )


def diff(old: str, new: str, path: str = PATH) -> Diff:
    return Diff.of([(path, unified(old, new))])


def edit(text: str, old: str, new: str) -> Edit:
    start = text.index(old)
    return Edit(Span(start, start + len(old)), new)


def finding(
    file: SourceFile,
    at: str,
    edits: Sequence[Edit] = (),
    *,
    rule: Rule = STATIC,
    safety: Safety = Safety.UNSAFE,
    identity: str = "",
    message: str = "an IAM user's access key reaches the job",
) -> Finding:
    start = file.text.index(at)
    fix = Fix("assume a role instead", tuple(edits), safety) if edits else None
    return rule.finding(
        file, Span(start, start + len(at)), message, job="deploy", fix=fix, identity=(identity,)
    )


def report(*findings: Finding, gaps: Sequence[Gap] = (), path: str = PATH) -> Report:
    files = (FileReport(path, findings, coverage=tuple(gaps)),)
    return Report(files, summarise(files, files=1), CONTEXT)


class Conversation:
    """The comments of a pull request; `obey` does what a plan says, and counts the writes."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.writes = 0
        self._next = 100

    def plan(
        self, report: Report, diff: Diff, *files: SourceFile, terms: Terms | None = None
    ) -> ReviewPlan:
        texts = {file.path: file for file in files}
        return plan(report, diff, self.posted, texts.get, terms or Terms())

    def run(
        self, report: Report, diff: Diff, *files: SourceFile, terms: Terms | None = None
    ) -> ReviewPlan:
        wanted = self.plan(report, diff, *files, terms=terms)
        self.obey(wanted, diff)
        return wanted

    def obey(self, wanted: ReviewPlan, diff: Diff) -> None:
        for comment in wanted.create:
            self._refuse(comment, diff)
            self.posted.append(self._posted(comment.path, comment.body, comment))
        self.writes += any(one.subject_type == "line" for one in wanted.create)
        self.writes += sum(one.subject_type == "file" for one in wanted.create)
        for change in (*wanted.update, *wanted.minimise):
            self._replace(change.posted, change.posted._replace(body=change.body))
        for change in wanted.minimise:
            current = next(one for one in self.posted if one.id == change.posted.id)
            self._replace(current, current._replace(is_minimised=True))
        for one in wanted.delete:
            self.posted.remove(one)
        self.writes += len(wanted.update) + 2 * len(wanted.minimise) + len(wanted.delete)
        if wanted.summary and wanted.summary.posted:
            self._replace(
                wanted.summary.posted, wanted.summary.posted._replace(body=wanted.summary.body)
            )
        elif wanted.summary:
            self.posted.append(self._posted("", wanted.summary.body))
        self.writes += wanted.summary is not None

    def answer(self, at: int) -> None:
        self.posted[at] = self.posted[at]._replace(has_replies=True)

    def _refuse(self, comment: Comment, diff: Diff) -> None:
        """GitHub's 422."""
        assert comment.path in diff.files
        assert comment.side == "RIGHT"
        assert 0 < len(comment.body) <= 65_536
        if comment.subject_type == "file":
            assert comment.line is None
            return
        assert comment.line is not None
        assert comment.start_line is None or comment.start_line < comment.line
        assert diff.hunk(comment.path, comment.start_line or comment.line, comment.line)

    def _posted(self, path: str, body: str, comment: Comment | None = None) -> Posted:
        self._next += 1
        line, start = (comment.line, comment.start_line) if comment else (None, None)
        kept = body.replace("\n", "\r\n")  # as GitHub gives it back
        return Posted(
            self._next, f"PRRC_{self._next}", path, kept, True, line=line, start_line=start
        )

    def _replace(self, old: Posted, new: Posted) -> None:
        self.posted[self.posted.index(old)] = new
