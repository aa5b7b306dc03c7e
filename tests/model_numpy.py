"""NumPy judges the random streams, the command, the gates and the weights that
are not learned."""

import io
import json
import subprocess

import numpy as np

from followd_testing import TestCase, executable, main

R1 = 0.2  # radius of the command layer, preset vanderPol
ERROR, FEEDBACK, LEARN, CLAMP = 1, 2, 4, 8 + 16


def model_print(*words, spec=None):
    """The arrays that tests/model_print prints."""
    answer = subprocess.run([executable("tests/model_print"), *map(str, words)],
                            input=json.dumps(spec).encode(), check=True,
                            stdout=subprocess.PIPE)
    return np.load(io.BytesIO(answer.stdout))


def drive(kind, seed, duration, period, clamp, ramp=0.1, slices=1000):
    """What the model computes for one job, also a shorter one than the
    published phases need."""
    phases = duration >= 6 * period
    return model_print("drive", slices, spec={
        "preset": "vanderPol", "network": {"neurons_ff": 10, "neurons_rec": 10},
        "input": {"type": kind, "seed": seed},
        "schedule": {"duration": duration, "period": period, "ramp": ramp,
                     "settle": period if phases else 0,
                     "test": 4 * period if phases else 0,
                     "trial_clamp": clamp},
        "record": {"window": 1}})


def published_command(kind, seed, duration, period, clamp, ramp=0.1):
    """u(t) as the published script writes it down, for van der Pol. The two
    lines on `bounds` are what interp1d(kind="nearest") does."""
    random = np.random.RandomState([seed])
    random.uniform(-1, 1, 2)
    periods = int(duration / period) + 1
    directions = random.normal(size=(2, periods))
    directions = directions / np.linalg.norm(directions, axis=0)

    def gate(t):
        return float(not clamp or t % period < period - 0.5)

    if kind == "rampLeaveRampHeights":
        pulses = directions * R1 / 2.0
        heights = random.uniform(-R1 / 2.0, R1 / 2.0, size=(2, periods))
        heights[0, :] /= 3.0
        return lambda t: (heights[:, int(t / period)] * gate(t) +
                          pulses[:, int(t / period)] * (t % period < ramp))

    directions[0, :] /= 3.0
    points = int(duration / 50e-3) + 1
    noise = random.uniform(-R1, R1, size=(2, points))
    noise[0, :] /= 3.0
    grid = np.linspace(0, duration, points)
    bounds = (grid / 2.0)[1:] + (grid / 2.0)[:-1]
    return lambda t: (
        noise[:, np.searchsorted(bounds, t, side="left")] / 2.0 * gate(t) +
        directions[:, int(t / period)] * R1 / 2.0)


class Streams(TestCase):
    def test_the_streams_of_any_seed_are_those_of_numpy(self):
        for seed in (0, 1, 4, 19650218, 2 ** 31, 2 ** 32 - 1):
            ours = model_print("random", seed, 2001)
            random = np.random.RandomState(seed)
            np.testing.assert_array_equal(ours["samples"],
                                          random.random_sample(2001))
            np.testing.assert_array_equal(ours["normals"],
                                          random.normal(size=2001))
            np.testing.assert_array_equal(ours["uniforms"],
                                          random.uniform(-0.2, 0.7, 2001))
            np.testing.assert_array_equal(
                ours["list_normals"],
                np.random.RandomState([seed]).normal(size=2001))

    def test_an_array_is_shuffled_as_by_numpy(self):
        for seed, count in ((0, 1), (2, 2), (3, 1000), (4, 65537)):
            random = np.random.RandomState([seed])
            random.normal(size=count)
            np.testing.assert_array_equal(
                model_print("random", seed, count)["shuffled"],
                random.permutation(np.arange(count)))


class Commands(TestCase):
    def check(self, *case, **more):
        ours = drive(*case, **more)["u"]
        u = published_command(*case, **more)
        theirs = np.array([u((i + 1) * 0.001) for i in range(len(ours))])
        # At the very end t is the duration or an ulp beside it.
        np.testing.assert_array_equal(ours[:-1], theirs[:-1])

    def test_the_learning_command_is_the_published_one(self):
        for seed in (2, 3, 11):
            self.check("amplVaryHeightsScaled", seed, 24.0, 4.0, True)
        self.check("amplVaryHeightsScaled", 5, 21.0, 2.0, False)

    def test_the_test_command_is_the_published_one(self):
        self.check("rampLeaveRampHeights", 3, 24.0, 4.0, False)
        self.check("rampLeaveRampHeights", 4, 24.0, 4.0, True, ramp=0.25)

    def test_noise_that_jumps_between_steps_is_the_published_one(self):
        self.check("amplVaryHeightsScaled", 2, 24.187, 4.0, True)
        self.check("amplVaryHeightsScaled", 2, 20.049, 1.7, True)


