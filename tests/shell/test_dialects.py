"""PowerShell, cmd, Python and JavaScript: first what they do not say."""

from __future__ import annotations

import pytest

from oidc_enforcer.shell import read
from tests.shell.sayings import commands, sayings, uses

KEY = "${{ secrets.KEY }}"

SAYS_NOTHING = {
    "PowerShell comments": ("pwsh", "# $env:A = 'b'\n<# $env:A='b'\n#>\nls # x"),
    "PowerShell comparisons": ("pwsh", 'if ($env:A -eq "b") { exit }\n$env:A -match "c=d"'),
    "PowerShell printing": ("pwsh", 'Write-Host "A=b"; "C=d"; echo "$env:E"'),
    "PowerShell devices": ("pwsh", '"A=b" > $null; "C=d" | Out-Null; x 2>&1'),
    "PowerShell strings": ("pwsh", 'x \'a; $env:A = 1\' "b `" ; $env:B = 2"'),
    "cmd comments": ("cmd", "rem set A=b\n:: set A=b\n@rem set A=b\nls & rem set C=d"),
    "cmd printing": ("cmd", "echo A=b\n@echo off\nset\nset A\nset /p A=prompt\nset /a B=1"),
    "cmd tests": ("cmd", 'if "%A%"=="b" exit\nif not defined A exit'),
    "Python comments": ("python", '# os.environ["A"] = "b"\nx = f("os.putenv(\'A\')")[0]#'),
    "Python strings": ("python", '"""\nos.environ["A"] = "b"\n"""\nprint("A=b")'),
    "Python comparisons": ("python", 'if os.environ["A"] == "b": f(region="x")'),
    "JavaScript comments": ("node", "// process.env.A = 'b'\n/* core.exportVariable('A', b) */"),
    "JavaScript strings": ("node", "f('process.env.A = 1', `process.env.B = ${c}`)"),
    "JavaScript comparisons": ("node", "if (process.env.A === 'b') f({region: 'x'})"),
    "JavaScript regular expressions": ("node", "f(/'/, /[/'\"]/g); // process.env.A = '"),
}


@pytest.mark.parametrize("name", SAYS_NOTHING)
def test_says_nothing(name: str) -> None:
    shell, script = SAYS_NOTHING[name]
    assert [said for said in sayings(script, shell) if not said.startswith("VARIABLE x=")] == []


