"""Server-sent events: what happens is heard as it happens, and what happened
while one was away is heard afterwards."""

import http.client
import json
import shutil
import subprocess
import time
import urllib.parse

from followd_testing import Daemon, TestCase, Worker, main, often

SMALL = {"preset": "vanderPol", "schedule": {"duration": 24}}
LISTENERS = 100


class Listener:
    """One stream of events; iterates over (id, name, data)."""

    def __init__(self, daemon, query="", after=None, timeout=10):
        parts = urllib.parse.urlsplit(daemon.url.strip())
        headers = {"Authorization": "Bearer " + daemon.token}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        self.connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=timeout)
        self.connection.request("GET", "/api/v1/events" + query,
                                headers=headers)
        self.answer = self.connection.getresponse()

    def close(self):
        self.answer.close()
        self.connection.close()

    def __iter__(self):
        return self

    def __next__(self):
        fields = {}
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                return (int(fields["id"]), fields["event"],
                        json.loads(fields["data"]))
        raise StopIteration

    def until(self, name, **wanted):
        """All events up to one that has these values."""
        seen = []
        for event in self:
            seen.append(event)
            if event[1] == name and wanted.items() <= event[2].items():
                return seen
        raise AssertionError(f"the stream ended: {seen}")


class Events(TestCase):
    def setUp(self):
        self.daemon = Daemon().start()
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(self.daemon.stop)

    def listen(self, *arguments, **options):
        listener = Listener(self.daemon, *arguments, **options)
        self.addCleanup(listener.close)
        self.assertEqual(listener.answer.status, 200)
        return listener

    def delete(self, job):
        answer = self.daemon.request("DELETE", f"/api/v1/jobs/{job}")
        self.assertEqual(answer.status, 204)

    def test_a_job_is_heard_from_its_start_to_its_end(self):
        listener = self.listen()
        self.assertEqual(listener.answer.headers["Content-Type"],
                         "text/event-stream")
        self.assertEqual(next(listener)[1:], ("start", {"resumed": False}))
        job = self.daemon.submit(SMALL)
        number, name, data = next(listener)
        del job["spec"]
        self.assertEqual((name, data), ("job", job))
        Worker(self.daemon).lease().finish()
        seen = listener.until("job", state="succeeded")
        shown = self.daemon.get(f"/api/v1/jobs/{job['id']}")
        del shown["spec"]
        self.assertEqual(seen[-1][2], shown)
        numbers = [number] + [event[0] for event in seen]
        self.assertEqual(numbers, sorted(set(numbers)))
        revisions = [event[2]["rev"] for event in seen]
        self.assertEqual(revisions, sorted(set(revisions)))
        self.delete(job["id"])
        self.assertEqual(next(listener)[1:], ("gone", {"id": job["id"]}))

    def test_who_was_away_hears_what_he_missed(self):
        first, gone = (self.daemon.submit(SMALL)["id"] for _ in range(2))
        listener = self.listen()
        place = next(listener)[0]
        listener.close()
        self.daemon.request("POST", f"/api/v1/jobs/{gone}/cancel")
        self.delete(gone)
        second = self.daemon.submit(SMALL)["id"]
        for again in range(2):
            if again:  # by another daemon, which remembers nothing
                self.daemon.stop()
                self.daemon.start()
            listener = self.listen(after=place)
            self.assertEqual(next(listener),
                             (place, "start", {"resumed": True}))
            self.assertEqual(next(listener)[1:], ("gone", {"id": gone}))
            number, name, data = next(listener)
            self.assertEqual((name, data["id"]), ("job", second))
            listener.close()
        self.daemon.request("PATCH", f"/api/v1/jobs/{first}", {"note": "new"})
        listener = self.listen(after=number)
        next(listener)
        self.assertEqual(next(listener)[2]["note"], "new")

    def test_more_than_is_kept_in_memory_is_told_all_the_same(self):
        names = [f"job {i}" for i in range(300)]
        for name in names:
            self.daemon.submit(dict(SMALL, name=name))
        listener = self.listen(after=0)
        next(listener)
        self.assertEqual([next(listener)[2]["name"] for _ in names], names)

    def test_a_place_that_never_was_is_told_apart(self):
        for place in (10**6, "7x", "-1", "9" * 30, ""):
            listener = self.listen(after=place)
            self.assertEqual(next(listener)[1:], ("start", {"resumed": False}))

    def test_who_listens_to_one_job_hears_of_no_other(self):
        mine, other = self.daemon.submit(SMALL), self.daemon.submit(SMALL)
        for name in (mine["id"], mine["uuid"]):
            listener = self.listen(f"?job={name}")
            next(listener)
            for job in (other, mine):
                self.daemon.request("PATCH", f"/api/v1/jobs/{job['id']}",
                                    {"note": f"for {name}"})
            self.assertEqual(next(listener)[2]["id"], mine["id"])
        for query, status in (("?job=99", 404), ("?job=x", 404), ("?x=1", 422)):
            answer = self.daemon.request("GET", "/api/v1/events" + query)
            self.assertEqual(answer.status, status)

    def test_many_hear_the_same(self):
        listeners = [self.listen() for _ in range(LISTENERS)]
        for listener in listeners:
            next(listener)
        job = self.daemon.submit(SMALL)["id"]
        Worker(self.daemon).lease().finish()
        heard = {json.dumps(listener.until("job", state="succeeded")[-1])
                 for listener in listeners}
        self.assertEqual(len(heard), 1)
        self.assertEqual(json.loads(heard.pop())[2]["id"], job)

    def test_who_listens_does_not_keep_the_daemon_from_stopping(self):
        listeners = [self.listen() for _ in range(20)]
        began = time.monotonic()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        for listener in listeners:
            self.assertEqual([event[1] for event in listener], ["start"])

    def test_silence_is_broken_so_that_the_gone_are_noticed(self):
        listener = self.listen(timeout=20)
        next(listener)
        for _ in range(often(1, 4)):
            self.assertEqual(listener.answer.readline(), b":\n")
            self.assertEqual(listener.answer.readline(), b"\n")

    def test_curl_understands_it(self):
        if not shutil.which("curl"):
            self.skipTest("no curl")
        self.daemon.submit(SMALL)
        answer = subprocess.run(
            ["curl", "-sN", "-m", "2", "-H", "Last-Event-ID: 0", "-H",
             f"Authorization: Bearer {self.daemon.token}",
             self.daemon.url.strip() + "/api/v1/events"],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(answer.returncode, 28)  # it was we who had enough
        lines = answer.stdout.splitlines()
        self.assertEqual(lines[:4], ["retry: 2000", "id: 0", "event: start",
                                     'data: {"resumed":true}'])
        self.assertEqual(lines[5:7], ["id: 1", "event: job"])
        head = subprocess.run(
            ["curl", "-sI", "-m", "5", "-H",
             f"Authorization: Bearer {self.daemon.token}",
             self.daemon.url.strip() + "/api/v1/events"],
            capture_output=True, text=True, timeout=30)
        self.assertIn("text/event-stream", head.stdout)


if __name__ == "__main__":
    main()
