"""Bad input, a list of it: each gets its status and a problem that names what
was wrong, and afterwards the daemon is there as if nothing had come."""

import json
import re
import resource
import socket
import time

from followd_testing import Daemon, TestCase, main

GOOD = b'{"preset":"vanderPol"}'
IDLE = 500  # connections that say nothing, or not enough
PATIENCE = 13  # s, a request must be whole within 10


def job(text):
    return b'{"preset":"vanderPol",' + text + b"}"


# body, status, what the problem says; a pointer where one key is at fault
MALFORMED = [
    (b"", "the text is empty"),
    (b" ", "expected near end of file"),
    (b'{"preset":"vanderPol"', "line 1, column 21"),
    (b'{\n"preset":\n"vander', "line 3"),
    (GOOD + b"{}", "column 23: end of file expected"),
    (GOOD + b"\x00", "end of file expected"),
    (b"[]", "must be a JSON object"),
    (b'"vanderPol"', "expected near"),
    (b"\xef\xbb\xbf" + GOOD, "line 1, column 1"),
    (GOOD.decode().encode("utf-16"), "unable to decode byte 0xff"),
    (job(b'"name":"\xff"'), "unable to decode byte 0xff"),
    (job(b'"name":"\xc0\xaf"'), "unable to decode byte 0xc0"),
    (job(b'"name":"\xed\xa0\x80"'), "unable to decode byte 0xed"),
    (job(b'"name":"\\ud800"'), "invalid Unicode"),
    (job(b'"name":"a\\u0000b"'), "\\u0000 is not allowed"),
    (job(b'"preset":"vanderPol"'), 'duplicate object key near \'"preset"\''),
    (job(b'"tags":{"a":"b","a":"c"}'), "duplicate object key"),
    (job(b'"network":{"radius_ff":NaN}'), "near 'NaN'"),
    (job(b'"network":{"radius_ff":-Infinity}'), "near '-'"),
    (job(b'"network":{"radius_ff":1e999}'), "overflow near '1e999'"),
    (job(b'"network":{"seed_ff":9223372036854775808}'), "9223372036854775808"),
    (job(b'"priority":-9223372036854775809'), "-9223372036854775809"),
    (b'{"a":' * 17 + b"1" + b"}" * 17, "nested deeper than 16"),
    (b"[" * 60000, "nested deeper than 16"),
]

INVALID = [
    (b'"nuerons":1', "#/nuerons", "unknown key"),
    (b'"network":{"nuerons_ff":1}', "#/network/nuerons_ff", "neurons_ff"),
    (b'"":1', "#/", "unknown key"),
    (b'"learning":{"eta":-1}', "#/learning/eta", "from 0 to 1, is -1"),
    (b'"network":{"neurons_ff":1e9}', "#/network/neurons_ff", "1000000"),
    (b'"network":{"neurons_rec":1000000000}', "#/network/neurons_rec",
     "is 1000000000"),
    (b'"network":{"radius_ff":"NaN"}', "#/network/radius_ff",
     'must be a number, is "NaN"'),
    (b'"network":{"radius_ff":null}', "#/network/radius_ff", "is null"),
    (b'"network":{"seed_ff":9007199254740993}', "#/network/seed_ff",
     "is 9007199254740993"),
    (b'"network":{"seed_ff":9223372036854775807}', "#/network/seed_ff",
     "is 9223372036854775807"),
    (b'"network":{"seed_ff":1.5}', "#/network/seed_ff", "whole number"),
    (b'"priority":9007199254740993', "#/priority", "-100 to 100"),
    (b'"network":[]', "#/network", "must be an object"),
    (b'"schedule":{"duration":1e6,"period":0.9}',
     "#/schedule/period", "more than 1000000 periods"),
    (b'"name":"' + b"x" * 129 + b'"', "#/name", "has 129"),
    (b'"name":"a\\u001b[2J"', "#/name", "control characters"),
    (b'"a":' + b'{"a":' * 14 + b"1" + b"}" * 14, "#/a", "unknown key"),
]


def closed(link):
    """Whether the daemon has hung up."""
    link.settimeout(0.01)
    try:
        while link.recv(65536):
            pass
    except socket.timeout:
        return False
    except OSError:
        pass
    return True


