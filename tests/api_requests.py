"""Requests that no honest client sends, a table of them: each has one status,
one problem and one fate of its connection. And who may ask: every route with
every kind of Host, Origin and token."""

import json
import pathlib
import re
import socket

from followd_testing import Daemon, TestCase, main

ROUTES = (pathlib.Path(__file__).resolve().parent.parent /
          "daemon/api/routes.c").read_text()
JSON = "Content-Type: application/json"

# ---- one message, one length: lines of the head, body, status ---------------

FRAMING = [
    *[((f"Content-Length: {length}",), b"hello", 400) for length in (
        "5,5", "5, 5", "+5", "-5", "5abc", "0x5", "5.0", "1e1", "5;", "05x",
        "18446744073709551616", "9223372036854775808", "99999999999999999999",
        "-0", "--5", "five")],
    *[((f"Transfer-Encoding: {coding}",), b"0\r\n\r\n", 400) for coding in (
        "xchunked", "chunked, identity", "identity, chunked", "gzip, chunked",
        "chunked, chunked", "chunkedx", "chunked;q=1", "identity", "gzip",
        "deflate", "x", "\"chunked\"", "chunked,", ",chunked")],
    (("Content-Length: 4", "Transfer-Encoding: chunked"), b"0\r\n\r\n", 400),
    (("Transfer-Encoding: chunked", "Content-Length: 4"), b"0\r\n\r\n", 400),
    (("Content-Length: 0", "Transfer-Encoding: chunked"), b"0\r\n\r\n", 400),
    (("Content-Length: 5", "Content-Length: 0"), b"hello", 400),
    (("Content-Length: 0", "Content-Length: 5"), b"hello", 400),
    (("Content-Length: 5", "Content-Length: 5"), b"hello", 400),
    (("content-length: 5", "CONTENT-LENGTH: 6"), b"hello", 400),
    (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
     b"0\r\n\r\n", 400),
    (("Transfer-Encoding: chunked", "Transfer-Encoding: x"), b"0\r\n\r\n", 400),
    (("Content-Length: 65537", JSON), b"", 413),
    (("Content-Length: 10000000000", JSON), b"", 413),
    (("Content-Length: 999999999999999999", JSON), b"", 413),
    (("Content-Length: 2",), b"{}", 415),
    (("Content-Length: 2", "Content-Type: text/plain"), b"{}", 415),
    (("Content-Length: 2", "Content-Type: application/jsonx"), b"{}", 415),
    (("Content-Length: 2", "Content-Type:"), b"{}", 415),
    (("Content-Length: 2", JSON, "Content-Encoding: gzip"), b"{}", 415),
    (("Content-Length: 2", JSON, "Content-Encoding: identity"), b"{}", 415),
]

# ---- what follows the method: target, status --------------------------------

TARGETS = [
    *[(target, 400) for target in (
        "/../etc/passwd", "/..", "/.", "/./x", "/x/..", "/x/../y", "/%2e%2e/x",
        "/%2e", "/x/%2E%2e", "/%2e%2e%2fetc", "/..%2fetc", "/%2fetc", "/x%2Fy",
        "/x%5cy", "/x\\y", "/%5c", "/%00", "/x%00y", "/static/a%00.png",
        "/%0a", "/%0d%0aX:y", "/%1b", "/%7f", "/%", "/%2", "/%zz", "/%2z",
        "/a%", "http://evil/x", "https://127.0.0.1/x", "x", "x/y", "//%2e%2e/",
        "/?a=%00", "/?%00=1", "/?a=%0a", "/?a=%", "/?a=%zz", "/?a=%1",
        "/\x80", "/\xff\xfe", "/?\x80=1", "/api/v1/jobs/%2e%2e",
        "/api/v1/../../healthz", "/" + "a" * 2048,
        "/?" + "&".join(f"a{i}=1" for i in range(33)))],
    *[(target, 404) for target in (
        "/x", "/etc/passwd", "//", "//x", "/api", "/api/", "/api/v1",
        "/api/v2/jobs", "/api/v1/job", "/api/v1/jobs/", "/api/v1//jobs",
        "/API/v1/jobs", "/api/v1/jobs/1/2/3/4/5/6", "/api/v1/jobs/x",
        "/api/v1/jobs/-1", "/api/v1/jobs/0", "/api/v1/jobs/1e3",
        "/api/v1/jobs/99999999999999999999", "/api/v1/jobs/1;x",
        "/api/v1/jobs/%27%20OR%201=1--", "/api/v1/jobs/1%20",
        "/api/v1/jobs/$(id)", "/api/v1/presets/..x", "/api/v1/arrays/zz",
        "/api/v1/arrays/" + "A" * 64, "/token", "/follow.db", "/index.html/x",
        "/%c0%ae%c0%ae/x", "/.git/config", "/api/v1/sweeps/x", "/internal")],
    *[("/api/v1/jobs?" + query, 422) for query in (
        "limit=0", "limit=501", "limit=-1", "limit=x", "limit=", "limit=1e2",
        "limit=1%20", "limit=0x10", "limit=99999999999999999999", "cursor=0",
        "cursor=x", "cursor=-5", "state=x", "state=", "state=QUEUED", "x=1",
        "token=abc", "sweep=0", "sweep=x", "limit=1;drop", "state='--",
        "limit=1&x=1")],
]

