"""Square's lists and bodies."""
import time

from simulator import Case, DAY, HEADERS, record


class SquareLists(Case):
    def ids(self, path):
        return [p["id"] for page in self.sim.pages(path) for p in page.get("payments", [])]

    def add_hours(self, count, **more):
        self.sim.add(*(record(id=f"sq_{i:02}", created_at=f"2025-07-05T{i:02}:00:00Z", **more)
                       for i in range(count)))

    def test_an_empty_day_is_an_empty_object(self):
        self.assertEqual(self.sim.get("square", f"/v2/payments?{DAY}").body, b"{}")

    def test_upwards_the_window_holds_its_begin_and_not_its_end(self):
        self.add_hours(6)
        window = "begin_time=2025-07-05T01:00:00Z&end_time=2025-07-05T04:00:00Z"
        self.assertEqual(self.ids(f"/v2/payments?{window}&sort_order=ASC"),
                         ["sq_01", "sq_02", "sq_03"])

    def test_downwards_the_window_holds_its_end_and_not_its_begin(self):
        self.add_hours(6)
        window = "begin_time=2025-07-05T01:00:00Z&end_time=2025-07-05T06:00:00%2B02:00"
        self.assertEqual(self.ids(f"/v2/payments?{window}"), ["sq_04", "sq_03", "sq_02"])

    def test_pages_join_to_the_whole_in_both_directions(self):
        self.add_hours(24)
        everything = [f"sq_{i:02}" for i in range(24)]
        for order in ("ASC", "DESC"):
            for limit in (1, 5, 23, 24, 25, 1000):
                day = "begin_time=2025-07-04T00:00:00Z&end_time=2025-07-06T00:00:00Z"
                got = self.ids(f"/v2/payments?{day}&sort_order={order}&limit={limit}")
                self.assertEqual(got, everything if order == "ASC" else everything[::-1])

    def test_payments_of_one_moment_are_neither_lost_nor_doubled_by_paging(self):
        self.sim.add(*(record(id=f"same_{i}") for i in range(7)))
        for order in ("ASC", "DESC"):
            self.assertEqual(
                sorted(self.ids(f"/v2/payments?{DAY}&sort_order={order}&limit=2")),
                [f"same_{i}" for i in range(7)])

    def test_payments_without_location_are_those_of_the_main_one_refunds_of_all(self):
        self.sim.add(record(id="a"), record(id="b", location="L2"),
                     record(id="rb", kind="refund", payment_id="b", location="L2",
                            status="completed"))
        self.assertEqual(self.ids(f"/v2/payments?{DAY}"), ["a"])
        self.assertEqual(self.ids(f"/v2/payments?{DAY}&location_id=L2"), ["b"])
        self.assertEqual(len(self.sim.get("square", f"/v2/refunds?{DAY}").json["refunds"]), 1)
        self.assertEqual(self.sim.get("square", f"/v2/refunds?{DAY}&location_id=L1").json, {})
        self.assertEqual(self.sim.get("square", f"/v2/payments?{DAY}&location_id=L9").status, 404)

    def test_a_late_capture_is_found_by_its_update(self):
        self.sim.add(record(id="late", updated_at="2025-07-09T00:00:00Z"), record(id="other"))
        window = "updated_at_begin_time=2025-07-09T00:00:00Z&updated_at_end_time=2025-07-10T00:00:00Z"
        self.assertEqual(self.ids(f"/v2/payments?{window}&sort_field=UPDATED_AT&sort_order=ASC"),
                         ["late"])

    def test_what_is_added_replaced_and_removed_shows_in_order(self):
        self.add_hours(5)
        self.sim.add(record(id="sq_00", created_at="2025-07-05T20:00:00Z"),
                     record(id="mid", created_at="2025-07-05T02:30:00Z"))
        self.assertEqual(self.sim.control("DELETE", "/records?gateway=square&id=sq_03"),
                         {"ok": True, "removed": 1})
        self.assertEqual(self.ids(f"/v2/payments?{DAY}&sort_order=ASC"),
                         ["sq_01", "sq_02", "mid", "sq_04", "sq_00"])

    def test_a_cursor_is_good_for_its_own_query_only(self):
        self.add_hours(5)
        cursor = self.sim.get("square", f"/v2/payments?{DAY}&limit=2").json["cursor"]
        for path in (f"/v2/payments?{DAY}&sort_order=ASC&cursor={cursor}",
                     f"/v2/refunds?{DAY}&cursor={cursor}",
                     f"/v2/payments?{DAY}&cursor={cursor[:-1]}0{cursor[-1:]}",
                     f"/v2/payments?{DAY}&cursor=x"):
            reply = self.sim.get("square", path)
            self.assertEqual((reply.status, reply.json["errors"][0]["code"]),
                             (400, "INVALID_CURSOR"))

    def test_nonsense_is_refused_in_squares_words(self):
        for argument, code in (("begin_time=yesterday", "INVALID_TIME"),
                               ("begin_time=2025-02-30T00:00:00Z", "INVALID_TIME"),
                               ("sort_order=UP", "INVALID_SORT_ORDER"),
                               ("sort_field=AMOUNT", "INVALID_ENUM_VALUE"),
                               ("limit=0", "INVALID_VALUE")):
            reply = self.sim.get("square", f"/v2/payments?{argument}")
            self.assertEqual((reply.status, reply.json["errors"][0]["code"]), (400, code))

    def test_without_a_window_it_is_the_last_year(self):
        recent = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        self.sim.add(record(id="old", created_at="2019-01-01T00:00:00Z"),
                     record(id="new", created_at=recent))
        self.assertEqual(self.ids("/v2/payments?limit=10"), ["new"])


