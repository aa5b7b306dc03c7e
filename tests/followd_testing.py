"""What the Python tests stand on: a daemon of their own, HTTP, a false worker.

    from followd_testing import Daemon, Worker, TestCase, main

    class Jobs(TestCase):
        def test_a_job_that_was_accepted_is_listed(self):
            with Daemon() as daemon:
                job = daemon.submit({"preset": "vanderPol"})
                self.assertEqual(daemon.get("/api/v1/jobs")["items"][0]["id"],
                                 job["id"])

    if __name__ == "__main__":
        main()

Daemon starts the real ./followd (FOLLOWD names another) on a free port in a
temporary state folder, without workers. Worker speaks /internal as a worker
does, but makes its results up: a van der Pol oscillator and an estimate that
gets better. A test prints TAP; its name is a sentence.
"""

import http.client
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
import urllib.parse

try:
    import numpy as np
except ImportError:
    print("1..0 # SKIP these tests need NumPy (python3-numpy)")
    sys.exit(0)

TestCase = unittest.TestCase
DT = 0.001  # s, one step
TOP = os.getcwd()  # of the build; a test may go elsewhere


def executable(name):
    """The path of followd or follow: FOLLOWD, FOLLOW, else the build's top."""
    return os.path.join(TOP, os.environ.get(name.upper(), name))


def often(usual, soak):
    """How often to do what gets better the more often it is done: in a test of
    every day, and in one that may take hours (FOLLOWD_SOAK)."""
    return soak if os.environ.get("FOLLOWD_SOAK") else usual


# ---- HTTP ------------------------------------------------------------------


