"""What POSIX scripts set: first what they do not."""

from __future__ import annotations

import pytest

from oidc_enforcer.shell import Sink, read
from tests.shell.sayings import sayings

KEY, SECRET = "${{ secrets.KEY }}", "${{ secrets.SECRET }}"

SAYS_NOTHING = {
    "an empty script": "",
    "comments": "# export AWS_ACCESS_KEY_ID=x\n  # echo A=b >> $GITHUB_ENV\nls # A=b",
    "printing": 'echo "export AWS_ACCESS_KEY_ID=x"; printf "A=%s" b; cat <<EOF\nA=b\nEOF',
    "masking": 'echo "::add-mask::$AWS_SECRET_ACCESS_KEY"',
    "a test": 'if [ -z "$AWS_ACCESS_KEY_ID" ] || [[ $A == "AWS_SECRET_KEY=x" ]]; then exit 1; fi',
    "standard error": "echo A=b >&2; echo A=b 1>&2; echo A=b 2> f",
    "devices": "echo A=b > /dev/null; echo A=b >> /dev/stderr",
    "the summary, the state, the path": (
        "echo A=b >> $GITHUB_STEP_SUMMARY; echo A=b >> $GITHUB_STATE; echo A=b >> $GITHUB_PATH"
    ),
    "searching": 'grep "AWS_ACCESS_KEY_ID=" .env; sed -i "s/aws_secret_key=.*/x/" f; git log -S KEY_ID=',
    "an id of a key that stays in AWS": "aws kms encrypt --key-id alias/x; aws s3 cp a b --sse-kms-key-id y",
    "key management": "aws iam delete-access-key --access-key-id x --user-name y",
    "a lookup": "command -v aws configure set a b",
    "a secret of a build": "docker build --secret id=AWS_SECRET_ACCESS_KEY,env=X .",
    "an environment that is passed on": "sudo --preserve-env=AWS_ACCESS_KEY_ID make",
    "reading the configuration": "aws configure get aws_access_key_id; aws configure list",
    "words of another command": "echo aws configure set aws_access_key_id x; x docker run -e A=b",
    "options behind the image": "docker run -i image -e B=c | cat -e C=d | true",
    "a quoted assignment": "'A=b'; \"A\"=b; \\A=b",
}


@pytest.mark.parametrize("name", SAYS_NOTHING)
def test_says_nothing(name: str) -> None:
    assert sayings(SAYS_NOTHING[name]) == []