def connections(stream=7, n_ff=30, n_rec=30, nengo="2.4", **weights):
    spec = {"preset": "vanderPol",
            "network": {"neurons_ff": n_ff, "neurons_rec": n_rec,
                        "nengo": nengo},
            "weights": weights}
    if weights.get("init") == "shuffled":
        spec["start"] = {"job": 1}
    return model_print("connections", stream, spec=spec)


class Connections(TestCase):
    def assert_random(self, ours, random, nengo="2.4", sd=1e-4):
        """As the published script draws and builds them."""
        n_rec, n_ff = ours["W_ff"].shape
        rec = random.normal(size=(n_rec, n_rec)) * sd
        ff = rec / 20.0
        if n_ff != n_rec:
            ff = random.normal(size=(n_rec, n_ff)) * sd / 20.0
        gain = ours["gain_rec"][:, None] if nengo == "2.4" else 1
        np.testing.assert_array_equal(ours["W_rec"], gain * rec)
        np.testing.assert_array_equal(ours["W_ff"], gain * ff)

    def test_random_weights_are_the_published_ones(self):
        for nengo in ("2.4", "2.5", "4"):
            for n_ff in (30, 20):
                self.assert_random(
                    connections(5, n_ff, nengo=nengo, init="random"),
                    np.random.RandomState([5]), nengo)

    def test_random_weights_with_a_seed_have_a_stream_of_their_own(self):
        for seed in (0, 5):
            self.assert_random(
                connections(7, init="random", sd=0.03, seed=seed),
                np.random.RandomState(seed), sd=0.03)

    def test_shuffled_weights_are_numpys_permutation(self):
        for seed, random in ((-1, np.random.RandomState([7])),
                             (3, np.random.RandomState(3))):
            more = {} if seed < 0 else {"seed": seed}
            ours = connections(7, 20, init="shuffled", **more)
            rec = random.permutation(np.arange(900.0).reshape(30, 30).ravel())
            ff = random.permutation(np.arange(600.0))
            np.testing.assert_array_equal(ours["W_rec"], rec.reshape(30, 30))
            np.testing.assert_array_equal(ours["W_ff"], ff.reshape(30, 20))

    def test_one_of_both_may_be_shuffled_alone(self):
        for which, n, shape in (("ff", 600, (30, 20)), ("rec", 900, (30, 30))):
            ours = connections(7, 20, init="shuffled", shuffled=[which])
            theirs = np.random.RandomState([7]).permutation(np.arange(n * 1.))
            for name in ("ff", "rec"):
                W = ours["W_" + name]
                np.testing.assert_array_equal(
                    W, theirs.reshape(shape) if name == which else
                    np.arange(W.size * 1.).reshape(W.shape))

    def test_as_many_connections_exist_as_asked_for_and_always_the_same(self):
        for seed, word in ((None, 4), (9, 9)):  # 4: of the recurrent layer
            more = {} if seed is None else {"seed": seed}
            ours = connections(1, 200, 150, connectivity=0.3, **more)
            random = np.random.RandomState([word, 1])
            for name, shape in (("mask_ff", (150, 200)),
                                ("mask_rec", (150, 150))):
                theirs = random.uniform(size=shape) < 0.3
                np.testing.assert_array_equal(ours[name], theirs)
                self.assertAlmostEqual(theirs.mean(), 0.3, delta=0.02)

    def test_nothing_is_there_of_a_network_that_begins_at_zero(self):
        self.assertEqual(list(connections(init="zero")), ["gain_rec"])


class Gates(TestCase):
    def test_the_gates_open_and_close_at_the_published_steps(self):
        for duration, period in ((24.0, 4.0), (20.049, 1.7), (13.0, 1.3)):
            gates = drive("amplVaryHeightsScaled", 2, duration, period,
                          True)["gates"]
            for i, ours in enumerate(gates):
                t = (i + 1) * 0.001
                open_ = t % period < period - 0.5
                on = period < t < duration - 4 * period and open_
                theirs = ((ERROR | FEEDBACK) * on | LEARN * open_ |
                          CLAMP * (not open_))
                self.assertEqual(ours, theirs, f"at {t} of {duration} s")


if __name__ == "__main__":
    main()
