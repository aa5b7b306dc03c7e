"""Between a worker and its daemon requests get lost, and answers: the job is
done all the same, to the bit, and nothing is counted twice."""

import http.client
import http.server
import threading
import time

from followd_testing import TestCase, main
from runs_testing import SMALL, House, assert_same_run, await_true, note


class Network(http.server.ThreadingHTTPServer):
    """Hands requests on to a daemon. `fate(request)` says "request" or "answer"
    for what is to get lost, and the connection breaks; or "late"."""

    daemon_threads = True

    def __init__(self, house, fate):
        super().__init__(("127.0.0.1", 0), Line)
        self.port = int(house.url.strip().rsplit(":", 1)[1])
        self.fate = fate
        self.lost = []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Line(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self):
        what = self.command + " " + self.path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fate = self.server.fate(what)
        if fate in ("request", "answer"):
            self.server.lost.append((fate, what))
            self.close_connection = True
        if fate == "request":
            return
        headers = dict(self.headers)
        headers["Host"] = f"127.0.0.1:{self.server.port}"
        there = http.client.HTTPConnection("127.0.0.1", self.server.port)
        there.request(self.command, self.path, body, headers)
        answer = there.getresponse()
        data = answer.read()
        there.close()
        if fate == "answer":
            return
        if fate == "late":
            time.sleep(0.5)
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "keep-alive"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = forward

    def log_message(self, *arguments):
        pass


class Every:
    """Loses every third report, in turn the request and the answer, and the
    first two times that a checkpoint is fetched."""

    def __init__(self):
        self.reports = self.checkpoints = 0

    def __call__(self, what):
        if "/reports/" in what:
            self.reports += 1
            if self.reports % 3 == 0:
                return "answer" if self.reports % 2 else "request"
        if what.endswith("/checkpoint"):
            self.checkpoints += 1
            if self.checkpoints <= 2:
                return "answer" if self.checkpoints == 2 else "request"
        return None


class Slow(TestCase):
    def test_a_job_that_comes_as_its_worker_stops_is_given_back(self):
        def fate(what):
            return "late" if "/internal/leases?" in what else None

        with House(workers="none") as house, Network(house, fate) as network:
            worker = house.guest("stopping", network.url)
            job = house.begin(SMALL)
            job.await_state("running")  # but the worker does not know yet
            worker.terminate()
            job.await_state("queued")
            self.assertEqual(worker.wait(10), 0)
            self.assertEqual(job["restarts"], 0, job.log())

    def test_a_worker_with_nothing_to_do_stops_at_once(self):
        with House(workers="none") as house:
            worker = house.guest("idle")
            await_true(lambda: house.worker_pid() == worker.pid, "a worker")
            began = time.monotonic()
            worker.terminate()
            self.assertEqual(worker.wait(10), 0)
            self.assertLess(time.monotonic() - began, 5)


class Lossy(TestCase):
    def test_what_gets_lost_between_worker_and_daemon_changes_nothing(self):
        with House(workers="none") as house:
            worker = house.guest("near")
            undisturbed = house.run(SMALL)
            worker.terminate()
            worker.wait(10)
            job = house.begin(SMALL)
            with Network(house, Every()) as network:
                first = house.guest("first", network.url)
                job.await_time(200)
                first.terminate()
                self.assertEqual(first.wait(20), 0)
                job.await_state("queued")
                second = house.guest("second", network.url)
                job.finish()
                self.assertIsNone(second.poll(), house.guests_log())
                second.terminate()
                self.assertEqual(second.wait(20), 0)
                for lost in network.lost:
                    note("lost: {} {}".format(*lost))
            self.assertEqual({(lost, "checkpoint" in what)
                              for lost, what in network.lost},
                             {(lost, where) for lost in ("request", "answer")
                              for where in (True, False)})
            self.assertEqual(job["restarts"], 0, job.log())
            assert_same_run(job, undisturbed)


if __name__ == "__main__":
    main()
