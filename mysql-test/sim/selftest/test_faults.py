"""Every fault."""
import json
import socket
import threading
import time
from urllib.parse import quote

from simulator import Case, DAY, record


class Faults(Case):
    LIST = f"/v2/payments?{DAY}&sort_order=ASC&limit=10"

    def setUp(self):
        super().setUp()
        self.sim.add(*(record(id=f"sq_{i:02}", reference=f"TX-{i}",
                              created_at=f"2025-07-05T10:{i:02}:00Z") for i in range(25)),
                     *(record(gateway="paychangu", currency="MWK", id=f"{i}", reference=f"PC-{i}",
                              created_at=f"2025-07-05T10:{i:02}:00Z") for i in range(25)))

    def list(self):
        return self.sim.get("square", self.LIST)

    def test_a_delay_holds_up_nobody_else(self):
        self.sim.faults("square", {"kind": "delay", "ms": 5000, "path": "locations"})
        slow = []
        thread = threading.Thread(
            target=lambda: slow.append(self.sim.get("square", "/v2/locations")))
        thread.start()
        for _ in range(20):
            self.assertLess(self.list().seconds, 5.0)
        thread.join()
        self.assertGreaterEqual(slow[0].seconds, 5.0)
        self.assertEqual(slow[0].status, 200)

    def test_statuses_come_after_and_as_often_as_told(self):
        self.sim.faults("square", {"kind": "status", "code": 429, "retry_after": "2", "times": 2},
                        {"kind": "status", "code": 500, "after": 3, "times": 1})
        replies = [self.list() for _ in range(5)]
        self.assertEqual([r.status for r in replies], [429, 429, 200, 500, 200])
        self.assertEqual(replies[0].headers["retry-after"], "2")
        self.assertEqual(replies[0].json["errors"][0]["code"], "RATE_LIMITED")
        self.assertNotIn("retry-after", replies[3].headers)
        self.assertEqual(self.sim.control("GET", "/stats")["square"]["retry_after_violations"], 4)

    def test_every_status_speaks_its_gateways_language(self):
        for code in (400, 401, 403, 404, 408, 429, 500, 502, 503, 504):
            self.sim.faults("square", {"kind": "status", "code": code})
            self.sim.faults("paychangu", {"kind": "status", "code": code})
            reply = self.list()
            self.assertEqual(reply.status, code)
            self.assertTrue(reply.json["errors"][0]["category"])
            reply = self.sim.get("paychangu", "/verify-payment/PC-1")
            self.assertEqual(reply.status, code)
            self.assertTrue(reply.json["message"])

    def test_a_status_may_have_a_body_a_code_or_a_date_of_its_own(self):
        self.sim.faults("square", {"kind": "status", "code": 401,
                                   "error_code": "ACCESS_TOKEN_EXPIRED"})
        self.assertEqual(self.list().json["errors"][0]["code"], "ACCESS_TOKEN_EXPIRED")
        self.sim.faults("square", {"kind": "status", "code": 503, "body": "away",
                                   "retry_after_date": 90})
        reply = self.list()
        self.assertEqual(reply.body, b"away")
        self.assertRegex(reply.headers["retry-after"], r"^\w{3}, \d\d \w{3} \d{4} .* GMT$")
        self.sim.faults("paychangu", {"kind": "status", "code": 400, "data_string": True})
        self.assertEqual(self.sim.get("paychangu", "/verify-payment/PC-1").json["data"], "null")

    def test_not_found_may_be_400_with_the_text_null(self):
        self.sim.faults("paychangu", {"kind": "not_found_400"})
        self.assertEqual(self.sim.get("paychangu", "/verify-payment/PC-1").status, 200)
        reply = self.sim.get("paychangu", "/verify-payment/none")
        self.assertEqual((reply.status, reply.json["data"]), (400, "null"))

    def test_a_path_confines_a_fault(self):
        self.sim.faults("square", {"kind": "status", "code": 500, "path": "cursor="})
        first = self.list()
        self.assertEqual(first.status, 200)
        self.assertEqual(self.sim.get("square", self.LIST + "&cursor=" + first.json["cursor"])
                         .status, 500)
        self.assertEqual(self.sim.get("paychangu", "/verify-payment/PC-1").status, 200)

    def test_truncated_json_is_none(self):
        self.sim.faults("square", {"kind": "truncated_json"})
        reply = self.list()
        self.assertEqual(int(reply.headers["content-length"]), len(reply.body))
        self.assertRaises(ValueError, lambda: reply.json)

    def test_types_are_wrong_where_it_is_asked(self):
        self.sim.faults("square", {"kind": "wrong_types"})
        self.assertIsInstance(self.list().json["payments"][0]["amount_money"]["amount"], dict)
        self.sim.faults("square", {"kind": "wrong_types", "what": "status"})
        self.assertEqual(self.list().json["payments"][0]["status"], 7)
        self.sim.faults("square", {"kind": "wrong_types", "what": "list"})
        self.assertIsInstance(self.list().json["payments"], dict)
        for what, check in (("amount", lambda d: isinstance(d["amount"], dict)),
                            ("status", lambda d: d["status"] == 7),
                            ("list", lambda d: isinstance(d, list))):
            self.sim.faults("paychangu", {"kind": "wrong_types", "what": what})
            self.assertTrue(check(self.sim.get("paychangu", "/verify-payment/PC-1").json["data"]))
        self.assertIsInstance(self.sim.get("paychangu", "/transactions").json["data"]["data"], dict)

    def test_a_page_that_is_not_json(self):
        self.sim.faults("square", {"kind": "not_json"})
        reply = self.list()
        self.assertEqual((reply.status, reply.headers["content-type"]),
                         (200, "text/html; charset=utf-8"))
        self.assertTrue(reply.body.startswith(b"<!DOCTYPE html>"))

    def test_a_repeated_cursor_leads_round_in_a_ring(self):
        self.sim.faults("square", {"kind": "repeated_cursor"})
        pages = list(self.sim.pages(self.LIST, most=6))
        self.assertEqual(len({p["cursor"] for p in pages}), 1)
        self.assertEqual(pages[1]["payments"], pages[5]["payments"])
        self.sim.faults("paychangu", {"kind": "repeated_cursor"})
        urls = {self.sim.get("paychangu", f"/transactions?page={i}").json["data"]["next_page_url"]
                for i in (1, 2, 3)}
        self.assertEqual(len(urls), 1)

    def test_endless_pages_bring_new_ids_and_new_cursors_for_ever(self):
        self.sim.faults("square", {"kind": "endless_pages"})
        pages = list(self.sim.pages(self.LIST, most=40))
        self.assertEqual(len({p["cursor"] for p in pages}), 40)
        self.assertEqual(len({r["id"] for p in pages for r in p["payments"]}), 400)
        self.sim.faults("paychangu", {"kind": "endless_pages"})
        data = self.sim.get("paychangu", "/transactions?page=77").json["data"]
        self.assertTrue(data["next_page_url"].endswith("page=78"))
        self.assertEqual(len(data["data"]), 20)

    def test_duplicates_come_within_and_over_pages_and_nothing_is_lost(self):
        self.sim.faults("square", {"kind": "duplicate_records"})
        pages = [[r["id"] for r in p["payments"]] for p in self.sim.pages(self.LIST)]
        self.assertLess(len(pages), 15)
        self.assertEqual(pages[0][0], pages[0][1])
        self.assertTrue(set(pages[0]) & set(pages[1]))
        self.assertEqual({i for p in pages for i in p}, {f"sq_{i:02}" for i in range(25)})
        self.sim.faults("paychangu", {"kind": "duplicate_records"})
        path, seen = "/transactions", []
        while path:
            data = self.sim.get("paychangu", path).json["data"]
            seen += [row["ref_id"] for row in data["data"]]
            path = data["next_page_url"] and data["next_page_url"].split("/paychangu")[1]
        self.assertEqual(set(seen), {str(i) for i in range(25)})
        self.assertGreaterEqual(len(seen), 75)

    def test_the_next_page_may_be_on_another_host(self):
        self.sim.faults("paychangu", {"kind": "foreign_next", "url": "http://evil.test/x"})
        self.assertEqual(self.sim.get("paychangu", "/transactions").json["data"]["next_page_url"],
                         "http://evil.test/x")
        self.sim.faults("square", {"kind": "foreign_next", "url": "http://evil.test/x"})
        cursor = self.list().json["cursor"]
        self.assertEqual(cursor, "http://evil.test/x")
        self.assertEqual(self.sim.get("square", self.LIST + "&cursor=" + quote(cursor, safe=""))
                         .json["errors"][0]["code"], "INVALID_CURSOR")

    def test_less_is_sent_than_was_announced(self):
        self.sim.faults("square", {"kind": "wrong_content_length", "extra": 77})
        reply = self.list()
        self.assertEqual(int(reply.headers["content-length"]), len(reply.body) + 77)
        self.assertEqual(len(reply.json["payments"]), 10)

    def test_a_dropped_connection_answers_nothing_or_half(self):
        self.sim.faults("square", {"kind": "drop_connection"})
        self.assertEqual((self.list().raw, self.list().reset), (b"", False))
        self.sim.faults("square", {"kind": "drop_connection", "reset": True})
        self.assertEqual((self.list().raw, self.list().reset), (b"", True))
        self.sim.faults("square", {"kind": "drop_connection", "at": "body"})
        reply = self.list()
        self.assertEqual(len(reply.body), int(reply.headers["content-length"]) // 2)
        self.assertEqual(self.sim.control("GET", "/stats")["square"]["unanswered"], 5)

    def test_a_redirect_names_another_host(self):
        self.sim.faults("square", {"kind": "redirect"})
        reply = self.list()
        self.assertEqual((reply.status, reply.headers["location"]),
                         (302, "http://gateway.invalid/stolen?page=2"))
        self.sim.faults("square", {"kind": "redirect", "code": 307, "url": "http://evil.test/"})
        reply = self.list()
        self.assertEqual((reply.status, reply.headers["location"]), (307, "http://evil.test/"))

    def test_a_huge_body_streams_on(self):
        self.sim.faults("square", {"kind": "huge_body", "mib": 5})
        reply = self.list()
        self.assertEqual(reply.headers["transfer-encoding"], "chunked")
        self.assertGreater(len(reply.body), 5 << 20)
        self.assertTrue(reply.body.endswith(b"0\r\n\r\n"))
        self.sim.faults("square", {"kind": "huge_body", "mib": 100000})
        self.assertGreaterEqual(len(self.sim.get("square", self.LIST, limit=1 << 22).raw), 1 << 22)

    def test_a_body_trickles(self):
        self.sim.faults("square", {"kind": "slow_body", "bytes": 2000, "ms": 30})
        reply = self.list()
        self.assertEqual(len(reply.json["payments"]), 10)
        self.assertGreater(reply.seconds, 0.03 * (len(reply.body) // 2000))

    def test_the_body_waits_after_the_head(self):
        self.sim.faults("square", {"kind": "first_byte_stall", "ms": 400})
        reply = self.list()
        self.assertEqual(len(reply.json["payments"]), 10)
        self.assertGreaterEqual(reply.seconds, 0.4)

    def test_a_hanging_request_ends_when_the_client_goes(self):
        self.sim.faults("square", {"kind": "hang"})
        with socket.create_connection(("127.0.0.1", self.sim.port)) as s:
            s.sendall(b"GET /square/v2/payments HTTP/1.1\r\nHost: x\r\n\r\n")
            self.wait(lambda stats: stats["concurrent"] == 1)
            s.settimeout(0.2)
            self.assertRaises(TimeoutError, s.recv, 1)
        self.wait(lambda stats: stats["concurrent"] == 0)

    def wait(self, condition):
        deadline = time.monotonic() + 300
        while not condition(self.sim.control("GET", "/stats")["square"]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_faults_can_be_seen_added_and_removed(self):
        self.sim.faults("square", {"kind": "status", "times": 1})
        self.sim.control("POST", "/faults", {"gateway": "square", "add": True,
                                             "faults": [{"kind": "delay", "ms": 0}]})
        self.list()
        shown = self.sim.control("GET", "/faults")["square"]
        self.assertEqual([(f["kind"], f["fired"]) for f in shown], [("status", 1), ("delay", 1)])
        self.sim.control("DELETE", "/faults?gateway=paychangu")
        self.assertEqual(len(self.sim.control("GET", "/faults")["square"]), 2)
        self.sim.control("DELETE", "/faults")
        self.assertEqual(self.sim.control("GET", "/faults"), {"square": [], "paychangu": []})

    def test_a_wrong_fault_changes_nothing(self):
        self.sim.faults("square", {"kind": "status", "code": 503, "body": "b"})
        for wrong in ({"kind": "nonsense"}, {"kind": "delay", "mss": 1},
                      {"kind": "status", "code": 99}, {"kind": "wrong_types", "what": "x"}, 7):
            reply = self.sim.call("POST", "/_sim/faults", json.dumps(
                {"gateway": "square", "faults": [{"kind": "hang", "body": "x"}, wrong]}).encode())
            self.assertEqual(reply.status, 400)
        self.assertEqual(self.list().status, 503)
