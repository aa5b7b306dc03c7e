#!/usr/bin/python3
"""follow with what single neurons did, and pictures of every kind of job."""

import json
import os
import shutil
import unittest

import numpy as np

from cli_jobs import Client
from followd_testing import DT, Daemon, TestCase, Worker, as_bytes, main

GNUPLOT = shutil.which("gnuplot")
FF, REC = 21, 30
SECONDS = 24.0


def trace(first_step, rows, d, d_in):
    """Waves of t, u, x, xhat, error, error_filtered after a step."""
    t = DT * (first_step + 1 + np.arange(rows))[:, None]
    u = np.sin(3 * t + np.arange(d_in))
    x = np.cos(2 * t * (1 + np.arange(d)))
    error = 0.1 * np.sin(9 * t + np.arange(d))
    return np.hstack([t, u, x, x + error, error, 0.7 * error])


class Neurons(TestCase):
    """Job 1 has recorded the spikes of its last 4 s."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.start()
        cls.client = Client(cls.daemon)
        cls.worker = Worker(cls.daemon)
        cls.daemon.submit({
            "preset": "vanderPol", "name": "spiky",
            "network": {"neurons_ff": FF, "neurons_rec": REC},
            "schedule": {"duration": SECONDS}, "record": {"window": 4.0}})
        lease = cls.worker.lease()
        random = np.random.RandomState(1)
        cls.spikes = {name: random.rand(4000, count) <
                      np.linspace(0, 0.1, count)
                      for name, count in (("ff", FF), ("rec", REC))}
        lease.report(t=SECONDS, spikes={"first_step": 20000}, arrays={
            f"spikes_{name}_packed": np.packbits(spikes, axis=1)
            for name, spikes in cls.spikes.items()})
        lease.finish()

    def setUp(self):
        folder = self.daemon.state / self.id()
        folder.mkdir()
        before = os.getcwd()
        os.chdir(folder)
        self.addCleanup(os.chdir, before)

    def result(self, *words):
        return self.client.result(*words)

    # ---- spikes and rates ---------------------------------------------------

    def test_spikes_are_a_file_that_numpy_unpacks(self):
        self.assertEqual(self.result("spikes", "1"), "spikes.npz\n")
        got = np.load("spikes.npz")
        for name, spikes in self.spikes.items():
            bits = np.unpackbits(got["spikes_" + name], axis=1,
                                 count=int(got["neurons_" + name]))
            np.testing.assert_array_equal(bits, spikes)

    def test_a_part_of_the_spikes_is_that_part(self):
        self.result("spikes", "1", "--from", "21", "--to", "22", "-o", "a.npz")
        t = np.load("a.npz")["t"]
        self.assertAlmostEqual(t[0], 21)
        self.assertAlmostEqual(t[-1], 22)
        self.assertEqual(self.client.run("spikes", "1", "--from",
                                         "soon").returncode, 2)
        self.assertEqual(self.client.run("spikes", "1", "--to",
                                         "9").returncode, 5)

    def test_rates_are_told_of_each_layer_and_counted(self):
        out = self.result("rates", "1")
        rows = [line.split() for line in out.splitlines()]
        rates = {name: spikes.sum(axis=0) / 4.0
                 for name, spikes in self.spikes.items()}
        for name, rate in rates.items():
            row = next(row for row in rows if row[:1] == [name])
            self.assertEqual(row[1:3], [str(len(rate)), str(sum(rate == 0))])
            self.assertAlmostEqual(float(row[3]), rate.mean(), delta=0.05)
        head = rows.index(["FROM", "HZ", "FF", "REC"])
        table = np.array(rows[head + 1:], float)
        for column, name in ((1, "ff"), (2, "rec")):
            counts = np.histogram(rates[name], 25, (0, 500))[0]
            np.testing.assert_array_equal(table[:, column],
                                          counts[:len(table)])
            self.assertEqual(sum(counts[len(table):]), 0)

    def test_rates_of_every_neuron_are_a_table_or_a_file(self):
        rows = self.result("rates", "1", "--csv").splitlines()
        self.assertEqual(rows[0], "layer,neuron,rate,cv")
        self.assertEqual(len(rows), 1 + FF + REC)
        self.assertEqual(self.result("rates", "1", "-o", "r.npz"), "r.npz\n")
        np.testing.assert_allclose(np.load("r.npz")["rate_rec"],
                                   self.spikes["rec"].sum(axis=0) / 4.0)
        answer = json.loads(self.result("rates", "1", "--json"))
        self.assertEqual(len(answer["ff"]["rate"]), FF)
        self.assertEqual(self.client.run("rates", "1", "--window",
                                         "middle").returncode, 2)

    # ---- pictures -----------------------------------------------------------

    def picture(self, *words):
        """The SVG that a command draws."""
        answer = self.client.run("plot", *words, "-o", "a.svg")
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr),
                         (0, "a.svg\n", ""))
        with open("a.svg", encoding="utf8") as file:
            return file.read()

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_a_raster_shows_each_spike_of_some_neurons(self):
        drawn = self.picture("1", "--spikes", "--from", "20.5", "--to", "21")
        for word in ("recurrent neurons", "feedforward neurons", "rate (Hz)",
                     "network x̂₂", "20 to 24 s"):
            self.assertIn(word, drawn)
        few = len(self.picture("1", "--spikes", "--from", "20.5", "--to",
                               "20.6"))
        self.assertGreater(len(drawn), 2 * few)
        self.assertEqual(self.result("plot", "1", "--spikes"),
                         "plot-1-spikes.png\n")

    def test_a_raster_of_what_is_not_there_is_refused(self):
        for words, status in ((("--spikes", "--to", "9"), 5),
                              (("--spikes", "--to", "99"), 2),
                              (("--spikes", "--from", "1", "--to", "20"), 2),
                              (("--from", "20"), 2)):
            self.assertEqual(self.client.run("plot", "1", *words).returncode,
                             status, words)

    def run_of(self, preset, d, d_in, sections):
        """A finished job of another system, as a worker would report it."""
        job = self.daemon.submit(dict({"preset": preset, "network": {
            "neurons_ff": 20, "neurons_rec": 20}}, **sections))
        lease = self.worker.lease()
        self.assertEqual(lease.job, job["id"])
        duration = lease.spec["schedule"]["duration"]
        lease.report("succeeded", t=duration, traces={
            "start": {"first_step": 0},
            "end": {"first_step": round(duration / DT) - 1000}},
            arrays={"trace_start": trace(0, 1000, d, d_in),
                    "trace_end": trace(round(duration / DT) - 1000, 1000, d,
                                       d_in),
                    "metrics": lease.metrics(0, 5),
                    "checkpoint": as_bytes(lease.checkpoint(duration))},
            checkpoint={"t": duration, "step": round(duration / DT),
                        "kind": "final"})
        return str(job["id"])

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_each_dimension_has_its_panel(self):
        for preset, d, d_in in (("Lorenz", 3, 3),
                                ("robot2_todorov_gravity", 4, 2),
                                ("robot2XY_todorov_gravity", 6, 2),
                                ("robot1_gravity", 2, 1)):
            drawn = self.picture(self.run_of(preset, d, d_in, {}))
            for i, index in enumerate("₁₂₃₄₅₆₇"):
                self.assertEqual("reference x" + index in drawn, i < d)
                self.assertEqual(">u" + index in drawn, i < d_in)
                self.assertEqual(">ε" + index in drawn, i < d)

    @unittest.skipUnless(GNUPLOT, "no gnuplot")
    def test_a_network_alone_has_no_filtered_error(self):
        alone = {"learning": {"enabled": False}, "feedback": {"enabled": False}}
        learner = self.picture(self.run_of("LinOsc", 2, 2, {}))
        test = self.picture(self.run_of("LinOsc", 2, 2, alone))
        self.assertIn("of the filtered error", learner)
        self.assertNotIn("filtered error", test)
        self.assertIn("ε = x̂ − x", test)


if __name__ == "__main__":
    main()
