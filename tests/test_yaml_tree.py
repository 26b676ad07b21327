"""What a tree holds, where it says that things stand, and what it refuses."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from oidc_enforcer import yaml_tree
from oidc_enforcer.errors import UserError
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Tree,
    Trouble,
    c_parser,
    characters,
)


@pytest.fixture(autouse=True)
def _no_collection() -> Iterator[None]:
    """As the program runs: trees hold no cycles, so it turns the collector off."""
    gc.disable()
    yield
    gc.enable()


def parse(text: str) -> Tree:
    return yaml_tree.parse(SourceFile("w.yml", text))


def root(text: str) -> Node:
    tree = parse(text)
    assert not tree.problems
    assert tree.unread_from is None
    assert tree.root is not None
    return tree.root


def mapping(text: str) -> Mapping:
    node = parse(text).root
    assert isinstance(node, Mapping)
    return node


def scalar(text: str, key: str = "a") -> Scalar:
    value = mapping(text).scalar(key)
    assert value is not None
    return value


def plain(node: Node | None) -> object:
    """The tree as lists: a mapping is a list of pairs."""
    if isinstance(node, Mapping):
        return [(key.text, plain(value)) for key, value in node.entries]
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if node else None


def told(text: str) -> list[str]:
    """Every problem: the characters it points at, and what it says."""
    return [f"{text[p.span.start : p.span.end]!r} {p.message}" for p in parse(text).problems]


def troubles(text: str) -> list[str]:
    return [f"{problem.trouble.name} {problem.message}" for problem in parse(text).problems]


def slices(text: str) -> Iterator[str]:
    """The source of every node, outermost first, keys before values."""

    def walk(node: Node) -> Iterator[str]:
        yield text[node.span.start : node.span.end]
        if isinstance(node, Mapping):
            for key, value in node.entries:
                yield from walk(key)
                yield from walk(value)
        elif isinstance(node, Sequence):
            for item in node.items:
                yield from walk(item)

    yield from walk(root(text))


# --- what GitHub refuses


def test_a_second_document_is_refused_and_not_read() -> None:
    text = "a: 1\n---\nb: 2\n"
    assert told(text) == ["'-' GitHub refuses a second document: put it into a file of its own"]
    assert plain(parse(text).root) == [("a", "1")]
    assert text[parse(text).unread_from :] == "---\nb: 2\n"


def test_one_document_with_its_marks_is_fine() -> None:
    assert plain(root("# c\n---\na: 1\n...\n")) == [("a", "1")]


def test_a_repeated_key_is_refused_whatever_its_case_and_both_are_kept() -> None:
    text = "a: 1\nb: 2\nA: 3\nb: 4\n"
    assert told(text) == [
        "'A' `A` is already defined in this mapping as `a`: GitHub ignores case",
        "'b' `b` is already defined in this mapping",
    ]
    node = mapping(text)
    assert plain(node) == [("a", "1"), ("b", "2"), ("A", "3"), ("b", "4")]
    assert plain(node.get("A")) == "3"
    assert plain(node.get("b")) == "2"


@pytest.mark.parametrize("keys", ["straße STRASSE", "\u0131 I", "\u017f S", "é è"])
def test_keys_differ_where_ordinal_comparison_says_so(keys: str) -> None:
    one, other = keys.split()
    text = f"{one}: 1\n{other}: 2\n"
    assert plain(root(text)) == [(one, "1"), (other, "2")]
    assert plain(mapping(text).get(other)) == "2"


def test_keys_beyond_ascii_are_compared_without_case_too() -> None:
    assert len(told("é: 1\nÉ: 2\n")) == 1


def test_a_key_that_is_a_collection_is_refused_and_its_text_kept() -> None:
    text = "{{ id }}: 1\n? - x\n: 2\nb: {[c]: d}\n"
    refused = "GitHub refuses a key that is a mapping or a list: put it into quotes"
    assert told(text) == [f"'{{{{ id }}}}' {refused}", f"'- x' {refused}", f"'[c]' {refused}"]
    assert plain(parse(text).root) == [("{{ id }}", "1"), ("- x", "2"), ("b", [("[c]", "d")])]


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("!foo x", "GitHub refuses the tag `!foo`: it knows"),
        ("! x", "GitHub refuses the tag `!`: it knows"),
        ("!!binary aGk=", "GitHub refuses the tag `!!binary`: it knows"),
        ("!!int 'x'", "GitHub refuses the tag `!!int` on a value that is quoted or a block"),
        ("!!null |\n  x", "GitHub refuses the tag `!!null` on a value that is quoted or a block"),
        ("!!int x", "GitHub refuses this value: it does not fit its tag `!!int`"),
        ("!!bool yes", "GitHub refuses this value: it does not fit its tag `!!bool`"),
        ("!!float 1e", "GitHub refuses this value: it does not fit its tag `!!float`"),
        ("!!null 0", "GitHub refuses this value: it does not fit its tag `!!null`"),
    ],
)
def test_tags_that_github_does_not_take(value: str, refusal: str) -> None:
    (message,) = told(f"a: {value}\n")
    assert refusal in message


@pytest.mark.parametrize(
    "value",
    """!!str x, !!str 'x', !!int 0x1F, !!int -12, !!int 0o17, !!float .5e-3, !!float -.inf,
    !!bool True, !!null ~, !!null, !!seq [x], !foo {x: y}""".split(","),
)
def test_tags_that_github_takes_or_does_not_look_at(value: str) -> None:
    assert told(f"a: {value}\nb: 1\n") == []


def test_a_key_may_have_a_bad_tag_too() -> None:
    assert len(told("!foo a: 1\n")) == 1


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("a: *b\n", ["'*b' there is no anchor `&b` above this alias"]),
        ("a: *b\nc: &b 1\n", ["'*b' there is no anchor `&b` above this alias"]),
        ("a: &b [*b]\n", ["'*b' GitHub refuses `*b` inside of what it stands for"]),
        ("a: &b {c: {d: *b}}\n", ["'*b' GitHub refuses `*b` inside of what it stands for"]),
        (
            "a: &b [c]\n*b : d\n",
            ["'*b' the alias `*b` stands for no text and cannot be a key"],
        ),
    ],
)
def test_aliases_that_stand_for_nothing(text: str, messages: list[str]) -> None:
    assert told(text) == messages


def test_what_is_no_yaml_says_where_and_why() -> None:
    assert told("a: b: c\n") == [
        "':' not valid YAML: mapping values are not allowed in this context"
    ]
    assert told('a: 1\nb: "x\nc: 2\n') == [
        "'' not valid YAML: found unexpected end of stream "
        "(while scanning a quoted scalar that begins in line 2)"
    ]


@pytest.mark.parametrize(
    ("text", "kept", "unread"),
    [
        ("a: 1\nb: [x,\nc: }\n", [("a", "1"), ("b", ["x", [("c", "")]])], "c: }\n"),
        ("a:\n  - b: 1\n    c: %x\n", [("a", [[("b", "1"), ("c", "")]])], "    c: %x\n"),
        ("a: 1\nb: 2\n'c", [("a", "1"), ("b", "2")], "b: 2\n'c"),
        ("[", [], "["),
        ("%x\n", None, "%x\n"),
    ],
)
def test_what_was_read_before_an_error_is_kept(text: str, kept: object, unread: str) -> None:
    tree = parse(text)
    assert plain(tree.root) == kept
    assert text[tree.unread_from :] == unread


# --- characters


def test_characters_that_yaml_does_not_allow_are_told_and_read_over() -> None:
    text = "a: x\x07y\nb: \ud800\nc: \ufffe\nd: z\0\n"
    assert told(text) == [
        "'\\x07' YAML allows no U+0007: remove or escape it",
        "'\\ud800' YAML allows no U+D800: remove or escape it",
        "'\\ufffe' YAML allows no U+FFFE: remove or escape it",
        "'\\x00' YAML allows no U+0000: remove or escape it",
    ]
    tree = parse(text)
    assert tree.unread_from is None
    assert plain(tree.root) == [
        ("a", "x\ufffdy"),
        ("b", "\ufffd"),
        ("c", "\ufffd"),
        ("d", "z\ufffd"),
    ]
    assert scalar(text).source_span(text, 2, 3) == Span(5, 6)


def test_bytes_that_are_no_text_are_told() -> None:
    source = SourceFile.decode("w.yml", b"a: x\xffy\nb: 2\n")
    tree = yaml_tree.parse(source)
    assert [(tuple(p.span), p.message) for p in tree.problems] == [
        ((4, 5), "the text is not valid UTF-8: save the file as UTF-8")
    ]
    assert plain(tree.root) == [("a", "x\ufffdy"), ("b", "2")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_shifts_nothing(encoding: str) -> None:
    tree = yaml_tree.parse(SourceFile.decode("w.yml", "é: 'ü'\n".encode(encoding)))
    assert isinstance(tree.root, Mapping)
    assert tree.problems == ()
    assert tree.root.entries[0].span == Span(0, 6)


def test_offsets_count_characters_of_any_width() -> None:
    text = "a: 😀é\nb: x\n"
    assert scalar(text, "b").span == Span(9, 10)


def test_a_second_byte_order_mark_counts_as_a_character() -> None:
    assert list(slices("\ufeffa: b\n")) == ["a: b", "a", "b"]


def test_what_is_readable_is_what_the_parser_reads() -> None:
    """All characters, one by one where they are refused."""
    of = c_parser.library()
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    refused = [match[0] for match in characters.unreadable(everything)]
    for char in refused:
        with pytest.raises((of.ReaderError, UnicodeEncodeError)):
            of.CParser(f"# {char}").raw_parse()
    others = re.sub("[\n\r\x85\u2028\u2029]", "", characters.readable(everything))
    assert len(others) == len(everything) - 5
    # The starts and ends of nothing but the stream.
    assert of.CParser(f"# {others}").raw_parse() == 2


def test_a_message_repeats_names_on_one_line_and_not_all_of_long_ones() -> None:
    (message,) = told(f'"a\\nb\\e{"c" * 1_000}": 1\n"A\\nb\\e{"c" * 1_000}": 2\n')
    assert "`A\ufffdb\ufffdccc" in message
    assert len(message.partition(" ")[2]) < 250
    (message,) = told("!a%0Ab c\n")
    assert "`!a\ufffdb`" in message


# --- what is accepted: TABs, line breaks


@pytest.mark.parametrize(
    "text",
    ["a\t: b\n", "a:\tb\n", "a: b\t\n", "a: b\t# c\n", "a: b\n \t\n", "a:\t b\t\n", "a: [b,\tc]\n"],
)
def test_tabs_that_libyaml_takes(text: str) -> None:
    assert isinstance(root(text), Mapping)


@pytest.mark.parametrize("text", ["a:\n\tb: c\n", "-\tb\n", "a: b\n\t\n"])
def test_tabs_that_libyaml_refuses(text: str) -> None:
    assert "not valid YAML" in told(text)[0]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_line_break_of_yaml_1_1_breaks_lines(line_break: str) -> None:
    text = line_break.join(["a: b # comment", "c: d", "e: |", "  f", "  g", ""])
    block = "f\ng\n" if line_break not in "\u2028\u2029" else f"f{line_break}g{line_break}"
    assert plain(root(text)) == [("a", "b"), ("c", "d"), ("e", block)]


# --- nodes


def test_nothing_but_comments_is_no_tree_and_no_problem() -> None:
    assert [parse(text) for text in ("", "\n", "# a\n")] == [Tree(None, (), None)] * 3
    assert plain(root("---\n")) == ""


def test_on_and_the_merge_key_are_keys_like_any_other() -> None:
    assert plain(root("on: push\n<<: {a: 1}\n")) == [("on", "push"), ("<<", [("a", "1")])]


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL", "!!null ~", "&x"])
def test_null(word: str) -> None:
    assert scalar(f"a: {word}\nb: 1\n").is_null


@pytest.mark.parametrize("word", ["nULL", "''", '"~"', "!!str null", "none", "|\n  null", "!!str"])
def test_not_null(word: str) -> None:
    assert not scalar(f"a: {word}\nb: 1\n").is_null


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("TRUE", True), ("!!bool True", True), ("false", False), ("False", False)]
    + [(word, None) for word in ("yes", "tRUE", "'true'", "!!str true", "on", "")],
)
def test_booleans(word: str, *, value: bool | None) -> None:
    assert scalar(f"a: {word}\n").boolean is value


def test_style_and_tag() -> None:
    node = mapping("a: b\nc: 'd'\ne: \"f\"\ng: |\n  h\ni: >\n  j\nk: !!str l\n")
    values = [value for _, value in node.entries if isinstance(value, Scalar)]
    assert [value.style for value in values] == ["", "'", '"', "|", ">", ""]
    assert [value.tag for value in values] == [None] * 5 + ["tag:yaml.org,2002:str"]


def test_the_ways_into_a_mapping() -> None:
    node = mapping("a: 1\nB: {c: d}\ne: [f]\n")
    found = [node.scalar("a"), node.mapping("B"), node.sequence("e")]
    assert [plain(each) for each in found] == ["1", [("c", "d")], ["f"]]
    absent = [node.scalar("B"), node.mapping("a"), node.sequence("B"), node.get("x")]
    assert absent == [None] * 4
    assert [node.entry("b"), node.entry("x"), node.entry_ignoring_case("x")] == [None] * 3
    entry = node.entry_ignoring_case("b")
    assert entry is not None
    assert entry is node.entry("B")
    assert entry.key.text == "B"


def test_a_mapping_made_by_hand_is_a_mapping() -> None:
    empty = Mapping([], Span(0, 0))
    assert [*empty.entries, *empty.values] == []
    assert [empty.get("a"), empty.entry("a")] == [None, None]
    again = Mapping(mapping("a: 1\n").entries, Span(0, 4))
    assert plain(again.get("a")) == "1"
    assert again.span == Span(0, 4)


def test_a_node_does_not_show_its_text() -> None:
    node = mapping("a: [secret]\n")
    assert "secret" not in repr(node) + repr(node.values) + repr(node.sequence("a"))


# --- anchors


def test_an_alias_is_the_node_itself() -> None:
    node = mapping("a: &x {b: c}\nd: *x\ne: [*x, *x]\n")
    again = node.sequence("e")
    assert again is not None
    assert node.get("a") is node.get("d") is again.items[0] is again.items[1]


def test_an_anchor_holds_until_the_next_of_its_name() -> None:
    assert plain(root("- &x 1\n- *x\n- &x 2\n- *x\n")) == ["1", "1", "2", "2"]


def test_keys_may_have_anchors_and_be_aliases() -> None:
    text = "&x a: &y b\n*y : *x\n"
    assert plain(root(text)) == [("a", "b"), ("b", "a")]
    (_, second) = mapping(text).entries
    assert text[second.key.span.start : second.key.span.end] == "*y"


def test_an_entry_ends_at_its_alias() -> None:
    text = "a: &x\n  - b\nc: *x # d\n\n"
    _, entry = mapping(text).entries
    assert text[entry.span.start : entry.span.end] == "c: *x"
    assert text[entry.value.span.start : entry.value.span.end] == "- b"
    assert mapping(text).span.end == entry.span.end


# --- places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: b # c\n", ["a: b", "a", "b"]),
        ("'a' : \"b\"\n", ["'a' : \"b\"", "'a'", '"b"']),
        ("a: b\n  c\n\n", ["a: b\n  c", "a", "b\n  c"]),
        ("a:\n# c\n", ["a:", "a", ""]),
        ("a: |\n  b\n\n  c  \n\n\n# d\n", ["a: |\n  b\n\n  c  ", "a", "|\n  b\n\n  c  "]),
        ("a: >-  # b\n  c", ["a: >-  # b\n  c", "a", ">-  # b\n  c"]),
        ("a: |\n\n\n", ["a: |", "a", "|"]),
        ("a: &b !!str c\n", ["a: &b !!str c", "a", "c"]),
        ("a: !!str &b\n  # c\n  'd'\n", ["a: !!str &b\n  # c\n  'd'", "a", "'d'"]),
        ("a: &b\nc: d\n", ["a: &b\nc: d", "a", "", "c", "d"]),
        ("- a\n- b\n# c\n", ["- a\n- b", "a", "b"]),
        ("a:\n- b\n- c\n\n", ["a:\n- b\n- c", "a", "- b\n- c", "b", "c"]),
        ("a: &x\n  - b\n", ["a: &x\n  - b", "a", "- b", "b"]),
        ("a: &x [b]\n", ["a: &x [b]", "a", "[b]", "b"]),
        ("&x\na: &y {b}\n", ["a: &y {b}", "a", "{b}", "b", ""]),
        ("&x a: b\n", ["a: b", "a", "b"]),
        ("&x # c\n\ufeffb\n", ["b"]),
        ("- [ b , {c: d} ]\n", ["- [ b , {c: d} ]", "[ b , {c: d} ]", "b", "{c: d}", "c", "d"]),
        ("[a: b, c]\n", ["[a: b, c]", "a: b", "a", "b", "c"]),
        ("- \n- a:\n", ["- \n- a:", "", "a:", "a", ""]),
    ],
)
def test_spans(text: str, expected: list[str]) -> None:
    assert list(slices(text)) == expected


def test_a_pair_in_a_list_begins_with_its_key_even_if_that_is_a_mapping() -> None:
    text = "[{a: b}: c  ]\n"
    node = parse(text).root
    assert isinstance(node, Sequence)
    assert [text[item.span.start : item.span.end] for item in node.items] == ["{a: b}: c"]


@pytest.mark.parametrize(
    ("value", "part", "written"),
    [
        ("b cd e", "cd", "cd"),
        ("b\n   cd", "b cd", "b\n   cd"),
        ("b\n   cd", "cd", "cd"),
        ("b\n\n   cd", "\n", "\n\n   "),
        ("'it''s x'", "'s", "''s"),
        ("'it''s x'", "s x", "s x"),
        ('"b\\x41\\n\\u0042c"', "A\nB", "\\x41\\n\\u0042"),
        ('"b\\\n   cd"', "cd", "cd"),
        ('"b\\\n   cd"', "bc", "b\\\n   c"),
        ('"b\\\n\n   cd"', "b\nc", "b\\\n\n   c"),
        ('"b \\\n  cd\\ \n  e"', "d  e", "d\\ \n  e"),
        ('"😀\\U0001F600é"', "😀é", "\\U0001F600é"),
        ("|\n    bc\n      de\n\n    f\n", "bc\n  de", "bc\n      de"),
        ("|\n    bc\n      de\n\n    f\n", "\n\nf", "\n\n    f"),
        ("|\n    bc\n      de\n\n    f\n", "f\n", "f"),
        ("|2-\n\n     bc\n", " bc", " bc"),
        ("|+\n   b\n\n\n", "b\n", "b"),
        (">\n   b\n   c\n\n   d\n     e\n   f\n", "b c", "b\n   c"),
        (">\n   b\n   c\n\n   d\n     e\n   f\n", "c\nd", "c\n\n   d"),
        (">\n   b\n   c\n\n   d\n     e\n   f\n", "e\nf", "e\n   f"),
        ("|\r\n   b\r\n   c\r\n", "b\nc", "b\r\n   c"),
    ],
)
def test_source_spans(value: str, part: str, written: str) -> None:
    text = f"a: {value}"
    node = scalar(text)
    at = node.text.index(part)
    span = node.source_span(text, at, at + len(part))
    assert text[span.start : span.end] == written


def test_an_empty_source_span_stays_where_it_is() -> None:
    text = "a: 'it''s'\n"
    node = scalar(text)
    assert [tuple(node.source_span(text, at, at)) for at in (0, 2, 3, 4)] == [
        (4, 4),
        (6, 6),
        (8, 8),
        (9, 9),
    ]


def test_what_is_outside_of_the_text_has_the_whole_span() -> None:
    text = "a: bcd\n"
    node = scalar(text)
    assert node.source_span(text, 2, 9) == node.source_span("a: xyz", -1, 1) == node.span
    assert scalar(text).source_span("other text", 0, 1) == node.span


# --- limits


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth + "\n"


def test_github_takes_fifty_levels() -> None:
    assert troubles(nested(50)) == []
    refused = "REFUSED GitHub refuses more than 50 levels of mappings and lists"
    assert troubles(nested(51)) == troubles(nested(100)) == [refused]
    beyond = "BEYOND too deep to be judged: more than 100 levels"
    assert sorted(troubles(nested(101))) == [beyond, refused]


def test_an_alias_is_as_deep_as_what_it_stands_for() -> None:
    text = f"a: &x {nested(30)}b: {'[' * 20}*x{']' * 20}\n"
    assert troubles(text) == ["REFUSED GitHub refuses more than 50 levels of mappings and lists"]
    assert troubles(text.replace("[*x]", "*x")) == []


def test_a_key_that_is_a_collection_counts_its_levels() -> None:
    assert "BEYOND too deep to be judged: more than 100 levels" in troubles(f"? {nested(101)}: b\n")


def events(number: int) -> str:
    """A text of that many events: a list, and four for the stream and the document."""
    return "- a\n" * (number - 6)


def test_github_takes_fifty_thousand_events() -> None:
    assert troubles(events(50_000)) == []
    assert troubles(events(50_001)) == [
        "REFUSED GitHub refuses 50,001 YAML events, at most 50,000: split the file"
    ]
    whole = parse(events(60_000)).root
    assert isinstance(whole, Sequence)
    assert len(whole.items) == 59_994


def test_an_alias_counts_as_the_events_that_it_stands_for() -> None:
    text = f"- &x [{'a,' * 998}]\n" + "- *x\n" * 48
    # Four of the stream and the document, two of the list, and forty-nine times a thousand.
    assert troubles(text + "- b\n" * 994) == []
    assert troubles(text + "- b\n" * 995) == [
        "REFUSED GitHub refuses 50,001 YAML events, at most 50,000: split the file"
    ]


def test_more_than_we_take_ends_the_tree() -> None:
    text = "- a\n" * 260_000
    tree = parse(text)
    (problem,) = tree.problems
    assert problem.trouble is Trouble.BEYOND
    assert problem.message == "too large to be judged: more than 250,000 YAML events"
    assert isinstance(tree.root, Sequence)
    assert tree.unread_from is not None
    assert tree.unread_from == 4 * (len(tree.root.items) - 1)


def test_a_mapping_of_as_many_events_is_too_large_too() -> None:
    text = "".join(f"k{number}: v\n" for number in range(125_000))
    assert "BEYOND too large to be judged: more than 250,000 YAML events" in troubles(text)


def test_github_takes_a_mebi_of_utf_16_units() -> None:
    text = "a: 1\n#".ljust(1_048_576, "x")
    assert troubles(text) == []
    refused = (
        "REFUSED GitHub refuses 1,048,577 characters, at most 1,048,576: move scripts into files"
    )
    assert troubles(text + "x") == troubles(text[:-1] + "😀") == [refused]
    assert plain(parse(text + "x").root) == [("a", "1")]


def test_four_times_as_much_is_not_begun() -> None:
    tree = parse("a: 1\n#".ljust(4_194_305, "x"))
    assert [(p.trouble, p.message) for p in tree.problems] == [
        (Trouble.BEYOND, "too large to be judged: 4,194,305 characters, at most 4,194,304")
    ]
    assert (tree.root, tree.unread_from) == (None, 0)


MEBI = 1 << 20

HOSTILE = {
    "open brackets": "[" * 200_000,
    "open braces": "{" * 200_000,
    "brackets on lines": "[\n" * 100_000,
    "dashes": "- " * 100_000,
    "question marks": "? " * 100_000,
    "indentation": "".join(" " * depth + "a:\n" for depth in range(1_400)),
    "deep and long": "[" * 99 + "a," * 200_000,
    "a billion laughs": "a0: &a0 [x]\n"
    + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n},' * 9}]\n" for n in range(12)),
    "a chain of aliases": "- &a0 [x]\n" + "".join(f"- &a{n + 1} [*a{n}]\n" for n in range(20_000)),
    "aliases": "- &a x\n" + "- *a\n" * 100_000,
    "aliases of nothing": "- *a\n" * 100_000,
    "recursion": "&a [*a, &b {c: *b}, *a]",
    "repeated keys": "a: b\n" * 50_000,
    "keys with twins": "".join(f"k{n}: v\nK{n}: v\n" for n in range(25_000)),
    "keys that are lists": "? [a]\n: b\n" * 30_000,
    "tags": "- !foo a\n" * 50_000,
    "a long line": "a: " + "x " * (MEBI // 2),
    "a long block": "a: |\n" + "  echo\n" * (MEBI // 7),
    "blanks, then words": "a: x" + " " * (MEBI // 2) + "y " * (MEBI // 4),
    "blanks in quotes": 'a: "x' + " " * (MEBI // 2) + "y " * (MEBI // 4) + '"',
    "empty lines, then lines": "a: |\n  x\n" + "\n" * (MEBI // 2) + "  y\n" * (MEBI // 8),
    "blanks below the limit": "a: x" + " " * 2_000 + "y " * (MEBI // 2),
    "tag directives": "".join(f"%TAG !{n}! a\n" for n in range(70_000)) + "--- a\n",
    "control characters": "\x07" * MEBI,
    "documents": "---\n" * (MEBI // 4),
    "an open quote": 'a: "' + "b\n" * (MEBI // 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_little_time(name: str) -> None:
    text = HOSTILE[name]
    parse("a: b")
    begin = time.process_time()
    tree = parse(text)
    yaml_tree.is_well_formed(text.encode())
    taken = time.process_time() - begin
    assert taken < (0.1 if "open br" in name else 1.5)
    assert tree.root is None or visited(tree.root) <= 600_000


def visited(node: Node) -> int:
    """A walk as any caller would do it, through aliases as well."""
    children = node.values if isinstance(node, Mapping) else getattr(node, "items", [])
    return 1 + sum(map(visited, children))


# --- the parser


def test_without_the_c_parser_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_ruamel_yaml", None)
    c_parser.library.cache_clear()
    try:
        for use in (lambda: parse("a: 1"), yaml_tree.parser_version):
            with pytest.raises(UserError, match="C parser") as problem:
                use()
            assert "ruamel.yaml.clib" in problem.value.hint
        with pytest.raises(UserError):
            yaml_tree.is_well_formed(b"a: 1")
    finally:
        c_parser.library.cache_clear()


def test_the_parser_says_its_version() -> None:
    words = yaml_tree.parser_version().split()
    assert words[0] == "ruamel.yaml.clib"
    assert words[1][0].isdigit()
    assert words[2] == "(libyaml"


def test_importing_the_tree_does_not_import_the_parser() -> None:
    code = (
        "import sys, oidc_enforcer.yaml_tree\n"
        "print([name for name in sys.modules if 'ruamel' in name or 'metadata' in name])"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"


# --- the quick look

WORKFLOW = """\
name: CI # with a comment
on: [push, pull_request]
env: {A: "b", C: '${{ secrets.D }}'}
jobs:
  build:
    runs-on: ${{ matrix.os }}
    if: ${{ !cancelled() && github.event_name != 'push' }}
    strategy: {matrix: {os: [ubuntu-latest]}}
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: |
          if [[ -n "${HOME}" ]]; then
            echo "a && b" > /dev/null 2>&1
          fi
          case "$1" in *) echo --- ;; esac
