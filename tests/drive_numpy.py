"""NumPy judges the arms, by Euler's method written once more from the published
equations; uploaded rows; and the noise of the error."""

import tempfile

import numpy as np

from followd_testing import TestCase, main
from model_numpy import model_print

DT = 0.001
PI = np.pi
ARM = dict(m1=1.4, m2=1.1, l1=.31, l2=.27, s1=.11, s2=.16, i1=.025, i2=.045,
           b11=.7, b22=.8, b12=.08, g=9.81)
WEIGHTLESS = dict(ARM, b11=0, b22=0, b12=0, g=0)
ACROBOT = dict(m1=1, m2=1, l1=1, l2=1, s1=.5, s2=.5, i1=1, i2=1, b11=0, b22=0,
               b12=0, g=9.8)


def sigma(q):
    return np.clip(q - PI / 2, 0, PI / 4) / (PI / 4)


def inertia(p, q, weight):
    """The matrix I(q), and the parts of H that depend on speed and weight."""
    mls = p["m2"] * p["l1"] * p["s2"]
    off1, off2 = weight * p["m1"] * p["s1"] ** 2, weight * p["m2"] * p["s2"] ** 2
    cross = p["i2"] + mls * np.cos(q[1]) + off2
    return np.array([[p["i1"] + p["i2"] + p["m2"] * p["l1"] ** 2 +
                      2 * mls * np.cos(q[1]) + off1 + off2, cross],
                     [cross, p["i2"] + off2]])


def load(p, q, w):
    mls = p["m2"] * p["l1"] * p["s2"]
    coriolis = mls * np.sin(q[1]) * np.array([-(2 * w[0] + w[1]) * w[1],
                                              w[0] ** 2])
    damping = np.array([[p["b11"], p["b12"]], [p["b12"], p["b22"]]]) @ w
    hand = p["m2"] * p["s2"] * np.sin(q[0] + q[1])
    weight = p["g"] * np.array([(p["m1"] * p["s1"] + p["m2"] * p["l1"]) *
                                np.sin(q[0]) + hand, hand])
    return coriolis + damping + weight


class Arm:
    def __init__(self, links, p, fades, acrobot=False, weight=True):
        self.links, self.p, self.fades = links, p, fades
        self.acrobot, self.weight = acrobot, weight

    def acceleration(self, q, w, u):
        p = self.p
        if self.acrobot:
            q = (q + PI) % (2 * PI) - PI
        if self.fades:
            u = u * (1 - (u > 0) * sigma(q) - (u < 0) * sigma(-q))
        if self.acrobot:
            u = u - 10 * w * ((w > 0) * sigma(q) + (w < 0) * sigma(-q))
        if self.links == 1:
            return (u - p["m1"] * p["s1"] * p["g"] * np.sin(q) -
                    p["b11"] * w) / (p["i1"] + p["m1"] * p["s1"] ** 2)
        return np.linalg.solve(inertia(p, q, self.weight), u - load(p, q, w))

    def run(self, torques, start):
        """Angles and velocities after the torque of every step from t = 0."""
        q, w = np.array(start, float).reshape(2, self.links)
        rows = []
        for u in torques:
            dw = self.acceleration(q, w, u)
            q, w = q + DT * w, w + DT * dw
            if self.acrobot:
                w = np.clip(w, [-4 * PI, -9 * PI], [4 * PI, 9 * PI])
            rows.append(np.concatenate([q, w]))
        return np.array(rows)

    def ends(self, rows):
        q = rows[:, :self.links]
        x, y = self.p["l1"] * np.cos(q[:, 0]), self.p["l1"] * np.sin(q[:, 0])
        columns = [x, y]
        if self.links == 2:
            both = q.sum(axis=1)
            columns += [x + self.p["l2"] * np.cos(both),
                        y + self.p["l2"] * np.sin(both)]
        return np.column_stack(columns + [rows[:, self.links:]])


