"""What `fix` says: its lines are those of the file that the reader has."""

from __future__ import annotations

from pathlib import Path

import pytest

from oidc_enforcer import cli

_JOB = """
  {name}:
    runs-on: ubuntu-latest
    steps:
      - uses: {action}
        with:
          aws-access-key-id: ${{{{ secrets.KEY }}}}
          aws-secret-access-key: ${{{{ secrets.SECRET }}}}
          aws-region: eu-west-1
"""
_CONFIGURE = "aws-actions/configure-aws-credentials@v4"
FILE = "on: push\njobs:" + "".join(
    _JOB.format(name=name, action=action)
    for name, action in (("a", _CONFIGURE), ("b", "someone/unknown@v1"), ("c", _CONFIGURE))
)


@pytest.mark.parametrize("more", [(), ("--unsafe",)])
def test_lines_are_those_of_the_file_as_it_is(
    more: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yml").write_text(FILE, "utf-8")
    cli.main(["check", "-q", "a.yml"])
    found = [one.split(":")[1] for one in capsys.readouterr().out.splitlines() if "static" in one]
    cli.main(["fix", *more, "a.yml"])
    told = (one.split(":") for one in capsys.readouterr().err.splitlines())
    said = [one[1] for one in told if one[2:3] in ([" would apply"], [" not applied"])]
    assert len(found) == 3
    assert sorted(said) == sorted(found)
