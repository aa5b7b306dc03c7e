"""The daemon killed, or asked to stop, in the middle of a job: started again it
goes on from the last checkpoint, and what the job leaves behind is what an
undisturbed one leaves, bit for bit."""

import signal
import sqlite3
import time

from followd_testing import TestCase, main
from runs_testing import (DT, SMALL, House, assert_same_run, await_true,
                          is_alive, note, small)


class Stopped(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.undisturbed = cls.house.run(SMALL)

    def stored(self, query):
        database = sqlite3.connect(self.house.state / "follow.db")
        rows = database.execute(query).fetchall()
        database.close()
        return rows

    def assert_sound(self):
        """By SQLite's own account."""
        self.assertEqual(self.stored("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.stored("PRAGMA foreign_key_check"), [])

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

    def test_what_was_told_after_the_last_checkpoint_is_told_anew(self):
        """The worker reports twice a second but saves its state once, half-way;
        the daemon dies in the middle of either window."""
        network = {"neurons_ff": 1500, "neurons_rec": 1400}
        pace = self.house.run(small(network=network, schedule={"duration": 40})
                              ).metrics()["steps_per_second"][-1]
        whole = round(5 * pace * DT)  # s that take 5 s
        description = small(network=network, schedule={"duration": whole},
                            record={"snapshots": 2,
                                    "window": min(whole / 4, 1000)})
        undisturbed = self.house.run(description)
        job = self.house.begin(description)
        for t, window in ((0.05, "start"), (0.8, "end")):
            about = job.await_time(t * whole)
            rows = len(job.traces(window)["t"])
            note(f"killed after it heard of {about['progress']['done']:g} of "
                 f"{whole} s, {rows} rows of window {window}")
            self.assertGreater(rows, 0)
            self.house.kill()
            self.house.start()
        job.finish()
        self.assertIn(f"simulating from t = {whole / 2:g} s", job.log())
        assert_same_run(job, undisturbed)

    def test_the_workers_of_a_killed_daemon_die_with_it(self):
        self.house.begin(SMALL).await_time(100)
        pid = self.house.worker_pid()
        self.house.kill()
        await_true(lambda: not is_alive(pid), "the worker's end", wait=5)
        self.house.start()

    def test_a_daemon_that_is_asked_to_stop_loses_nothing_of_a_job(self):
        """It saves its state half-way, and when it is stopped."""
        for how, t in ((signal.SIGTERM, 0), (signal.SIGTERM, 400),
                       (signal.SIGINT, 400)):
            job = self.house.begin(small(record={"snapshots": 2}))
            before = job.await_time(t)["progress"]["done"]
            pid = self.house.worker_pid()
            began = time.monotonic()
            self.assertEqual(self.house.stop(how), 0)
            self.assertLess(time.monotonic() - began, 10)
            self.assertFalse(is_alive(pid))
            self.assertNotIn("workers_killed", self.house.log())
            self.assert_sound()
            (done, saved), = self.stored(
                "SELECT done, (SELECT max(t) FROM checkpoint WHERE job = id)"
                f" FROM job WHERE id = {job.number}")
            self.assertGreaterEqual(done, before)
            self.assertEqual(done, saved or 0)
            self.house.start()
            job.finish()
            self.assertIn(f"simulating from t = {done:g} s", job.log())
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
