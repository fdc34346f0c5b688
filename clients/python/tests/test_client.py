import json
import unittest
from datetime import date, datetime, timedelta, timezone

import purser
from purser import Client, Response, RetryPolicy

KEY, SECRET = "pk_" + "a" * 24, "sk_" + "0" * 64


def good(value, **headers):
    return Response(200, {"content-type": "application/json", **headers}, json.dumps(value).encode())


def bad(status, problem, headers=None, **more):
    value = {"type": "urn:purser:problem:" + problem, "title": "No", "status": status, "detail": "Not now.", **more}
    return Response(status, {"content-type": "application/problem+json", **(headers or {})}, json.dumps(value).encode())


class Fake:
    """Answers in their order; keeps what was asked. An exception is raised."""

    def __init__(self, *answers):
        self.answers, self.requests, self.slept, self.now = list(answers), [], [], 1_000_000.0

    def send(self, request, timeout):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, **options):
        return Client("http://x", KEY, SECRET, transport=self, sleep=self.slept.append, clock=lambda: self.now, **options)


class Operations(unittest.TestCase):
    def test_each_asks_what_it_says(self):
        page = {"data": [], "next_cursor": None}
        for call, method, target, body in (
                (lambda c: c.usage(), "GET", "/v1/usage", None),
                (lambda c: c.package(), "GET", "/v1/package", None),
                (lambda c: c.audit_checkpoint(), "GET", "/v1/audit/checkpoint", None),
                (lambda c: c.usage_history_page(limit=3, cursor="a b"), "GET", "/v1/usage/history?limit=3&cursor=a%20b", None),
                (lambda c: list(c.usage_history()), "GET", "/v1/usage/history", None),
                (lambda c: list(c.transactions(from_="2026-01-01T00:00:00Z", limit=9)), "GET",
                 "/v1/transactions?from=2026-01-01T00%3A00%3A00Z&limit=9", None),
                (lambda c: c.transactions_page(to=datetime(2026, 1, 1, 2, 0, 0, 5, timezone(timedelta(hours=2)))), "GET",
                 "/v1/transactions?to=2026-01-01T00%3A00%3A00.000005Z", None),
                (lambda c: c.reconciliation(date(2026, 1, 1)), "GET", "/v1/reconciliation?date=2026-01-01", None),
                (lambda c: c.reconciliation(datetime(2026, 1, 1, 23, 59)), "GET", "/v1/reconciliation?date=2026-01-01", None),
                (lambda c: c.reconciliation("2026-01-01"), "GET", "/v1/reconciliation?date=2026-01-01", None),
                (lambda c: c.rate_limit_check("Zoë", "/login", 5, 60), "POST", "/v1/rate-limit/check",
                 {"identifier": "Zoë", "endpoint": "/login", "max_requests": 5, "window_seconds": 60}),
                (lambda c: c.rate_limit_check("a", "/", 5, 60, 2), "POST", "/v1/rate-limit/check",
                 {"identifier": "a", "endpoint": "/", "max_requests": 5, "window_seconds": 60, "cost": 2}),
                (lambda c: c.verify_webhook("square", "sig", "{}", "https://x"), "POST", "/v1/webhooks/verify",
                 {"gateway": "square", "signature": "sig", "body": "{}", "url": "https://x"}),
                (lambda c: c.verify_webhook("square", "sig", b"\xff"), "POST", "/v1/webhooks/verify",
                 {"gateway": "square", "signature": "sig", "body_base64": "/w=="}),
                (lambda c: c.request("GET", "/v1/café", {"ключ": "a&b", "none": None}), "GET",
                 "/v1/caf%C3%A9?%D0%BA%D0%BB%D1%8E%D1%87=a%26b", None)):
            with self.subTest(target):
                fake = Fake(good({**page, "valid": True}))
                call(fake.client())
                request = fake.requests[0]
                self.assertEqual((request.method, request.target), (method, target))
                self.assertEqual(json.loads(request.body) if request.body else None, body)
                self.assertEqual("Idempotency-Key" in request.headers, method == "POST")
                text = purser.string_to_sign(KEY, 1_000_000, request.headers["X-Purser-Nonce"], method, target, request.body)
                self.assertEqual(request.headers["X-Purser-Signature"], "v1=" + purser.sign(SECRET, text))

    def test_the_description_is_asked_for_without_a_signature(self):
        fake = Fake(good({"openapi": "3.1.0"}))
        fake.client().openapi()
        self.assertFalse([name for name in fake.requests[0].headers if name.startswith("X-Purser")])

    def test_pages_follow_each_other(self):
        fake = Fake(good({"data": [1, 2], "next_cursor": "c1"}), good({"data": [], "next_cursor": "c2"}),
                    good({"data": [3], "next_cursor": None}))
        self.assertEqual(list(fake.client().transactions(limit=2)), [1, 2, 3])
        self.assertEqual([r.target for r in fake.requests], [
            "/v1/transactions?limit=2", "/v1/transactions?limit=2&cursor=c1", "/v1/transactions?limit=2&cursor=c2"])

    def test_pages_are_asked_for_when_they_are_needed(self):
        fake = Fake(good({"data": [1], "next_cursor": "c1"}))
        self.assertEqual(next(fake.client().transactions()), 1)

    def test_what_is_no_page_is_an_error(self):
        for answer in ({}, {"data": []}, {"data": 1, "next_cursor": None}):
            with self.assertRaises(purser.UnexpectedAnswer):
                list(Fake(good(answer)).client().transactions())

    def test_a_list_that_does_not_go_on_ends(self):
        fake = Fake(*[good({"data": [1], "next_cursor": "c"})] * 2)
        with self.assertRaises(purser.UnexpectedAnswer):
            list(fake.client().transactions())

    def test_the_state_of_the_key(self):
        fake = Fake(good({}, **{"x-ratelimit-limit": "600", "x-ratelimit-remaining": "599", "x-ratelimit-reset": "17"}),
                    good({}))
        client = fake.client()
        self.assertIsNone(client.rate_limit)
        client.usage()
        client.usage()
        self.assertEqual(client.rate_limit, {"limit": 600, "remaining": 599, "reset": 17})

    def test_wrong_settings_are_refused(self):
        for arguments, options in ((("http://x", "pk_1", SECRET), {}), (("http://x", KEY, "secret"), {}),
                                   (("x", KEY, SECRET), {}), (("ftp://x", KEY, SECRET), {}),
                                   (("https://x/café", KEY, SECRET), {}), (("https://x?a", KEY, SECRET), {}), (("https://u:p@x", KEY, SECRET), {}),
                                   (("http://x", KEY, SECRET), {"timeout": 0}),
                                   (("http://x", KEY, SECRET), {"timeout": float("inf")}), (("http://x", KEY, SECRET), {"retries": -1})):
            with self.subTest(arguments), self.assertRaises(ValueError):
                Client(*arguments, **options)
        with self.assertRaises(ValueError):
            list(Fake().client().transactions(to=datetime(2026, 1, 1)))
        with self.assertRaises(ValueError):
            Fake().client().rate_limit_check("a", "b", 1, 1, idempotency_key="a b")

    def test_it_shows_no_secret(self):
        self.assertNotIn(SECRET, repr(Fake().client()))


