"""Laws of trees, on YAML of all kinds, on what is almost YAML, and on any text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from oidc_enforcer import yaml_tree
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.yaml_tree import Entry, Mapping, Node, Scalar, Sequence, Tree
from oidc_enforcer.yaml_tree.c_parser import library

BREAKS = "\n\r\x85\u2028\u2029"

FRAGMENTS = [
    *("a", "b", "key", "1", "null", "~", "true", "é", "\U0001f600", "$", "${{ x }}", "${", "# c"),
    *("- ", "? ", ": ", ": ", ":", "{", "}", "[", "]", ",", "'", '"', "''", '\\"', "\\n", "\\x41"),
    *(
        "&x ",
        "*x",
        "&y ",
        "*y ",
        "!!str ",
        "!foo ",
        "!!int ",
        "!",
        "<<: ",
        "%TAG ! x\n",
        "%YAML 1.1",
    ),
    *("\n", "\n", "\n  ", "\n    ", "\n ", "\r\n", "\r", "\x85", "\u2028", "\t", " ", "  ", "\\\n"),
    *(
        "|",
        "|\n  x\n",
        "|-\n    y\n    z\n",
        ">\n  f\n  g\n\n   h\n",
        "|+\n  k\n\n\n",
        "|2\n    q\n",
    ),
    *(">2-\n     q\n   r\n", "---\n", "--- ", "...\n", "\x07", "\0", "\ufeff", "\ufffe", "\ud800"),
    *("a: b\n", "Key: ", "KEY: ", "- c\n", "  d: e\n", "    - f: g\n", "run: |\n    echo\n    x\n"),
    *("'it''s'", '"q\\tq"', '"a\n   b"', "'a\n\n   b'", "p q\n  r", "a: &x {b: c}\n", "d: *x\n"),
]
scraps = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)

LINES = [
    *(
        "k: v",
        "k:",
        "- i",
        "- k: v",
        "-",
        "K: |",
        "k: >",
        "text more",
        "'q'",
        "k: plain\n      more",
    ),
    *("k: [a, {b: c}]", "k: &a v", "j: *a", "[x, y]", "{a: 1, b: [c]}", "k: 'it''s'", "# com", ""),
    *('k: "a\\x41\\n b"', '"q\\u0041\\\n  z"', "- - a", "? k", "k: !!str v", "k : v", "k:\tv"),
    *("k: v # c", "e: !!null", "<<: *a", "k: 'a\n     b'", "on: push", "k: ${{ !x && y }}", "\t"),
]


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Lines that are YAML one by one, at indentations that go up and down."""
    out: list[str] = []
    indent = 0
    for line in draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=25)):
        numbered = re.sub("^(- )?k(?= ?:)", rf"\1k{len(out)}", line)
        out.append(" " * indent + numbered)
        indent = max(0, indent + draw(st.sampled_from((0, 0, 2, 2, -2, -2, -4, 1))))
    line_break = draw(st.sampled_from((*"\n\n\n\r\x85\u2028", "\r\n")))
    return str(line_break.join(out))


