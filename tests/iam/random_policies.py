"""Random trust policies and random tokens, made apart from the package's own model of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
Data = Any


class Repo(NamedTuple):
    owner: str
    name: str
    owner_id: str
    id: str


OURS = Repo("acme", "app", "1001", "2001")
NEIGHBOURS = (
    Repo("acme", "app-evil", "1001", "2002"),
    Repo("acme", "other", "1001", "2003"),
    Repo("acme", "shared", "1001", "2004"),
    Repo("acme", "apple", "1001", "2005"),
)
STRANGERS = (
    Repo("acme-evil", "app", "6001", "2006"),
    Repo("evil", "x", "6002", "2007"),
    Repo("evil", "app", "6002", "2008"),
    Repo("bigco", "shared", "6003", "2009"),
    Repo("acme-1001", "app-2001", "6004", "2010"),
)
#: They carry our name and somebody else's ids.
SQUATTERS = (Repo("acme", "app", "5555", "6666"), Repo("acme", "other", "5555", "6667"))
SUCCESSORS = (Repo("acme", "app", "1001", "2999"),)

BRANCHES = (
    "main MAIN dev release/1.0 release/2.x feature/a/b gh-readonly-queue/main/pr-12-0123abc "
    "app x/app@y refs/heads/main"
).split()
TAGS = "v1.0.0 v2 latest main".split()
ENVIRONMENTS = (
    *"production Production prod-evil staging x/app@y ref".split(),
    *("a:b", "a%3Ab", "prod east", "repo:acme/app", "déploy", "🚀"),
)
FILES = "ci.yml deploy.yml".split()
TEMPLATES = (
    "repo,context",
    "repo",
    "repo,environment",
    "repo,ref",
    "repo,context,job_workflow_ref",
    "repo,environment,job_workflow_ref",
    "repo,environment,ref",
    "repo,workflow,ref",
    "environment",
    "ref",
    "workflow",
    "actor",
    "job_workflow_ref",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_owner,repository_visibility",
    "repository_owner,environment",
    "repository,environment",
    "workflow,repository_owner,ref",
)


TEMPLATE_KEYS = (
    "repo context environment ref workflow actor actor_id job_workflow_ref repository "
    "repository_id repository_owner repository_owner_id repository_visibility event_name"
).split()
#: Stricter than git: no name that this accepts is refused by it.
VALID_REF = re.compile(r"[A-Za-z0-9_-]+(?:[./@-][A-Za-z0-9_-]+)*(?<!lock)")


class Token(NamedTuple):
    """A token's claims, and what we know of where they come from."""

    claims: dict[str, str]
    repo: Repo
    run: str
    ref_name: str
    called_from: str
    template: str


def fragments(policy: Data) -> list[str]:
    """Pieces of the policy's values, for tokens that try to slip through its wildcards."""
    statements = policy["Statement"]
    values = [
        value
        for statement in (statements if isinstance(statements, list) else [statements])
        for keys in statement.get("Condition", {}).values()
        for listed in keys.values()
        for value in (listed if isinstance(listed, list) else [listed])
    ]
    pieces = {piece for value in values for piece in re.split(r"[*?:]", value)}
    return sorted(piece for piece in pieces if piece and "${" not in piece)


def random_token(random: Random, pieces: list[str] | None = None) -> Token:
    """A token that GitHub could mint; `pieces` go into names that people may choose."""
    repo = random.choice((OURS, OURS, OURS, *NEIGHBOURS, *STRANGERS, *SQUATTERS, *SUCCESSORS))
    run = random.choice(("branch", "branch", "tag", "pull"))

    def name(known: Sequence[str], *, ref: bool = False) -> str:
        if not pieces or random.random() < 0.5:
            return random.choice(known)
        text = random.choice(("", "x")) + random.choice(pieces) + random.choice(("", "", "y"))
        return text if not ref or VALID_REF.fullmatch(text) else random.choice(known)

    ref_name = {"branch": name(BRANCHES, ref=True), "tag": name(TAGS, ref=True), "pull": "7"}[run]
    ref = {
        "branch": f"refs/heads/{ref_name}",
        "tag": f"refs/tags/{ref_name}",
        "pull": "refs/pull/7/merge",
    }[run]
    home = f"{repo.owner}/{repo.name}"
    own_file = f"{home}/.github/workflows/{random.choice(FILES)}@{ref}"
    provider = random.choice(("", "", "", "acme/shared", "bigco/shared", "evil/shared"))
    called = f"{provider}/.github/workflows/deploy.yml@{random.choice(('refs/heads/main', 'v1'))}"
    claims = {
        "iss": f"https://{ISSUER}",
        "aud": random.choice(("sts.amazonaws.com", "sts.amazonaws.com", "https://github.com/acme")),
        "actor": random.choice(("octocat", "mallory", "dependabot[bot]")),
        "actor_id": random.choice(("1", "42")),
        "ref": ref,
        "repository": home,
        "repository_id": repo.id,
        "repository_owner": repo.owner,
        "repository_owner_id": repo.owner_id,
        "repository_visibility": random.choice(("private", "public")),
        "workflow": name(("ci", "deploy", "a:b", ".github/workflows/ci.yml")),
        "job_workflow_ref": called if provider and provider != home else own_file,
        "event_name": "pull_request" if run == "pull" else "push",
    }
    if random.random() < 0.35:
        claims["environment"] = name(ENVIRONMENTS)
    template = random.choice((TEMPLATES[0],) * len(TEMPLATES) + TEMPLATES)
    if random.random() < 0.15:
        template = ",".join(random.sample(TEMPLATE_KEYS, random.randint(1, 4)))
    claims["sub"] = subject(claims, repo, template, immutable=random.random() < 0.4)
    foreign = provider if provider != home else ""
    return Token(claims, repo, run, ref_name, foreign, template)


