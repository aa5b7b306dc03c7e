"""What is refused at the door: requests that two servers would cut apart in
different places, strangers, and pages of other origins."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from followd_testing import Daemon, TestCase, executable, main

JSON = "Content-Type: application/json\r\n"


def talk(daemon, data, wait=5.0, slowly=None):
    """Everything the daemon says to these bytes, and whether it hung up."""
    host, port = re.match(r"http://(.*):(\d+)", daemon.url).groups()
    out = b""
    with socket.create_connection((host, int(port))) as link:
        link.settimeout(wait)
        try:
            link.sendall(data)
        except OSError:
            pass  # it hung up on us: what it said first counts
        try:
            while piece := link.recv(65536):
                out += piece
        except socket.timeout:
            return out, False
        except ConnectionResetError:
            return out, True
    return out, True


def statuses(out):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d+) ", out)]


def is_refused_by_library(out):
    """What libmicrohttpd refuses itself it refuses in HTML, and Debian 12's
    sends the head of that answer twice."""
    return set(statuses(out)) <= {400, 413, 431} and b"<html>" in out


class Gate(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.port = cls.daemon.url.strip().rsplit(":", 1)[1]

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def head(self, *more, method="GET", path="/api/v1/jobs", host=None,
             token=None):
        """A request's head; `host` "" leaves that line out."""
        host = f"127.0.0.1:{self.port}" if host is None else host
        token = self.daemon.token if token is None else token
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"Host: {host}"] if host else []
        lines += [f"Authorization: Bearer {token}"] if token else []
        return ("\r\n".join([*lines, *more]) + "\r\n\r\n").encode("latin-1")

    def refused(self, data, status):
        """One answer, a problem, and the connection closed behind it."""
        out, closed = talk(self.daemon, data)
        self.assertEqual(statuses(out), [status], out)
        self.assertTrue(closed)
        if b"application/problem+json" in out:
            body = json.loads(out.split(b"\r\n\r\n", 1)[1])
            self.assertEqual(body["status"], status)
        return out

    # ---- one message, one length ---------------------------------------------

    def test_two_lengths_of_one_body_are_refused(self):
        smuggled = self.head(path="/smuggled")
        for lines, body in (
                (["Content-Length: 4", "Transfer-Encoding: chunked"],
                 b"5\r\nhello\r\n0\r\n\r\n"),
                (["Content-Length: 5", "Transfer-Encoding: chunked"],
                 b"0\r\n\r\n"),
                (["Content-Length: 5", "Content-Length: 0"], b"hello"),
                (["Content-Length: 0", "Content-Length: 5"], b"hello"),
                (["Content-Length: 5", "Content-Length: 5"], b"hello"),
                (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
                 b"0\r\n\r\n")):
            head = self.head(*lines, "Content-Type: application/json",
                             method="POST")
            out = self.refused(head + body + smuggled, 400)
            self.assertNotIn(b"nothing at this address", out)

    def test_a_length_that_is_no_number_is_refused(self):
        for length in ("5,5", "+5", "-5", "5abc", "18446744073709551616",
                       "9223372036854775808", "0x5", ""):
            out, closed = talk(self.daemon, self.head(
                f"Content-Length: {length}", method="POST") + b"hello")
            if not is_refused_by_library(out):
                self.assertIn(statuses(out), ([400], [413]), length)
            self.assertTrue(closed, length)

    def test_only_plain_chunks_are_taken(self):
        for coding in ("xchunked", "chunked, identity", "gzip, chunked",
                       "identity"):
            out, closed = talk(self.daemon, self.head(
                f"Transfer-Encoding: {coding}", method="POST") +
                b"0\r\n\r\n" + self.head(path="/smuggled"))
            self.assertEqual(statuses(out), [400], coding)
            self.assertTrue(closed)

    def test_exactly_one_host_is_needed(self):
        self.refused(self.head("Host: localhost"), 400)
        self.refused(self.head(host=""), 400)
        out, closed = talk(self.daemon, b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(re.findall(rb"HTTP/1\.\d (\d+)", out), [b"400"])

    def test_a_header_with_foreign_bytes_is_refused(self):
        for line in ("X-\x01: a", "X: a\x02b", "X : a", "X\x00Y: a",
                     "Transfer-Encoding : chunked", "junk"):
            out, closed = talk(self.daemon, self.head(line))
            if not is_refused_by_library(out):
                self.assertEqual(statuses(out), [400], line)
            self.assertTrue(closed, line)

    def test_a_path_that_climbs_or_hides_is_refused(self):
        for path in ("/%2e%2e/etc/passwd", "/../etc/passwd", "/a/%2e/b",
                     "/static%2f..%2fx", "/x%00.js", "/a%5cb", "/a\\b",
                     "/a%zz", "/a%", "/%0d%0aX:%20y", "http://evil/",
                     "/" + "a" * 3000):
            out, closed = talk(self.daemon, self.head(path=path, token=""))
            self.assertEqual(statuses(out), [400], path)
            self.assertTrue(closed, path)

    def test_a_head_without_end_is_refused(self):
        out, closed = talk(self.daemon, self.head(
            *[f"X{i}: a" for i in range(100)]))
        self.assertEqual(statuses(out), [431])
        out, closed = talk(self.daemon, self.head("X: " + "a" * 40000))
        self.assertIn(statuses(out), ([431], [413], [400]))

    def test_requests_in_a_row_are_answered_in_a_row(self):
        out, closed = talk(self.daemon, self.head() * 3, wait=1)
        self.assertEqual(statuses(out), [200, 200, 200])
        self.assertFalse(closed)

    # ---- bodies ----------------------------------------------------------------

    def test_ten_megabytes_are_refused_before_they_are_read(self):
        head = self.head("Content-Length: 10000000",
                         "Content-Type: application/json", method="POST")
        began = time.monotonic()
        out, closed = talk(self.daemon, head)
        self.assertEqual(statuses(out), [413])
        self.assertTrue(closed)
        self.assertLess(time.monotonic() - began, 2)
        out, closed = talk(self.daemon, head + b" " * 10000000)
        self.assertEqual(statuses(out), [413])

    def test_chunks_without_end_are_refused(self):
        head = self.head("Transfer-Encoding: chunked",
                         "Content-Type: application/json", method="POST")
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        out, closed = talk(self.daemon, head + chunk * 4 + b"0\r\n\r\n")
        self.assertEqual(statuses(out), [413])
        out, closed = talk(self.daemon, head + chunk * 600)
        self.assertIn(statuses(out), ([413], []))
        self.assertTrue(closed)

    def test_a_route_that_takes_no_body_refuses_one(self):
        self.refused(self.head("Content-Length: 5") + b"hello", 413)

    def test_a_request_that_drips_is_cut_off(self):
        host, port = "127.0.0.1", int(self.port)
        with socket.create_connection((host, port)) as link:
            began = time.monotonic()
            link.sendall(b"GET /healthz HTTP/1.1\r\n")
            link.settimeout(1.0)
            closed = False
            while not closed and time.monotonic() - began < 20:
                try:
                    link.sendall(b"X: a\r\n")
                    closed = link.recv(4096) == b""
                except socket.timeout:
                    pass
                except OSError:
                    closed = True
            self.assertTrue(closed)
            self.assertLess(time.monotonic() - began, 13)
        self.assertEqual(self.daemon.request("GET", "/healthz").status, 200)

    # ---- who asks --------------------------------------------------------------

    def test_only_names_of_this_machine_are_answered(self):
        port = self.port
        for host, status in ((f"127.0.0.1:{port}", 200),
                             (f"localhost:{port}", 200),
                             (f"LOCALHOST:{port}", 200),
                             (f"[::1]:{port}", 200),
                             ("localhost", 421), ("127.0.0.1", 421),
                             (f"evil.example:{port}", 421),
                             (f"localhost.evil.example:{port}", 421),
                             (f"10.0.0.1:{port}", 421),
                             (f"localhost:{int(port) ^ 1}", 421),
                             (f"localhost:0{port}", 421),
                             (f"127.0.0.1:{port}:{port}", 421),
                             ("\xff\xfe", 421)):
            for path in ("/", "/healthz", "/api/v1/jobs"):
                out, _ = talk(self.daemon, self.head("Connection: close",
                                                     host=host, path=path))
                self.assertEqual(statuses(out), [status], (host, path))

    def test_a_configured_name_is_answered(self):
        with Daemon("--host", "gpu.lab,tunnel:8080") as daemon:
            port = daemon.url.strip().rsplit(":", 1)[1]
            for host, status in ((f"gpu.lab:{port}", 200), ("gpu.lab:1", 421),
                                 ("tunnel:8080", 200),
                                 (f"tunnel:{port}", 421)):
                out, _ = talk(daemon, self.head("Connection: close", host=host,
                                                path="/healthz"))
                self.assertEqual(statuses(out), [status], host)

    def test_pages_of_other_origins_get_nothing(self):
        own = f"http://127.0.0.1:{self.port}"
        for lines, status in (
                ([f"Origin: {own}"], 200),
                (["Origin: http://evil.example"], 403),
                (["Origin: null"], 403),
                ([f"Origin: http://127.0.0.1:{int(self.port) ^ 1}"], 403),
                (["Sec-Fetch-Site: same-origin"], 200),
                (["Sec-Fetch-Site: none"], 200),
                (["Sec-Fetch-Site: cross-site"], 403),
                (["Sec-Fetch-Site: same-site"], 403)):
            out, _ = talk(self.daemon, self.head("Connection: close", *lines))
            self.assertEqual(statuses(out), [status], lines)
            self.assertNotIn(b"Access-Control", out)

    def test_without_the_token_nothing_is_told_not_even_what_exists(self):
        for path in ("/api/v1/jobs", "/api/v1/nothing", "/api/v1/jobs/1",
                     "/api/v2", "/api", "/internal/leases", "/apixyz"):
            for token in ("", "wrong", self.daemon.token[:-1],
                          self.daemon.token + "0"):
                for method in ("GET", "POST", "DELETE", "PUT"):
                    answer = self.daemon.request(method, path, token=token)
                    self.assertEqual(answer.status, 401, (path, method))
                    self.assertEqual(answer.headers["www-authenticate"],
                                     "Bearer")
        answer = self.daemon.request(
            "GET", "/api/v1/jobs?token=" + self.daemon.token, token="")
        self.assertEqual(answer.status, 401)
        answer = self.daemon.request("GET", "/api/v1/jobs", token="", headers={
            "Authorization": "Basic " + self.daemon.token})
        self.assertEqual(answer.status, 401)

    def test_the_token_is_in_no_log_and_on_no_command_line(self):
        self.daemon.request("GET", "/api/v1/jobs?token=" + self.daemon.token)
        self.assertNotIn(self.daemon.token, self.daemon.log())
        command = subprocess.run(["ps", "-ef"], capture_output=True,
                                 text=True).stdout
        self.assertNotIn(self.daemon.token, command)
        self.assertEqual((self.daemon.state / "token").stat().st_mode & 0o777,
                         0o600)

    def test_a_method_that_is_not_answered_is_told_which_are(self):
        for path, allow in (("/api/v1/jobs", {"GET", "HEAD", "POST"}),
                            ("/healthz", {"GET", "HEAD"}),
                            ("/api/v1/jobs/1", {"GET", "HEAD", "PATCH",
                                                "DELETE"}),
                            ("/api/v1/jobs/1/cancel", {"POST"})):
            for method in ("PUT", "OPTIONS", "TRACE", "BREW"):
                answer = self.daemon.request(method, path)
                self.assertEqual(answer.status, 405, (method, path))
                self.assertEqual(set(answer.headers["allow"].split(", ")),
                                 allow)

    def test_a_head_is_a_get_without_the_body(self):
        for path in ("/", "/healthz", "/api/v1/version", "/api/v1/jobs"):
            get = self.daemon.request("GET", path)
            head = self.daemon.request("HEAD", path)
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["content-length"],
                             str(len(get.body)))

