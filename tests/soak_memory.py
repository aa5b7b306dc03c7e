"""A daemon under valgrind: many jobs of every kind of end, and nothing that is read
before it was written, used after it was freed, or never freed."""

import shutil

from followd_testing import Daemon, TestCase, Worker, main, often
from runs_testing import note

JOBS = often(20, 1000)
TINY = {"preset": "vanderPol", "network": {"neurons_ff": 5, "neurons_rec": 5},
        "record": {"window": 0.1, "snapshots": 0}}


class Memory(TestCase):
    def one(self, daemon, worker, number):
        job = daemon.submit(TINY)["id"]
        path, lease = f"/api/v1/jobs/{job}", worker.lease()
        if number % 3 == 0:
            lease.finish()
        elif number % 3 == 1:
            lease.report("failed", t=0, reason="of no use")
            daemon.request("POST", path + "/retry")
            daemon.request("POST", path + "/cancel")
        else:
            daemon.request("POST", path + "/pause")
            lease.report("released", t=0)
            daemon.request("POST", path + "/resume")
            daemon.request("POST", path + "/cancel")
        for what in ("", "/metrics", "/log", "/traces?window=end",
                     "/checkpoints/final/weights.npz"):
            daemon.request("GET", path + what)
        if number % 2:
            daemon.request("DELETE", path)

    def test_valgrind_finds_nothing_in_a_daemon_that_did_many_jobs(self):
        if shutil.which("valgrind") is None:
            self.skipTest("no valgrind")
        daemon = Daemon()
        self.addCleanup(daemon.__exit__)
        told = daemon.state / "valgrind.log"
        daemon.before = ("valgrind", "-q", "--leak-check=full",
                         "--errors-for-leak-kinds=definite,indirect",
                         "--error-exitcode=99", f"--log-file={told}")
        daemon.start(wait=120)
        worker = Worker(daemon)
        for number in range(JOBS):
            self.one(daemon, worker, number)
        status = daemon.stop(wait=60)
        note(f"{JOBS} jobs")
        self.assertEqual((status, told.read_text()), (0, ""))


if __name__ == "__main__":
    main()
