#!/usr/bin/python3
"""followd as a service: the unit as systemd sees it, and what followd tells."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from followd_testing import Daemon, TestCase, executable, main

SOURCE = pathlib.Path(__file__).resolve().parent.parent
UNIT = pathlib.Path("systemd/followd.service").resolve()
USERS = SOURCE / "systemd/sysusers.d/followd.conf"
TELLS_SYSTEMD = "\nType=notify\n" in UNIT.read_text()


class Unit(TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def analyze(self, *words, text=None):
        """systemd-analyze on the unit, with a followd that is there."""
        tool = shutil.which("systemd-analyze")
        if tool is None:
            self.skipTest("no systemd-analyze")
        lines = [f"ExecStart={executable('followd')}"
                 if line.startswith("ExecStart=") else line
                 for line in (text or UNIT.read_text()).splitlines()]
        unit = self.folder / "followd.service"
        unit.write_text("\n".join(lines) + "\n")
        return subprocess.run([tool, *words, str(unit)], text=True, timeout=60,
                              capture_output=True)

    def test_systemd_finds_no_fault_in_the_unit(self):
        answer = self.analyze("verify", "--man=no", "--recursive-errors=no")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertNotIn("followd", answer.stderr)

    def test_systemd_would_find_a_fault_in_the_unit(self):
        text = UNIT.read_text().replace("ProtectHome=", "ProtectHouse=")
        answer = self.analyze("verify", "--man=no", "--recursive-errors=no",
                              text=text)
        self.assertIn("ProtectHouse", answer.stderr)

    def test_little_is_open_to_a_followd_that_was_taken_over(self):
        answer = self.analyze("security", "--offline=yes", "--threshold=19")
        self.assertEqual(answer.returncode, 0, answer.stdout[-300:])

    def test_workers_may_close_their_sandbox(self):
        """Not every systemd counts these calls to those of a service."""
        allowed = " ".join(
            line for line in UNIT.read_text().splitlines()
            if line.startswith("SystemCallFilter=") and "~" not in line)
        for call in ("landlock_create_ruleset", "landlock_add_rule",
                     "landlock_restrict_self", "seccomp"):
            self.assertRegex(allowed, rf"\b{call}\b")

    def test_what_is_started_is_what_was_installed(self):
        start = [line for line in UNIT.read_text().splitlines()
                 if line.startswith("ExecStart=")]
        self.assertEqual(len(start), 1)
        self.assertRegex(start[0], r"^ExecStart=/.*/bin/followd$")

    def test_the_user_of_the_unit_is_one_that_systemd_makes(self):
        tool = shutil.which("systemd-sysusers")
        if tool is None:
            self.skipTest("no systemd-sysusers")
        self.assertIn("\nUser=followd\n", UNIT.read_text())
        (self.folder / "etc").mkdir()
        answer = subprocess.run(
            [tool, f"--root={self.folder}", "--dry-run", str(USERS)],
            text=True, timeout=60, capture_output=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("Creating user 'followd'", answer.stderr)


@unittest.skipUnless(TELLS_SYSTEMD, "built without libsystemd")
class Notification(TestCase):
    def test_systemd_hears_when_followd_is_ready_and_when_it_stops(self):
        with tempfile.TemporaryDirectory() as folder, \
             socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.settimeout(30)
            systemd.bind(os.path.join(folder, "notify"))
            address = systemd.getsockname()
            with Daemon(env={"NOTIFY_SOCKET": address}) as daemon:
                self.assertEqual(systemd.recv(4096), b"READY=1")
                self.assertEqual(
                    daemon.request("GET", "/readyz", token="").status, 200)
                self.assertEqual(daemon.stop(), 0)
                told = b"WATCHDOG=1"
            while told == b"WATCHDOG=1":
                told = systemd.recv(4096)
            self.assertEqual(told, b"STOPPING=1")


if __name__ == "__main__":
    main()
