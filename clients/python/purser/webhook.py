"""Is a notification signed by the gateway that it names? The schemes of Purser's purser_webhook_verify(), here without
a server. All secrets and all signatures of a header are tried in every call and compared in constant time: the time
does not tell which of them was right."""
import base64
import binascii
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

HEADER_MAX = 8192  # bytes; a longer header is no signature
SECRETS_MAX = 16
SECRET_MAX = 1024  # bytes

Text = Union[str, bytes]

_HEADERS = {
    "paychangu": ("Signature",),
    "square": ("x-square-hmacsha256-signature",),
    "stripe": ("Stripe-Signature",),
    "paystack": ("x-paystack-signature",),
    "flutterwave": ("flutterwave-signature", "verif-hash"),
    "standard": ("webhook-id", "webhook-timestamp", "webhook-signature"),
}
_SCHEMES = {  # name: (what is signed, digest, encoding)
    "paychangu": ("body", "sha256", "hex"),
    "square": ("url+body", "sha256", "base64"),
    "stripe": ("timestamp.body", "sha256", "hex"),
    "paystack": ("body", "sha512", "hex"),
    "flutterwave": ("body", "sha256", "base64"),
    "standard": ("id.timestamp.body", "sha256", "base64"),
    "generic": ("body", "sha256", "hex"),
}
_WORD = re.compile(r"[\x21-\x7e]{1,31}\Z")
_DIGITS = re.compile(rb"[0-9]{1,15}\Z")
_UPPER_HEX = bytes.maketrans(b"ABCDEF", b"abcdef")


class _Parts(NamedTuple):
    signatures: List[bytes]
    whole: bytes  # the header without blanks around it
    before: bytes  # what is signed before the body


def header_names(scheme: str) -> Tuple[str, ...]:
    """The headers in which a scheme's signature comes: of flutterwave either, of standard all three."""
    if scheme not in _HEADERS:
        raise ValueError(f"no headers are known of the scheme {scheme!r}")
    return _HEADERS[scheme]


def header_value(scheme: str, headers: Mapping[str, str]) -> str:
    """What verify() takes as its header, from the headers of a request in any case; "" where there is none."""
    known = {name.lower(): value for name, value in headers.items()}
    found = [known.get(name.lower(), "") for name in header_names(scheme)]
    if scheme == "standard":
        return " ".join(found) if all(found) else ""
    return next((value for value in found if value), "")


