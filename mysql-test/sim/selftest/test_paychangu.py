"""PayChangu's lookups and its list."""
from urllib.parse import quote

from simulator import Case, record


class PayChangu(Case):
    PATHS = {"checkout": "/verify-payment/%s", "mobile_money": "/mobile-money/payments/%s/verify",
             "bank": "/direct-charge/transactions/%s/details", "card": "/charge-card/verify/%s"}

    def record(self, **given):
        r = record(gateway="paychangu", currency="MWK", id="26262633201", amount="1000.00",
                   reference="TX-1", fee="40.00")
        r.update(given)
        return r

    def look_up(self, endpoint, reference="TX-1"):
        return self.sim.get("paychangu", self.PATHS[endpoint] % quote(reference, safe=""))

    def test_a_checkout_is_told_as_the_documentation_shows(self):
        self.sim.add(self.record())
        body = self.look_up("checkout").json
        data = body["data"]
        self.assertEqual((body["status"], data["status"], data["tx_ref"], data["reference"],
                          data["amount"], data["charges"], data["currency"], data["mode"]),
                         ("success", "success", "TX-1", "26262633201", 1000, 40, "MWK", "live"))
        self.assertEqual(data["authorization"]["completed_at"], "2025-07-05T10:00:00.000000Z")

    def test_mobile_money_differs_in_all_the_known_ways(self):
        self.sim.add(self.record(endpoint="mobile_money", fee="40.50"))
        body = self.look_up("mobile_money").json
        data = body["data"]
        self.assertEqual((body["status"], data["status"], data["charge_id"], data["ref_id"],
                          data["currency"], data["transaction_charges"]["amount"], data["mode"]),
                         ("successful", "success", "TX-1", "26262633201", "MK", "40.50", "Live"))
        self.assertEqual(self.sim.get("paychangu", "/mobile-money/payments/TX-1/details").json, body)

    def test_a_bank_transfer_lies_one_deeper(self):
        self.sim.add(self.record(endpoint="bank"))
        self.assertEqual(self.look_up("bank").json["data"]["transaction"]["charge_id"], "TX-1")

    def test_a_card_charge_is_a_direct_charge(self):
        self.sim.add(self.record(endpoint="card"))
        self.assertEqual(self.look_up("card").json["data"]["charge_id"], "TX-1")

    def test_a_reference_is_found_at_its_own_endpoint_only(self):
        for kept in self.PATHS:
            self.sim.add(self.record(endpoint=kept))
            for asked in self.PATHS:
                reply = self.look_up(asked)
                self.assertEqual(reply.status, 200 if asked == kept else 404)
                if asked != kept:
                    self.assertIsNone(reply.json["data"])

    def test_the_amount_comes_in_every_form(self):
        for text, form, sent in (("1000.00", "auto", b"1000,"), ("50.75", "auto", b"50.75,"),
                                 ("1000.00", "int", b"1000,"), ("1000", "real", b"1000.0,"),
                                 ("50.00", "string", b'"50.00",'), ("1e3", "raw", b"1e3,")):
            self.sim.add(self.record(amount=text, form=form))
            self.assertIn(b'"amount":' + sent, self.look_up("checkout").body)

    def test_of_several_attempts_the_captured_one_counts_else_the_latest(self):
        self.sim.add(self.record(id="1", status="failed"),
                     self.record(id="2", status="pending", created_at="2025-07-05T11:00:00Z"))
        self.assertEqual(self.look_up("checkout").json["data"]["reference"], "2")
        self.sim.add(self.record(id="3", created_at="2025-07-05T09:00:00Z"))
        self.assertEqual(self.look_up("checkout").json["data"]["reference"], "3")

    def test_statuses_and_completion(self):
        for status, word in (("pending", "pending"), ("failed", "failed"),
                             ("refunded", "refunded"), ("authorized", "pending")):
            self.sim.add(self.record(status=status))
            self.assertEqual(self.look_up("checkout").json["data"]["status"], word)
        self.sim.add(self.record(status="pending", raw_status="failed/cancelled"))
        data = self.look_up("checkout").json["data"]
        self.assertEqual(data["status"], "failed/cancelled")
        self.assertIsNone(data["authorization"]["completed_at"])

    def test_a_reference_may_hold_any_characters(self):
        for reference in ("a/b", "a b?c&d", "ü", "100%", "x/verify", "a+b"):
            for endpoint in self.PATHS:
                self.sim.add(self.record(reference=reference, endpoint=endpoint))
                self.assertEqual(self.look_up(endpoint, reference).status, 200, reference)

    def test_the_balance_needs_the_key_and_the_operators_do_not(self):
        self.assertEqual(self.sim.get("paychangu", "/wallet-balance?currency=MWK").json["data"],
                         {"environment": "live", "currency": "MWK", "main_balance": "52637.95",
                          "collection_balance": 0})
        for path in ("/wallet-balance", "/verify-payment/x", "/transactions"):
            reply = self.sim.get("paychangu", path, token="Bearer wrong")
            self.assertEqual((reply.status, reply.json),
                             (401, {"status": "failed", "message": "Unauthorized"}))
        self.assertEqual(self.sim.get("paychangu", "/mobile-money", token=None).status, 200)

    def test_the_list_has_pages_of_twenty_newest_first(self):
        self.sim.add(*(self.record(id=f"{i}", reference=f"TX-{i}",
                                   created_at=f"2025-07-05T10:{i:02}:00Z") for i in range(45)))
        path, seen = "/transactions", []
        while path:
            data = self.sim.get("paychangu", path).json["data"]
            seen += [row["ref_id"] for row in data["data"]]
            self.assertEqual((data["total_pages"], data["per_page"]), (3, 20))
            following = data["next_page_url"]
            path = following and following.split("/paychangu")[1]
        self.assertEqual(seen, [str(i) for i in range(44, -1, -1)])
        self.assertEqual(self.sim.get("paychangu", "/transactions?page=9").json["data"]["data"], [])
