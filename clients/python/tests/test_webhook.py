import base64
import hashlib
import hmac
import json
import os
import pathlib
import unittest

from purser import WebhookVerifier, header_names, header_value, verify_webhook

VECTORS = os.environ.get("PURSER_API_WEBHOOK_VECTORS") or str(
    pathlib.Path(__file__).resolve().parents[3] / "mysql-test" / "unit" / "vectors" / "webhooks.json")
BODY = '{"a":"Zoë 💳"}'
DATA = BODY.encode("utf-8")


def mac(key, message, digest="sha256"):
    return hmac.new(key.encode() if isinstance(key, str) else key, message, getattr(hashlib, digest))


def b64(digest):
    return base64.b64encode(digest.digest()).decode()


class Vectors(unittest.TestCase):
    def test_what_gateways_signed(self):
        with open(VECTORS, encoding="utf-8") as file:
            vectors = json.load(file)
        self.assertGreater(len(vectors), 10)
        for number, vector in enumerate(vectors):
            with self.subTest(number=number, scheme=vector["scheme"]):
                good = verify_webhook(vector["scheme"], vector["key"], vector["signature"], vector["body"],
                                      vector.get("url"), now=int(vector.get("timestamp", 0)))
                self.assertIs(good, vector["valid"])


class Value(unittest.TestCase):
    """Schemes whose header is the signature."""

    def test_paychangu(self):
        signature = mac("s", DATA).hexdigest()
        for header in (signature, signature.upper(), f" {signature}\t", signature.encode()):
            self.assertTrue(verify_webhook("paychangu", "s", header, BODY))
            self.assertTrue(verify_webhook("paychangu", "s", header, DATA))
        for header in (None, "", " ", signature[:-1], signature + "0", "v1=" + signature, "ü" * 64, signature[:-1] + "\0"):
            self.assertFalse(verify_webhook("paychangu", "s", header, BODY))
        self.assertFalse(verify_webhook("paychangu", "t", signature, BODY))
        self.assertFalse(verify_webhook("paychangu", "s", signature, BODY + " "))
        self.assertFalse(verify_webhook("paychangu", "s", signature + " " * 8192, BODY))

    def test_any_of_several_secrets(self):
        self.assertTrue(verify_webhook("paychangu", ["new", "old"], mac("new", DATA).hexdigest(), BODY))
        self.assertTrue(verify_webhook("paychangu", ["new", "old"], mac("old", DATA).hexdigest(), BODY))
        self.assertFalse(verify_webhook("paychangu", ["new", "old"], mac("older", DATA).hexdigest(), BODY))

    def test_square_signs_the_url(self):
        signature = b64(mac("s", b"https://shop.example/hook" + DATA))
        self.assertTrue(verify_webhook("square", "s", signature, BODY, "https://shop.example/hook"))
        self.assertFalse(verify_webhook("square", "s", signature, BODY, "https://shop.example/hooks"))
        self.assertFalse(verify_webhook("square", "s", signature.swapcase(), BODY, "https://shop.example/hook"))
        for url in (None, ""):
            with self.assertRaises(ValueError):
                verify_webhook("square", "s", signature, BODY, url)

    def test_paystack(self):
        self.assertTrue(verify_webhook("paystack", "s", mac("s", DATA, "sha512").hexdigest(), BODY))
        self.assertFalse(verify_webhook("paystack", "s", mac("s", DATA).hexdigest(), BODY))

    def test_flutterwave_takes_the_secret_itself(self):
        self.assertTrue(verify_webhook("flutterwave", "s", b64(mac("s", DATA)), BODY))
        self.assertTrue(verify_webhook("flutterwave", ["t", " s "], "s", BODY))
        self.assertFalse(verify_webhook("flutterwave", "s", "S", BODY))
        self.assertFalse(verify_webhook("paychangu", "s", "s", BODY))