class Hostile(TestCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard == resource.RLIM_INFINITY or hard > 2 * IDLE:
            resource.setrlimit(resource.RLIMIT_NOFILE,
                               (max(soft, 2 * IDLE), hard))
        cls.daemon = Daemon().start()
        cls.before = cls.daemon.submit({"preset": "vanderPol"})

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def tearDown(self):
        """Nothing was stored, and the daemon is there."""
        self.assertIsNone(self.daemon.process.poll(), self.daemon.log())
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"],
                         [self.before])

    def post(self, body, kind="application/json", **headers):
        return self.daemon.request("POST", "/api/v1/jobs", body,
                                   dict({"Content-Type": kind}, **headers))

    def problem(self, answer, status, type_name):
        document = answer.json()
        self.assertEqual(
            (answer.status, answer.headers["content-type"],
             document["status"], document["type"]),
            (status, "application/problem+json", status,
             "/problems/" + type_name), document)
        return document

    def test_what_is_no_json_is_told_where(self):
        for body, words in MALFORMED:
            document = self.problem(self.post(body), 400, "malformed-request")
            self.assertIn(words, document["detail"], body[:60])

    def test_what_makes_no_sense_is_told_by_its_key(self):
        for text, pointer, words in INVALID:
            document = self.problem(self.post(job(text)), 422,
                                    "invalid-parameter")
            fault, = document["errors"]
            self.assertEqual(fault["pointer"], pointer)
            self.assertIn(words, fault["detail"])
            self.assertIn(words, document["detail"])

    def test_a_change_of_a_job_is_judged_like_a_job(self):
        path = f"/api/v1/jobs/{self.before['id']}"
        for body, words in MALFORMED:
            document = self.problem(self.daemon.request(
                "PATCH", path, body, {"Content-Type": "application/json"}),
                400, "malformed-request")
            self.assertIn(words, document["detail"])
        for body in (b'{"name":7}', b'{"tags":{"a b":"c"}}', b'{"spec":{}}',
                     b'{"note":"%s"}' % (b"x" * 4097), b'{"preset":"x"}'):
            document = self.problem(self.daemon.request(
                "PATCH", path, body, {"Content-Type": "application/json"}),
                422, "invalid-parameter")
            self.assertEqual(len(document["errors"]), 1)

    def test_a_verb_takes_no_options(self):
        path = f"/api/v1/jobs/{self.before['id']}/cancel"
        kind = {"Content-Type": "application/json"}
        for body, status in ((b"{", 400), (b"[]", 400), (b"x", 400),
                             (b'{"at":1}', 422)):
            answer = self.daemon.request("POST", path, body, kind)
            self.assertEqual(answer.status, status, answer.body)
        for body in (b"", b"{}"):
            path = path.replace("cancel", "resume")  # a 409: it is not paused
            answer = self.daemon.request("POST", path, body, kind)
            self.assertEqual(answer.status, 409)

    def test_a_body_of_another_kind_is_told_which_is_taken(self):
        for kind in ("", "text/plain", "application/x-www-form-urlencoded",
                     "application/jsonp", "multipart/form-data; boundary=x",
                     "application/octet-stream"):
            document = self.problem(self.post(GOOD, kind), 415,
                                    "unsupported-media-type")
            self.assertIn("application/json", document["detail"])
        for coding in ("gzip", "identity", "br"):
            document = self.problem(
                self.post(GOOD, **{"Content-Encoding": coding}), 415,
                "unsupported-media-type")
            self.assertIn("compressed", document["detail"])

    def test_ten_megabytes_are_told_how_many_may_come(self):
        body = b" " * 10_000_000
        for _ in range(5):
            document = self.problem(self.post(body), 413, "too-large")
            self.assertIn("10000000 bytes, at most 65536", document["detail"])
        chunks = (body[i:i + 50000] for i in range(0, len(body), 50000))
        document = self.problem(self.daemon.request(
            "POST", "/api/v1/jobs", chunks,
            {"Content-Type": "application/json"}), 413, "too-large")
        self.assertIn("larger than 65536 bytes", document["detail"])

    def test_whoever_is_refused_hears_why_though_he_still_talks(self):
        body = b" " * 3_000_000
        answer = self.daemon.request("POST", "/api/v1/jobs", body, token="")
        self.problem(answer, 401, "unauthorized")
        self.problem(self.daemon.request("POST", "/api/v1/nothing", body),
                     404, "not-found")
        self.problem(self.daemon.request("PUT", "/api/v1/jobs", body), 405,
                     "method-not-allowed")

    def test_a_stranger_is_told_what_is_missing_whatever_he_sends(self):
        for body in (GOOD, b"{", b"\xff", b""):
            for token, words in (("", "a token is needed"),
                                 ("wrong", "not the one"),
                                 (self.daemon.token + "x", "not the one")):
                answer = self.daemon.request(
                    "POST", "/api/v1/jobs", body,
                    {"Content-Type": "application/json"}, token=token)
                document = self.problem(answer, 401, "unauthorized")
                self.assertIn(words, document["detail"])

    def connect(self, said=b""):
        port = re.search(r":(\d+)$", self.daemon.url.strip()).group(1)
        link = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
        link.sendall(said.replace(b"PORT", port.encode()))
        return link

    def test_the_idle_and_the_slow_are_cut_off_and_keep_nobody_waiting(self):
        head = (b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
                b"Authorization: Bearer %s\r\nContent-Length: 1000\r\n"
                b"Content-Type: application/json\r\n" %
                self.daemon.token.encode())
        began = time.monotonic()
        links = [self.connect((b"", head[:20], head, head + b"\r\n{")[i % 4])
                 for i in range(IDLE)]
        drips = links[2::4][:10] + links[3::4][:10]  # in a header, in a body
        while time.monotonic() - began < PATIENCE:
            asked = time.monotonic()
            self.assertEqual(self.daemon.request("GET", "/healthz").status,
                             200)
            self.assertEqual(self.post(b"{").status, 400)
            self.assertLess(time.monotonic() - asked, 2)
            for link in drips:
                try:
                    link.sendall(b" ")
                except OSError:
                    pass
            time.sleep(0.5)
        self.assertEqual(sum(closed(link) for link in links), IDLE)
        for link in links:
            link.close()

    def test_who_hangs_up_in_the_middle_leaves_nothing_behind(self):
        whole = (b"POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
                 b"Authorization: Bearer %s\r\nContent-Length: %d\r\n"
                 b"Content-Type: application/json\r\n\r\n" %
                 (self.daemon.token.encode(), len(GOOD)) + GOOD)
        for length in range(0, len(whole), 3):
            self.connect(whole[:length]).close()


if __name__ == "__main__":
    main()
