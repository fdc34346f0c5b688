#!/usr/bin/python3
"""A node that is none: speaks to POST /peer/rates as plugin/peers/message.h describes it, written from that page alone.

    peer_client.py PORT SECRET WHAT...

WHAT is one or more of: session (ask for one), send (a message of one change), again (the same message once more),
old (the first message once more), forged (signed with another secret), changed (a bit of it turned), cut, long, empty,
get, impossible (well signed, of a change that no limiter makes), other (of a session that is not its own). Prints what
came back of each.
"""
import hashlib
import hmac
import http.client
import os
import struct
import sys

RESULTS = {1: "counted", 2: "had come before", 3: "not of this session", 4: "it is myself"}


def key_of(secret):
    """What the messages are signed with."""
    return hmac.new(secret, b"purser peers: messages\0", hashlib.sha256).digest()


def signed(key, what, text):
    """A text with its signature behind it."""
    return text + hmac.new(key, what + b"\0" + text, hashlib.sha256).digest()


def change(key=0x1234567890ABCDE0, amount=1, maximum=1000, window=60, step=0):
    """One change of a window's count."""
    return struct.pack("<QqIIII", key, amount, 0, maximum, window, step)


class Node:
    """A sender with its life and its session."""

    def __init__(self, port, secret):
        self.port = port
        self.key = key_of(secret)
        self.life = os.urandom(16)
        self.session = bytes(16)
        self.number = 0
        self.sent = []

    def message(self, changes, key=None, session=None):
        """The next message, or one that asks for a session."""
        text = b"PURSPR\0\1" + self.life + (session or self.session) + struct.pack("<QII", self.number, len(changes), 0)
        return signed(key or self.key, b"rates", text + b"".join(changes))

    def post(self, body, method="POST"):
        """What came back, in words."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, "/peer/rates", body, {"Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            return f"{answer.status} {text.decode().strip()}"
        if len(text) != 104 or signed(self.key, b"answer", text[:72]) != text or text[32:48] != self.life:
            return "200 with an answer that is not signed"
        result, = struct.unpack_from("<I", text, 8)
        number, = struct.unpack_from("<Q", text, 64)
        if result == 3:
            self.session, self.number = text[48:64], number
        return f"200 {RESULTS[result]}, the last is number {number}"

    def send(self):
        """A message that is to be counted."""
        self.number += 1
        self.sent.append(self.message([change()]))
        return self.post(self.sent[-1])

    def do(self, what):
        """One of the words of the command line."""
        if what == "session":
            self.number = 0
            return self.post(self.message([], session=bytes(16)))
        if what == "send":
            return self.send()
        if what == "again":
            return self.post(self.sent[-1])
        if what == "old":
            return self.post(self.sent[0])
        self.number += 1
        good = self.message([change()])
        bodies = {
            "forged": lambda: self.message([change()], key=key_of(b"another secret of the same length, really")),
            "changed": lambda: good[:60] + bytes([good[60] ^ 1]) + good[61:],
            "cut": lambda: good[:-1],
            "long": lambda: bytes(200000),
            "empty": lambda: b"",
            "get": lambda: None,
            "impossible": lambda: self.message([change(), change(window=0)]),
            "other": lambda: self.message([change()], session=os.urandom(16)),
        }
        answer = self.post(bodies[what](), "GET" if what == "get" else "POST")
        self.number -= 0 if what == "other" else 1
        return answer


def main():
    """One line for each word."""
    node = Node(int(sys.argv[1]), sys.argv[2].encode())
    for what in sys.argv[3:]:
        print(f"{what}: {node.do(what)}")


main()
