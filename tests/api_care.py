"""followd check, which finds what is damaged, and followd backup, which makes a
second copy of all beside a daemon that goes on."""

import os
import shutil
import sqlite3
import subprocess
import threading

import numpy as np

from followd_testing import (Daemon, TestCase, Worker, executable, main,
                             npz_bytes)

JOB = {"preset": "vanderPol", "network": {"neurons_ff": 20, "neurons_rec": 30}}


def followd(*words):
    return subprocess.run([executable("followd"), *map(str, words)], text=True,
                          capture_output=True, timeout=60)


class Care(TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.__exit__)
        self.daemon.start()
        self.job = self.daemon.submit(JOB)["id"]
        Worker(self.daemon).lease().finish()
        npz = npz_bytes(t=np.arange(100.0), x=np.zeros((100, 2)))
        answer = self.daemon.request("POST", "/api/v1/arrays", npz)
        self.array = answer.json()["sha256"]

    def sql(self, text):
        database = sqlite3.connect(self.daemon.state / "follow.db")
        with database:
            rows = database.execute(text).fetchall()
        database.close()
        return rows

    def check(self, *expected):
        answer = followd("check", "--state", self.daemon.state)
        self.assertEqual(answer.returncode, 1, answer)
        for words in expected:
            self.assertIn(words, answer.stdout)

    def assert_whole(self, state):
        answer = followd("check", "--state", state)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr),
                         (0, "all is whole\n", ""))

    def test_a_sound_store_is_whole_while_the_daemon_works_and_after_it(self):
        self.assert_whole(self.daemon.state)
        self.daemon.stop()
        self.assert_whole(self.daemon.state)

    def test_whatever_is_damaged_is_found(self):
        self.sql("UPDATE checkpoint SET data = X'00'")
        self.check(f"checkpoint of job {self.job} at step 40000")
        self.sql("UPDATE network SET data = X'00'")
        self.check("checkpoint of", "network ")
        upload = self.daemon.state / "arrays" / (self.array + ".npz")
        data = bytearray(upload.read_bytes())
        data[-1] ^= 1
        upload.write_bytes(data)
        self.check(f"upload {self.array[:12]} is damaged")
        upload.unlink()
        self.check("arrays/" + self.array)
        self.sql("INSERT INTO log (job, at, text) VALUES (99, 1, 'x')")
        self.check("row without what it belongs to, in table: log")

    def test_a_job_that_runs_without_a_worker_is_found(self):
        job = self.daemon.submit(JOB)["id"]
        Worker(self.daemon).lease()
        self.assert_whole(self.daemon.state)
        self.sql("DELETE FROM lease")
        self.check(f"job: {job} is running, and has no worker")

    def test_a_torn_database_is_found(self):
        self.daemon.stop()
        with open(self.daemon.state / "follow.db", "r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(size // 2)
            file.write(os.urandom(20000))
        answer = followd("check", "--state", self.daemon.state)
        self.assertEqual(answer.returncode, 1)
        self.assertTrue("database: " in answer.stdout or answer.stderr, answer)

    def test_a_backup_beside_a_busy_daemon_is_a_store_with_all_acknowledged(self):
        daemon, accepted, stop = self.daemon, [], threading.Event()

        def submit():
            while not stop.is_set():
                accepted.append(daemon.submit(JOB)["id"])

        thread = threading.Thread(target=submit)
        thread.start()
        try:
            for turn in range(3):
                file = daemon.state / f"copy-{turn}"
                before = list(accepted)
                answer = followd("backup", file, "--state", daemon.state)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        finally:
            stop.set()
            thread.join()
        self.assertGreater(len(accepted), 0)
        again = followd("backup", file, "--state", daemon.state)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is there already", again.stderr)
        path = f"/api/v1/jobs/{self.job}/checkpoints/final/weights.npz"
        weights = daemon.request("GET", path).body
        with Daemon() as other:
            other.stop()
            for name in ("follow.db-wal", "follow.db-shm"):
                (other.state / name).unlink(missing_ok=True)
            shutil.copy(file, other.state / "follow.db")
            shutil.copytree(str(file) + ".arrays", other.state / "arrays")
            self.assert_whole(other.state)
            other.start()
            self.assertEqual(other.request("GET", path).body, weights)
            self.assertEqual(
                other.request("GET", "/api/v1/arrays/" + self.array).status,
                200)
            for job in before:
                other.get(f"/api/v1/jobs/{job}")

    def test_words_that_make_no_sense_are_usage_errors(self):
        for words in (["backup"], ["backup", "--state", "/x"],
                      ["check", "--nix"]):
            self.assertEqual(followd(*words).returncode, 2, words)
        answer = followd("check", "--state", self.daemon.state / "nix")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("there is no store", answer.stderr)


if __name__ == "__main__":
    main()
