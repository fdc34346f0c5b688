"""The client API: one method an operation."""
import base64
import datetime
import email.utils
import json
import secrets
import threading
import time
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Tuple, Union, cast
from urllib.parse import quote

from . import errors
from .retry import RetryPolicy
from .signature import new_nonce, signed_headers
from .transport import HttpTransport, Request, Response, Transport
from .types import (Checkpoint, HistoryPage, Month, Package, RateLimitAnswer, RateLimitState, Reconciliation,
                    Transaction, TransactionPage, Usage, WebhookAnswer)

VERSION = "0.1.0"

_RETRIED = (408, 429, 500, 502, 503, 504)

Query = Mapping[str, Union[str, int, None]]
IdempotencyKey = Union[str, bool]
Moment = Union[str, datetime.datetime, None]


class Client:
    """Signs, sends, tries again, and raises what purser.errors names. May be shared between threads.

    base_url   "https://api.shop.example": where /v1 is
    key_id     "pk_…"; secret "sk_…"
    timeout    seconds for one try, from the connection to the last byte
    retries    how often a request is sent again, or a RetryPolicy
    transport  another way to send, as for tests; base_url is not used then

    A GET is sent again after a failed connection, a time-out, 408, 429 and 5xx. So is a POST, for the client gives it
    an Idempotency-Key: the server does it once. Where the server says that the timestamp is out of range, the clock is
    corrected by its Date, and the request sent once more."""

    def __init__(self, base_url: str, key_id: str, secret: str, *, timeout: float = 10.0,
                 retries: Union[int, RetryPolicy] = 3, transport: Optional[Transport] = None,
                 clock: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
        if not secret.startswith("sk_"):
            raise ValueError("the secret begins with sk_")
        if not 0 < timeout <= 86400:
            raise ValueError("timeout must be more than 0 seconds, and at most a day")
        signed_headers(key_id, secret, 0, new_nonce(), "GET", "/")  # a wrong key id is known now
        self._key_id, self._secret = key_id, secret
        self._timeout = timeout
        self._retry = retries if isinstance(retries, RetryPolicy) else RetryPolicy(retries=retries)
        self._transport = transport or HttpTransport(base_url)
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()  # guards the two below
        self._clock_offset = 0.0
        self._rate_limit: Optional[RateLimitState] = None

    def __repr__(self) -> str:  # never the secret
        return f"Client({self._key_id!r})"

    @property
    def clock_offset(self) -> float:
        """Seconds that are added to this machine's clock, as the server's Date said."""
        return self._clock_offset

    @property
    def rate_limit(self) -> Optional[RateLimitState]:
        """How the key itself stands, from the last answer that said so."""
        with self._lock:
            return self._rate_limit

    # ---- operations

    def usage(self) -> Usage:
        """The current month: volume, transactions, thresholds, alerts."""
        return cast(Usage, self.request("GET", "/v1/usage"))

    def usage_history_page(self, *, limit: Optional[int] = None, cursor: Optional[str] = None) -> HistoryPage:
        """Past months, the newest first: one page of them."""
        return cast(HistoryPage, self.request("GET", "/v1/usage/history", {"limit": limit, "cursor": cursor}))

    def usage_history(self, *, limit: Optional[int] = None) -> Iterator[Month]:
        """All past months, the newest first; limit is that of a page."""
        return cast(Iterator[Month], self._pages("/v1/usage/history", {"limit": limit}))

    def package(self) -> Package:
        """The package, its limits, and the next one."""
        return cast(Package, self.request("GET", "/v1/package"))

    def transactions_page(self, *, from_: Moment = None, to: Moment = None,
                          limit: Optional[int] = None, cursor: Optional[str] = None) -> TransactionPage:
        """Transactions, the newest first: one page of them; from_ and to are moments, half open."""
        query = {"from": _moment(from_), "to": _moment(to), "limit": limit, "cursor": cursor}
        return cast(TransactionPage, self.request("GET", "/v1/transactions", query))

    def transactions(self, *, from_: Moment = None, to: Moment = None,
                     limit: Optional[int] = None) -> Iterator[Transaction]:
        """All transactions, the newest first; limit is that of a page."""
        query = {"from": _moment(from_), "to": _moment(to), "limit": limit}
        return cast(Iterator[Transaction], self._pages("/v1/transactions", query))

    def reconciliation(self, date: Union[str, datetime.date]) -> Reconciliation:
        """What the reconciliation of a day ("2026-11-20") found among this client's transactions."""
        day = date if isinstance(date, str) else date.isoformat()[:10]  # a datetime is a date, too
        return cast(Reconciliation, self.request("GET", "/v1/reconciliation", {"date": day}))

    def rate_limit_check(self, identifier: str, endpoint: str, max_requests: int, window_seconds: int,
                         cost: Optional[int] = None, *, idempotency_key: IdempotencyKey = True) -> RateLimitAnswer:
        """Counts, and says whether it is admitted."""
        body = {"identifier": identifier, "endpoint": endpoint, "max_requests": max_requests,
                "window_seconds": window_seconds}
        if cost is not None:
            body["cost"] = cost
        return cast(RateLimitAnswer, self.request("POST", "/v1/rate-limit/check", body=body,
                                                  idempotency_key=idempotency_key))

    def verify_webhook(self, gateway: str, signature: str, body: Union[str, bytes], url: Optional[str] = None, *,
                       idempotency_key: IdempotencyKey = True) -> bool:
        """Asks the server, which has the gateway's secrets. Who has them here takes purser.WebhookVerifier."""
        asked: Dict[str, Any] = {"gateway": gateway, "signature": signature}
        if isinstance(body, str):
            asked["body"] = body
        else:
            asked["body_base64"] = base64.b64encode(body).decode("ascii")
        if url is not None:
            asked["url"] = url
        answer = cast(WebhookAnswer, self.request("POST", "/v1/webhooks/verify", body=asked,
                                                  idempotency_key=idempotency_key))
        return answer["valid"]

    def audit_checkpoint(self) -> Checkpoint:
        """The newest checkpoint of the audit log, for purser_audit.py."""
        return cast(Checkpoint, self.request("GET", "/v1/audit/checkpoint"))

    def openapi(self) -> Dict[str, Any]:
        """The description of the API, OpenAPI 3.1; not signed."""
        return self.request("GET", "/v1/openapi.json", signed=False)

    # ---- requests

    def request(self, method: str, path: str, query: Optional[Query] = None, body: Optional[Mapping[str, Any]] = None,
                *, idempotency_key: IdempotencyKey = True, signed: bool = True) -> Dict[str, Any]:
        """Any operation: its answer, or an error of purser.errors. The path is text and not percent-encoded yet.

        idempotency_key  True: a POST gets one of its own; a text: that one, so that a program that starts again does
                         not do it twice; False: none, and a POST is not sent again"""
        target = quote(path, safe="/-._~") + _query(query)
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        headers = {"Accept": "application/json, application/problem+json", "User-Agent": f"purser-python/{VERSION}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if method == "POST" and idempotency_key is not False:
            headers["Idempotency-Key"] = _idempotency_key(idempotency_key)
        again = method in ("GET", "HEAD") or "Idempotency-Key" in headers
        return self._try(Request(method, target, headers, data), again, signed)

    def _try(self, request: Request, again: bool, signed: bool) -> Dict[str, Any]:
        failed, corrected = 0, False
        while True:
            try:
                return self._once(request, signed)
            except errors.TimestampOutOfRange as error:
                if corrected or not self._correct_clock(error.headers.get("date")):
                    raise
                corrected = True
                continue
            except errors.PurserError as error:
                failed += 1
                delay = self._retry.delay(failed, getattr(error, "retry_after", None))
                if not again or delay is None or not _may_pass(error):
                    raise
            self._sleep(delay)

    def _once(self, request: Request, signed: bool) -> Dict[str, Any]:
        headers = dict(request.headers)
        if signed:
            moment = int(self._clock() + self._clock_offset)
            headers.update(signed_headers(self._key_id, self._secret, moment, new_nonce(), request.method,
                                          request.target, request.body))
        response = self._transport.send(Request(request.method, request.target, headers, request.body),
                                        self._timeout)
        self._note_rate_limit(response.headers)
        return self._open(response)

    def _open(self, response: Response) -> Dict[str, Any]:
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        retry_after = _retry_after(response.headers.get("retry-after"), self._clock)
        value: Any = None
        if kind in ("application/json", "application/problem+json"):
            try:
                value = json.loads(response.body.decode("utf-8"))
            except (ValueError, RecursionError):
                pass
        if response.status == 200 and isinstance(value, dict):
            return value
        if response.status >= 400 and isinstance(value, dict) and isinstance(value.get("type"), str):
            raise _api_error(response, value, retry_after)
        raise errors.UnexpectedAnswer(f"an answer that is not Purser's: status {response.status}, {kind or 'no type'}",
                                      response.status, retry_after)

    def _pages(self, path: str, query: Query) -> Iterator[Dict[str, Any]]:
        cursor = None
        while True:
            page = self.request("GET", path, {**query, "cursor": cursor})
            if not isinstance(page.get("data"), list) or "next_cursor" not in page:
                raise errors.UnexpectedAnswer("an answer that is not Purser's: no page", 200)
            yield from page["data"]
            before, cursor = cursor, page["next_cursor"]
            if cursor is None:
                return
            if cursor == before:  # or this would never end
                raise errors.UnexpectedAnswer("the next page is the same", 200)

    def _correct_clock(self, date: Optional[str]) -> bool:
        """By the server's Date, to its second; False where there is none."""
        try:
            then = email.utils.parsedate_to_datetime(date or "").timestamp()
        except (TypeError, ValueError, IndexError):
            return False
        with self._lock:
            self._clock_offset = then - self._clock()
        return True

    def _note_rate_limit(self, headers: Mapping[str, str]) -> None:
        try:
            state = RateLimitState(limit=int(headers["x-ratelimit-limit"]),
                                   remaining=int(headers["x-ratelimit-remaining"]),
                                   reset=int(headers["x-ratelimit-reset"]))
        except (KeyError, ValueError):
            return
        with self._lock:
            self._rate_limit = state


def _query(query: Optional[Query]) -> str:
    pairs = [f"{quote(name, safe='-._~')}={quote(str(value), safe='-._~')}"
             for name, value in (query or {}).items() if value is not None]
    return "?" + "&".join(pairs) if pairs else ""


def _moment(given: Moment) -> Optional[str]:
    if not isinstance(given, datetime.datetime):
        return given
    if given.tzinfo is None:
        raise ValueError("a datetime must have its time zone: datetime.now(timezone.utc)")
    return given.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _idempotency_key(given: IdempotencyKey) -> str:
    if given is True:
        return secrets.token_urlsafe(24)
    if not isinstance(given, str) or not 1 <= len(given) <= 64 or not all("!" <= c <= "~" for c in given):
        raise ValueError("an Idempotency-Key is 1 to 64 printable ASCII characters without blanks")
    return given


def _retry_after(value: Optional[str], clock: Callable[[], float]) -> Optional[float]:
    """Seconds; the header may also hold a date."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)  # however long: then it is too long for the policy
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - clock())
    except (TypeError, ValueError, IndexError):
        return None


def _may_pass(error: errors.PurserError) -> bool:
    """May the same request be answered otherwise a moment later?"""
    if isinstance(error, (errors.ConnectionFailed, errors.IdempotencyInProgress)):
        return True
    if isinstance(error, errors.NotConfigured):
        return False
    return getattr(error, "status", 0) in _RETRIED


def _api_error(response: Response, value: Dict[str, Any], retry_after: Optional[float]) -> errors.ApiError:
    problem = value["type"]
    if problem.startswith(errors.PROBLEM_PREFIX):
        problem = problem[len(errors.PROBLEM_PREFIX):]
    pointers = [{"pointer": str(one.get("pointer", "")), "detail": str(one.get("detail", ""))}
                for one in _list(value.get("errors")) if isinstance(one, dict)]
    kind = errors.class_of(response.status, problem)
    return kind(response.status, problem, str(value.get("title", "")), str(value.get("detail", "")), pointers,
                response.headers, retry_after)


def _list(value: Any) -> Tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else ()
