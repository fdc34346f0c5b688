#!/usr/bin/python3
"""Asks Purser's HTTP listener for everything in every form, and looks for what must not be told, there and in files.

    secrets_anywhere.py PORT DIRECTORY SECRETS TOLD LOG DBA PATH PRIVATE...

DIRECTORY is that of "http_client.py files": its tokens and its key are secret, as are the secret of a client's key in
client_secret and each text in SECRETS (the secrets file). TOLD is a file with what SQL says, LOG the error log: no secret may be in them. DBA (a word that each query of the
DBA's checks holds) and each PRIVATE text (the datadir, the socket) may be in no answer of HTTP, and in no line of these
that is Purser's own (PURSER: before it). PATH (where Purser's own files are, which variables and the log may name) may be
in no answer of HTTP. Prints what was found, as the name of the secret and where.
"""
import base64
import html
import http.client
import json
import re
import ssl
import sys
import urllib.parse

PATHS = ("/health", "/health/detailed", "/health/database", "/health/payments", "/metrics", "/dashboard", "/livez",
         "/readyz", "/pingdom.xml", "/v1/usage", "/v1/webhooks/verify", "/peer/rates", "/", "/nothing", "*", "/health?x=1", "/../etc/passwd", "/Health", "/health/")
ACCEPTS = (None, "application/json", "application/health+json", "text/html", "*/*;q=0")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "TRACE")
SHORTEST = 6  # of what is looked for


def texts(value, name):
    """(name, text) of each text in JSON."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from texts(member, f"{name}.{key}")
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from texts(member, f"{name}[{i}]")
    elif isinstance(value, str):
        yield name, value


def read(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return source.read()


def forms(text):
    """As it is, and as it might have been written down."""
    raw = text.encode()
    made = {text, text[:len(text) // 2 + 4], json.dumps(text)[1:-1], html.escape(text), urllib.parse.quote(text, safe=""),
            base64.b64encode(raw).decode().rstrip("="), raw.hex(), raw.hex().upper()}
    return [form for form in made if len(form) >= SHORTEST]


def connect(port):
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=ssl._create_unverified_context())


def ask(connection, method, path, headers):
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, f"{answer.status} {answer.reason}\n{answer.headers}\n{answer.read().decode(errors='replace')}"


def answers(port, token):
    """(what was asked, answer) for each path in each form."""
    login = base64.b64encode(f"me:{token}".encode()).decode()
    connection = connect(port)
    for path in PATHS:
        for method in METHODS:
            for authorization in (None, f"Bearer {token}", f"Basic {login}", "Bearer wrong-token-wrong-token", "Basic !"):
                for accept in ACCEPTS if method == "GET" else (None,):
                    headers = {"Origin": "https://elsewhere.example"}
                    if accept:
                        headers["Accept"] = accept
                    if authorization:
                        headers["Authorization"] = authorization
                    status, text = ask(connection, method, path, headers)
                    yield f"{method} {path} {accept} {(authorization or 'none').split()[0]}", status, text
    # what is no request
    for line in ("GET / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", f"GET /{token * 400} HTTP/1.1\r\nHost: x\r\n\r\n",
                 f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX: {'x' * 9000}\r\n\r\n",
                 f"GET / HTTP/1.1\r\nHost: x\r\n{token}\r\n\r\n"):
        connection = connect(port)
        connection.connect()
        connection.sock.sendall(line.encode())
        text = b""
        while True:
            more = connection.sock.recv(65536)
            if not more:
                break
            text += more
        connection.close()
        yield "no request", int(text[9:12]), text.decode(errors="replace")


def main(port, directory, secrets, told, log, dba, path, *private):
    wanted = dict(texts(json.loads(read(secrets)), "secrets"))
    lines = read(f"{directory}/key.pem").splitlines()
    wanted.update({f"line {i} of the key": line for i, line in enumerate(lines) if not line.startswith("-----")})
    tokens = read(f"{directory}/tokens").split()
    wanted.update({f"token {i}": token for i, token in enumerate(tokens)})
    wanted["secret of a client"] = read(f"{directory}/client_secret").strip()
    hidden = {"SQL of a check": dba, **{f"private {i}": text for i, text in enumerate(private)}}
    count, statuses, found, all_text = 0, set(), set(), []

    wanted_forms = {name: forms(secret) for name, secret in wanted.items()}
    hidden_forms = {name: [text] for name, text in hidden.items()}

    def look(where, text, names):
        for name, made in names.items():
            if any(form in text for form in made):
                found.add(f"{name}: {where}")

    for where, status, text in answers(int(port), tokens[0]):
        count += 1
        statuses.add(status)
        all_text.append(text)
        look(where, text, {**wanted_forms, **hidden_forms, "path": [path]})
    said = read(log)[read(log).rindex("CURRENT_TEST:"):]
    text = read(told) + said + re.sub(r"(?m)^.*(Purser: )", r"PURSER: \1", said)
    look("SQL or the log", text, wanted_forms)
    look("a line of Purser's", "\n".join(re.findall(r"PURSER: (.*)", text)), hidden_forms)
    # that it has looked at all: what is public is there
    for public in ("as-the-dba-says", "its statement failed", "payment_gateways", "PURSER-", "<html"):
        if not any(public in one for one in all_text):
            found.add(f"no answer has {public}: nothing was looked at")
    for public in ("PURSER: purser_secrets_file", "PURSER: Purser_worker_state", "Purser: ", "purser\tlocalhost"):
        if public not in text:
            found.add(f"nothing told has {public}: nothing was looked at")
    print(f"{count} answers: {' '.join(str(status) for status in sorted(statuses))}")
    print(f"{len(wanted)} secrets")
    print("\n".join(sorted(found)) or "none is anywhere")


main(*sys.argv[1:])
