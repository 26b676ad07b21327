"""What holds for every script."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.shell import Script, Setting, read, tools
from tests.shell.sayings import commands, say, sayings

SHELLS = ("bash", "sh", "pwsh", "cmd", "python", "javascript")
# Everything that means something to at least one of the tokenizers, between commas.
FRAGMENTS = r"""
echo ,export ,A=,KEY_ID=,$X,${X},${X:-,},$(,`,),",',\,;,&&,&,|,||, | ,(,{ ,; },<<E,E,<<-'E',<<<, ,
>> $GITHUB_ENV,> ~/.aws/credentials,>&2,2>,if ,then ,fi,for x in ,do ,done,esac,case x in ,;;,[[ ,
]] ,((,)),#,${{ x }},${{,${{ 'a',}},aws configure set a_key_id ,tee ,read ,docker run -e ,--set ,=,
--access-key=,printf "%s=%s\n" ,ssh h ,bash -c ,eval ,unset ,env ,jq ,vault read ,<(,A<<B,[default],
$env:X,$env:Y = ,@",@',"@,@{,@(,[Environment]::SetEnvironmentVariable(,<#,#>,-Value ,Out-File ,-f ,
%X%,set ,^,rem ,os.environ["A"],= ,open(,f.write(,process.env.,`${,/*,*/,//,/,{,[,],:,
!,$',helm ,mc alias set a b ,::set-output name=a::b,python - ,node -e ,pwsh -c ,sudo ,"a": ,.,+,-,é,
"""
OTHERS = [
    "'''",
    '"""',
    "\n",
    "\n",
    "\\\n",
    "\r\n",
    "^\n",
    "`\n",
    "\t",
    "\0",
    ",",
    "a,b=",
    "\ue000",
    "\ue001",
]
PIECES = [piece.strip("\n") for piece in FRAGMENTS.split(",")] + OTHERS
SCRIPTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(SCRIPTS | st.text(max_size=60), st.sampled_from(SHELLS))
def test_reading_never_fails_and_places_lie_in_the_script(text: str, shell: str) -> None:
    script = read(text, shell)
    for setting in script.settings:
        places = [setting.start, setting.value_start, setting.value_end, setting.end]
        assert 0 <= setting.start <= setting.end <= len(text)
        assert places == sorted(places)
    for command in script.commands:
        assert len(command.words) == len(command.starts) == len(command.ends)
        places = [command.start, *command.starts, *command.ends, command.end]
        assert min(places) == command.start >= 0
        assert max(places) == command.end <= len(text)
    for use in tools(script):
        assert 0 <= use.start <= use.end <= len(text)


@given(SCRIPTS, st.sampled_from(SHELLS))
def test_results_come_in_the_order_of_the_script(text: str, shell: str) -> None:
    script = read(text, shell)
    for starts in ([s.start for s in script.settings], [c.start for c in script.commands]):
        assert starts == sorted(starts)


VALUES = st.text(" abc=;#&|<>()'\"\\-é{}*", max_size=10)
QUOTED: dict[str, Callable[[str], str]] = {
    "single quotes": shlex.quote,
    "double quotes": lambda v: '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"',
    "backslashes": lambda v: "".join("\\" + char for char in v) or "''",
    "pieces": lambda v: "".join(shlex.quote(char) for char in v) or '""',
}
FORMS = (
    "export A={}",
    "A={} b",
    "x; docker run -e A={} img && y",
    "aws configure set A {}",
    "docker build --build-arg A={} .",
    "if x; then A={}; fi",
    'y "$(export A={})"',
)


def _unquoted(raw: str) -> str:
    words = shlex.split(raw)
    assert len(words) == 1
    return words[0]


@given(VALUES, st.sampled_from(sorted(QUOTED)), st.sampled_from(FORMS))
def test_a_value_is_what_was_quoted_and_its_place_gives_it_back(
    value: str, quotes: str, form: str
) -> None:
    if value.startswith("--"):
        return  # to the AWS CLI, an option
    text = form.format(QUOTED[quotes](value))
    found = [s for s in read(text).settings if s.name == "A"]
    assert [setting.value for setting in found] == [value]
    assert _unquoted(text[found[0].value_start : found[0].value_end]) == value


WRITERS = (
    "echo {} >> .env",
    "echo {} | sudo tee -a .env",
    "printf '%s\\n' {} >> .env",
    "{{ true; echo {}; }} > .env",
    "cat <<< {} > .env",
)


@given(st.text("ab=;#&|<>()-é{}*", min_size=1, max_size=8), st.sampled_from(WRITERS))
def test_a_value_in_written_text_stands_at_its_place(value: str, form: str) -> None:
    if value.startswith("="):
        return
    text = form.format(shlex.quote("A=" + value))
    setting = read(text).settings[0]
    assert (setting.name, setting.value) == ("A", value)
    assert text[setting.value_start : setting.value_end] == value


STATEMENTS = (
    "export A_KEY_ID=${{ secrets.A }} B=\"$x y\"",
    "A=b aws --profile p s3 ls",
    "aws configure --profile q set aws_access_key_id 'a b'",
    'echo "C=$(aws sts d "e")" >> "$GITHUB_ENV"',
    "docker run -d -e D=e --env F='g h' image cmd",
    "if [ -z $x ] ; then G=h ; else I=j ; fi",
    "{ echo K=l ; echo M=n ; } | tee -a .env",
    "x --access-key O --secret-key=$P && y || z",
    "for i in a b ; do kubectl create secret x --from-literal=Q=r ; done",
    "bash -c 'export S=t ; U=v'",
    "unset W X",
)  # fmt: skip
COMMENTS = (
    "# it's",
    '  # say "',
    "# $( ` ${ <<EOF",
    "# A=b \\",
    "# echo A=b >> $GITHUB_ENV",
    "#",
    "",
    "\t",
    "# ${{ 'x' }}",
)


def _result(script: Script) -> tuple[list[str], list[tuple[str, ...]], list[int]]:
    """What a script says, without places."""
    groups: dict[int, int] = {}
    numbers = [groups.setdefault(setting.group, len(groups)) for setting in script.settings]
    return [_facts(s) for s in script.settings], [c.words for c in script.commands], numbers


def _facts(setting: Setting) -> str:
    return f"{say(setting)} {setting.reads} {setting.substitution} {setting.expands}"


@given(st.lists(st.tuples(st.sampled_from(STATEMENTS), st.sampled_from(COMMENTS)), max_size=6))
def test_comments_between_commands_change_nothing(lines: list[tuple[str, str]]) -> None:
    plain = "\n".join(statement for statement, _ in lines)
    commented = "\n".join(f"{comment}\n{statement} # {comment}" for statement, comment in lines)
    assert _result(read(commented)) == _result(read(plain))


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=4), st.data())
def test_lines_split_between_words_change_nothing(lines: list[str], data: st.DataObject) -> None:
    plain = "\n".join(lines)
    # Blanks inside quotes and substitutions are part of words; all others may be split at.
    blanks = [
        at
        for at, char in enumerate(plain)
        if char == " " and not any(s < at < e for s, e in _words(plain))
    ]
    split = list(plain)
    for at in data.draw(st.lists(st.sampled_from(blanks), max_size=5)):
        split[at] = data.draw(st.sampled_from((" \\\n", " \\\r\n  ", "\t", "  ")))
    assert _result(read("".join(split))) == _result(read(plain))


