"""A hundred jobs with priorities and dependencies, and four workers: the log of
all changes shows no violation. And a daemon that has done many jobs is as it
was."""

import os
import random
import sqlite3

from followd_testing import Daemon, TestCase, Worker, main, often
from runs_testing import House, await_true, note, small

MANY = often(300, 10000)
TINY = {"preset": "vanderPol", "network": {"neurons_ff": 5, "neurons_rec": 5},
        "record": {"window": 0.1, "snapshots": 0}}


def events(house):
    """Every change of a job's state: job, event, from, to, in order."""
    database = sqlite3.connect(house.state / "follow.db")
    rows = database.execute(
        "SELECT job, event, from_state, to_state FROM log"
        " WHERE event IS NOT NULL ORDER BY id").fetchall()
    database.close()
    return rows


class Queue(TestCase):
    def hand_in(self, house, dice):
        """A hundred jobs; what each is to come after."""
        jobs = {}
        for number in range(100):
            earlier = [{"job": job, "end": dice.choice(("success", "any"))}
                       for job in dice.sample(sorted(jobs),
                                              min(len(jobs), dice.choice(
                                                  (0, 0, 0, 1, 2))))]
            about = house.submit(small(
                network={"neurons_ff": dice.choice((20, 30)),
                         "neurons_rec": 20},
                schedule={"duration": 40}, record={"snapshots": 2})
                | {"priority": dice.choice((-1, 0, 0, 0, 2)),
                   "tags": {"user": dice.choice("ab")}, "after": earlier})
            jobs[about["id"]] = about
        return jobs

    def check(self, jobs, rows):
        """Plays the log again: each change begins where the one before it
        ended, and none is leased while a more urgent one was ready, or one of
        the same user that came before it."""
        state, leases = {}, 0

        def is_ready(job):
            return state[job] == "queued" and all(
                state[one["job"]] == "succeeded" or
                (one["end"] == "any" and
                 state[one["job"]] in ("failed", "cancelled", "diverged"))
                for one in jobs[job]["after"])

        for job, event, before, after in rows:
            self.assertEqual(state.get(job), before, (job, event))
            if event == "lease":
                leases += 1
                self.assertTrue(is_ready(job), job)
                for other in state:
                    if other == job or not is_ready(other):
                        continue
                    mine, its = jobs[job], jobs[other]
                    self.assertLessEqual(its["priority"], mine["priority"])
                    if (its["priority"], its["tags"]) == (mine["priority"],
                                                          mine["tags"]):
                        self.assertGreater(other, job)
            state[job] = after
        self.assertEqual(set(state), set(jobs))
        self.assertEqual(set(state.values()), {"succeeded"})
        return leases

    def test_a_hundred_jobs_and_four_workers_break_no_rule(self):
        seed = int(os.environ.get("FOLLOWD_SEED", os.getpid()))
        note(f"FOLLOWD_SEED={seed}")
        with House(workers="none") as house:
            jobs = self.hand_in(house, random.Random(seed))
            workers = [house.guest(f"worker-{i}") for i in range(4)]
            await_true(lambda: not house.get(
                "/api/v1/jobs?state=queued&limit=1")["items"] and
                not house.get("/api/v1/jobs?state=running&limit=1")["items"],
                "the end of all", wait=120)
            for worker in workers:
                self.assertIsNone(worker.poll(), house.guests_log())
            leases = self.check(jobs, events(house))
            names = {line.split("worker ")[1].split(" ")[0]
                     for job in list(jobs)
                     for line in house.request(
                         "GET", f"/api/v1/jobs/{job}/log").body.decode()
                     .splitlines() if "running: worker" in line}
            note(f"{leases} leases of {len(jobs)} jobs by {len(names)} workers")
            self.assertGreaterEqual(len(names), 2)


class Many(TestCase):
    def look(self, daemon):
        """Memory (KiB) and open files of a daemon."""
        process = f"/proc/{daemon.process.pid}"
        with open(process + "/status", encoding="ascii") as file:
            rss = next(int(line.split()[1]) for line in file
                       if line.startswith("VmRSS"))
        return rss, len(os.listdir(process + "/fd"))

    def test_a_daemon_that_did_many_jobs_is_as_small_as_before(self):
        with Daemon() as daemon:
            worker = Worker(daemon)

            def do(count):
                for _ in range(count):
                    job = daemon.submit(TINY)["id"]
                    worker.lease().report("failed", t=0, reason="of no use")
                    daemon.request("DELETE", f"/api/v1/jobs/{job}")

            do(200)
            rss, files = self.look(daemon)
            do(MANY)
            rss_after, files_after = self.look(daemon)
            note(f"{MANY} jobs: {rss} to {rss_after} KiB, {files} to "
                 f"{files_after} files")
            self.assertLess(rss_after - rss, 4096 + rss // 10)
            self.assertLessEqual(files_after, files + 4)


if __name__ == "__main__":
    main()
