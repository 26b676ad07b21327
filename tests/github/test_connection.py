"""How GitHub is reached: Enterprise Servers, proxies, private CAs, pages, and never twice."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from oidc_enforcer.errors import UserError
from oidc_enforcer.github import connection, pull_request, run_token
from oidc_enforcer.github.connection import Bounds, Connection, Server
from oidc_enforcer.github.refusals import Refused, Trouble
from tests.fakegithub import FakeGitHub
from tests.fakegithub.state import Comment


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(connection, "pause", waited.append)
    return waited


#: As PyGithub spells it.
ANYTHING = "https://api.github.com:443/x"


def server(github: FakeGitHub) -> Server:
    return Server(github.url, github.graphql_url)


def connected(github: FakeGitHub) -> Connection:
    github.state.push("acme/app", {"README.md": "x"})
    github.state.token("t")
    return Connection("t", server(github), Bounds(between_writes=0.0))


# -- where --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "api", "graphql"),
    [
        ({}, "https://api.github.com", "https://api.github.com/graphql"),
        (
            {"GITHUB_API_URL": "https://ghe.example/api/v3"},
            "https://ghe.example/api/v3",
            "https://ghe.example/api/graphql",
        ),
        (
            {"GITHUB_API_URL": "https://api.acme.ghe.com"},
            "https://api.acme.ghe.com",
            "https://api.acme.ghe.com/graphql",
        ),
        (
            {"GITHUB_API_URL": "https://x/api/v3", "GITHUB_GRAPHQL_URL": "https://y/api/graphql"},
            "https://x/api/v3",
            "https://y/api/graphql",
        ),
    ],
)
def test_each_kind_of_github_is_found(environment: dict[str, str], api: str, graphql: str) -> None:
    assert Server.of(environment) == Server(api, graphql)


@pytest.mark.parametrize("text", ["ghe.example/api/v3", "https://", "ftp://ghe.example", "x"])
@pytest.mark.parametrize("name", ["GITHUB_API_URL", "GITHUB_GRAPHQL_URL"])
def test_what_is_no_address_is_no_github(name: str, text: str) -> None:
    with pytest.raises(UserError, match=f"{name} is no address"):
        Server.of({name: text})


@pytest.fixture
def enterprise(github: FakeGitHub) -> Iterator[FakeGitHub]:
    """A second one; where the first cannot be, neither can this."""
    with FakeGitHub(prefix="/api/v3") as made:
        yield made
        assert made.violations == made.complaints == []


def test_an_enterprise_server_is_read_and_written(enterprise: FakeGitHub) -> None:
    there = connected(enterprise)
    enterprise.state.push("acme/app", {"x": "y"}, "feature")
    pull = enterprise.state.open_pull("acme/app", "feature")
    assert there.get("/repos/acme/app")["full_name"] == "acme/app"
    assert pull_request.posted(there, "acme/app", 1) == ()
    there.write("POST", "/repos/acme/app/issues/1/comments", {"body": "hello"})
    assert [one.body for one in pull.comments] == ["hello"]
    assert {one.path.partition("/repos")[0] for one in enterprise.log} == {
        "/api/v3",
        "/api/graphql",
    }


def test_a_proxy_is_used_where_the_environment_names_one(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(github)
    # A proxy gets the whole URL; nobody resolves the name here.
    monkeypatch.setenv("HTTP_PROXY", github.url)
    through = Connection("t", Server("http://github.invalid", "http://github.invalid/graphql"))
    assert through.get("/repos/acme/app")["full_name"] == "acme/app"
    monkeypatch.setenv("NO_PROXY", "github.invalid")
    with pytest.raises(Refused) as refused:
        Connection("t", Server("http://github.invalid")).get("/repos/acme/app")
    assert refused.value.trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_ca_is_believed_where_the_environment_names_it(
    github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    connected(github)
    for other in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(other, raising=False)
    certificate, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    _self_signed(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with FakeGitHub() as secure:
        secure.state = github.state
        secure.use_tls(context)
        url = secure.url.replace("http://", "https://")
        with pytest.raises(Refused) as refused:
            Connection("t", Server(url)).get("/repos/acme/app")
        assert "REQUESTS_CA_BUNDLE" in refused.value.hint
        monkeypatch.setenv(name, str(certificate))
        assert Connection("t", Server(url)).get("/repos/acme/app")["full_name"] == "acme/app"


def _self_signed(certificate: Path, key: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


# -- how often ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@responses.activate
def test_what_changes_something_is_sent_once(method: str) -> None:
    call = responses.add(method, ANYTHING, status=502)
    with pytest.raises(Refused) as refused:
        Connection("t", bounds=Bounds(between_writes=0.0)).write(method, "/x", {})
    assert refused.value.may_have_been_done
    assert call.call_count == 1


@responses.activate
def test_reading_waits_longer_each_time_and_gives_up(waits: list[float]) -> None:
    call = responses.add("GET", ANYTHING, status=503)
    with pytest.raises(Refused):
        Connection("t").get("/x")
    assert (call.call_count, waits) == (4, [1.0, 2.0, 4.0])


@responses.activate
def test_all_waiting_together_has_a_bound(waits: list[float]) -> None:
    responses.add("GET", ANYTHING, status=429, headers={"Retry-After": "40"})
    there = Connection("t", bounds=Bounds(patience=90))
    for _ in range(3):
        with pytest.raises(Refused):
            there.get("/x")
    assert waits == [40.0, 40.0]


@responses.activate
def test_a_refusal_is_not_asked_again(waits: list[float]) -> None:
    call = responses.add("GET", ANYTHING, status=404)
    with pytest.raises(Refused):
        Connection("t").get("/x")
    assert (call.call_count, waits) == (1, [])


@responses.activate
def test_the_token_goes_nowhere_else() -> None:
    responses.add("GET", ANYTHING, status=301, headers={"Location": "https://evil.test/"})
    with pytest.raises(Refused):
        Connection("secret").get("/x")
    assert {call.request.url for call in responses.calls} == {ANYTHING}


# -- pages --------------------------------------------------------------------------------------


def test_lists_end_where_they_end(github: FakeGitHub) -> None:
    there = connected(github)
    for number in range(249):
        github.state.repository(f"acme/r{number}")
    assert len(list(there.pages("/orgs/acme/repos"))) == 250
    assert len(github.calls("GET", "/orgs/acme/repos")) == 3
    assert len(list(there.pages("/orgs/acme/repos", most=100))) == 100


def test_our_own_comments_are_found_among_hundreds(github: FakeGitHub) -> None:
    there = connected(github)
    github.state.push("acme/app", {"x": "y"}, "feature")
    pull = github.state.open_pull("acme/app", "feature")
    for number in range(230):
        author = "github-actions[bot]" if number == 3 else "octocat"
        pull.comments.append(Comment(number + 1, author, f"c{number}"))
        line = Comment(number + 1001, author, f"t{number}", "x", 1, commit=pull.head_sha)
        pull.review_comments.append(line)
    found = pull_request.posted(there, "acme/app", 1)
    assert len(found) == 460
    assert {one.body for one in found if one.is_ours} == {"c3", "t3"}


# -- the run's own token ------------------------------------------------------------------------


def test_a_token_that_is_none_is_refused_and_not_repeated(github: FakeGitHub) -> None:
    environment = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": github.oidc_url(),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "nobody",
    }
    with pytest.raises(Refused) as refused:
        run_token.run_token(environment)
    assert refused.value.trouble is Trouble.BAD_TOKEN
    github.state.push("acme/app", {"x": "y"})
    github.state.runs["nobody"] = {"repository": "acme/app"}
    assert run_token.run_token(environment).count(".") == 2
