#!/usr/bin/python3
"""What a driver that was taken over can do from within a worker: a layer of
OpenCL tries (tests/trespass_layer.c), in a sandbox and in none."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from followd_testing import TestCase, executable, main
from runs_testing import House, await_true, layer_build, small

LAYER = pathlib.Path(__file__).resolve().parent / "trespass_layer.c"

# What it tries, and how that ends in a sandbox.
ENDS = {"tcp": "EPERM", "udp": "EPERM", "unix": "done", "read": "done",
        "write": "EACCES", "truncate": "EACCES", "folder": "EACCES",
        "token": "EACCES", "cache": "done", "run": "EACCES",
        "signal": "EPERM", "memory": "EACCES", "limits": "EPERM",
        "key": "EPERM", "namespace": "EPERM", "uring": "EPERM"}


class Trespasser(House):
    """Its driver is curious; `tries()` tells how that went."""

    def __init__(self, *options):
        super().__init__(*options)
        self.outside = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        (self.outside / "file").write_text("as it was")
        self.cache.mkdir()
        layer_build(LAYER, self.cache / "layer.so")
        self.elsewhere = socket.create_server(("127.0.0.1", 0))
        self.env.update(
            OPENCL_LAYERS=str(self.cache / "layer.so"),
            TRESPASS_PORT=str(self.elsewhere.getsockname()[1]),
            TRESPASS_PID=str(os.getpid()),
            TRESPASS_FILE=str(self.outside / "file"),
            TRESPASS_FOLDER=str(self.outside / "folder"),
            TRESPASS_TOKEN=str(self.state / "worker-token"),
            TRESPASS_PROGRAM=str(self.cache / "program"))

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.elsewhere.close()
        shutil.rmtree(self.outside)

    def tries(self):
        """Of the worker, which comes after the one that looks for devices."""
        def told():
            return re.findall(r"trespass: (\w+): (\w+)", self.log())
        await_true(lambda: len(told()) >= 2 * len(ENDS), "two processes")
        return dict(told()[len(ENDS):])


def kernel_keeps_files():
    """Whether it has Landlock, as a worker itself says it."""
    answer = subprocess.run([executable("followd"), "worker", "--list-devices"],
                            capture_output=True, text=True)
    return "without=landlock" not in answer.stderr


class Sandbox(TestCase):
    def test_a_driver_reaches_nothing_but_its_cache_and_jobs_still_run(self):
        if not kernel_keeps_files():
            self.skipTest("this kernel has no Landlock")
        with Trespasser() as house:
            tries = house.tries()
            job = house.run(small())
            self.assertEqual(tries, ENDS)
            self.assertEqual((house.outside / "file").read_text(), "as it was")
            self.assertEqual(job["state"], "succeeded")

    def test_every_thread_of_a_worker_is_in_it(self):
        """Also those that libraries start before main() begins."""
        with House() as house:
            await_true(house.worker_pid, "a worker")
            tasks = pathlib.Path(f"/proc/{house.worker_pid()}/task")
            threads = [(one / "status").read_text() for one in tasks.iterdir()]
            self.assertGreater(len(threads), 1)
            for status in threads:
                self.assertIn("\nNoNewPrivs:\t1\n", status)
                self.assertIn("\nSeccomp:\t2\n", status)

    def test_without_it_a_driver_reaches_what_its_user_does(self):
        """So the tries above are tries."""
        with Trespasser("--sandbox", "no") as house:
            tries = house.tries()
            for what in ("tcp", "udp", "write", "truncate", "folder", "token",
                         "run", "signal", "limits"):
                self.assertEqual(tries[what], "done", what)

    def test_a_worker_that_cannot_reach_the_daemon_any_more_gives_way_to_another(self):
        """Its dialer is gone: another worker takes over."""
        with House() as house:
            await_true(house.worker_pid, "a worker")
            pid = house.worker_pid()
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
            dialers = [child for child in children.read_text().split()
                       if pathlib.Path(f"/proc/{child}/comm").read_text() ==
                       "followd-dialer\n"]
            self.assertEqual(len(dialers), 1)
            os.kill(int(dialers[0]), signal.SIGKILL)
            house.run(small())
            self.assertNotEqual(house.worker_pid(), pid)


if __name__ == "__main__":
    main()