class Retries(unittest.TestCase):
    def test_what_may_pass_is_tried_again(self):
        for failure in (purser.ConnectionFailed("x"), purser.RequestTimeout("x"), bad(429, "rate-limited"),
                        bad(503, "unavailable"), bad(500, "internal-error"), bad(409, "idempotency-in-progress"),
                        Response(502, {"content-type": "text/html"}, b"<h1>Bad Gateway</h1>")):
            with self.subTest(failure=failure):
                fake = Fake(failure, failure, good({"allowed": True}))
                self.assertTrue(fake.client().rate_limit_check("a", "b", 1, 1)["allowed"])
                self.assertEqual(len(fake.slept), 2)
                self.assertEqual(len({r.headers["Idempotency-Key"] for r in fake.requests}), 1)
                self.assertEqual(len({r.headers["X-Purser-Nonce"] for r in fake.requests}), 3)

    def test_what_may_not_pass_is_not(self):
        for failure, kind in ((bad(401, "invalid-key"), purser.InvalidKey), (bad(403, "client-closed"), purser.ClientClosed),
                              (bad(422, "invalid-body"), purser.InvalidBody), (bad(404, "not-found"), purser.NotFound),
                              (bad(503, "not-configured"), purser.NotConfigured), (bad(401, "replayed-nonce"), purser.ReplayedNonce),
                              (Response(301, {}, b""), purser.UnexpectedAnswer),
                              (Response(200, {"content-type": "text/html"}, b"hello"), purser.UnexpectedAnswer),
                              (Response(200, {"content-type": "application/json"}, b"["), purser.UnexpectedAnswer)):
            with self.subTest(kind.__name__):
                fake = Fake(failure)
                with self.assertRaises(kind):
                    fake.client().usage()
                self.assertEqual(fake.slept, [])

    def test_a_post_without_a_key_is_sent_once(self):
        fake = Fake(bad(503, "unavailable"))
        with self.assertRaises(purser.Unavailable):
            fake.client().rate_limit_check("a", "b", 1, 1, idempotency_key=False)
        self.assertNotIn("Idempotency-Key", fake.requests[0].headers)

    def test_it_gives_up(self):
        fake = Fake(*[purser.RequestTimeout("late")] * 3)
        with self.assertRaises(purser.RequestTimeout):
            fake.client(retries=2).usage()
        self.assertEqual((len(fake.requests), len(fake.slept)), (3, 2))

    def test_retry_after_comes_before_the_jitter(self):
        fake = Fake(bad(429, "rate-limited", {"retry-after": "7"}), good({}))
        fake.client(retries=RetryPolicy(base_delay=0.5)).usage()
        self.assertTrue(7 <= fake.slept[0] <= 7.5, fake.slept)

    def test_retry_after_may_be_a_date(self):
        fake = Fake(bad(503, "unavailable", {"retry-after": "Mon, 12 Jan 1970 13:46:45 GMT"}), good({}))
        fake.client(retries=RetryPolicy(base_delay=0)).usage()
        self.assertEqual(fake.slept, [5.0])

    def test_a_long_retry_after_is_the_callers_matter(self):
        for text, seconds in (("3600", 3600), ("9" * 20, 1e20)):
            fake = Fake(bad(429, "rate-limited", {"retry-after": text}))
            with self.assertRaises(purser.RateLimited) as caught:
                fake.client().usage()
            self.assertEqual((caught.exception.retry_after, fake.slept), (seconds, []))

    def test_a_retry_after_that_cannot_be_read_is_none(self):
        for text in ("soon", "-5", "\u00b2"):
            fake = Fake(bad(429, "rate-limited", {"retry-after": text}), good({}))
            fake.client(retries=RetryPolicy(base_delay=0)).usage()
            self.assertEqual(fake.slept, [0])

    def test_the_backoff_doubles_up_to_its_cap_with_full_jitter(self):
        policy = RetryPolicy(retries=9, base_delay=1, max_delay=8)
        self.assertEqual([policy.delay(n, None, lambda low, high: high) for n in range(1, 7)], [1, 2, 4, 8, 8, 8])
        self.assertEqual(policy.delay(5, None, lambda low, high: low), 0)
        self.assertIsNone(policy.delay(10, None))


