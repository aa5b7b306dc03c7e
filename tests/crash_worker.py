"""kill -9 of the worker: the job goes on from its last checkpoint, and what it
leaves behind is what an undisturbed job leaves, bit for bit."""

import os
import signal
import sqlite3
import time

from followd_testing import TestCase, main
from runs_testing import SMALL, House, assert_same_run, await_true, note, small


def crash(job, t, after):
    """Kills the worker `after` s after it told that `t` s are simulated."""
    job.await_time(t)
    time.sleep(after)
    job.house.kill_worker()
    job.await_that(lambda about: about["state"] == "queued")


class Here(TestCase):
    """A worker that the daemon started, which sees it end."""

    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.undisturbed = cls.house.run(SMALL)

    def setUp(self):
        """A daemon waits longer before each new start of a worker that dies;
        a new one does not."""
        self.house.stop()
        self.house.start()

    def test_a_job_goes_on_from_its_last_checkpoint(self):
        for t, after in ((0, 0), (250, 0.03), (720, 0.005)):
            self.setUp()
            job = self.house.begin(SMALL)
            crash(job, t, after)
            saved = max([0] + [one["t"] for one in job.checkpoints()])
            self.assertGreaterEqual(saved, t - 800 / 19)
            job.finish()
            self.assertIn(f"simulating from t = {saved:g} s", job.log())
            self.assertEqual(job["restarts"], 1, job.log())
            assert_same_run(job, self.undisturbed)

    def test_a_job_goes_on_however_often_its_worker_dies(self):
        job = self.house.begin(SMALL)
        for t, after in ((100, 0), (350, 0.05), (600, 0.02)):
            crash(job, t, after)
        job.finish()
        self.assertEqual(job["restarts"], 3, job.log())
        assert_same_run(job, self.undisturbed)

    def test_a_worker_that_died_idle_delays_no_job(self):
        self.house.run(SMALL)
        pid = self.house.kill_worker()
        await_true(lambda: not os.path.exists(f"/proc/{pid}"), "its burial")
        job = self.house.run(SMALL)
        self.assertEqual(job["restarts"], 0, job.log())

    def test_in_single_precision_it_is_the_same_to_the_bit_too(self):
        description = small(compute={"precision": "f32"},
                            schedule={"duration": 1600})
        undisturbed = self.house.run(description)
        job = self.house.begin(description)
        crash(job, 700, 0.01)
        job.finish()
        self.assertEqual(job["restarts"], 1)
        assert_same_run(job, undisturbed)

    def test_a_job_that_takes_three_workers_down_fails_and_may_be_retried(self):
        job = self.house.begin(small(record={"snapshots": 0}))
        for _ in range(2):
            crash(job, 0, 0)
        job.await_state("running")
        self.house.kill_worker()
        about = job.await_state("failed")
        self.assertIn("the 3rd in a row", about["state_reason"])
        self.setUp()
        job.ask("retry")
        job.finish()
        assert_same_run(job, self.undisturbed)


class Elsewhere(TestCase):
    """Workers that only their lease ties to the daemon."""

    @classmethod
    def setUpClass(cls):
        cls.house = House(workers="none")
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        worker = cls.house.guest("quiet")
        cls.undisturbed = cls.house.run(SMALL)
        worker.terminate()
        assert worker.wait(10) == 0

    def lease_runs_out(self):
        """What 30 s without a report would do."""
        with sqlite3.connect(self.house.state / "follow.db") as database:
            database.execute("UPDATE lease SET expires_at = 0"
                             " WHERE ended_at IS NULL")
        database.close()

    def test_the_job_of_a_dead_worker_goes_on_when_its_lease_runs_out(self):
        dead = self.house.guest("first")
        job = self.house.begin(SMALL)
        job.await_time(300)
        dead.kill()
        dead.wait()
        self.lease_runs_out()
        about = job.await_state("queued")
        self.assertIn("worker first was not heard of", about["state_reason"])
        self.house.guest("second")
        job.finish()
        assert_same_run(job, self.undisturbed)

    def test_a_worker_that_lost_its_lease_disturbs_nobody(self):
        """It was only asleep, and wakes up while another does its job."""
        asleep = self.house.guest("asleep")
        job = self.house.begin(SMALL)
        job.await_time(300)
        asleep.send_signal(signal.SIGSTOP)
        self.lease_runs_out()
        job.await_state("queued")
        other = self.house.guest("other")
        job.await_time(0)
        asleep.send_signal(signal.SIGCONT)
        job.finish()
        assert_same_run(job, self.undisturbed)
        self.assertIn("lease_lost", self.house.guests_log())
        for worker in (asleep, other):
            self.assertIsNone(worker.poll())
            worker.terminate()
            self.assertEqual(worker.wait(10), 0)

    def test_a_worker_that_is_asked_to_stop_gives_its_job_back(self):
        first = self.house.guest("first")
        job = self.house.begin(SMALL)
        job.await_time(300)
        first.terminate()
        about = job.await_state("queued")
        self.assertEqual(first.wait(10), 0)
        saved = job.checkpoints()[-1]
        self.assertEqual(saved["t"], about["progress"]["done"])
        note(f"given back at t = {saved['t']} s")
        self.house.guest("second")
        job.finish()
        self.assertIn(f"from t = {saved['t']:g} s", job.log())
        self.assertEqual(job["restarts"], 0)
        assert_same_run(job, self.undisturbed)

    def tearDown(self):
        for guest in self.house.guests:
            guest.kill()
            guest.wait()


if __name__ == "__main__":
    main()