POWERSHELL = {
    "S36": (
        f"$env:AWS_ACCESS_KEY_ID = \"{KEY}\"\n$Env:B='c'; ${{env:D}} = $e\n[string]$f = 'g'",
        [f"EXPORTED AWS_ACCESS_KEY_ID={KEY}", "EXPORTED B=c", "EXPORTED D=$e", "VARIABLE f=g"],
    ),
    "quotes": (
        '$env:A = "b `"c`" ""d"""; $env:B = \'e \'\'f\'\'\'',
        ['EXPORTED A=b "c" "d"', "EXPORTED B=e 'f'"],
    ),
    "expressions": (
        "$a = $b.Credentials.AccessKeyId\n$c = (x y).Z\n$d = 'e' + $f",
        ["VARIABLE a=$b.Credentials.AccessKeyId", "VARIABLE c=(x y).Z", "VARIABLE d='e' + $f"],
    ),
    "GITHUB_ENV": (
        '"A=$b" >> $env:GITHUB_ENV\necho "C=d" >> $env:GITHUB_ENV\n'
        '"E=$($f)" | Out-File -FilePath $env:GITHUB_ENV -Encoding utf8 -Append\n'
        'Add-Content $env:GITHUB_ENV "G=h"\nAdd-Content -Path $env:GITHUB_ENV -Value "I=j"\n'
        '("K={0}" -f $l) | Out-File $env:GITHUB_ENV -Append\n"M=" + $n >> $env:GITHUB_ENV',
        [
            f"GITHUB_ENV {s} @GITHUB_ENV"
            for s in ("A=$b", "C=d", "E=$($f)", "G=h", "I=j", "K=$l", "M=$n")
        ],
    ),
    "here-strings": (
        '@"\n[default]\naws_access_key_id = $k\n"@ | Set-Content ~/.aws/credentials\n'
        "@'\nA=$b\n'@ > .env",
        ["CREDENTIALS_FILE aws_access_key_id=$k @default", "FILE A=$b @.env"],
    ),
    "static methods": (
        '[Environment]::SetEnvironmentVariable("A", "b", "Machine")\n'
        "[System.Environment]::SetEnvironmentVariable('C', $d)\n"
        '[System.IO.File]::AppendAllText($env:GITHUB_ENV, "E=f`n")',
        ["EXPORTED A=b", "EXPORTED C=$d", "GITHUB_ENV E=f @GITHUB_ENV"],
    ),
    "items": (
        "Set-Item -Path Env:A -Value b; New-Item env:\\C -Value d; Remove-Item Env:E",
        ["EXPORTED A=b", "EXPORTED C=d", "UNSET E"],
    ),
    "removal": ("$env:A = ''; $env:B = $null", ["UNSET A", "UNSET B"]),
    "cmdlets": (
        f"Set-AWSCredential -AccessKey {KEY} -SecretKey $s -StoreAs default",
        [f"FLAG AccessKey={KEY} @Set-AWSCredential", "FLAG SecretKey=$s @Set-AWSCredential"],
    ),
    "hash tables": (
        "$p = @{ AccessKey = 'a'; Region = 'b'; 'SecretKey' = $c }",
        [
            "VARIABLE p=@{ AccessKey = 'a'; Region = 'b'; 'SecretKey' = $c }",
            "FLAG AccessKey=a @@{}",
            "FLAG SecretKey=$c @@{}",
        ],
    ),
    "native commands": (
        "aws configure set aws_access_key_id `\n  $env:K\nif ($x) { docker run -e A=$env:B c }\n"
        "& docker build --build-arg D=e .",
        [
            "AWS_CONFIGURE aws_access_key_id=$env:K @default",
            "CONTAINER_ENV A=$env:B @c",
            "BUILD_ARG D=e",
        ],
    ),
}


@pytest.mark.parametrize("name", POWERSHELL)
def test_powershell(name: str) -> None:
    script, expected = POWERSHELL[name]
    assert sayings(script, "pwsh") == expected


def test_powershell_commands() -> None:
    script = (
        "$c = aws sts assume-role | ConvertFrom-Json\n"
        "if (x) { a 'b c' } else { d $(e) }\n"
        "foreach ($i in f) { g | ForEach-Object { h } }\n"
        "& './i' 2>&1; j\n"
    )
    assert commands(script, "powershell") == [
        "aws|sts|assume-role",
        "ConvertFrom-Json",
        "x",
        "a|b c",
        "d|$(e)",
        "e",
        "g",
        "ForEach-Object|{ h }",
        "h",
        "./i",
        "j",
    ]
    assert read(script, "pwsh").settings[0].substitution == "aws sts assume-role | ConvertFrom-Json"


def test_powershell_reads() -> None:
    setting = read('$env:A = "$env:B ${env:C} $d `$e"', "pwsh").settings[0]
    assert setting.reads == ("B", "C", "d")
    assert read("$env:A = '$b'", "pwsh").settings[0].expands is False


CMD = {
    "set": (
        f'set AWS_ACCESS_KEY_ID={KEY}\nset "B=%C%" & SET D=e f\n@set G=^&h',
        [f"EXPORTED AWS_ACCESS_KEY_ID={KEY}", "EXPORTED B=%C%", "EXPORTED D=e f", "EXPORTED G=&h"],
    ),
    "setx": ('setx A "b c" /M\nsetx D e', ["EXPORTED A=b c", "EXPORTED D=e"]),
    "removal": ("set A=", ["UNSET A"]),
    "blocks": (
        'if "%A%"=="b" (\n  set C=d\n) else (\n  set E=f\n)\nif not defined G set H=i\n'
        "for %%j in (k l) do set M=n",
        ["EXPORTED C=d", "EXPORTED E=f", "EXPORTED H=i", "EXPORTED M=n"],
    ),
    "GITHUB_ENV": (
        "echo A=%B%>> %GITHUB_ENV%\necho C=d >> %GITHUB_ENV%\n>>%GITHUB_ENV% echo E=f\n"
        "(echo G=h&echo I=j)>>%GITHUB_ENV%\n(\n  echo K=l\n) >> %GITHUB_ENV%",
        [f"GITHUB_ENV {s} @GITHUB_ENV" for s in ("A=%B%", "C=d", "E=f", "G=h", "I=j", "K=l")],
    ),
    "commands": (
        'aws configure set ^\n  aws_access_key_id "%K%" && docker run -e A=%B% c 2>nul',
        ["AWS_CONFIGURE aws_access_key_id=%K% @default", "CONTAINER_ENV A=%B% @c"],
    ),
}


