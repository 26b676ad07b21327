"""What the commands of a script say about where AWS access comes from."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

from oidc_enforcer.records import NamedTuple
from oidc_enforcer.shell.model import Command, Script
from oidc_enforcer.shell.patterns import Pattern
from oidc_enforcer.shell.programs import aws_arguments, program, programs


class Tool(enum.Enum):
    """A program, or a call of one, that tells something about AWS access."""

    AWS_CLI = "AWS CLI"
    AWS_SSO_LOGIN = "aws sso login"
    AWS_EXPORT_CREDENTIALS = "aws configure export-credentials"
    SAML2AWS = "saml2aws"
    AWS_VAULT = "aws-vault"
    HUMAN_LOGIN = "login of a person"
    STS_ASSUME_ROLE = "sts assume-role"
    STS_WEB_IDENTITY = "sts assume-role-with-web-identity"
    ID_TOKEN_REQUEST = "request of an OIDC token"
    SIGNING_HELPER = "aws_signing_helper"
    CREDENTIAL_PROCESS = "credential_process"
    CREATE_ACCESS_KEY = "iam create-access-key"
    TERRAFORM_OUTPUT = "terraform output"
    VAULT_AWS_CREDS = "Vault AWS secrets engine"
    VAULT_KV = "Vault key-value store"
    SOPS = "sops"
    DOPPLER = "doppler"
    CHAMBER = "chamber"
    INFISICAL = "infisical"
    ONE_PASSWORD = "op"
    BITWARDEN = "bws"
    CREDSTASH = "credstash"
    TELLER = "teller"
    AKEYLESS = "akeyless"
    ENDPOINT = "endpoint"
    STORE_ENDPOINT = "endpoint of an object store"


class Use(NamedTuple):
    """A tool met at `[start, end)` of the script.

    `value` is the service of an AWS CLI call, the path read from Vault, the endpoint's address, the
    output of Terraform, the login program, or nothing. `host` is that of the command.
    """

    tool: Tool
    value: str
    start: int
    end: int
    host: str = ""


_PERSON = frozenset(
    [
        "awsume",
        "gimme-aws-creds",
        "aws-azure-login",
        "okta-aws-cli",
        "okta-aws",
        "aws-okta",
        "granted",
        "assume",
        "onelogin-aws-login",
        "aws-google-auth",
        "saml2aws-auto",
        "aws-sso",
        "aws-sso-util",
        "yawsso",
        "leapp",
    ]
)
_STORES = {
    "sops": Tool.SOPS,
    "doppler": Tool.DOPPLER,
    "chamber": Tool.CHAMBER,
    "infisical": Tool.INFISICAL,
    "op": Tool.ONE_PASSWORD,
    "bws": Tool.BITWARDEN,
    "credstash": Tool.CREDSTASH,
    "teller": Tool.TELLER,
    "akeyless": Tool.AKEYLESS,
}
_STS = {
    "assume-role": Tool.STS_ASSUME_ROLE,
    "assume-role-with-web-identity": Tool.STS_WEB_IDENTITY,
}
_CALLS = (
    ("getIDToken", Tool.ID_TOKEN_REQUEST),
    ("assume_role_with_web_identity", Tool.STS_WEB_IDENTITY),
    ("assume_role", Tool.STS_ASSUME_ROLE),
    ("create_access_key", Tool.CREATE_ACCESS_KEY),
)
_ID_TOKEN = frozenset({"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"})
_VAULT_AWS = Pattern(r"(?:\A|/)aws[\w\-]*+/(?:creds|sts)/")
_ENDPOINT = Pattern(
    r"(?:--?endpoint(?:[-_]url)?|(?:-var=|-backend-config=)?[\"']?endpoints?)=(.+)\Z"
    r"|s3://[^?]*+\?(?:[^&]*+&)*?endpoint=([^&]++)",
    re.DOTALL,
)
_ENDPOINT_OPTIONS = frozenset({"--endpoint", "--endpoint-url", "--endpoint_url", "-endpoint"})
#: Options that say of themselves that they are for an object store: `--s3-endpoint`.
_STORE_OPTION = Pattern(r"--(?:aws|s3|aws-s3)[-_.]endpoint(?:[-_.]ur[li])?(?:=(.+))?\Z", re.DOTALL)


#: How programs read a variable: `os.environ["X"]`, `os.getenv('X')`, `process.env.X`, `ENV['X']`.
_TOKEN_READ = Pattern(
    r"(?:environ(?:\.get)?|getenv|process\.env|\bENV|\benv::var|GetEnvironmentVariable)"
    r"\s{0,4}[\[(.]\s{0,4}[\"']?(ACTIONS_ID_TOKEN_REQUEST_(?:URL|TOKEN))\b"
)


def token_reads(text: str) -> Iterator[Use]:
    """Where a program reads the address or the password of GitHub's token service."""
    for found in _TOKEN_READ.finditer(text) if "ACTIONS_ID_TOKEN_REQUEST_" in text else ():
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip()
        if not line.startswith(("#", "//", "if ", "assert ")):
            yield Use(Tool.ID_TOKEN_REQUEST, "", *found.span())


