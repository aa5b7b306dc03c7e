#!/usr/bin/env python3
"""Measures everything from POST to "succeeded": a daemon of its own with its
worker, one job, then many of one shape handed in at once.

    bench/whole.py [--followd ./followd] [--jobs 132] [--duration 10000]
                   [--preset vanderPol] [--neurons 3000] [--device any]
                   [--seeds input|network]

Prints one line of JSON a case. `us_a_step` is wall time for a step of all jobs
together, from the first POST until the last job has succeeded; `engine_us` the
same while the device works, as the worker measures it; `begins_s` how long
it takes until the first job is seen to get on; `daemon_cores` and `worker_cores` processor time per
time. Needs Python's own library and nothing else."""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

STEPS_PER_S = 1000  # of simulated time
WAIT = 600  # s, for one case
TICKS = os.sysconf("SC_CLK_TCK")


class Daemon:
    """A followd on a state and a cache that nobody had before."""

    def __init__(self, followd, device):
        self.folder = tempfile.TemporaryDirectory(prefix="followd-bench-")
        self.state = pathlib.Path(self.folder.name)
        self.log = open(self.state / "log", "wb")
        self.process = subprocess.Popen(
            [followd, "--state", str(self.state), "--listen", "127.0.0.1:0",
             "--cache", str(self.state / "cache"), "--workers", device],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while not (self.state / "url").exists() or not self.devices():
            if self.process.poll() is not None:
                raise SystemExit((self.state / "log").read_text())
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()

    def ask(self, path, body=None):
        request = urllib.request.Request(
            (self.state / "url").read_text().strip() + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " +
                     (self.state / "token").read_text().strip(),
                     "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            if answer.code != 304:  # nothing new
                raise
            return None

    def devices(self):
        """Those whose worker has asked for work."""
        return [device for device in self.ask("/api/v1/devices")["items"]
                if device.get("worker")]

    def worker(self):
        return self.devices()[0]["worker"]["pid"]


def cpu_seconds(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    fields = text.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def description(options, number):
    """Jobs of one shape that differ: in what drives them, or in all seeds."""
    job = {"preset": options.preset, "input": {"seed": 1000 + number},
           "schedule": {"duration": options.duration}}
    if options.neurons:
        job["network"] = {"neurons_ff": options.neurons,
                          "neurons_rec": options.neurons}
    if options.seeds == "network":
        job.setdefault("network", {}).update(
            seed_ff=1 + number, seed_rec=1 + number)
    return job


def wait_for(daemon, jobs):
    """When the last one had succeeded, and when the first was under way."""
    end, begun, left = time.monotonic() + WAIT, None, list(jobs)
    rev = 0
    while begun is None and time.monotonic() < end:
        about = daemon.ask(f"/api/v1/jobs/{jobs[0]}")
        if about["progress"]["done"] > 0 or about["finished_at"]:
            begun = time.monotonic()
        time.sleep(0.005)
    while left:  # told when it changes: asking often would cost the daemon
        about = daemon.ask(f"/api/v1/jobs/{left[-1]}?wait=5&since={rev}")
        rev = about["rev"] if about else rev
        if not about:
            continue
        if about["state"] == "succeeded":
            left.pop()
            rev = 0
            continue
        if about["state"] not in ("queued", "running"):
            raise SystemExit(f"job {left[-1]}: {about['state_reason']}")
        if time.monotonic() > end:
            raise SystemExit(f"job {left[-1]} takes more than {WAIT} s")
    return time.monotonic(), begun


def engine_seconds(daemon, jobs, steps):
    """Of the device, for all steps of a job: the mean over the jobs."""
    seconds = 0
    for job in jobs:
        columns = daemon.ask(f"/api/v1/jobs/{job}/metrics")["columns"]
        rates = [rate for rate in columns["steps_per_second"] if rate]
        seconds += sum(steps / rate for rate in rates) / len(rates)
    return seconds / len(jobs)


def measure(daemon, options, count, first):
    pids = {"daemon": daemon.process.pid, "worker": daemon.worker()}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    began = time.monotonic()
    jobs = [daemon.ask("/api/v1/jobs", description(options, first + i))["id"]
            for i in range(count)]
    handed_in = time.monotonic() - began
    end, begun = wait_for(daemon, jobs)
    seconds, steps = end - began, round(options.duration * STEPS_PER_S)
    used = {name: cpu_seconds(pid) - before[name]
            for name, pid in pids.items()}
    line = {
        "case": "one job" if count == 1 else "many jobs", "jobs": count,
        "preset": options.preset, "neurons": options.neurons,
        "seeds": options.seeds, "steps": steps, "seconds": round(seconds, 3),
        "handed_in_s": round(handed_in, 3),
        "begins_s": round(begun - began, 3) if begun else None,
        "us_a_step": round(1e6 * seconds / steps, 4),
        "engine_us": round(
            1e6 * engine_seconds(daemon, jobs, steps) / steps, 4),
        "times_real_time": round(count * options.duration / seconds),
        "daemon_cores": round(used["daemon"] / seconds, 4),
        "worker_cores": round(used["worker"] / seconds, 3),
        "device": daemon.devices()[0]["name"]}
    print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followd", default="./followd")
    parser.add_argument("--jobs", type=int, default=132)
    parser.add_argument("--duration", type=float, default=10000)
    parser.add_argument("--preset", default="vanderPol")
    parser.add_argument("--neurons", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seeds", choices=("input", "network"),
                        default="input")
    options = parser.parse_args()
    with Daemon(options.followd, options.device) as daemon:
        measure(daemon, options, 1, 0)
        measure(daemon, options, 1, 0)  # kernels and decoders are cached
        if options.jobs > 1:
            measure(daemon, options, options.jobs, 1)


if __name__ == "__main__":
    main()