SAYS = {
    "shell variables": (f"A={KEY}; B=\"$x\" C='y'", [f"VARIABLE A={KEY}", "VARIABLE B=$x", "VARIABLE C=y"]),
    "R4 export": (
        f'export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY="{SECRET}"',
        [f"EXPORTED AWS_ACCESS_KEY_ID={KEY}", f"EXPORTED AWS_SECRET_ACCESS_KEY={SECRET}"],
    ),
    "declare, typeset, local": (
        "declare -x A=b; typeset -gx C=d; local E=f; declare G=h; readonly I=j",
        ["EXPORTED A=b", "EXPORTED C=d", "VARIABLE E=f", "VARIABLE G=h", "VARIABLE I=j"],
    ),
    "exported later": ("A=b; export A; export C; C=d", ["EXPORTED A=b", "EXPORTED C=d"]),
    "set -a": ("set -a; A=b; set +a; C=d; set -o allexport; E=f", ["EXPORTED A=b", "VARIABLE C=d", "EXPORTED E=f"]),
    "arrays": ('A=(b "c d"); C[1]=d', ['VARIABLE A=(b "c d")', "VARIABLE C=d"]),
    "S08 prefix": (
        f"AWS_ACCESS_KEY_ID={KEY} B=c aws s3 ls",
        [f"PREFIX AWS_ACCESS_KEY_ID={KEY} @aws", "PREFIX B=c @aws"],
    ),
    "prefix by env and sudo": ("env A=b make; sudo -E C=d make", ["PREFIX A=b @make", "PREFIX C=d @make"]),
    "E8 removal": ("unset A -v B; export -n C", ["UNSET A", "UNSET B", "UNSET C"]),
    "E8 blank": ("echo A= >> $GITHUB_ENV; export B=", ["UNSET A= @GITHUB_ENV", "EXPORTED B="]),
    "S09 C10": (
        f'echo "AWS_ACCESS_KEY_ID={KEY}" >> $GITHUB_ENV\necho A=b | tee -a "${{GITHUB_ENV}}"',
        [f"GITHUB_ENV AWS_ACCESS_KEY_ID={KEY} @GITHUB_ENV", "GITHUB_ENV A=b @GITHUB_ENV"],
    ),
    "GITHUB_ENV by printf": (
        "printf 'A=%s\\nB=%s%%\\n' \"$x\" y >> $GITHUB_ENV; printf '%s\\n' C=d E=f >> $GITHUB_ENV",
        [f"GITHUB_ENV {s} @GITHUB_ENV" for s in ("A=$x", "B=y%", "C=d", "E=f")],
    ),
    "GITHUB_ENV by echo -e": ("echo -e 'A=b\\nC=d' >> $GITHUB_ENV", ["GITHUB_ENV A=b @GITHUB_ENV", "GITHUB_ENV C=d @GITHUB_ENV"]),
    "GITHUB_ENV by heredoc": (
        "cat <<X >> $GITHUB_ENV\nA=b c\nD=$e\nX\nsudo tee -a $GITHUB_ENV <<< F=g",
        [f"GITHUB_ENV {s} @GITHUB_ENV" for s in ("A=b c", "D=$e", "F=g")],
    ),
    "GITHUB_ENV by blocks": (
        "{ echo A=b; echo C=d; } >> $GITHUB_ENV\nfor x in y; do echo E=f; done | tee -a $GITHUB_ENV\n"
        "if x; then (echo G=h) fi >> ${{ github.env }}",
        [f"GITHUB_ENV {s} @GITHUB_ENV" for s in ("A=b", "C=d", "E=f", "G=h")],
    ),
    "GITHUB_ENV over several lines": (
        'echo "A<<EOF" >> $GITHUB_ENV\necho "$x" >> $GITHUB_ENV\necho EOF >> $GITHUB_ENV\necho B=c >> $GITHUB_ENV',
        ["GITHUB_ENV A=$x @GITHUB_ENV", "GITHUB_ENV B=c @GITHUB_ENV"],
    ),
    "GITHUB_ENV by jq": (
        "jq -r '\"A_KEY=\\(.Key)\"' f >> $GITHUB_ENV",
        ["GITHUB_ENV A_KEY=jq -r '\"A_KEY=\\(.Key)\"' f @GITHUB_ENV"],
    ),
    "GITHUB_OUTPUT": (
        'echo "a-b=$x" >> $GITHUB_OUTPUT; echo "::set-output name=c::d"; echo "::set-env name=E::f"',
        [
            "GITHUB_OUTPUT a-b=$x @GITHUB_OUTPUT",
            "GITHUB_OUTPUT c=d @GITHUB_OUTPUT",
            "GITHUB_ENV E=f @GITHUB_ENV",
        ],
    ),
    "R1 S07": (
        f"aws configure set aws_access_key_id {KEY} && poetry run aws configure set region x --profile p",
        [f"AWS_CONFIGURE aws_access_key_id={KEY} @default", "AWS_CONFIGURE region=x @p"],
    ),
    "R2 S07b": (
        'aws configure --profile $P set aws_secret_access_key "$S"\naws --profile=q --debug configure set a b\n'
        "aws configure set profile.r.role_arn c; aws configure set default.d e",
        [
            "AWS_CONFIGURE aws_secret_access_key=$S @$P",
            "AWS_CONFIGURE a=b @q",
            "AWS_CONFIGURE role_arn=c @r",
            "AWS_CONFIGURE d=e @default",
        ],
    ),
    "aws configure, answered": (
        f"aws configure --profile p <<X\n{KEY}\n{SECRET}\nus-east-1\njson\nX",
        [
            f"AWS_CONFIGURE aws_access_key_id={KEY} @p",
            f"AWS_CONFIGURE aws_secret_access_key={SECRET} @p",
            "AWS_CONFIGURE region=us-east-1 @p",
            "AWS_CONFIGURE output=json @p",
        ],
    ),
    "aws configure, piped": (
        "printf '%s\\n' $K $S '' json | aws configure",
        ["AWS_CONFIGURE aws_access_key_id=$K @default", "AWS_CONFIGURE aws_secret_access_key=$S @default", "AWS_CONFIGURE output=json @default"],
    ),
    "aws configure import": ("aws configure import --csv file://k.csv", ["AWS_CONFIGURE =file://k.csv @default"]),
    "R3 S10 heredoc": (
        f"cat > ~/.aws/credentials <<-X\n\t[default]\n\taws_access_key_id = {KEY}\n\t# a = b\n"
        "\t[profile p]\n\tsource_profile=q\n\tX",
        [f"CREDENTIALS_FILE aws_access_key_id={KEY} @default", "CREDENTIALS_FILE source_profile=q @p"],
    ),
    "R3 echo": (
        f'echo "[p]" > $HOME/.aws/credentials\necho "aws_access_key_id = {KEY}" >> $HOME/.aws/credentials',
        [f"CREDENTIALS_FILE aws_access_key_id={KEY} @p"],
    ),
    "an ini file elsewhere": (
        "echo aws_access_key_id=$x > creds; echo -e \"[a]\\naws_secret_access_key = $y\\nb = c\" | sudo tee /r/f.cfg",
        [
            "CREDENTIALS_FILE aws_access_key_id=$x @default",
            "CREDENTIALS_FILE aws_secret_access_key=$y @a",
            "FILE b=c @/r/f.cfg",
        ],
    ),
    "R5 S37": (
        'echo "${{ secrets.C }}" > ~/.aws/credentials; echo $B | base64 -d > ~/.aws/credentials',
        ["CREDENTIALS_FILE =${{ secrets.C }} @~/.aws/credentials", "CREDENTIALS_FILE =$B @~/.aws/credentials"],
    ),
    "R10": (f'echo "AWS_ACCESS_KEY_ID={KEY}" >> .env', [f"FILE AWS_ACCESS_KEY_ID={KEY} @.env"]),
    "tfvars": (
        f'cat <<X > x.tfvars\n# a = "b"\naws_access_key_id = "{KEY}"\nc = ""\nX',
        [f"FILE aws_access_key_id={KEY} @x.tfvars", "FILE c= @x.tfvars"],
    ),
    "JSON and YAML": (
        'echo \'{"accessKeyId": "a", "b": "c", "secretAccessKey":"d"}\' > f.json\n'
        "cat > f.yml <<X\n  access_key: ${K}\n  name: x\nX",
        ["FILE accessKeyId=a @f.json", "FILE secretAccessKey=d @f.json", "FILE access_key=${K} @f.yml"],
    ),
    "R13": ('echo "$A:$B" > ${HOME}/.passwd-s3fs', ["FILE =$A:$B @${HOME}/.passwd-s3fs"]),
    "R9 S35": (
        f'docker run -d -it -p 8:8 -e AWS_ACCESS_KEY_ID={KEY} --env=A="$b" --env C -eD=e -dite F=g img',
        [f"CONTAINER_ENV {s} @img" for s in (f"AWS_ACCESS_KEY_ID={KEY}", "A=$b", "C", "D=e", "F=g")],
    ),
    "other container tools": (
        "podman exec -e A=b c d; docker compose run --rm -e E=f g; docker container create --env H=i j; docker service create --env K=l m",
        ["CONTAINER_ENV A=b @c", "CONTAINER_ENV E=f @g", "CONTAINER_ENV H=i @j", "CONTAINER_ENV K=l @m"],
    ),
    "R8 S18": (
        f"docker buildx build --build-arg AWS_ACCESS_KEY_ID={KEY} --build-arg='A=b' --build-arg C -t t .; buildah bud --build-arg D=e .",
        [f"BUILD_ARG {s} @t" for s in (f"AWS_ACCESS_KEY_ID={KEY}", "A=b", "C")] + ["BUILD_ARG D=e"],
    ),
    "R11": (
        f"kubectl -n x create secret generic y --from-literal=AWS_ACCESS_KEY_ID={KEY} --from-literal 'A=b'; oc set env d/x C=d",
        [f"CLUSTER_SECRET {s} @kubectl" for s in (f"AWS_ACCESS_KEY_ID={KEY}", "A=b")] + ["CLUSTER_SECRET C=d @oc"],
    ),
    "helm": (
        f"helm upgrade a b --set k.id={KEY},c=d --set-string 'e=f\\,g'",
        [f"CLUSTER_SECRET {s} @helm" for s in (f"k.id={KEY}", "c=d", "e=f\\,g")],
    ),
    "R6": (
        f"s3cmd --access_key={KEY} --secret_key \"{SECRET}\" ls\n./x --aws_access_key $A \\\n  --aws_secret_key $B",
        [
            f"FLAG access_key={KEY} @s3cmd",
            f"FLAG secret_key={SECRET} @s3cmd",
            "FLAG aws_access_key=$A @x",
            "FLAG aws_secret_key=$B @x",
        ],
    ),
    "R6 Terraform and Packer": (
        f"terraform init -backend-config=\"access_key={KEY}\" -backend-config secret_key=$S -reconfigure\n"
        f"packer build -var=aws_access_key={KEY} -var 'aws_secret_key=x' -var a=b .",
        [
            f"FLAG access_key={KEY} @terraform",
            "FLAG secret_key=$S @terraform",
            f"FLAG aws_access_key={KEY} @packer",
            "FLAG aws_secret_key=x @packer",
        ],
    ),
    "R7 S38": (
        "serverless config credentials --provider aws --key ${K} --secret $S\nconfig credentials -p aws -k a -s b",
        ["FLAG key=${K} @serverless", "FLAG secret=$S @serverless", "FLAG key=a @serverless", "FLAG secret=b @serverless"],
    ),
    "R17": (
        "./app --access-key=minioadmin; mc alias set local http://127.0.0.1:9000 a b; mc config host add x y c d",
        [
            "FLAG access-key=minioadmin @app",
            "FLAG access-key=a @mc",
            "FLAG secret-key=b @mc",
            "FLAG access-key=c @mc",
            "FLAG secret-key=d @mc",
        ],
    ),
    "names in arguments": (
        "mvn -Daws.accessKeyId=$A -P x; ansible-playbook -e 'aws_access_key=b aws_secret_key=c' p\n"
        "heroku config:set AWS_ACCESS_KEY_ID=d; rclone config create r s3 provider AWS access_key_id e secret_access_key f",
        [
            "FLAG aws.accessKeyId=$A @mvn",
            "FLAG aws_access_key=b @ansible-playbook",
            "FLAG aws_secret_key=c @ansible-playbook",
            "FLAG AWS_ACCESS_KEY_ID=d @heroku",
            "FLAG access_key_id=e @rclone",
            "FLAG secret_access_key=f @rclone",
        ],
    ),
    "R12 ssh": (
        f"ssh -i k -p 22 u@h 'export A={KEY}; B=c d'\nssh -T u@h <<X\naws configure set aws_access_key_id {KEY}\nX\nssh h E=f cmd",
        [
            f"REMOTE A={KEY} @u@h",
            "REMOTE B=c @u@h",
            f"REMOTE aws_access_key_id={KEY} @u@h",
            "REMOTE E=f @h",
        ],
    ),
    "R15": (
        "C=$(aws sts assume-role --role-arn x)\nexport AWS_ACCESS_KEY_ID=$(echo $C | jq -r '.Credentials.AccessKeyId')",
        ["VARIABLE C=$(aws sts assume-role --role-arn x)", "EXPORTED AWS_ACCESS_KEY_ID=$(echo $C | jq -r '.Credentials.AccessKeyId')"],
    ),
    "R15 by printf": (
        'export $(printf "ID=%s KEY=%s" $(aws sts assume-role))',
        ['EXPORTED KEY=$(printf "ID=%s KEY=%s" $(aws sts assume-role))'],
    ),
    "R15 by eval": (
        "eval \"$(aws configure export-credentials --format env)\"; eval \"export A=$b\"",
        [f"EXPORTED AWS_{n}=$(aws configure export-credentials --format env)" for n in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")]
        + ["EXPORTED A=$b"],
    ),
    "R15 by read": (
        "read -r A B <<< \"$(aws sts assume-role)\"; read C < <(d)",
        ["VARIABLE A=$(aws sts assume-role)", "VARIABLE B=$(aws sts assume-role)", "VARIABLE C=<(d)"],
    ),
    "R16": ('echo "K=$(terraform output -raw k)" >> "$GITHUB_OUTPUT"', ["GITHUB_OUTPUT K=$(terraform output -raw k) @GITHUB_OUTPUT"]),
    "scripts in scripts": (
        "bash -ec \"export A='b c'; x\"; sudo su - u -c 'C=d'; docker exec -i e sh -c 'F=g'\n"
        "bash <<'X'\nexport H=$i\nX\npython3 - <<'X'\nos.environ['J'] = 'k'\nX\nnix develop -c bash -c 'L=m'",
        ["EXPORTED A=b c", "VARIABLE C=d", "VARIABLE F=g", "EXPORTED H=$i", "EXPORTED J=k", "VARIABLE L=m"],
    ),
    "inside of substitutions": ("x=$(export A=b; echo C=d >> $GITHUB_ENV)", ["VARIABLE x=$(export A=b; echo C=d >> $GITHUB_ENV)", "EXPORTED A=b", "GITHUB_ENV C=d @GITHUB_ENV"]),
    "names with an expression": (
        f'echo "${{{{ matrix.p }}}}_KEY={KEY}" >> $GITHUB_ENV; export A_${{{{ x == y }}}}=b',
        [f"GITHUB_ENV ${{{{ matrix.p }}}}_KEY={KEY} @GITHUB_ENV", "EXPORTED A_${{ x == y }}=b"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_says(name: str) -> None:
    script, expected = SAYS[name]
    assert sayings(script) == expected


def test_sh_reads_escapes_in_echo() -> None:
    script = "echo 'A=b\\nC=d' >> $GITHUB_ENV"
    assert sayings(script, "sh") == ["GITHUB_ENV A=b @GITHUB_ENV", "GITHUB_ENV C=d @GITHUB_ENV"]
    assert sayings(script) == ["GITHUB_ENV A=b\\nC=d @GITHUB_ENV"]


def test_reads_and_substitutions() -> None:
    script = "export A=\"$b${c:-$d}$(jq -r '$e' <<< \"$f\")\" G='$h' I=\\$j K=`l $m`"
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


@pytest.mark.parametrize("shell", ["bash -l {0}", "/bin/bash", "zsh", "unknown", "", "perl {0}"])
def test_what_is_unknown_is_read_as_bash(shell: str) -> None:
    assert sayings("export A=b", shell) == ["EXPORTED A=b"]
