"""The power fails at a random instant: what is on the disk then has every job
that was acknowledged before, and is sound. The disk is an image on a file
system that can copy it in no time (XFS, reflink), and a copy is what a cut
leaves. 25 cuts; 1000 with FOLLOWD_SOAK. As a control, a daemon whose syncs do
nothing must lose some. For all that the test must be root."""

import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

from followd_testing import Daemon, TestCase, main, often
from runs_testing import note

CUTS = often(25, 1000)
JOB = {"preset": "vanderPol", "network": {"neurons_ff": 20, "neurons_rec": 30}}


def run(*words):
    subprocess.run(words, check=True, capture_output=True, timeout=60)


class Machine:
    """A small disk in a file, with a daemon's state on it, and copies of it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        self.host, self.disk, self.copy = (self.folder / name for name in
                                           ("host", "disk", "copy"))
        self.mounted = []
        for place in (self.host, self.disk, self.copy):
            place.mkdir()
        try:
            self.make_disks()
        except BaseException:
            self.close()
            raise

    def make_disks(self):
        run("truncate", "-s", "700M", str(self.folder / "host.img"))
        run("mkfs.xfs", "-q", "-m", "reflink=1", str(self.folder / "host.img"))
        self.mount(self.folder / "host.img", self.host)
        self.image = self.host / "disk.img"
        run("truncate", "-s", "200M", str(self.image))
        run("mkfs.ext4", "-q", "-F", str(self.image))
        self.mount(self.image, self.disk)

    def mount(self, image, place):
        run("mount", "-o", "loop", str(image), str(place))
        self.mounted.append(place)

    def unmount(self, place):
        run("umount", str(place))
        self.mounted.remove(place)

    def close(self):
        for place in reversed(list(self.mounted)):
            subprocess.run(["umount", "-l", str(place)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def after_a_cut(self):
        """The jobs that are there after a cut at this instant."""
        cut = self.host / "cut.img"
        run("cp", "--reflink=always", str(self.image), str(cut))
        self.mount(cut, self.copy)
        try:
            return self.jobs_in(self.copy / "state" / "follow.db")
        finally:
            self.unmount(self.copy)
            cut.unlink()

    @staticmethod
    def jobs_in(path):
        if not path.exists():
            return set()
        database = sqlite3.connect(path)
        try:
            assert database.execute(
                "PRAGMA integrity_check").fetchall() == [("ok",)]
            return {row[0] for row in database.execute("SELECT id FROM job")}
        except sqlite3.OperationalError as trouble:
            assert "no such table" in str(trouble), trouble
            return set()  # it was not even made
        finally:
            database.close()


class User(threading.Thread):
    """Hands in jobs, and remembers what was acknowledged."""

    def __init__(self, followd):
        super().__init__(daemon=True)
        self.followd, self.acknowledged = followd, []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set() and len(self.acknowledged) < 20000:
            job = self.followd.submit(JOB)["id"]
            self.acknowledged.append(job)
            self.followd.request("POST", f"/api/v1/jobs/{job}/cancel")


class Power(TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root may mount disks")
        try:
            self.machine = Machine()
        except (OSError, subprocess.SubprocessError) as trouble:
            self.skipTest(f"no disk that can be copied here: {trouble}")
        self.addCleanup(self.machine.close)
        self.daemon = Daemon("--min-free", "0", "--state",
                             str(self.machine.disk / "state"))
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(lambda: self.daemon.stop())
        self.daemon.state = self.machine.disk / "state"
        self.daemon.state.mkdir()
        self.daemon.log_path = self.machine.folder / "log"

    def cut(self, count):
        """How many jobs that were acknowledged the cuts lost, of how many."""
        user = User(self.daemon)
        user.start()
        lost = seen = 0
        dice = random.Random(int(time.time()))
        for _ in range(count):
            time.sleep(dice.random() * 0.1)
            before = set(user.acknowledged)
            lost += len(before - self.machine.after_a_cut())
            seen += len(before)
        user.stopping.set()
        user.join(30)
        note(f"{count} cuts, {lost} of {seen} acknowledged jobs lost")
        return lost, seen

    def test_no_job_that_was_acknowledged_is_lost_when_the_power_fails(self):
        self.daemon.start()
        lost, seen = self.cut(CUTS)
        self.assertEqual(lost, 0)
        self.assertGreater(seen, CUTS)

    def test_a_daemon_whose_syncs_do_nothing_loses_some(self):
        """So the cuts are cuts, and the test above could fail."""
        if shutil.which("strace") is None:
            self.skipTest("no strace")
        self.daemon.start()
        self.daemon.submit(JOB)
        strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-p",
             str(self.daemon.process.pid), "-e", "trace=fdatasync,fsync", "-e",
             "inject=fdatasync,fsync:retval=0"], stderr=subprocess.PIPE)
        self.addCleanup(strace.stderr.close)
        self.addCleanup(strace.wait)
        self.addCleanup(strace.terminate)
        time.sleep(0.5)
        if strace.poll() is not None:
            self.skipTest("strace may not attach here")
        lost, _ = self.cut(10)
        self.assertGreater(lost, 0)


if __name__ == "__main__":
    main()
