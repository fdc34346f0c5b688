"""What may go wrong, by kind. All of it is a PurserError; what the server answered is an ApiError, with a class for
each problem that it knows."""
from typing import Dict, List, Mapping, Optional, Type

PROBLEM_PREFIX = "urn:purser:problem:"


class PurserError(Exception):
    """All errors of this package but wrong calls, which are ValueError and TypeError."""


class ConnectionFailed(PurserError):
    """No answer: no connection, or one that was cut."""


class RequestTimeout(ConnectionFailed):
    """No answer in time. The request may have been carried out."""


class UnexpectedAnswer(PurserError):
    """An answer that is not Purser's: no JSON, too large, a redirect, a proxy's error page."""

    def __init__(self, message: str, status: int = 0, retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class ApiError(PurserError):
    """Problem details (RFC 9457) that the server answered."""

    def __init__(self, status: int, problem: str, title: str = "", detail: str = "",
                 errors: Optional[List[Dict[str, str]]] = None, headers: Optional[Mapping[str, str]] = None,
                 retry_after: Optional[float] = None) -> None:
        super().__init__(f"{status} {problem}: {detail or title}")
        self.status = status
        self.problem = problem  # "rate-limited", without the urn
        self.title = title
        self.detail = detail
        self.errors = errors or []  # [{"pointer": "/cost", "detail": "…"}]
        self.headers: Mapping[str, str] = headers or {}  # names in lower case
        self.retry_after = retry_after  # seconds

    @property
    def request_id(self) -> Optional[str]:
        return self.headers.get("x-request-id")


class AuthenticationError(ApiError):
    """401"""


class MissingCredentials(AuthenticationError):
    """missing-credentials"""


class MalformedCredentials(AuthenticationError):
    """malformed-credentials"""


class InvalidSignature(AuthenticationError):
    """invalid-signature: the secret is another, or the request was changed on its way"""


class TimestampOutOfRange(AuthenticationError):
    """timestamp-out-of-range: this machine's clock is wrong"""


class ReplayedNonce(AuthenticationError):
    """replayed-nonce"""


class InvalidKey(AuthenticationError):
    """invalid-key: unknown, revoked, expired"""


class Forbidden(ApiError):
    """403"""


class ClientSuspended(Forbidden):
    """client-suspended"""


class ClientClosed(Forbidden):
    """client-closed"""


class InvalidRequest(ApiError):
    """Another 4xx: sent again it would fail again."""


class InvalidParameter(InvalidRequest):
    """invalid-parameter; errors says which"""


class InvalidBody(InvalidRequest):
    """invalid-body; errors says which member"""


class NotFound(InvalidRequest):
    """not-found"""


class MethodNotAllowed(InvalidRequest):
    """method-not-allowed"""


class TooLarge(InvalidRequest):
    """body-too-large"""


class UnsupportedMediaType(InvalidRequest):
    """unsupported-media-type"""


class IdempotencyMismatch(InvalidRequest):
    """idempotency-mismatch: the Idempotency-Key was used for another request"""


class IdempotencyInProgress(ApiError):
    """idempotency-in-progress: the first request with that Idempotency-Key is under way"""


class RateLimited(ApiError):
    """429 rate-limited; retry_after says how long"""


class Unavailable(ApiError):
    """5xx: later, perhaps"""


class NotConfigured(Unavailable):
    """not-configured: the server has no api.key_seed; an operator has to help"""


BY_PROBLEM: Dict[str, Type[ApiError]] = {
    "missing-credentials": MissingCredentials,
    "malformed-credentials": MalformedCredentials,
    "invalid-signature": InvalidSignature,
    "timestamp-out-of-range": TimestampOutOfRange,
    "replayed-nonce": ReplayedNonce,
    "invalid-key": InvalidKey,
    "client-suspended": ClientSuspended,
    "client-closed": ClientClosed,
    "invalid-parameter": InvalidParameter,
    "invalid-body": InvalidBody,
    "not-found": NotFound,
    "method-not-allowed": MethodNotAllowed,
    "body-too-large": TooLarge,
    "unsupported-media-type": UnsupportedMediaType,
    "idempotency-mismatch": IdempotencyMismatch,
    "idempotency-in-progress": IdempotencyInProgress,
    "rate-limited": RateLimited,
    "not-configured": NotConfigured,
}
BY_STATUS: Dict[int, Type[ApiError]] = {
    401: AuthenticationError, 403: Forbidden, 404: NotFound, 405: MethodNotAllowed, 413: TooLarge,
    415: UnsupportedMediaType, 429: RateLimited,
}


def class_of(status: int, problem: str) -> Type[ApiError]:
    """A problem that this release does not know goes by its status."""
    known = BY_PROBLEM.get(problem) or BY_STATUS.get(status)
    return known or (Unavailable if status >= 500 else InvalidRequest)
