"""Jobs that go on from what another one has learned: with its weights alone, or
from where it stood; from any kind of weights, and to another precision."""


from followd_testing import TestCase, main, np
from runs_testing import House, assert_same_arrays

N_FF, N_REC = 100, 120


def job(**sections):
    """40 s of a small network; no clamps and no phases, so that one time is
    like any other, and a command of its own only where it is asked for."""
    description = {"preset": "vanderPol",
                   "network": {"neurons_ff": N_FF, "neurons_rec": N_REC},
                   "schedule": {"duration": 40, "settle": 0, "test": 0,
                                "trial_clamp": False},
                   "record": {"snapshots": 2, "window": 4},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


def after(other, at="final", **sections):
    """A test of what the job `other` has learned: nothing is learned or fed
    back, for 4 s."""
    sections = {"learning": {"enabled": False}, "feedback": {"enabled": False},
                "input": {"seed": 5}, **sections}
    sections.setdefault("schedule", {}).setdefault("duration", 4)
    description = job(**sections)
    description["start"] = {"job": other.number, "at": at,
                            **sections.get("start", {})}
    return description


class Starts(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.learner = cls.house.run(job())

    def raw(self, of, step="final"):
        """A checkpoint as the next worker would get it."""
        answer = self.house.request(
            "GET", f"/internal/jobs/{of.number}/checkpoints/{step}")
        self.assertEqual(answer.status, 200, answer.body)
        return dict(answer.npz())

    def whole(self, of, step="final"):
        """W_ff, W_rec of a job without fixed weights."""
        arrays, E = self.raw(of, step), of.weights()["scaled_encoders_rec"]
        return E @ arrays["D_ff"], E @ arrays["D_rec"]

    # ---- weights alone ----

    def test_a_test_has_the_weights_of_the_learner_and_keeps_them(self):
        for at, step in (("final", "final"), (20, 20000)):
            test = self.house.run(after(self.learner, at))
            ours, theirs = self.raw(test), self.raw(self.learner, step)
            self.assertTrue(theirs["D_rec"].any())
            for name in ("D_ff", "D_rec"):
                np.testing.assert_array_equal(ours[name], theirs[name])

    def test_a_test_moves_by_the_learned_weights(self):
        """Of a network that never learned, nothing comes without feedback."""
        tests = [self.house.run(after(self.learner, at)).traces("start")
                 for at in (20, "final")]
        description = after(self.learner)
        del description["start"]
        never = self.house.run(description).traces("start")
        size = {name: np.std(traces["xhat"]) for name, traces in
                zip(("early", "late", "never"), (*tests, never))}
        self.assertGreater(size["early"], 10 * size["never"])
        self.assertGreater(size["late"], 10 * size["never"])
        self.assertGreater(np.abs(tests[0]["xhat"] -
                                  tests[1]["xhat"]).max(), 0.1)

    def test_weights_go_from_one_precision_to_the_other(self):
        single = self.house.run(after(self.learner,
                                      compute={"precision": "f32"}))
        double = self.house.run(after(single))
        learned = self.raw(self.learner)["D_rec"]
        self.assertEqual(self.raw(single)["D_rec"].dtype, np.float32)
        np.testing.assert_array_equal(self.raw(single)["D_rec"],
                                      learned.astype(np.float32))
        np.testing.assert_array_equal(self.raw(double)["D_rec"],
                                      learned.astype(np.float32))

    def test_a_dense_network_takes_factors_as_whole_weights(self):
        dense = self.house.run(after(self.learner,
                                     compute={"engine": "dense"}))
        factored = self.house.run(after(self.learner))
        for name, W in zip(("W_ff", "W_rec"), self.whole(self.learner)):
            np.testing.assert_allclose(self.raw(dense)[name].T, W,
                                       atol=1e-12 * np.abs(W).max())
        first = slice(0, 300)  # before any rounding has moved a spike
        np.testing.assert_allclose(dense.traces("start")["xhat"][first],
                                   factored.traces("start")["xhat"][first],
                                   atol=1e-9)

    def test_a_dense_learner_is_tested_dense(self):
        learner = self.house.run(job(compute={"engine": "dense"}))
        test = self.house.run(after(learner, compute={"engine": "dense"}))
        for name in ("W_ff", "W_rec"):
            np.testing.assert_array_equal(self.raw(test)[name],
                                          self.raw(learner)[name])

    def test_what_was_learned_can_lose_connections(self):
        test = self.house.run(after(self.learner,
                                    weights={"connectivity": 0.5}))
        dense = self.house.run(after(self.learner,
                                     weights={"connectivity": 0.5},
                                     compute={"engine": "dense"}))
        W, thin = self.whole(self.learner)[1], self.raw(dense)["W_rec"].T
        gone = thin == 0
        self.assertAlmostEqual(gone[W != 0].mean(), 0.5, delta=0.02)
        np.testing.assert_allclose(thin[~gone], W[~gone],
                                   atol=1e-12 * np.abs(W).max())
        first = slice(0, 300)
        np.testing.assert_allclose(test.traces("start")["xhat"][first],
                                   dense.traces("start")["xhat"][first],
                                   atol=1e-9)

    # ---- where it stood ----

    def assert_goes_on(self, **sections):
        """The second half of a job, gone on with from its middle, is what it
        was. Nothing moves, so that any time is like any other; what is learned
        is to keep x-hat at rest, too."""
        sections["system"] = {"type": "LinOsc", "start": [0, 0]}
        sections["input"] = {"scale": 0}
        whole = self.house.run(job(**sections))
        half = job(**sections)
        half["schedule"]["duration"] = 20
        half["weights"] = dict(half.get("weights", {}), init="zero")
        half["start"] = {"job": whole.number, "at": 20, "states": True}
        ours = self.house.run(half)
        theirs = self.raw(whole)
        still = ("t", "step", "drive", "period_sums")
        weights = "W_rec" if "W_rec" in theirs else "D_rec"
        self.assertTrue((theirs[weights] !=
                         self.raw(whole, 20000)[weights]).any())
        assert_same_arrays(self.raw(ours), theirs, but=still)
        ends = [one.traces("end") for one in (ours, whole)]
        np.testing.assert_array_equal(ends[0]["xhat"], ends[1]["xhat"])

    def test_states_go_over_so_that_two_halves_are_one_run(self):
        self.assert_goes_on(learning={"eta": 1e-4})

    def test_random_weights_go_over_with_all_that_decayed_of_them(self):
        self.assert_goes_on(weights={"init": "random", "sd": 1e-5},
                            learning={"eta": 1e-4, "decay": 0.02})

    def test_missing_connections_stay_missing(self):
        self.assert_goes_on(weights={"connectivity": 0.4},
                            learning={"eta": 1e-4})

    def test_weights_of_one_sign_go_over(self):
        self.assert_goes_on(weights={"sign": "nonnegative"},
                            learning={"eta": 1e-4})

    def test_a_third_job_has_the_random_weights_of_the_first(self):
        random = {"weights": {"init": "random", "sd": 1e-5, "seed": 8}}
        first = self.house.run(job(**random))
        second = self.house.run(after(first))
        third = self.house.run(after(second))
        assert_same_arrays(third.traces("start"), second.traces("start"))
        other = self.house.run(after(self.learner))
        self.assertTrue((other.traces("start")["xhat"] !=
                         third.traces("start")["xhat"]).any())

    def test_random_weights_are_no_factors(self):
        random = self.house.run(job(weights={"init": "random", "sd": 1e-5},
                                    schedule={"duration": 8}))
        test = self.house.begin(after(random, compute={"engine": "factored"}))
        self.assertIn('must not be "factored"',
                      test.await_state("failed")["state_reason"])


class Shuffled(TestCase):
    def test_all_entries_are_there_in_the_places_of_numpys_permutation(self):
        with House() as house:
            learner = house.run(job(schedule={"duration": 12}))
            test = house.run(after(learner, compute={"engine": "dense"},
                                   weights={"init": "shuffled", "seed": 4}))
            arrays = [dict(house.request(
                "GET", f"/internal/jobs/{one.number}/checkpoints/final").npz())
                for one in (learner, test)]
            E = learner.weights()["scaled_encoders_rec"]
            random = np.random.RandomState(4)
            for name in ("rec", "ff"):
                W = E @ arrays[0]["D_" + name]
                theirs = random.permutation(W.ravel()).reshape(W.shape)
                np.testing.assert_allclose(arrays[1]["W_" + name].T, theirs,
                                           atol=1e-12 * np.abs(W).max())


if __name__ == "__main__":
    main()
