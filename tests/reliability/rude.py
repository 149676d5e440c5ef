"""Requests that no browser sends, written byte by byte."""

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
_FIELD = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'


@dataclass(frozen=True)
class Got:
    """What came back; ``status`` is 0 when the server hung up without a word."""

    status: int
    size: int


def ask(port: int, request: bytes, *, seconds: float = 30, then: bytes | None = None) -> Got:
    """Send bytes and read the answer to its end.

    A server may answer before it has it all. ``then`` is sent, and nothing after it.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as talk:
        sender = threading.Thread(target=_send, args=(talk, request, then))
        sender.start()
        answer = b""
        with suppress(ConnectionError):
            while part := talk.recv(65536):
                answer += part
        sender.join()
    found = re.match(rb"HTTP/1\.\d (\d{3})", answer)
    return Got(int(found[1]) if found else 0, len(answer))


def _send(talk: socket.socket, request: bytes, then: bytes | None) -> None:
    with suppress(OSError):
        talk.sendall(request)
        if then is not None:
            talk.sendall(then)
            talk.shutdown(socket.SHUT_WR)


class Form:
    """The form to join as a browser has it open: its cookie and its token."""

    def __init__(self, port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as talk:
            talk.sendall(b"GET /join HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            page = b""
            while part := talk.recv(65536):
                page += part
        cookie = re.search(rb"(?i)set-cookie: (session=[^;]+)", page)
        token = re.search(rb'name="?csrf_token"?[^>]*value="([^"]+)"', page)
        assert cookie, page[:500]
        assert token, page[:500]
        self.cookie, self.token = cookie[1], token[1]

    def head(self, kind: str, *more: str) -> bytes:
        lines = ["POST /join HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", *more]
        text = "\r\n".join([*lines, "Connection: close"]).encode("latin-1")
        return text + b"\r\nCookie: " + self.cookie + b"\r\n\r\n"

    def post(self, body: bytes, kind: str = FORM, *more: str, says: str = "") -> bytes:
        """The form with its token; ``says`` is a length that is not that of the body."""
        if kind == FORM:
            body = b"csrf_token=" + self.token + b"&" + body
        return self.head(kind, f"Content-Length: {says or len(body)}", *more) + body

    def chunked(self, body: bytes) -> bytes:
        return self.head(FORM, "Transfer-Encoding: chunked") + body

    def chunks(self, body: bytes) -> bytes:
        body = b"csrf_token=" + self.token + b"&" + body
        return self.chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def parts(self, *, count: int = 1, body: bytes = b"1", before: bytes = b"") -> bytes:
        fields = _FIELD % (b"csrf_token", self.token) + _FIELD % (b"name", body) * count
        return self.post(before + fields + b"--x--\r\n", PARTS)


def get(path: bytes = b"/events", *more: bytes) -> bytes:
    host = [] if any(line.startswith(b"Host:") for line in more) else [b"Host: localhost"]
    lines = [b"GET " + path + b" HTTP/1.1", *host, *more, b"Connection: close"]
    return b"\r\n".join([*lines, b"", b""])


def refused(form: Form) -> dict[str, bytes]:
    """What must be answered with 4xx, by name."""
    person = b"email=a%40example.org&consent=y"
    return {
        "a form of 10 MB": form.post(b"name=" + b"a" * 10_000_000),
        "a field of 600 kB": form.post(b"name=" + b"a" * 600_000),
        "a field of 600 kB among parts": form.parts(body=b"a" * 600_000),
        "1,001 parts": form.parts(count=1001),
        "100,000 fields": form.post(b"a=1&" * 100_000),
        "5 MB of line ends before the first part": form.parts(before=b"\r\n" * 2_500_000),
        "450 kB of line ends before the first part": form.parts(before=b"\r\n" * 220_000),
        "450 kB of line ends in a part": form.parts(body=b"\r" * 450_000),
        "450 kB of half boundaries": form.parts(body=b"\r\n--" * 110_000),
        "parts without a boundary": form.post(b"--x\r\n", "multipart/form-data"),
        "a part with a head of 100 kB": form.post(
            b'--x\r\nX: "' + b"a" * 100_000 + b'"\r\n\r\n1\r\n--x--\r\n', PARTS
        ),
        "JSON 100,000 deep": form.post(b"[" * 100_000, "application/json"),
        "JSON of a million digits": form.post(b"1" * 1_000_000, "application/json"),
        "JSON with a key twice": form.post(b'{"name": "a", "name": "b"}', "application/json"),
        "a field 3,000 times": form.post(b"email=a%40b.example&" * 3000),
        "a header of 64 kB": get(b"/events", b"X-Long: " + b"a" * 65536),
        "2,000 headers": get(b"/events", *(b"X-%d: 1" % n for n in range(2000))),
        "a cookie of 64 kB": get(b"/events", b"Cookie: session=" + b"a" * 65536),
        "an address of 16 kB": get(b"/" + b"a" * 16384),
        "a question of 16 kB": get(b"/events?q=" + b"a" * 16384),
        "an address of 100 kB": get(b"/" + b"a" * 100_000),
        "a length below the body's": form.post(b"name=a&" + person, says="5"),
        "a length below zero": form.post(b"name=a", says="-5"),
        "a length that is no number": form.post(b"name=a", says="five"),
        "a length of 30 digits": form.post(b"name=a", says="9" * 30),
        "two lengths": form.post(b"name=a", FORM, "Content-Length: 3"),
        "a length and chunks": form.post(b"name=a", FORM, "Transfer-Encoding: chunked"),
        "chunks without a size": form.chunked(b"zz\r\nname=a\r\n0\r\n\r\n"),
        "a chunk of 2^72": form.chunked(b"f" * 18 + b"\r\nname=a\r\n"),
        "5 MB in one chunk": form.chunks(b"name=" + b"a" * 5_000_000),
        "NUL in a field": form.post(b"name=a%00b"),
        "a raw NUL in a field": form.post(b"name=a\0b"),
        "a lone surrogate in a field": form.post(b"name=%ED%A0%80"),
        "a field that is no UTF-8": form.post(b"name=%FF%FE"),
        "raw bytes in a field": form.post(b"name=\xff\xfe"),
        "half a percent sign in a field": form.post(b"name=%zz%&email=%"),
        "NUL in the path": get(b"/events/%00"),
        "a raw NUL in the path": get(b"/events/\0"),
        "a lone surrogate in the path": get(b"/events/%ED%A0%80"),
        "a path that is no UTF-8": get(b"/events/%FF%FE"),
        "raw bytes in the path": get(b"/events/\xff\xfe"),
        "half a percent sign in the path": get(b"/events/%zz%"),
        "raw bytes in the question": get(b"/events?q=\xff\xfe"),
        "a raw NUL in a cookie": get(b"/events", b"Cookie: session=a\0b"),
        "an origin that is no address": form.post(b"name=a", FORM, "Origin: http://[::1"),
        "a method nobody knows": b"BREW /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "a handshake for TLS": b"\x16\x03\x01\x02\x00" + bytes(200) + b"\r\n\r\n",
    }


def borne(form: Form) -> dict[str, bytes]:
    """What may be answered as if it were nothing, but never with 5xx."""
    junk = b"%00", b"%ED%A0%80", b"%FF%FE", b"%zz%", b"%C0%AF", b"9" * 400
    cookies = b"\xff\xfe", b'"\\377\\000"; ;;=;a==', b"%00%zz%ED%A0%80; browser=%FF"
    asked = {f"{j[:9]!r} as the question": get(b"/events?q=" + j + b"&cursor=" + j) for j in junk}
    held = {f"{c!r} as a cookie": get(b"/events", b"Cookie: session=" + c) for c in cookies}
    said = {
        f"{line!r}": get(path, line)
        for path, line in [
            (b"/", b'If-None-Match: \xff\xfe""'),
            (b"/", b"If-Modified-Since: \xff"),
            (b"/static/icons/favicon.svg", b"Range: bytes=5-1,x," + b"9" * 400 + b"-"),
            (b"/calendar.ics", b"Accept-Encoding: gzip;q=x,\xff"),
            (b"/", b"Accept-Language: " + b"en;q=x," * 3000),
            (b"/", b"X-Forwarded-For: \xff,,,,"),
            (b"/", b"Host: [::1"),
            (b"/dev/mail", b"Host: [::1"),
            (b"/dev/mail", b"Host: a:99999999"),
        ]
    }
    kinds = {
        f"a body of {kind!r}": form.post(b"name=a", kind)
        for kind in ('\xff;;;boundary="x', f"{FORM}; charset=rot13")
    }
    return asked | held | said | kinds