@pytest.mark.parametrize("name", CMD)
def test_cmd(name: str) -> None:
    script, expected = CMD[name]
    assert sayings(script, "cmd") == expected


def test_cmd_reads() -> None:
    setting = read("set A=%B%!C!%D:~1,2%", "cmd").settings[0]
    assert setting.reads == ("B", "C", "D")


PYTHON = {
    "environment": (
        f'os.environ["AWS_ACCESS_KEY_ID"] = "{KEY}"\nos.putenv("B", c)\n'
        "environ.setdefault('D', os.getenv('E'))",
        [f"EXPORTED AWS_ACCESS_KEY_ID={KEY}", "EXPORTED B=c", "EXPORTED D=os.getenv('E')"],
    ),
    "update": (
        'os.environ.update({"A": b, "C": "d"}, E="f")\nos.environ |= {"G": "h"}',
        ["EXPORTED A=b", "EXPORTED C=d", "EXPORTED E=f", "EXPORTED G=h"],
    ),
    "removal": ('del os.environ["A"]\nos.environ.pop("B")', ["UNSET A", "UNSET B"]),
    "clients": (
        'boto3.client("s3", aws_access_key_id="a", aws_secret_access_key=b["c"],\n'
        '  aws_session_token=os.environ["T"], region_name="x")',
        [
            "FLAG aws_access_key_id=a @boto3.client",
            'FLAG aws_secret_access_key=b["c"] @boto3.client',
            'FLAG aws_session_token=os.environ["T"] @boto3.client',
        ],
    ),
    "dictionaries": (
        'f(g={"aws_access_key_id": "a", "b": "c"})',
        ["FLAG aws_access_key_id=a @f"],
    ),
    "files": (
        'with open(os.environ["GITHUB_ENV"], "a") as f:\n    f.write(f"A={b}\\n")\n'
        '    print("C=d", file=f)\n'
        'g = open(os.path.join(home, ".aws", "credentials"), "w")\n'
        'g.write("[p]\\naws_access_key_id = " + key + "\\n")\n'
        'Path(".env").write_text("E=f")',
        [
            "GITHUB_ENV A={b} @GITHUB_ENV",
            "GITHUB_ENV C=d @GITHUB_ENV",
            'VARIABLE g=open(os.path.join(home, ".aws", "credentials"), "w")',
            "CREDENTIALS_FILE aws_access_key_id=key @p",
            "FILE E=f @.env",
        ],
    ),
    "commands": (
        'os.system("aws configure set aws_access_key_id $K")\n'
        'subprocess.run(["docker", "run", "-e", "A=b", "c"], check=True)\n'
        'subprocess.check_call("export D=e", shell=True)',
        [
            "AWS_CONFIGURE aws_access_key_id=$K @default",
            "CONTAINER_ENV A=b @c",
            "EXPORTED D=e",
        ],
    ),
    "output": ('print("::set-output name=a::b")', ["GITHUB_OUTPUT a=b @GITHUB_OUTPUT"]),
    "variables": (
        'a = os.environ["B"]\nc: str = d(\n  "e",\n)',
        ['VARIABLE a=os.environ["B"]', 'VARIABLE c=d(\n  "e",\n)'],
    ),
}


@pytest.mark.parametrize("name", PYTHON)
def test_python(name: str) -> None:
    script, expected = PYTHON[name]
    assert sayings(script, "python") == expected


