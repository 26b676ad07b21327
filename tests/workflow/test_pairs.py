"""Which halves belong together, whose they are, and what a script hands over without a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oidc_enforcer import shell
from oidc_enforcer.source import SourceFile, Span
from oidc_enforcer.workflow import handed_over, reading
from oidc_enforcer.workflow.credential_names import Half, read_name
from oidc_enforcer.workflow.credentials import Credential
from oidc_enforcer.workflow.origins import Origin, Source
from oidc_enforcer.workflow.pairs import Piece, pair_up
from oidc_enforcer.workflow.slots import Slot
from oidc_enforcer.yaml_tree.scalars import Placed
from tests.workflow.test_job_credentials import found, read, steps

#: Shaped like a key's id, made up here so that no file holds one.
MADE_UP_ID = "AKIA" + "Z7Q2" * 4


def env(*names: str) -> str:
    """A step that is given one secret per name, called by its number."""
    lines = [f"      {name}: ${{{{ secrets.V{n} }}}}" for n, name in enumerate(names)]
    return steps("steps:\n  - run: ./x\n    env:\n" + "\n".join(lines))


def pairs(text: str) -> list[tuple[str, str]]:
    """Class and source of each credential."""
    return [(c.kind.value, c.source) for c in read(text).credentials()]


STRANGERS = {
    "an application's secret key": ("AWS_ACCESS_KEY_ID", "SECRET_KEY"),
    "another store's secret": ("AWS_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"),
    "a payment service's": ("AWS_ACCESS_KEY_ID", "STRIPE_SECRET_KEY"),
}


@pytest.mark.parametrize("names", STRANGERS.values(), ids=STRANGERS.keys())
def test_halves_that_do_not_belong_together(names: tuple[str, str]) -> None:
    assert ("static", "`secrets.V0`") in pairs(env(*names))


FAMILIES = {
    "AWS's own names": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "short names": ("AWS_KEY", "AWS_SECRET"),
    "halves named after different things": ("AWS_ACCESS_KEY_ID", "PUBLISH_SECRETACCESSKEY"),
    "the secret has a shorter name than the id": ("GT_AWS_ACCESS_KEY_ID", "GT_AWS_ACCESS_KEY"),
    "beside an application's own secret": ("AWS_KEY", "AWS_SECRET", "SECRET_KEY"),
}


@pytest.mark.parametrize("names", FAMILIES.values(), ids=FAMILIES.keys())
def test_halves_of_one_pair(names: tuple[str, ...]) -> None:
    assert pairs(env(*names)) == [("static", "`secrets.V0` and `secrets.V1`")]


def test_one_key_under_two_names_is_one_key() -> None:
    text = env("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TF_VAR_aws_key", "TF_VAR_aws_secret")
    text = text.replace("V2", "V0").replace("V3", "V1")
    subject = read(text)
    (credential,) = subject.credentials()
    assert [subject.file.region(spot.span).line for spot in credential.others] == [10, 11, 12]


NAMES = st.sampled_from(
    """AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN ACCESS_KEY SECRET_KEY S3_KEY_ID
    S3_ACCESS_KEY_ID S3_ACCESS_KEY R2_SECRET_ACCESS_KEY DEV_AWS_KEY DEV_AWS_SECRET AWS_CREDENTIALS
    MINIO_ACCESS_KEY""".split()
)


@given(st.lists(st.tuples(NAMES, st.integers(0, 3)), max_size=12))
def test_every_half_is_in_exactly_one_pair(given_names: list[tuple[str, int]]) -> None:
    file, scalar = SourceFile("w.yml", ""), Placed("", Span(0, 0), "")
    pieces: list[Piece] = []
    for name, number in given_names:
        named = read_name(name)
        assert named is not None
        slot = Slot(name, "", file, scalar, 0, 0)
        origin = Origin(Source.SECRET, f"secrets.V{number}", slot, f"V{number}")
        pieces.append(Piece(slot, named, (origin,)))
    paired = [p for pair in pair_up(pieces) for p in (*pair.pieces, *pair.repeats)]
    assert {id(p) for p in paired} == {id(p) for p in pieces if p.named.half is not Half.TOKEN}
    assert len(paired) == len({id(p) for p in paired})


def test_a_literal_id_proves_whose_key_it_is() -> None:
    text = env("ACCESS_KEY", "SECRET_KEY").replace("${{ secrets.V0 }}", MADE_UP_ID)
    assert found(text) == [("static", 9)]


@pytest.mark.parametrize(
    ("server", "flavour"),
    [
        ("email-smtp.eu-west-1.amazonaws.com", "SES SMTP password"),
        ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x", "CodeCommit Git password"),
    ],
)
def test_a_login_is_what_its_server_makes_of_it(server: str, flavour: str) -> None:
    text = steps(
        f"""\
        steps:
          - uses: acme/send@v1
            with:
              server: {server}
              username: ${{{{ secrets.USER }}}}
              password: ${{{{ secrets.PASSWORD }}}}
        """
    )
    assert [c.flavour.value for c in read(text).credentials()] == [flavour]


def test_where_a_key_goes_that_an_action_takes_away() -> None:
    def given(line: str, name: str, more: str = "") -> Credential:
        pair = (
            f"{line}AWS_KEY=${{{{ secrets.A }}}}\n        {line}AWS_SECRET=${{{{ secrets.B }}}}\n"
        )
        step = f"steps:\n  - uses: a/b@v1\n    with:\n      {name}: |\n        {pair}{more}"
        (credential,) = read(steps(step)).credentials()
        return credential

    assert "image" in given("", "build-args").leaves
    assert "server" in given("export ", "script", "      host: h\n").leaves
    assert given("export ", "script").leaves == ""


# -- what has no name ------------------------------------------------------------------------------

KEY = "${{ secrets.AWS_SECRET_ACCESS_KEY }}"


def handed(text: str, dialect: str = "bash") -> list[str]:
    """The names of what a script hands over."""
    script = shell.read(text, dialect)
    return [setting.name for setting in handed_over.settings(text, dialect, script)]


@pytest.mark.parametrize(
    "text",
    [
        f'echo "{KEY}"',
        f'[ -z "{KEY}" ] && exit 1',
        f'if [[ "{KEY}" == "" ]]; then exit 1; fi',
        f"make # {KEY}",
        f"cat <<X\n# {KEY}\nX",
        f"export AWS_SECRET_ACCESS_KEY={KEY}",
        "make ${{ secrets.NPM_TOKEN }}",
        "./x $AWS_SECRET_ACCESS_KEY",
    ],
)
def test_what_hands_nothing_over(text: str) -> None:
    assert handed(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"python x.py {KEY}",
        f'sed -i "s|X|{KEY}|" f',
        f'curl -d \'{{"key": "{KEY}"}}\' https://example.com',
        f'echo "{KEY}" | docker secret create x -',
        f'echo "{KEY}" > key.txt',
        f"psql <<X\nselect '{KEY}'\nX",
    ],
)
def test_what_hands_a_key_over(text: str) -> None:
    assert handed(text) == ["AWS_SECRET_ACCESS_KEY"]


WORD = st.sampled_from(
    [
        *(KEY, "${{ secrets.AWS_ACCESS_KEY_ID }}", "${{", "}}", "'", '"', "\n", "#", "|", "<<X"),
        *("x", " ", "$(", ")", "https://a:b@git-codecommit.x", "export A=", "\\", "echo"),
    ]
)


@given(st.lists(WORD, max_size=30), st.sampled_from(["bash", "pwsh", "cmd", "python", "node"]))
def test_places_are_within_the_script_whatever_it_is(words: list[str], dialect: str) -> None:
    text = " ".join(words)
    for setting in handed_over.settings(text, dialect, shell.read(text, dialect)):
        assert setting.value == text[setting.start : setting.end]


def test_a_thousand_pairs_of_one_scope_are_told_apart() -> None:
    body = "".join(
        f"  K{n}_AWS_ACCESS_KEY_ID: ${{{{ secrets.A{n} }}}}\n"
        f"  K{n}_AWS_SECRET_ACCESS_KEY: ${{{{ secrets.B{n} }}}}\n"
        for n in range(1000)
    )
    subject: reading.Reading = read(steps(f"env:\n{body}steps:\n  - run: ./x\n"))
    assert len(list(subject.credentials())) == 1000