WORKFLOW = """\
name: Deploy
on:
  push: {branches: [main, 'release/**']}
permissions: {id-token: write}
env: &common
  AWS_REGION: eu-central-1
jobs:
  deploy:
    runs-on: ubuntu-latest
    if: ${{ !cancelled() && github.ref != 'refs/heads/x' }}
    env: *common
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: "arn:aws:iam::123456789012:role/\\x64eploy"
          aws-region: ${{ env.AWS_REGION }}
      # a comment
      - name: 'it''s
          folded'
        run: |
          aws s3 sync . s3://bucket \\
            --delete

          echo "done"
      - run: >-
          one
          two

            three
"""


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A workflow in which a few places were overwritten."""
    text = WORKFLOW
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(FRAGMENTS)) + text[at + draw(st.integers(0, 3)) :]
    end = draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))
    return text[:end]


@st.composite
def deep(draw: st.DrawFn) -> str:
    """As many levels as GitHub takes, about, opened in every way."""
    out: list[str] = []
    indent = 0
    for _ in range(draw(st.integers(15, 52))):
        head, wider = draw(
            st.sampled_from((("k:", 1), ("k:", 2), ("k:", 0), ("-", 1), ("- k:", 2), ("- k:", 3)))
        )
        out.append(" " * indent + head)
        indent += wider
    inner = draw(st.sampled_from(("x", "[x]", "{a: [b]}", "[[[{a: [b, c]}]]]", "- - - x", "? - x")))
    return "\n".join([*out, " " * indent + inner])


texts = st.one_of(scraps, lines(), lines(), damaged(), deep())


def parse(text: str) -> Tree:
    return yaml_tree.parse(SourceFile("w.yml", text))


def nodes(node: Node | None) -> Iterator[Node]:
    """Every node, those behind an alias once more."""
    if node is None:
        return
    yield node
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield key
            yield from nodes(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)


@given(st.one_of(st.text(), st.text(alphabet="ab:-{}[],&*!|>'\"%@#?\\ \t\n\r"), texts))
@settings(max_examples=250)
def test_any_text_is_read_and_what_is_wrong_is_told_in_its_place(text: str) -> None:
    tree = parse(text)
    assert list(tree.problems) == sorted(tree.problems, key=lambda problem: problem.span)
    for problem in tree.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.message
        assert not problem.message.endswith((".", "\n"))
    if tree.unread_from is not None:
        assert tree.problems
        assert 0 <= tree.unread_from <= len(text)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_any_bytes_are_read(data: bytes) -> None:
    tree = yaml_tree.parse(SourceFile.decode("w.yml", data))
    if yaml_tree.is_well_formed(data):
        assert_harmless(tree)


def alias_ends(node: Mapping | Sequence) -> dict[int, int]:
    """NOTE: what an alias stands for is elsewhere, so the places of aliases are looked up."""
    return {at: event.end_mark.index for at, event in (node._aliases or {}).items()}


def assert_in_order(node: Node, within: Span) -> None:
    """A node lies inside of its parent, and its parts one behind the other."""
    span = node.span
    assert within.start <= span.start <= span.end <= within.end
    at = span.start
    if isinstance(node, Scalar):
        return
    ends = alias_ends(node)
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if index not in ends:
                assert_in_order(item, Span(at, span.end))
            at = ends.get(index, item.span.end)
        return
    for index, entry in enumerate(node.entries):
        assert entry.span == Span(entry.key.span.start, ends.get(index, entry.value.span.end))
        assert_in_order(entry.key, Span(at, span.end))
        if index not in ends:
            assert_in_order(entry.value, Span(entry.key.span.end, span.end))
        at = entry.span.end


@given(texts)
@settings(max_examples=250)
@example("!foo \ufeff\x85")
@example("? &y   d: e\n")
def test_spans_lie_inside_of_each_other_and_in_order(text: str) -> None:
    tree = parse(text)
    if tree.root is not None:
        assert_in_order(tree.root, Span(0, len(text)))


def squeezed(text: str) -> str:
    return re.sub(rf"[ \t{BREAKS}]+", "", text)


def assert_written(scalar: Scalar, text: str, start: int, end: int) -> None:
    span = scalar.source_span(text, start, end)
    written = text[span.start : span.end]
    part = scalar.text[start:end]
    assert scalar.span.start <= span.start <= span.end <= scalar.span.end
    if scalar.style == "'":
        written = written.replace("''", "'")
    if scalar.style == '"':
        again = parse(f'"{written}"')
        if not set(written) & set(BREAKS):
            assert isinstance(again.root, Scalar)
            assert again.root.text == part
    elif "\ufffd" not in part:
        assert squeezed(written) == squeezed(part)


places = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(texts, places)
@settings(max_examples=300)
def test_every_part_of_a_scalar_is_found_where_it_is_written(text: str, part: list[float]) -> None:
    for scalar in nodes(parse(text).root):
        if not isinstance(scalar, Scalar) or not scalar.text:
            continue
        length = len(scalar.text)
        if scalar.source_span(text, 0, 0) == scalar.span:
            # Not followed: the text of a key that is a collection, or an alias.
            assert scalar.style == ""
            assert type(scalar) is not library().ScalarEvent
            continue
        assert_written(scalar, text, round(part[0] * length), round(part[1] * length))
        assert_written(scalar, text, 0, length)
        if not scalar.style and not set(scalar.text) & set(BREAKS + " \ufffd"):
            assert text[scalar.span.start : scalar.span.end] == scalar.text


def composed(text: str) -> object:
    """The tree by the book: one function for each kind of node."""
    of = library()
    get = of.CParser(text).get_event
    anchors: dict[str, object] = {}

    def node(event: Any) -> object:
        if isinstance(event, of.AliasEvent):
            return anchors[event.anchor]
        built: object
        if isinstance(event, of.ScalarEvent):
            built = (event.text, event.style, event.tag)
        elif isinstance(event, of.SequenceStartEvent):
            built = list(items(of.SequenceEndEvent))
        else:
            flat = list(items(of.MappingEndEvent))
            built = list(zip(flat[::2], flat[1::2], strict=True))
        if event.anchor is not None:
            anchors[event.anchor] = built
        return built

    def items(end: type) -> Iterator[object]:
        while not isinstance(event := get(), end):
            yield node(event)

    get()
    if not isinstance(get(), of.DocumentStartEvent):
        return None
    return node(get())


def simple(node: Node | None) -> object:
    if isinstance(node, Mapping):
        return [(simple(key), simple(value)) for key, value in node.entries]
    if isinstance(node, Sequence):
        return [simple(item) for item in node.items]
    return node and (node.text, node.style, node.tag)


@given(texts)
@settings(max_examples=200)
@example("&x a: &y [b]\nc: {d: *x, e: *y}\n&x f: *x\n")
def test_a_tree_is_what_composing_by_the_book_gives(text: str) -> None:
    tree = parse(text)
    if not tree.problems and not text.startswith("\ufeff"):
        assert simple(tree.root) == composed(text)
        for node in nodes(tree.root):
            if isinstance(node, Mapping):
                for entry in node.entries:
                    assert_found(node, entry)


def assert_found(node: Mapping, entry: Entry) -> None:
    assert node.get(entry.key.text) is entry.value
    assert node.entry(entry.key.text) is entry
    assert node.entry_ignoring_case(entry.key.text) is entry


WORD = re.compile("w[0-9]+w")


def worded(text: str, every: int) -> str:
    """The text with a word of its own in every so many of its gaps; comments and escapes gone."""
    text = re.sub(r"[#\\%]", "", text)
    gaps = [match.end() for match in re.finditer("[ \n]", text)]
    for number, at in enumerate(reversed(gaps[::every])):
        text = f"{text[:at]}w{number}w {text[at:]}"
    return text


@given(st.builds(worded, texts, st.integers(1, 12)))
@settings(max_examples=300)
def test_no_word_is_lost_between_the_tree_and_the_rest(text: str) -> None:
    tree = parse(text)
    known = " ".join(node.text for node in nodes(tree.root) if isinstance(node, Scalar))
    rest = "" if tree.unread_from is None else text[tree.unread_from :]
    assert set(WORD.findall(text)) <= set(WORD.findall(known)) | set(WORD.findall(rest))


def assert_harmless(tree: Tree) -> None:
    for problem in tree.problems:
        assert "already defined" in problem.message or "a key that is" in problem.message


@given(texts)
@settings(max_examples=300)
@example("!\n    #${|-\n    y\n    z\n,")
@example("---\n!\n")
@example("\n".join(" " * depth + "k:\n" + " " * depth + "- k:" for depth in range(0, 52, 3)))
def test_what_the_quick_look_takes_has_no_problem(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    if yaml_tree.is_well_formed(data):
        assert_harmless(yaml_tree.parse(SourceFile.decode("w.yml", data)))