"""


def test_an_everyday_workflow_is_well_formed() -> None:
    assert troubles(WORKFLOW) == []
    for text in (WORKFLOW, "---\n" + WORKFLOW, WORKFLOW.replace("\n", "\r\n"), "", "# é\n"):
        assert yaml_tree.is_well_formed(text.encode())
        assert yaml_tree.is_well_formed(text.encode("utf-8-sig"))


UNCERTAIN = [
    *("a: [", "a: b: c", "a: \x07", "{a:b}"),
    *("a: *b", "*x", "a: &b c\nd: *b", "a\x85b: *c", "#\u2028a: *c"),
    *("a: !x b", "a: ! b", "- !x\n", "&a !x b", "{a: !x b}", "!x", "a: !x\r\n", "? !x b"),
    *('{"a":!x b}', "a\rb: !x c", "a: {\n!x b}"),
    *("a\n---\nb", "---\n---\n", "\ufeff\ufeffa", events(50_001)),
    *("{" + "a," * 25_500 + "}", f"a: {'${x} ' * 60}\nb: {nested(51)}"),
    *(nested(51), nested(26, "- [", "]"), "- " * 51 + "a", "? " * 51 + "a", "- ? " * 26 + "a"),
    "".join(" " * depth + "a:\n" for depth in range(51)),
    "".join(" " * depth + "a:\n" + " " * depth + "- b:\n" for depth in range(0, 60, 3)),
]


@pytest.mark.parametrize("text", UNCERTAIN)
def test_what_is_not_certain_is_not_well_formed(text: str) -> None:
    assert not yaml_tree.is_well_formed(text.encode())


def test_other_encodings_are_not_certain() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        assert not yaml_tree.is_well_formed("a: b".encode(encoding))
    assert not yaml_tree.is_well_formed(b"a: \xff")
