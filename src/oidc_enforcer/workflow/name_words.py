"""The words of a name, and what single ones mean wherever they stand.

A name is an environment variable, an action's input, a secret or a command's flag. It is cut into
words first, so `AWS_ACCESS_KEY_ID`, `aws-access-key-id` and `awsAccessKeyId` read the same.
"""

from __future__ import annotations

import re
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words that white space separates."""
    return frozenset(text.split())


_LONGEST_NAME = 256  # characters
_WORD = re.compile(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z][a-z0-9]*|[0-9]+")
#: Words that may be numbered: `KEY_ID2` is `KEY_ID_2`, while `S3` and `EC2` are one word.
_NUMBERED = word_set("aws access key id secret token")
_ONE_WORD = """access key;access key id;access key secret;access id;access secret;key id;key secret;
secret key;secret access key;session token;security token"""
#: Phrases that are written as one word, as they stand or behind the name of a store.
_GLUED: dict[str, tuple[str, ...]] = {
    "".join(parts): parts
    for store in ((), ("aws",), ("s3",))
    for phrase in _ONE_WORD.split(";")
    for parts in ((*store, *phrase.split()),)
} | {f"aws{word}": ("aws", word) for word in ("key", "secret", "credentials", "creds")}


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, whatever joins them: `-`, `_`, `.`, or a capital."""
    if len(name) > _LONGEST_NAME:
        return ()
    return tuple(part for word in _WORD.findall(name) for part in _parts(word.lower()))


def _parts(word: str) -> tuple[str, ...]:
    base = word.rstrip("0123456789")
    parts = _GLUED.get(base) or ((base,) if base in _NUMBERED else None)
    if parts is None:
        return (word,)
    return parts if base == word else (*parts, word[len(base) :])


AWS_ITSELF = frozenset({"aws"})
STORES = AWS_ITSELF | {"s3"}
#: AWS itself, and services that only AWS has.
AWS_WORDS = AWS_ITSELF | word_set(
    """amazon ecr ecs eks ec2 iam sqs sns ses dynamodb cloudfront cloudformation cloudwatch route53
    redshift sagemaker bedrock codedeploy codecommit beanstalk"""
)
#: First of all words: a question, a switch or a deed, not a value.
SWITCHES = word_set(
    """has is use uses no unset check verify validate rotate enable require requires mask skip
    without missing need needs ignore configure setup get fetch"""
)


def says_aws(name: str) -> bool:
    """Whether a name speaks of AWS, or of a service that only AWS has."""
    return not AWS_WORDS.isdisjoint(words(name))
