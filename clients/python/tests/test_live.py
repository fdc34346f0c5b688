"""Against a real server: its address and keys come by the environment (mysql-test/api/README.md)."""
import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
import unittest
from datetime import datetime, timezone
from decimal import Decimal

import purser
from purser import Client, HttpTransport, Request

from .conformance import body_of, cases

ENV = {name[len("PURSER_API_"):]: value for name, value in os.environ.items() if name.startswith("PURSER_API_")}


def client(which="", **options):
    return Client(ENV["URL"], ENV[which + "KEY"], ENV[which + "SECRET"], **options)


def nonce(length):
    return secrets.token_hex(length)[:length]


class Case:
    """A live case of the conformance file, sent as it says."""

    def __init__(self, case):
        self.case, self.send = case, case.get("send", {})

    def request(self):
        method, target, body = self.case["method"], self.case["target"], body_of(self.case)
        key, secret = self.send.get("key_id", ENV["KEY"]), self.send.get("secret", ENV["SECRET"])
        moment, once = str(int(time.time()) + self.send.get("clock_offset", 0)), nonce(self.send.get("nonce_length", 24))
        signature = purser.sign(secret, purser.string_to_sign(key, moment, once, method, target, body))
        if self.send.get("uppercase_signature"):
            signature = signature.upper()
        headers = {**self.case.get("headers", {}), "X-Purser-Key": key, "X-Purser-Timestamp": moment, "X-Purser-Nonce": once,
                   "X-Purser-Signature": "v1=" + signature}
        tamper = self.send.get("tamper", {})
        headers.update(tamper.get("headers", {}))
        for name in self.send.get("without", []):
            del headers[name]
        for name in self.send.get("double", []):
            headers[name.lower()] = headers[name]  # another name in a dict, the same header
        return Request(tamper.get("method", method), tamper.get("target", target), headers,
                       tamper["body"].encode() if "body" in tamper else body)

    def answers(self):
        request, transport = self.request(), HttpTransport(ENV["URL"])
        return [transport.send(request, 30) for _ in range(self.send.get("repeat", 1))]


