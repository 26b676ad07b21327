"""What is hidden, what stays readable, and that neither depends on how hostile the text is."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.masking import mask_line, mask_text, redact

ALPHABET = string.ascii_letters + string.digits + "+/"
#: Shapes made at run time, so that no scanner takes this file for a leak.
KEY_ID = "AKIA" + "Z7Q2" * 4
SECRET = "".join(random.Random(7).choices(ALPHABET, k=40))
HEX = "8f4b7f84864484a7bf31766abe9204da3cbe65b3"
#: Stands for any literal: nothing in it looks like a secret.
WORD = "swordfish"

READABLE = [
    "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}",
    "          aws-access-key-id: ${{secrets.AWS_ACCESS_KEY_ID}}  # from secrets",
    "          aws-secret-access-key: ${{ secrets[format('AWS_KEY_{0}', matrix.stage)] }}",
    "      AWS_SECRET_ACCESS_KEY: ${{ github.ref == 'refs/heads/main' && secrets.A || secrets.B }}",
    "  id-token: write",
    "permissions: { id-token: write, contents: read }",
    "    secrets: inherit",
    "          persist-credentials: false",
    "      - uses: aws-actions/configure-aws-credentials@v4",
    f"      - uses: actions/checkout@{HEX}",
    f"        image: repository@sha256:{HEX}{HEX[:24]}",
    "          role-to-assume: arn:aws:iam::123456789012:role/GitHubActionsDeployRoleForMyService",
    "          SECRET_ARN: arn:aws:secretsmanager:eu-west-1:123456789012:secret:database",
    "          resource: arn:aws:secretsmanager:eu-west-1:123456789012:secret:database",
    "          export AWS_SECRET_ACCESS_KEY=$AWS_SECRET",
    '          $env:AWS_SECRET_ACCESS_KEY = "$env:OTHER"',
    "          set AWS_SECRET_ACCESS_KEY=%OTHER%",
    '          echo "AWS_SECRET_ACCESS_KEY=${{ secrets.KEY }}" >> $GITHUB_ENV',
    "          AWS_SECRET_ACCESS_KEY=",
    "          AWS_SECRET_ACCESS_KEY: ''",
    "          AWS_ACCESS_KEY_ID: *shared",
    "        if: secrets.AWS_KEY == '' && env.KEY != 'x'",
    "          secretAccessKey: process.env.AWS_SECRET,",
    "          aws ecr get-login-password | docker login --username AWS --password-stdin 1.dkr.ecr",
    '          curl -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$URL"',
    "    author: somebody",
    "    secrets: { REGION: eu-west-1, NAMES: [a, b] }",
    '    names: ["PROJECT_KEY", "PROJECT_SECRET", "REGION"]',
    '          echo "aws_access_key_id=$(jq -r \'.AccessKeyId\' "$file")" >> $GITHUB_OUTPUT',
    "          git clone https://x:${{ secrets.TOKEN }}@github.com/acme/app",
    "          git clone ssh://git@github.com/acme/app",
    "        run: src/main/java/com/acme/service/authentication/handlers/DefaultHandler",
]

#: `{}` stands where the literal stands; nothing else may be hidden.
HIDDEN = [
    "    AWS_SECRET_ACCESS_KEY: {}",
    "    AWS_SECRET_ACCESS_KEY: {} # a comment",
    '    AWS_SECRET_ACCESS_KEY: "{}"',
    "    AWS_SECRET_ACCESS_KEY: '{}'",
    "    aws-access-key-id: {}",
    "    aws-access-key-id: ${{{{ secrets.AWS_ACCESS_KEY_ID || '{}' }}}}",
    "    env: {{ AWS_SECRET_ACCESS_KEY: {}, AWS_REGION: eu-west-1 }}",
    '    env: {{"AWS_SECRET_ACCESS_KEY":"{}","AWS_REGION":"eu-west-1"}}',
    "    run: aws configure set aws_secret_access_key {} --profile deploy",
    "    run: aws configure set aws_secret_access_key '{}' --profile deploy",
    '    run: echo "AWS_SECRET_ACCESS_KEY={}" >> $GITHUB_ENV',
    '    run: echo "aws_secret_access_key = {}" >> ~/.aws/credentials',
    "    export AWS_SECRET_ACCESS_KEY={} && aws s3 ls",
    "    AWS_SECRET_ACCESS_KEY={} aws s3 ls",
    "    export AWS_SECRET_ACCESS_KEY=${{OTHER:-{}}}",
    "    run: docker run -e AWS_SECRET={} image",
    "    run: docker build --build-arg AWS_SECRET_KEY={} .",
    "    run: kubectl create secret generic x --from-literal=AWS_SECRET_KEY={} -n y",
    "    run: packer build -var=aws_secret_key={} template.json",
    "    run: s3cmd --secret-key {} ls",
    "    run: s3cmd --secret-key={} ls",
    "    run: terraform init -backend-config='secret_key={}'",
    '    $env:AWS_SECRET_ACCESS_KEY = "{}"',
    "    set AWS_SECRET_ACCESS_KEY={}",
    "    setx AWS_SECRET_ACCESS_KEY {}",
    '    os.environ["AWS_SECRET_ACCESS_KEY"] = "{}"',
    '    boto3.client("s3", aws_secret_access_key="{}")',
    "    core.exportVariable('AWS_SECRET_ACCESS_KEY', '{}')",
    "    core.setSecret('{}')",
    "    new S3({{ secretAccessKey: '{}' }})",
    "    <password>{}</password>",
    '    echo "::set-output name=secret::{}"',
    '    echo "::add-mask::{}"',
    "    git clone https://user:{}@example.com/x",
    "    password: {}",
    "    token = {}",
]


@pytest.mark.parametrize("line", READABLE)
def test_what_is_no_secret_stays_readable(line: str) -> None:
    assert mask_line(line) == line
    assert mask_text(f"{line}\n{line}\n") == f"{line}\n{line}\n"


@pytest.mark.parametrize("template", HIDDEN)
def test_a_literal_under_a_telling_name_is_hidden_and_nothing_else(template: str) -> None:
    assert mask_line(template.format(WORD)) == template.format("*" * len(WORD))


def test_a_whole_value_is_hidden_not_its_first_word() -> None:
    assert mask_line("password: one two, three # four") == "password: ************** # four"
    assert mask_line('password: "it\'s a #1" # ok') == 'password: "*********" # ok'
    assert mask_line("password: 'it''s' # ok") == "password: '*****' # ok"
    assert mask_line("export PASSWORD=[a] x") == "export PASSWORD=*** x"
    assert mask_line('-H "Authorization: Bearer abc" x') == '-H "Authorization: **********" x'
    assert mask_line('-e "PASSWORD=my pass" image') == '-e "PASSWORD=*******" image'


def test_the_literal_parts_between_references_are_hidden() -> None:
    assert mask_line("key: ${{ a }}-swordfish-${{ b }}") == "key: ${{ a }}***********${{ b }}"
    assert mask_line("password: pa$$word") == "password: ********"


def test_an_access_key_id_keeps_the_letters_that_tell_its_kind() -> None:
    assert mask_line(f"aws-access-key-id: {KEY_ID}") == f"aws-access-key-id: AKIA{'*' * 16}"
    assert redact(f"found {KEY_ID} here") == f"found AKIA{'*' * 16} here"
    assert mask_line(f"x: {KEY_ID}", [(3, 23)]) == f"x: AKIA{'*' * 16}"


def test_a_key_id_in_the_user_of_an_address_is_hidden_beside_the_password() -> None:
    line = f"curl https://u{'AKIA' + 'Z7Q2' * 4}ser:hunter2hunter2@example.com"
    assert redact(line) == f"curl https://uAKIA{'*' * 16}ser:**************@example.com"


@pytest.mark.parametrize("prefix", ["AKIA", "ASIA", "AROA", "AIDA", "ABSK"])
def test_ids_of_aws_are_known_by_their_shape(prefix: str) -> None:
    assert redact(prefix + "Z7Q2" * 4) == prefix + "*" * 16


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "glpat-" + "a1B2" * 6,
        "hvs." + "a1B2" * 8,
        "eyJ" + "a1B2" * 5 + "." + "c3D4" * 9 + "." + "e5F6" * 9,
        "FwoGZXIvYXdz" + "".join(random.Random(3).choices(ALPHABET, k=300)) + "==",
    ],
)
@pytest.mark.parametrize("around", ["{}", "a {} b", "`{}`", "x/{}/y.yml", "({})", "key-{}", "'{}'"])
def test_a_secret_with_a_look_of_its_own_is_hidden_anywhere(secret: str, around: str) -> None:
    text = around.format(secret)
    for masked in (redact(text), mask_line(text), mask_text(text)):
        assert secret[12:] not in masked
        assert secret[-12:] not in masked
        assert len(masked) == len(text)


def test_random_keys_are_told_from_words() -> None:
    """The random part is a score; of a thousand keys none may slip through."""
    rng = random.Random(1)
    keys = ["".join(rng.choices(ALPHABET, k=40)) for _ in range(1000)]
    assert [key for key in keys if redact(key) != "*" * 40] == []


def test_a_pem_block_is_hidden_between_its_lines() -> None:
    text = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\n"
    masked = mask_text(text)
    assert masked == "-----BEGIN RSA PRIVATE KEY-----\n******\n***\n-----END RSA PRIVATE KEY-----\n"
    unended = "-----BEGIN PRIVATE KEY-----\nMIIEow\n"
    assert mask_text(unended) == "-----BEGIN PRIVATE KEY-----\n******\n"


def test_a_block_under_a_telling_name_is_hidden() -> None:
    text = "AWS_SECRET: |\n  swordfish\n\n  ${{ secrets.X }}\nnext: swordfish\n"
    assert mask_text(text) == "AWS_SECRET: |\n  *********\n\n  ${{ secrets.X }}\nnext: swordfish\n"
    assert mask_text("password:\n  swordfish\n") == "password:\n  *********\n"
    assert mask_text("secrets:\n  region: swordfish\n") == "secrets:\n  region: swordfish\n"


def test_spans_that_are_known_are_hidden_whatever_they_hold() -> None:
    assert mask_line("echo swordfish | login", [(5, 14)]) == "echo ********* | login"
    assert mask_line("short", [(-3, 2), (4, 99), (3, 3)]) == "**or*"


@pytest.mark.parametrize(
    "message",
    [
        "a long-lived access key: use a role",
        "`id-token: write` is granted at line 4",
        "static-credentials: unknown action",
        "store the key: see the documentation",
        "`aws-access-key-id: ${{ secrets.X }}` and `secrets: inherit`",
        "secretsmanager:GetSecretValue is not needed",
        "this token is not used; the key, the secret",
    ],
)
def test_prose_about_secrets_stays_readable(message: str) -> None:
    assert redact(message) == message


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("deploy with password=swordfish", "deploy with password=*********"),
        ("`AWS_SECRET_KEY: swordfish` leaks", "`AWS_SECRET_KEY: *********` leaks"),
        ("token: hunter2", "token: *******"),
        ('{"secretAccessKey": "swordfish"}', '{"secretAccessKey": "*********"}'),
    ],
)
def test_an_assignment_in_prose_is_an_assignment(said: str, redacted: str) -> None:
    assert redact(said) == redacted


FRAGMENTS = st.sampled_from(
    [
        *("AWS_SECRET_ACCESS_KEY", "password", "token", "key", "id-token", "--secret", "name"),
        *(": ", ":", "=", " = ", "::", "=>", " ", "  ", "\t", "\n", "\r\n", ", ", "#", " #", "\\"),
        *("'", '"', "`", "{", "}", "[", "]", "(", ")", "<", ">", "${{", "}}", "${", "$(", "$", "%"),
        *("swordfish", "write", "*", "***", "|", "||", "&&", "secrets.X", "$X", "%X%", ":-", "@"),
        *(KEY_ID, SECRET, "://", "https://a:", "-----BEGIN PRIVATE KEY-----", "-----END ", "set "),
        *("\x1b", "\u202e", "é", "日本", "\ud800", "\x00", "eyJ" + "a" * 12 + "." + "b" * 12),
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=4), max_size=25).map("".join)
MASKS: list[Callable[[str], str]] = [redact, mask_line, mask_text]


@pytest.mark.parametrize("mask", MASKS)
@given(text=TEXTS)
def test_masking_keeps_the_layout(mask: Callable[[str], str], text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, masked, strict=True))
    assert masked.count("\n") == text.count("\n")


@pytest.mark.parametrize("mask", MASKS)
@given(text=TEXTS)
def test_masking_twice_is_masking_once(mask: Callable[[str], str], text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked


@pytest.mark.parametrize("mask", MASKS)
@given(before=TEXTS, after=TEXTS)
def test_a_key_is_hidden_between_anything(
    mask: Callable[[str], str], before: str, after: str
) -> None:
    assert KEY_ID not in mask(f"{before}{KEY_ID}{after}")
    assert SECRET not in mask(f"{before}{SECRET}{after}")


HOSTILE = [
    *(
        "key: ",
        "key=",
        "key",
        "key: '",
        "key: ${{ ",
        "key=$( ",
        "eyJ",
        "eyJ-",
        "AKIA",
        "://",
        "://a:",
    ),
    *(
        "aB1",
        "-----BEGIN PRIVATE KEY-----",
        '"',
        "key `",
        "{key: x",
        "key: ${{ || '",
        "key: |\n",
        "key: {",
        "key: [",
        "key: op://",
        "key: os.environ[",
    ),
    *("token_", "key=`", "--key ", " set key ", "ghp_", "key ", "<key>", "key::", "key'", " " * 60),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    def seconds(length: int) -> float:
        # What closes the pieces stands at the very end, where it is found last.
        text = piece * (length // len(piece)) + "}} } ) ] ' \" ` @ </"
        start = time.process_time()
        for mask in MASKS:
            mask(text)
        return time.process_time() - start

    # Eight times the text, and room for a busy machine; a quadratic one takes 64 times.
    assert seconds(80_000) < 30 * max(seconds(10_000), 0.002)
