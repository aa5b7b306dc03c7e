"""Tokens: who may look, who may change, who may work, for how long and how
often."""

import hashlib
import re
import sqlite3
import subprocess
import time

from followd_testing import Daemon, Lease, TestCase, Worker, executable, main

JOB = {"preset": "vanderPol"}


class Tokens(TestCase):
    def setUp(self):
        self.daemon = Daemon().start()
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(self.daemon.stop)

    def token(self, *words):
        """`followd token WORDS`."""
        return subprocess.run(
            [executable("followd"), "token", *words, "--state",
             str(self.daemon.state)], capture_output=True, text=True,
            timeout=30)

    def add(self, *words):
        answer = self.token("add", *words)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"^[0-9a-f]{64}\n$")
        return answer.stdout.strip()

    def ask(self, token, method="GET", path="/api/v1/jobs", body=None):
        answer = self.daemon.request(method, path, body, token=token)
        if answer.status >= 400:
            self.assertEqual(answer.headers["content-type"],
                             "application/problem+json")
        return answer

    def test_each_role_may_do_what_it_is_for_and_no_more(self):
        job = self.daemon.submit(JOB)["id"]
        path = f"/api/v1/jobs/{job}"
        asker = Worker(self.daemon).about
        asks = {
            "look": [("GET", path, None), ("GET", "/api/v1/jobs", None),
                     ("HEAD", path, None), ("GET", "/metrics", None),
                     ("GET", path + "/metrics", None)],
            "change": [("POST", "/api/v1/jobs?validate=true", JOB),
                       ("PATCH", path, {"note": "x"}),
                       ("POST", path + "/pause", {}),
                       ("POST", path + "/resume", {})],
            "work": [("POST", "/internal/leases", asker)]}
        may = {"read": {"look"}, "write": {"look", "change"},
               "worker": {"work"}}
        for role, allowed in may.items():
            token = self.add(role, "--role", role)
            for kind, requests in asks.items():
                for method, where, body in requests:
                    if (role, where) == ("worker", path) and method != "PATCH":
                        continue  # a worker reads the job it has
                    answer = self.ask(token, method, where, body)
                    expected = kind in allowed
                    self.assertEqual(answer.status == 403, not expected,
                                     (role, method, where, answer.body))
                    if expected:
                        self.assertLess(answer.status, 300, answer.body)
        self.assertEqual(self.ask(self.daemon.token, *asks["work"][0][:2],
                                  asker).status, 204)

    def test_a_token_that_is_revoked_ends_at_once(self):
        token = self.add("guest")
        self.assertEqual(self.ask(token).status, 200)
        self.assertEqual(self.token("revoke", "guest").returncode, 0)
        self.assertEqual(self.ask(token).status, 401)
        answer = self.token("revoke", "guest")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("no token 'guest'", answer.stderr)

    def test_a_token_for_a_day_is_refused_the_day_after(self):
        token = self.add("day", "--hours", "24")
        self.assertEqual(self.ask(token).status, 200)
        with sqlite3.connect(self.daemon.state / "follow.db") as store:
            day = 24 * 3600 * 1000
            expires, = store.execute("SELECT expires_at FROM token").fetchone()
            self.assertLess(abs(expires - 1000 * time.time() - day), 60_000)
            store.execute("UPDATE token SET expires_at = expires_at - ?",
                          (day + 60_000,))
        store.close()
        answer = self.ask(token)
        self.assertEqual(answer.status, 401)
        self.assertIn("expired", answer.json()["detail"])

    def test_no_token_stands_anywhere_but_in_the_hand(self):
        token = self.add("secret")
        self.ask(token)
        held = b"".join(path.read_bytes()
                        for path in self.daemon.state.iterdir()
                        if path.is_file())
        self.assertNotIn(token.encode(), held)
        self.assertIn(hashlib.sha256(token.encode()).hexdigest().encode(),
                      held)
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs?token={token}&access_token={token}",
            token="")
        self.assertEqual(answer.status, 401)

    def test_tokens_are_listed_and_named_once(self):
        self.add("b", "--role", "write")
        self.add("a", "--role", "worker", "--hours", "1.5")
        lines = self.token("list").stdout.splitlines()
        self.assertEqual([line.split()[:2] for line in lines[1:]],
                         [["a", "worker"], ["b", "write"]])
        self.assertEqual([line.split()[3] == "never" for line in lines[1:]],
                         [False, True])
        answer = self.token("add", "a")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("a token 'a' already", answer.stderr)

    def test_what_is_no_command_says_what_is(self):
        for words, said in (((), "followd token add"),
                            (("add",), "followd token add"),
                            (("list", "x"), "followd token list"),
                            (("steal", "x"), "followd token revoke"),
                            (("add", "a b"), "a token's name"),
                            (("add", "x" * 65), "a token's name"),
                            (("add", "x", "--role", "king"), "'king'"),
                            (("add", "x", "--hours", "0"), "--hours"),
                            (("add", "x", "--hours", "nan"), "--hours"),
                            (("add", "x", "--hours", "1h"), "'1h'")):
            answer = self.token(*words)
            self.assertEqual(answer.returncode, 2, words)
            self.assertIn(said, answer.stderr)
        self.assertEqual(len(self.token("list").stdout.splitlines()), 1)

    def test_a_lease_is_good_for_the_token_that_took_it(self):
        self.daemon.submit(JOB)
        mine, other = (self.add(name, "--role", "worker")
                       for name in ("mine", "other"))
        about = Worker(self.daemon).about
        taken = self.ask(mine, "POST", "/internal/leases", about).json()
        path = f"/internal/leases/{taken['lease']}"
        for way, body in (("/checkpoint", None), ("/reports/0", b"x")):
            method = "POST" if body else "GET"
            headers = {"Content-Type": "application/octet-stream"}
            for token, status in ((other, 403), (mine, 404 if not body else
                                                 422)):
                answer = self.daemon.request(method, path + way, body, headers,
                                             token=token)
                self.assertEqual(answer.status, status, answer.body)
        Lease(self.daemon, taken).finish()  # as the owner, who may

    def test_own_workers_have_a_token_that_ends_with_the_daemon(self):
        path = self.daemon.state / "worker-token"
        first = path.read_text().strip()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        about = Worker(self.daemon).about
        self.assertEqual(
            self.ask(first, "POST", "/internal/leases", about).status, 204)
        self.assertEqual(self.ask(first, "POST", "/api/v1/jobs", JOB).status,
                         403)
        self.daemon.stop()
        self.assertFalse(path.exists())
        self.daemon.start()
        self.assertNotEqual(path.read_text().strip(), first)
        self.assertEqual(
            self.ask(first, "POST", "/internal/leases", about).status, 401)


