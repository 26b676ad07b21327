"""What names, assignments, values and references look like; each pattern is made at first use."""

from __future__ import annotations

import re
from functools import cache

NAME_LENGTH = 128  # characters


@cache
def stops(way: str, quote: str) -> re.Pattern[str]:
    """What ends a value, or begins a reference, in which nothing ends it."""
    stop = {
        "word": r"[\s`'\",;)]",
        "tag": "</",
        "quote": quote,
        "blank": rf"[\s{quote}]",
        "flow": r"[,}]|[ \t]#",
        "comment": r"[ \t]#",
    }[way]
    return re.compile(rf"(?P<reference>\$\{{\{{|\$\{{|\$\()|{stop}")


@cache
def name_rest() -> re.Pattern[str]:
    """What of a name stands behind the word that makes it suspicious."""
    return re.compile(rf"[A-Za-z0-9_.-]{{0,{NAME_LENGTH}}}")


@cache
def assignments() -> re.Pattern[str]:
    """What stands between a name and its value, in any language."""
    return re.compile(
        r"[\"'\]]{0,3}[ \t]{0,16}(?::=|=>|\+=|=(?!=)|:(?=[ \t]))[ \t]{0,64}"
        r"|\\?[\"'][ \t]{0,16}:[ \t]{0,64}"  # JSON without blanks, also inside quotes
        r"|[\"'],[ \t]{0,16}(?=[\"'])"  # exportVariable('NAME', 'value')
        r"|\((?=[\"'])"  # setSecret('value')
        r"|::(?=[^:\s])"  # ::set-output name=NAME::value
        r"|>(?=[^<>\s])"  # <name>value</name>
        r"|[ \t]{1,64}(?=\S)"  # --name value
    )


@cache
def references() -> re.Pattern[str]:
    """Where a reference begins. `$word` in small letters may be part of a password."""
    return re.compile(
        r"\$\{\{|\$\{|\$\(|`|\$(?:env:)?[A-Z_][A-Z0-9_]*(?![a-z])|\$[0-9@*#?!](?!\w)"
        r"|%[A-Z_][A-Z0-9_]*%"
    )


@cache
def whole_reference() -> re.Pattern[str]:
    """A value that is a name of something else, or an alias, altogether."""
    return re.compile(
        r"\$(?:env:)?\w+|%\w+%|\*[\w-]+|arn:aws[\w:/*.+=,@-]*|op://\S*"
        r"|(?:process\.env|os\.environ|env|secrets|inputs|vars?|local|data|module|steps|needs|matrix"
        r"|github|self|this)(?:\.[A-Za-z_][\w-]*)+[,;]?|os\.(?:environ|getenv)[\[(][^\])\s]*[\])]"
    )


@cache
def fallback() -> re.Pattern[str]:
    """What an expression falls back to: `|| 'text'`."""
    return re.compile(r"(?:\|\||&&)[ \t]{0,16}'([^'\n]+)'")


@cache
def default() -> re.Pattern[str]:
    """A variable with what it defaults to: `NAME:-`."""
    return re.compile(r"\w{1,128}:?[-=+]")


@cache
def quotes_and_braces() -> re.Pattern[str]:
    """What changes where on its line a text stands."""
    return re.compile(r"['\"]|(?<![${]){(?!{)")


@cache
def quote_steps(quote: str) -> re.Pattern[str]:
    """What a search for the closing quote steps over, or stops at."""
    return re.compile(r'\\.|""|"' if quote == '"' else r"''|'")


@cache
def english_word() -> re.Pattern[str]:
    """A word as prose has it."""
    return re.compile(r"[A-Za-z]?[a-z]*[.!?:]?")