@dataclass(frozen=True)
class WebhookVerifier:
    """What a gateway's notifications are held against.

    scheme     paychangu, square, stripe, paystack, flutterwave, standard, generic
    secrets    1 to 16; any of them will do (a new one first, then the old one until it is gone)
    tolerance  seconds that a timestamp may be from now, before and after
    The others are for the scheme generic only: algorithm sha256, sha512, sha1; encoding hex, base64; signed body,
    url+body, timestamp.body; prefix before a signature; names of the elements of timestamp.body."""
    scheme: str
    secrets: Sequence[Text]
    tolerance: int = 300
    algorithm: Optional[str] = None
    encoding: Optional[str] = None
    signed: Optional[str] = None
    prefix: Optional[str] = None
    signature_element: Optional[str] = None
    timestamp_element: Optional[str] = None

    def __post_init__(self) -> None:
        if self.scheme not in _SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join(_SCHEMES)}")
        if isinstance(self.secrets, (str, bytes)) or not 1 <= len(self.secrets) <= SECRETS_MAX:
            raise ValueError(f"secrets must be a list of 1 to {SECRETS_MAX}")
        if isinstance(self.tolerance, bool) or not 1 <= self.tolerance <= 10 ** 9:
            raise ValueError("tolerance must be 1 to 1000000000 seconds")
        self._check_generic()
        object.__setattr__(self, "secrets", tuple(_bytes(secret) for secret in self.secrets))
        self._keys()

    def __repr__(self) -> str:
        return f"WebhookVerifier({self.scheme!r}, {len(self.secrets)} secrets)"

    def _check_generic(self) -> None:
        choices = {"algorithm": ("sha1", "sha256", "sha512"), "encoding": ("hex", "base64"),
                   "signed": ("body", "url+body", "timestamp.body")}
        words = {"prefix": ",", "signature_element": ",=", "timestamp_element": ",="}
        for name in (*choices, *words):
            value = getattr(self, name)
            if value is None:
                continue
            if self.scheme != "generic":
                raise ValueError(f"{name} is for the scheme generic only")
            if name in choices and value not in choices[name]:
                raise ValueError(f"{name} must be one of {', '.join(choices[name])}")
            if name in words and (not _WORD.match(value) or any(mark in value for mark in words[name])):
                raise ValueError(f"{name} must be 1 to 31 printable characters without {' '.join(words[name])}")

    def _form(self) -> Tuple[str, str, str]:
        signed, algorithm, encoding = _SCHEMES[self.scheme]
        return self.signed or signed, self.algorithm or algorithm, self.encoding or encoding

    def _keys(self) -> List[bytes]:
        """What the secrets stand for: those of standard are base64 after whsec_."""
        keys = []
        for number, secret in enumerate(self.secrets, 1):
            key = _bytes(secret)
            if self.scheme == "standard":
                try:
                    key = base64.b64decode(key[6:] if key.startswith(b"whsec_") else key, validate=True)
                except binascii.Error:
                    key = b""
            if not key or len(_bytes(secret)) > SECRET_MAX:
                raise ValueError(f"secret number {number} is not a text of 1 to {SECRET_MAX} bytes"
                                 + (" in base64 (after whsec_)" if self.scheme == "standard" else ""))
            keys.append(key)
        return keys

    def verify(self, header: Optional[Text], body: Text, url: Optional[Text] = None,
               now: Optional[float] = None) -> bool:
        """Was it signed with one of the secrets, and in time? A malformed header is a no.

        header  the header's value as it came; of the scheme standard: webhook-id, webhook-timestamp and
                webhook-signature, joined with a blank each (header_value() does that)
        body    as it came, byte for byte, before any parser
        url     for schemes that sign it: as it was given to the gateway"""
        signed, algorithm, encoding = self._form()
        if signed == "url+body" and not url:
            raise ValueError("this scheme signs the URL of the notification: give it")
        parts = self._read(signed, _bytes(header or b""), time.time() if now is None else now)
        if parts is None:
            return False
        message = parts.before + (_bytes(url or b"") if signed == "url+body" else b"") + _bytes(body)
        good = False
        for key, secret in zip(self._keys(), self.secrets):
            mac = hmac.new(key, message, getattr(hashlib, algorithm)).digest()
            expected = mac.hex().encode() if encoding == "hex" else base64.b64encode(mac)
            for given in parts.signatures:
                good |= hmac.compare_digest(given, expected)
            if self.scheme == "flutterwave":  # verif-hash: blanks around it do not come through a header
                good |= hmac.compare_digest(hashlib.sha256(parts.whole).digest(),
                                            hashlib.sha256(_bytes(secret).strip(b" \t")).digest())
        return good

    def _read(self, signed: str, header: bytes, now: float) -> Optional[_Parts]:
        whole = header.strip(b" \t")
        if not whole or len(header) > HEADER_MAX:
            return None
        if signed == "timestamp.body":
            return self._read_elements(whole, now)
        if signed == "id.timestamp.body":
            return self._read_standard(whole, now)
        return _Parts(self._signatures([whole]), whole, b"")

    def _read_elements(self, whole: bytes, now: float) -> Optional[_Parts]:
        """t=1533204620,v1=…,v1=…; two timestamps would leave open which one counts."""
        name = (self.timestamp_element or "t").encode() + b"="
        mark = (self.signature_element or "v1").encode() + b"="
        elements = [element.strip(b" \t") for element in whole.split(b",")]
        times = [element[len(name):] for element in elements if element.startswith(name)]
        if len(times) != 1 or not self._in_time(times[0], now):
            return None
        found = [element[len(mark):] for element in elements if element.startswith(mark)]
        return _Parts(self._signatures(found), whole, times[0] + b".")

    def _read_standard(self, whole: bytes, now: float) -> Optional[_Parts]:
        """id timestamp v1,… v1,…"""
        words = whole.split(b" ")
        if len(words) < 3 or not words[0] or not self._in_time(words[1], now):
            return None
        found = [word.strip(b" \t") for word in words[2:]]
        found = [word[3:] for word in found if word.startswith(b"v1,")]
        return _Parts(self._signatures(found), whole, words[0] + b"." + words[1] + b".")

    def _in_time(self, timestamp: bytes, now: float) -> bool:
        return bool(_DIGITS.match(timestamp)) and abs(int(timestamp) - int(now)) <= self.tolerance

    def _signatures(self, found: List[bytes]) -> List[bytes]:
        """Without the prefix; hex may come in either case."""
        prefix = (self.prefix or "").encode()
        cut = [text.strip(b" \t") for text in found]
        cut = [text[len(prefix):] for text in cut if text.startswith(prefix)]
        return [text.translate(_UPPER_HEX) for text in cut] if self._form()[2] == "hex" else cut


def verify_webhook(scheme: str, secrets: Union[Text, Sequence[Text]], header: Optional[Text], body: Text,
                   url: Optional[Text] = None, tolerance: int = 300, now: Optional[float] = None) -> bool:
    """WebhookVerifier in one call; secrets may be one."""
    several: Sequence[Text] = [secrets] if isinstance(secrets, (str, bytes)) else secrets
    return WebhookVerifier(scheme, several, tolerance).verify(header, body, url, now)


def _bytes(text: Text) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else bytes(text)
