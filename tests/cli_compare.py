#!/usr/bin/python3
"""follow diff: what two jobs differ in."""

import functools
import io
import json

import numpy as np

from cli_jobs import Client
from followd_testing import DT, Daemon, TestCase, Worker, main, npz_bytes

SMALL = {"neurons_ff": 30, "neurons_rec": 40}


class Compare(TestCase):
    """Jobs 1 and 2 are twins; 3 learned faster, to other weights; 4 has more
    neurons; 5 waits."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.start()
        cls.client = Client(cls.daemon)
        worker = Worker(cls.daemon)
        for changes, network, seed in (({}, {}, 1), ({}, {}, 1),
                                       ({"eta": 4e-3}, {}, 5),
                                       ({}, {"neurons_rec": 50}, 1)):
            cls.daemon.submit({"preset": "vanderPol", "learning": changes,
                               "network": dict(SMALL, **network)})
            lease = worker.lease()
            lease.checkpoint = functools.partial(lease.checkpoint, seed=seed)
            lease.finish()
        cls.daemon.submit({"preset": "vanderPol", "network": SMALL})

    def weights(self, job):
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs/{job}/checkpoints/final/weights.npz")
        npz = np.load(io.BytesIO(answer.body))
        return {name: npz["scaled_encoders_rec"] @ npz["D_" + name]
                for name in ("ff", "rec")}

    def test_twins_are_equal_and_exit_status_is_0(self):
        answer = self.client.run("diff", "1", "2")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertNotIn("KEY", answer.stdout)
        result = json.loads(self.client.result("diff", "1", "2", "--json"))
        self.assertTrue(result["equal"])
        self.assertEqual(result["spec"], {})
        for like in result["weights"].values():
            self.assertEqual(like, {"difference": 0, "r2": 1,
                                    "correlation": 1})

    def test_what_differs_is_told_and_exit_status_is_1(self):
        answer = self.client.run("diff", "1", "3")
        self.assertEqual((answer.returncode, answer.stderr), (1, ""))
        self.assertIn("learning.eta  0.002  0.004", answer.stdout)
        self.assertRegex(answer.stdout, "METRIC +LAST OF 1 +LAST OF 3")
        self.assertRegex(answer.stdout, "\nWEIGHTS +DIFFERENCE +R2")

    def test_weights_are_compared_as_numpy_would(self):
        answer = self.client.run("diff", "1", "3", "--json")
        self.assertEqual(answer.returncode, 1)
        result = json.loads(answer.stdout)
        self.assertFalse(result["equal"])
        self.assertEqual(result["spec"], {"learning.eta": [0.002, 0.004]})
        first, second = self.weights(1), self.weights(3)
        for name, like in result["weights"].items():
            a, b = first[name], second[name]
            wrong = np.sum((a - b) ** 2)
            self.assertAlmostEqual(like["difference"],
                                   np.sqrt(wrong / np.sum(a ** 2)))
            self.assertAlmostEqual(like["r2"], 1 - wrong / np.var(b) / b.size)
            self.assertAlmostEqual(
                like["correlation"],
                np.corrcoef(a.ravel(), b.ravel())[0, 1])

    def test_a_job_without_weights_is_compared_in_what_it_has(self):
        answer = self.client.run("diff", "1", "5", "--json")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("job 5", answer.stderr)
        result = json.loads(answer.stdout)
        self.assertEqual((result["spec"], result["weights"]), ({}, None))
        self.assertEqual(self.client.run("diff", "5", "5").returncode, 0)

    def dense(self, seed):
        """A finished job whose weights are held each by itself."""
        job = self.daemon.submit({"preset": "vanderPol", "network": SMALL,
                                  "compute": {"engine": "dense"}})
        self.daemon.request("PATCH", f"/api/v1/jobs/{job['id']}",
                            {"priority": 9})
        lease = Worker(self.daemon).lease()
        random = np.random.RandomState(seed)
        transposed = {"W_ff": random.randn(30, 40).astype(np.float32),
                      "W_rec": random.randn(40, 40).astype(np.float32)}
        lease.checkpoint = lambda t: npz_bytes(
            t=np.float64(t), step=np.int64(round(t / DT)), **transposed)
        lease.finish()
        return str(lease.job), transposed

    def test_weights_that_are_held_each_by_itself_are_compared_so(self):
        (first, a), (second, b) = self.dense(1), self.dense(2)
        answer = self.client.run("diff", first, second, "--json")
        self.assertEqual((answer.returncode, answer.stderr), (1, ""))
        for name, like in json.loads(answer.stdout)["weights"].items():
            x, y = a["W_" + name], b["W_" + name]
            self.assertAlmostEqual(
                like["difference"],
                np.sqrt(np.sum((x - y) ** 2.0) / np.sum(x ** 2.0)), 5)
            self.assertAlmostEqual(
                like["correlation"],
                np.corrcoef(x.ravel(), y.ravel())[0, 1], 5)
        answer = self.client.run("diff", first, "1", "--json")
        self.assertEqual((answer.returncode, answer.stderr), (1, ""))

    def test_matrices_of_another_shape_are_not_alike(self):
        answer = self.client.run("diff", "1", "4")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("40 x 30 and of 50 x 30", answer.stderr)
        self.assertIn("network.neurons_rec", answer.stdout)

    def test_jobs_that_learn_torques_differ_in_what_they_were_told(self):
        jobs = []
        for preset in ("rl-reach1", "rl-reach3"):
            jobs.append(str(self.daemon.submit(
                {"preset": preset, "priority": 100,
                 "rl": {"episodes": 3}})["id"]))
            Worker(self.daemon).lease().report(
                "succeeded", t=3,
                checkpoint={"t": 3, "step": 3, "kind": "final"},
                arrays={"checkpoint": np.zeros(9, np.uint8),
                        "episodes": np.array([[i, 7.5] for i in range(3)])})
        answer = self.client.run("diff", *jobs)
        self.assertEqual((answer.returncode, answer.stderr), (1, ""))
        self.assertRegex(answer.stdout, r"rl.task +reach1 +reach3")
        self.assertRegex(answer.stdout, r"time +7.5 +7.5 +7.5 +7.5")
        self.assertEqual(self.client.run("diff", jobs[0], jobs[0]).returncode,
                         0)

    def test_what_is_not_there_is_no_difference_but_trouble(self):
        self.assertEqual(self.client.run("diff", "1", "99").returncode, 5)
        self.assertEqual(self.client.run("diff", "1").returncode, 2)
        self.assertEqual(self.client.run("diff", "1@x", "2").returncode, 2)
        answer = self.client.run("diff", "1@final", "1@3.5")
        self.assertEqual(answer.returncode, 1)  # no checkpoint: no weights
        self.assertIn("3.5", answer.stderr)


if __name__ == "__main__":
    main()
