"""Writes the documentation that comes from the code: `python tools/docs.py [--check]`.

One page per rule under `docs/rules/` with an index, every module in a line in `docs/modules.md`,
the actions that are known in `docs/known-actions.md`, the help of every command in
`docs/usage.md`, the settings in `docs/configuration.md` and their JSON Schema, the table of
rules in the README, and the Action's inputs and outputs in `action.yml` and `docs/action.md`,
between their markers; and what a pull request shows, in `docs/samples/`. With `--check` nothing is
written and a difference is an error.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from oidc_enforcer.action_inputs import INPUTS, OUTPUTS
from oidc_enforcer.cli.commands import tables
from oidc_enforcer.cli.parser import command_parser, top_parser
from oidc_enforcer.config.layers import plain
from oidc_enforcer.config.schema import schema
from oidc_enforcer.config.settings import SETTINGS
from oidc_enforcer.rules import RULES, severities
from oidc_enforcer.rules.pages import pages
from oidc_enforcer.workflow import known_actions

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import samples  # noqa: E402

_ACTION_MARKS = (("", ": made by `make docs`"), ("end of ", ""))


def main() -> int:
    """Writes or compares every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    only_check: bool = parser.parse_args().check
    stale = [path for path, text in wanted() if not _is(path, text)]
    known = {path for path, _ in wanted()}
    stale += [page for page in (ROOT / "docs" / "rules").glob("*.md") if page not in known]
    for path in stale:
        if only_check:
            print(f"{path.relative_to(ROOT)} is out of date; run `make docs`", file=sys.stderr)
        elif path in known:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dict(wanted())[path], encoding="utf-8")
        else:
            path.unlink()
    return 1 if stale and only_check else 0


def wanted() -> Iterator[tuple[Path, str]]:
    """Every generated file and its text."""
    folder = ROOT / "docs" / "rules"
    for page in pages():
        yield folder / f"{page.rule}.md", page.markdown
    yield folder / "README.md", f"# Rules\n\n{rule_table()}"
    yield ROOT / "docs" / "modules.md", module_tables()
    yield ROOT / "docs" / "known-actions.md", known_action_tables()
    readme = ROOT / "README.md"
    yield readme, between(readme.read_text("utf-8"), "rules", rule_table("docs/rules/"))
    configuration = ROOT / "docs" / "configuration.md"
    yield configuration, between(configuration.read_text("utf-8"), "settings", setting_list())
    shipped = ROOT / "src" / "oidc_enforcer" / "schemas" / "config-1.json"
    yield shipped, json.dumps(schema(severities()), indent=1) + "\n"
    usage = ROOT / "docs" / "usage.md"
    yield usage, between(usage.read_text("utf-8"), "help", help_texts())
    action = ROOT / "action.yml"
    begin, end = (f"# {word}inputs and outputs{tail}\n" for word, tail in _ACTION_MARKS)
    yield action, _between(action.read_text("utf-8"), begin, action_metadata(), end)
    yield ROOT / "docs" / "samples" / "comment.md", samples.comment_text()
    yield ROOT / "docs" / "samples" / "role-comment.md", samples.role_text()
    yield ROOT / "docs" / "samples" / "summary.md", samples.summary_text()
    page_of_action = ROOT / "docs" / "action.md"
    text = between(page_of_action.read_text("utf-8"), "inputs", input_table())
    yield page_of_action, between(text, "outputs", output_table())


def rule_table(prefix: str = "") -> str:
    """The rules as a Markdown table."""
    rows = ["| rule | severity | what |", "|---|---|---|"]
    rows += (
        f"| [`{m.RULE.id}`]({prefix}{m.RULE.id}.md) | {m.RULE.severity.word} | {m.RULE.summary} |"
        for m in RULES
    )
    return "\n".join(rows) + "\n"


