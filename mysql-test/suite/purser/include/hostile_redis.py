"""hostile_redis.py DIRECTORY: something that takes connections as a Redis does, on a loopback port, and answers as the
file DIRECTORY/mode says. Writes DIRECTORY/port. Ends with its directory's
mode "end", or after an hour."""
import os
import socket
import sys
import threading
import time

DIRECTORY = sys.argv[1]
HELLO = b"$40\r\n" + b"a" * 40 + b"\r\n"


def mode():
    with open(os.path.join(DIRECTORY, "mode"), encoding="ascii") as file:
        return file.read().strip()


def drip(client, answer):
    for byte in answer:
        client.sendall(bytes([byte]))
        time.sleep(0.03)


def endless(client):
    while True:
        client.sendall(b"$1000000\r\n" + b"x" * 100000)


ANSWERS = {
    "garbage": b"\x00\xff HTTP/1.1 400 Bad Request\r\n\r\n",
    "list": b"*100000000\r\n",
    "nested": b"*1\r\n" * 100,
    "text": b"$1000000000\r\n",
    "negative": b"$-5\r\n",
    "two": b":1\r\n:1\r\n",
    "many": b":77\r\n",
    "minus": b":-1\r\n",
    "status": b"+OK\r\n",
    "nil": b"$-1\r\n",
    "big": b":99999999999999999999999999\r\n",
    "map": b"%1\r\n+a\r\n:1\r\n",
    "bool": b"#t\r\n",
    "half": b":1",
}


def serve(client):
    try:
        while True:
            data = client.recv(65536)
            if not data:
                return
            now = mode()
            if b"AUTH" in data:
                # what is secret comes back as an error
                client.sendall(b"-ERR " + data.replace(b"\r\n", b" ") + b"\r\n" if now == "echo" else b"+OK\r\n")
            elif b"\r\nSCRIPT\r\n" in data and now != "early":
                while not data.endswith(b"\r\n"):
                    data += client.recv(65536)
                client.sendall(HELLO)
            elif now == "close":
                return
            elif now == "endless":
                endless(client)
            elif now == "drip":
                drip(client, b"+" + b"x" * 1000 + b"\r\n")
            elif now == "right":
                client.sendall(b":1\r\n")
            elif now in ANSWERS:
                client.sendall(ANSWERS[now])
    except OSError:
        pass
    finally:
        client.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(DIRECTORY, "port.new"), "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(os.path.join(DIRECTORY, "port.new"), os.path.join(DIRECTORY, "port"))
    listener.settimeout(0.2)
    end = time.monotonic() + 3600
    while time.monotonic() < end and mode() != "end":
        try:
            client = listener.accept()[0]
        except TimeoutError:
            continue
        client.settimeout(60)
        threading.Thread(target=serve, args=(client,), daemon=True).start()
    os.unlink(os.path.join(DIRECTORY, "port"))


main()