def _words(text: str) -> list[tuple[int, int]]:
    script = read(text)
    words = [pair for c in script.commands for pair in zip(c.starts, c.ends, strict=True)]
    return words + [(s.start, s.end) for s in script.settings if s.sink.name in ("VARIABLE",)]


def test_carriage_returns_change_nothing() -> None:
    text = "\n".join(STATEMENTS)
    assert _result(read(text.replace("\n", "\r\n"))) == _result(read(text))


def test_a_byte_order_mark_or_blank_lines_do_no_harm() -> None:
    assert sayings("\n\n  export A=b\n\n") == ["EXPORTED A=b"]


HOSTILE = {
    "quotes": '"',
    "apostrophes": "'a ",
    "substitutions": "$(",
    "quoted substitutions": '"$(',
    "backticks": "`",
    "escaped backticks": "\\`",
    "defaults": "${",
    "quoted defaults": '"${',
    "arithmetic": "$((",
    "parentheses": "(",
    "closing": ")",
    "braces": "{ ",
    "arrays": "A=(",
    "heredocs": "<<A ",
    "heredoc lines": "cat <<A\n",
    "heredoc bodies": "cat <<A >f\nB=$(c)\nA\n",
    "expressions": "${{ x }}",
    "open expressions": "${{ ",
    "blanks": "  ",
    "continuations": "\\\n",
    "equals": "=",
    "pipes": "echo A=b|",
    "redirections": ">a ",
    "cases": "case x in ",
    "ifs": "if x; then ",
    "tests": "[[ ",
    "writes": "echo A=b >> $GITHUB_ENV\n",
    "escapes": "\\n$(x)",
    "ssh": 'ssh h "',
    "shells": "bash -c '",
    "evals": "eval ",
    "docker": "docker run -e A=b ",
    "flags": "--access-key ",
    "here-strings": '@"\n',
    "assignments": "$x=",
    "tables": "@{a=",
    "block comments": "<#",
    "carets": "^\n",
    "batch ifs": "if a==b ",
    "triple quotes": '"""',
    "calls": "f(",
    "slashes": "=/",
    "templates": "`${",
    "dictionaries": '{"key_id":',
    "chains": "a=",
    "dots": "a.",
    "long": "aaaa",
    "functions": "f() {\n",
    "process substitutions": "<(",
    "formats": "{0}",
    "percents": "%a%",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_repetition_of_anything_is_survived(shell: str) -> None:
    for piece in HOSTILE.values():
        tools(read(piece * 400, shell))
        tools(read("echo " + piece * 100 + "\nexport A=b\n" + piece * 100, shell))


def _seconds(text: str, shell: str) -> float:
    start = time.process_time()
    tools(read(text, shell))
    return time.process_time() - start


SLOWEST = [
    ("bash", "heredoc lines"),
    ("bash", "heredoc bodies"),
    ("bash", "quoted substitutions"),
    ("bash", "writes"),
    ("bash", "arithmetic"),
    ("bash", "quoted defaults"),
    ("bash", "pipes"),
    ("bash", "escapes"),
    ("bash", "ssh"),
    ("bash", "long"),
    ("bash", "ifs"),
    ("pwsh", "tables"),
    ("pwsh", "quotes"),
    ("cmd", "carets"),
    ("python", "dictionaries"),
    ("python", "chains"),
    ("javascript", "templates"),
]


@pytest.mark.parametrize(("shell", "name"), SLOWEST)
def test_time_grows_with_the_script_and_no_faster(shell: str, name: str) -> None:
    text = HOSTILE[name] * 12_000
    whole = quarter = math.inf
    # NOTE: what else the machine does only ever adds time, so the least of each tells the truth.
    for _ in range(6):
        quarter = min(quarter, _seconds(text[: len(text) // 4], shell))
        whole = min(whole, _seconds(text, shell))
        if whole < max(9 * quarter, 0.1):
            return
    pytest.fail(f"four times the text took {whole / quarter:.0f} times as long")


def test_nesting_is_read_up_to_a_depth() -> None:
    shallow = "$(" * 19 + "aws s3 ls" + ")" * 19
    assert "aws|s3|ls" in commands(f"x {shallow}; y")
    deep = "$(" * 500 + "a" + ")" * 500
    assert commands(f"x {deep}\nlast")[-1] == "last"
