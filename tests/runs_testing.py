"""What the tests of whole runs stand on: a real daemon with a real worker.

House starts followd with a worker on the best device of this machine and a
cache of its own. A Job is fetched over HTTP alone, as any program would:

    with House() as house:
        job = house.begin({"preset": "vanderPol"})
        job.finish()
        job.weights()["D_rec"]
"""

import copy
import os
import pathlib
import shlex
import signal
import subprocess
import time

from followd_testing import Daemon, executable, np

# Kernels once compiled serve all tests, each of which has a cache of its own.
os.environ.setdefault("POCL_CACHE_DIR", os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
    "pocl"))

DT = 0.001  # s, one step
WAIT = 50  # s, longest that anything here may take
OVER = ("succeeded", "failed", "cancelled", "diverged")

# Small and quick, but all that a run has. The layers differ in size, so that
# one cannot be taken for the other; snapshots fall within periods, so that
# their sums are more than 0.
SMALL = {"preset": "vanderPol",
         "network": {"neurons_ff": 210, "neurons_rec": 250},
         "schedule": {"duration": 800},
         "record": {"snapshots": 19},
         "compute": {"precision": "f64"}}


def small(**sections):
    """SMALL, with some keys of some sections changed."""
    description = copy.deepcopy(SMALL)
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


def note(text):
    """A figure for the reader of the TAP."""
    print("# " + text, flush=True)


def is_alive(pid):
    """Whether a process runs; one that is only unburied does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_true(claim, what, wait=WAIT):
    end = time.monotonic() + wait
    while not claim():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {wait} s")
        time.sleep(0.03)


class House(Daemon):
    """A followd with its own worker."""

    def __init__(self, *options, workers="auto"):
        super().__init__("--workers", workers, *options)
        self.cache = self.state / "cache"
        self.options += ("--cache", str(self.cache))
        self.guests = []

    def __exit__(self, *exception):
        for guest in self.guests:
            guest.kill()
            guest.wait()
        super().__exit__(*exception)

    def keep_port(self):
        """From now on it starts where workers elsewhere look for it."""
        port = self.url.strip().rsplit(":", 1)[1]
        self.options += ("--listen", "127.0.0.1:" + port)

    def begin(self, description):
        return Job(self, self.submit(description)["id"])

    def run(self, description):
        return self.begin(description).finish()

    def guest(self, name, url=None):
        """A worker that this daemon did not start, on the first device; it
        looks for the daemon at `url`."""
        log = open(self.state / "guests.log", "ab")
        self.guests.append(subprocess.Popen(
            [executable("followd"), "worker", "--name", name,
             "--server", url or self.url.strip(),
             "--token-file", str(self.state / "token"),
             "--cache", str(self.cache)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        log.close()
        return self.guests[-1]

    def guests_log(self):
        return (self.state / "guests.log").read_text()

    def worker_pid(self):
        """Of the worker that serves, or None."""
        devices = self.get("/api/v1/devices")["items"]
        return next((device["worker"]["pid"] for device in devices
                     if device["worker"] and not device["fault"] and
                     is_alive(device["worker"]["pid"])), None)

    def kill_worker(self):
        """As a crashing driver would, without a word; its process number."""
        pid = self.worker_pid()
        os.kill(pid, signal.SIGKILL)
        return pid


FAULT_LAYER = pathlib.Path(__file__).resolve().parent / "fault_layer.c"


def layer_build(source, layer):
    """Makes a layer for OPENCL_LAYERS of a C file."""
    built = subprocess.run(
        shlex.split(os.environ.get("CC", "cc")) +
        ["-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(layer), str(source)],
        capture_output=True, text=True)
    assert built.returncode == 0, built.stderr


class FaultyHouse(House):
    """One whose driver fails when its file `fault` says so (fault_layer.c)."""

    def __init__(self, *options, **more):
        super().__init__(*options, **more)
        self.cache.mkdir()  # a driver writes nowhere else
        layer = self.cache / "layer.so"
        layer_build(FAULT_LAYER, layer)
        self.fault = self.cache / "fault"
        self.env.update(OPENCL_LAYERS=str(layer), FAULT_FILE=str(self.fault))

    def await_service(self):
        """Until a worker asks for work."""
        await_true(self.worker_pid, "a worker", wait=WAIT)


class Job:
    """A job of a House, by its number."""

    def __init__(self, house, number):
        self.house = house
        self.number = number
        self.path = f"/api/v1/jobs/{number}"

    def __getitem__(self, key):
        """A member of the job's JSON as it is now."""
        return self.house.get(self.path)[key]

    def ask(self, what):
        answer = self.house.request("POST", f"{self.path}/{what}")
        assert answer.status == 202, (answer.status, answer.body)

    def await_that(self, claim):
        """Waits until a claim about the job's JSON is true; the JSON. A job
        that ends before that is a failure."""
        end = time.monotonic() + WAIT
        about = self.house.get(self.path)
        while not claim(about):
            assert about["state"] not in OVER, (about, self.log())
            assert time.monotonic() < end, (about, self.log())
            answer = self.house.request(
                "GET", f"{self.path}?wait=2&since={about['rev']}")
            assert answer.status in (200, 304), answer.status
            if answer.status == 200:
                about = answer.json()
        return about

    def await_state(self, *states):
        return self.await_that(lambda about: about["state"] in states)

    def await_time(self, t):
        """Until `t` s are simulated and it runs."""
        return self.await_that(lambda about: about["state"] == "running" and
                               about["progress"]["done"] >= t)

    def finish(self):
        self.await_state("succeeded")
        return self

    def log(self):
        return self.house.request("GET", self.path + "/log").body.decode()

    def npz(self, path):
        answer = self.house.request("GET", self.path + path)
        assert answer.status == 200, (answer.status, answer.body)
        arrays = answer.npz()
        return {name: arrays[name] for name in arrays}

    def weights(self, when="final"):
        return self.npz(f"/checkpoints/{when}/weights.npz")

    def checkpoints(self):
        return self.house.get(self.path + "/checkpoints")["items"]

    def traces(self, window):
        return self.npz(f"/traces?window={window}&format=npz")

    def metrics(self):
        """Columns by name, NaN where there was no finite number."""
        columns = self.house.get(self.path + "/metrics")["columns"]
        return {name: np.array(column, float)
                for name, column in columns.items()}