@unittest.skipUnless("URL" in ENV, "no server is given: mysql-test/api/README.md")
class Live(unittest.TestCase):
    def test_the_live_cases_of_the_conformance_file(self):
        self.assertGreater(len(cases("live")), 20)
        for case in cases("live"):
            with self.subTest(case["name"]):
                *before, last = Case(case).answers()
                self.assertEqual([answer.status for answer in before], [200] * len(before))
                self.assertEqual(last.status, case["expect"]["status"], last)
                if case["method"] == "HEAD" or case["expect"].get("no_body"):
                    self.assertEqual(last.body, b"")
                elif "problem" in case["expect"]:
                    self.assertEqual(last.headers["content-type"].split(";")[0], "application/problem+json")
                    self.assertEqual(json.loads(last.body)["type"], "urn:purser:problem:" + case["expect"]["problem"])
                else:
                    json.loads(last.body)

    def test_usage_and_package(self):
        usage = client().usage()
        for name in ("client_id", "month", "package", "volume", "transactions", "currency", "allowed", "thresholds", "alerts"):
            self.assertIn(name, usage)
        self.assertGreaterEqual(Decimal(usage["volume"]["used"]), Decimal("262.5"))
        package = client().package()
        self.assertEqual(package["name"], usage["package"])
        Decimal(package["price"])

    def test_the_state_of_the_key_is_known(self):
        asking = client()
        asking.usage()
        self.assertGreater(asking.rate_limit["limit"], asking.rate_limit["remaining"])

    def test_all_transactions_whatever_the_size_of_a_page(self):
        # those of another test may come in between, so what is compared has an end
        to = datetime.now(timezone.utc)
        whole = list(client().transactions(to=to, limit=200))
        self.assertEqual(len(whole), int(ENV["TRANSACTIONS"]))
        self.assertEqual(len({one["reference"] for one in whole}), len(whole))
        moments = [one["occurred_at"] for one in whole]
        self.assertEqual(moments, sorted(moments, reverse=True))
        self.assertEqual(list(client().transactions(to=to, limit=7)), whole)
        for one in whole:
            Decimal(one["amount"])

    def test_a_window_of_transactions(self):
        day = list(client().transactions(from_=ENV["DAY"] + "T00:00:00Z", to=ENV["DAY"] + "T23:59:59Z"))
        self.assertTrue(day)
        self.assertEqual({one["occurred_at"][:10] for one in day}, {ENV["DAY"]})

    def test_one_who_has_nothing(self):
        self.assertEqual(list(client("EMPTY_").transactions()), [])
        self.assertIsInstance(list(client("EMPTY_").usage_history()), list)

    def test_history_page(self):
        page = client().usage_history_page(limit=1)
        self.assertLessEqual(len(page["data"]), 1)

    def test_reconciliation(self):
        day = client().reconciliation(ENV["DAY"])
        self.assertEqual(day["date"], ENV["DAY"])
        self.assertIsInstance(day["discrepancies"], list)
        with self.assertRaises(purser.InvalidParameter) as caught:
            client().reconciliation("yesterday")
        self.assertTrue(caught.exception.errors)

    def test_rate_limit_check(self):
        who = nonce(20)
        answers = [client().rate_limit_check(who, "/login", 2, 3600)["allowed"] for _ in range(3)]
        self.assertEqual(answers, [True, True, False])
        with self.assertRaises(purser.InvalidBody) as caught:
            client().rate_limit_check(who, "/login", -1, 3600)
        self.assertTrue(caught.exception.errors[0]["pointer"])

    def test_a_check_with_the_same_idempotency_key_counts_once(self):
        who, key = nonce(20), nonce(20)
        for _ in range(5):
            self.assertTrue(client().rate_limit_check(who, "/pay", 2, 3600, idempotency_key=key)["allowed"])
        self.assertTrue(client().rate_limit_check(who, "/pay", 2, 3600)["allowed"])
        with self.assertRaises(purser.IdempotencyMismatch):
            client().rate_limit_check(who, "/other", 2, 3600, idempotency_key=key)

    def test_webhooks(self):
        gateways, body = json.loads(ENV["WEBHOOK_SECRETS"]), '{"a":"Zoë 💳"}'
        paychangu = hmac.new(gateways["paychangu"].encode(), body.encode(), hashlib.sha256).hexdigest()
        square = base64.b64encode(hmac.new(gateways["square"].encode(), b"https://x/" + body.encode(), hashlib.sha256).digest()).decode()
        self.assertIs(client().verify_webhook("paychangu", paychangu, body), True)
        self.assertIs(client().verify_webhook("paychangu", paychangu, body.encode()), True)
        self.assertIs(client().verify_webhook("paychangu", paychangu, body + " "), False)
        self.assertIs(client().verify_webhook("square", square, body, "https://x/"), True)
        # what the server takes, the package takes
        self.assertTrue(purser.verify_webhook("paychangu", gateways["paychangu"], paychangu, body))
        self.assertTrue(purser.verify_webhook("square", gateways["square"], square, body, "https://x/"))

    def test_checkpoint_and_description(self):
        try:
            self.assertIn("tree_size", client().audit_checkpoint())
        except purser.NotFound as none:  # so long as nothing was logged
            self.assertEqual(none.problem, "no-checkpoint")
        self.assertTrue(client().openapi()["openapi"].startswith("3.1"))

    def test_keys_that_are_not_good(self):
        for which, kind in (("REVOKED_", purser.InvalidKey), ("EXPIRED_", purser.InvalidKey),
                            ("SUSPENDED_", purser.ClientSuspended), ("CLOSED_", purser.ClientClosed)):
            with self.subTest(which), self.assertRaises(kind):
                client(which).usage()
        with self.assertRaises(purser.InvalidSignature):
            Client(ENV["URL"], ENV["KEY"], "sk_" + "0" * 64).usage()

    def test_a_clock_that_is_an_hour_late(self):
        late = client(clock=lambda: time.time() - 3600)
        late.usage()
        self.assertLess(abs(late.clock_offset - 3600), 60)
        late.usage()

    def test_threads_share_a_client(self):
        shared, failed = client(), []

        def ask():
            try:
                shared.usage()
            except Exception as why:
                failed.append(why)
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])


if __name__ == "__main__":
    unittest.main()
