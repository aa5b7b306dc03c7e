#!/usr/bin/python3
"""follow with a daemon that computes: what a user does from learning on."""

import json
import os

from cli_jobs import Client
from followd_testing import DT, TestCase, main, np
from runs_testing import House

SMALL = ("--set", "neurons_ff=110", "--set", "neurons_rec=130",
         "--set", "window=4")


class Runs(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.client = Client(cls.house)
        cls.learner = cls.made("submit", "LinOsc", *SMALL, "--set",
                               "duration=60", "--name", "lin")

    @classmethod
    def made(cls, *words):
        """The number of a job that a command makes, once it has succeeded."""
        return cls.client.result(*words, "--wait").strip()

    def setUp(self):
        folder = self.house.state / self.id()
        folder.mkdir()
        before = os.getcwd()
        os.chdir(folder)
        self.addCleanup(os.chdir, before)

    def likeness(self, a, b):
        answer = self.client.run("diff", a, b, "--json")
        self.assertIn(answer.returncode, (0, 1), answer.stderr)
        return json.loads(answer.stdout)["weights"]

    def dense(self, job, name):
        self.client.result("weights", job, "--dense", name, "-o", "W.npy")
        return np.load("W.npy").astype(float)

    def test_weights_of_every_kind_are_compared_as_numpy_would(self):
        short = (*SMALL, "--set", "duration=12")
        kinds = [self.made("submit", "LinOsc", *short, *more) for more in (
            (), ("--set", "init=random", "--set", "weights.seed=5"),
            ("--set", "connectivity=0.5", "--set", "weights.seed=5"),
            ("--set", "sign=nonnegative"), ("--set", "engine=dense"))]
        for kind in kinds[1:]:
            like = self.likeness(kinds[0], kind)
            for name in ("ff", "rec"):
                a, b = self.dense(kinds[0], name), self.dense(kind, name)
                wrong = np.sum((a - b) ** 2)
                np.testing.assert_allclose(
                    [like[name][key] for key in ("difference", "r2",
                                                 "correlation")],
                    [np.sqrt(wrong / np.sum(a ** 2)),
                     1 - wrong / np.var(b) / b.size,
                     np.corrcoef(a.ravel(), b.ravel())[0, 1]], rtol=1e-4,
                    atol=1e-4)

    def test_a_command_of_ones_own_is_what_the_network_gets(self):
        t = np.arange(0, 13, DT)
        u = np.stack([0.1 * np.sin(t), 0.1 * np.cos(3 * t)], axis=1)
        np.savez("u.npz", t=t, u=u)
        job = self.made("submit", "LinOsc", *SMALL, "--set", "duration=12",
                        "--set", "input.type=array", "--set",
                        "input.array=@u.npz")
        self.client.result("traces", job, "--window", "end")
        got = np.load("traces.npz")
        np.testing.assert_allclose(
            got["u"], np.stack([np.interp(got["t"], t, u[:, i])
                                for i in (0, 1)], axis=1), atol=1e-9)


if __name__ == "__main__":
    main()
