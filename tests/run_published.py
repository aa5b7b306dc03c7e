"""The preset vanderPol as published, 3000 + 3000 neurons for 40 s, through the
daemon and its worker: what learning did, what the files hold, and whether
command and reference are what NumPy and SciPy make of the same description."""

import json

from followd_testing import TestCase, main, np
from model_numpy import published_command
from model_scipy import reference, solve_ivp, derivative
from runs_testing import House, assert_same_arrays, note, steps_of

N, D, STEPS, PERIOD = 3000, 2, 40000, 4000
CASE = "amplVaryHeightsScaled", 2, 40.0, 4.0, True
SETTLE, TEST = 4000, 24000  # steps; only between them errors are fed back
CLAMP = 3500  # steps into a trial, from which on neurons are silenced

REAL = np.dtype(np.float64)
WEIGHTS = {
    "D_ff": (np.dtype(np.float32), (D, N)),
    "D_rec": (np.dtype(np.float32), (D, N)),
    "decoders": (REAL, (D, N)),
    "encoders_ff": (REAL, (N, D)), "encoders_rec": (REAL, (N, D)),
    "scaled_encoders_rec": (REAL, (N, D)),
    "gain_ff": (REAL, (N,)), "bias_ff": (REAL, (N,)),
    "gain_rec": (REAL, (N,)), "bias_rec": (REAL, (N,)),
    "t": (REAL, ()),
}


def solved(x, u, times):
    """SciPy's DOP853 between two jumps of the command."""
    return solve_ivp(lambda t, y: derivative(y, u), (0, times[-1]), x,
                     "DOP853", t_eval=times, rtol=1e-13, atol=1e-15,
                     max_step=2e-3).y.T


