"""One HTTP/1.1 request, as it is: the target byte for byte, no redirect, no proxy, bounded in time and size."""
import http.client
import io
import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Protocol, Tuple
from urllib.parse import urlsplit

from .errors import ConnectionFailed, RequestTimeout, UnexpectedAnswer

MAX_ANSWER = 16 << 20  # bytes

_PATH = re.compile(r"[\x21-\x7e]*\Z")


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]  # names in lower case; of one that comes twice, the values joined by ", "
    body: bytes


class Transport(Protocol):
    """What Client sends by; give it another to test without a network."""

    def send(self, request: Request, timeout: float) -> Response:
        """Raises ConnectionFailed, RequestTimeout or UnexpectedAnswer."""


class HttpTransport:
    """By http.client, with a connection for each request. May be shared between threads.

    A path in base_url goes before each target, and is not signed: the proxy that has Purser there takes it off."""

    def __init__(self, base_url: str, ssl_context: Optional[ssl.SSLContext] = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address must be as https://api.shop.example")
        if parts.query or parts.fragment or parts.username is not None or not _PATH.match(parts.path):
            raise ValueError("the address has no query, fragment or user, and its path is percent-encoded")
        self._scheme, self._host, self._port = parts.scheme, parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._context = ssl_context
        if self._scheme == "https" and ssl_context is None:
            self._context = ssl.create_default_context()

    def _dial(self, end: float) -> socket.socket:
        """Each address has its share of the time: socket.create_connection() gives all of it to each."""
        port = self._port or (443 if self._scheme == "https" else 80)
        found = socket.getaddrinfo(self._host, port, type=socket.SOCK_STREAM)
        failure = OSError("the name has no address")
        for number, (family, kind, protocol, _, address) in enumerate(found):
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(_left(end) / (len(found) - number))
                line.connect(address)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return line
            except OSError as why:
                line.close()
                failure = why
        raise failure

    def _connect(self, end: float) -> http.client.HTTPConnection:
        line = self._dial(end)
        try:
            if self._scheme == "http":
                connection = http.client.HTTPConnection(self._host, self._port)
                connection.sock = line
                return connection
            assert self._context is not None
            line.settimeout(_left(end))
            connection = http.client.HTTPSConnection(self._host, self._port, context=self._context)
            connection.sock = self._context.wrap_socket(line, server_hostname=self._host)
            return connection
        except BaseException:
            line.close()
            raise

    def send(self, request: Request, timeout: float) -> Response:
        end = time.monotonic() + timeout
        connection = None
        try:
            connection = self._connect(end)
            line = _Line(connection.sock, end)
            line.narrow()
            _put(connection, request, self._prefix)
            answer = http.client.HTTPResponse(line, method=request.method)  # type: ignore[arg-type]
            answer.begin()
            body = _read(answer)
            return Response(answer.status, _headers(answer.getheaders()), body)
        except socket.timeout as why:
            raise RequestTimeout(f"no answer within {timeout:g} s") from why
        except (OSError, http.client.HTTPException) as why:
            raise ConnectionFailed(f"{type(why).__name__}: {why}") from why
        finally:
            if connection:
                connection.close()


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise socket.timeout()
    return left


class _Line(io.RawIOBase):
    """What comes from a socket, up to a moment: a time-out of the socket would begin anew with each byte."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock = sock
        self._end = end

    def makefile(self, _mode: str) -> io.BufferedReader:  # for HTTPResponse
        return io.BufferedReader(self)

    def narrow(self) -> None:
        self._sock.settimeout(_left(self._end))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.narrow()
        return self._sock.recv_into(buffer)


def _put(connection: http.client.HTTPConnection, request: Request, prefix: str) -> None:
    connection.putrequest(request.method, prefix + request.target, skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    if request.body or request.method not in ("GET", "HEAD"):
        connection.putheader("Content-Length", str(len(request.body)))
    connection.putheader("Connection", "close")
    connection.endheaders()
    try:
        connection.send(request.body)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all of it was read: the answer says why, or there is none


def _read(answer: http.client.HTTPResponse) -> bytes:
    body = answer.read(MAX_ANSWER + 1)
    if len(body) > MAX_ANSWER:
        raise UnexpectedAnswer(f"an answer of more than {MAX_ANSWER} bytes", answer.status)
    if answer.length:  # read(n) does not say so where the connection was cut
        raise http.client.IncompleteRead(body, answer.length)
    return body


def _headers(pairs: List[Tuple[str, str]]) -> Dict[str, str]:
    headers: Dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