def steps_of(traces):
    return np.rint(traces["t"] / DT).astype(int)


def assert_same_arrays(ours, theirs, but=()):
    """The same names, types, shapes and bits."""
    assert set(ours) == set(theirs), (set(ours), set(theirs))
    for name in set(ours) - set(but):
        a, b = ours[name], theirs[name]
        assert (a.dtype, a.shape) == (b.dtype, b.shape), (name, a.shape,
                                                          b.shape)
        if a.tobytes() != b.tobytes():
            first = np.argwhere(np.atleast_1d(a != b))[:1].tolist()
            raise AssertionError(f"{name} differs from {first} on")


def assert_same_run(ours, theirs):
    """All that two jobs left behind is the same, but for how long it took:
    weights, the state at the end, metrics, every row of the traces."""
    assert_same_arrays(ours.weights(), theirs.weights(), but=["spec"])
    assert_same_arrays(ours.metrics(), theirs.metrics(),
                       but=["steps_per_second"])
    spec = ours["spec"]
    total = round(spec["schedule"]["duration"] / DT)
    rows = min(round(spec["record"]["window"] / DT), total)
    for window, first in (("start", 0), ("end", total - rows)):
        traces = ours.traces(window)
        np.testing.assert_array_equal(
            steps_of(traces), np.arange(first + 1, first + rows + 1),
            err_msg=f"steps of window {window}")
        assert_same_arrays(traces, theirs.traces(window))
    a, b = ({one["step"]: (one["kind"], one["sha256"])
             for one in job.checkpoints()} for job in (ours, theirs))
    assert total in a and total in b, (a, b)
    assert all(a[step] == b[step] for step in set(a) & set(b)), (a, b)