class Published(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.job = cls.house.run({"preset": "vanderPol"})
        cls.weights = cls.job.weights()
        cls.windows = [cls.job.traces(name) for name in ("start", "end")]
        cls.traces = {name: np.concatenate([one[name] for one in cls.windows])
                      for name in cls.windows[0]}
        for line in cls.job.log().splitlines():
            note(line)

    def dense(self, name):
        answer = self.house.request(
            "GET", f"{self.job.path}/checkpoints/final/weights/{name}.npy")
        self.assertEqual(answer.status, 200)
        return answer.npz()

    # ---- learning ------------------------------------------------------------

    def errors(self):
        """Root mean square of each trial's error, while it is not clamped."""
        error = self.traces["error"].reshape(-1, PERIOD, D)[:, :CLAMP]
        return np.sqrt((error ** 2).mean(axis=(1, 2)))

    def test_the_closed_loop_error_falls_within_five_trials(self):
        errors = self.errors()[SETTLE // PERIOD:TEST // PERIOD]
        note("closed-loop error of each trial: " +
             " ".join(f"{error:.4f}" for error in errors))
        self.assertEqual(len(errors), 5)
        self.assertTrue(0.13 < errors[0] < 0.17, errors)
        self.assertLess(errors[4], 0.06)

    def test_nothing_is_learned_in_the_first_trial_nor_while_clamped(self):
        filtered = self.traces["error_filtered"]
        self.assertFalse(filtered[:SETTLE].any())
        clamped = np.arange(1, STEPS + 1) % PERIOD >= CLAMP
        learns = filtered.any(axis=1)[SETTLE + 1:TEST]
        np.testing.assert_array_equal(learns, ~clamped[SETTLE + 1:TEST])
        self.assertEqual(self.job.metrics()["weight_rms_rec"][0], 0)

    def test_feedback_is_off_in_the_last_four_trials(self):
        """The error is not let through: its filter only decays, and the
        estimate leaves the reference."""
        filtered = self.traces["error_filtered"][TEST:TEST + CLAMP - 1]
        np.testing.assert_allclose(filtered[1:] / filtered[:-1],
                                   np.exp(-0.001 / 0.2), rtol=1e-5)
        self.assertGreater(self.errors()[6:].min(), 1)

    def test_the_weights_stay_once_the_error_has_decayed(self):
        learning, early = self.job.weights("22.0"), self.job.weights("30.0")
        for name in ("D_ff", "D_rec"):
            most = np.abs(self.weights[name]).max()
            change = np.abs(early[name] - self.weights[name]).max()
            self.assertLess(change, 1e-9 * most)
            change = np.abs(learning[name] - self.weights[name]).max()
            self.assertGreater(change, 1e-2 * most)

    # ---- weights.npz ---------------------------------------------------------

    def test_weights_have_the_promised_names_types_and_shapes(self):
        found = {name: (array.dtype, array.shape)
                 for name, array in self.weights.items() if name != "spec"}
        self.assertEqual(found, WEIGHTS)
        self.assertEqual(self.weights["t"], 40.0)

    def test_weights_carry_the_description_of_the_job(self):
        text = bytes(self.weights["spec"])
        self.assertEqual(json.loads(text), self.job["spec"])

    def test_encoders_are_scaled_by_gain_and_radius(self):
        w = self.weights
        for name in ("encoders_ff", "encoders_rec"):
            np.testing.assert_allclose(np.linalg.norm(w[name], axis=1), 1,
                                       rtol=1e-15)
        np.testing.assert_allclose(
            w["scaled_encoders_rec"],
            w["encoders_rec"] * w["gain_rec"][:, None] / 5.0, rtol=1e-15)

    def test_the_dense_matrix_is_the_product_of_its_factors(self):
        encoders = self.weights["scaled_encoders_rec"]
        for name in ("rec", "ff"):
            factors = self.weights["D_" + name].astype(float)
            ours, theirs = self.dense(name), encoders @ factors
            self.assertEqual((ours.dtype, ours.shape), (np.float32, (N, N)))
            bound = (2 ** -24 * np.abs(theirs) + 2 ** -149 +
                     1e-15 * (np.abs(encoders) @ np.abs(factors)))
            self.assertTrue((np.abs(ours - theirs) <= bound).all())
            told = self.job.metrics()["weight_rms_" + name][-1]
            np.testing.assert_allclose(
                told, np.sqrt((theirs ** 2).mean()), rtol=1e-6)

    # ---- traces --------------------------------------------------------------

    def test_all_traces_hold_every_step_of_both_windows_once(self):
        traces = self.job.traces("all")
        np.testing.assert_array_equal(steps_of(traces),
                                      np.arange(1, STEPS + 1))
        assert_same_arrays(traces, self.traces)

    def test_traces_have_the_promised_names_types_and_shapes(self):
        shapes = {name: (array.dtype, array.shape)
                  for name, array in self.traces.items()}
        signal = REAL, (STEPS, D)
        self.assertEqual(shapes, {
            "t": (REAL, (STEPS,)), "u": signal, "x": signal, "xhat": signal,
            "error": signal, "error_filtered": signal})

    def test_the_metrics_are_the_means_of_the_traces(self):
        metrics = self.job.metrics()
        raw = self.traces["xhat"] - self.traces["x"]
        for name, error in (("mse", self.traces["error_filtered"]),
                            ("mse_raw", raw)):
            means = (error.reshape(-1, PERIOD, D) ** 2).mean(axis=(1, 2))
            np.testing.assert_allclose(metrics[name], means, rtol=1e-12)

    def test_the_command_is_the_published_one(self):
        u = published_command(*CASE)
        theirs = np.array([u((i + 1) * 0.001) for i in range(STEPS)])
        # At the very end t is the duration or an ulp beside it.
        np.testing.assert_array_equal(self.traces["u"][:-1], theirs[:-1])

    def test_the_reference_is_the_oscillator_by_scipy(self):
        apart = np.abs(self.traces["x"] - reference(CASE, solved)).max()
        note(f"the reference is within {apart:.1e} of SciPy's")
        self.assertLess(apart, 1e-9)


if __name__ == "__main__":
    main()