class Errors(unittest.TestCase):
    def raised(self, answer):
        with self.assertRaises(purser.PurserError) as caught:
            Fake(answer).client(retries=0).usage()
        return caught.exception

    def test_each_problem_has_its_class(self):
        for status, problem, kind in (
                (401, "missing-credentials", purser.MissingCredentials), (401, "malformed-credentials", purser.MalformedCredentials),
                (401, "invalid-signature", purser.InvalidSignature), (401, "invalid-key", purser.InvalidKey),
                (403, "client-suspended", purser.ClientSuspended), (400, "invalid-parameter", purser.InvalidParameter),
                (413, "body-too-large", purser.TooLarge), (415, "unsupported-media-type", purser.UnsupportedMediaType),
                (405, "method-not-allowed", purser.MethodNotAllowed), (422, "idempotency-mismatch", purser.IdempotencyMismatch),
                (401, "news", purser.AuthenticationError), (403, "news", purser.Forbidden), (418, "news", purser.InvalidRequest),
                (429, "news", purser.RateLimited), (507, "news", purser.Unavailable)):
            with self.subTest(problem):
                error = self.raised(bad(status, problem))
                self.assertIs(type(error), kind)
                self.assertEqual((error.status, error.problem, error.title, error.detail), (status, problem, "No", "Not now."))

    def test_it_says_where(self):
        error = self.raised(bad(422, "invalid-body", {"x-request-id": "r-1"}, errors=[{"pointer": "/cost", "detail": "no"}, 5]))
        self.assertEqual(error.errors, [{"pointer": "/cost", "detail": "no"}])
        self.assertEqual(error.request_id, "r-1")
        self.assertEqual(str(error), "422 invalid-body: Not now.")

    def test_a_problem_that_makes_no_sense(self):
        for body in (b"", b"[]", b"{}", b'{"type":5}', b"\xff", b"[" * 100000):
            with self.subTest(body[:5]):
                error = self.raised(Response(500, {"content-type": "application/problem+json"}, body))
                self.assertIs(type(error), purser.UnexpectedAnswer)
                self.assertEqual(error.status, 500)


class Clock(unittest.TestCase):
    DATE = {"date": "Mon, 12 Jan 1970 14:46:40 GMT"}  # an hour ahead of Fake.now

    def test_it_is_corrected_once_and_stays_so(self):
        fake = Fake(bad(401, "timestamp-out-of-range", self.DATE), good({}), good({}))
        client = fake.client(retries=0)
        client.usage()
        client.usage()
        self.assertEqual([int(r.headers["X-Purser-Timestamp"]) - 1_000_000 for r in fake.requests], [0, 3600, 3600])
        self.assertEqual((client.clock_offset, fake.slept), (3600, []))

    def test_not_twice(self):
        fake = Fake(*[bad(401, "timestamp-out-of-range", self.DATE)] * 2)
        with self.assertRaises(purser.TimestampOutOfRange):
            fake.client().usage()

    def test_not_without_a_date(self):
        for headers in ({}, {"date": "yesterday"}, {"date": ""}):
            fake = Fake(bad(401, "timestamp-out-of-range", headers))
            with self.assertRaises(purser.TimestampOutOfRange):
                fake.client().usage()