class Response:
    """An answer: status, headers (lower case), body (bytes)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {key.lower(): value for key, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def npz(self):
        return np.load(io.BytesIO(self.body))


def request(url, method, path, body=None, headers=None, timeout=60):
    """One HTTP request on a connection of its own. `body`: bytes, JSON, or an
    iterator of bytes, which are sent in chunks."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port,
                                            timeout=timeout)
    headers = dict(headers or {})
    if isinstance(body, (dict, list, str, int)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Response(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


class Daemon:
    """A followd of the test's own. `with Daemon() as daemon:` stops it."""

    def __init__(self, *options, env=None):
        self.options = options
        self.before = ()  # words in front of the command
        self.env = dict(os.environ, **(env or {}))
        self.folder = tempfile.TemporaryDirectory(prefix="followd-test-")
        self.state = pathlib.Path(self.folder.name)  # gone with the test
        self.log_path = self.state / "test.log"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()
        self.folder.cleanup()

    def start(self, wait=30):
        """Starts it (again, on the same state) and waits until it is ready."""
        (self.state / "url").unlink(missing_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.before, executable("followd"), "--state",
                 str(self.state),
                 "--listen", "127.0.0.1:0", "--workers", "none",
                 *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)
        end = time.monotonic() + wait
        while time.monotonic() < end and self.process.poll() is None:
            if (self.state / "url").exists() and self.url.endswith("\n"):
                return self
            time.sleep(0.02)
        raise AssertionError("followd did not get ready:\n" + self.log())

    def stop(self, how=signal.SIGTERM, wait=30):
        """Stops it and returns its exit status; SIGKILL is a crash."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("followd did not stop:\n" + self.log())
        self.process = None
        return status

    def kill(self):
        return self.stop(signal.SIGKILL)

    def log(self):
        return self.log_path.read_text(errors="replace")[-8000:]

    @property
    def url(self):
        """As the daemon wrote it; request() takes it with its line end."""
        return (self.state / "url").read_text()

    @property
    def token(self):
        return (self.state / "token").read_text().strip()

    def request(self, method, path, body=None, headers=None, token=None,
                timeout=60):
        """`token` "" sends none, None sends the daemon's own."""
        headers = dict(headers or {})
        token = self.token if token is None else token
        if token:
            headers.setdefault("Authorization", "Bearer " + token)
        return request(self.url.strip(), method, path, body, headers, timeout)

    def get(self, path):
        """The JSON at a path that must be there."""
        answer = self.request("GET", path)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json()

    def submit(self, description):
        """The job that came of a description that must be good."""
        answer = self.request("POST", "/api/v1/jobs", description)
        assert answer.status == 201, (answer.status, answer.body)
        return answer.json()


# ---- a worker that makes its results up -------------------------------------

DEVICE = {"id": "false:0", "name": "False Device", "type": "cpu",
          "vendor": "followd tests", "driver": "1.0", "platform": "false",
          "memory": 1 << 30, "units": 2}

METRIC_COLUMNS = ("period", "t_end", "mse", "mse_raw", "rate_ff", "rate_rec",
                  "weight_rms_ff", "weight_rms_rec", "steps_per_second")


def as_bytes(data):
    return np.frombuffer(data, np.uint8)


def npz_bytes(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


class Worker:
    """Leases jobs from a daemon and reports what the test tells it to."""

    def __init__(self, daemon, name="false-worker", device=None):
        self.daemon = daemon
        self.about = {
            "worker": {"name": name, "host": "localhost", "pid": os.getpid(),
                       "version": "0", "local": True},
            "device": dict(DEVICE, **(device or {})),
        }

    def ask(self, wait=0, **about):
        """The answer to a question for work."""
        return self.daemon.request("POST", f"/internal/leases?wait={wait}",
                                   dict(self.about, **about))

    def lease(self, wait=0, **about):
        """The next job as a Lease, None when there is none."""
        answer = self.ask(wait, **about)
        if answer.status == 204:
            return None
        assert answer.status == 200, (answer.status, answer.body)
        return Lease(self.daemon, answer.json())


class Lease:
    """One leased job: `job` (its number), `spec`, and where its reports go."""

    def __init__(self, daemon, about):
        self.daemon = daemon
        self.about = about
        self.id = about["lease"]
        self.job = about["job"]
        self.spec = about["spec"]
        self.sequence = about["sequence"]

    def send(self, arrays, sequence=None):
        """Posts one report as it stands; the Response."""
        number = self.sequence if sequence is None else sequence
        answer = self.daemon.request(
            "POST", f"/internal/leases/{self.id}/reports/{number}",
            npz_bytes(**arrays), {"Content-Type": "application/octet-stream"})
        if sequence is None and answer.status == 200:
            self.sequence += 1
        return answer

    def report(self, state="running", arrays=None, **about):
        """One report that must be taken; the daemon's answer as JSON."""
        arrays = dict(arrays or {})
        arrays["report"] = as_bytes(json.dumps(dict(about, state=state))
                                    .encode())
        answer = self.send(arrays)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json()

    def checkpoint(self, t, seed=1):
        """The arrays of a checkpoint at `t` s, as npz bytes."""
        random = np.random.RandomState(seed)
        network = self.spec["network"]
        return npz_bytes(
            D_ff=random.randn(2, network["neurons_ff"]).astype(np.float32),
            D_rec=random.randn(2, network["neurons_rec"]).astype(np.float32),
            t=np.float64(t), step=np.int64(round(t / DT)))

    def network(self, seed=2):
        """The arrays of a network, as npz bytes."""
        random = np.random.RandomState(seed)
        ff = self.spec["network"]["neurons_ff"]
        rec = self.spec["network"]["neurons_rec"]
        return npz_bytes(
            encoders_ff=random.randn(ff, 2), gain_ff=random.rand(ff),
            bias_ff=random.randn(ff), encoders_rec=random.randn(rec, 2),
            gain_rec=random.rand(rec), bias_rec=random.randn(rec),
            decoders=random.randn(2, rec),
            scaled_encoders_rec=random.randn(rec, 2))

    def metrics(self, first, count):
        """Rows of the periods `first` on: an error that falls."""
        period = np.arange(first, first + count, dtype=float)
        mse = 0.02 / (1 + period) + 3e-5
        return np.stack([period, (period + 1) * self.spec["schedule"]["period"],
                         mse, 2 * mse, 18 + 0 * period, 25 + 0 * period,
                         1e-4 * np.sqrt(period), 2e-4 * np.sqrt(period),
                         150000 + 0 * period], axis=1)

    def finish(self, state="succeeded", reason=None):
        """The whole job, made up, in two reports."""
        schedule = self.spec["schedule"]
        duration, period = schedule["duration"], schedule["period"]
        window = min(self.spec["record"]["window"], duration)
        steps, rows = round(duration / DT), round(window / DT)
        periods = int(duration // period)
        self.report(t=window, rate=5.0, log=["network made"],
                    provenance=PROVENANCE, traces={"start": {"first_step": 0}},
                    arrays={"trace_start": trace(0, rows, 0.15, period),
                            "metrics": self.metrics(0, 1),
                            "network": as_bytes(self.network())})
        arrays = {"trace_end": trace(steps - rows, rows, 0.01, period),
                  "checkpoint": as_bytes(self.checkpoint(duration))}
        if periods > 1:
            arrays["metrics"] = self.metrics(1, periods - 1)
        about = {"t": duration, "rate": 5.0,
                 "traces": {"end": {"first_step": steps - rows}},
                 "checkpoint": {"t": duration, "step": steps, "kind": "final"}}
        if reason:
            about["reason"] = reason
        return self.report(state, arrays, **about)


PROVENANCE = {"version": "0", "git": "0" * 40, "device": "False Device",
              "driver": "1.0", "kernels_sha256": "0" * 64}


def trace(first_step, rows, error, period=4.0):
    """Rows of t, u, x, xhat, error, error_filtered (2 each) after a step: a
    van der Pol oscillator, and an estimate that is wrong by about `error`."""
    t = DT * (first_step + 1 + np.arange(rows))
    phase = t % period
    u = np.stack([np.zeros(rows), np.where(phase < 0.25, 4.0, 0.3)], axis=1)
    x = np.zeros((rows, 2))
    here = np.array([0.5, 0.0])
    for i in range(rows):
        a, b = here
        here = here + DT / 0.125 * np.array(
            [b, 2 * (1 - a * a) * b - a + 0.25 * u[i, 1]])
        if phase[i] > period - 0.5:
            here = here * (1 - DT / 0.05)
        x[i] = here
    random = np.random.RandomState(first_step % 1000)
    wrong = error * (np.stack([np.sin(9 * t), np.cos(7 * t)], axis=1) * 2 +
                     random.randn(rows, 2) * 0.3)
    return np.hstack([t[:, None], u, x, x + wrong, wrong, 0.7 * wrong])


# ---- TAP --------------------------------------------------------------------


class TapResult(unittest.TestResult):
    """One line of TAP per test; what went wrong follows as comments."""

    def startTestRun(self):
        self.number = 0

    def line(self, verdict, test, rest=""):
        self.number += 1
        sentence = test.id().split(".")[-1].rstrip(")")
        if sentence.startswith("test_"):
            sentence = sentence[5:]
        print(f"{verdict} {self.number} - {sentence}{rest}", flush=True)

    def comment(self, error):
        for line in "".join(traceback.format_exception(*error)).splitlines():
            print("# " + line, flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.line("not ok", test)
        self.comment(error)

    def addError(self, test, error):
        super().addError(test, error)
        self.line("not ok", test)
        self.comment(error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, " # SKIP " + reason)


def main():
    """Runs the tests of the file (or those named on the command line)."""
    loader = unittest.TestLoader()
    module = sys.modules["__main__"]
    suite = (loader.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:]
             else loader.loadTestsFromModule(module))
    result = TapResult()
    result.startTestRun()
    suite.run(result)
    print(f"1..{result.number}", flush=True)  # a class counts once if skipped
    sys.exit(0 if result.wasSuccessful() else 1)
