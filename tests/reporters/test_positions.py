"""A key that is written in a file comes out of no format, in whatever position it stands."""

from __future__ import annotations

import random
import re
import string
from pathlib import Path

import pytest

from oidc_enforcer import cli

#: Shapes made at run time, so that no scanner takes this file for a leak. The word has no look.
ID = "AKIA" + "Z7Q2" * 4
SECRET = "".join(random.Random(7).choices(string.ascii_letters + string.digits + "+/", k=40))
WORD = "tulipvase77lampshade"
JOB = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n"
RUN = f"{JOB}    steps:\n      - run: aws s3 ls\n        env:\n"
#: A file for each position; `ID` and `SECRET` stand where the halves of the key stand.
POSITIONS = {
    "block scalar": RUN + "          AWS_ACCESS_KEY_ID: ID\n          AWS_SECRET_ACCESS_KEY: |\n"
    "            SECRET\n",
    "folded scalar": RUN + "          AWS_ACCESS_KEY_ID: >-\n            ID\n"
    "          AWS_SECRET_ACCESS_KEY: >-\n\n            SECRET\n",
    "plain scalar on the next line": RUN + "          AWS_ACCESS_KEY_ID:\n            ID\n"
    "          AWS_SECRET_ACCESS_KEY:\n            SECRET\n",
    "flow mapping": f"{JOB}    env: {{AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET}}\n"
    "    steps:\n      - run: aws s3 ls\n",
    "flow mapping over lines": f"{JOB}    env: {{AWS_ACCESS_KEY_ID:\n        ID,\n"
    "      AWS_SECRET_ACCESS_KEY:\n        SECRET, X: y}\n    steps:\n      - run: aws s3 ls\n",
    "anchor": f"{JOB}    env:\n      A: &key SECRET\n      AWS_ACCESS_KEY_ID: ID\n"
    "      AWS_SECRET_ACCESS_KEY: *key\n    steps:\n      - run: aws s3 ls\n",
    "anchored mapping": "x: &keys\n  AWS_ACCESS_KEY_ID: ID\n  AWS_SECRET_ACCESS_KEY: SECRET\n"
    f"{JOB}    env: *keys\n    steps:\n      - run: aws s3 ls\n",
    "escapes": RUN
    + '          AWS_ACCESS_KEY_ID: "ID"\n          AWS_SECRET_ACCESS_KEY: "ESCAPED"\n',
    "escaped line break": RUN + '          AWS_ACCESS_KEY_ID: "ID"\n'
    '          AWS_SECRET_ACCESS_KEY: "HEAD\\\n            TAIL"\n',
    "comment": RUN + "          AWS_ACCESS_KEY_ID: ID\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ secrets.X }} # was AWS_SECRET_ACCESS_KEY: SECRET\n",
    "matrix": JOB
    + "    strategy:\n      matrix:\n        include:\n          - {id: ID, key: SECRET}\n"
    "    steps:\n      - run: aws s3 ls\n        env:\n"
    "          AWS_ACCESS_KEY_ID: ${{ matrix.id }}\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ matrix.key }}\n",
    "default of an input": "on:\n  workflow_call:\n    inputs:\n"
    "      id: {type: string, default: ID}\n"
    "      key:\n        type: string\n        default: SECRET\n" + JOB[9:] + "    steps:\n"
    "      - run: aws s3 ls\n        env:\n          AWS_ACCESS_KEY_ID: ${{ inputs.id }}\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ inputs.key }}\n",
    "container": f"{JOB}    container:\n      image: x\n      env: {{AWS_ACCESS_KEY_ID: ID}}\n"
    "      options: -e AWS_SECRET_ACCESS_KEY=SECRET\n    steps:\n      - run: aws s3 ls\n",
    "service": f"{JOB}    services:\n      db:\n        image: x\n        env:\n"
    "          AWS_ACCESS_KEY_ID: ID\n          AWS_SECRET_ACCESS_KEY: SECRET\n"
    "    steps:\n      - run: aws s3 ls\n",
    "call": "on: push\njobs:\n  deploy:\n    uses: a/x/.github/workflows/y.yml@v1\n    secrets:\n"
    "      AWS_ACCESS_KEY_ID: ID\n      AWS_SECRET_ACCESS_KEY: SECRET\n",
    "outputs": f"{JOB}    outputs:\n      aws_access_key_id: ID\n      aws_secret_key: SECRET\n"
    "    steps:\n      - run: aws s3 ls\n",
    "alternative": RUN + "          AWS_ACCESS_KEY_ID: ${{ secrets.X || 'ID' }}\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ secrets.Y || 'SECRET' }}\n",
    "format": RUN + "          AWS_ACCESS_KEY_ID: ${{ format('{0}', 'ID') }}\n"
    "          AWS_SECRET_ACCESS_KEY: ${{ format('{0}{1}', 'SECRET', '') }}\n",
    "inputs": f"{JOB}    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n"
    "        with: {role-to-assume: x, aws-access-key-id: ID, aws-secret-access-key: 'SECRET'}\n",
    "text in a variable": RUN + "          AWS_CREDENTIALS: |\n"
    '            {"aws_access_key_id": "ID",\n             "aws_secret_access_key": "SECRET"}\n',
    "broken file": RUN
    + "          AWS_ACCESS_KEY_ID: ID\n          AWS_SECRET_ACCESS_KEY: SECRET\n"
    "         x: [\n",
}
#: The same in scripts: the shell, and its lines.
SCRIPTS = {
    "export": ("bash", "export AWS_ACCESS_KEY_ID=ID\nexport AWS_SECRET_ACCESS_KEY=SECRET"),
    "heredoc": (
        "bash",
        "cat > ~/.aws/credentials <<X\naws_access_key_id = ID\naws_secret_access_key = SECRET\nX",
    ),
    "option on the next line": ("bash", "tool --access-key ID \\\n  --secret-key \\\n  SECRET"),
    "arguments": ("bash", "mc alias set s3 https://s3.amazonaws.com ID SECRET"),
    "typed in": ("bash", "printf 'ID\\nSECRET\\neu-west-1\\njson\\n' | aws configure"),
    "one word": ("bash", "echo ID:SECRET > ~/.passwd-s3fs"),
    "address": ("bash", "curl smtps://ID:SECRET@email-smtp.eu-west-1.amazonaws.com"),
    "pwsh": ("pwsh", "$env:AWS_ACCESS_KEY_ID = 'ID'\n$env:AWS_SECRET_ACCESS_KEY = 'SECRET'"),
    "pwsh command": ("pwsh", "Set-AWSCredential -AccessKey ID -SecretKey SECRET -StoreAs x"),
    "cmd": ("cmd", 'set AWS_ACCESS_KEY_ID=ID\nset "AWS_SECRET_ACCESS_KEY=SECRET"'),
    "python": (
        "python",
        "boto3.client('s3', aws_access_key_id='ID',\n  aws_secret_access_key='SECRET')",
    ),
    "python arguments": ("python", "boto3.Session('ID', 'SECRET').client('s3')"),
}
FORMATS = ["text", "json", "sarif", "github", "markdown", "html"]