class Stripe(unittest.TestCase):
    def setUp(self):
        self.signature = mac("s", b"1000." + DATA).hexdigest()

    def check(self, header, now=1000, tolerance=300):
        return verify_webhook("stripe", "s", header, BODY, tolerance=tolerance, now=now)

    def test_signatures(self):
        for header in (f"t=1000,v1={self.signature}", f"v1={self.signature},t=1000", f"t=1000, v1={self.signature} ",
                       f"t=1000,v0=x,v1=00,v1={self.signature}"):
            self.assertTrue(self.check(header), header)
        for header in (f"v1={self.signature}", f"t=1000,t=1000,v1={self.signature}", f"t=1001,v1={self.signature}",
                       f"t=1000,v0={self.signature}", "t=1000", f"t=,v1={self.signature}", f"t=+1000,v1={self.signature}",
                       f"t=1e3,v1={self.signature}", f"t={'0' * 13}1000,v1={self.signature}", ",,,", "=,="):
            self.assertFalse(self.check(header), header)

    def test_time_on_both_sides(self):
        header = f"t=1000,v1={self.signature}"
        for now, good in ((700, True), (699, False), (1300, True), (1301, False)):
            self.assertIs(self.check(header, now), good)
        self.assertTrue(self.check(header, 1301, 301))


class Standard(unittest.TestCase):
    def setUp(self):
        self.key = b"0123456789abcdef"
        self.secret = "whsec_" + base64.b64encode(self.key).decode()
        self.headers = {"Webhook-Id": "msg_1", "webhook-timestamp": "1000",
                        "WEBHOOK-SIGNATURE": "v1,AAAA v1," + b64(mac(self.key, b"msg_1.1000." + DATA))}

    def check(self, header, secret=None, now=1000):
        return verify_webhook("standard", secret or self.secret, header, BODY, now=now)

    def test_three_headers(self):
        header = header_value("standard", self.headers)
        self.assertTrue(self.check(header))
        self.assertTrue(self.check(header, self.secret[6:]))
        self.assertFalse(self.check(header, now=1301))
        self.assertFalse(self.check(header.replace("msg_1", "msg_2")))
        self.assertFalse(self.check(header.replace("v1,", "v2,")))
        self.assertEqual(header_value("standard", {"webhook-id": "a"}), "")
        for header in ("", "msg_1", "msg_1 1000", "msg_1 1000 ", " 1000 v1,x"):
            self.assertFalse(self.check(header))

    def test_a_secret_that_is_no_base64_is_refused(self):
        for secret in ("whsec_", "whsec_!", "whsec_abc"):
            with self.assertRaises(ValueError):
                WebhookVerifier("standard", [secret])


class Generic(unittest.TestCase):
    def test_its_options(self):
        github = WebhookVerifier("generic", ["s"], prefix="sha256=")
        self.assertTrue(github.verify("sha256=" + mac("s", DATA).hexdigest(), BODY))
        self.assertFalse(github.verify(mac("s", DATA).hexdigest(), BODY))
        shopify = WebhookVerifier("generic", ["s"], encoding="base64")
        self.assertTrue(shopify.verify(b64(mac("s", DATA)), BODY))
        old = WebhookVerifier("generic", ["s"], algorithm="sha1", signed="url+body")
        self.assertTrue(old.verify(mac("s", b"u" + DATA, "sha1").hexdigest(), BODY, "u"))
        named = WebhookVerifier("generic", ["s"], signed="timestamp.body", signature_element="sig", timestamp_element="ts",
                                prefix="x")
        self.assertTrue(named.verify("ts=5,sig=x" + mac("s", b"5." + DATA).hexdigest(), BODY, now=5))
        self.assertFalse(named.verify("ts=5,sig=" + mac("s", b"5." + DATA).hexdigest(), BODY, now=5))

    def test_wrong_settings_are_refused(self):
        for settings in ({"scheme": "other"}, {"secrets": []}, {"secrets": "s"}, {"secrets": [""]}, {"secrets": ["s"] * 17},
                         {"secrets": ["s" * 1025]}, {"tolerance": 0}, {"tolerance": 10 ** 9 + 1}, {"algorithm": "md5"},
                         {"encoding": "base32"}, {"signed": "all"}, {"prefix": ""}, {"prefix": "a,"}, {"prefix": "x" * 32},
                         {"signature_element": "a=b"}, {"scheme": "stripe", "prefix": "a"}):
            with self.subTest(settings), self.assertRaises(ValueError):
                WebhookVerifier(**{"scheme": "generic", "secrets": ["s"], **settings})

    def test_headers(self):
        self.assertEqual(header_names("square"), ("x-square-hmacsha256-signature",))
        self.assertEqual(header_value("flutterwave", {"Verif-Hash": "s"}), "s")
        self.assertEqual(header_value("paychangu", {}), "")
        with self.assertRaises(ValueError):
            header_names("generic")

    def test_it_shows_no_secret(self):
        self.assertNotIn("hush", repr(WebhookVerifier("paychangu", ["hush"])))
