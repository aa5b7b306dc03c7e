"""Whole runs of systems of the user's own: a late and noisy reference, strengths
that change, one that diverges."""

from followd_testing import TestCase, main, np
from model_numpy import model_print
from runs_testing import House, assert_same_run

OWN = {"preset": "custom",
       "system": {"expressions": ["x2/tau + 20*u1",
                                  "(2*(1 - x1^2)*x2 - x1)/tau + 20*u2"],
                  "constants": {"tau": 0.2}, "start": [0.5, -0.5]},
       "network": {"neurons_ff": 210, "neurons_rec": 250},
       "learning": {"eta_schedule": [[20, 4e-3], [100, 1e-3]]},
       "feedback": {"gain": 12, "gain_end": 6},
       "noise": {"error_sd": 1e-3, "seed": 7},
       "reference": {"delay": 0.05},
       "schedule": {"duration": 400},
       "record": {"snapshots": 19},
       "compute": {"precision": "f64"}}


class Systems(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def test_a_paused_job_with_all_of_it_goes_on_with_the_same_bits(self):
        undisturbed = self.house.run(OWN)
        job = self.house.begin(OWN)
        for t in (100, 200):
            job.await_time(t)
            job.ask("pause")
            job.await_state("paused")
            job.ask("resume")
        job.finish()
        assert_same_run(job, undisturbed)

    def test_the_network_follows_what_is_late_and_the_trace_has_what_is_not(self):
        """x is the reference itself, whatever the estimate is compared with."""
        job = self.house.run({**OWN, "schedule": {"duration": 40},
                              "noise": {"error_sd": 0}})
        start = job.traces("start")
        drive = model_print("drive", 1000, spec=job["spec"])
        np.testing.assert_array_equal(start["x"],
                                      drive["x"][:len(start["x"])])
        held = slice(5000, 7000)  # fed back
        late = np.abs(start["xhat"] - drive["target"][:len(start["xhat"])])
        itself = np.abs(start["xhat"] - start["x"])
        self.assertLess(late[held].mean(), 0.5 * itself[held].mean())

    def test_a_job_whose_reference_diverges_says_so(self):
        """dx/dt = x^2 from 1 on is 1 / (1 - t)."""
        job = self.house.begin({
            "preset": "custom",
            "system": {"expressions": ["x1^2"], "dimensions": 1,
                       "dimensions_in": 1, "start": [1], "constants": {}},
            "network": {"neurons_ff": 20, "neurons_rec": 20},
            "schedule": {"duration": 30, "trial_clamp": False},
            "record": {"window": 1}})
        about = job.await_state("diverged")
        self.assertRegex(about["state_reason"],
                         r"the reference is not finite any more, from t = 1\.0")


if __name__ == "__main__":
    main()
