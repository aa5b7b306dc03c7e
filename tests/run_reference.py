"""Networks that imitate another network: the "copycat" of the published
scripts, and a readout that is learned from the one that was solved for."""

import copy

from followd_testing import TestCase, main, np
from runs_testing import House, assert_same_arrays, note


def job(**sections):
    description = {"preset": "vanderPol",
                   "network": {"neurons_ff": 150, "neurons_rec": 200},
                   "schedule": {"duration": 40},
                   "record": {"window": 40, "snapshots": 4},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


class References(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.learner = cls.house.run(job())
        cls.number = cls.learner.number

    def raw(self, job):
        return dict(self.house.request(
            "GET", f"/internal/jobs/{job.number}/checkpoints/final").npz())

    def copycat(self, **sections):
        sections.setdefault("reference", {})["job"] = self.number
        return job(**sections)

    def test_a_network_that_is_the_other_one_already_makes_no_error(self):
        for precision in ("f64", "f32"):
            twin = self.house.run(self.copycat(
                start={"job": self.number}, compute={"precision": precision}))
            traces, metrics = twin.traces("start"), twin.metrics()
            self.assertGreater(np.abs(traces["x"]).max(), 0.5)
            for name in ("error", "error_filtered"):
                self.assertFalse(traces[name].any(), name)
            np.testing.assert_array_equal(traces["x"], traces["xhat"])
            self.assertFalse(metrics["mse"].any())
            learned = self.raw(self.learner)["D_rec"]
            np.testing.assert_array_equal(
                self.raw(twin)["D_rec"],
                learned.astype(np.float32) if precision == "f32" else learned)

    def test_the_reference_moves_as_the_learner_does_in_a_test(self):
        """With the clamps of the job that imitates it, and nothing else."""
        still = {"learning": {"enabled": False}, "feedback": {"enabled": False},
                 "input": {"seed": 6}}
        test = self.house.run(job(**copy.deepcopy(still),
                                  start={"job": self.number}))
        ours = self.house.run(self.copycat(**still)).traces("start")
        np.testing.assert_array_equal(ours["x"], test.traces("start")["xhat"])

    def test_the_error_is_between_what_both_said_a_step_before(self):
        for delay in (0, 0.023):
            traces = self.house.run(self.copycat(
                reference={"delay": delay})).traces("start")
            late = 1 + round(delay * 1000)
            x_late = np.vstack([np.zeros((late, 2)), traces["x"][:-late]])
            x_hat = np.vstack([np.zeros((1, 2)), traces["xhat"][:-1]])
            np.testing.assert_array_equal(traces["error"], x_hat - x_late)

    def test_a_network_learns_to_be_the_other_one(self):
        """Weights come near those of the other; against the system that this
        one learned from there is no such end."""
        metrics = self.house.run(self.copycat(
            schedule={"duration": 400})).metrics()["mse"]
        note(f"mse {metrics[1]:.2e} to {metrics[-6]:.2e}")
        self.assertLess(metrics[-6], metrics[1] / 10)

    def test_another_kind_of_network_can_be_imitated(self):
        """Of other layers, rule, way to hold weights, precision and noise."""
        other = self.house.run(job(
            network={"neurons_ff": 90, "neurons_rec": 110, "nengo": "2.5"},
            weights={"init": "random", "sd": 1e-6, "connectivity": 0.8},
            learning={"eta": 1e-4, "decay": 1e-3},
            noise={"neurons_sd": 1e-3}, compute={"precision": "f32"}))
        traces = self.house.run(self.copycat(
            reference={"job": other.number})).traces("start")
        self.assertGreater(traces["x"].std(), 0.1)
        self.assertLess(np.abs(traces["xhat"] - traces["x"])[4000:].mean(),
                        np.abs(traces["x"]).mean())

    def test_a_copycat_goes_on_with_the_same_bits(self):
        description = self.copycat(
            schedule={"duration": 300}, record={"window": 4},
            reference={"delay": 0.004}, noise={"error_sd": 1e-4})
        whole = self.house.run(copy.deepcopy(description))
        part = self.house.begin(description)
        for t in (40, 120):
            part.await_time(t)
            part.ask("pause")
            part.await_state("paused")
            part.ask("resume")
        part.finish()
        self.assertEqual(part.log().count("simulating from"), 3)
        arrays = self.raw(part)
        self.assertTrue(arrays["reference_state_rec"].any())
        assert_same_arrays(arrays, self.raw(whole))
        assert_same_arrays(part.metrics(), whole.metrics(),
                           but=["steps_per_second"])

    # ---- the readout alone ----

    def readout(self, **sections):
        description = job(
            learning={"plastic": ["readout"], "eta": 1e-3, "tau_error": 0.02},
            feedback={"enabled": False}, start={"job": self.number},
            schedule={"duration": 400}, record={"window": 4})
        for section, keys in sections.items():
            description.setdefault(section, {}).update(keys)
        return description

    def test_a_readout_is_learned_from_that_which_was_solved_for(self):
        run = self.house.run(self.readout())
        self.assertEqual(run["spec"]["reference"]["job"], self.number)
        mse = run.metrics()["mse"]
        note(f"mse {mse[1]:.2e} to {mse[-6]:.2e}")
        self.assertLess(mse[-6], mse[1] / 30)
        learned = self.raw(run)["learned_decoders"]
        self.assertTrue(learned.any())
        early = self.raw(self.house.run(self.readout(
            learning={"enabled": False}, schedule={"duration": 24})))
        self.assertFalse(early["learned_decoders"].any())
        for name in ("D_ff", "D_rec"):
            np.testing.assert_array_equal(self.raw(run)[name],
                                          self.raw(self.learner)[name])

    def test_a_readout_of_shuffled_weights_is_not_learned(self):
        """Whichever of them are shuffled (figure 2, supplement 3)."""
        right = self.house.run(self.readout()).metrics()["mse"][-6]
        for which in ["ff"], ["rec"], ["ff", "rec"]:
            wrong = self.house.run(self.readout(weights={
                "init": "shuffled", "shuffled": which})).metrics()["mse"][-6]
            note(f"mse {right:.2e}, with {which} shuffled {wrong:.2e}")
            self.assertGreater(wrong, 10 * right)

    def test_a_learned_readout_is_tested_as_it_was_learned(self):
        first = self.house.run(self.readout(schedule={"duration": 40}))
        test = self.house.run(self.readout(
            learning={"enabled": False}, start={"job": first.number},
            reference={"job": self.number}, schedule={"duration": 24}))
        np.testing.assert_array_equal(self.raw(test)["learned_decoders"],
                                      self.raw(first)["learned_decoders"])


if __name__ == "__main__":
    main()
