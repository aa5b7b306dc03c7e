"""A job that is stopped in its middle goes on with the same bits, whatever it
asks for: all that its network remembers is in its checkpoint."""

import copy

from followd_testing import TestCase, main
from runs_testing import House, assert_same_arrays


DURATION = 400  # s, about four of wall time


def small(**sections):
    """A small network, in which everything that may vary does."""
    description = {
        "preset": "vanderPol",
        "network": {"neurons_ff": 90, "neurons_rec": 110},
        "learning": {"eta_schedule": [[60, 3e-3], [100, 1e-3]]},
        "feedback": {"gain_end": 5},
        "schedule": {"duration": DURATION},
        "reference": {"delay": 0.012},
        "noise": {"neurons_sd": 1e-3, "error_sd": 1e-3},
        "record": {"window": 4, "snapshots": 4}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


class Resumes(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def raw(self, job):
        return dict(self.house.request(
            "GET", f"/internal/jobs/{job.number}/checkpoints/final").npz())

    def assert_goes_on(self, description):
        whole = self.house.run(copy.deepcopy(description))
        job = self.house.begin(description)
        for t in (0.1 * DURATION, 0.4 * DURATION):
            job.await_time(t)
            job.ask("pause")
            job.await_state("paused")
            job.ask("resume")
        job.finish()
        self.assertEqual(job.log().count("simulating from"), 3)
        assert_same_arrays(self.raw(job), self.raw(whole))
        assert_same_arrays(job.metrics(), whole.metrics(),
                           but=["steps_per_second"])
        for window in ("start", "end"):
            assert_same_arrays(job.traces(window), whole.traces(window))

    def test_factored_weights(self):
        self.assert_goes_on(small(feedback={"delay": 0.007},
                                  learning={"decay": 1e-3,
                                            "error_cutoff": 1e-3}))

    def test_random_weights_of_which_some_are_missing(self):
        self.assert_goes_on(small(
            network={"nengo": "2.5"}, feedback={"delay": 0.003},
            weights={"init": "random", "sd": 1e-6, "connectivity": 0.7},
            learning={"decay": 1e-3, "eta": 1e-4,
                      "eta_schedule": [[50, 5e-5]]},
            reference={"delay_type": "alpha"}))

    def test_weights_that_are_not_negative(self):
        self.assert_goes_on(small(
            network={"nengo": "4"}, weights={"sign": "nonnegative"},
            learning={"eta": 1e-4, "eta_schedule": [[50, 5e-5]]},
            compute={"precision": "f64"}))

    def test_a_readout_that_learns(self):
        learner = self.house.run(small(schedule={"duration": 40},
                                       learning={"eta_schedule": []}))
        description = small(learning={"plastic": ["readout"], "eta": 1e-4,
                                      "tau_error": 0.02, "eta_schedule": []},
                            feedback={"enabled": False, "gain_end": 10},
                            reference={"job": None},
                            start={"job": learner.number})
        self.assert_goes_on(description)


if __name__ == "__main__":
    main()
