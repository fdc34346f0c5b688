#!/usr/bin/python3
"""A mail server and an HTTP receiver for the tests, on free ports of the loopback.

    receiver.py DIRECTORY [--tls FILE] [USER PASSWORD]

With --tls both speak TLS: the mail server offers STARTTLS, and wants TLS from the first byte on a third
port. FILE (PEM: a certificate and its key) is read anew for each connection. A line of the file
DIRECTORY/logins says of each login, right or wrong, whether it came over TLS.

What comes is written to DIRECTORY: mail.1.note (the text as a mail program shows it), mail.1.head,
mail.1.raw, mail.1.html (where there is HTML), and post.1.note, post.1.head, post.1.signature (where
there is one); then 2, 3 ... The file DIRECTORY/mode says how both behave: accept, refuse (for good),
later (refuse for now), hang (no answer once the content has come), silent (none before it), plain (accept, but no STARTTLS), hold (it
is kept, and there is no answer), slow (a moment's pause), or, of posts, a status and how many
seconds to wait with the next one, as "429 7". The address gone@ is
always refused; a post to /hang always hangs, and one to /long gets a long answer. The files asked.mail and asked.post say that it hangs, is silent or
holds. DIRECTORY/posts has a line for each post: when it came and went (seconds), its status and key.
It ends by SIGTERM, or by itself after ten minutes.
"""
import asyncio
import email
import email.policy
import os
import signal
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP, AuthResult

DIRECTORY = sys.argv[1]
ARGUMENTS = sys.argv[2:]
TLS_FILE = ARGUMENTS[1] if ARGUMENTS[:1] == ["--tls"] else None
LOGIN = tuple(text.encode() for text in ARGUMENTS[2 if TLS_FILE else 0:])
LOCK = threading.Lock()
COUNTS = {"mail": 0, "post": 0}


def mode():
    with open(f"{DIRECTORY}/mode", encoding="ascii") as source:
        return source.read().strip()


def keep(kind, **parts):
    """Each part whole or not at all, the note last."""
    with LOCK:
        COUNTS[kind] += 1
        for part in sorted(parts, key=lambda name: name == "note"):
            name = f"{DIRECTORY}/{kind}.{COUNTS[kind]}.{part}"
            with open(name + ".new", "wb") as out:
                out.write(parts[part])
            os.rename(name + ".new", name)


def note_asked(kind):
    with open(f"{DIRECTORY}/asked.{kind}", "w", encoding="ascii"):
        pass


def tls_of(server):
    """The version of TLS under which an SMTP server object speaks, or None."""
    tls = server.transport.get_extra_info("ssl_object")
    return tls.version() if tls else None


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "silent":
            note_asked("mail")
            await asyncio.sleep(600)
        if mode() == "refuse" or address.startswith("gone@"):
            return "550 5.1.1 nobody of that name here"
        if mode() == "later":
            return "451 4.3.0 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mode() == "hang":
            note_asked("mail")
            await asyncio.sleep(600)
        raw = envelope.original_content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        head = [f"envelope: {envelope.mail_from} -> {', '.join(envelope.rcpt_tos)}",
                f"login: {session.authenticated}"]
        if TLS_FILE:
            head.append(f"tls: {tls_of(server)}")
        head += [f"{name}: {value}" for name, value in message.items()]
        parts = {"raw": raw, "head": "\n".join(head).encode() + b"\n"}
        for part, kind in (("note", "plain"), ("html", "html")):
            body = message.get_body(preferencelist=(kind,))
            if body is not None:
                parts[part] = body.get_content().replace("\r\n", "\n").encode()
        keep("mail", **parts)
        if mode() == "hold":
            note_asked("mail")
            await asyncio.sleep(600)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    with open(f"{DIRECTORY}/logins", "a", encoding="ascii") as out:
        out.write("over TLS\n" if tls_of(server) else "in the clear\n")
    return AuthResult(success=(data.login, data.password) == LOGIN, handled=False)


class Receiver(BaseHTTPRequestHandler):
    def take(self, body):
        names = ("Content-Type", "Authorization", "Transfer-Encoding", "Expect", "User-Agent",
                 "Idempotency-Key", "Purser-Kind") if "Idempotency-Key" in self.headers else (
                     "Content-Type", "Authorization", "Transfer-Encoding", "Expect")
        head = [f"POST {self.path}"]
        head += [f"{name}: {self.headers[name]}" for name in names if name in self.headers]
        parts = {"head": "\n".join(head).encode() + b"\n", "note": body}
        if "Purser-Signature" in self.headers:
            parts["signature"] = self.headers["Purser-Signature"].encode()
        keep("post", **parts)

    def do_POST(self):
        came = time.monotonic()
        if mode() in ("hang", "silent") or self.path == "/hang":
            note_asked("post")
            time.sleep(600)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        words = mode().split()
        status = {"refuse": 403, "later": 503}.get(words[0], 204)
        if words[0].isdigit():
            status = int(words[0])
        if status == 204:
            self.take(body)
        if words[0] == "hold":
            note_asked("post")
            time.sleep(600)
        if words[0] == "slow":
            time.sleep(0.3)
        with LOCK, open(f"{DIRECTORY}/posts", "a", encoding="ascii") as out:
            out.write(f"{came:.6f} {time.monotonic():.6f} {status} "
                      f"{self.headers.get('Idempotency-Key', '-')}\n")
        self.send_response(status)
        if words[1:]:
            self.send_header("Retry-After", words[1])
        answer = b"x" * 100000 if self.path == "/long" else b""
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def make_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS_FILE)
    return context


def make_changing_context():
    def on_name(connection, name, context):
        connection.context = make_context()

    context = make_context()
    context.sni_callback = on_name
    return context


async def main():
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    options = {"hostname": "receiver", "loop": loop}
    context = make_changing_context() if TLS_FILE else None
    if LOGIN:
        options.update(auth_required=True, auth_require_tls=False, authenticator=authenticate)

    def speak_plainly():
        offered = None if mode() == "plain" else context
        return SMTP(Handler(), tls_context=offered, require_starttls=bool(offered), **options)

    servers = [await loop.create_server(speak_plainly, "127.0.0.1", 0)]
    web = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    ports = [servers[0].sockets[0].getsockname()[1], web.server_address[1]]
    if context:
        servers.append(await loop.create_server(lambda: SMTP(Handler(), **options), "127.0.0.1", 0,
                                                ssl=context))
        ports.append(servers[1].sockets[0].getsockname()[1])
        web.socket = context.wrap_socket(web.socket, server_side=True,
                                         do_handshake_on_connect=False)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    loop.add_signal_handler(signal.SIGTERM, done.set)
    with open(f"{DIRECTORY}/ports.new", "w", encoding="ascii") as out:
        out.write(" ".join(map(str, ports)) + "\n")
    os.rename(f"{DIRECTORY}/ports.new", f"{DIRECTORY}/ports")
    try:
        await asyncio.wait_for(done.wait(), 3600)
    except asyncio.TimeoutError:
        pass
    os.unlink(f"{DIRECTORY}/ports")
    os._exit(0)


asyncio.run(main())
