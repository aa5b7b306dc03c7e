"""The daemon as a service: what it tells systemd, SIGHUP, and workers that hang
or crash."""

import os
import resource
import signal
import socket
import sqlite3
import time

from followd_testing import Daemon, TestCase, main
from runs_testing import SMALL, House, assert_same_run, await_true, is_alive

JOB = {"preset": "vanderPol", "network": {"neurons_ff": 20, "neurons_rec": 30}}


def leaves_a_core_dump():
    """Whether a process that aborts does so here and now."""
    pid = os.fork()
    if pid == 0:
        os.abort()
    return os.WCOREDUMP(os.waitpid(pid, 0)[1])


def crash(pid):
    for _ in range(2):  # a compiler in the process forgives the first
        os.kill(pid, signal.SIGSEGV)
        time.sleep(0.05)


class Notified(Daemon):
    """A daemon that believes systemd has started it."""

    def __init__(self, *options):
        super().__init__(*options)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        path = str(self.state / "notify")
        self.socket.bind(path)
        self.env["NOTIFY_SOCKET"] = path

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.socket.close()

    def await_told(self, text):
        while (told := self.socket.recv(1000).decode()) != text:
            pass
        return told


class Service(TestCase):
    def test_systemd_is_told_that_it_is_ready_and_well_and_that_it_stops(self):
        with Notified() as daemon:
            daemon.await_told("READY=1")
            for _ in range(3):
                daemon.await_told("WATCHDOG=1")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.await_told("RELOADING=1")
            daemon.await_told("READY=1")
            daemon.process.send_signal(signal.SIGTERM)
            daemon.await_told("STOPPING=1")

    def test_a_config_file_that_changed_counts_once_it_is_told_so(self):
        def submit():
            return daemon.request("POST", "/api/v1/jobs", JOB).status

        daemon = Daemon()
        config = daemon.state / "config"
        daemon.options += ("--config", str(config))
        config.write_text("min_free = 0\nhost = a.example\n")
        with daemon:
            self.assertEqual(submit(), 201)
            for text, status in (("min_free = 9000T", 507), ("min_free", 507),
                                 ("min_free = some", 507), ("min_free = 0", 201)):
                config.write_text(text + "\n")
                self.assertEqual(submit(), submit())
                daemon.process.send_signal(signal.SIGHUP)
                await_true(lambda: submit() == status, text, wait=10)
                time.sleep(0.1)
            log = daemon.log()
            self.assertEqual(log.count("event=reload_failed"), 2, log)
            self.assertIn("event=option_changed option=min_free", log)
            self.assertIn("event=option_needs_restart option=host", log)
            self.assertIsNone(daemon.process.poll())


class Workers(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.undisturbed = cls.house.run(SMALL)

    def test_a_worker_that_hangs_is_ended_and_its_job_goes_on(self):
        """Stopped, it does what it does in a driver that never returns."""
        job = self.house.begin(SMALL)
        job.await_time(200)
        pid = self.house.worker_pid()
        os.kill(pid, signal.SIGSTOP)
        with sqlite3.connect(self.house.state / "follow.db") as database:
            database.execute("UPDATE lease SET expires_at = 1"
                             " WHERE ended_at IS NULL")
        database.close()
        await_true(lambda: not is_alive(pid), "its end", wait=10)
        job.finish()
        self.assertIn("event=worker_hung", self.house.log())
        self.assertEqual(job["restarts"], 1, job.log())
        assert_same_run(job, self.undisturbed)

    def test_the_log_of_a_job_says_how_its_worker_died(self):
        job = self.house.begin(SMALL)
        job.await_time(200)
        crash(self.house.worker_pid())
        job.await_that(lambda about: about["state"] == "queued")
        self.assertIn("has died of signal 11 (Segmentation fault)", job.log())
        job.finish()
        assert_same_run(job, self.undisturbed)

    def test_the_log_of_a_job_says_that_its_worker_left_a_core_dump(self):
        limits = resource.getrlimit(resource.RLIMIT_CORE)
        here = os.getcwd()
        house = House("--sandbox", "no")  # which writes no file of its own
        self.addCleanup(house.__exit__)
        os.chdir(house.state)  # the dump goes with the test
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
            if not leaves_a_core_dump():
                self.skipTest("nothing leaves a core dump here")
            house.start()
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, limits)
            os.chdir(here)
        job = house.begin(SMALL)
        job.await_time(200)
        crash(house.worker_pid())
        job.await_that(lambda about: about["state"] == "queued")
        self.assertIn("has died of signal 11 (Segmentation fault), and left a "
                      "core dump", job.log())
        job.finish()


if __name__ == "__main__":
    main()
