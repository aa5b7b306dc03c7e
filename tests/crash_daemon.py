"""The daemon killed, or asked to stop, in the middle of a job: started again it
goes on from the last checkpoint, and what the job leaves behind is what an
undisturbed one leaves, bit for bit."""

import signal
import sqlite3
import time

from followd_testing import TestCase, main
from runs_testing import SMALL, House, assert_same_run, await_true, is_alive


class Stopped(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.undisturbed = cls.house.run(SMALL)

    def assert_sound(self):
        """By SQLite's own account."""
        with sqlite3.connect(self.house.state / "follow.db") as database:
            told = database.execute("PRAGMA integrity_check").fetchall()
            self.assertEqual(told, [("ok",)])
            told = database.execute("PRAGMA foreign_key_check").fetchall()
            self.assertEqual(told, [])
        database.close()

    def test_a_job_goes_on_after_the_daemon_was_killed(self):
        for t, after in ((0, 0), (250, 0.03), (720, 0.005)):
            job = self.house.begin(SMALL)
            job.await_time(t)
            time.sleep(after)
            self.house.kill()
            self.assert_sound()
            self.house.start()
            job.finish()
            self.assertEqual(job["restarts"], 1, job.log())
            assert_same_run(job, self.undisturbed)

    def test_a_job_goes_on_however_often_the_daemon_is_killed(self):
        """Its worker is not to blame: after three of these it would be."""
        job = self.house.begin(SMALL)
        for after in (0, 0.01, 0.1, 0.2, 0.3):
            job.await_state("running")
            time.sleep(after)
            self.house.kill()
            self.house.start()
        job.finish()
        self.assertEqual(job["restarts"], 5, job.log())
        assert_same_run(job, self.undisturbed)
        self.assert_sound()

    def test_the_workers_of_a_killed_daemon_die_with_it(self):
        self.house.begin(SMALL).await_time(100)
        pid = self.house.worker_pid()
        self.house.kill()
        await_true(lambda: not is_alive(pid), "the worker's end", wait=5)
        self.house.start()

    def test_a_daemon_that_is_asked_to_stop_loses_nothing_of_a_job(self):
        for how, t in ((signal.SIGTERM, 0), (signal.SIGTERM, 300),
                       (signal.SIGINT, 650)):
            job = self.house.begin(SMALL)
            before = job.await_time(t)["progress"]["done"]
            pid = self.house.worker_pid()
            began = time.monotonic()
            self.assertEqual(self.house.stop(how), 0)
            self.assertLess(time.monotonic() - began, 10)
            self.assertFalse(is_alive(pid))
            self.assertNotIn("workers_killed", self.house.log())
            self.assert_sound()
            self.house.start()
            job.finish()
            resumed = float(job.log().split("simulating from t = ")[-1]
                            .split()[0])
            self.assertGreaterEqual(resumed, before)
            self.assertEqual(job["restarts"], 0, job.log())
            assert_same_run(job, self.undisturbed)


class Elsewhere(TestCase):
    """A worker that the daemon did not start outlives it."""

    def test_a_worker_elsewhere_waits_for_the_daemon_and_goes_on(self):
        with House(workers="none") as house:
            worker = house.guest("patient")
            undisturbed = house.run(SMALL)
            house.keep_port()
            job = house.begin(SMALL)
            job.await_time(200)
            house.kill()
            time.sleep(2)
            house.start()
            job.await_time(400)
            self.assertEqual(house.stop(), 0)
            time.sleep(0.5)
            house.start()
            job.finish()
            self.assertIsNone(worker.poll())
            self.assertEqual(job["restarts"], 0, job.log())
            assert_same_run(job, undisturbed)

    def test_a_worker_elsewhere_outlives_a_daemon_killed_at_any_time(self):
        """While it waits for work, has just got some, or fetches the state
        that it is to go on from."""
        with House(workers="none") as house:
            worker = house.guest("patient")
            house.keep_port()
            undisturbed = house.run(SMALL)
            job = house.begin(SMALL)
            for after in (0, 0.005, 0.01, 0.02, 0.05, 0.1):
                job.await_state("running")
                time.sleep(after)
                house.kill()
                time.sleep(0.3)
                house.start()
                self.assertIsNone(worker.poll(), house.guests_log())
            job.finish()
            assert_same_run(job, undisturbed)


if __name__ == "__main__":
    main()
