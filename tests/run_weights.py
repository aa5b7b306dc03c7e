"""What is downloaded of weights that are not E D alone: random, thinned,
decaying, shuffled, held by themselves. NumPy makes them anew from the seeds."""

import io

from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import House

N_FF, N_REC = 100, 120


def job(**sections):
    description = {"preset": "vanderPol",
                   "network": {"neurons_ff": N_FF, "neurons_rec": N_REC},
                   "schedule": {"duration": 24, "settle": 0, "test": 0,
                                "trial_clamp": False},
                   "record": {"snapshots": 2, "window": 1},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


def random_weights(random, sd, gain):
    """As the published script draws them, one layer after the other where they
    differ in size; what acts has the gain in it."""
    rec = sd * random.randn(N_REC, N_REC)
    ff = sd * random.randn(N_REC, N_FF) / 20
    return {"ff": gain[:, None] * ff, "rec": gain[:, None] * rec}


def command(seed):
    """The stream of the command where the script draws random weights."""
    random = np.random.RandomState([seed])
    random.uniform(-1, 1, 2)
    return random


class Weights(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def dense(self, of, layer, at="final"):
        answer = self.house.request(
            "GET", f"{of.path}/checkpoints/{at}/weights/{layer}.npy")
        self.assertEqual(answer.status, 200, answer.body)
        return np.load(io.BytesIO(answer.body))

    def array(self, of, name, at="final"):
        answer = self.house.request(
            "GET", f"{of.path}/checkpoints/{at}/{name}.npy")
        self.assertEqual(answer.status, 200, answer.body)
        return np.load(io.BytesIO(answer.body))

    def check(self, of, W, rtol=1.5e-7):
        """The dense matrices are these, rounded once, and so is any part."""
        for layer, expected in W.items():
            got = self.dense(of, layer)
            self.assertEqual(got.dtype, np.float32)
            np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-12)
            part = self.house.request(
                "GET", f"{of.path}/checkpoints/final/weights/{layer}.npy",
                headers={"Range": "bytes=1001-2222"})
            whole = self.house.request(
                "GET", f"{of.path}/checkpoints/final/weights/{layer}.npy")
            self.assertEqual(part.body, whole.body[1001:2223])

    def test_random_weights_are_what_was_drawn_and_what_was_learned(self):
        for precision, dtype in (("f64", np.float64), ("f32", np.float32)):
            learner = self.house.run(job(
                weights={"init": "random", "sd": 1e-3, "seed": 7},
                compute={"precision": precision}))
            w = learner.weights()
            drawn = random_weights(np.random.RandomState(7), 1e-3, w["gain_rec"])
            for layer in ("ff", "rec"):
                self.assertEqual(w["W0_" + layer].dtype, dtype)
                np.testing.assert_array_equal(w["W0_" + layer],
                                              drawn[layer].astype(dtype))
                np.testing.assert_array_equal(
                    self.array(learner, "W0_" + layer), w["W0_" + layer])
            self.assertEqual(w["kept"], 1)
            self.assertTrue(w["D_rec"].any())
            E = w["scaled_encoders_rec"]
            self.check(learner, {layer: drawn[layer] + E @ w["D_" + layer]
                                 .astype(float) for layer in drawn})

    def test_random_weights_have_the_commands_stream_unless_they_have_a_seed(
            self):
        learner = self.house.run(job(weights={"init": "random", "sd": 1e-3},
                                     input={"seed": 11}))
        w = learner.weights()
        drawn = random_weights(command(11), 1e-3, w["gain_rec"])
        np.testing.assert_array_equal(w["W0_rec"], drawn["rec"])

    def test_connections_that_are_missing_have_no_weight(self):
        learner = self.house.run(job(weights={"connectivity": 0.3,
                                              "seed": 5}))
        w = learner.weights()
        random = np.random.RandomState([5, 1])
        masks = {"ff": random.random_sample((N_REC, N_FF)) < 0.3,
                 "rec": random.random_sample((N_REC, N_REC)) < 0.3}
        E = w["scaled_encoders_rec"]
        for layer, mask in masks.items():
            self.assertEqual(w["mask_" + layer].dtype, bool)
            np.testing.assert_array_equal(w["mask_" + layer], mask)
        self.assertNotIn("W0_ff", w)
        self.check(learner, {layer: mask * (E @ w["D_" + layer])
                             for layer, mask in masks.items()})

    def test_what_decays_is_downloaded_as_it_is_by_then(self):
        learner = self.house.run(job(
            weights={"init": "random", "sd": 1e-3, "seed": 7},
            learning={"decay": 0.05}))
        w = learner.weights()
        self.assertAlmostEqual(float(w["kept"]), np.exp(-0.05 * 24), 3)
        E = w["scaled_encoders_rec"]
        drawn = random_weights(np.random.RandomState(7), 1e-3, w["gain_rec"])
        self.check(learner, {layer: w["kept"] * drawn[layer] +
                             E @ w["D_" + layer] for layer in drawn})

    def test_what_was_uploaded_is_downloaded_with_what_was_learned(self):
        random = np.random.RandomState(3)
        W0 = {"ff": 1e-4 * random.randn(N_REC, N_FF),
              "rec": 1e-4 * random.randn(N_REC, N_REC)}
        sha256 = self.house.request(
            "POST", "/api/v1/arrays",
            npz_bytes(W_ff=W0["ff"], W_rec=W0["rec"])).json()["sha256"]
        learner = self.house.run(job(weights={"init": "array",
                                              "array": sha256}))
        w = learner.weights()
        E = w["scaled_encoders_rec"]
        self.check(learner, {layer: W0[layer] + E @ w["D_" + layer]
                             for layer in W0})
        self.assertEqual(self.house.request(
            "DELETE", "/api/v1/arrays/" + sha256).status, 409)

    def test_a_job_that_goes_on_has_the_fixed_weights_of_the_first(self):
        first = self.house.run(job(weights={"init": "random", "sd": 1e-3},
                                   input={"seed": 11}))
        second = self.house.run(dict(job(input={"seed": 12}),
                                     start={"job": first.number}))
        third = self.house.run(dict(job(learning={"enabled": False}),
                                    start={"job": second.number}))
        w = third.weights()
        np.testing.assert_array_equal(w["W0_rec"], first.weights()["W0_rec"])
        drawn = random_weights(command(11), 1e-3, w["gain_rec"])
        E = w["scaled_encoders_rec"]
        self.check(third, {layer: drawn[layer] + E @ w["D_" + layer]
                           for layer in drawn})
        for of in (first, second):
            self.assertEqual(
                self.house.request("DELETE", of.path).status, 409)

    def test_shuffled_weights_are_those_that_were_learned_in_other_places(
            self):
        learner = self.house.run(job())
        shuffled = self.house.run(dict(
            job(weights={"init": "shuffled"}, learning={"enabled": False}),
            start={"job": learner.number}))
        for layer in ("ff", "rec"):
            ours, theirs = (self.dense(of, layer) for of in (shuffled, learner))
            self.assertFalse(np.array_equal(ours, theirs))
            np.testing.assert_array_equal(np.sort(ours, axis=None),
                                          np.sort(theirs, axis=None))

    def test_weights_held_by_themselves_come_out_as_the_others_do(self):
        """The same job by factors and entry by entry: a row is what a neuron
        receives in both."""
        short = {"duration": 4}  # rounding has not grown to other spikes
        factored = self.house.run(job(schedule=short))
        dense = self.house.run(job(schedule=short,
                                   compute={"engine": "dense"}))
        w = dense.weights()
        self.assertNotIn("D_rec", w)
        for layer, pre in (("ff", N_FF), ("rec", N_REC)):
            self.assertEqual(w["W_" + layer].shape, (N_REC, pre))
            np.testing.assert_allclose(w["W_" + layer],
                                       self.dense(factored, layer),
                                       rtol=1e-5, atol=1e-9)
            np.testing.assert_array_equal(
                w["W_" + layer], self.array(dense, "W_" + layer))
            np.testing.assert_array_equal(
                w["W_" + layer].astype(np.float32), self.dense(dense, layer))
            a, b = (self.house.get(f"{of.path}/checkpoints/final/histogram"
                                   f"?layer={layer}") for of in
                    (factored, dense))
            self.assertAlmostEqual(a["sd"], b["sd"], 9)

    def test_decoders_that_learned_are_the_decoders(self):
        learner = self.house.run(job())
        readout = self.house.run(dict(
            job(learning={"plastic": ["readout"], "tau_error": 0.02,
                          "eta": 1e-4}, feedback={"enabled": False}),
            start={"job": learner.number}, reference="system"))
        w = readout.weights()
        np.testing.assert_array_equal(w["decoders"],
                                      self.array(readout, "learned_decoders"))
        self.assertFalse(np.array_equal(w["decoders"],
                                        learner.weights()["decoders"]))

    def test_a_line_whose_first_jobs_are_gone_still_goes_on(self):
        first = self.house.run(job())
        second = self.house.run(dict(job(), start={"job": first.number}))
        self.assertEqual(self.house.request("DELETE", first.path).status, 204)
        third = self.house.run(dict(job(learning={"enabled": False}),
                                    start={"job": second.number}))
        for layer in ("ff", "rec"):
            np.testing.assert_array_equal(self.dense(third, layer),
                                          self.dense(second, layer))


if __name__ == "__main__":
    main()