def subject(claims: dict[str, str], repo: Repo, template: str, *, immutable: bool) -> str:
    parts: list[str] = []
    for key in template.split(","):
        if key == "repo" and immutable:
            parts.append(f"repo:{repo.owner}@{repo.owner_id}/{repo.name}@{repo.id}")
        elif key == "repo":
            parts.append(f"repo:{repo.owner}/{repo.name}")
        elif key == "context":
            parts.append(context(claims))
        else:
            # A template with `environment` makes an environment mandatory.
            value = claims.setdefault(key, "production")
            parts.append(f"{key}:{value.replace(':', '%3A')}")
    return ":".join(parts)


def context(claims: dict[str, str]) -> str:
    if "environment" in claims:
        return "environment:" + claims["environment"].replace(":", "%3A")
    if claims["event_name"] == "pull_request":
        return "pull_request"
    return "ref:" + claims["ref"]


KEYS = (
    *("sub",) * 12,
    *("repository", "repository_id", "repository_owner_id", "ref", "environment", "aud"),
    *("job_workflow_ref", "workflow", "actor", "actor_id", "repository_owner", "subject"),
)
OPERATORS = (
    *("StringEquals", "StringLike") * 5,
    *("StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
)


def random_policy(random: Random) -> Data:
    statements = [random_statement(random) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    policy: Data = {"Statement": statements if random.random() < 0.9 else statements[0]}
    if random.random() < 0.9:
        policy["Version"] = "2012-10-17"
    return policy


def random_statement(random: Random) -> Data:
    statement: Data = {
        "Effect": "Allow" if random.random() < 0.8 else "Deny",
        "Principal": {
            "Federated": PROVIDER if random.random() < 0.95 else "cognito-identity.amazonaws.com"
        },
        "Action": random.choice(
            ("sts:AssumeRoleWithWebIdentity",) * 8 + ("sts:AssumeRole*", "sts:AssumeRole", "*")
        ),
    }
    if random.random() < 0.05:
        statement["NotAction"] = statement.pop("Action")
    conditions: Data = {}
    for _ in range(random.choice((0, 1, 1, 2, 2, 3))):
        key = random.choice(KEYS)
        prefix = random.choice(("",) * 12 + ("ForAllValues:", "ForAnyValue:"))
        suffix = random.choice(("",) * 12 + ("IfExists",))
        operator = prefix + random.choice(OPERATORS) + suffix
        if random.random() < 0.05:
            operator, values = "Null", [random.choice(("true", "false"))]
        else:
            values = [random_value(random, key) for _ in range(random.choice((1, 1, 1, 2, 3)))]
        name = f"{ISSUER}:{key}"
        name = name.upper() if random.random() < 0.05 else name
        conditions.setdefault(operator, {})[name] = values if len(values) > 1 else values[0]
    if conditions:
        statement["Condition"] = conditions
    return statement


def random_value(random: Random, key: str) -> str:
    """A value that some token has, perhaps blurred by wildcards, perhaps cut or changed."""
    token = random_token(random)
    if random.random() < 0.6:
        token = token._replace(repo=OURS)
        token.claims["sub"] = subject(
            token.claims, OURS, token.template, immutable=random.random() < 0.3
        )
    value = token.claims.get(key) or random.choice(("acme", "repo:acme/app:*", "production"))
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        value = blurred(random, value)
    if random.random() < 0.03:
        value = random.choice((f"${{{ISSUER}:{key}}}", "repo:acme/app:environment:${*}", "*", "?*"))
    return value


def blurred(random: Random, value: str) -> str:
    start = random.randrange(len(value) + 1)
    end = random.randrange(start, len(value) + 1)
    match random.randrange(6):
        case 0:
            return value[:start] + "*"
        case 1:
            return value[:start] + "*" + value[end:]
        case 2:
            return value[:start] + "?" + value[start + 1 :]
        case 3:
            pieces = value.split(":")
            pieces[random.randrange(len(pieces))] = "*"
            return ":".join(pieces)
        case 4:
            pieces = value.split("/")
            pieces[random.randrange(len(pieces))] += "*"
            return "/".join(pieces)
        case _:
            return value.swapcase() if random.random() < 0.3 else value
