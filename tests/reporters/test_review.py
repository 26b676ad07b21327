"""Which comments a pull request gets: first what must not be posted, then what is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.comparison import compared
from oidc_enforcer.finding import FileEdits, Finding, PolicyOffer, Related, Rule, Safety, Severity
from oidc_enforcer.report import Gap
from oidc_enforcer.reporters.conversation import Posted, surplus
from oidc_enforcer.reporters.diff import Diff
from oidc_enforcer.reporters.markers import MOST, keys_of
from oidc_enforcer.reporters.review import MAX_FILE_COMMENTS, ReviewPlan, Terms
from oidc_enforcer.reporters.suggestion import patch, replacement, suggestion
from oidc_enforcer.source import Edit, SourceFile, Span, apply_edits
from oidc_enforcer.suppress.standing import PENDING
from tests.reporters.pull_request import (
    KEYS,
    PATH,
    STATIC,
    WORKFLOW,
    Conversation,
    diff,
    edit,
    finding,
    report,
)

FILE = SourceFile(PATH, WORKFLOW)
ROLE = "          role-to-assume: ${{ vars.AWS_ROLE_ARN }}\n"
ADDED = diff("", WORKFLOW)
FAKE_SECRET = "q9Zt" + "R4vX/2bN" * 4 + "mY7p"


def static(identity: str = "") -> Finding:
    return finding(FILE, "aws-access-key-id", [edit(WORKFLOW, KEYS, ROLE)], identity=identity)


def block(body: str) -> str | None:
    """The lines of the suggestion, None without one."""
    found = re.search(r"^(`{3,})suggestion\n(.*?)^\1$", body, re.M | re.S)
    return found[2] if found else None


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    assert Conversation().plan(report(), ADDED, FILE) == ReviewPlan()


def test_nothing_is_suggested_outside_the_diff() -> None:
    elsewhere = diff(WORKFLOW, WORKFLOW + "      - run: echo done\n")
    (comment,) = Conversation().run(report(static()), elsewhere, FILE).create
    assert comment.subject_type == "file"
    assert block(comment.body) is None
    assert "-          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}" in comment.body
    assert f"+{ROLE}" in comment.body


def test_nothing_is_suggested_when_the_diff_is_not_of_the_judged_text() -> None:
    other = WORKFLOW.replace("AWS_SECRET_ACCESS_KEY }}", "AWS_SECRET_ACCESS_KEY  }}")
    (comment,) = Conversation().run(report(static()), diff("", other), FILE).create
    assert block(comment.body) is None


def test_half_a_fix_is_no_suggestion() -> None:
    text = WORKFLOW.replace("  id-token: write\n", "  contents: read\n") + "# end\n" * 9
    file = SourceFile(PATH, text)
    changed = diff(text.replace(KEYS, ""), text)
    at = text.index("jobs:")
    edits = [edit(text, KEYS, ROLE), Edit(Span(at, at), "  id-token: write\n")]
    (comment,) = (
        Conversation().run(report(finding(file, "aws-access", edits)), changed, file).create
    )
    assert comment.line == 10, "the finding's own line, where the diff shows it"
    assert block(comment.body) is None


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(f"          aws-secret-access-key: {FAKE_SECRET}\n", id="a secret"),
        pytest.param("          role-to-assume: \u202evars\n", id="text that runs backwards"),
        pytest.param("          role-to-assume: \x1b[31m\n", id="a terminal's escape"),
        pytest.param("   aws: [\n", id="a workflow that is broken by it"),
        pytest.param("          # long\n" * 3000, id="more than a comment holds"),
    ],
)
def test_what_may_not_be_accepted_with_one_click_is_no_suggestion(new: str) -> None:
    one = finding(FILE, "aws-access", [edit(WORKFLOW, KEYS, new)], safety=Safety.SAFE)
    (comment,) = Conversation().run(report(one), ADDED, FILE).create
    assert block(comment.body) is None
    assert len(comment.body) < 40_000
    assert FAKE_SECRET not in comment.body
    assert "\u202e" not in comment.body
    assert "\x1b" not in comment.body


def test_a_leaked_key_is_never_made_good_by_one_click() -> None:
    text = WORKFLOW.replace("${{ secrets.AWS_SECRET_ACCESS_KEY }}", FAKE_SECRET)
    file = SourceFile(PATH, text)
    lines = text[text.index("          aws-acc") : text.index("          aws-region")]
    one = finding(file, "aws-access", [edit(text, lines, ROLE)])
    (comment,) = Conversation().run(report(one), diff("", text), file).create
    assert block(comment.body) is None
    assert FAKE_SECRET not in comment.body


def test_line_breaks_of_another_system_are_not_guessed_at() -> None:
    text = WORKFLOW.replace("\n", "\r\n")
    file = SourceFile(PATH, text)
    keys, role = KEYS.replace("\n", "\r\n"), ROLE.replace("\n", "\r\n")
    one = finding(file, "aws-access", [edit(text, keys, role)])
    (comment,) = Conversation().run(report(one), diff("", text), file).create
    assert block(comment.body) is None
    assert "\r" not in comment.body


def test_a_suggestion_replaces_exactly_the_lines_it_is_anchored_on() -> None:
    (comment,) = Conversation().run(report(static()), ADDED, FILE).create
    assert (comment.start_line, comment.line) == (10, 11)
    assert block(comment.body) == ROLE
    lines = WORKFLOW.splitlines(keepends=True)
    assert "".join([*lines[:9], ROLE, *lines[11:]]) == WORKFLOW.replace(KEYS, ROLE)


def test_lines_that_are_only_put_in_take_a_neighbour_with_them() -> None:
    new = Edit(Span(WORKFLOW.index("jobs:"), WORKFLOW.index("jobs:")), "  contents: read\n")
    (comment,) = Conversation().run(report(finding(FILE, "on", [new])), ADDED, FILE).create
    assert (comment.start_line, comment.line) == (None, 3)
    assert block(comment.body) == "  id-token: write\n  contents: read\n"


def test_lines_that_are_only_taken_out_leave_an_empty_block() -> None:
    line = "          aws-region: eu-west-1\n"
    one = finding(FILE, "aws-region", [edit(WORKFLOW, line, "")])
    (comment,) = Conversation().run(report(one), ADDED, FILE).create
    assert (comment.start_line, comment.line) == (None, 12)
    assert block(comment.body) == ""


def test_the_fence_is_longer_than_any_inside() -> None:
    new = "          role-to-assume: '````suggestion'\n"
    (comment,) = (
        Conversation()
        .run(report(finding(FILE, "aws-access", [edit(WORKFLOW, KEYS, new)])), ADDED, FILE)
        .create
    )
    assert block(comment.body) == new
    assert "`````suggestion\n" in comment.body


LINES = st.lists(st.sampled_from(["", "a", "b", "on: push", " x: y"]), max_size=8)


@given(LINES, LINES, st.booleans(), st.data())
def test_accepting_a_suggestion_is_applying_the_fix(
    old: list[str], new: list[str], ended: bool, data: st.DataObject
) -> None:
    text = "\n".join(old) + "\n" * ended
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    file = SourceFile("a.yml", text)
    fix = STATIC.finding(file, Span(0, 0), "").fix
    assert fix is None
    edits = (Edit(Span(start, end), "\n".join(new)),)
    one = finding(SourceFile("a.yml", text + "."), ".", edits).fix
    assert one
    whole = replacement(file, one)
    lines, wanted = text.split("\n"), apply_edits(text, edits).split("\n")
    if whole is None:
        assert lines == wanted
        return
    assert [*lines[: whole.first - 1], *whole.lines, *lines[whole.last :]] == wanted
    offer = suggestion(file, one, diff("", text, "a.yml"))
    if offer:
        assert 1 <= offer.first <= offer.last <= len(text.splitlines())
        assert [*lines[: offer.first - 1], *offer.lines, *lines[offer.last :]] == wanted
    rows, _ = patch(file, one)
    assert rows.startswith("--- a/a.yml\n+++ b/a.yml\n@@ ")


def test_a_second_run_posts_nothing() -> None:
    there = Conversation()
    assert len(there.run(report(static()), ADDED, FILE).create) == 1
    assert there.writes == 1
    assert there.plan(report(static()), ADDED, FILE) == ReviewPlan()


def test_the_fix_takes_the_comment_away() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    wanted = there.run(report(), ADDED, FILE)
    assert len(wanted.delete) == 1
    assert there.posted == []
    assert there.plan(report(), ADDED, FILE) == ReviewPlan()


def test_a_comment_that_was_answered_is_folded_away_with_its_answers() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    there.answer(0)
    assert there.plan(report(static()), ADDED, FILE) == ReviewPlan()
    (change,) = there.run(report(), ADDED, FILE).minimise
    assert change.body.startswith("✅ **Fixed** in <code>c0ffeec0ffee</code>.\n")
    assert there.plan(report(), ADDED, FILE) == ReviewPlan()
    again = there.run(report(static()), ADDED, FILE)
    assert len(again.create) == 1, "what comes back is said again"


def test_a_comment_stays_while_its_file_could_not_be_read() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    assert there.plan(report(gaps=[Gap(PATH, "too large")]), ADDED).delete == ()
    assert there.plan(report(), ADDED, terms=Terms(unread=frozenset({PATH}))).delete == ()


def test_a_marker_of_somebody_else_is_not_believed() -> None:
    there = Conversation()
    (comment,) = there.plan(report(static()), ADDED, FILE).create
    forged = Posted(1, "x", PATH, comment.body, False, line=comment.line, start_line=10)
    there.posted.append(forged)
    wanted = there.plan(report(static()), ADDED, FILE)
    assert len(wanted.create) == 1
    assert there.plan(report(), ADDED, FILE).delete == ()


def test_a_marker_that_is_quoted_is_no_marker() -> None:
    quoted = "> <!-- oidc-enforcer:1 fp=abc rule=x -->\n\nwhat does this mean?"
    assert keys_of(quoted) == ()


def test_what_two_runs_at_once_posted_twice_is_there_once_after_the_next() -> None:
    there = Conversation()
    wanted = there.plan(report(static()), ADDED, FILE)
    there.obey(wanted, ADDED)
    there.obey(wanted, ADDED)
    there.run(report(static()), ADDED, FILE)
    assert len(there.posted) == 1


def test_of_two_about_one_thing_the_answered_one_stays_whichever_it_is() -> None:
    for answered in (0, 1):
        there = Conversation()
        wanted = there.plan(report(static()), ADDED, FILE)
        there.obey(wanted, ADDED)
        there.obey(wanted, ADDED)
        there.answer(answered)
        kept = there.posted[answered]
        there.run(report(static()), ADDED, FILE)
        assert there.posted == [kept]


def test_of_several_runs_at_once_each_lets_the_oldest_be_and_what_was_answered() -> None:
    (comment,) = Conversation().plan(report(static()), ADDED, FILE).create
    beneath = Conversation().plan(report(static()), Diff(), FILE).summary
    assert beneath
    lines = [Posted(number, "", PATH, comment.body, True) for number in (11, 12, 13)]
    stickies = [Posted(number, "", "", beneath.body, True) for number in (21, 22)]
    there = [*lines[::-1], *stickies[::-1]]
    assert set(surplus(there)) == {*lines[1:], *stickies[1:]}
    assert surplus([one._replace(has_replies=True) for one in lines]) == ()
    assert surplus([one._replace(is_ours=False) for one in there]) == ()
    assert surplus([one._replace(is_minimised=True) for one in there]) == ()


def test_a_finding_of_several_lines_is_anchored_on_all_that_the_diff_shows() -> None:
    one = finding(FILE, KEYS.strip(), [])
    (comment,) = Conversation().run(report(one), ADDED, FILE).create
    assert (comment.start_line, comment.line) == (10, 11)
    first = WORKFLOW.index(KEYS)
    shown = WORKFLOW[:first] + KEYS.splitlines(keepends=True)[0]
    (comment,) = Conversation().run(report(one), diff("", shown), FILE).create
    assert (comment.start_line, comment.line) == (None, 10)


def test_a_comment_moves_with_its_lines_and_an_answered_one_stays() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    there.posted[0] = there.posted[0]._replace(line=None, start_line=None)  # outdated
    wanted = there.plan(report(static()), ADDED, FILE)
    assert (len(wanted.create), len(wanted.delete)) == (1, 1)
    there.answer(0)
    (change,) = there.run(report(static()), ADDED, FILE).update
    assert block(change.body) is None, "its lines are not those that a suggestion would replace"
    assert there.plan(report(static()), ADDED, FILE) == ReviewPlan()


def test_an_answered_comment_never_suggests_for_lines_that_it_does_not_stand_on() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    there.answer(0)
    more = [edit(WORKFLOW, "          aws-region: eu-west-1\n", ""), edit(WORKFLOW, KEYS, ROLE)]
    wanted = there.plan(report(finding(FILE, "aws-access-key-id", more)), ADDED, FILE)
    assert (wanted.create, wanted.delete) == ((), ())
    (change,) = wanted.update
    assert block(change.body) is None
    assert "-          aws-region: eu-west-1" in change.body


def test_other_words_change_the_comment_in_its_place() -> None:
    there = Conversation()
    there.run(report(static()), ADDED, FILE)
    wanted = there.run(report(static()), ADDED, FILE, terms=Terms(contact="the platform team"))
    assert (len(wanted.create), len(wanted.update), len(wanted.delete)) == (0, 1, 0)
    assert (
        there.plan(report(static()), ADDED, FILE, terms=Terms(contact="the platform team"))
        == ReviewPlan()
    )


def test_what_is_too_much_stands_in_one_summary_the_worst_first() -> None:
    there = Conversation()
    warning = Rule("excess-id-token", "jobs may mint a token", Severity.WARNING)
    text = WORKFLOW + "".join(f"# line {n:02}\n" for n in range(40))
    file, added = SourceFile(PATH, text), diff("", text)
    many = [finding(file, f"# line {n:02}", rule=warning, identity=f"{n}") for n in range(40)]
    many.append(static())
    wanted = there.run(report(*many), added, file)
    assert len(wanted.create) == 30
    assert "static-credentials" in wanted.create[0].body
    assert wanted.summary
    assert wanted.summary.body.count("\n- **warning**") == 11
    assert there.plan(report(*many), added, file) == ReviewPlan()
    fixed = there.run(report(), added, file)
    assert len(fixed.delete) == 30
    assert fixed.summary
    assert "no findings" in fixed.summary.body
    assert len(there.posted) == 1
    assert there.plan(report(), added, file) == ReviewPlan()


def test_no_comment_at_all_may_be_asked_for() -> None:
    wanted = Conversation().plan(report(static()), ADDED, FILE, terms=Terms(max_comments=0))
    assert wanted.create == ()
    assert wanted.summary
    assert "static-credentials" in wanted.summary.body


ROLE_RULES = tuple(
    Rule(name, name, level)
    for name, level in (
        ("missing-audience", Severity.NOTE),
        ("broad-trust", Severity.ERROR),
        ("pull-request-trust", Severity.ERROR),
    )
)


def on_one_line(*rules: Rule) -> list[Finding]:
    return [finding(FILE, "- uses", rule=rule, message=f"said of {rule.id}") for rule in rules]


def test_two_findings_that_are_alike_are_one_comment() -> None:
    there = Conversation()
    (comment,) = there.run(report(static(), static()), ADDED, FILE).create
    assert len(comment.keys) == 2
    assert comment.body.startswith("**2 errors on this line**")
    assert comment.body.count("```suggestion") == comment.body.count("Why it matters") == 1
    assert there.plan(report(static(), static()), ADDED, FILE) == ReviewPlan()
    wanted = there.run(report(static()), ADDED, FILE)
    assert (len(wanted.update), wanted.create, wanted.delete) == (1, (), ())
    assert there.plan(report(static()), ADDED, FILE) == ReviewPlan()


def test_what_is_wrong_on_one_line_is_one_comment_the_worst_first() -> None:
    there = Conversation()
    found = report(*on_one_line(*ROLE_RULES))
    (comment,) = there.run(found, ADDED, FILE).create
    assert comment.body.startswith("**2 errors, 1 note on this line**")
    told = [comment.body.index(f"aid of {name}") for name in ("broad", "pull", "missing-aud")]
    assert told == sorted(told)
    for rule in ROLE_RULES:
        assert f"docs/rules/{rule.id}.md" in comment.body
    assert comment.body.count("A trust policy in one sentence") == 1
    assert there.plan(found, ADDED, FILE) == ReviewPlan()


@pytest.mark.parametrize("left", range(3))
def test_what_is_mended_while_another_stays_changes_an_answered_comment(left: int) -> None:
    there = Conversation()
    there.run(report(*on_one_line(*ROLE_RULES)), ADDED, FILE)
    there.answer(0)
    (still,) = on_one_line(ROLE_RULES[left])
    wanted = there.run(report(still), ADDED, FILE)
    assert (wanted.create, wanted.delete, wanted.minimise) == ((), (), ())
    (change,) = wanted.update
    assert keys_of(change.body) == (still.fingerprint,)
    assert there.plan(report(still), ADDED, FILE) == ReviewPlan()
    assert len(there.run(report(), ADDED, FILE).minimise) == 1


def test_findings_that_come_to_share_a_line_keep_one_comment_and_part_again() -> None:
    there = Conversation()
    one, other = on_one_line(*ROLE_RULES[1:])
    apart = other._replace(place=static().place)
    assert len(there.run(report(one, apart), ADDED, FILE).create) == 2
    wanted = there.run(report(one, other), ADDED, FILE)
    assert (wanted.create, len(wanted.update), len(wanted.delete)) == ((), 1, 1)
    assert there.plan(report(one, other), ADDED, FILE) == ReviewPlan()
    wanted = there.run(report(one, apart), ADDED, FILE)
    assert (len(wanted.create), len(wanted.update), wanted.delete) == (1, 1, ())
    assert there.plan(report(one, apart), ADDED, FILE) == ReviewPlan()


def test_a_comment_of_one_finding_that_stands_there_is_taken_for_all_of_its_line() -> None:
    """One that was posted before its line had others, or before comments told several."""
    there = Conversation()
    (first, *others) = on_one_line(*ROLE_RULES[::-1])
    there.run(report(first), ADDED, FILE)
    wanted = there.run(report(first, *others), ADDED, FILE)
    assert (wanted.create, len(wanted.update), wanted.delete) == ((), 1, ())


def test_what_comes_to_a_line_whose_comment_cannot_change_is_in_the_summary() -> None:
    """The pull request no longer touches the file: the comment stays, the rest is not lost."""
    there = Conversation()
    first, second = on_one_line(*ROLE_RULES[1:])
    there.run(report(first), ADDED, FILE)
    wanted = there.run(report(first, second), Diff(), FILE)
    assert (wanted.create, wanted.update, wanted.delete) == ((), (), ())
    assert wanted.summary
    assert "pull-request-trust" in wanted.summary.body
    assert "broad-trust" not in wanted.summary.body


def test_a_fix_for_several_findings_is_shown_once_and_another_beside_it() -> None:
    same = [static("a"), static("b")]
    other = finding(FILE, "aws-access", [edit(WORKFLOW, KEYS, "")], identity="c")
    (comment,) = Conversation().run(report(*same, other), ADDED, FILE).create
    assert comment.body.count("```suggestion") == 1
    assert comment.body.count("The fix as a patch") == 1


def test_more_findings_on_a_line_than_a_comment_holds_are_in_the_summary() -> None:
    there = Conversation()
    many = [static(str(number)) for number in range(MOST + 5)]
    wanted = there.run(report(*many), ADDED, FILE)
    (comment,) = wanted.create
    assert len(keys_of(comment.body)) == MOST
    assert wanted.summary
    assert wanted.summary.body.count("\n- **error**") == 5
    assert there.plan(report(*many), ADDED, FILE) == ReviewPlan()


def test_a_comment_on_a_file_says_which_line_it_means() -> None:
    elsewhere = diff(WORKFLOW, WORKFLOW + "      - run: echo done\n")
    (comment,) = Conversation().run(report(static()), elsewhere, FILE).create
    assert "Line 10: an IAM user's access key" in comment.body
    (comment,) = Conversation().run(report(static(), static("b")), elsewhere, FILE).create
    assert comment.body.startswith("**2 errors on line 10**")


def test_what_github_refused_is_not_lost() -> None:
    there = Conversation()
    key = there.plan(report(static()), ADDED, FILE).create[0].keys[0]
    wanted = there.plan(report(static()), ADDED, FILE, terms=Terms(refused=frozenset({key})))
    assert wanted.create == ()
    assert wanted.summary
    assert "static-credentials" in wanted.summary.body


def test_comments_on_files_are_few() -> None:
    text = "".join(f"# line {n:02}\n" for n in range(15)) + WORKFLOW
    file, elsewhere = SourceFile(PATH, text), diff(text, text + "      - run: echo done\n")
    many = [finding(file, f"# line {n:02}", identity=f"{n}") for n in range(15)]
    wanted = Conversation().run(report(*many), elsewhere, file)
    assert [one.subject_type for one in wanted.create] == ["file"] * MAX_FILE_COMMENTS
    assert wanted.summary
    assert wanted.summary.body.count("\n- **error**") == 5


def test_a_file_that_the_pull_request_leaves_alone_is_in_the_summary_with_its_patch() -> None:
    wanted = Conversation().run(report(static()), Diff(), FILE)
    assert wanted.create == ()
    assert wanted.summary
    assert "```diff" in wanted.summary.body
    assert f"/acme/app/blob/{'c0ffee' * 6}abcd/{PATH}#L10" in wanted.summary.body


def test_what_was_there_before_is_said_to_be() -> None:
    old = frozenset({static().fingerprint})
    both = compared(report(static(), static("new")), old)
    wanted = Conversation().plan(both, ADDED, FILE, terms=Terms(scope="new"))
    (comment,) = wanted.create
    assert comment.keys == (static("new").fingerprint,)
    assert wanted.summary
    assert "there before this pull request" in wanted.summary.body
    changed = Conversation().plan(compared(report(static()), old), ADDED, FILE)
    assert "This was there before the pull request." in changed.create[0].body


def test_a_note_is_not_worth_a_comment_on_a_whole_file() -> None:
    note = Rule("recyclable-trust", "trust tied to names", Severity.NOTE)
    elsewhere = diff(WORKFLOW, WORKFLOW + "      - run: echo done\n")
    wanted = Conversation().plan(report(finding(FILE, "on:", rule=note)), elsewhere, FILE)
    assert wanted.create == ()
    assert wanted.summary


def test_a_fix_that_changes_another_file_too_is_no_suggestion() -> None:
    one = static()
    assert one.fix
    other = FileEdits("action.yml", (Edit(Span(0, 0), "x"),))
    both = one._replace(fix=one.fix._replace(elsewhere=(other,)))
    (comment,) = Conversation().run(report(both), ADDED, FILE).create
    assert block(comment.body) is None
    assert "changes <code>action.yml</code> too" in comment.body


def test_what_is_in_doubt_about_a_fix_is_said_beside_it() -> None:
    one = static()
    assert one.fix
    doubtful = one._replace(fix=one.fix._replace(doubts=("the role is not known", "nor is why")))
    (comment,) = Conversation().run(report(doubtful), ADDED, FILE).create
    assert block(comment.body) == ROLE
    assert "accept it.** The role is not known; nor is why." in comment.body


def test_a_finding_without_a_fix_says_what_to_do() -> None:
    broad = Rule("broad-trust", "a role accepts tokens", Severity.ERROR)
    (comment,) = Conversation().run(report(finding(FILE, "on:", rule=broad)), ADDED, FILE).create
    assert "**How to fix it.** Pin `sub` with `StringEquals` to the branch" in comment.body
    assert "AWS's list of who may use the role" in comment.body
    (comment,) = Conversation().run(report(finding(FILE, "on:")), ADDED, FILE).create
    assert "**How to fix it.**\n\n1. Create the OIDC provider" in comment.body


OFFER = PolicyOffer("deploy", {"Version": "2012-10-17"}, ("branch:main",), ("look here first",))


def offered(*rules: Rule, offer: PolicyOffer = OFFER) -> list[Finding]:
    return [one._replace(role="deploy", policy=offer) for one in on_one_line(*rules)]


def test_a_policy_that_is_offered_stands_in_the_comment_once_for_all_that_it_mends() -> None:
    (comment,) = Conversation().run(report(*offered(*ROLE_RULES)), ADDED, FILE).create
    assert comment.body.count("**How to fix it.** Give role <code>deploy</code>") == 1
    assert comment.body.count('```json\n{\n  "Version": "2012-10-17"\n}\n```') == 1
    assert "--role-name deploy --policy-document file://trust.json" in comment.body
    assert "- Look here first." in comment.body
    assert "trust --suggest" not in comment.body


def test_a_policy_says_which_findings_it_mends_where_there_are_others() -> None:
    pin = Rule("unprotected-pin", "a branch", Severity.WARNING)
    found = [*offered(*ROLE_RULES), *on_one_line(pin)]
    (comment,) = Conversation().run(report(*found), ADDED, FILE).create
    assert "**How to fix 1, 2 and 4.** Give role" in comment.body
    assert "**How to fix it.** For a branch: a ruleset" in comment.body


def test_why_no_policy_is_offered_is_said_below_the_advice() -> None:
    none = PolicyOffer("deploy", why_not="it would let `x` in")
    (comment,) = Conversation().run(report(*offered(ROLE_RULES[1], offer=none)), ADDED, FILE).create
    assert "**How to fix it.** Pin `sub`" in comment.body
    assert "No trust policy is offered for it: it would let <code>x</code> in." in comment.body


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"Sid": "x" * 9_000}, "too long to stand here"),
        ({"Sid": FAKE_SECRET}, "looks like a secret"),
    ],
)
def test_a_policy_that_cannot_stand_in_a_comment_is_said_not_to(
    document: dict[str, str], said: str
) -> None:
    found = offered(ROLE_RULES[1], offer=OFFER._replace(document=document))
    (comment,) = Conversation().run(report(*found), ADDED, FILE).create
    assert said in comment.body
    assert "```json" not in comment.body
    assert FAKE_SECRET not in comment.body


def test_a_policy_without_a_comment_stands_in_the_summary_once() -> None:
    wanted = Conversation().run(report(*offered(*ROLE_RULES)), Diff(), FILE)
    assert wanted.summary
    assert wanted.summary.body.count("```json") == 1
    assert "- Look here first." in wanted.summary.body
    assert "[`broad-trust`](https://" in wanted.summary.body


def test_what_the_words_mean_is_said_before_why_it_matters() -> None:
    for found in ([static()], offered(*ROLE_RULES), [static(), static("b")]):
        (comment,) = Conversation().run(report(*found), ADDED, FILE).create
        assert comment.body.count(" in one sentence: ") == 1
        assert comment.body.index("in one sentence") < comment.body.index("Why it matters")


def test_that_a_leaked_key_has_to_go_is_said_once() -> None:
    leaked = Rule("hardcoded-access-key", "a key", Severity.ERROR)
    one = finding(FILE, "aws-access", [edit(WORKFLOW, KEYS, ROLE)], rule=leaked, message="a key")
    told = one._replace(message="a key; deactivate this key in IAM now")
    assert told.fix
    told = told._replace(fix=told.fix._replace(doubts=("deactivate this key in IAM now, please",)))
    for each in (one, told):
        (comment,) = Conversation().run(report(each), ADDED, FILE).create
        assert comment.body.lower().count("deactivate this key") == 1


def test_halves_of_a_key_that_nobody_could_read_as_one_are_one_comment() -> None:
    """Line by line, in a file that does not parse."""
    there = Conversation()
    halves = [
        finding(FILE, at, identity=at)._replace(unfixed="nobody could read this")
        for at in ("aws-access-key-id", "aws-secret-access-key", "- run")
    ]
    wanted = there.run(report(*halves), ADDED, FILE)
    assert [(one.start_line, one.line, len(one.keys)) for one in wanted.create] == [
        (10, 11, 2),
        (None, 13, 1),
    ]
    assert wanted.create[0].body.startswith("**2 errors on these lines**")
    assert wanted.create[0].body.count("How to fix it") == 1
    assert "What must exist first" not in wanted.create[0].body, "the steps say it"
    assert there.plan(report(*halves), ADDED, FILE) == ReviewPlan()
    apart = [one._replace(unfixed=f"for reason {at}") for at, one in enumerate(halves)]
    assert len(Conversation().run(report(*apart), ADDED, FILE).create) == 3


def test_an_exception_that_comes_with_it_is_said_not_to_count_yet() -> None:
    place = static().place
    one = static()._replace(related=(Related(place, PENDING), Related(place, "the other half")))
    (comment,) = Conversation().run(report(one), ADDED, FILE).create
    assert f"The exception at <code>{PATH}:10</code> does not count yet" in comment.body
    assert "the other half" not in comment.body


def test_a_patch_shows_what_changes_and_says_when_secrets_are_masked() -> None:
    text = WORKFLOW.replace("${{ secrets.AWS_SECRET_ACCESS_KEY }}", FAKE_SECRET)
    lines = text[text.index("          aws-acc") : text.index("          aws-region")]
    file = SourceFile(PATH, text)
    one = finding(
        file, "aws-access", [edit(text, lines, ROLE), edit(text, "on: push", "on: [push]")]
    )
    (comment,) = Conversation().run(report(one), Diff.of([(PATH, None)]), file).create
    assert "Secrets are masked: only `oidc-enforcer fix --write` applies it." in comment.body
    assert f"--- a/{PATH}\n+++ b/{PATH}\n@@ -1,4 +1,4 @@\n-on: push\n" in comment.body
    assert FAKE_SECRET not in comment.body


def test_why_there_is_no_fix_is_said() -> None:
    none = static()._replace(fix=None, unfixed="the step works with nothing but a stored key")
    (comment,) = Conversation().run(report(none), ADDED, FILE).create
    assert "**No ready fix.** The step works with nothing but a stored key." in comment.body


#: Of each finding the line that it stands on by then, none where it is mended; which are answered.
STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 5), st.integers(1, 4), max_size=6),
        st.sets(st.integers(0, 5)),
    ),
    min_size=1,
    max_size=4,
)


@given(STEPS)
def test_whatever_comes_and_goes_each_finding_is_told_once_and_a_second_run_does_nothing(
    steps: list[tuple[dict[int, int], set[int]]],
) -> None:
    there = Conversation()
    lines = [f"# line {number}" for number in range(6)]
    file = SourceFile(PATH, "\n".join([*lines, ""]))
    added = diff("", file.text)
    for placed, answered in steps:
        found = [
            finding(file, lines[line], rule=ROLE_RULES[1 + number % 2], identity=f"{number}")
            for number, line in placed.items()
        ]
        there.run(report(*found), added, file)
        assert there.plan(report(*found), added, file) == ReviewPlan()
        told = [
            key
            for one in there.posted
            if one.path and not one.is_minimised
            for key in keys_of(one.body)
        ]
        assert sorted(told) == sorted(one.fingerprint for one in found)
        assert surplus(there.posted) == ()
        for at in answered:
            if at < len(there.posted) and not there.posted[at].is_minimised:
                there.answer(at)
