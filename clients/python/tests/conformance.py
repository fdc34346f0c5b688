"""Reads clients/conformance/requests.json."""
import base64
import json
import os
import pathlib

PATH = os.environ.get("PURSER_API_CONFORMANCE") or str(
    pathlib.Path(__file__).resolve().parents[2] / "conformance" / "requests.json")


def cases(kind):
    document = load()
    return document["cases"][kind]


def load():
    with open(PATH, encoding="utf-8") as file:
        return json.load(file)


def body_of(case):
    if "body_base64" in case:
        return base64.b64decode(case["body_base64"], validate=True)
    if "body_repeat" in case:
        repeat = case["body_repeat"]
        text = repeat.get("before", "") + repeat["text"] * repeat["count"] + repeat.get("after", "")
        return text.encode("utf-8")
    return case.get("body", "").encode("utf-8")
