"""Who is told when a job has ended: a command, and a server that fails first.

The receiver is Python's, signatures are checked by Python's hmac as
https://www.standardwebhooks.com writes it."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import re
import sqlite3
import subprocess
import threading
import time

from followd_testing import Daemon, TestCase, Worker, executable, main

JOB = {"preset": "vanderPol", "name": "öne 'job'", "tags": {"figure": "2"},
       "network": {"neurons_ff": 20, "neurons_rec": 20}}
UNNAMED = {key: JOB[key] for key in ("preset", "network")}
PATIENCE = 30  # s


class Receiver:
    """Answers with the statuses it is given, then with 204; None: with
    nothing, until it is closed. `got` is what came."""

    def __init__(self, *statuses):
        self.statuses, self.got = list(statuses), []
        self.closing = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, self.headers, body))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                if status is None:
                    receiver.closing.wait()
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/told?by=followd"


def until(what, *about):
    """Waits until `what` is true."""
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            raise AssertionError(("this has not come", *about))
        time.sleep(0.05)


def cancelled(daemon, description=JOB):
    """A job that ended at once, as the API has it."""
    job = daemon.submit(description)
    answer = daemon.request("POST", f"/api/v1/jobs/{job['id']}/cancel")
    assert answer.status == 202, answer.body
    return answer.json()


def aged(daemon, seconds, tries):
    """What is still to be told becomes so old and was tried so often."""
    with contextlib.closing(sqlite3.connect(daemon.state / "follow.db")) as db:
        with db:
            db.execute("UPDATE notice SET made_at = made_at - ?, tries = ?, "
                       "due_at = 0", (1000 * seconds, tries))


def log_of(daemon, job):
    path = f"/api/v1/jobs/{job['id']}/log"
    return daemon.request("GET", path).body.decode()


class Webhook(TestCase):
    def check_signature(self, daemon, headers, body):
        secret = (daemon.state / "webhook_secret").read_text().strip()
        self.assertTrue(secret.startswith("whsec_"))
        key = base64.b64decode(secret[6:], validate=True)
        self.assertGreaterEqual(len(key), 24)
        signed = b"%s.%s.%s" % (headers["webhook-id"].encode(),
                                headers["webhook-timestamp"].encode(), body)
        mac = hmac.new(key, signed, hashlib.sha256).digest()
        self.assertEqual(headers["webhook-signature"],
                         "v1," + base64.b64encode(mac).decode())
        self.assertAlmostEqual(int(headers["webhook-timestamp"]), time.time(),
                               delta=PATIENCE)

    def test_a_receiver_that_fails_first_is_told_in_the_end_and_once(self):
        with Receiver(500, 302) as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            job = cancelled(daemon)
            until(lambda: "webhook told" in log_of(daemon, job))
            self.assertEqual(len(receiver.got), 3)
            self.assertEqual(len({headers["webhook-id"]
                                  for _, headers, _ in receiver.got}), 1)
            for path, headers, body in receiver.got:
                self.assertEqual(path, "/told?by=followd")
                self.assertEqual(headers["Content-Type"], "application/json")
                self.assertIsNone(headers["Authorization"])
                self.check_signature(daemon, headers, body)
            log = log_of(daemon, job)
            self.assertIn("webhook failed, next try in 1 s: the answer was 500",
                          log)
            self.assertIn("webhook failed, next try in 2 s: the answer was 302",
                          log)
            self.assertNotIn("by=followd", log)  # it may hold a secret
            time.sleep(1.5)
            self.assertEqual(len(receiver.got), 3)

    def test_what_is_told_is_the_job_as_the_api_has_it(self):
        with Receiver() as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            jobs = [daemon.submit(JOB), daemon.submit(UNNAMED)]
            Worker(daemon).lease().finish()
            Worker(daemon).lease().finish("failed", "the \"driver\"\tfell")
            until(lambda: len(receiver.got) == 2)
            for (_, _, body), job in zip(receiver.got, jobs):
                job, told = daemon.get(f"/api/v1/jobs/{job['id']}"), \
                    json.loads(body)
                self.assertEqual(told["type"], "job." + job["state"])
                self.assertEqual(told["timestamp"], job["finished_at"])
                for key in ("id", "uuid", "name", "tags", "note", "state",
                            "state_reason", "created_at", "started_at",
                            "finished_at", "restarts", "parent", "sweep"):
                    self.assertEqual(told["data"][key], job[key], key)
                self.assertEqual(told["data"]["progress"], {
                    key: job["progress"][key] for key in ("done", "total")})
                self.assertEqual(told["data"]["metrics"], {
                    key: job["metrics"]["last"][key]
                    for key in ("mse", "mse_raw")})

    def test_a_daemon_that_was_killed_tells_it_when_it_is_there_again(self):
        with Receiver(503) as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            job = cancelled(daemon)
            until(lambda: receiver.got)
            daemon.kill()
            receiver.statuses[:] = [500]
            daemon.start()
            until(lambda: "webhook told" in log_of(daemon, job))
            self.assertEqual(len({headers["webhook-id"]
                                  for _, headers, _ in receiver.got}), 1)

    def test_a_job_that_was_deleted_meanwhile_is_told_of(self):
        with Receiver(500) as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            job = cancelled(daemon)
            until(lambda: receiver.got)
            self.assertEqual(daemon.request(
                "DELETE", f"/api/v1/jobs/{job['id']}").status, 204)
            until(lambda: len(receiver.got) == 2)
            self.assertEqual(json.loads(receiver.got[1][2])["data"]["uuid"],
                             job["uuid"])

    def test_a_day_after_the_end_of_the_job_it_is_given_up(self):
        """An hour is the longest rest between two tries before that."""
        with Receiver(*[500] * 9) as receiver, Daemon(
                "--webhook", receiver.url, "--hook", "exit 3") as daemon:
            job = cancelled(daemon)
            until(lambda: {"webhook failed", "hook failed"} <= set(
                re.findall(r"\w+ failed", log_of(daemon, job))))
            daemon.stop()
            aged(daemon, 86400 - 7200, 30)
            daemon.start()
            for way in "webhook", "hook":
                until(lambda: f" {way} failed, next try in 3600 s: " in
                      log_of(daemon, job))
            daemon.stop()
            aged(daemon, 7200, 40)
            daemon.start()
            for way, why in (("webhook", "the answer was 500"),
                             ("hook", "its exit status was 3")):
                until(lambda: f" {way} given up after 41 tries: {why}" in
                      log_of(daemon, job))
            tries = len(receiver.got)
            other = cancelled(daemon)  # it is tried as ever
            until(lambda: "webhook failed, next try in 1 s" in
                  log_of(daemon, other))
            self.assertEqual(
                [json.loads(body)["data"]["id"] for _, _, body in
                 receiver.got[tries:]], [other["id"]])

    def test_a_receiver_that_hangs_holds_nobody_up(self):
        with Receiver(None) as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            cancelled(daemon)
            until(lambda: receiver.got)
            for _ in range(20):
                cancelled(daemon)
            began = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertLess(time.monotonic() - began, 10)  # not its 15 s

    def test_a_job_that_is_tried_again_is_told_of_again(self):
        with Receiver() as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            job = cancelled(daemon)
            daemon.request("POST", f"/api/v1/jobs/{job['id']}/retry")
            daemon.request("POST", f"/api/v1/jobs/{job['id']}/cancel")
            until(lambda: len(receiver.got) == 2)
            self.assertEqual(len({headers["webhook-id"]
                                  for _, headers, _ in receiver.got}), 2)

    def test_nothing_is_kept_for_whom_nobody_wants_to_tell_any_more(self):
        with Receiver(500, 500, 500) as receiver, \
                Daemon("--webhook", receiver.url) as daemon:
            cancelled(daemon)
            until(lambda: receiver.got)
            daemon.stop()
            with_it, daemon.options = daemon.options, ()
            daemon.start()
            cancelled(daemon)
            daemon.stop()
            daemon.options = with_it
            receiver.statuses.clear()
            receiver.got.clear()
            daemon.start()
            job = cancelled(daemon)
            until(lambda: "webhook told" in log_of(daemon, job))
            self.assertEqual(len(receiver.got), 1)

    def test_what_is_no_url_or_no_secret_is_refused_at_the_start(self):
        for url in ("example.org", "ftp://example.org/", "http:///x",
                    "https://example.org?x", "http://a b/", "http://a/#b"):
            answer = subprocess.run(
                [executable("followd"), "--check-config", "--webhook", url],
                capture_output=True, text=True)
            self.assertEqual(answer.returncode, 2, url)
            self.assertIn("webhook", answer.stderr)
        daemon = Daemon("--webhook", "http://127.0.0.1:9/")
        for secret in ("", "whsec_", "whsec_AAAA", "x" * 40, "whsec_" + "?" * 40):
            (daemon.state / "webhook_secret").write_text(secret)
            with self.assertRaisesRegex(AssertionError, "webhook_secret"):
                daemon.start()


class Hook(TestCase):
    def test_a_command_gets_the_job_and_may_fail_first(self):
        with Daemon() as daemon:
            daemon.stop()
            told = daemon.state / "told"
            daemon.options = ("--hook", f"""
                printf '%s\\n' "$FOLLOW_JOB" "$FOLLOW_STATE" "$FOLLOW_NAME" \
                    "$STATE_DIRECTORY" >>'{told}'
                cat >>'{told}'; echo >>'{told}'
                test $(grep -c uuid '{told}') = 3""")
            daemon.start()
            job = cancelled(daemon)
            until(lambda: "hook told" in log_of(daemon, job))
            lines = told.read_text().splitlines()
            self.assertEqual(len(lines), 15)
            self.assertEqual(lines[:4], [str(job["id"]), "cancelled",
                                         JOB["name"], str(daemon.state)])
            self.assertEqual(json.loads(lines[4])["data"]["uuid"], job["uuid"])
            self.assertEqual(lines[:5], lines[10:])
            self.assertIn("hook failed, next try in 2 s: its exit status was 1",
                          log_of(daemon, job))

    def test_in_it_the_client_finds_this_daemon(self):
        with Daemon() as daemon:
            daemon.stop()
            told = daemon.state / "told"
            daemon.options = (
                "--hook", f"{executable('follow')} show --json \"$FOLLOW_JOB\""
                f" >'{told}.part' && mv '{told}.part' '{told}'")
            daemon.start()
            job = cancelled(daemon)
            until(told.exists)
            self.assertEqual(json.loads(told.read_text())["uuid"], job["uuid"])

    def test_one_that_hangs_holds_nobody_up_and_ends_with_the_daemon(self):
        with Daemon() as daemon:
            daemon.stop()
            file = daemon.state / "pid"
            daemon.options = ("--hook", f"sleep 600 & echo $! >'{file}'; wait")
            daemon.start()
            cancelled(daemon)
            until(lambda: file.exists() and file.read_text().endswith("\n"))
            for _ in range(20):
                cancelled(daemon)
            began = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertLess(time.monotonic() - began, 10)
            sleeper = int(file.read_text())
            until(lambda: not is_alive(sleeper))

    def test_both_ways_are_told_each_by_itself(self):
        with Receiver(500, 500) as receiver, Daemon(
                "--webhook", receiver.url, "--hook", "true") as daemon:
            job = cancelled(daemon)
            until(lambda: "webhook told" in log_of(daemon, job))
            told = re.findall(r"(\w+) told", log_of(daemon, job))
            self.assertEqual(sorted(told), ["hook", "webhook"])


def is_alive(process):
    """Whether it runs; what nobody has waited for yet does not."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main()