class SquareBodies(Case):
    def payment(self, **given):
        self.sim.add(record(id="p", **given))
        return self.sim.get("square", "/v2/payments/p").json["payment"]

    def test_money_is_in_the_smallest_unit_of_its_currency(self):
        for text, currency, minor in (("123.45", "GBP", 12345), ("5000", "JPY", 5000),
                                      ("1.234", "KWD", 1234), ("0.01", "MWK", 1),
                                      ("92233720368547758.07", "GBP", 2**63 - 1),
                                      ("-3.5", "GBP", -350)):
            p = self.payment(amount=text, currency=currency)
            self.assertEqual(p["amount_money"], {"amount": minor, "currency": currency})

    def test_a_tip_raises_the_total_only(self):
        p = self.payment(tip="1.50")
        self.assertEqual((p["amount_money"]["amount"], p["total_money"]["amount"],
                          p["tip_money"]["amount"]), (1000, 1150, 150))

    def test_statuses_are_squares_words(self):
        for status, word in (("captured", "COMPLETED"), ("authorized", "APPROVED"),
                             ("pending", "PENDING"), ("cancelled", "CANCELED"),
                             ("failed", "FAILED"), ("weird", "weird")):
            self.assertEqual(self.payment(status=status)["status"], word)
        self.assertEqual(self.payment(raw_status="NEW_ONE")["status"], "NEW_ONE")

    def test_refunds_show_in_their_payment(self):
        self.assertNotIn("refunded_money", self.payment())
        self.sim.add(record(id="r1", kind="refund", payment_id="p", amount="1.00",
                            status="completed"),
                     record(id="r2", kind="refund", payment_id="p", amount="2.00",
                            status="pending"),
                     record(id="r3", kind="refund", amount="9.00", status="completed"))
        p = self.sim.get("square", "/v2/payments/p").json["payment"]
        self.assertEqual(sorted(p["refund_ids"]), ["r1", "r2"])
        self.assertEqual(p["refunded_money"]["amount"], 100)
        refunds = {r["id"]: r for r in self.sim.get("square", f"/v2/refunds?{DAY}").json["refunds"]}
        self.assertEqual(refunds["r1"]["payment_id"], "p")
        self.assertEqual(refunds["r2"]["status"], "PENDING")
        self.assertNotIn("payment_id", refunds["r3"])
        self.assertEqual(self.sim.get("square", "/v2/refunds/r1").json["refund"]["id"], "r1")

    def test_fee_reference_and_source_are_told_where_they_are_known(self):
        p = self.payment(fee="0.34", reference='A"\\ü\n1', source_type="CASH")
        self.assertEqual(p["processing_fee"][0]["amount_money"]["amount"], 34)
        self.assertEqual(p["reference_id"], 'A"\\ü\n1')
        self.assertIn("cash_details", p)
        p = self.payment()
        self.assertFalse({"processing_fee", "reference_id"} & set(p))
        self.assertEqual(p["card_details"]["status"], "CAPTURED")

    def test_moments_are_as_fine_as_they_were_given(self):
        self.assertEqual(self.payment(created_at="2025-07-05T10:00:00.12+02:00")["created_at"],
                         "2025-07-05T08:00:00.120Z")
        self.assertEqual(self.payment(created_at="2025-07-05T10:00:00.123456Z")["created_at"],
                         "2025-07-05T10:00:00.123456Z")

    def test_locations_can_be_described(self):
        self.sim.add({"gateway": "square", "kind": "location", "id": "L2", "status": "inactive",
                      "timezone": "Africa/Blantyre"})
        got = self.sim.get("square", "/v2/locations").json["locations"]
        self.assertEqual([(x["id"], x["status"]) for x in got],
                         [("L1", "ACTIVE"), ("L2", "INACTIVE"), ("L3", "ACTIVE")])
        self.assertEqual(got[1]["timezone"], "Africa/Blantyre")

    def test_what_is_not_there_and_who_is_not_known(self):
        for path, token, status, code in (("/v2/payments/no", HEADERS["square"], 404, "NOT_FOUND"),
                                          ("/v2/orders", HEADERS["square"], 404, "NOT_FOUND"),
                                          ("/v2/payments", None, 401, "UNAUTHORIZED"),
                                          ("/v2/payments", "Bearer x", 401, "UNAUTHORIZED")):
            reply = self.sim.get("square", path, token=token)
            self.assertEqual((reply.status, reply.json["errors"][0]["code"]), (status, code))
        self.assertEqual(self.sim.call("POST", "/square/v2/payments", b"{}",
                                       token=HEADERS["square"]).status, 405)
