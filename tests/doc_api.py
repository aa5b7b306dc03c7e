"""doc/api.md, as a new user follows it: every example is run, in order, and says
what stands there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from followd_testing import Daemon, TestCase, main

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "doc/api.md"
FILLED = ("state", "type", "status", "kind", "event")


def examples(text):
    """(command, output) of every `$ ...` in the document."""
    found, lines = [], text.splitlines()
    at = 0
    while at < len(lines):
        match = re.match(r"( {4,})\$ (.*)", lines[at])
        at += 1
        if not match:
            continue
        indent, command = match.group(1), match.group(2)
        while command.endswith("\\") or command.count("'") % 2:
            command += "\n" + lines[at][len(indent):]
            at += 1
        output = []
        while (at < len(lines) and lines[at].startswith(indent) and
               not lines[at].startswith((indent + "$ ", indent + ">>> "))):
            output.append(lines[at][len(indent):])
            at += 1
        found.append((command, "\n".join(output)))
    return found


def fixed_parts(shown):
    """What of an answer is the same on every machine: the keys of JSON in order,
    with their values where these are in FILLED; of another line its longest
    part without numbers."""
    joined = re.sub(r"\n *", "", shown)
    if '":' in joined:
        return [match.group(0) if match.group(1) in FILLED
                else f'"{match.group(1)}":' for match in re.finditer(
                    r'"(\w+)":(?:"[^"…]*"(?=[,}])|\d+)?', joined)]
    parts = []
    for line in shown.splitlines():
        if "sha" in line:  # a header, and then a digest
            line = line.split(":")[0]
        pieces = [line] if line.isdigit() else re.split(r'[\d…{"=]+', line)
        parts += [piece for piece in [max(pieces, key=len)] if piece.strip()]
    return parts


class Examples(TestCase):
    def setUp(self):
        self.daemon = Daemon("--workers", "auto").start()
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(self.daemon.stop)
        end = time.monotonic() + 60
        while not all(item["worker"] for item in
                      self.daemon.get("/api/v1/devices")["items"]):
            self.assertLess(time.monotonic(), end, self.daemon.log())
            time.sleep(0.1)
        self.folder = tempfile.mkdtemp(prefix="followd-doc-")
        self.addCleanup(shutil.rmtree, self.folder)

    def rest(self):
        """Until nothing runs: a reader is slower than a small job."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            jobs = self.daemon.get("/api/v1/jobs")["items"]
            if all(job["finished_at"] for job in jobs):
                return
            time.sleep(0.1)
        self.fail("jobs do not end:\n" + self.daemon.log())

    def run_command(self, command):
        variables = dict(
            os.environ, URL=self.daemon.url.strip(),
            AUTH="Authorization: Bearer " + self.daemon.token,
            JSON="Content-Type: application/json")
        if "-sN" in command:  # who listens, listens for ever
            command = command.replace("-sN", "-sN -m 2")
        if command.startswith("python3"):
            command = command.replace("python3", sys.executable, 1)
        answer = subprocess.run(["bash", "-c", command], cwd=self.folder,
                                env=variables, capture_output=True, text=True,
                                errors="replace", timeout=60)
        self.assertIn(answer.returncode, (0, 28), answer.stderr)
        return answer.stdout

    def follow(self, command, shown):
        said = self.run_command(command)
        rest = said
        for part in fixed_parts(shown):
            self.assertIn(part, rest, f"after\n{command}\nwas said\n{said}")
            rest = rest[rest.index(part) + len(part):]

    def test_every_example_says_what_stands_there(self):
        if not shutil.which("curl"):
            self.skipTest("no curl")
        found = examples(DOCUMENT.read_text())
        self.assertGreater(len(found), 20)
        for command, shown in found:
            if command == "python3":
                continue
            self.rest()
            self.follow(command, shown)


if __name__ == "__main__":
    main()
