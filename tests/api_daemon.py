"""The daemon as a process: its state folder, options, starts and ends. And
what it answers workers."""

import fcntl
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

import numpy as np

from followd_testing import (Daemon, TestCase, Worker, as_bytes, executable,
                             main, npz_bytes, trace)

JOB = {"preset": "vanderPol", "network": {"neurons_ff": 20, "neurons_rec": 20}}


def followd(*arguments, env=None):
    """A followd that is expected to end by itself."""
    return subprocess.run([executable("followd"), *map(str, arguments)],
                          capture_output=True, text=True, timeout=30,
                          env=dict(os.environ, **(env or {})))


class Process(TestCase):
    def test_a_second_daemon_on_the_same_state_says_who_holds_it(self):
        with Daemon() as daemon:
            second = followd("--state", daemon.state, "--listen",
                             "127.0.0.1:0", "--workers", "none")
            self.assertNotEqual(second.returncode, 0)
            self.assertIn(str(daemon.process.pid), second.stderr)
            self.assertTrue((daemon.state / "url").exists())
            self.assertEqual(daemon.request("GET", "/healthz").status, 200)

    def test_a_lock_that_a_killed_daemon_left_with_a_child_is_waited_for(self):
        daemon = Daemon()
        self.addCleanup(daemon.__exit__)
        with open(daemon.state / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            dead = subprocess.Popen(["true"])
            dead.wait()
            print(dead.pid, file=lock, flush=True)
            threading.Timer(0.5, lambda: fcntl.flock(lock, fcntl.LOCK_UN)
                            ).start()
            daemon.start()
        self.assertEqual(daemon.request("GET", "/healthz").status, 200)

    def test_a_job_that_was_accepted_survives_a_crash(self):
        with Daemon() as daemon:
            token = daemon.token
            for _ in range(5):
                job = daemon.submit(JOB)
                daemon.kill()
                daemon.start()
                self.assertEqual(daemon.token, token)
                self.assertEqual(
                    daemon.get(f"/api/v1/jobs/{job['id']}")["uuid"],
                    job["uuid"])
            self.assertEqual(len(daemon.get("/api/v1/jobs")["items"]), 5)

    def test_a_daemon_that_is_asked_to_stop_ends_well_and_tidies_up(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with Daemon() as daemon:
                self.assertEqual(daemon.stop(how), 0)
                self.assertFalse((daemon.state / "url").exists())
                self.assertTrue((daemon.state / "token").exists())
                self.assertTrue((daemon.state / "follow.db").exists())

    def test_those_who_wait_are_answered_when_the_daemon_stops(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)
            answers = []

            def wait(method, path, body=None):
                answers.append(daemon.request(method, path, body).status)

            threads = [
                threading.Thread(target=wait, args=(
                    "GET", f"/api/v1/jobs/{job['id']}?wait=50&since="
                    f"{job['rev']}")),
                threading.Thread(target=wait, args=(
                    "POST", "/internal/leases?wait=50", dict(
                        Worker(daemon).about, device=dict(
                            Worker(daemon).about["device"], id="other"))))]
            daemon.request("POST", f"/api/v1/jobs/{job['id']}/pause")
            for thread in threads:
                thread.start()
            time.sleep(0.5)
            began = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertLess(time.monotonic() - began, 5)
            for thread in threads:
                thread.join(5)
            self.assertEqual(len(answers), 2)
            self.assertTrue(set(answers) <= {200, 204, 304}, answers)

    def test_a_job_given_back_at_a_stop_goes_on_after_it(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)["id"]
            lease = Worker(daemon).lease()
            saved = lease.checkpoint(2.0)
            lease.report("released", t=2.0,
                         checkpoint={"t": 2.0, "step": 2000,
                                     "kind": "rolling"},
                         arrays={"checkpoint": as_bytes(saved)})
            daemon.stop()
            daemon.start()
            self.assertEqual(daemon.get(f"/api/v1/jobs/{job}")["state"],
                             "queued")
            again = Worker(daemon).lease()
            self.assertEqual((again.job, again.about["resume"]["t"]),
                             (job, 2.0))
            answer = daemon.request(
                "GET", f"/internal/leases/{again.id}/checkpoint")
            self.assertEqual(answer.body, saved)

    def test_a_daemon_that_cannot_listen_says_so(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory() as folder:
            port = daemon.url.strip().rsplit(":", 1)[1]
            other = followd("--state", folder, "--listen",
                            f"127.0.0.1:{port}", "--workers", "none")
            self.assertEqual(other.returncode, 1)
            self.assertIn("in use", other.stderr)
            self.assertFalse((pathlib.Path(folder) / "url").exists())


class Options(TestCase):
    def test_beyond_this_machine_it_wants_tls_or_a_word(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            told = followd("--check-config", "--listen", address)
            self.assertEqual(told.returncode, 2)
            self.assertIn("--insecure-http", told.stderr)
            told = followd("--check-config", "--listen", address,
                           "--insecure-http")
            self.assertEqual(told.returncode, 0, told.stderr)

    def test_a_flag_wins_over_the_environment_and_that_over_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "followd.conf"
            config.write_text("[followd]\nlisten = 127.0.0.1:1\n"
                              "workers = none\nhost = a.lab\n")
            text = config.read_text()
            told = followd("--config", config, "--print-config", "--listen",
                           "127.0.0.1:3",
                           env={"FOLLOWD_LISTEN": "127.0.0.1:2",
                                "FOLLOWD_HOST": "b.lab",
                                "STATE_DIRECTORY": "/from/systemd"})
            self.assertEqual(told.returncode, 0, told.stderr)
            shown = {}
            for line in told.stdout.splitlines()[1:]:
                rest, origin = line.rsplit(";", 1)
                key, value = rest.split("=", 1)
                shown[key.strip()] = (value.strip(), origin.strip())
            self.assertEqual(shown["listen"], ("127.0.0.1:3", "flag"))
            self.assertEqual(shown["host"], ("b.lab", "environment"))
            self.assertEqual(shown["workers"], ("none", "file"))
            self.assertEqual(shown["state"], ("/from/systemd", "default"))
            self.assertEqual(config.read_text(), text)

    def test_a_config_file_with_a_fault_is_refused_with_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "followd.conf"
            for text, word in (("\nlisten = 127.0.0.1:1\nlissten = x\n",
                                "line 3"),
                               ("listen = somewhere\n", "ADDRESS:PORT"),
                               ("listen = 127.0.0.1:99999\n", "ADDRESS:PORT"),
                               ("insecure_http = maybe\n", "yes or no"),
                               ("log_level = loud\n", "log_level"),
                               ("tls_cert = /x\n", "tls_key"),
                               ("[other]\na = b\n", "[other]"),
                               ("what\n", "line 1")):
                config.write_text(text)
                told = followd("--check-config", "--config", config)
                self.assertEqual(told.returncode, 2, text)
                self.assertIn(word, told.stderr)
            told = followd("--check-config", "--config", folder + "/none")
            self.assertEqual(told.returncode, 2)

    def test_help_and_version_are_told_and_strange_flags_refused(self):
        self.assertIn("--listen", followd("--help").stdout)
        self.assertIn("followd", followd("--version").stdout)
        self.assertEqual(followd("--nonsense").returncode, 2)
        self.assertEqual(followd("nonsense").returncode, 2)
        self.assertIn("--device", followd("worker", "--help").stdout)


class Workers(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def lease(self):
        self.daemon.submit(JOB)
        return Worker(self.daemon).lease()

    def test_a_worker_that_waits_gets_a_job_as_soon_as_there_is_one(self):
        with Daemon() as daemon:
            found = []
            thread = threading.Thread(
                target=lambda: found.append(Worker(daemon).lease(wait=30)))
            thread.start()
            time.sleep(0.5)
            began = time.monotonic()
            job = daemon.submit(JOB)["id"]
            thread.join(5)
            self.assertLess(time.monotonic() - began, 2)
            self.assertEqual(found[0].job, job)

    def test_a_worker_that_waits_in_vain_is_told_in_time(self):
        with Daemon() as daemon:
            began = time.monotonic()
            self.assertIsNone(Worker(daemon).lease(wait=1))
            self.assertGreater(time.monotonic() - began, 0.9)

    def test_a_job_is_not_given_to_a_worker_that_hung_up(self):
        with Daemon() as daemon:
            worker = Worker(daemon)
            body = json.dumps(worker.about)
            port = int(daemon.url.strip().rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as dying:
                dying.sendall(
                    f"POST /internal/leases?wait=30 HTTP/1.1\r\n"
                    f"Host: 127.0.0.1:{port}\r\n"
                    f"Authorization: Bearer {daemon.token}\r\n"
                    f"Content-Type: application/json\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
                time.sleep(0.5)
            job = daemon.submit(JOB)["id"]
            time.sleep(0.5)
            self.assertEqual(daemon.get(f"/api/v1/jobs/{job}")["state"],
                             "queued")
            self.assertEqual(worker.lease().job, job)

    def test_a_worker_that_simulates_already_gets_what_fits_beside_it(self):
        with Daemon() as daemon:
            worker = Worker(daemon)
            for size in (210, 210, 220):
                daemon.submit(dict(JOB, network={"neurons_ff": size}))
            shape = worker.lease().about["shape"]
            beside = worker.lease(shape=shape)
            self.assertEqual(beside.about["shape"], shape)
            began = time.monotonic()
            answer = worker.ask(wait=30, shape=shape)
            self.assertEqual(answer.status, 409)
            self.assertIn("another shape", answer.json()["detail"])
            self.assertLess(time.monotonic() - began, 20)
            self.assertEqual(worker.ask(shape="").status, 422)
            self.assertEqual(
                worker.lease().spec["network"]["neurons_ff"], 220)

    def test_a_lease_has_all_that_the_protocol_says(self):
        lease = self.lease()
        self.assertEqual(set(lease.about), {
            "lease", "job", "shape", "spec", "sequence", "expires_in",
            "resume", "network_known"})
        self.assertRegex(lease.id, "^[0-9a-f]{32}$")
        shown = self.daemon.get(f"/api/v1/jobs/{lease.job}")
        self.assertEqual((shown["spec"], shown["state"]),
                         (lease.spec, "running"))

    def test_a_report_said_twice_changes_nothing(self):
        lease = self.lease()
        path = f"/api/v1/jobs/{lease.job}"
        arrays = {"report": as_bytes(json.dumps(
            {"state": "running", "t": 4.0, "rate": 2.0,
             "log": ["once"]}).encode()), "metrics": lease.metrics(0, 1)}
        first = lease.send(arrays, sequence=0)
        shown = self.daemon.get(path)
        again = lease.send(arrays, sequence=0)
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.daemon.get(path), shown)
        self.assertEqual(
            self.daemon.request("GET", path + "/log").body.count(b"once"), 1)
        self.assertEqual(shown["progress"]["eta_seconds"],
                         (shown["progress"]["total"] - 4.0) / 2.0)

    def test_a_cancelled_job_is_stopped_with_the_next_report(self):
        lease = self.lease()
        path = f"/api/v1/jobs/{lease.job}"
        answer = self.daemon.request("POST", path + "/cancel")
        self.assertEqual((answer.status, answer.json()["state"]),
                         (202, "cancelling"))
        self.assertEqual(lease.report(t=1.0)["command"], "cancel")
        lease.report("cancelled", t=1.0)
        self.assertEqual(self.daemon.get(path)["state"], "cancelled")

    def test_a_lease_that_is_not_current_is_told_so(self):
        lease = self.lease()
        lease.finish()
        answer = lease.send({"report": as_bytes(b'{"state":"running"}')})
        self.assertEqual(answer.status, 409)
        lease.id = "0" * 32
        answer = lease.send({"report": as_bytes(b'{"state":"running"}')})
        self.assertEqual(answer.status, 409)
        self.assertEqual(answer.headers["content-type"],
                         "application/problem+json")

    def test_a_report_that_makes_no_sense_is_refused_whole(self):
        lease = self.lease()
        path = f"/internal/leases/{lease.id}/reports/0"
        good = as_bytes(b'{"state":"running","t":1.0}')
        kind = {"Content-Type": "application/octet-stream"}
        for body in (b"", b"nonsense", npz_bytes(x=good),
                     npz_bytes(report=as_bytes(b"{")),
                     npz_bytes(report=as_bytes(b'{"state":"sleeping"}')),
                     npz_bytes(report=good, metrics=lease.metrics(0, 1)[:, 1:]),
                     npz_bytes(report=good, trace_end=lease.metrics(0, 1)),
                     npz_bytes(report=good, checkpoint=good),
                     npz_bytes(metrics=lease.metrics(0, 1)),
                     npz_bytes(report=as_bytes(b'{"state":"running","t":"1"}')),
                     npz_bytes(report=as_bytes(b"[" * 1000)),
                     npz_bytes(report=as_bytes(
                         b'{"state":"running","t":1,"provenance":' +
                         b'{"a":' * 40 + b"1" + b"}" * 41)),
                     npz_bytes(report=good, log=good)[:-30]):
            answer = self.daemon.request("POST", path, body, kind)
            self.assertEqual(answer.status, 422, body[:40])
        answer = self.daemon.request("POST", path, npz_bytes(report=good))
        self.assertEqual(answer.status, 415)
        answer = self.daemon.request("POST", path[:-1] + "x",
                                     npz_bytes(report=good), kind)
        self.assertEqual(answer.status, 404)
        self.assertEqual(lease.report(t=1.0)["command"], "go")

    def test_what_lies_outside_of_a_job_is_refused(self):
        lease = self.lease()
        rows = trace(0, 2, 0.1)
        for first in (-1, 39999, 40000, 2 ** 62, 2 ** 63 - 1):
            for window in ("start", "live", "end"):
                answer = lease.send({"trace_" + window: rows, "report": as_bytes(
                    json.dumps({"state": "running", "t": 1.0, "traces": {
                        window: {"first_step": first}}}).encode())})
                self.assertEqual(answer.status, 422, (window, first))
        for step in (-1, 40001, 10 ** 9, 2 ** 63 - 1):
            answer = lease.send({"checkpoint": rows.view(np.uint8).ravel(),
                                 "report": as_bytes(json.dumps({
                "state": "running", "t": 1.0, "checkpoint": {
                    "t": step * 0.001, "step": step,
                    "kind": "rolling"}}).encode())})
            self.assertEqual(answer.status, 422, step)
        self.assertEqual(lease.report(t=1.0)["command"], "go")

    def test_a_worker_cannot_command_the_terminal_of_who_reads_its_log(self):
        lease = self.lease()
        path = f"/api/v1/jobs/{lease.job}"
        lease.report(t=1.0, log=["a\x1b[2Jb\r\nfailed\x7f\u009bc"])
        lease.report("failed", t=1.0, reason="out of\x1b]0;memory\x07\n")
        text = self.daemon.request("GET", path + "/log").body.decode()
        self.assertIn(" a [2Jb  failed   c\n", text)
        self.assertTrue(all(line[:2] == "20" for line in text.splitlines()))
        self.assertEqual(self.daemon.get(path)["state_reason"],
                         "out of ]0;memory  ")

    def test_a_worker_without_an_id_gets_no_lease(self):
        about = Worker(self.daemon).about
        for body in ({}, dict(about, worker={}), dict(about, device={}),
                     dict(about, device=dict(about["device"], id="x" * 200)),
                     dict(about, device=dict(about["device"], id=7)),
                     dict(about, device=dict(about["device"], id="")),
                     dict(about, device=dict(about["device"], id="any")),
                     dict(about, device=dict(about["device"], id="a\nb")),
                     dict(about, device=dict(about["device"], type="tpu")),
                     dict(about, worker=dict(about["worker"], name="")),
                     dict(about, worker=dict(about["worker"],
                                             name="a\x1b[2J"))):
            answer = self.daemon.request("POST", "/internal/leases", body)
            self.assertEqual(answer.status, 422)

    def test_without_the_token_no_worker_is_served(self):
        lease = self.lease()
        for method, path in (
                ("POST", "/internal/leases"),
                ("GET", f"/internal/leases/{lease.id}/checkpoint"),
                ("POST", f"/internal/leases/{lease.id}/reports/0")):
            answer = self.daemon.request(method, path, token="")
            self.assertEqual(answer.status, 401)


if __name__ == "__main__":
    main()
