"""Scheme v1 of signed requests: what is signed, and with what. Pure but for new_nonce()."""
import hashlib
import hmac
import re
import secrets
from typing import Dict, Union

SCHEME = "PURSER-HMAC-SHA256-V1"
TOLERANCE = 300  # seconds, before and after

_TARGET = re.compile(r"/[\x21-\x7e]*\Z")
_KEY_ID = re.compile(r"pk_[A-Za-z0-9]{24}\Z")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_METHOD = re.compile(r"[A-Z]+\Z")


def body_sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def new_nonce() -> str:
    """32 characters that nobody guesses and that do not come twice."""
    return secrets.token_urlsafe(24)


def string_to_sign(key_id: str, timestamp: Union[int, str], nonce: str, method: str, target: str,
                   body: bytes = b"") -> str:
    """Seven lines. The target is path and query as they go over the wire, percent-encoded already."""
    return "\n".join((SCHEME, key_id, str(timestamp), nonce, method, target, body_sha256(body)))


def sign(secret: str, text: str) -> str:
    """The signature of string_to_sign(): 64 hex digits. The secret is taken as text, with its sk_."""
    return hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()


def signed_headers(key_id: str, secret: str, timestamp: int, nonce: str, method: str, target: str,
                   body: bytes = b"") -> Dict[str, str]:
    """The four headers of a signed request. ValueError for what the server would not take."""
    if not _KEY_ID.match(key_id):
        raise ValueError("the key id must be pk_ and 24 letters and digits")
    if not _NONCE.match(nonce):
        raise ValueError("the nonce must be 16 to 64 of A-Z a-z 0-9 _ -")
    if not _METHOD.match(method):
        raise ValueError("the method must be upper-case letters")
    if not _TARGET.match(target):
        raise ValueError("the target must be a path in printable ASCII: percent-encode what is not")
    if not 0 <= timestamp < 10 ** 12:
        raise ValueError("the timestamp must be seconds since 1970, of 1 to 12 digits")
    text = string_to_sign(key_id, timestamp, nonce, method, target, body)
    return {
        "X-Purser-Key": key_id,
        "X-Purser-Timestamp": str(timestamp),
        "X-Purser-Nonce": nonce,
        "X-Purser-Signature": "v1=" + sign(secret, text),
    }
