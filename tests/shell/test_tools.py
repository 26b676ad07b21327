"""The tools that a script uses: first those that it does not."""

from __future__ import annotations

import pytest

from oidc_enforcer.shell import Tool, read, tools
from tests.shell.sayings import uses

NO_TOOLS = {
    "comments": "# aws s3 ls\nls # aws sso login",
    "printing": 'echo "aws sso login"; echo aws s3 ls --endpoint-url x',
    "configuration, version, help": "aws configure set a b; aws --version; aws s3 help; aws",
    "installation": "pip install aws-vault saml2aws; brew install sops; which aws; command -v aws",
    "other engines": "terraform plan; vault login; vault status; az login",
    "names alone": "./scripts/aws-vault.sh; cat vault; cd aws",
}


@pytest.mark.parametrize("name", NO_TOOLS)
def test_no_tools(name: str) -> None:
    assert uses(NO_TOOLS[name]) == []


TOOLS = {
    "aws s3 ls": ["AWS_CLI s3"],
    "sudo -E /usr/local/bin/aws --region x ecr get-login-password": ["AWS_CLI ecr"],
    "docker run --rm -e A amazon/aws-cli:2.1 s3 ls": ["AWS_CLI s3"],
    "x=$(aws sts assume-role --role-arn y)": ["AWS_CLI sts", "STS_ASSUME_ROLE"],
    "aws sts assume-role-with-web-identity": ["AWS_CLI sts", "STS_WEB_IDENTITY"],
    "aws iam create-access-key --user-name x": ["AWS_CLI iam", "CREATE_ACCESS_KEY"],
    "aws sso login --profile x": ["AWS_SSO_LOGIN sso"],
    "aws configure sso; aws login": ["AWS_SSO_LOGIN configure", "AWS_SSO_LOGIN login"],
    "aws configure export-credentials": ["AWS_EXPORT_CREDENTIALS"],
    "saml2aws login": ["SAML2AWS saml2aws"],
    "saml2aws exec -- aws s3 ls": ["SAML2AWS saml2aws", "AWS_CLI s3"],
    "aws-vault exec p -- aws s3 ls": ["AWS_VAULT aws-vault", "AWS_CLI s3"],
    "gimme-aws-creds; awsume x; granted sso": [
        "HUMAN_LOGIN gimme-aws-creds",
        "HUMAN_LOGIN awsume",
        "HUMAN_LOGIN granted",
    ],
    'curl -H "bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&x"': [
        "ID_TOKEN_REQUEST"
    ],
    "aws_signing_helper credential-process --role-arn x": ["SIGNING_HELPER aws_signing_helper"],
    "aws configure set credential_process x": ["CREDENTIAL_PROCESS credential_process"],
    "aws configure set credential_process './aws_signing_helper credential-process'": [
        "SIGNING_HELPER credential_process"
    ],
    "terraform -chdir=x output -raw k": ["TERRAFORM_OUTPUT k"],
    "vault read -format=json aws/creds/deploy": ["VAULT_AWS_CREDS aws/creds/deploy"],
    "vault write aws-prod/sts/x ttl=1h": ["VAULT_AWS_CREDS aws-prod/sts/x"],
    "vault kv get -field=k secret/x; vault read secret/data/y": [
        "VAULT_KV secret/x",
        "VAULT_KV secret/data/y",
    ],
    "sops -d f; doppler run -- x; chamber exec s -- y; infisical export; op read z": [
        "SOPS f",
        "DOPPLER run",
        "CHAMBER exec",
        "INFISICAL export",
        "ONE_PASSWORD read",
    ],
    "aws s3 ls --endpoint-url http://x": ["AWS_CLI s3", "ENDPOINT http://x"],
    "s5cmd --endpoint-url=$A ls; x --endpoint b": ["ENDPOINT $A", "ENDPOINT b"],
    'terraform init -backend-config="endpoint=x"': ["ENDPOINT x"],
    "mc alias set local http://127.0.0.1:9000 a b": ["ENDPOINT http://127.0.0.1:9000"],
}


@pytest.mark.parametrize("script", TOOLS)
def test_tools(script: str) -> None:
    assert uses(script) == TOOLS[script]


def test_tools_of_programs() -> None:
    assert uses("await core.getIDToken('sts.amazonaws.com')", "javascript") == [
        "ID_TOKEN_REQUEST sts.amazonaws.com"
    ]
    assert uses('x(os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"])', "python") == ["ID_TOKEN_REQUEST"]
    assert uses("sts.assume_role_with_web_identity()", "python") == ["STS_WEB_IDENTITY"]
    assert uses("Invoke-WebRequest $env:ACTIONS_ID_TOKEN_REQUEST_URL", "pwsh") == [
        "ID_TOKEN_REQUEST"
    ]


def test_places_and_hosts() -> None:
    script = "x; aws s3 ls --endpoint-url 'a b'\nssh h 'aws ec2 y'"
    cli, endpoint, remote = tools(read(script))
    assert script[cli.start : cli.end] == "aws s3 ls --endpoint-url 'a b'"
    assert (endpoint.tool, endpoint.value) == (Tool.ENDPOINT, "a b")
    assert script[endpoint.start : endpoint.end] == "'a b'"
    assert (remote.value, remote.host) == ("ec2", "h")
    assert script[remote.start : remote.end] == "aws ec2 y"