JAVASCRIPT = {
    "S34": (
        f"core.exportVariable('AWS_ACCESS_KEY_ID', '{KEY}')\ncore.setOutput(\"b\", process.env.C)",
        [
            f"GITHUB_ENV AWS_ACCESS_KEY_ID={KEY} @GITHUB_ENV",
            "GITHUB_OUTPUT b=process.env.C @GITHUB_OUTPUT",
        ],
    ),
    "environment": (
        "process.env.A = 'b';\nprocess.env['C'] = `d${e}`\nObject.assign(process.env, {F: 'g'})",
        ["EXPORTED A=b", "EXPORTED C=d${e}", "EXPORTED F=g"],
    ),
    "removal": (
        "delete process.env.A; core.exportVariable('B', '')",
        ["UNSET A", "UNSET B= @GITHUB_ENV"],
    ),
    "clients": (
        "new S3Client({ region: 'x', credentials: {\n  accessKeyId: process.env.K,\n"
        "  secretAccessKey: 's',\n} })",
        ["FLAG accessKeyId=process.env.K @S3Client", "FLAG secretAccessKey=s @S3Client"],
    ),
    "files": (
        "fs.appendFileSync(process.env.GITHUB_ENV, `A=${b}\\n`)\n"
        "fs.writeFileSync('.env', 'C=' + d)",
        ["GITHUB_ENV A=${b} @GITHUB_ENV", "FILE C=d @.env"],
    ),
    "commands": (
        "await exec.exec('aws', ['configure', 'set', 'aws_access_key_id', 'a'])\n"
        "execSync(`export B=c`)",
        ["AWS_CONFIGURE aws_access_key_id=a @default", "EXPORTED B=c"],
    ),
    "nested templates": (
        "process.env.A = `b${`}` + '`'}c`; process.env.D = 'e'",
        ["EXPORTED A=b${`}` + '`'}c", "EXPORTED D=e"],
    ),
    "variables": (
        "const a = process.env.B;\nlet c = 'd', e = 'f'\nif (x) { g = 'h' }",
        ["VARIABLE a=process.env.B", "VARIABLE c=d", "VARIABLE g=h"],
    ),
}


@pytest.mark.parametrize("name", JAVASCRIPT)
def test_javascript(name: str) -> None:
    script, expected = JAVASCRIPT[name]
    assert sayings(script, "javascript") == expected


def test_code_reads() -> None:
    python = read('os.environ["A"] = f"{b}" + os.environ["C"] + os.getenv("D")', "python")
    assert python.settings[0].reads == ("b", "C", "D")
    javascript = read("process.env.A = `${b}${process.env.C}` + process.env['D']", "node")
    assert javascript.settings[0].reads == ("b", "C", "D")
    assert read("a = b", "python").settings[0].reads == ("b",)
    assert read("a = 'b'", "python").settings[0].reads == ()


def test_the_two_halves_of_a_client_share_a_group() -> None:
    script = "a({accessKeyId: b, secretAccessKey: c}); d({accessKeyId: e, secretAccessKey: f})"
    first, second, third, fourth = read(script, "node").settings
    assert first.group == second.group != third.group == fourth.group


def test_calls_are_commands() -> None:
    script = 'sts.assume_role(RoleArn="x", RoleSessionName=y)\nf("a", \'b\')'
    assert commands(script, "python") == ["sts.assume_role", "f|a|b"]
    assert uses(script, "python") == ["STS_ASSUME_ROLE"]


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("powershell", "$env:A = 'b'"),
        ("pwsh -command \". '{0}'\"", "$env:A = 'b'"),
        ("C:\\Windows\\System32\\cmd.exe", "set A=b"),
        ("cmd", "set A=b"),
        ("python3 {0}", 'os.environ["A"] = "b"'),
        ("python3.12 -u {0}", 'os.environ["A"] = "b"'),
        ("node", "process.env.A = 'b'"),
    ],
)
def test_which_shell(shell: str, script: str) -> None:
    assert sayings(script, shell) == ["EXPORTED A=b"]