def tools(script: Script) -> tuple[Use, ...]:
    """The tools that a script uses, in its order."""
    uses = [use for command in script.commands for use in _uses(command)]
    uses += (
        Use(_process(setting.value or ""), setting.name, setting.start, setting.end)
        for setting in script.settings
        if setting.name == "credential_process"
    )
    uses.sort(key=_start)
    return tuple(uses)


def _process(command: str) -> Tool:
    """Which program the AWS CLI is told to ask for credentials."""
    return Tool.SIGNING_HELPER if "signing_helper" in command else Tool.CREDENTIAL_PROCESS


def _start(use: Use) -> int:
    return use.start


def _uses(command: Command) -> Iterator[Use]:
    words = command.words
    whole = (command.start, command.end, command.host)
    if not _ID_TOKEN.isdisjoint(command.reads) and words[0] not in ("[", "[[", "test"):
        yield Use(Tool.ID_TOKEN_REQUEST, "", *whole)
    for at in programs(words):
        name = program(words[at])
        if name == "aws" or name.partition(":")[0] == "aws-cli":
            yield from (Use(tool, value, *whole) for tool, value in _aws(words, at))
        else:
            yield from (Use(tool, value, *whole) for tool, value in _other(words, at, name))
    if words[0] not in ("echo", "printf"):
        yield from _endpoints(command)


def _aws(words: tuple[str, ...], at: int) -> Iterator[tuple[Tool, str]]:
    if "--version" in words or "help" in words[at + 1 :]:
        return
    places, _ = aws_arguments(words, at)
    service, verb = ([words[place] for place in places[:2]] + ["", ""])[:2]
    if (service, verb) in (("sso", "login"), ("configure", "sso")) or service == "login":
        yield Tool.AWS_SSO_LOGIN, service
    elif (service, verb) == ("configure", "export-credentials"):
        yield Tool.AWS_EXPORT_CREDENTIALS, ""
    elif service and service != "configure":
        yield Tool.AWS_CLI, service
        if service == "sts" and verb in _STS:
            yield _STS[verb], ""
        elif (service, verb) == ("iam", "create-access-key"):
            yield Tool.CREATE_ACCESS_KEY, ""


#: Every name that `_other` knows, and how those end that are methods of some object.
_PROGRAMS = {*_STORES, *_PERSON, "saml2aws", "aws-vault", "aws_signing_helper", "vault"} | {
    *("terraform", "tofu", "terragrunt")
}
_ENDINGS = tuple(ending for ending, _ in _CALLS)


def _other(words: tuple[str, ...], at: int, name: str) -> Iterator[tuple[Tool, str]]:
    if name not in _PROGRAMS and not name.endswith(_ENDINGS):
        return
    rest = words[at + 1 :]
    arguments_only = [word for word in rest if not word.startswith("-")]
    if rest in (("--version",), ("--help",)):
        return
    if name in _STORES:
        yield _STORES[name], arguments_only[0] if arguments_only else ""
    elif name == "saml2aws":
        yield Tool.SAML2AWS, name
    elif name == "aws-vault":
        yield Tool.AWS_VAULT, name
    elif name in _PERSON:
        yield Tool.HUMAN_LOGIN, name
    elif name == "aws_signing_helper":
        yield Tool.SIGNING_HELPER, name
    elif name in ("terraform", "tofu", "terragrunt") and arguments_only[:1] == ["output"]:
        yield Tool.TERRAFORM_OUTPUT, arguments_only[1] if len(arguments_only) > 1 else ""
    elif name == "vault":
        yield from _vault(arguments_only)
    else:
        for ending, tool in _CALLS:
            if name == ending or name.endswith(f".{ending}"):
                yield tool, rest[0] if rest else ""
                return


def _vault(words: list[str]) -> Iterator[tuple[Tool, str]]:
    verb, path = ([*words, "", ""])[:2]
    if verb == "kv" and path == "get":
        yield Tool.VAULT_KV, words[2] if len(words) > 2 else ""
    elif verb in ("read", "write") and _VAULT_AWS.search(path):
        yield Tool.VAULT_AWS_CREDS, path
    elif verb == "read":
        yield Tool.VAULT_KV, path


def _endpoints(command: Command) -> Iterator[Use]:
    words = command.words
    for index, word in enumerate(words):
        if "endpoint" not in word and word not in ("alias", "config"):
            continue
        found, tool = _ENDPOINT.match(word), Tool.ENDPOINT
        at = -1
        if found:
            at, value = index, found[1] or found[2]
        elif option := _STORE_OPTION.match(word):
            tool = Tool.STORE_ENDPOINT
            at = index if option[1] else index + 1
            value = option[1] or (words[at] if at < len(words) else "")
            at = at if value else -1
        elif word in _ENDPOINT_OPTIONS and index + 1 < len(words):
            at, value = index + 1, words[index + 1]
        elif index == 1 and words[0] in ("mc", "mcli") and len(words) > 4 + (word == "config"):
            at = 4 + (word == "config")
            value = words[at]
        if at >= 0:
            yield Use(tool, value, command.starts[at], command.ends[at], command.host)