def module_tables() -> str:
    """Every module and the first line of its docstring, floor by floor."""
    parts = [
        "# Modules\n\nEvery module of `src/oidc_enforcer` in the words of its docstring, from the"
        " door to the ground. [architecture.md](architecture.md#floors) says what a floor may do;"
        " the pages of the rules are in [rules/](rules/README.md).\n"
    ]
    for floor, names in _floors():
        rows = [f"## {floor[0].upper()}{floor[1:]}\n", "| module | what |", "|---|---|"]
        for name in names:
            rows += (f"| `{module}` | {_cell(line)} |" for module, line in _modules(name))
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def known_action_tables() -> str:
    """What is known of actions of others, with the source of each row."""
    takers = [
        (
            known.name,
            f"{known.through.value}: {_codes(known.key_id, known.secret, known.session_token)}"
            if known.key_id
            else f"{known.through.value}: {_codes(known.credentials_file)}",
            known.access.value,
            known.note,
            known.source,
        )
        for known in known_actions.known_actions()
    ]
    brokers = [(one.name, one.kind.value, one.note, one.source) for one in known_actions.brokers()]
    users = [
        (one.name, _codes(*sorted(one.when)) or "always", one.source)
        for one in known_actions.token_users()
    ]
    parts = [
        f"# Known actions\n\n{_page(known_actions.__doc__)}",
        "## How they take AWS access\n",
        "`required`: it refuses to work, or cannot, without a key pair. `optional`: keys may be"
        " given; else the environment's are used. `ambient`: the environment's only. `registry`:"
        " the login is a key pair where the registry is ECR.\n",
        _table(("action", "takes", "keys", "note", "source"), takers),
        "## Which bring credentials\n",
        _table(("action", "kind", "what", "source"), brokers),
        "## Which ask GitHub for an OIDC token\n",
        _table(("action", "when one of these is given", "source"), users),
        "## Which do not\n\nTheir code was not read; it is known what they do instead.\n",
    ]
    for why, names in known_actions.ABSTAINERS.items():
        parts.append(f"- {why}: {_codes(*names.split())}")
    return "\n".join(parts) + "\n"


def _page(docstring: str | None) -> str:
    return f"{inspect.cleandoc(docstring or '')}\n"


def _codes(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += (
        f"| `{first}` | {' | '.join(_cell(text) for text in rest)} |" for first, *rest in rows
    )
    return "\n".join(lines) + "\n"


def _floors() -> Iterator[tuple[str, list[str]]]:
    """Each floor of the architecture's table, and the modules and packages that live on it."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for row in text.partition("\n## Floors\n")[2].partition("\n## ")[0].splitlines():
        if row.startswith("| `"):
            _, names, floor, *_ = (cell.strip() for cell in row.split("|"))
            yield floor, names.replace("`", "").split()


def _modules(name: str) -> Iterator[tuple[str, str]]:
    """A module, or a package with all that is in it, but for the rules, which have pages."""
    package = ROOT / "src" / "oidc_enforcer"
    if (package / f"{name}.py").is_file():
        yield name, _first_line(package / f"{name}.py")
        return
    yield name, _first_line(package / name / "__init__.py")
    rules = {module.RULE.id.replace("-", "_") for module in RULES}
    for path in sorted((package / name).glob("**/*.py")):
        inner = path.relative_to(package).with_suffix("").parts
        if inner[-1] == "__init__":
            inner = inner[:-1]
        if len(inner) > 1 and not (name == "rules" and inner[-1] in rules):
            yield ".".join(inner), _first_line(path)


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def setting_list() -> str:
    """Every setting with its default, what is tighter, and an example that a test reads."""
    parts = []
    for setting in SETTINGS:
        default = json.dumps(plain(setting.default))
        parts.append(
            f"### `{setting.key}`\n\n{setting.help[0].upper()}{setting.help[1:]}.\n\n"
            f"```yaml\n{setting.key}: {setting.example}\n```\n\n"
            f"Default: `{default}`. Tighter: {setting.order.words}.\n"
        )
    return "\n".join(parts)


def help_texts() -> str:
    """What `--help` prints, for the program and for each command."""
    parsers = [top_parser(), *(command_parser(command) for command in tables())]
    return "\n".join(
        f"```console\n$ {parser.prog} --help\n{parser.format_help().rstrip()}\n```\n"
        for parser in parsers
    )


def action_metadata() -> str:
    """The inputs and outputs as `action.yml` declares them."""
    rows = ["inputs:"]
    for one in INPUTS:
        rows += [f"  {one.name}:", f"    description: {json.dumps(one.description)}"]
        if one.default:
            rows.append(f"    default: {json.dumps(one.default)}")
    rows.append("outputs:")
    for output in OUTPUTS:
        rows += [f"  {output.name}:", f"    description: {json.dumps(output.description)}"]
    return "\n".join(rows) + "\n"


def input_table() -> str:
    """The inputs as a Markdown table."""
    rows = ["| input | default | what |", "|---|---|---|"]
    for one in INPUTS:
        default = f"`{one.default}`" if one.default else ""
        rows.append(f"| `{one.name}` | {default} | {one.description} |")
    return "\n".join(rows) + "\n"


def output_table() -> str:
    """The outputs as a Markdown table."""
    rows = ["| output | what |", "|---|---|"]
    rows += (f"| `{one.name}` | {one.description} |" for one in OUTPUTS)
    return "\n".join(rows) + "\n"


def between(text: str, name: str, table: str) -> str:
    """The text with what stands between the markers of `name` replaced."""
    begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->\n"
    return _between(text, begin, table, end)


def _between(text: str, begin: str, table: str, end: str) -> str:
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"a page has no markers `{begin.strip()}` and `{end.strip()}`")
    return head + begin + table + end + tail


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
