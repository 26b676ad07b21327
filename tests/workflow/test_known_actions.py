"""The tables of known actions: whole, without contradiction, and found by every spelling."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer.workflow import known_actions as tables
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.known_actions import (
    AwsAccess,
    BrokerKind,
    ReleaseStatus,
    Runs,
    Through,
    action_name,
    broker,
    known_action,
    mentions_id_token,
    release_status,
    uses_id_token,
)
from oidc_enforcer.workflow.object_stores import is_endpoint_name

COMMIT = "e6de0542" * 5
CONFIGURE = "aws-actions/configure-aws-credentials"

# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uses",
    [
        "",
        "actions",
        "./.github/actions/aws",
        "../aws",
        "/aws",
        "docker://amazon/aws-cli:2",
        "${{ inputs.owner }}/aws@v1",
        "a/b" * 200,
    ],
)
def test_what_is_no_action_of_a_repository_is_unknown(uses: str) -> None:
    assert action_name(uses) == ""
    assert known_action(uses) is None
    assert broker(uses) is None
    assert uses_id_token(uses) is None


@pytest.mark.parametrize(
    "uses",
    [
        "einaregilsson/beanstalk-deploy-fork@v1",
        "someone/beanstalk-deploy@v21",
        "aws-action/configure-aws-credentials@v4",
        "jakejarvis/s3-sync-action/sub@v1",
        "actions/checkout@v4",
    ],
)
def test_other_actions_are_not_in_the_table(uses: str) -> None:
    assert known_action(uses) is None


@pytest.mark.parametrize(
    "uses",
    [
        "docker/login-action",
        "docker/login-action@v3",
        "Docker/Login-Action@" + COMMIT,
        "docker/login-action/",
        "  docker/login-action@v3 ",
    ],
)
def test_an_action_is_found_by_every_spelling(uses: str) -> None:
    known = known_action(uses)
    assert known is not None
    assert known.name == "docker/login-action"


@pytest.mark.parametrize(
    ("uses", "name"),
    [
        ("aws-actions/amazon-ecr-login@v2", "aws-actions/*"),
        (CONFIGURE + "@v4", CONFIGURE),
        ("dflook/terraform-apply@v1", "dflook/terraform-*"),
        ("Mad-Pixels/github-workflows/actions/aws-s3-sync@v1", "mad-pixels/github-workflows/*"),
        (
            "gmo-media/tofu-actions/./setup-aws-credentials@v1",
            "gmo-media/tofu-actions/setup-aws-credentials",
        ),
    ],
)
def test_the_most_exact_row_is_taken(uses: str, name: str) -> None:
    known = known_action(uses)
    assert known is not None
    assert known.name == name


# -- the tables themselves -------------------------------------------------------------------------

#: Inputs that say something else than they hold, or nothing at all.
MISLEADING = {
    "docker/login-action",
    "mr-smithers-excellent/docker-build-push",
    "bshelling/s3upload-action",
    "ably/sdk-upload-action",
}


def test_no_row_stands_twice() -> None:
    for names in (
        [known.name for known in tables.known_actions()],
        [bringing.name for bringing in tables.brokers()],
        [user.name for user in tables.token_users()],
    ):
        assert len(names) == len(set(names)), names


def test_every_row_can_be_found_and_has_a_source() -> None:
    for known in tables.known_actions():
        assert known_action(known.name.replace("*", "x")) == known
        assert known.source
    for bringing in tables.brokers():
        assert broker(bringing.name.replace("*", "x")) == bringing
        assert bringing.source
        assert bringing.note
    for user in tables.token_users():
        assert uses_id_token(user.name.replace("*", "x")) is True
        assert user.source


def test_no_name_fits_two_rows_by_its_beginning() -> None:
    for names in (
        [known.name for known in tables.known_actions()],
        [bringing.name for bringing in tables.brokers()],
        [user.name for user in tables.token_users()],
    ):
        beginnings = [name[:-1] for name in names if name.endswith("*")]
        assert sum(a.startswith(b) for a in beginnings for b in beginnings) == len(beginnings)


def test_every_action_is_named_as_a_lookup_names_it() -> None:
    names = [known.name for known in tables.known_actions()]
    names += [bringing.name for bringing in tables.brokers()]
    names += [user.name for user in tables.token_users()]
    assert [action_name(name) for name in names] == names


def test_every_input_name_says_what_the_table_says() -> None:
    for known in tables.known_actions():
        given = {known.key_id: Half.ID, known.secret: Half.SECRET, known.session_token: Half.TOKEN}
        for name, half in given.items():
            named = read_name(name)
            if name and known.name not in MISLEADING:
                assert named is not None, (known.name, name)
                assert named.half is half, (known.name, name)
        for hint in known.hints:
            is_plain = hint in ("registry", "ecr", "provider", "use-wasabi")
            assert is_plain or is_endpoint_name(hint), (known.name, hint)


def test_every_row_is_whole() -> None:
    for known in tables.known_actions():
        assert bool(known.key_id) == bool(known.secret), known
        assert bool(known.key_id) != bool(known.credentials_file), known
        if known.access is AwsAccess.AMBIENT:
            assert known.through is Through.ENV, known
        if known.role:
            assert uses_id_token(known.name, [known.role]) is True, known


def test_who_asks_for_tokens_and_who_never_does_are_two_lists() -> None:
    abstaining = {name for names in tables.ABSTAINERS.values() for name in names.split()}
    for user in tables.token_users():
        assert user.name not in abstaining
    for name in abstaining:
        assert uses_id_token(name) is False, name
        assert action_name(name) == name


@pytest.mark.parametrize(
    ("uses", "is_static"),
    [
        ("jakejarvis/s3-sync-action@v0.5.1", True),
        ("hkusu/s3-upload-action@v2", True),
        ("chetan/invalidate-cloudfront-action@v2", True),
        ("einaregilsson/beanstalk-deploy@v21", False),
        ("appleboy/lambda-action@v0.2", False),
        ("Reggionick/s3-deploy@v4", False),
        (CONFIGURE, False),
    ],
)
def test_who_cannot_take_temporary_credentials(uses: str, *, is_static: bool) -> None:
    known = known_action(uses)
    assert known is not None
    assert known.needs_static_keys is is_static


def test_the_names_of_configure_aws_credentials() -> None:
    known = known_action(CONFIGURE + "@v6")
    assert known is not None
    assert (known.key_id, known.secret, known.session_token, known.role) == (
        "aws-access-key-id",
        "aws-secret-access-key",
        "aws-session-token",
        "role-to-assume",
    )


# -- brokers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uses", "kind"),
    [
        (CONFIGURE + "@v4", BrokerKind.TEMPORARY),
        ("step-security/wait-for-secrets@v1", BrokerKind.TEMPORARY),
        ("pulumi/esc-action@v1", BrokerKind.EXTERNAL_STORE),
        ("1Password/load-secrets-action@v2", BrokerKind.EXTERNAL_STORE),
        ("aws-actions/aws-secretsmanager-get-secrets@v2", BrokerKind.EXTERNAL_STORE),
        ("hashicorp/vault-action@v3", BrokerKind.UNKNOWN),
    ],
)
def test_brokers(uses: str, kind: BrokerKind) -> None:
    found = broker(uses)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize("uses", ["actions/checkout@v4", "aws-actions/amazon-ecr-login@v2"])
def test_most_actions_bring_no_credentials(uses: str) -> None:
    assert broker(uses) is None


# -- tokens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uses", "given_names", "asks"),
    [
        ("actions/checkout@v4", None, False),
        ("actions/cache/restore@v4", None, False),
        ("aws-actions/amazon-ecr-login@v2", None, False),
        ("einaregilsson/beanstalk-deploy@v21", None, False),
        ("actions/github-script@v7", None, None),
        ("someone/something@v1", None, None),
        ("dflook/terraform-apply@v1", None, None),
        ("actions/attest-build-provenance@v2", None, True),
        ("sigstore/cosign-installer@v3", ["cosign-release"], True),
        (CONFIGURE, None, True),
        (CONFIGURE, ["aws-region", "role-to-assume"], True),
        (CONFIGURE, ["ROLE_TO_ASSUME"], True),
        (CONFIGURE, ["aws-region", "aws-access-key-id"], False),
        ("google-github-actions/auth@v2", ["credentials_json"], False),
        ("docker/login-action@v4", ["username", "password"], False),
        ("docker/login-action@v4", ["username", "DOCKERHUB_OIDC_CONNECTIONID"], True),
        ("step-security/harden-runner@v2", ["egress-policy"], False),
    ],
)
def test_who_asks_for_tokens(uses: str, given_names: list[str] | None, asks: bool | None) -> None:
    assert uses_id_token(uses, given_names) is asks


@pytest.mark.parametrize("script", ["", "npm ci && npm test", "aws s3 ls", "docker push x"])
def test_scripts_that_do_not_speak_of_tokens(script: str) -> None:
    assert not mentions_id_token(script)


@pytest.mark.parametrize(
    "script",
    [
        'curl "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x"',
        "const token = await core.getIDToken('sts.amazonaws.com')",
        "pnpm publish --access public",
        "COSIGN sign x",
    ],
)
def test_scripts_that_take_a_token(script: str) -> None:
    assert mentions_id_token(script)


# -- releases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["v4", "v4.0.2", "4.3.1", "v5", "v5.1.1", "v6", "refs/tags/v6.2.3"])
def test_releases_that_are_not_outdated(ref: str) -> None:
    status = release_status(ref)
    assert status is not None
    assert status.speaks_oidc
    assert not status.is_outdated


@pytest.mark.parametrize(
    ("ref", "speaks_oidc", "since"),
    [
        ("v1", True, date(2023, 8, 14)),
        ("v1.7.0", True, date(2023, 8, 14)),
        ("v1.6.0", True, date(2023, 8, 14)),
        ("v1.5.11", False, date(2023, 8, 14)),
        ("v1.0", False, date(2023, 8, 14)),
        ("v1-node16", True, date(2024, 11, 12)),
        ("v2", True, date(2024, 11, 12)),
        ("v3.0.2", True, date(2024, 11, 12)),
    ],
)
def test_releases_that_are_outdated(ref: str, since: date, *, speaks_oidc: bool) -> None:
    status = release_status(ref)
    assert status is not None
    assert status.is_outdated
    assert (status.speaks_oidc, status.runs, status.since) == (speaks_oidc, Runs.WITHDRAWN, since)
    assert status.source.startswith("github.blog/changelog/")


@pytest.mark.parametrize(
    "ref",
    ["", "main", "master", "v0", "v7", "v42", "v4-beta", "v4.x", "release/v4", COMMIT, "${{ x }}"],
)
def test_refs_that_tell_no_release(ref: str) -> None:
    assert release_status(ref) is None


@pytest.mark.parametrize(
    ("comment", "major"),
    [
        ("# v1.7.0", "v1"),
        ("#v5.0.0", "v5"),
        (" # 4.0.2", "v4"),
        ("# tag=v3.0.1", "v3"),
        ("refs/tags/v6.2.3", "v6"),
        (f"ratchet:{CONFIGURE}@v2", "v2"),
        ("# v1-node16", "v1-node16"),
        ("3 retries, v6.0.0", "v6"),
        ("", None),
        ("pinned", None),
        ("# 3 retries", None),
        ("# 2023-01-01", None),
        ("# node20.1.2.3", None),
        ("# v9", None),
    ],
)
def test_a_comment_tells_the_release_of_a_commit(comment: str, major: str | None) -> None:
    status = release_status(COMMIT, comment)
    assert (status.major if status else None) == major


def test_a_comment_beside_a_tag_changes_nothing() -> None:
    assert release_status("v6", "# v1.5.0") == release_status("v6")
    assert release_status("main", "# v6.0.0") is None


def test_a_release_that_cannot_speak_oidc_is_outdated_wherever_it_runs() -> None:
    status = ReleaseStatus("v1", False, "node24", Runs.AS_DECLARED, None, "")
    assert status.is_outdated
    assert not status._replace(speaks_oidc=True).is_outdated


def test_the_newest_release_runs_as_it_is() -> None:
    status = release_status(tables.LATEST_MAJOR)
    assert status is not None
    assert status.runs is Runs.AS_DECLARED


@given(st.text(), st.text())
def test_no_text_is_too_strange(text: str, other: str) -> None:
    known_action(text)
    broker(text)
    assert uses_id_token(text, [other]) in (True, False, None)
    release_status(text, other)
    release_status(COMMIT, other)
    mentions_id_token(text)
