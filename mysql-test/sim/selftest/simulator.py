"""A running purser-sim, and talking to it with raw sockets: most faults are no valid HTTP."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from urllib.parse import quote

DAY = "begin_time=2025-07-05T00:00:00Z&end_time=2025-07-06T00:00:00Z"
HEADERS = {"square": "Bearer sq-token", "paychangu": "Bearer pc-token"}


def record(**given):
    r = {"gateway": "square", "kind": "payment", "amount": "10.00", "currency": "GBP",
         "status": "captured", "created_at": "2025-07-05T10:00:00.000000Z"}
    r.update(given)
    return r


def binary():
    return os.environ["PURSER_SIM"]


class Reply:
    def __init__(self, raw, seconds, reset=False):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.raw, self.seconds, self.reset = raw, seconds, reset
        self.status = int(lines[0].split(" ")[1]) if raw else 0
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}

    @property
    def json(self):
        return json.loads(self.body)


class Simulator:
    def __init__(self, *args):
        self.directory = tempfile.mkdtemp(prefix="purser-sim.")
        self.port_file = os.path.join(self.directory, "port")
        self.process = subprocess.Popen(
            [binary(), "serve", "--port-file", self.port_file, "--max-seconds", "3600", *args],
            stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 300
        while not os.path.exists(self.port_file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("purser-sim did not start")
            time.sleep(0.01)
        with open(self.port_file) as f:
            self.port = int(f.read())

    def call(self, method, path, body=b"", token=None, headers=(), limit=1 << 30):
        started = time.monotonic()
        raw, reset = b"", False
        with socket.create_connection(("127.0.0.1", self.port), timeout=300) as s:
            head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:%d" % self.port,
                    "Connection: close", *headers]
            if token:
                head.append("Authorization: " + token)
            if body:
                head.append("Content-Length: %d" % len(body))
            s.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            try:
                while len(raw) < limit:
                    piece = s.recv(1 << 20)
                    if not piece:
                        break
                    raw += piece
            except ConnectionResetError:
                reset = True
        return Reply(raw, time.monotonic() - started, reset)

    def get(self, gateway, path, **more):
        more.setdefault("token", HEADERS[gateway])
        return self.call("GET", f"/{gateway}{path}", **more)

    def control(self, method, path, body=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        reply = self.call(method, "/_sim" + path, data)
        if reply.status != 200:
            raise RuntimeError(reply.body.decode())
        return reply.json

    def add(self, *records):
        return self.control("POST", "/records",
                            "\n".join(json.dumps(r) for r in records).encode())

    def faults(self, gateway, *faults):
        self.control("POST", "/faults", {"gateway": gateway, "faults": list(faults)})

    def pages(self, path, most=50):
        cursor = None
        for _ in range(most):
            reply = self.get("square", path + (f"&cursor={quote(cursor)}" if cursor else ""))
            yield reply.json
            cursor = reply.json.get("cursor")
            if not cursor:
                return

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        if not os.listdir(self.directory):
            os.rmdir(self.directory)
        return code


class Case(unittest.TestCase):
    arguments = ("--token-square", "sq-token", "--token-paychangu", "pc-token",
                 "--locations", "3")

    @classmethod
    def setUpClass(cls):
        cls.sim = Simulator(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        code = cls.sim.end()
        assert code == 0, f"purser-sim ended with {code}"
        assert not os.path.exists(cls.sim.port_file)

    def setUp(self):
        self.sim.control("DELETE", "/all")
