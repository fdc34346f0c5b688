import unittest

from purser import body_sha256, new_nonce, sign, signed_headers, string_to_sign

from .conformance import body_of, cases, load

KEY, SECRET, NONCE = "pk_" + "a" * 24, "sk_" + "0" * 64, "n" * 16


class Signature(unittest.TestCase):
    def test_the_cases_of_the_conformance_file(self):
        keys = load()["keys"]
        self.assertGreater(len(cases("signing")), 5)
        for case in cases("signing"):
            with self.subTest(case["name"]):
                key, body = keys[case["key"]], body_of(case)
                text = string_to_sign(key["key_id"], case["timestamp"], case["nonce"], case["method"], case["target"], body)
                self.assertEqual(body_sha256(body), case["body_sha256"])
                self.assertEqual(text, case["string_to_sign"])
                self.assertEqual(sign(key["secret"], text), case["signature"])
                headers = signed_headers(key["key_id"], key["secret"], int(case["timestamp"]), case["nonce"],
                                         case["method"], case["target"], body)
                self.assertEqual(headers["X-Purser-Signature"], "v1=" + case["signature"])
                self.assertEqual(len(headers), 4)

    def test_what_cannot_be_signed_is_refused(self):
        good = (KEY, SECRET, 1, NONCE, "GET", "/v1/usage")
        signed_headers(*good)
        for at, values in ((0, ("", "pk_", KEY + "a", KEY + "\n", "PK_" + "a" * 24)), (2, (-1, 10 ** 12)),
                           (3, ("n" * 15, "n" * 65, "n" * 15 + " ", NONCE + "\n")), (4, ("get", "", "GET\r\n")),
                           (5, ("", "v1/usage", "/v1/a b", "/v1/café", "/v1\r\nX: y", "/v1\n"))):
            for value in values:
                with self.subTest(at=at, value=value), self.assertRaises(ValueError):
                    signed_headers(*good[:at], value, *good[at + 1:])

    def test_nonces_are_new_and_well_formed(self):
        nonces = {new_nonce() for _ in range(1000)}
        self.assertEqual(len(nonces), 1000)
        for nonce in nonces:
            self.assertRegex(nonce, r"\A[A-Za-z0-9_-]{16,64}\Z")
