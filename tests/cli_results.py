#!/usr/bin/python3
"""follow with a daemon: weights, traces, metrics and pictures."""

import base64
import hashlib
import http.client
import http.server
import os
import pathlib
import re
import shutil
import signal
import socketserver
import subprocess
import threading
import time
import unittest

import numpy as np

from cli_jobs import Client
from followd_testing import Daemon, TestCase, Worker, executable, main

GNUPLOT = shutil.which("gnuplot")


class Results(TestCase):
    """One finished job for all tests; each has a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.start()
        cls.client = Client(cls.daemon)
        for name in ("it's one", "two"):
            cls.client.result("submit", "vanderPol", "--name", name, "--set",
                              "neurons_ff=30", "--set", "neurons_rec=40")
        cls.lease = Worker(cls.daemon).lease()
        cls.lease.finish()

    def setUp(self):
        self.folder = self.daemon.state / self.id()
        self.folder.mkdir()
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def until(self, true):
        end = time.monotonic() + 60
        while not true():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_weights_and_traces_are_files_that_numpy_reads(self):
        self.assertEqual(self.client.result("weights", "1"), "weights.npz\n")
        self.assertEqual(self.client.result("traces", "1"), "traces.npz\n")
        weights, traces = np.load("weights.npz"), np.load("traces.npz")
        self.assertEqual(weights["D_rec"].shape, (2, 40))
        self.assertEqual(traces["xhat"].shape, (40000, 2))
        self.assertEqual(self.files(), ["traces.npz", "weights.npz"])

    def test_a_dense_matrix_is_the_product_of_its_factors(self):
        self.client.result("weights", "1", "-o", "w.npz")
        self.client.result("weights", "1", "--dense", "rec", "-o", "W.npy")
        factors = np.load("w.npz")
        product = factors["scaled_encoders_rec"] @ factors["D_rec"]
        np.testing.assert_allclose(np.load("W.npy"), product, rtol=1e-5,
                                   atol=1e-6)

    def test_one_window_of_the_traces_is_that_window(self):
        self.client.result("traces", "1", "--window", "end", "-o", "end.npz")
        t = np.load("end.npz")["t"]
        self.assertAlmostEqual(t[0], 20.001)
        self.assertAlmostEqual(t[-1], 40.0)
        answer = self.client.run("traces", "1", "--window", "middle")
        self.assertEqual(answer.returncode, 2)

    def test_stdout_gets_the_bytes_and_only_them(self):
        got = subprocess.run([executable("follow"), "weights", "1", "-o", "-"],
                             capture_output=True, timeout=60,
                             env=self.client.env)
        self.assertEqual((got.returncode, got.stderr), (0, b""))
        answer = self.daemon.request(
            "GET", "/api/v1/jobs/1/checkpoints/final/weights.npz")
        self.assertEqual(got.stdout, answer.body)
        self.assertEqual(self.files(), [])

    def test_what_is_not_there_leaves_no_file(self):
        for words in (["weights", "2"], ["weights", "1", "--at", "3.5"],
                      ["weights", "9"]):
            self.assertEqual(self.client.run(*words).returncode, 5, words)
        self.assertEqual(self.client.run("weights", "1", "--dense",
                                         "both").returncode, 2)
        self.assertEqual(self.client.run("weights", "1", "-o",
                                         "no/w.npz").returncode, 1)
        self.assertEqual(self.files(), [])

    def test_a_download_that_breaks_off_goes_on_where_it_was(self):
        with Proxy(self.daemon, cuts=5) as proxy:
            self.client.result("--server", proxy.url, "weights", "1", "--dense",
                               "rec", FOLLOW_TOKEN=self.daemon.token)
        answer = self.daemon.request(
            "GET", "/api/v1/jobs/1/checkpoints/final/weights/rec.npy")
        got = pathlib.Path("weights-rec.npy").read_bytes()
        self.assertEqual(hashlib.sha256(got).hexdigest(),
                         hashlib.sha256(answer.body).hexdigest())
        self.assertEqual(proxy.cuts, 0)
        self.assertGreater(len(proxy.ranges), 4)

    def test_a_download_cut_five_times_ends_with_the_right_sha256(self):
        """Each time the command is killed, and the next run goes on."""
        part = self.folder / "traces.npz.part"
        with Proxy(self.daemon, hangs=5) as proxy:
            words = "--server", proxy.url, "traces", "1"
            size = 0
            for _ in range(5):
                process = self.client.start(*words,
                                            FOLLOW_TOKEN=self.daemon.token)
                self.until(lambda: part.exists() and
                           part.stat().st_size > size)
                self.until(self.folder.joinpath("traces.npz.part.etag").exists)
                process.kill()
                process.communicate()
                size = part.stat().st_size
            self.client.result(*words, FOLLOW_TOKEN=self.daemon.token)
        digest = hashlib.sha256((self.folder / "traces.npz").read_bytes())
        answer = self.daemon.request("GET",
                                     "/api/v1/jobs/1/traces?format=npz")
        self.assertEqual(
            answer.headers["repr-digest"],
            f"sha-256=:{base64.b64encode(digest.digest()).decode()}:")
        starts = [int(line[len("bytes="):-1]) for line in proxy.ranges]
        self.assertEqual(len(starts), 5)
        self.assertTrue(0 < starts[0] < starts[1] < starts[2] < starts[3] <
                        starts[4] < len(answer.body))
        self.assertEqual(self.files(), ["traces.npz"])

    def test_what_is_left_of_another_version_is_not_gone_on_with(self):
        for etag, left in (('"of another"', b"x" * 5000), (None, b"x" * 9)):
            (self.folder / "weights.npz.part").write_bytes(left)
            if etag:
                (self.folder / "weights.npz.part.etag").write_text(etag)
            self.client.result("weights", "1")
            answer = self.daemon.request(
                "GET", "/api/v1/jobs/1/checkpoints/final/weights.npz")
            self.assertEqual((self.folder / "weights.npz").read_bytes(),
                             answer.body)
            self.assertEqual(self.files(), ["weights.npz"])

    def test_a_whole_that_only_lacked_its_name_gets_it(self):
        self.client.result("weights", "1")
        answer = self.daemon.request(
            "GET", "/api/v1/jobs/1/checkpoints/final/weights.npz")
        os.rename("weights.npz", "weights.npz.part")
        (self.folder / "weights.npz.part.etag").write_text(
            answer.headers["etag"])
        with Proxy(self.daemon) as proxy:
            self.client.result("--server", proxy.url, "weights", "1",
                               FOLLOW_TOKEN=self.daemon.token)
        self.assertEqual(proxy.ranges, [f"bytes={len(answer.body) - 1}-"])
        self.assertEqual((self.folder / "weights.npz").read_bytes(),
                         answer.body)
        self.assertEqual(self.files(), ["weights.npz"])

    def test_two_that_download_one_file_do_not_mix(self):
        with Proxy(self.daemon, hangs=1) as proxy:
            words = "--server", proxy.url, "traces", "1"
            process = self.client.start(*words, FOLLOW_TOKEN=self.daemon.token)
            self.until((self.folder / "traces.npz.part.etag").exists)
            answer = self.client.run("traces", "1")
            self.assertEqual(answer.returncode, 6)
            self.assertIn("another process", answer.stderr)
            process.send_signal(signal.SIGINT)
            out = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("goes on from there", out[1])
        self.client.result("traces", "1")
        self.assertEqual(self.files(), ["traces.npz"])

    def test_bytes_that_changed_on_the_way_are_exit_status_8(self):
        with Proxy(self.daemon, spoil=True) as proxy:
            answer = self.client.run("--server", proxy.url, "weights", "1",
                                     FOLLOW_TOKEN=self.daemon.token)
        self.assertEqual(answer.returncode, 8)
        self.assertEqual(self.files(), [])

    def test_tables_fit_the_terminal(self):
        for words in (["ls"], ["devices"], ["keys"], ["presets"],
                      ["metrics", "1"]):
            whole = self.client.result(*words).splitlines()
            for columns in 60, 80, 200:
                seen = self.client.terminal(*words, columns=columns)[1]
                lines = re.sub("\x1b\\[[0-9;]*m", "", seen).splitlines()
                self.assertLessEqual(max(map(len, lines)), columns, words)
                self.assertEqual(len(lines), len(whole))
        self.assertIn("\x1b[", seen)
        self.client.env["NO_COLOR"] = "1"
        self.addCleanup(self.client.env.pop, "NO_COLOR")
        self.assertNotIn("\x1b[", self.client.terminal("ls")[1])

    def test_metrics_of_many_jobs_are_one_csv(self):
        lines = self.client.result("metrics", "1", "2", "--csv").splitlines()
        self.assertEqual(lines[0].split(",")[:4],
                         ["job", "period", "t_end", "mse"])
        self.assertEqual(len(lines), 11)
        self.assertTrue(lines[1].startswith("1,0,4,"))
        self.assertIn("weight_rms_rec", self.client.result("metrics", "1"))

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_a_plot_is_drawn_in_three_formats(self):
        for name, start in (("plot-1.png", b"\x89PNG"), ("a.svg", b"<?xml"),
                            ("it's.pdf", b"%PDF")):
            words = [] if name == "plot-1.png" else ["-o", name]
            answer = self.client.run("plot", "1", *words, LC_ALL="C")
            self.assertEqual((answer.returncode, answer.stdout, answer.stderr),
                             (0, name + "\n", ""))
            drawn = (self.folder / name).read_bytes()
            self.assertTrue(drawn.startswith(start))
            self.assertGreater(len(drawn), 10000)
        self.assertEqual(len(self.files()), 3)

    def test_a_plot_without_gnuplot_or_without_data_says_so(self):
        answer = self.client.run("plot", "1", PATH="/nothing")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("gnuplot is not installed", answer.stderr)
        self.assertEqual(self.client.run("plot", "2").returncode, 5)
        self.assertEqual(self.client.run("plot", "1", "-o", "a.gif").returncode,
                         2)
        self.assertEqual(self.files(), [])


class Proxy:
    """Stands before a daemon and breaks what comes through: the first `cuts`
    downloads after a fifth of the bytes; the first `hangs` stay silent there;
    or one byte of each."""

    def __init__(self, daemon, cuts=0, hangs=0, spoil=False):
        self.cuts, self.hangs, self.spoil = cuts, hangs, spoil
        self.ranges = []
        self.over = threading.Event()
        proxy, address = self, daemon.url.strip().split("//")[1]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                proxy.forward(self, address)

            def log_message(self, *arguments):
                pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def forward(self, request, address):
        connection = http.client.HTTPConnection(address)
        kept = dict(request.headers, Host=address)
        if "Range" in kept:
            self.ranges.append(kept["Range"])
        connection.request("GET", request.path, headers=kept)
        answer = connection.getresponse()
        body = answer.read()
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Connection", "Date", "Server"):
                request.send_header(name, value)
        request.end_headers()
        if self.spoil:
            body = body[:99] + bytes([body[99] ^ 1]) + body[100:]
        if self.cuts:
            self.cuts -= 1
            body = body[:len(body) // 5]
        if self.hangs and len(body) > 5000:  # the file, and not what names it
            self.hangs -= 1
            request.wfile.write(body[:len(body) // 5])
            self.over.wait()
        else:
            request.wfile.write(body)
        request.close_connection = True
        connection.close()


if __name__ == "__main__":
    main()
