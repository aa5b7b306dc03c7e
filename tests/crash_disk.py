"""A disk that fails: every write and every sync that the daemon makes in six
scenarios fails once, or once and ever after (strace injects it). No answer is
2xx for what is not kept, a daemon whose disk failed ends, and started again it
has a sound database with everything that was acknowledged."""

import collections
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from followd_testing import (Daemon, Response, TestCase, Worker, as_bytes,
                             executable, main, often, request)
from runs_testing import note

JOB = {"preset": "vanderPol", "network": {"neurons_ff": 20, "neurons_rec": 30}}
CALLS = (("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"))
MOST = often(1, 60)  # calls of one kind that are failed, one after the other


class Traced(Daemon):
    """A daemon whose calls strace may fail, from a certain one on."""

    def start_traced(self, call, error, when):
        """Attaches to the running daemon, all its threads."""
        self.trace = self.state / "trace"
        self.strace = subprocess.Popen(
            ["strace", "-f", "-y", "-qq", "-o", str(self.trace), "-p",
             str(self.process.pid), "-e", f"trace={call}",
             "-e", f"inject={call}:error={error}:when={when}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        end = time.monotonic() + 10
        while not self.trace.exists() or not self.is_traced():
            if self.strace.poll() is not None or time.monotonic() > end:
                raise OSError(self.strace.stderr.read().decode())
            time.sleep(0.01)

    def is_traced(self):
        with open(f"/proc/{self.process.pid}/status",
                  encoding="ascii") as file:
            return "TracerPid:\t0\n" not in file.read()

    def end_trace(self):
        """How many calls failed, and how many of them on a folder: SQLite
        forgives these, and the store has seen to it before."""
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait(10)
        self.strace.stderr.close()
        failed = [line for line in self.trace.read_text().splitlines()
                  if "INJECTED" in line]
        return len(failed), sum(f"<{self.state}>)" in line for line in failed)


class Scenario:
    """Something that a client does; `acknowledged` is what must be so then."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.prepare()

    def prepare(self):
        pass

    def ask(self, method, path, body=None, headers=None):
        try:
            return self.daemon.request(method, path, body, headers, timeout=20)
        except OSError:
            return Response(0, [], b"")


class Submit(Scenario):
    def act(self):
        answer = self.ask("POST", "/api/v1/jobs", JOB,
                          {"Idempotency-Key": "the key"})
        self.told = answer.status

    def hold(self, test):
        """Sent again there is one job, and the first if that was told."""
        answer = self.ask("POST", "/api/v1/jobs", JOB,
                          {"Idempotency-Key": "the key"})
        test.assertIn(answer.status, (200, 201))
        if self.told == 201:
            test.assertEqual(answer.status, 200)
        test.assertEqual(len(self.daemon.get("/api/v1/jobs")["items"]), 1)


class Change(Scenario):
    path, body, key, value = "", {"priority": 7}, "priority", 7

    def prepare(self):
        self.job = self.daemon.submit(JOB)["id"]

    def act(self):
        self.told = self.ask("PATCH", f"/api/v1/jobs/{self.job}",
                             {"priority": 7}).status

    def hold(self, test):
        about = self.daemon.get(f"/api/v1/jobs/{self.job}")
        test.assertIn(about["priority"], (7,) if self.told == 200 else (0, 7))


class Pause(Change):
    def act(self):
        self.told = self.ask("POST", f"/api/v1/jobs/{self.job}/pause").status

    def hold(self, test):
        about = self.daemon.get(f"/api/v1/jobs/{self.job}")
        test.assertIn(about["state"], ("paused",) if self.told == 202
                      else ("queued", "paused"))


class Delete(Change):
    def prepare(self):
        super().prepare()
        Worker(self.daemon).lease().finish()

    def act(self):
        self.told = self.ask("DELETE", f"/api/v1/jobs/{self.job}").status

    def hold(self, test):
        answer = self.ask("GET", f"/api/v1/jobs/{self.job}")
        test.assertIn(answer.status, (404,) if self.told == 204
                      else (200, 404))
        if answer.status == 200:  # then it is whole
            test.assertEqual(self.ask(
                "GET", f"/api/v1/jobs/{self.job}/checkpoints/final/weights.npz"
            ).status, 200)


class Lease(Change):
    def act(self):
        answer = self.ask("POST", "/internal/leases?wait=0",
                          Worker(self.daemon).about)
        self.told = answer.status

    def hold(self, test):
        """Its worker was of this machine, so the job waits again or never ran;
        a lease that was told is in its log."""
        path = f"/api/v1/jobs/{self.job}"
        test.assertIn(self.daemon.get(path)["state"], ("queued", "running"))
        log = self.ask("GET", path + "/log").body.decode()
        if self.told == 200:
            test.assertIn("running: worker", log)


class Report(Change):
    def prepare(self):
        super().prepare()
        worker = Worker(self.daemon)
        worker.about["worker"]["local"] = False  # outlives the daemon
        self.lease = worker.lease()

    def act(self):
        about = {"state": "running", "t": 5, "checkpoint": {
            "t": 5, "step": 5000, "kind": "snapshot"}}

        arrays = {"report": as_bytes(json.dumps(about).encode()),
                  "metrics": self.lease.metrics(0, 1),
                  "checkpoint": as_bytes(self.lease.checkpoint(5))}
        try:
            self.told = self.lease.send(arrays, 0).status
        except OSError:
            self.told = 0
        self.again = arrays

    def hold(self, test):
        """Sent again it counts once, and its checkpoint is whole."""
        answer = self.lease.send(self.again, 0)
        test.assertEqual(answer.status, 200, answer.body)
        path = f"/api/v1/jobs/{self.job}"
        test.assertEqual(self.daemon.get(path + "/metrics")["rows"], 1)
        test.assertEqual(
            [one["step"] for one in
             self.daemon.get(path + "/checkpoints")["items"]], [5000])


class Disk(TestCase):
    def setUp(self):
        if shutil.which("strace") is None:
            self.skipTest("no strace")
        probe = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"],
                               capture_output=True)
        if probe.returncode != 0:
            self.skipTest("strace may not trace here")

    def run_once(self, scenario, call, error, when):
        """Whether a call failed at all."""
        with Traced("--min-free", "0") as daemon:
            acting = scenario(daemon)
            try:
                daemon.start_traced(call, error, when)
            except OSError as trouble:
                self.skipTest(f"strace may not attach here: {trouble}")
            acting.act()
            failed, forgiven = daemon.end_trace()
            self.told[acting.told] += 1
            if error == "EIO" and failed > forgiven:
                end = time.monotonic() + 10
                while daemon.process.poll() is None:
                    self.assertLess(time.monotonic(), end, daemon.log())
                    time.sleep(0.02)
                self.assertEqual(daemon.process.poll(), 1, daemon.log())
            else:
                daemon.kill()
            database = sqlite3.connect(daemon.state / "follow.db")
            self.assertEqual(
                database.execute("PRAGMA integrity_check").fetchall(),
                [("ok",)], (call, error, when))
            database.close()
            daemon.start()
            acting.hold(self)
            return failed > 0

    def sweep(self, scenario):
        self.told = collections.Counter()
        points = 0
        for call, error in CALLS:
            for mode in ("", "+"):
                for number in range(1, MOST + 1):
                    if not self.run_once(scenario, call, error,
                                         f"{number}{mode}"):
                        break
                    points += 1
        note(f"{points} calls failed; answers: {dict(self.told)}")
        self.assertGreater(points, 0)


def add(scenario):
    def test(self):
        self.sweep(scenario)
    setattr(Disk, f"test_a_disk_that_fails_in_a_{scenario.__name__.lower()}"
                  "_makes_nobody_believe_what_is_not_so", test)


for one in (Submit, Change, Pause, Delete, Lease, Report):
    add(one)

if __name__ == "__main__":
    main()
