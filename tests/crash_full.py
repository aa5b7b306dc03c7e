"""A full disk is a state and no disaster: new work is refused and told why, what
runs waits, cancel and delete work, and all goes on by itself once there is
room. On a small disk of the test's own (tmpfs), for which it must be root."""

import os
import pathlib
import signal
import subprocess
import sqlite3
import time

from followd_testing import Daemon, TestCase, Worker, as_bytes, main
from runs_testing import SMALL as REAL, House, assert_same_run, await_true

SMALL = {"preset": "vanderPol", "schedule": {"duration": 40},
         "network": {"neurons_ff": 20, "neurons_rec": 30}}
DISK = 96 << 20


class SmallDisk:
    """A state folder on a disk of its own, mounted over the test's folder."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.filler = daemon.state / "filler"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none",
                        str(daemon.state)], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.daemon.stop()
        subprocess.run(["umount", "-l", str(self.daemon.state)], check=True)

    def free(self):
        about = os.statvfs(self.daemon.state)
        return about.f_bavail * about.f_frsize

    def fill(self, leave):
        """All but `leave` bytes, by a file that is in nobody's care."""
        with open(self.filler, "ab") as file:
            while (more := self.free() - leave) > 0:
                try:
                    file.write(bytes(min(more, 1 << 20)))
                    file.flush()
                except OSError:
                    break
        assert self.free() <= leave + 4096, self.free()

    def empty(self):
        self.filler.unlink()


class Full(TestCase):
    def setUp(self):
        self.daemon = Daemon("--min-free", "24M")
        self.addCleanup(self.daemon.folder.cleanup)
        if os.geteuid() != 0:
            self.skipTest("only root may mount a small disk")
        try:
            disk = SmallDisk(self.daemon)
        except subprocess.CalledProcessError:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(disk.__exit__)
        self.disk = disk
        self.daemon.start()

    def post(self, path, body=None):
        return self.daemon.request("POST", "/api/v1/jobs" + path, body)

    def await_submit(self, status):
        await_true(lambda: self.post("", SMALL).status == status,
                   f"a submission is answered {status}", wait=10)

    def state(self, job):
        return self.daemon.get(f"/api/v1/jobs/{job}")["state"]

    def assert_sound(self):
        self.assertEqual(self.daemon.stop(), 0)
        database = sqlite3.connect(self.daemon.state / "follow.db")
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(),
                         [("ok",)])
        database.close()

    def test_before_the_disk_is_full_jobs_wait_and_then_go_on(self):
        daemon, worker = self.daemon, Worker(self.daemon)
        running = daemon.submit(SMALL)["id"]
        lease = worker.lease()
        self.disk.fill(20 << 20)
        self.await_submit(507)
        document = self.post("", SMALL).json()
        self.assertIn("the disk is nearly full", document["detail"])
        self.assertEqual(daemon.request("POST", "/api/v1/arrays", b"x" * 1000)
                         .status, 507)
        self.assertEqual(lease.report(t=4)["command"], "release")
        lease.report("released", {"checkpoint": as_bytes(lease.checkpoint(5))},
                     t=5, checkpoint={"t": 5, "step": 5000, "kind": "rolling"})
        about = daemon.get(f"/api/v1/jobs/{running}")
        self.assertEqual((about["state"], about["state_reason"]),
                         ("queued", "the disk is nearly full"))
        self.assertIsNone(worker.lease())
        self.disk.empty()
        await_true(lambda: self.post("", SMALL).status == 201, "room", wait=10)
        lease = worker.lease()
        self.assertEqual((lease.job, lease.about["resume"]["t"]), (running, 5))
        self.assert_sound()

    def test_on_a_full_disk_cancel_and_delete_work_and_nothing_needs_hands(self):
        daemon, worker = self.daemon, Worker(self.daemon)
        ended, running, paused, queued = (daemon.submit(SMALL)["id"]
                                          for _ in range(4))
        worker.lease().finish()
        lease = worker.lease()
        self.assertEqual(lease.job, running)
        await_true(lambda: (daemon.state / "ballast").exists(), "the ballast")
        self.disk.fill(0)
        self.await_submit(507)
        self.assertEqual(self.state(queued), "queued")
        self.assertEqual(self.post(f"/{queued}/cancel").status, 202)
        self.assertEqual(self.post(f"/{paused}/pause").status, 202)
        self.assertEqual(daemon.request("DELETE", f"/api/v1/jobs/{ended}")
                         .status, 204)
        self.assertEqual(self.post(f"/{running}/cancel").status, 202)
        lease.report("cancelled", {"checkpoint": as_bytes(lease.checkpoint(5))},
                     t=5, checkpoint={"t": 5, "step": 5000, "kind": "rolling"})
        self.assertEqual([self.state(job) for job in (running, paused, queued)],
                         ["cancelled", "paused", "cancelled"])
        pid = daemon.process.pid
        self.disk.empty()
        self.await_submit(201)
        self.assertEqual(daemon.process.pid, pid)
        self.assertIsNone(daemon.process.poll())
        await_true(lambda: (daemon.state / "ballast").exists(), "the ballast")
        self.assert_sound()

    def test_a_daemon_starts_on_a_full_disk(self):
        daemon = self.daemon
        job = daemon.submit(SMALL)["id"]
        await_true(lambda: (daemon.state / "ballast").exists(), "the ballast")
        Worker(daemon).lease()
        self.assertEqual(daemon.kill(), -signal.SIGKILL)
        self.disk.fill(0)
        daemon.start()
        self.assertEqual(self.state(job), "queued")
        self.assertEqual(self.post(f"/{job}/cancel").status, 202)

    def test_again_and_again_to_the_last_byte_nothing_is_lost(self):
        """Filled at any moment of a stream of submissions: each is kept whole
        or refused, never a false 201."""
        accepted = []
        for turn in range(5):
            for _ in range(15 * turn):
                answer = self.post("", SMALL)
                if answer.status == 201:
                    accepted.append(answer.json()["id"])
            self.disk.fill(0)
            for _ in range(20):
                answer = self.post("", SMALL)
                self.assertIn(answer.status, (201, 507), answer.body)
                if answer.status == 201:
                    accepted.append(answer.json()["id"])
            self.disk.empty()
            self.await_submit(201)
        for job in accepted:
            self.assertEqual(self.state(job), "queued")
        self.assertIsNone(self.daemon.process.poll())
        self.assert_sound()


class Run(TestCase):
    def test_a_real_job_waits_for_room_and_ends_with_the_same_bits(self):
        house = House("--min-free", "24M")
        self.addCleanup(house.folder.cleanup)
        if os.geteuid() != 0:
            self.skipTest("only root may mount a small disk")
        with SmallDisk(house) as disk:
            house.start()
            undisturbed = house.run(REAL)
            job = house.begin(REAL)
            job.await_time(200)
            disk.fill(0)
            time.sleep(3)
            self.assertNotIn(job["state"], ("failed", "succeeded"))
            disk.empty()
            job.finish()
            self.assertEqual(job["restarts"], 0, job.log())
            assert_same_run(job, undisturbed)


if __name__ == "__main__":
    main()
