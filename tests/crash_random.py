"""kill -9 of daemon and worker at random instants, while jobs are handed in,
paused, cancelled and downloaded: no job that was accepted is lost, none is
there twice, and what each leaves behind is what an undisturbed one leaves, bit
for bit. 50 kills; 1000 with FOLLOWD_SOAK, as `make soak` says."""

import collections
import hashlib
import http.client
import os
import random
import signal
import sqlite3
import threading
import time
import uuid

from followd_testing import Response, TestCase, main, often
from runs_testing import House, await_true, note, small

KILLS = often(50, 1000)
AT_ONCE = 6  # jobs that are not over
GONE = (OSError, http.client.HTTPException, ValueError, AssertionError)


def description(seed):
    return small(network={"neurons_ff": 60, "neurons_rec": 70,
                          "seed_rec": seed},
                 schedule={"duration": 120}, record={"snapshots": 40})


class User(threading.Thread):
    """Hands jobs in, each with a key of its own, until it is accepted; pauses,
    resumes, cancels and downloads some. Never knows whether anybody listens."""

    def __init__(self, house, seed):
        super().__init__(daemon=True)
        self.house, self.random = house, random.Random(seed)
        self.accepted = {}  # key: (job, seed of its network)
        self.cancelled = set()
        self.torn = []
        self.stopping = threading.Event()

    def ask(self, method, path, body=None, headers=None):
        """The answer, or a status of 0 when there is none."""
        try:
            return self.house.request(method, path, body, headers, timeout=5)
        except GONE:
            return Response(0, [], b"")

    def submit(self):
        key, seed = str(uuid.uuid4()), self.random.randrange(3)
        while True:
            answer = self.ask("POST", "/api/v1/jobs", description(seed),
                              {"Idempotency-Key": key})
            if answer.status in (200, 201):
                self.accepted[key] = (answer.json()["id"], seed)
                return
            assert answer.status in (0, 503), (answer.status, answer.body)
            time.sleep(0.02)

    def disturb(self, job):
        what = self.random.choice(("pause", "resume", "resume", "cancel",
                                   "download", "download"))
        if what == "cancel" and self.random.random() < 0.95:
            return
        path = f"/api/v1/jobs/{job}"
        if what == "download":
            answer = self.ask("GET", path + "/checkpoints/latest/weights.npz")
            if answer.status == 200 and answer.headers["etag"] != (
                    '"sha256-' + hashlib.sha256(answer.body).hexdigest() + '"'):
                self.torn.append(job)
            return
        answer = self.ask("POST", f"{path}/{what}")
        if what == "cancel" and answer.status in (0, 202):
            self.cancelled.add(job)

    def waiting(self):
        answer = self.ask("GET", "/api/v1/jobs?limit=50")
        if answer.status != 200:
            return AT_ONCE
        return sum(job["finished_at"] is None
                   for job in answer.json()["items"])

    def run(self):
        while not self.stopping.is_set():
            if self.waiting() < AT_ONCE:
                self.submit()
            elif self.accepted:
                job, _ = self.random.choice(list(self.accepted.values())[-8:])
                self.disturb(job)
            time.sleep(self.random.random() * 0.05)


class Killed(TestCase):
    def setUp(self):
        self.house = House()
        self.addCleanup(self.house.__exit__)
        self.house.start()

    def weights(self, job):
        """What the bits of the final weights are; the spec beside them tells
        nothing of the run."""
        answer = self.house.request(
            "GET", f"/api/v1/jobs/{job}/checkpoints/final/weights.npz")
        self.assertEqual(answer.status, 200, answer.body)
        arrays = answer.npz()
        return {name: arrays[name].tobytes() for name in arrays
                if name != "spec"}

    def kill_something(self, dice):
        if dice.random() < 0.6:
            await_true(self.house.worker_pid, "a worker")
            time.sleep(dice.random() * 0.3)
            pid = self.house.worker_pid()
            if pid and dice.random() < 0.6:
                os.kill(pid, signal.SIGKILL)
                return "worker"
        self.house.kill()
        self.house.start()
        return "daemon"

    def end_all(self, user):
        """Everything goes on, until all is over."""
        for job, _ in user.accepted.values():
            await_true(lambda: self.is_over(job, user), f"the end of {job}",
                       wait=120)

    def is_over(self, job, user):
        about = self.house.get(f"/api/v1/jobs/{job}")
        if about["state"] == "paused":
            user.ask("POST", f"/api/v1/jobs/{job}/resume")
        if about["state"] == "failed":  # three workers died of it, says who?
            self.assertIn("in a row", about["state_reason"])
            user.ask("POST", f"/api/v1/jobs/{job}/retry")
        time.sleep(0.02)
        return about["state"] in ("succeeded", "cancelled")

    def test_whatever_is_killed_whenever_nothing_is_lost_or_doubled(self):
        seed = int(os.environ.get("FOLLOWD_SEED", time.time()))
        note(f"FOLLOWD_SEED={seed}")
        dice = random.Random(seed)
        undisturbed = [self.weights(self.house.run(description(i)).number)
                       for i in range(3)]
        user = User(self.house, seed)
        user.start()
        killed = collections.Counter()
        for _ in range(KILLS):
            time.sleep(dice.random() * dice.choice((0.02, 0.1, 0.5)))
            killed[self.kill_something(dice)] += 1
        user.stopping.set()
        user.join(60)
        self.assertFalse(user.is_alive())
        self.end_all(user)
        note(f"killed {dict(killed)}, {len(user.accepted)} jobs accepted, "
             f"{len(user.cancelled)} asked to be cancelled")
        self.assertEqual(user.torn, [])
        database = sqlite3.connect(self.house.state / "follow.db")
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(),
                         [("ok",)])
        ids = [row[0] for row in database.execute("SELECT id FROM job")]
        keys = dict(database.execute("SELECT key, job FROM idempotency"))
        self.assertEqual(database.execute(
            "SELECT count(*) FROM lease WHERE ended_at IS NULL").fetchall(),
            [(0,)])
        database.close()
        self.assertEqual(keys, {key: job for key, (job, _)
                                in user.accepted.items()})
        self.assertEqual(len(ids), 3 + len(keys))
        for job, number in user.accepted.values():
            state = self.house.get(f"/api/v1/jobs/{job}")["state"]
            self.assertIn(state, ("succeeded", "cancelled")
                          if job in user.cancelled else ("succeeded",))
            if state == "succeeded":
                self.assertEqual(self.weights(job), undisturbed[number], job)


if __name__ == "__main__":
    main()
