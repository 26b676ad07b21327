"""How `org` puts a run together: reads into the store, judges by each configuration, sums up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from oidc_enforcer.cli import CLEAN, FINDINGS, UNVERIFIED, configuration, console
from oidc_enforcer.cli.commands import Arguments
from oidc_enforcer.cli.configuration import OnGitHub, Settled
from oidc_enforcer.config.rings import Traits
from oidc_enforcer.errors import UserError
from oidc_enforcer.facts import Facts
from oidc_enforcer.files import CONFIG_FILES, ORGANISATION_FILE
from oidc_enforcer.finding import Place
from oidc_enforcer.github import held, organisations, stored_secrets
from oidc_enforcer.github.connection import Connection
from oidc_enforcer.github.organisations import Listed
from oidc_enforcer.github.properties import properties
from oidc_enforcer.github.refusals import Refused
from oidc_enforcer.iam.issuers import of_api
from oidc_enforcer.iam.tokens import Repository
from oidc_enforcer.organisation import judging, reading, secrets
from oidc_enforcer.organisation.reading import Extent, Shard
from oidc_enforcer.organisation.store import Store
from oidc_enforcer.report import FileReport, Gap, Report, Tally, tally
from oidc_enforcer.reporters.organisation_text import Row
from oidc_enforcer.spool import Spool
from oidc_enforcer.workflow.secret_reads import SecretReads

if TYPE_CHECKING:
    from oidc_enforcer.config.layers import Effective

_PROGRESS = 500


class Asked(NamedTuple):
    """What to scan. `secrets` is `organisation`, `all` or "" for none; `now` the run's time."""

    organisation: str
    shard: Shard
    state: str
    secrets: str
    now: str


class Scanned(NamedTuple):
    """What came of it. `about` is what there is to say of the organisation itself; `problem` is
    what stopped the reading, None where it came to its end; `is_blind` says that nothing was read.
    """

    report: Report
    rows: tuple[Row, ...]
    about: tuple[FileReport, ...]
    remarks: tuple[str, ...]
    status: int
    problem: Refused | None = None
    is_blind: bool = False


def scan(arguments: Arguments, connection: Connection, asked: Asked) -> Scanned:
    """Reads, judges and sums up; raises Refused where nothing at all could be listed."""
    listed = tuple(organisations.repositories(connection, asked.organisation))
    layers = _Layers(arguments, connection, asked)
    store = Store(asked.state)
    if store.broken:
        console.remark(f"{store.broken} lines of `{asked.state}` cannot be read, and do not count")
    extent = reading.choose(listed, asked.shard)
    extent = reading.fill(connection, store, extent, _tell)
    if asked.secrets == "all" and extent.problem is None:
        extent = reading.fill_secrets(connection, store, extent, asked.now[:10])
    sum_ = _Sum(layers, asked, extent, store)
    sum_.judge()
    if asked.secrets and sum_.extent.problem is None:
        sum_.orphans(connection, listed)
    sum_.exceptions()
    return sum_.scanned(connection.calls)


def _tell(done: int, of: int) -> None:
    if of >= _PROGRESS and (done == of or done % _PROGRESS == 0):
        console.remark(f"read {done:,} of {of:,} repositories")


