"""NumPy judges the random streams, the command and the gates of the model."""

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
