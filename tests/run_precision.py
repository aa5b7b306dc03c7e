"""Single against double precision, over 200 s of the published experiment.

The last bits of a network that spikes decide when it spikes: two precisions
part within the first trial and never meet again. What must agree is what was
learned, trial by trial."""

from followd_testing import TestCase, main, np
from runs_testing import House, note

LEARNING = slice(1, 46)  # periods: the first is without, as are the last four


class Precision(TestCase):
    @classmethod
    def setUpClass(cls):
        with House() as house:
            cls.runs = {}
            for precision, real in (("f32", np.float32), ("f64", np.float64)):
                job = house.run({"preset": "vanderPol",
                                 "schedule": {"duration": 200},
                                 "compute": {"precision": precision}})
                cls.runs[precision] = (job.metrics(), job.traces("start"),
                                       job.weights())
                assert cls.runs[precision][2]["D_rec"].dtype == real

    def test_both_learn_the_same_in_every_period(self):
        single, double = (run[0]["mse"][LEARNING]
                          for run in self.runs.values())
        self.assertEqual(len(double), 45)
        apart = np.abs(single - double) / double
        note(f"mse while learning: {double[0]:.2e} to {double[-1]:.2e}")
        note(f"f32 is off by {100 * np.median(apart):.3f} % (median of 45 "
             f"periods), {100 * apart.max():.3f} % (worst)")
        self.assertLess(double[-1], double[0] / 10)
        self.assertLessEqual(np.median(apart), 0.03)
        self.assertLessEqual(apart.max(), 0.15)

    def test_both_learn_the_same_weights(self):
        for name in ("D_ff", "D_rec"):
            single, double = (run[2][name].astype(float)
                              for run in self.runs.values())
            apart = np.linalg.norm(single - double) / np.linalg.norm(double)
            note(f"{name} is off by {100 * apart:.3f} %")
            self.assertLess(apart, 0.03)

    def test_they_are_two_runs_and_not_one_rounded(self):
        """Estimates part by what a few spikes make, not by rounding."""
        single, double = (run[1]["xhat"] for run in self.runs.values())
        np.testing.assert_allclose(single[:20], double[:20], atol=1e-5)
        self.assertGreater(np.abs(single - double)[4000:].max(), 1e-3)


if __name__ == "__main__":
    main()