class _Layers:
    """The configuration of each repository under the organisation's."""

    def __init__(self, arguments: Arguments, connection: Connection, asked: Asked) -> None:
        self.asked = asked
        self.issuer = of_api(connection.server.api)
        self._arguments = arguments
        self._connection = connection
        self.file: Mapping[str, bytes] = {}
        if not arguments.has(configuration.ORG_CONFIG.flag):
            found = held.organisation_file(connection, asked.organisation)
            if found is not None:
                path = f"{asked.organisation}/.github/{ORGANISATION_FILE}"
                self.file = {path: found}
        self._effective: dict[tuple[tuple[str, bytes], ...], Effective | UserError] = {}
        self._properties: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
        self._has_asked = False
        self.own = self.settled(None, {})

    @property
    def paths(self) -> frozenset[str]:
        """The names of the organisation's file, as places have it."""
        typed = self._arguments.one(configuration.ORG_CONFIG.flag)
        return frozenset({*self.file, *((typed,) if typed else ())})

    def settled(self, one: Listed | None, texts: Mapping[str, bytes]) -> Settled:
        """What holds for a repository with these files; UserError where one is malformed."""
        key = tuple(sorted(texts.items()))
        if key not in self._effective:
            try:
                there = OnGitHub(self.file, texts, lambda _: Traits())
                self._effective[key] = configuration.effective(self._arguments, there)
            except UserError as problem:
                self._effective[key] = problem
        found = self._effective[key]
        if isinstance(found, UserError):
            raise found
        return configuration.in_force(found, self._traits(one, found), self.asked.now[:10])

    def _traits(self, one: Listed | None, found: Effective) -> Traits:
        if one is None:
            return Traits()
        known = None
        if any(group.properties for plan in found.config.rings for group in plan):
            known = self._all_properties()
        return Traits(
            one.name,
            one.topics,
            None if known is None else known.get(one.name.lower(), {}),
        )

    def _all_properties(self) -> Mapping[str, Mapping[str, tuple[str, ...]]] | None:
        """Of every repository, asked for once; None where that is refused."""
        if not self._has_asked:
            self._has_asked = True
            path = f"/orgs/{self.asked.organisation}/properties/values"
            try:
                self._properties = {
                    str(each["repository_full_name"]).lower(): properties(
                        each.get("properties", ())
                    )
                    for each in self._connection.pages(path)
                }
            except Refused as problem:
                console.remark(f"custom properties are not known: {problem.message}")
        return self._properties


