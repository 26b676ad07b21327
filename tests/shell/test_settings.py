"""What POSIX scripts set: first what they do not."""

from __future__ import annotations

import pytest

from oidc_enforcer.shell import Sink, read
from tests.shell.sayings import cases, sayings

CASES = cases("posix_settings.txt")


@pytest.mark.parametrize("name", CASES)
def test_says(name: str) -> None:
    script, expected = CASES[name]
    assert sayings(script) == expected


def test_sh_reads_escapes_in_echo() -> None:
    script = "echo 'A=b\\nC=d' >> $GITHUB_ENV"
    assert sayings(script, "sh") == ["GITHUB_ENV A=b @GITHUB_ENV", "GITHUB_ENV C=d @GITHUB_ENV"]
    assert sayings(script) == ["GITHUB_ENV A=b\\nC=d @GITHUB_ENV"]


def test_reads_and_substitutions() -> None:
    script = 'export A="$b${c:-$d}$(jq -r \'$e\' <<< "$f")" G=\'$h\' I=\\$j"\\$n" K=`l $m`'
    first, second, third, fourth = read(script).settings
    assert first.reads == ("b", "c", "d", "f")
    assert first.substitution == "jq -r '$e' <<< \"$f\""
    assert (second.reads, second.expands) == ((), False)
    assert third.reads == ()
    assert (fourth.reads, fourth.substitution, fourth.expands) == (("m",), "l $m", True)


def test_a_quoted_heredoc_expands_nothing_here() -> None:
    heredoc = "cat <<{} >> .env\nA=$b\nX"
    assert read(heredoc.format("X")).settings[0].reads == ("b",)
    quoted = read(heredoc.format("'X'")).settings[0]
    assert (quoted.reads, quoted.expands) == ((), False)
    remote = read("ssh h <<'X'\nexport A=$b\nX").settings[0]
    assert (remote.sink, remote.expands) == (Sink.REMOTE, False)


def _groups(script: str) -> list[int]:
    """The groups of a script's settings, numbered in the order in which they come."""
    seen: dict[int, int] = {}
    return [seen.setdefault(s.group, len(seen)) for s in read(script).settings]


def test_settings_that_belong_together_share_a_group() -> None:
    assert _groups("export A_KEY=a; ls; export B_SECRET=b") == [0, 0]
    assert _groups("A=a x --access-key b; B=c y") == [0, 0, 1]
    assert _groups("echo A=a >> .env; echo B=b >> .env; echo C=c >> .env2") == [0, 0, 1]
    assert _groups("cat > ~/.aws/credentials <<X\n[a]\nb=c\nd=e\n[f]\ng=h\nX") == [0, 0, 1]
    assert _groups("aws configure set a b; aws configure set c d --profile e") == [0, 1]


def test_a_credential_met_again_begins_a_new_group() -> None:
    pair = "echo A_KEY={0} >> $GITHUB_ENV; echo A_SECRET={0} >> $GITHUB_ENV\n"
    branches = f"if x; then {pair.format('a')}else {pair.format('b')}fi"
    assert _groups(branches) == [0, 0, 1, 1]
    assert _groups("export A_KEY=a; i=1; i=2; export A_SECRET=b") == [0, 0, 0, 0]
    assert _groups("export A_KEY=a; unset A_KEY; export A_SECRET=b") == [0, 1, 2]


def test_places_of_a_setting() -> None:
    script = 'x; docker run -e "A=$b" c'
    setting = read(script).settings[0]
    assert script[setting.start : setting.end] == "A=$b"
    assert script[setting.value_start : setting.value_end] == "$b"


def test_commands_know_their_reads_and_host() -> None:
    first, second = read("curl \"$A\" '$b' ${C}\nssh h 'aws s3 ls'").commands[:2]
    assert first.reads == ("A", "C")
    assert (second.host, read("ssh h 'aws s3 ls'").commands[1].host) == ("", "h")


@pytest.mark.parametrize("shell", ["bash -l {0}", "/bin/bash", "zsh", "unknown", "", "php {0}"])
def test_what_is_unknown_is_read_as_bash(shell: str) -> None:
    assert sayings("export A=b", shell) == ["EXPORTED A=b"]