class Certificate(TestCase):
    """A certificate that nobody signed, for a name that is not this machine's:
    a daemon with it is known by the file pin in its state folder."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="followd-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cert, key = cls.folder + "/cert.pem", cls.folder + "/key.pem"
        if not shutil.which("openssl"):
            raise unittest.SkipTest("no openssl")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", "/CN=lab.example", "-days", "2", "-keyout", key,
             "-out", cert], capture_output=True, check=True)
        cls.options = ["--tls-cert", cert, "--tls-key", key]

    def follow(self, daemon, *words):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(("FOLLOW_", "XDG_"))}
        env.update(STATE_DIRECTORY=str(daemon.state), HOME=self.folder)
        return subprocess.run([executable("follow"), *words], env=env,
                              capture_output=True, text=True, timeout=90)

    def test_a_server_with_a_certificate_speaks_tls(self):
        with Daemon(*self.options) as daemon:
            self.assertTrue(daemon.url.startswith("https://"))
            port = int(daemon.url.strip().rsplit(":", 1)[1])
            context = ssl._create_unverified_context()
            with socket.create_connection(("127.0.0.1", port)) as link:
                with context.wrap_socket(link) as secure:
                    secure.sendall(f"GET /healthz HTTP/1.1\r\nHost: "
                                   f"localhost:{port}\r\nConnection: "
                                   f"close\r\n\r\n".encode())
                    self.assertIn(b" 200 OK", secure.recv(4096))
                    self.assertIn(secure.version(), ("TLSv1.2", "TLSv1.3"))

    def test_its_own_workers_and_client_know_it_on_every_address(self):
        with Daemon(*self.options, "--listen", "0.0.0.0:0", "--workers",
                    "auto") as daemon:
            self.assertTrue(daemon.url.startswith("https://127.0.0.1:"))
            told = self.follow(daemon, "devices", "--json")
            if not json.loads(told.stdout)["items"]:
                self.skipTest("no OpenCL device")
            done = self.follow(daemon, "submit", "vanderPol", "--wait",
                               "--set", "neurons_ff=30", "--set",
                               "neurons_rec=40", "--set", "duration=24")
            self.assertEqual(done.returncode, 0, done.stderr + daemon.log())

    def test_who_does_not_know_its_key_does_not_trust_it(self):
        with Daemon(*self.options) as daemon:
            pin = daemon.state / "pin"
            self.assertEqual(self.follow(daemon, "server").returncode, 0)
            for text in ("sha256//" + "A" * 43 + "=\n", ""):
                pin.write_text(text)
                answer = self.follow(daemon, "server")
                self.assertEqual(answer.returncode, 3, answer.stderr)
            daemon.stop()
            self.assertFalse(pin.exists())


if __name__ == "__main__":
    main()
