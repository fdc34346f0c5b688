"""The world outside of the server: the gateways (purser-sim) behind proxies that cut and hold, and a receiver of mails
and posts that keeps what it got. One thread with an event loop serves proxies and receiver.
"""
import asyncio
import collections
import email
import email.policy
import http.client
import json
import os
import ssl
import subprocess
import threading
import time

TOKENS = {"square": "token-for-square", "paychangu": "token-for-paychangu"}


class Loop(threading.Thread):
    def __init__(self):
        super().__init__(name="outside", daemon=True)
        self.loop = asyncio.new_event_loop()
        self.start()

    def run(self):
        self.loop.run_forever()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)


class Proxy:
    """A port that leads to another one. mode: pass; cut (connections are broken off, and none is taken); hold (taken,
    and nothing goes through)."""

    def __init__(self, loop, target, certificate=None):
        self.target, self.mode = target, "pass"
        self.writers = set()
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        server = loop.do(self.serve(context))
        self.port = server.sockets[0].getsockname()[1]
        self.loop = loop

    async def serve(self, context):
        return await asyncio.start_server(self.take, "127.0.0.1", 0, ssl=context)

    def set_mode(self, mode):
        self.loop.do(self._set_mode(mode))

    async def _set_mode(self, mode):
        self.mode = mode
        if mode == "cut":
            for writer in list(self.writers):
                writer.transport.abort()

    async def take(self, reader, writer):
        self.writers.add(writer)
        try:
            if self.mode == "cut":
                writer.transport.abort()
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(there_writer)
            try:
                await asyncio.gather(self.pump(reader, there_writer), self.pump(there_reader, writer))
            finally:
                self.writers.discard(there_writer)
                there_writer.close()
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def pump(self, reader, writer):
        while True:
            data = await reader.read(65536)
            while self.mode == "hold":
                await asyncio.sleep(0.05)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()


Kept = collections.namedtuple("Kept", "at key body")


class Receiver:
    """A mail server and a receiver of posts. mode, of each of the two: accept; later (refused for now); drop (the connection is
    closed at the content); forget (what came is kept, and the connection closed without an answer: it must come again); hang."""

    def __init__(self, loop):
        self.mode = {"mail": "accept", "post": "accept"}
        self.mails, self.posts = [], []
        self.loop = loop
        self.mail_port = loop.do(self.listen(self.take_mail))
        self.post_port = loop.do(self.listen(self.take_post))

    async def listen(self, take):
        async def guarded(reader, writer):
            try:
                await take(reader, writer)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                pass
            finally:
                writer.close()
        server = await asyncio.start_server(guarded, "127.0.0.1", 0, limit=1 << 22)
        return server.sockets[0].getsockname()[1]

    async def answer_to(self, kind, keep):
        """What the content is answered: True (taken), False (later), None (no answer, and the connection is closed)."""
        mode = self.mode[kind]
        while mode == "hang":
            await asyncio.sleep(0.05)
            mode = self.mode[kind]
            if mode != "hang":
                return None
        if mode in ("accept", "forget"):
            keep()
        return {"accept": True, "later": False}.get(mode)

    async def take_mail(self, reader, writer):
        writer.write(b"220 receiver\r\n")
        while True:
            line = (await reader.readline()).rstrip().upper()
            if not line:
                return
            if line == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                taken = await self.answer_to("mail", lambda: self.keep_mail(text[:-3]))
                if taken is None:
                    return
                writer.write(b"250 taken\r\n" if taken else b"451 4.3.0 come again later\r\n")
            elif line == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 OK\r\n")

    def keep_mail(self, raw):
        message = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=email.policy.default)
        self.mails.append(Kept(time.monotonic(), message["Message-ID"], {"to": message["To"], "subject": message["Subject"]}))

    async def take_post(self, reader, writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            fields = {name.lower(): value for name, value in fields.items()}
            body = await reader.readexactly(int(fields["content-length"]))
            taken = await self.answer_to(
                "post", lambda: self.posts.append(Kept(time.monotonic(), fields["idempotency-key"], json.loads(body))))
            if taken is None:
                return
            writer.write(f"HTTP/1.1 {'204 No Content' if taken else '503 Later'}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()


class Gateways:
    """purser-sim, what it was told, and the proxies before it: PayChangu in the clear, Square over TLS by a name."""

    def __init__(self, directory, program, loop):
        self.dir = directory
        self.records = {}
        self.lock = threading.Lock()
        port_file = os.path.join(directory, "sim.port")
        with open(os.path.join(directory, "sim.log"), "wb") as log:
            self.process = subprocess.Popen([program, "serve", "--port-file", port_file, "--max-seconds", "86400",
                                             "--token-square", TOKENS["square"], "--token-paychangu", TOKENS["paychangu"]],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while not os.path.exists(port_file):
            if self.process.poll() is not None:
                raise RuntimeError("the simulator did not start")
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        self.certificate = self.make_certificate()
        self.proxies = {"square": Proxy(loop, self.port, self.certificate), "paychangu": Proxy(loop, self.port)}

    def make_certificate(self):
        path = os.path.join(self.dir, "gateway.pem")
        key = path + ".key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365",
                        "-subj", "/CN=gateway.chaos", "-addext", "subjectAltName=DNS:gateway.chaos", "-keyout", key, "-out", path],
                       check=True, capture_output=True)
        with open(key, encoding="ascii") as source, open(path, "a", encoding="ascii") as out:
            out.write(source.read())
        return path

    def urls(self):
        return {"square": f"https://gateway.chaos:{self.proxies['square'].port}/square",
                "paychangu": f"http://127.0.0.1:{self.proxies['paychangu'].port}/paychangu"}

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the simulator answers {answer.status} to {path}: {text[:500]}")
            return json.loads(text or b"{}")
        finally:
            connection.close()

    def add(self, records):
        """From now on the gateways know these."""
        self.ask("POST", "/_sim/records", "".join(json.dumps(record) + "\n" for record in records).encode())
        with self.lock:
            for record in records:
                self.records[record["gateway"], record["id"]] = record

    def set_faults(self, gateway, faults):
        self.ask("POST", "/_sim/faults", json.dumps({"gateway": gateway, "faults": faults}).encode())

    def put_right(self):
        for gateway, proxy in self.proxies.items():
            proxy.set_mode("pass")
            self.set_faults(gateway, [])

    def close(self):
        self.process.terminate()
        self.process.wait()
