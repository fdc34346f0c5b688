"""Prints the message of the receiver that ARG_SHOW names; used by outbox_show.inc."""
import hashlib
import hmac
import json
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
    text = re.sub(r"\b[\w.-]+:\d{4,5}\b", "SERVER", text)
    text = re.sub(r"\d+(\.\d+)? ms", "N ms", text)
    text = re.sub(r' style="[^"]*"', "", text)
    for line in text.splitlines():
        print(f"  {title}| {line}".rstrip())


def show_alert(data):
    """What tests tell of a post about alerts."""
    print("  data:", ", ".join(f"{key} {data[key]}" for key in ("state", "rule", "level")))
    for change in data["changes"]:
        print("  change:", ", ".join(f"{key} {change[key]}" for key in
                                    ("check", "service", "level", "told_before", "message")))
    print("  checks:", ", ".join(f"{c['check']} {c['level']}" for c in data["checks"]))


show("head", read("head"))
note = read("note")
if b'"kind":"alert"' in note:
    show_alert(json.loads(note)["data"])
else:
    show("note", note)
if read("html"):
    show("html", read("html"))
signature = read("signature")
if signature:
    fields = dict(field.split("=", 1) for field in signature.decode().split(","))
    message = fields["t"].encode() + b"." + read("note")
    mac = hmac.new(b"secret-of-the-hook", message, hashlib.sha256).hexdigest()
    print("  signature is", "right" if hmac.compare_digest(mac, fields["v1"]) else "wrong")
