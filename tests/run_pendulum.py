"""A system of the user's own, learned: a damped pendulum that is pushed, once as
formulas and once as the rows that SciPy makes of it."""

import hashlib
import sys

from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import House, note

try:
    from scipy.integrate import solve_ivp
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

DURATION, PERIOD, STEP = 400, 4, 1e-3  # s
FORMULAS = ["x2", "-9.81 * sin(x1) - damping * x2 + push * u1"]
DAMPING, PUSH = 1.0, 20.0


def pushes():
    """Corners of u(t), which goes straight between them, half a second apart."""
    t = np.arange(0, DURATION + 0.25, 0.5)
    return t, np.random.RandomState(8).uniform(-0.2, 0.2, (len(t), 1))


def pendulum(t, u):
    """x at every step, by SciPy."""
    def slope(now, x):
        return [x[1], -9.81 * np.sin(x[0]) - DAMPING * x[1] +
                PUSH * (a + (b - a) * (now - begin) / (end - begin))]

    x, rows = np.zeros(2), [np.zeros((1, 2))]
    for begin, end, a, b in zip(t[:-1], t[1:], u[:-1, 0], u[1:, 0]):
        at = begin + STEP * np.arange(1, round((end - begin) / STEP) + 1)
        part = solve_ivp(slope, (begin, at[-1]), x, "DOP853", t_eval=at,
                         rtol=1e-10, atol=1e-12).y.T
        x = part[-1]
        rows.append(part)
    return np.concatenate(rows)


class Pendulum(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        t, u = pushes()
        cls.x = pendulum(t, u)
        push = cls.upload(t=t, u=u)
        rows = cls.upload(t=STEP * np.arange(len(cls.x)), x=cls.x)
        cls.formulas = cls.begin(push, {
            "type": "expression", "expressions": FORMULAS, "start": [0, 0],
            "constants": {"damping": DAMPING, "push": PUSH}})
        cls.array = cls.begin(push, {"type": "array", "array": rows})

    @classmethod
    def upload(cls, **arrays):
        body = npz_bytes(**arrays)
        answer = cls.house.request("POST", "/api/v1/arrays", body)
        assert answer.status in (200, 201), answer.body
        return hashlib.sha256(body).hexdigest()

    @classmethod
    def begin(cls, push, system):
        return cls.house.begin({
            "preset": "custom",
            "system": {**system, "dimensions": 2, "dimensions_in": 1},
            "network": {"neurons_ff": 300, "neurons_rec": 400,
                        "radius_rec": 3},
            "input": {"type": "array", "array": push, "scale": 1},
            "schedule": {"duration": DURATION, "period": PERIOD,
                         "trial_clamp": False},
            "record": {"window": DURATION},
            "compute": {"precision": "f64"}})

    def test_both_forms_are_one_system_and_that_of_scipy(self):
        one, two = (job.finish().traces("start")
                    for job in (self.formulas, self.array))
        self.assertGreater(np.abs(self.x).max(), 0.5)
        for traces in one, two:
            apart = np.abs(traces["x"] - self.x[1:]).max()
            note(f"x is within {apart:.1e} of SciPy's")
            self.assertLess(apart, 1e-7)  # SciPy's own digits here
        np.testing.assert_array_equal(one["u"], two["u"])

    def test_both_forms_are_learned(self):
        """The error that is left while it is fed back falls to a twentieth."""
        for job in self.formulas, self.array:
            mse = job.finish().metrics()["mse"][1:-4]
            first, last = mse[:3].mean(), mse[-10:].mean()
            note(f"mse {first:.2e} to {last:.2e}")
            self.assertLess(last, first / 20)


if __name__ == "__main__":
    main()