def files() -> dict[str, str]:
    """Every position, those in scripts made into files."""
    found = dict(POSITIONS)
    for name, (shell, script) in SCRIPTS.items():
        body = "".join(f"          {line}\n" for line in script.split("\n"))
        found[name] = f"{JOB}    steps:\n      - shell: {shell}\n        run: |\n{body}"
    return found


def filled(template: str, secret: str) -> str:
    """The file with the key in it, escaped or cut in two where it says so."""
    middle = len(secret) // 2
    escaped = "".join(f"\\x{ord(c):02x}" if n % 3 == 0 else c for n, c in enumerate(secret))
    text = template.replace("ESCAPED", escaped)
    text = text.replace("HEAD", secret[:middle]).replace("TAIL", secret[middle:])
    # NOTE: `AWS_ACCESS_KEY_ID` and the like keep their names; `\\n` may stand before a value.
    text = re.sub(r"(?<![A-Z_])SECRET(?![A-Z_])", lambda _: secret, text)
    return re.sub(r"(?<![A-Z_])ID(?![A-Z_])", ID, text)


@pytest.mark.parametrize("secret", [SECRET, WORD], ids=["random", "word"])
def test_no_position_gives_a_key_away(
    secret: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, (name, template) in enumerate(files().items()):
        text = filled(template, secret)
        assert ID in text, name
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    middle = len(secret) // 2
    for form in FORMATS:
        fixes = ["--fixes", "always"] if form in ("json", "sarif") else ["--verbose"]
        assert cli.main(["check", "--format", form, *fixes, str(tmp_path)]) == cli.FINDINGS
        written = capsys.readouterr().out
        for literal in (secret, secret[:middle], secret[middle:], ID, ID[4:]):
            assert literal not in written, form
