"""The POSIX tokenizer: which commands run, with which words."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.shell import read
from tests.shell.sayings import commands

STRUCTURES = {
    "a comment": ("# a\n  # b; c\nd # e", ["d"]),
    "no comment inside a word": ("a b#c '#d' \\#e", ["a|b#c|#d|#e"]),
    "lists": ("a;b&&c||d&e\nf", ["a", "b", "c", "d", "e", "f"]),
    "pipelines": ("a | b |& c", ["a", "b", "c"]),
    "groups": ("{ a; b\n}; (c; (d)); e {x}", ["a", "b", "c", "d", "e|{x}"]),
    "keywords": (
        "if a; then b; elif c; then d; else e; fi\nwhile f; do g; done\n! h; time i",
        ["a", "b", "c", "d", "e", "f", "g", "h", "i"],
    ),
    "keywords as arguments": ("echo if then done", ["echo|if|then|done"]),
    "for": ("for x in a b; do c; done; for ((i=0;i<2;i++)); do d; done", ["c", "d"]),
    "case": (
        "case $x in a) b;; (c|'d e') f ;& *) g\n;; esac; h",
        ["b", "f", "g", "h"],
    ),
    "case inside a substitution": (
        "x $(case y in y) a;; esac) z",
        ["x|$(case y in y) a;; esac)|z", "a"],
    ),
    "functions": ("f() { a; }\nfunction g { b; }\nf", ["a", "b", "f"]),
    "tests": (
        '[ -z "$x" ] && a\n[[ -n $x && ( b < c ) ]] || d',
        ["[|-z|$x|]", "a", "[[|-n|$x|b|c|]]", "d"],
    ),
    "arithmetic": ("((x = 1 << 2)); a $((1 << (2))) b\nc", ["a|$((1 << (2)))|b", "c"]),
    "substitutions": ('a "$(b "$(c)")" `d`', ['a|$(b "$(c)")|`d`', "b|$(c)", "c", "d"]),
    "nested backticks": ("a `b \\`c\\``", ["a|`b \\`c\\``", "b|`c`", "c"]),
    "substitution in a default": ('a "${x:-$(b)}"', ["a|${x:-$(b)}", "b"]),
    "process substitution": ("a <(b c) > >(d)", ["a|<(b c)", "b|c", "d"]),
    "arrays": ("x=(a $(b) 'c)'); d", ["b", "d"]),
    "redirections": ("a 2>&1 >b 2> c <d e &>f; 2>g h", ["a|e", "h"]),
    "here-string": ('a <<< "b $c" d', ["a|d"]),
    "heredocs": ("a <<X <<-'Y' b\n$(c)\nX\n\t$(d)\n\tY\ne", ["a|b", "c", "e"]),
    "heredoc in a substitution": ('a "$(b <<X\nc\nX\n)"\nd', ["a|$(b <<X\nc\nX\n)", "b", "d"]),
    "line continuation": ("a b\\\nc \\\n  d\\\n\ne", ["a|bc|d", "e"]),
    "carriage returns": ("a b\r\nc \\\r\n d\r\n", ["a|b", "c|d"]),
    "prefix assignments": ("A=1 B='2 3' c d=4", ["c|d=4"]),
    "quotes of all kinds": ("a 'b'\"c\"d\\ e $'f\\tg' \"h\\\"i\\j\" ''", ['a|bcd e|f\tg|h"i\\j|']),
    "expressions are atoms": (
        "a ${{ secrets['b c'] }} \"${{ d || '\"' }}\" '${{ f(')') }}' # ${{ x }}\ng",
        ["a|${{ secrets['b c'] }}|${{ d || '\"' }}|${{ f(')') }}", "g"],
    ),
    "an expression over several lines": ("a ${{ b\n && c }}\nd", ["a|${{ b\n && c }}", "d"]),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_commands(name: str) -> None:
    script, expected = STRUCTURES[name]
    assert commands(script) == expected


BROKEN = {
    "a quote that is never closed ends with its line": ('a "b\nc\n', ["a|b", "c"]),
    "a single quote, too": ("a 'b\nc", ["a|b", "c"]),
    "a substitution that is never closed": ("a $(b\nc", ["a|$(b\nc", "b", "c"]),
    "a quoted substitution that is never closed": ('a "$(b\nc', ["a|$(b", "b", "c"]),
    "a default that is never closed": ("a ${x:-y\nc", ["a|${x:-y", "c"]),
    "backticks that are never closed": ("a `b\nc", ["a|`b", "c"]),
    "a heredoc that never ends": ("a <<X\nb\nc", ["a", "b", "c"]),
    "a heredoc whose last line is indented": ("a <<X\nb\n  X\nc", ["a", "c"]),
    "brackets too many": ("a )\n} b; fi; done; esac\nc", ["a", "b", "c"]),
    "an expression that is never closed": ("a ${{ b\nc", ["a|${{ b", "c"]),
    "a backslash at the end": ("a b\\", ["a|b"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_read_as_far_as_it_goes(name: str) -> None:
    script, expected = BROKEN[name]
    assert commands(script) == expected


@given(st.lists(st.text(" abc=;#'\"\\-é", max_size=8), min_size=1, max_size=4))
def test_words_are_those_of_the_standard_library(pieces: list[str]) -> None:
    line = "x " + " ".join(shlex.quote(piece) for piece in pieces)
    assert read(line).commands[0].words == ("x", *pieces)


@given(st.text("ab '\"\\", max_size=12))
def test_quotes_are_those_of_the_standard_library(line: str) -> None:
    try:
        expected = shlex.split(f"x {line}")
    except ValueError:
        return
    if line.rstrip(" ").endswith("\\"):
        return
    found = read(f"x {line}").commands[0].words
    assert list(found) == expected