# ---- other lines of the head: line, status ----------------------------------

LINES = [
    ("Host: evil.example", 400), ("Host: 127.0.0.1", 400),  # a second one
    ("X y: z", 400), ("X\ty: z", 400), ("X(): z", 400), ("X@: z", 400),
    ("X[]: z", 400), ("X{}: z", 400), ("X\x01: z", 400), ("X: a\x01b", 400),
    ("X: a\x1bb", 400), ("X/: z", 400), ("X=: z", 400), ("X?: z", 400),
    ("X;: z", 400), ("X,: z", 400), ("X<>: z", 400), ("X\": z", 400),
    ("\r\n".join(f"X{i}: y" for i in range(70)), 431),
    ("Origin: http://evil.example", 403), ("Origin: null", 403),
    ("Origin: http://127.0.0.1", 403), ("Origin: x", 403),
    ("Origin: http://127.0.0.1:1", 403), ("Origin: http://", 403),
    ("Sec-Fetch-Site: cross-site", 403), ("Sec-Fetch-Site: same-site", 403),
    ("Sec-Fetch-Site: x", 403),
    ("Authorization: Bearer x", 401),  # a second one
    ("Authorization: Basic eDp5", 401),
]

METHODS = [*[(method, 405) for method in (
    "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "Get",
    "FOO", "PROPFIND", "G@T", "GETX", "M-SEARCH", "*")]]

# ---- bytes that are no HTTP: bytes, status, who says it --------------------

OURS = "a problem"
LIBRARY = "a page of HTML"  # libmicrohttpd gives it before anybody is asked
WAITS = None, "nothing"  # the head may go on; tests/api_hostile.py sees it end