ARMS = {
    # arm, seen by its ends, factors of x, factor of u
    "robot1_gravity": (Arm(1, ARM, False), False, [.5, .1], .125),
    "robot1XY_gravity": (Arm(1, ARM, False), True, [2.5, 2.5, .05], .02),
    "robot1_gravity_interpol": (Arm(1, ARM, True), False, [1 / 3.5, .05], .02),
    "robot1XY_gravity_interpol": (Arm(1, ARM, True), True, [2.5, 2.5, .05],
                                  .02),
    "robot2_gravity_interpol": (Arm(2, ARM, True), False,
                                [1 / 3.5] * 2 + [.05] * 2, .02),
    "robot2_todorov": (Arm(2, WEIGHTLESS, False, weight=False), False,
                       [1, 1, .5, .5], .5),
    "robot2_todorov_gravity": (Arm(2, ARM, True), False,
                               [1 / 2.5] * 2 + [.05] * 2, .02),
    "robot2XY_todorov_gravity": (Arm(2, ARM, True), True,
                                 [2.5, 2.5, 1.2, 1.2, .075, .075], .025),
    "acrobot2_gravity": (Arm(2, ACROBOT, True, True), False,
                         [.55, .4, .12, .075], .05),
    "acrobot2XY_gravity": (Arm(2, ACROBOT, True, True), True,
                           [.9, .9, .45, .45, .08, .05], .025),
}


def drive(description, duration, **arrays):
    """The drive of a job that names these arrays."""
    kind = {"input": {"type": "array", "array": "0" * 64, "scale": 1}} \
        if "u" in arrays else {}
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, **arrays)
        file.flush()
        return model_print("drive", 777, file.name, spec={
            "network": {"neurons_ff": 10, "neurons_rec": 10},
            "schedule": {"duration": duration, "period": 1, "settle": 0,
                         "test": 0, "trial_clamp": False},
            "record": {"window": 1}, **kind, **description})


def torques_of(seconds, links, strength, seed):
    """At t = 0, 1 ms, ...: pushes that last, with corners on the steps."""
    random = np.random.RandomState(seed)
    t = np.arange(int(seconds / DT) + 1) * DT
    corners = np.arange(0, seconds + 0.2, 0.2)
    push = random.uniform(-strength, strength, (len(corners), links))
    return t, np.column_stack([np.interp(t, corners, push[:, i])
                               for i in range(links)])


def published_torques(seconds, reduction=0.3, seed=2):
    """The command of the published arm, in N m."""
    random = np.random.RandomState([seed])
    periods, points = int(seconds) + 1, int(seconds / 50e-3) + 1
    n = random.normal(size=(2, periods))
    n = n / np.linalg.norm(n, axis=0) / reduction
    noise = random.uniform(-1 / reduction, 1 / reduction, size=(2, points))
    t = np.arange(int(seconds / DT) + 1) * DT
    return t, n, noise, np.column_stack(
        [np.interp(t, np.linspace(0, seconds, points), noise[i]) +
         np.interp(t, np.linspace(0, seconds, periods), n[i])
         for i in range(2)])


class Arms(TestCase):
    def check(self, name, seconds, t, torques, start=None):
        arm, by_ends, factors, factor = ARMS[name]
        rows = arm.run(torques, start or [0] * 2 * arm.links)[1:]
        x = (arm.ends(rows) if by_ends else rows) * factors
        system = {"system": {"start": start}} if start else {}
        ours = drive({"preset": name, **system}, seconds, t=t, u=torques)
        np.testing.assert_allclose(ours["x"], x, 1e-9, 1e-9)
        np.testing.assert_allclose(ours["u"], torques[1:] * factor, 1e-12,
                                   1e-12)
        np.testing.assert_array_equal(ours["target"], ours["x"])
        return rows

    def test_every_arm_moves_as_published(self):
        for name, (arm, *_) in ARMS.items():
            t, torques = torques_of(2, arm.links, 5, 1)
            self.check(name, 2, t, torques)

    def test_arms_that_are_pushed_into_their_limits_give_way(self):
        for name in ("robot1_gravity_interpol", "robot2_todorov_gravity",
                     "acrobot2_gravity", "acrobot2XY_gravity"):
            arm = ARMS[name][0]
            t, torques = torques_of(3, arm.links, 12, 2)
            start = [1.4, -1.4, 3.0, -3.0] if arm.links == 2 else [1.4, 2.0]
            rows = self.check(name, 3, t, torques, start)
            self.assertGreater(np.abs(rows[:, :arm.links]).max(), PI / 2)

    def test_an_acrobot_that_turns_over_is_wrapped_and_its_speed_limited(self):
        t, torques = torques_of(3, 2, 60, 3)
        rows = self.check("acrobot2_gravity", 3, t, torques,
                          [3.0, -3.1, 12.0, -28.0])
        self.assertGreater(np.abs(rows[:, :2]).max(), PI)
        self.assertEqual(np.abs(rows[:, 3]).max(), 9 * PI)

    def test_the_paper_has_other_constants_for_its_arm(self):
        t, torques = torques_of(1, 2, 3, 4)
        paper = dict(ARM, l1=.3, l2=.33, b11=.05, b22=.05, b12=.025)
        rows = Arm(2, paper, True).run(torques, [0] * 4)[1:]
        ours = drive({"preset": "robot2_todorov_gravity",
                      "system": {"variant": "paper"}}, 1, t=t, u=torques)
        np.testing.assert_allclose(
            ours["x"], rows * [1 / 2.5, 1 / 2.5, .05, .05], 1e-9, 1e-9)

    def test_the_arm_goes_as_far_as_it_went_in_the_published_runs(self):
        _, n, noise, _ = published_torques(10)
        np.testing.assert_allclose(n[:, 0], [2.09159624, 2.59544530])
        np.testing.assert_allclose(noise[:, 0], [.06815897, 3.06445709], 1e-6)
        t, _, _, torques = published_torques(20)
        x = drive({"preset": "robot2_todorov_gravity"}, 20, t=t,
                  u=torques)["x"]
        np.testing.assert_allclose(np.abs(x).max(axis=0),
                                   [.553, .833, .216, .268], atol=5e-4)


