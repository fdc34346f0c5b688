"""The control endpoint, the command line, the small client."""
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from simulator import Case, DAY, Simulator, binary, record


class Control(Case):
    def test_statistics_count_paths_and_concurrency(self):
        self.sim.faults("square", {"kind": "delay", "ms": 500})
        threads = [threading.Thread(target=self.sim.get, args=("square", "/v2/locations"))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.sim.get("paychangu", "/verify-payment/x")
        stats = self.sim.control("GET", "/stats")
        self.assertEqual((stats["square"]["max_concurrent"], stats["square"]["paths"],
                          stats["square"]["concurrent"]), (3, {"square /v2/locations": 3}, 0))
        self.assertEqual(stats["paychangu"]["answers"]["4xx"], 1)
        self.assertIsNone(stats["paychangu"]["min_interval_ms"])
        self.sim.control("POST", "/stats/reset")
        self.assertEqual(self.sim.control("GET", "/stats")["square"]["requests"], 0)

    def test_a_client_with_its_answer_is_never_counted_as_going_on(self):
        for fault in ([], [{"kind": "slow_body", "bytes": 50, "ms": 0}],
                      [{"kind": "wrong_content_length"}]):
            self.sim.faults("square", *fault)
            for _ in range(100):
                self.sim.get("square", "/v2/locations")
        self.assertEqual(self.sim.control("GET", "/stats")["square"]["max_concurrent"], 1)

    def test_many_requests_go_over_one_connection(self):
        with socket.create_connection(("127.0.0.1", self.sim.port)) as s:
            f = s.makefile("rwb")
            for _ in range(50):
                f.write(b"GET /paychangu/mobile-money HTTP/1.1\r\nHost: x\r\n\r\n")
                f.flush()
                length = 0
                while (line := f.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                self.assertEqual(json.loads(f.read(length))["status"], "success")

    def test_the_log_tells_the_last_requests(self):
        self.sim.get("square", "/v2/locations?x=1", headers=("User-Agent: purser/1",
                                                            "Square-Version: 2026-08-19"))
        last = self.sim.control("GET", "/log")[-1]
        self.assertEqual((last["target"], last["status"], last["user_agent"],
                          last["square_version"]),
                         ("/square/v2/locations?x=1", 200, "purser/1", "2026-08-19"))

    def test_a_wrong_line_is_named_and_nothing_of_its_batch_is_kept(self):
        good = json.dumps(record(id="x"))
        for wrong in ("{", "[]", '{"gateway":"stripe"}', json.dumps(record(id="y", amont="1")),
                      json.dumps(record(id="y", amount="1.005")), json.dumps(record(id="y", amount=1)),
                      json.dumps(record(id="y", created_at="noon")),
                      json.dumps(record(id="y", currency="pounds")), json.dumps(record()),
                      '{"gateway":"square","gateway":"square"}',
                      json.dumps(record(id="y", amount="92233720368547758.08")),
                      json.dumps(record(id="ü", amount="1.005")),
                      json.dumps(record(id="y", attempts="3")),
                      json.dumps(record(id="y", form="int", amount="1.50"))):
            reply = self.sim.call("POST", "/_sim/records", f"{good}\n\n{wrong}".encode())
            self.assertEqual(reply.status, 400)
            self.assertIn("line 3: ", reply.json["error"])
        self.assertEqual(self.sim.control("GET", "/health")["square_payments"], 0)

    def test_what_is_no_control_is_refused(self):
        for method, path in (("GET", "/_sim/nothing"), ("GET", "/"), ("GET", "/squareness"),
                             ("DELETE", "/_sim/records?gateway=square"),
                             ("DELETE", "/_sim/records?gateway=x&id=1"),
                             ("POST", "/_sim/faults")):
            self.assertIn(self.sim.call(method, path).status, (400, 404))

    def test_garbage_on_the_socket_does_no_harm(self):
        for garbage in (b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET /square/v2/payments HTTP/1.1\r\n",
                        b"POST /_sim/records HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nab",
                        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.sim.port)) as s:
                s.sendall(garbage)
        self.assertEqual(self.sim.control("GET", "/health")["status"], "ok")


class Start(unittest.TestCase):
    def ctl(self, port, *args):
        return subprocess.run([binary(), "ctl", str(port), *args], capture_output=True, timeout=300)

    def test_a_generated_day_is_the_same_each_time(self):
        bodies = []
        for _ in range(2):
            sim = Simulator("--generate", "1000", "--seed", "7", "--date", "2025-07-05")
            pages = list(sim.pages(f"/v2/payments?{DAY}&sort_order=ASC"))
            rows = [p for page in pages for p in page["payments"]]
            self.assertEqual(len(rows), 1000)
            self.assertEqual(sum(p["status"] == "FAILED" for p in rows), 10)
            self.assertEqual(len({p["id"] for p in rows}), 1000)
            self.assertEqual(rows[0]["reference_id"], "ORD-0000000002")
            self.assertEqual(rows[1]["reference_id"], "ORD-0000000002")
            self.assertEqual(rows[4]["amount_money"]["amount"], 100 + (5 * 7919 + 7) % 500000)
            self.assertEqual(len(sim.get("square", f"/v2/refunds?{DAY}").json["refunds"]), 5)
            bodies.append(json.dumps(rows))
            self.assertEqual(sim.end(), 0)
        self.assertEqual(*bodies)

    def test_generated_paychangu_orders_are_found(self):
        sim = Simulator("--generate", "200", "--seed", "7", "--date", "2025-07-05", "--gateway",
                        "paychangu")
        for i in range(1, 201):
            status = sim.get("paychangu", f"/verify-payment/ORD-{i:010}").status
            self.assertEqual(status, 404 if i % 100 == 1 else 200)
        data = sim.get("paychangu", "/verify-payment/ORD-0000000002").json["data"]
        self.assertEqual(data["status"], "success")
        self.assertEqual(sim.end(), 0)

    def test_a_file_is_loaded_and_a_wrong_one_refused_with_its_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
            f.write(json.dumps(record(id="a", reference="ü" * 3000)) + "\n\n")
            f.write(json.dumps(record(id="b"), ensure_ascii=False) + "\r\n")
            f.flush()
            sim = Simulator("--data", f.name)
            self.assertEqual(sim.control("GET", "/health")["square_payments"], 2)
            self.assertEqual(sim.end(), 0)
            f.write("{}\n")
            f.flush()
            failed = subprocess.run([binary(), "serve", "--data", f.name], capture_output=True)
            self.assertEqual(failed.returncode, 1)
            self.assertIn(f"{f.name}:4: ".encode(), failed.stderr)

    def test_it_ends_by_itself_and_while_requests_hang(self):
        with tempfile.TemporaryDirectory() as directory:
            port_file = os.path.join(directory, "port")
            process = subprocess.Popen(
                [binary(), "serve", "--port-file", port_file, "--max-seconds", "8"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not os.path.exists(port_file):
                time.sleep(0.01)
            with open(port_file) as f:
                port = int(f.read())
            self.ctl(port, "POST", "/_sim/faults",
                     '{"gateway":"square","faults":[{"kind":"hang"}]}')
            with socket.create_connection(("127.0.0.1", port)) as s:
                s.sendall(b"GET /square/x HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertEqual(process.wait(300), 0)

    def test_the_little_client_tells_the_outcome_by_its_exit_code(self):
        sim = Simulator("--token-square", "t")
        good = self.ctl(sim.port, "GET", "/square/v2/locations", "--bearer", "t")
        self.assertEqual((good.returncode, list(json.loads(good.stdout))), (0, ["locations"]))
        self.assertEqual(self.ctl(sim.port, "GET", "/square/v2/locations").returncode, 1)
        self.assertEqual(self.ctl(sim.port, "POST", "/_sim/records", json.dumps(record(id="a")))
                         .returncode, 0)
        with tempfile.NamedTemporaryFile("w") as f:
            f.write(json.dumps(record(id="b")))
            f.flush()
            self.assertEqual(self.ctl(sim.port, "POST", "/_sim/records", "@" + f.name).returncode,
                             0)
        self.assertEqual(sim.control("GET", "/health")["square_payments"], 2)
        self.assertEqual(sim.end(), 0)
        self.assertEqual(self.ctl(sim.port, "GET", "/_sim/health").returncode, 2)

    def test_a_wrong_command_line_is_refused(self):
        for words in ((), ("serve", "--port", "x"), ("serve", "--generate", "5"),
                      ("serve", "--date", "2025-13-01"), ("serve", "--gateway", "stripe"),
                      ("serve", "--locations", "0"), ("serve", "more"), ("serve", "--huh"),
                      ("ctl", "1", "GET"), ("ctl", "0", "GET", "/"), ("ctl", "1", "GET", "x")):
            self.assertEqual(subprocess.run([binary(), *words], capture_output=True).returncode, 2)