class Rates(TestCase):
    def test_who_asks_too_often_is_told_to_wait_and_others_are_not(self):
        with Daemon("--rate", "2") as daemon:
            statuses = [daemon.request("GET", "/api/v1/version").status
                        for _ in range(40)]
            self.assertEqual(set(statuses), {200, 429})
            self.assertEqual(statuses[:20], [200] * 20)  # ten seconds' worth
            answer = daemon.request("GET", "/api/v1/version")
            while answer.status != 429:
                answer = daemon.request("GET", "/api/v1/version")
            self.assertEqual(answer.headers["retry-after"], "1")
            self.assertEqual(answer.json()["type"],
                             "/problems/too-many-requests")
            for path in ("/healthz", "/readyz"):
                self.assertEqual(
                    daemon.request("GET", path, token="").status, 200)
            end = time.monotonic() + 30
            while daemon.request("GET", "/api/v1/version").status == 429:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.1)

    def test_beyond_this_machine_there_is_a_rate_and_here_there_is_none(self):
        for words, line in (((), "auto"), (("--rate", "0"), "0"),
                            (("--rate", "1K"), "1K")):
            answer = subprocess.run(
                [executable("followd"), "--print-config", *words],
                capture_output=True, text=True, timeout=30)
            self.assertTrue(re.search(rf"^rate +=\s+{line} ", answer.stdout,
                                      re.M), answer.stdout)
        answer = subprocess.run(
            [executable("followd"), "--check-config", "--rate", "-1"],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("rate must be", answer.stderr)


if __name__ == "__main__":
    main()
