#!/usr/bin/python3
"""Signs requests to the client API as docs/internals/client-api.md says, and shares no code with Purser or its libraries.

    api_client.py PORT KEY requests          good ones and bad ones: what comes back
    api_client.py PORT KEY ask METHOD TARGET [BODY [HEADER: VALUE]...]     one request: status and body
    api_client.py PORT KEY status METHOD TARGET [BODY [HEADER: VALUE]...]  one request: status and problem
    api_client.py PORT KEY until STATUS TARGET     until a GET is answered so
    api_client.py PORT KEY hang NUMBER             so many at once, and /livez meanwhile: all answered, each with 503 or 200
    api_client.py PORT KEY load FILE               asks without a pause until FILE is there
    api_client.py PORT KEY poll FILE TEXT          until the file holds something
    api_client.py PORT KEY wires                   what HTTP allows, byte by byte
    api_client.py PORT KEY renew CLIENT DIRECTORY LOG   the certificate changes three times while all ask again and again
    api_client.py PORT KEY paths                   each path of the description is served, and no other
    api_client.py PORT KEY limit NUMBER            so many requests, then one that is refused

KEY is a file: key id, tab, secret. With API_TLS in the environment it is TLS; CLIENT is http_client.py.
"""
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import socket
import ssl
import sys
import threading
import time

