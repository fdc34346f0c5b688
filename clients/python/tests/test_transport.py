"""HttpTransport against sockets that answer what they are told."""
import socket
import threading
import time
import unittest
from unittest import mock

import purser
from purser import HttpTransport, Request


class Line:
    """Takes one connection: keeps what comes until a blank line (and `more` bytes), then calls answer(socket)."""

    def __init__(self, answer, more=0):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.answer, self.more, self.data = answer, more, b""
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        line, _ = self.listener.accept()
        with line:
            head = b""
            while b"\r\n\r\n" not in head or len(head.split(b"\r\n\r\n", 1)[1]) < self.more:
                piece = line.recv(65536)
                if not piece:
                    break
                head += piece
            self.data = head
            try:
                self.answer(line)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join(10)


def says(*pieces):
    def answer(line):
        for piece in pieces:
            line.sendall(piece)
    return answer


def trickle(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    for _ in range(100):
        line.sendall(b"x")
        time.sleep(0.1)


class Transport(unittest.TestCase):
    def send(self, answer, request=Request("GET", "/v1/usage"), timeout=30.0, more=0):
        with Line(answer, more) as line:
            self.line = line
            return HttpTransport(line.url).send(request, timeout)

    def test_an_answer(self):
        response = self.send(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\n{}"))
        self.assertEqual((response.status, response.body, response.headers["x-a"]), (200, b"{}", "1, 2"))

    def test_the_target_goes_over_the_wire_as_it_is(self):
        target = "/v1/../a//b/./caf%c3%A9?b=%20&a=:+'\"<>#x"
        self.send(says(b"HTTP/1.1 204 No Content\r\n\r\n"), Request("GET", target, {"X-B": "c"}))
        lines = self.line.data.decode().split("\r\n")
        self.assertEqual(lines[0], f"GET {target} HTTP/1.1")
        self.assertIn("X-B: c", lines)

    def test_a_path_of_the_address_goes_before_it(self):
        with Line(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as line:
            HttpTransport(line.url + "/purser/").send(Request("GET", "/v1/usage"), 30)
        self.assertTrue(line.data.startswith(b"GET /purser/v1/usage HTTP/1.1\r\n"))

    def test_a_body_goes_with_its_length(self):
        self.send(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Request("POST", "/", {}, b"12345"), more=5)
        self.assertIn(b"Content-Length: 5\r\n", self.line.data)
        self.assertTrue(self.line.data.endswith(b"\r\n\r\n12345"))

    def test_in_chunks_and_to_the_end_of_the_connection(self):
        self.assertEqual(self.send(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")).body, b"ab")
        self.assertEqual(self.send(says(b"HTTP/1.1 200 OK\r\n\r\nabc")).body, b"abc")

    def test_redirects_are_not_followed(self):
        response = self.send(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"))
        self.assertEqual(response.status, 302)

    def test_answers_that_are_cut(self):
        for pieces in ([b""], [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], [b"SSH-2.0\r\n\r\n"],
                       [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"]):
            with self.subTest(pieces), self.assertRaises(purser.ConnectionFailed):
                self.send(says(*pieces))

    def test_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with self.assertRaises(purser.ConnectionFailed):
            HttpTransport(f"http://127.0.0.1:{port}").send(Request("GET", "/"), 30)

    def test_an_address_that_swallows_all_leaves_time_for_the_next_one(self):
        with socket.socket() as silent, Line(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as line:
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            others = [socket.socket() for _ in range(8)]
            for other in others:  # whoever comes then is not let in, and not told
                other.setblocking(False)
                other.connect_ex(silent.getsockname())
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", one.getsockname()) for one in (silent, line.listener)]
            with mock.patch("socket.getaddrinfo", return_value=found):
                response = HttpTransport("http://two.example").send(Request("GET", "/"), 6)
            for other in others:
                other.close()
        self.assertEqual(response.status, 204)
        self.assertIn(b"\r\nHost: two.example\r\n", line.data)

    def test_time_is_up(self):
        with self.assertRaises(purser.RequestTimeout):
            self.send(lambda line: line.recv(1), timeout=0.2)

    def test_time_is_up_although_something_comes_all_the_time(self):
        with self.assertRaises(purser.RequestTimeout):
            self.send(trickle, timeout=0.5)

    def test_an_answer_that_does_not_end(self):
        def flood(line):
            line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                line.sendall(b"x" * 65536)
        with self.assertRaises(purser.UnexpectedAnswer):
            self.send(flood, timeout=300)
