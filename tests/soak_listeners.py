"""A daemon that many look at while it works: 500 who listen for events and eight
who ask for one job as fast as they can (wrk), beside a job that runs. Nobody
meets an error; how long the slowest in a hundred waited, and how much the job
was slowed, are for the reader: both depend on the machine."""

import http.client
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

from followd_testing import TestCase, main, often
from runs_testing import House, await_true, note, small

LISTENERS = 500
SECONDS = often(10, 600)
ASKERS = 8


class Listener(threading.Thread):
    """Hears events until it is told to leave."""

    def __init__(self, house):
        super().__init__(daemon=True)
        parts = urllib.parse.urlsplit(house.url.strip())
        self.link = http.client.HTTPConnection(parts.hostname, parts.port,
                                               timeout=60)
        self.link.connect()
        self.socket = self.link.sock
        self.token = house.token
        self.lines, self.lost, self.leaves = 0, None, False

    def run(self):
        try:
            self.link.request("GET", "/api/v1/events", headers={
                "Authorization": "Bearer " + self.token})
            answer = self.link.getresponse()
            while answer.status == 200 and answer.readline():
                self.lines += 1
            self.lost = None if self.leaves else "the stream has ended"
        except (OSError, ValueError, AttributeError,
                http.client.HTTPException) as error:
            self.lost = None if self.leaves else repr(error)

    def leave(self):
        self.leaves = True
        self.socket.shutdown(socket.SHUT_RDWR)  # it is being read


def pace(job, seconds):
    """Simulated seconds per second, over so long a time."""
    before, began = job["progress"]["done"], time.monotonic()
    time.sleep(seconds)
    after = job["progress"]["done"]
    return (after - before) / (time.monotonic() - began)


class Load(TestCase):
    def ask(self, house, path, seconds):
        """What wrk tells of asking for `path`: requests, errors, ms at p99."""
        answer = subprocess.run(
            ["wrk", "-t1", f"-c{ASKERS}", f"-d{seconds}s", "--latency",
             "-H", "Authorization: Bearer " + house.token,
             house.url.strip() + path],
            text=True, capture_output=True, check=True).stdout
        value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", answer).groups()
        scale = {"us": 1e-3, "ms": 1, "s": 1e3}[unit]
        errors = re.findall(r"Socket errors.*|Non-2xx.*", answer)
        total = int(re.search(r"(\d+) requests in", answer).group(1))
        return total, errors, float(value) * scale

    def test_five_hundred_listen_and_nobody_meets_an_error(self):
        if shutil.which("wrk") is None:
            self.skipTest("no wrk")
        with House("--rate", "0") as house:
            job = house.begin(small(schedule={"duration": 1e6}))
            job.await_time(50)
            alone = pace(job, SECONDS / 5)
            listeners = [Listener(house) for _ in range(LISTENERS)]
            for one in listeners:
                one.start()
            await_true(lambda: all(one.lines for one in listeners),
                       "all listen")
            listened_to = pace(job, SECONDS / 5)
            outcome = self.ask(house, job.path, SECONDS)
            again = pace(job, SECONDS / 5)
            for one in listeners:
                self.assertTrue(one.is_alive(), one.lost)
                self.assertGreater(one.lines, 1)
                one.leave()
            total, errors, p99 = outcome
            note(f"{total} requests for a job in {SECONDS} s, p99 {p99:.1f} ms")
            note(f"job: {alone:.0f} s/s alone, {listened_to:.0f} listened to by "
                 f"{LISTENERS}, {again:.0f} once nobody asked any more")
            self.assertEqual(errors, [])
            job.ask("cancel")
            await_true(lambda: job["state"] == "cancelled", "its end")


if __name__ == "__main__":
    main()
