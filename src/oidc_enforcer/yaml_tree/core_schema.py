"""How GitHub types scalars: the core schema of YAML 1.2, and the few tags it takes.

Source: actions/runner, `src/Sdk/WorkflowParser/Conversion/YamlObjectReader.cs`.
"""

from __future__ import annotations

import re

NULL_WORDS = frozenset(("", "~", "null", "Null", "NULL"))
TRUE_WORDS = frozenset(("true", "True", "TRUE"))
FALSE_WORDS = frozenset(("false", "False", "FALSE"))

_YAML = "tag:yaml.org,2002:"
NULL_TAG = _YAML + "null"
BOOLEAN_TAG = _YAML + "bool"
_STRING_TAG = _YAML + "str"
_INTEGER_TAG = _YAML + "int"
_FLOAT_TAG = _YAML + "float"

_INTEGER = r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+"
_FLOAT = (
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def tag_problem(tag: str, style: str, text: str) -> str | None:
    """Why GitHub refuses a scalar for its explicit tag; tags of collections it does not look at."""
    if tag == _STRING_TAG:
        return None
    short = shown(tag.replace(_YAML, "!!", 1))
    if tag not in (NULL_TAG, BOOLEAN_TAG, _INTEGER_TAG, _FLOAT_TAG):
        known = "`!!str`, `!!bool`, `!!int`, `!!float` and `!!null`"
        return f"GitHub refuses the tag `{short}`: it knows {known}"
    if style:
        return f"GitHub refuses the tag `{short}` on a value that is quoted or a block"
    if tag == NULL_TAG:
        fits = text in NULL_WORDS
    elif tag == BOOLEAN_TAG:
        fits = text in TRUE_WORDS or text in FALSE_WORDS
    else:
        fits = re.fullmatch(_INTEGER if tag == _INTEGER_TAG else _FLOAT, text) is not None
    return None if fits else f"GitHub refuses this value: it does not fit its tag `{short}`"


def shown(name: str) -> str:
    """A key or a tag as a message may repeat it: on one line, and not all of a long one."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name[:80])