RAW = [
    *[(data, *WAITS) for data in (
        b"\r\n\r\n", b"\0" * 64, b"\xff" * 64, b"GET",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40,
        b"GET /cr HTTP/1.1\rHost: x\r\r")],
    *[(data, 400, LIBRARY) for data in (
        b"GET /\r\n\r\n", b"GET / FTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\njunk\r\n\r\n")],
    *[(data, 505, LIBRARY) for data in (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n")],
    *[(data, 400, OURS) for data in (
        b"helloGET / HTTP/1.1\r\n\r\n",
        b"GET  /  HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\n: v\r\n\r\n")],
    *[(data, 421, OURS) for data in (
        b"GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n",
        b"GET /n\0ul HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n")],
    (b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, LIBRARY),
    (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n", 431,
     LIBRARY),
    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(
        b"X%d: a\r\n" % i for i in range(2000)) + b"\r\n", 431, LIBRARY),
]

CHUNKS = [
    (b"FFFFFFFFFFFFFFFFF\r\nx", 413, LIBRARY),
    *[(chunk, 400, LIBRARY) for chunk in (
        b"-1\r\nx", b"x\r\n", b"\r\n", b"5 \r\nhello\r\n0\r\n\r\nX",
        b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n")]]


def exchange(port, data, wait=2.0):
    """All that is said to these bytes, and whether the connection was closed."""
    out = b""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(wait)
        try:
            link.sendall(data)
            while piece := link.recv(65536):
                out += piece
        except socket.timeout:
            return out, False
        except OSError:
            pass
    return out, True


class Requests(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.port = int(cls.daemon.url.strip().rsplit(":", 1)[1])

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def tearDown(self):
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"], [])

    def head(self, method, target, *lines, host=None, token=None):
        host = f"127.0.0.1:{self.port}" if host is None else host
        token = self.daemon.token if token is None else token
        lines = [f"{method} {target} HTTP/1.1",
                 *([f"Host: {host}"] if host else []),
                 *([f"Authorization: Bearer {token}"] if token else []), *lines]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def refused(self, data, status, closed=True):
        """One answer: a problem, with its own status in it."""
        out, was_closed = exchange(self.port, data, 0.15 if not closed else 5)
        codes = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", out)]
        what = data[:300], out[:600]
        if b"<html>" in out and status == 400:  # the library was faster
            self.assertLessEqual(set(codes), {400, 413, 431}, what)
            self.assertTrue(was_closed, what)
            return
        self.assertEqual(codes, [status], what)
        self.assertIn(b"application/problem+json", out, what)
        problem = json.loads(out.split(b"\r\n\r\n", 1)[1])
        self.assertEqual(problem["status"], status, what)
        self.assertRegex(problem["type"], "^/problems/", what)
        self.assertEqual(was_closed, closed, what)

    def test_a_message_of_two_lengths_is_refused(self):
        smuggled = self.head("GET", "/smuggled")
        for lines, body, status in FRAMING:
            self.refused(self.head("POST", "/api/v1/jobs", *lines) + body +
                         smuggled, status)

    def test_a_strange_address_is_refused(self):
        for target, status in TARGETS:
            self.refused(self.head("GET", target), status,
                         closed=not self.answers(target, status))

    def answers(self, target, status):
        """Whether a handler judges this: then the connection may go on."""
        path = target.split("?")[0]
        return status == 422 or (status == 404 and (
            re.fullmatch(r"/api/v1/(jobs|presets|arrays|sweeps)/[^/]+", path) or
            re.fullmatch(r"/[^/]+", path) and not path.startswith("/api") and
            path != "/internal") is not None)

    def test_a_strange_line_of_the_head_is_refused(self):
        for line, status in LINES:
            self.refused(self.head("GET", "/api/v1/jobs", line), status)

    def test_a_strange_method_is_refused(self):
        for method, status in METHODS:
            out, closed = exchange(self.port, self.head(method, "/healthz"))
            codes = re.findall(rb"HTTP/1\.1 (\d+) ", out)
            self.assertEqual(codes, [b"%d" % status], (method, out[:300]))
            self.assertIn(b"Allow: GET, HEAD", out)
            self.assertTrue(closed)

    def ended(self, data, status, who):
        """Exactly one answer, and the end; or none, and a connection that is
        still there."""
        out, closed = exchange(self.port, data, 0.2 if status is None else 5)
        what = data[-80:], out[:600]
        codes = [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", out)]
        self.assertEqual(codes, [] if status is None else [status], what)
        self.assertEqual(closed, status is not None, what)
        self.assertEqual(b"<html>" in out, who == LIBRARY, what)
        if who == OURS:
            problem = json.loads(out.split(b"\r\n\r\n", 1)[1])
            self.assertEqual(problem["status"], status, what)
            self.assertRegex(problem["type"], "^/problems/", what)

    def test_what_is_no_http_gets_no_more_than_an_error(self):
        for data, status, who in RAW:
            self.ended(data, status, who)

    def test_a_chunk_that_is_none_makes_no_job(self):
        for chunk, status, who in CHUNKS:
            self.ended(self.head("POST", "/api/v1/jobs", JSON,
                                 "Transfer-Encoding: chunked") + chunk,
                       status, who)

    def test_a_question_where_none_is_heard_is_refused(self):
        for path in ("/healthz", "/readyz", "/api/v1/version",
                     "/api/v1/openapi.json", "/api/v1/presets",
                     "/api/v1/presets/vanderPol", "/api/v1/devices",
                     "/api/v1/schema/job"):
            self.refused(self.head("GET", path + "?x=1"), 422, closed=False)

    def test_there_are_as_many_as_was_promised(self):
        self.assertGreaterEqual(
            len(FRAMING) + len(TARGETS) + len(LINES) + len(METHODS) +
            len(RAW) + len(CHUNKS), 150)

    # ---- who may ask ---------------------------------------------------------

    def routes(self):
        names = dict(re.findall(r"#define (V1|JOB|AT|LEASE) +(.+)", ROUTES))
        for method, words in re.findall(
                r'\{ "([A-Z]+)", +((?:[A-Z0-9]+|"[^"]*"| )+),', ROUTES):
            while re.search(r"\b(AT|JOB|V1|LEASE)\b", words):
                words = re.sub(r"\b(AT|JOB|V1|LEASE)\b",
                               lambda m: names[m.group()], words)
            path = words.replace('"', "").replace(" ", "")
            yield method, re.sub(r"\{\w+\}", "7", path)

    def test_who_may_ask_from_where(self):
        own = f"127.0.0.1:{self.port}"
        hosts = [(own, None), (f"localhost:{self.port}", None),
                 ("evil.example", 421), (f"evil.example:{self.port}", 421),
                 ("127.0.0.1:1", 421), ("", 400)]
        tokens = [(self.daemon.token, None), ("", 401), ("x" * 64, 401),
                  (self.daemon.token[:-1], 401)]
        asked = 0
        for method, path in self.routes():
            guarded = path.startswith(("/api", "/internal", "/metrics"))
            for host, bad_host in hosts:
                origins = [((), None), ((f"Origin: http://{host}",), None),
                           (("Origin: http://evil.example",), 403)]
                for origin, bad_origin in origins:
                    for token, bad_token in tokens:
                        refusal = bad_host or bad_origin or (
                            bad_token if guarded else None)
                        if refusal is None:
                            continue  # what is answered then is tried elsewhere
                        asked += 1
                        self.refused(self.head(method, path, *origin, host=host,
                                               token=token), refusal)
        self.assertGreater(asked, 1000)


if __name__ == "__main__":
    main()
