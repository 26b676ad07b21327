"""The names that GitHub lets people choose, as exact languages.

Sources: GitHub "OpenID Connect reference" (`@` occurs in neither owner nor repository names);
git-check-ref-format for branches and tags; GitHub "Deployments and environments" (at most 255
characters, any). Account names may carry the `_shortcode` of managed users. Old accounts whose name
begins with a hyphen exist and are not modelled: nobody can register one any more.
"""

from __future__ import annotations

from oidc_enforcer.iam.automata import Automaton, only, well_formed, without
from oidc_enforcer.iam.compositions import complement, intersection, remembered
from oidc_enforcer.iam.patterns import ANY_TEXT, CAPITALS, DIGITS, LETTERS, LONGEST, StringSet
from oidc_enforcer.iam.searches import Words


def _language(*parts: Automaton, excluding: StringSet | None = None) -> Automaton:
    """The intersection, without some members, remembered across policies."""
    excluded = (complement(excluding.automaton),) if excluding else ()
    return remembered(intersection((*parts, *excluded)))


def minus(words: Words, excluded: StringSet, *examples: str) -> Words:
    """The words that are not in a set, with other examples in front of theirs."""
    automaton = _language(words.automaton, excluding=excluded)
    known = tuple(each for each in (*examples, *words.examples) if each not in excluded)
    return words._replace(automaton=automaton, examples=known)


def within(words: Words, wanted: StringSet, *examples: str) -> Words:
    """The words that are in a set, with other examples in front of theirs."""
    named = dict.fromkeys((*examples, *words.examples))
    known = tuple(each for each in named if each in wanted)
    automaton = intersection((words.automaton, wanted.automaton))
    return words._replace(automaton=automaton, examples=known)


_ALNUM = LETTERS + DIGITS + CAPITALS
_EMPTY = StringSet.of("")
_CONTROLS = "".join(map(chr, (*range(0x20), 0x7F)))
_PLAIN = without(_CONTROLS)

OWNER = Words(
    _language(only(_ALNUM + "-_"), excluding=StringSet.like("", "-*", "_*")),
    _ALNUM + "-_",
    39,
    ("octo-org",),
)
REPOSITORY = Words(
    _language(only(_ALNUM + "-_."), excluding=StringSet.of("", ".", "..")),
    _ALNUM + "-_.",
    100,
    ("app",),
)
#: `owner/repository`, for the home of a called workflow.
FULL_NAME = Words(
    _language(
        only(_ALNUM + "-_./"),
        StringSet.like("?*/?*").automaton,
        excluding=StringSet.like("-*", "_*", "*/*/*", "*/.", "*/.."),
    ),
    _ALNUM + "-_./",
    140,
    ("octo-org/shared",),
)
#: Ids are decimal and begin with no zero.
NUMBER = Words(
    _language(only(DIGITS), excluding=StringSet.like("", "0*")), DIGITS[1:] + "0", 20, ("4242",)
)

_NOT_IN_REFS = _CONTROLS + " ~^:?*[\\"
_REF_ALPHABET = "".join(unit for unit in ANY_TEXT if unit not in _NOT_IN_REFS)
_REF = _language(
    without(_NOT_IN_REFS),
    well_formed(),
    excluding=StringSet.like(
        "", "@", "/*", "*/", "*//*", ".*", "*/.*", "*..*", "*.", "*.lock", "*.lock/*", "*@{*"
    ),
)
BRANCH = Words(_REF, _REF_ALPHABET, 244, ("feature/x", "main", "release/1.0", "hotfix"))
TAG = Words(_REF, _REF_ALPHABET, 245, ("v1.0.0", "1.0.0", "latest"))
#: What stands behind the `@` of a `job_workflow_ref`: a ref, or the commit that was called.
CALLED_REF = Words(_REF, _REF_ALPHABET, 255, ("refs/heads/main", "refs/tags/v1"))

_TEXT_ALPHABET = "".join(unit for unit in ANY_TEXT if unit not in _CONTROLS)
_TEXT = _language(_PLAIN, well_formed(), excluding=_EMPTY)
ENVIRONMENT = Words(_TEXT, _TEXT_ALPHABET, 255, ("production", "staging", "dev"))
WORKFLOW = Words(_TEXT, _TEXT_ALPHABET, LONGEST, ("deploy", "ci"))
#: Any value that is neither empty nor restricted further: audiences, custom properties.
TEXT = Words(_TEXT, _TEXT_ALPHABET, LONGEST, ("sts.amazonaws.com",))
#: A part of a name that may be missing.
REST = Words(_language(_PLAIN, well_formed()), _TEXT_ALPHABET, 255, ("x",))
#: The file of a workflow, behind `.github/workflows/`.
FILE = Words(
    _language(
        without(_CONTROLS + "/"), well_formed(), StringSet.like("?*.yml", "?*.yaml").automaton
    ),
    "".join(unit for unit in _TEXT_ALPHABET if unit != "/"),
    255,
    ("ci.yml", "deploy.yml"),
)
#: Users, and apps as `name[bot]`.
ACTOR = Words(
    _language(
        only(_ALNUM + "-_[]"),
        excluding=StringSet.like("", "-*", "_*", "[*", "]*", "*[?*[*", "*]?*"),
    ),
    _ALNUM + "-_[]",
    100,
    ("octocat",),
)
COMMIT = Words(
    _language(only(DIGITS + "abcdef"), StringSet.like("?" * 40).automaton),
    DIGITS + "abcdef",
    40,
    ("0123456789abcdef0123456789abcdef01234567",),
)
#: The name of a custom property, behind `repo_property_`.
PROPERTY = Words(_language(only(_ALNUM + "_-$#"), excluding=_EMPTY), _ALNUM + "_-$#", 75, ("team",))


def one_of(*words: str) -> Words:
    """A closed list."""
    letters = "".join(sorted(set("".join(words))))
    return Words(remembered(StringSet.of(*words).automaton), letters, max(map(len, words)), words)


#: What starts a run on a branch. Source: GitHub "Events that trigger workflows".
BRANCH_EVENT = one_of(
    *("push", "workflow_dispatch", "schedule", "workflow_run", "repository_dispatch", "create"),
    *("issues", "issue_comment", "merge_group", "deployment", "deployment_status", "discussion"),
    *("discussion_comment", "branch_protection_rule", "check_run", "check_suite", "delete"),
    *("fork", "gollum", "label", "milestone", "page_build", "project", "public", "status", "watch"),
    *("registry_package", "pull_request_target", "dynamic"),
)
TAG_EVENT = one_of("push", "release", "workflow_dispatch", "create", "deployment", "dynamic")
VISIBILITY = one_of("private", "public", "internal")
RUNNER = one_of("github-hosted", "self-hosted")
TRUTH = one_of("false", "true")