class Uploads(TestCase):
    def test_rows_of_another_grid_are_interpolated(self):
        t = np.sort(np.random.RandomState(6).uniform(0, 2, 500))
        t[0], t[-1] = 0, 2
        x = np.random.RandomState(7).normal(size=(500, 3))
        now = np.arange(1, 2001) * DT
        for dtype in (np.float64, np.float32):
            ours = drive({"preset": "vanderPol", "system": {
                "type": "array", "array": "0" * 64, "dimensions": 3,
                "dimensions_in": 2}}, 2, t=t, x=x.astype(dtype))["x"]
            for i in range(3):
                theirs = np.interp(now, t, x.astype(dtype)[:, i])
                np.testing.assert_allclose(ours[:, i], theirs, 1e-9, 1e-9)

    def test_rows_of_our_own_grid_are_taken_as_they_are(self):
        t = np.arange(2001) * DT
        x = np.random.RandomState(7).normal(size=(2001, 2))
        ours = drive({"preset": "vanderPol", "system": {
            "type": "array", "array": "0" * 64, "dimensions": 2,
            "dimensions_in": 2}}, 2, t=t, x=x)["x"]
        np.testing.assert_array_equal(ours, x[1:])


def philox(counter, key):
    """Philox4x32-10, from the paper of Salmon and others."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % (1 << 32), (k[1] + 0xBB67AE85) % (1 << 32)]
    return c


def normal(seed, place):
    bits = philox([place % (1 << 32), place >> 32, 0, 0],
                  [seed % (1 << 32), seed >> 32])
    one, two = [((bits[i] >> 6) * 2 ** 26 + (bits[i + 1] >> 6) + .5) / 2 ** 52
                for i in (0, 2)]
    return np.sqrt(-2 * np.log(one)) * np.cos(2 * PI * two)


class Noise(TestCase):
    def test_the_generator_is_the_published_one(self):
        """Known answers that come with Random123."""
        self.assertEqual(philox([0] * 4, [0] * 2),
                         [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
        self.assertEqual(philox([2 ** 32 - 1] * 4, [2 ** 32 - 1] * 2),
                         [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd])

    def test_the_noise_of_the_error_is_filtered_white_noise(self):
        steps, seed, sd, mean = 500, 12345, .02, -.001
        job = {"preset": "vanderPol", "reference": {"filtered": False},
               "noise": {"error_sd": sd, "error_mean": mean, "seed": seed}}
        ours = drive(job, 1, t=np.array([0, 1.]), u=np.zeros((2, 2)))
        added = (ours["x"] - ours["target"])[:steps]
        keep = np.exp(-DT / .005)
        state, theirs = np.zeros(2), []
        for step in range(1, steps + 1):
            theirs.append(state)
            white = [mean + sd * normal(seed, 8 * step + i) for i in range(2)]
            state = keep * state + (1 - keep) * np.array(white) / np.sqrt(DT)
        np.testing.assert_allclose(added, theirs, 1e-9, 1e-12)


if __name__ == "__main__":
    main()