WAIT = 600
PORT = int(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as source:
    KEY, SECRET = source.read().split("\t")[:2]
JSON = {"Content-Type": "application/json"}
CHECK = b'{"identifier":"a","endpoint":"/login","max_requests":1000,"window_seconds":60}'


def say(text):
    print(text, flush=True)


def signed(method, target, body=b"", key=None, secret=None, at=None, nonce=None):
    key, secret = key or KEY, secret or SECRET
    at = str(int(time.time())) if at is None else at
    nonce = nonce or secrets.token_hex(16)
    text = "\n".join(("PURSER-HMAC-SHA256-V1", key, at, nonce, method, target, hashlib.sha256(body).hexdigest()))
    mac = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    return {"X-Purser-Key": key, "X-Purser-Timestamp": at, "X-Purser-Nonce": nonce, "X-Purser-Signature": "v1=" + mac}


def dial():
    if not os.environ.get("API_TLS"):
        return http.client.HTTPConnection("127.0.0.1", PORT, timeout=WAIT)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", PORT, timeout=WAIT, context=context)


def send(method, target, body=b"", headers=None, connection=None):
    connection = connection or dial()
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    if body or method == "POST":
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    text = answer.read()
    return answer, text


def ask(method, target, body=b"", headers=None, **how):
    return send(method, target, body, {**(JSON if method == "POST" else {}), **signed(method, target, body, **how), **(headers or {})})


def brief(answer, text):
    kind = answer.getheader("Content-Type")
    if kind != "application/problem+json" or not text:
        return str(answer.status)
    problem = json.loads(text)
    assert problem["status"] == answer.status and problem["type"].startswith("urn:purser:problem:") and problem["title"], problem
    assert answer.getheader("Cache-Control") == "no-store", answer.getheaders()
    assert len(answer.getheader("X-Request-Id")) == 24, answer.getheaders()
    assert (answer.status == 503) <= bool(answer.getheader("Retry-After")), answer.getheaders()
    assert (answer.status == 401) == bool(answer.getheader("WWW-Authenticate")), answer.getheaders()
    out = f"{answer.status} {problem['type'][19:]}"
    for error in problem.get("errors", []):
        out += f" | {error['pointer']}: {error['detail']}"
    return out


def without(headers, name):
    return {n: v for n, v in headers.items() if n != name}


# ---- good and bad

def requests():
    def show(what, pair):
        say(f"{what}: {brief(*pair)}")

    now = int(time.time())
    get = signed("GET", "/v1/usage")
    for name in get:
        show(f"without {name}", send("GET", "/v1/usage", b"", without(signed("GET", "/v1/usage"), name)))
    for name, value in (("X-Purser-Key", "pk_1"), ("X-Purser-Timestamp", "now"), ("X-Purser-Nonce", "short"),
                        ("X-Purser-Signature", "v2=" + "0" * 64), ("X-Purser-Signature", "v1=" + "A" * 64)):
        show(f"{name} malformed", send("GET", "/v1/usage", b"", {**signed("GET", "/v1/usage"), name: value}))
    show("another secret", ask("GET", "/v1/usage", secret="sk_" + "0" * 64))
    show("another key", ask("GET", "/v1/usage", key="pk_" + "0" * 24))
    show("another path", send("GET", "/v1/package", b"", signed("GET", "/v1/usage")))
    show("another query", send("GET", "/v1/usage?a", b"", signed("GET", "/v1/usage")))
    show("another body", send("POST", "/v1/rate-limit/check", CHECK + b" ", {**JSON, **signed("POST", "/v1/rate-limit/check", CHECK)}))
    show("too late", ask("GET", "/v1/usage", at=str(now - 301)))
    show("too early", ask("GET", "/v1/usage", at=str(now + 400)))
    show("a little early", ask("GET", "/v1/usage", at=str(now + 200)))
    show("good", send("GET", "/v1/usage", b"", get))
    show("again", send("GET", "/v1/usage", b"", get))
    show("HEAD", ask("HEAD", "/v1/usage"))
    show("HEAD signed as GET", send("HEAD", "/v1/usage", b"", signed("GET", "/v1/usage")))
    show("POST", ask("POST", "/v1/usage"))
    show("another path", ask("GET", "/v1/nothing"))
    show("no path", ask("GET", "/v1"))
    show("a path in another script", ask("GET", "/v1/caf%C3%A9"))
    for query in ("a=1", "limit=0", "limit=201", "limit=x", "limit", "limit=1&limit=1", "cursor=%FF", "cursor=a.b", "cursor=YQ",
                  "from=2026-01-01", "from=2026-01-01T00:00:00%2B02:00", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
                  "%D0%BF=1", "limit=1&from=2026-01-01T00%3A00%3A00Z"):
        show(query, ask("GET", "/v1/transactions?" + query))
    show("no date", ask("GET", "/v1/reconciliation"))
    show("no day", ask("GET", "/v1/reconciliation?date=2026-02-30"))
    show("a GET with a body", ask("GET", "/v1/usage", b"{}"))
    show("a POST with a query", ask("POST", "/v1/rate-limit/check?a=1", CHECK))
    show("not JSON", ask("POST", "/v1/rate-limit/check", CHECK, {"Content-Type": "text/plain"}))
    show("JSON in UTF-8", ask("POST", "/v1/rate-limit/check", CHECK, {"Content-Type": "Application/JSON; charset=utf-8"}))
    show("compressed JSON", ask("POST", "/v1/rate-limit/check", CHECK, {**JSON, "Content-Encoding": "gzip"}))
    for body in (b"", b"[]", b"{", b'{"identifier":"a"}', CHECK[:-1] + b',"x":1}', CHECK[:-1] + b',"cost":1,"cost":1}', CHECK[:-1] + b',"cost":"1"}',
                 CHECK[:-1] + b',"cost":-1}', CHECK[:-1] + b',"cost":1.0}', CHECK.replace(b'"a"', b"null"), CHECK.replace(b'"a"', b'"\xff"'),
                 CHECK.replace(b'"a"', b'"' + b"a" * 256 + b'"'), CHECK.replace(b'"a"', b'"a\\u0000"')):
        show(body[:70].decode("latin1"), ask("POST", "/v1/rate-limit/check", body))
    show("the longest body", ask("POST", "/v1/rate-limit/check", CHECK + b" " * (65536 - len(CHECK))))
    show("a longer one", ask("POST", "/v1/rate-limit/check", CHECK + b" " * (65537 - len(CHECK))))
    show("a far longer one", ask("POST", "/v1/rate-limit/check", CHECK + b" " * 1000000))
    show("Idempotency-Key", ask("POST", "/v1/rate-limit/check", CHECK, {"Idempotency-Key": "a" * 65}))
    show("Idempotency-Key", ask("POST", "/v1/rate-limit/check", CHECK, {"Idempotency-Key": "a b"}))


def ask_for(show_body):
    method, target = sys.argv[4:6]
    body = sys.argv[6].encode() if len(sys.argv) > 6 else b""
    headers = dict(line.split(": ", 1) for line in sys.argv[7:])
    answer, text = ask(method, target, body, headers)
    replayed = answer.getheader("Idempotency-Replayed")
    say(f"{brief(answer, text) if not show_body or answer.status != 200 else answer.status}{' replayed' if replayed else ''}")
    if show_body and answer.status == 200:
        say(text.decode().rstrip("\n"))


def until(status, target):
    end = time.monotonic() + WAIT
    while True:
        try:
            answer, text = ask("GET", target)
        except OSError:
            answer = None
        if answer is not None and answer.status == status:
            break
        if time.monotonic() > end:
            sys.exit(f"never {status}")
        time.sleep(0.1)
    say(f"{brief(answer, text)}")


# ---- many at once

def hang(number):
    got, lock = {}, threading.Lock()

    def one():
        answer, text = ask("GET", "/v1/usage")
        with lock:
            got[brief(answer, text)] = got.get(brief(answer, text), 0) + 1

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    health = 0
    while any(thread.is_alive() for thread in threads) or not health:
        answer, _ = send("GET", "/livez")
        assert answer.status == 200
        health += 1
    for thread in threads:
        thread.join()
    assert sum(got.values()) == number, got
    say(" ".join(sorted(got)))


def load(path):
    stop, counts, lock = threading.Event(), {}, threading.Lock()

    def one():
        while not stop.is_set():
            try:
                answer, _ = ask("GET", "/v1/usage")
                what = str(answer.status)
            except (OSError, http.client.HTTPException):
                what = "closed"
                time.sleep(0.01)
            with lock:
                counts[what] = counts.get(what, 0) + 1

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + WAIT
    while not os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    say("over" if set(counts) <= {"200", "503", "closed"} else counts)


def renew(client, directory, log):
    """Each connection goes on until it is told that it is the last answer; nobody is left without one."""
    stop, counts, lock = threading.Event(), {}, threading.Lock()

    def one():
        while not stop.is_set():
            connection, last = dial(), False
            while not last and not stop.is_set():
                answer, text = send("GET", "/v1/usage", b"", signed("GET", "/v1/usage"), connection)
                last = answer.getheader("Connection") == "close"
                with lock:
                    counts[brief(answer, text)] = counts.get(brief(answer, text), 0) + 1
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    sys.path.insert(0, os.path.dirname(client))
    import http_client
    for i, pair in enumerate(("second", "third", "first")):
        http_client.use_pair(directory, pair, pair)
        end = time.monotonic() + WAIT
        while http_client.read(log).count(b"a new certificate is in use") <= i:
            assert time.monotonic() < end
            time.sleep(0.05)
        with lock:
            before = sum(counts.values())
        while True:
            with lock:
                if sum(counts.values()) > before + 16:
                    break
            assert time.monotonic() < end
            time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    say(" ".join(sorted(counts)))


def poll(path, text):
    end = time.monotonic() + WAIT
    while True:
        with open(path, encoding="utf-8") as file:
            got = file.read()
        if got:
            break
        if time.monotonic() > end:
            sys.exit(f"never: {text}")
        time.sleep(0.05)


# ---- HTTP

def raw(*pieces):
    """All that comes until the other side closes: the last request has to ask for it, or to be none."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=WAIT) as sock:
        for piece in pieces:
            if callable(piece):
                piece(sock)
            else:
                sock.sendall(piece)
        got = b""
        while True:
            data = sock.recv(65536)
            if not data:
                return got
            got += data


def head(method, target, body=b"", *more):
    lines = [f"{method} {target} HTTP/1.1", "Host: x"] + [f"{n}: {v}" for n, v in signed(method, target, body).items()] + list(more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def statuses(got):
    return " ".join(code.decode() for code in re.findall(rb"HTTP/1\.1 ([0-9]+)", got))


def chunked(body, size):
    return b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n"


def wires():
    kind, path = "Content-Type: application/json", "/v1/rate-limit/check"

    def wait_for_continue(sock):
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 ")

    say("chunked: " + statuses(raw(head("POST", path, CHECK, kind, "Connection: close", "Transfer-Encoding: chunked"), chunked(CHECK, 7))))
    say("byte by byte: " + statuses(raw(head("POST", path, CHECK, kind, "Connection: close", f"Content-Length: {len(CHECK)}"), *[CHECK[i:i + 1] for i in range(len(CHECK))])))
    say("100-continue: " + statuses(raw(head("POST", path, CHECK, kind, "Connection: close", f"Content-Length: {len(CHECK)}", "Expect: 100-continue"), wait_for_continue, CHECK)))
    say("100-continue, not signed: " + statuses(raw(f"POST {path} HTTP/1.1\r\nHost: x\r\n{kind}\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n".encode())))
    long = CHECK + b" " * 65536
    say("100-continue, too long: " + statuses(raw(head("POST", path, long, kind, f"Content-Length: {len(long)}", "Expect: 100-continue"))))
    say("chunked, too long: " + statuses(raw(head("POST", path, long, kind, "Connection: close", "Transfer-Encoding: chunked"), chunked(long, 4096))))
    say("pipelined: " + statuses(raw(head("GET", "/v1/usage"), b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", head("POST", path, CHECK, kind, f"Content-Length: {len(CHECK)}") + CHECK,
                                   head("HEAD", "/v1/package", b"", "Connection: close"))))
    say("twice the key: " + statuses(raw(head("GET", "/v1/usage", b"", "Connection: close", "X-Purser-Key: " + KEY))))
    say("a blank in the address: " + statuses(raw(b"GET /v1/us age HTTP/1.1\r\nHost: x\r\n\r\n")))
    say("another script in the address: " + statuses(raw("GET /v1/usage?é HTTP/1.1\r\nHost: x\r\n\r\n".encode())))
    say("a long address: " + statuses(raw(b"GET /v1/usage?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")))
    say("a long head: " + statuses(raw(head("GET", "/v1/usage", b"", "X: " + "a" * 9000))))
    for _ in range(20):     # they go away before they have an answer
        with socket.create_connection(("127.0.0.1", PORT), timeout=WAIT) as sock:
            sock.sendall(head("GET", "/v1/usage"))
    say("afterwards: " + brief(*ask("GET", "/v1/usage")))
    connection = dial()
    say("on one connection: " + " ".join(str(send("GET", "/v1/usage", b"", signed("GET", "/v1/usage"), connection)[0].status) for _ in range(5)))


# ---- the description

def paths():
    document = json.loads(send("GET", "/v1/openapi.json")[1])
    operations = [(path, method) for path, methods in document["paths"].items() for method in methods]
    for path, method in operations:
        operation = document["paths"][path][method]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        query = "?date=2026-07-01" if "date" in [p.get("name") for p in operation.get("parameters", [])] else ""
        answer, text = ask(method.upper(), path + query, json.dumps(body).encode() if body else b"")
        known = operation["responses"][str(answer.status)]
        while "$ref" in known:
            known = document["components"]["responses"][known["$ref"].rsplit("/", 1)[1]]
        kind = answer.getheader("Content-Type")
        assert kind in known["content"], (path, answer.status, kind)
        say(f"{method} {path}: {brief(answer, text)}")
        if kind == "application/json" and "schema" in known["content"][kind]:
            fits(document, known["content"][kind]["schema"], json.loads(text), path)
        other = "DELETE"
        answer, _ = ask(other, path)
        assert answer.status == 405 and method.upper() in answer.getheader("Allow"), (path, answer.status)
    assert send("GET", "/v1/openapi.json?a=1")[0].status == 400
    assert {"/v1", "/v1/"} & set(document["paths"]) == set()


def fits(document, schema, value, where):
    """Whether a value is of its schema; as far as the description uses JSON Schema."""
    if "$ref" in schema:
        return fits(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], value, where)
    if "oneOf" in schema and "type" not in schema:
        for choice in schema["oneOf"]:
            try:
                return fits(document, choice, value, where)
            except AssertionError:
                pass
        raise AssertionError((where, value))
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    wanted = schema.get("type", [])
    wanted = wanted if isinstance(wanted, list) else [wanted]
    assert not wanted or any(isinstance(value, kinds[k]) and (k == "boolean" or not isinstance(value, bool)) for k in wanted), (where, value, wanted)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) <= set(value) <= set(schema["properties"]), (where, sorted(value), sorted(schema["properties"]))
        for name, member in value.items():
            fits(document, schema["properties"][name], member, f"{where}/{name}")
    if isinstance(value, list):
        for member in value:
            fits(document, schema["items"], member, where + "/-")
    return True


def limit(number):
    for i in range(number):
        headers = signed("GET", "/v1/package")
        answer, text = send("GET", "/v1/package", b"", headers)
        assert brief(*send("GET", "/v1/package", b"", headers)) == "401 replayed-nonce"    # it does not count
        assert answer.status == 200 and answer.getheader("X-RateLimit-Remaining") == str(number - 1 - i), (i, answer.status, answer.getheaders())
        assert answer.getheader("Retry-After") is None
    answer, text = ask("GET", "/v1/package")
    assert 1 <= int(answer.getheader("Retry-After")) <= 60 and answer.getheader("X-RateLimit-Limit") == str(number), answer.getheaders()
    say(brief(answer, text))


{"requests": requests, "ask": lambda: ask_for(True), "status": lambda: ask_for(False), "until": lambda: until(int(sys.argv[4]), sys.argv[5]),
 "hang": lambda: hang(int(sys.argv[4])), "load": lambda: load(sys.argv[4]), "wires": wires, "renew": lambda: renew(*sys.argv[4:7]),
 "poll": lambda: poll(sys.argv[4], sys.argv[5]), "paths": paths, "limit": lambda: limit(int(sys.argv[4]))}[sys.argv[3]]()
