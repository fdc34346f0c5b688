"""Prints the message of the receiver that ARG_SHOW names; used by outbox_show.inc."""
import hashlib
import hmac
import os
import re

BASE = os.environ["ARG_SHOW"]


def read(part):
    try:
        with open(f"{BASE}.{part}", "rb") as source:
            return source.read()
    except FileNotFoundError:
        return None


def show(title, content):
    text = content.decode()
    text = re.sub(r"\b[0-9a-f]{32}\b", "KEY", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?", "TIME", text)
    text = re.sub(r"Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8}", "Date: DATE", text)
    text = re.sub(r"root@localhost asked for it on [^\s\"\\]+", "USER asked for it on SERVER", text)
    text = re.sub(r'"server": ?"[^"]+"', '"server":"SERVER"', text)
    text = re.sub(r"purser/\d+\.\d+\.\d+", "purser/N", text)
    for line in text.splitlines():
        print(f"  {title}| {line}".rstrip())


for part in ("head", "note", "html"):
    content = read(part)
    if content is not None:
        show(part, content)
signature = read("signature")
if signature:
    fields = dict(field.split("=", 1) for field in signature.decode().split(","))
    message = fields["t"].encode() + b"." + read("note")
    mac = hmac.new(b"secret-of-the-hook", message, hashlib.sha256).hexdigest()
    print("  signature is", "right" if hmac.compare_digest(mac, fields["v1"]) else "wrong")
