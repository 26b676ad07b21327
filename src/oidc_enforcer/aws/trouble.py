"""What AWS and the way to it refuse, said so that somebody can act on it.

NOTE: AWS's own messages are not repeated: they may name keys, and they quote what they were given.
"""

from __future__ import annotations

from typing import NamedTuple


class Trouble(NamedTuple):
    """Why something could not be had from AWS, and what to do; `code` is AWS's own, if any."""

    reason: str
    hint: str = ""
    code: str = ""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.reason}: {self.hint}" if self.hint else self.reason


class Unusable(Trouble):
    """Trouble with the credentials themselves: no other call would fare better."""


DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_THROTTLED = frozenset(
    "Throttling ThrottlingException ThrottledException RequestThrottled TooManyRequestsException"
    " RequestThrottledException RequestLimitExceeded SlowDown PriorRequestNotComplete".split()
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset(
    "InvalidClientTokenId UnrecognizedClientException SignatureDoesNotMatch AuthFailure"
    " InvalidAccessKeyId IncompleteSignature OptInRequired".split()
)
#: Exceptions of botocore by name, as most are subclasses without a common base that says as much.
_NO_CREDENTIALS = frozenset("NoCredentialsError NoAuthTokenError".split())
_NO_SIGN_IN = frozenset(
    "SSOTokenLoadError UnauthorizedSSOTokenError TokenRetrievalError"
    " PendingAuthorizationExpiredError CredentialRetrievalError RefreshWithMFAUnsupportedError"
    " LoginRefreshRequired"
    " LoginTokenLoadError".split()
)
_UNREACHABLE = frozenset(
    "EndpointConnectionError ConnectTimeoutError ReadTimeoutError ConnectionClosedError"
    " ProxyConnectionError SSLError HTTPClientError ConnectionError".split()
)
_SIGN_IN = "sign in again, for IAM Identity Center with `aws sso login`, and give its `--profile`"


def botocore_errors() -> tuple[type[Exception], ...]:
    """What a call may raise; KeyError where an answer lacks what its model says it has."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    return BotoCoreError, ClientError, ResponseParserError, KeyError


def trouble(problem: Exception, action: str, what: str) -> Trouble:
    """The trouble that an exception of botocore tells of; `what` was asked for by `action`."""
    answer = getattr(problem, "response", None)
    if isinstance(answer, dict) and "Error" in answer:
        code = str(answer["Error"].get("Code", ""))
        return _answered(
            code, int(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)), action, what
        )
    return _unanswered(problem, action)


def _answered(code: str, retries: int, action: str, what: str) -> Trouble:
    if code in DENIED:
        hint = f"allow `{action}` (examples/aws/ has the whole policy)"
        if action == "sts:AssumeRole":
            hint = "allow `sts:AssumeRole` on it, and trust these credentials in its trust policy"
        return Trouble(f"AWS denied `{action}` for {what}", hint, code)
    if code in ("NoSuchEntity", "NoSuchEntityException"):
        return Trouble(f"there is no {what}", "check the ARN; it may have been deleted", code)
    if code in _THROTTLED:
        tries = f" in {retries + 1} attempts" if retries else ""
        return Trouble(
            f"AWS throttled `{action}`{tries}", "run it again later, or take a snapshot", code
        )
    if code in _EXPIRED:
        return Unusable("the AWS credentials have expired", _SIGN_IN, code)
    if code in _INVALID:
        hint = "check the profile, and that its partition and region are those of the account"
        return Unusable(f"AWS does not accept the credentials ({code})", hint, code)
    return Trouble(f"AWS refused `{action}` for {what} ({code[:60] or 'no code'})", "", code)


def _unanswered(problem: Exception, action: str) -> Trouble:
    names = {each.__name__ for each in type(problem).__mro__}
    if names & {"ProfileNotFound"}:
        hint = "`aws configure list-profiles` lists those there are"
        return Unusable("there is no such AWS profile", hint)
    if names & {"ConfigParseError", "ConfigNotFound"}:
        return Unusable("the AWS configuration file cannot be read", "check `~/.aws/config`")
    if names & _NO_CREDENTIALS:
        hint = "sign in, for IAM Identity Center with `aws sso login`, and give its `--profile`"
        return Unusable("there are no AWS credentials", hint)
    if names & {"PartialCredentialsError"}:
        return Unusable("the AWS credentials are not whole", "set all of their parts, or a profile")
    if names & _NO_SIGN_IN:
        return Unusable("the sign-in to AWS has ended or could not be used", _SIGN_IN)
    if names & _UNREACHABLE:
        hint = "check the network, the proxy and `AWS_ENDPOINT_URL`"
        return Trouble(f"AWS could not be reached for `{action}`", hint)
    return Trouble(f"`{action}` failed ({type(problem).__name__})", "")