class _Sum:
    """What comes together while one repository after the other is judged."""

    def __init__(self, layers: _Layers, asked: Asked, extent: Extent, store: Store) -> None:
        self.layers, self.asked, self.extent, self.store = layers, asked, extent, store
        self.spool = Spool()
        self.tally = Tally()
        self.rows: list[Row] = []
        self.about: list[FileReport] = []
        self.reads: dict[str, SecretReads] = {}
        self.used: set[Place] = set()
        self.files = self.unrelated = 0
        self.fails = self.has_gaps = self.is_too_little = False

    def judge(self) -> None:
        """Judges what is kept; what is not is a gap."""
        seen: set[str] = set()
        known = {gap.what: gap for gap in self.extent.gaps}
        unread = 0
        for one in self.extent.chosen:
            kept = self.store.files(one.name)
            if kept is None or one.name in known:
                unread += one.name not in known
                continue
            facts, ring, gaps = self._facts(one, kept.held)
            if self.extent.problem is not None and kept.commit != one.commit:
                gaps += (Gap(one.name, f"judged as of {kept.commit[:12]}: not read again yet"),)
            found = judging.judge(one, kept, facts, seen, self.layers.paths)
            if gaps:
                self._add(FileReport(one.name, coverage=gaps))
            for report in found.reports:
                self.spool.append(report)
            self.tally = self.tally.plus(found.tally)
            self.files += found.files
            self.unrelated += found.unrelated
            self.reads[one.name] = found.reads
            self.used |= found.used
            self.fails = self.fails or found.fails
            self.has_gaps = self.has_gaps or found.has_gaps
            self.is_too_little = self.is_too_little or (found.has_gaps and facts.config.strict)
            self.rows.append(Row(one.name, found.tally, ring))
        for gap in self.extent.gaps:
            self._add(FileReport(gap.what, coverage=(gap,)))
        if unread:
            what = f"{unread:,} repositories of {self.asked.organisation}"
            self._add(FileReport(what, coverage=(Gap(what, "not read yet"),)))

    def _facts(self, one: Listed, files: Mapping[str, bytes]) -> tuple[Facts, str, tuple[Gap, ...]]:
        """What is known of a repository, its ring; a configuration that cannot be read is a gap."""
        texts = {path: files[path] for path in CONFIG_FILES if path in files}
        gaps: tuple[Gap, ...] = ()
        try:
            settled = self.layers.settled(one, texts)
        except UserError as problem:
            reason = f"{problem.message}; judged by the organisation's configuration alone"
            gaps = (Gap(f"the configuration of {one.name}", reason),)
            settled = self.layers.settled(one, {})
        owner, _, name = one.name.partition("/")
        ours = Repository(owner, name, one.owner_id or None, one.id, one.branch, self.layers.issuer)
        found = self.store.secrets(one.name) if self.asked.secrets == "all" else None
        facts = settled.facts(self.asked.now)._replace(repository=settled.told(ours), secrets=found)
        return facts, settled.context.get("ring", ""), gaps

    def orphans(self, connection: Connection, listed: tuple[Listed, ...]) -> None:
        """The organisation's own secrets that nothing reads."""
        organisation, unseen = self.asked.organisation, ""
        if self.asked.shard.of > 1:
            unseen = f"only part {self.asked.shard.number} of {self.asked.shard.of} was looked at"
        running = [one for one in listed if not one.is_archived and one.commit]
        facts = self.layers.own.facts(self.asked.now)
        try:
            shared = list(stored_secrets.of_organisation(connection, organisation))
        except Refused as problem:
            if problem.is_of_the_moment:
                self.extent = self.extent._replace(problem=problem)
            what = f"secrets of {organisation}"
            self._add(FileReport(what, coverage=(Gap(what, problem.message),)))
            return
        for report in secrets.orphans(organisation, shared, running, self.reads, facts, unseen):
            self._tell_about(report)

    def exceptions(self) -> None:
        """What there is to say of the organisation's configuration, for all repositories."""
        extent = self.extent
        is_whole = extent.problem is None and not extent.gaps and self.asked.shard.of == 1
        facts = self.layers.own.facts(self.asked.now)
        for report in judging.about_exceptions(facts, frozenset(self.used), is_whole=is_whole):
            self._tell_about(report)

    def _tell_about(self, report: FileReport) -> None:
        self.about.append(report)
        self._add(report)
        fail_on = self.layers.own.config.fail_on
        self.fails = self.fails or any(one.severity.fails(fail_on) for one in report.findings)

    def _add(self, report: FileReport) -> None:
        self.spool.append(report)
        self.tally = self.tally.plus(tally(report))
        self.has_gaps = self.has_gaps or report.has_gap or bool(report.skipped)

    def scanned(self, calls: int) -> Scanned:
        """All of it together."""
        self.spool.finish()
        extent, config = self.extent, self.layers.own.config
        summary = self.tally.summary(files=self.files, unrelated_files=self.unrelated)
        remarks = tuple(_remarks(self.asked.organisation, len(self.rows), extent, calls))
        context = {
            "organisation": self.asked.organisation,
            "date": self.asked.now[:10],
            "repositories": "; ".join(remarks),
            **{
                name: words
                for name, words in self.layers.own.context.items()
                if not name.startswith("ring")
            },
        }
        status = FINDINGS if self.fails else CLEAN
        is_unseen = bool(self.tally.unseen) and config.fail_on != "never"
        is_blind = bool(extent.chosen) and not self.rows
        if extent.problem is not None or is_unseen or is_blind or self.is_too_little:
            status = UNVERIFIED
        if config.strict and self.has_gaps:
            status = UNVERIFIED
        report = Report(self.spool, summary, context, unseen=self.tally.unseen)
        rows, about = tuple(self.rows), tuple(self.about)
        return Scanned(report, rows, about, remarks, status, extent.problem, is_blind)


def _remarks(organisation: str, read: int, extent: Extent, calls: int) -> Iterator[str]:
    left = "".join(f", {count:,} {why} left out" for why, count in extent.left_out.items())
    yield f"{organisation}: {read:,} repositories judged{left}; {calls:,} calls to GitHub"
    missing = len(extent.chosen) - read
    if missing:
        yield f"{organisation}: {missing:,} repositories could not be read"
