"""SciPy judges the references that are solutions of differential equations: its
DOP853 at the tightest tolerance it has, from one corner of the command to the
next. The equations are written here once more, from the published ones."""

import sys
import tempfile

import numpy as np

from followd_testing import TestCase, main
from model_numpy import model_print

try:
    from scipy.integrate import solve_ivp
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

DT = 0.001
SECONDS = 2.0


def linear(tau_dyn=0.1, delta=-0.2):
    return lambda t, x: np.array([delta * x[0] - x[1],
                                  x[0] + delta * x[1]]) / tau_dyn


def lorenz(t, x):
    return np.array([10 * (x[1] - x[0]), -x[0] * x[2] - x[1],
                     x[0] * x[1] - 8 / 3 * (x[2] + 28)])


def robot1(t, x):
    return np.array([x[1] - np.sin(x[0]),
                     -x[1] / 5 - ((x[0] - .6) / .5) ** 2 * (x[0] > .6) +
                     ((x[0] + .6) / .5) ** 2 * (x[0] < -.6) / .1])


def rob1SL(t, x):
    return np.array([x[1] - np.sin(x[0]), -x[1] / 5])


def own(t, x):
    return np.array([x[1] * np.exp(-x[0] ** 2) - np.tanh(3 * t),
                     -np.sin(2 * x[0]) - 0.3 * x[1], x[0] - abs(x[2])])


OWN = {"type": "expression", "dimensions": 3, "dimensions_in": 2,
       "expressions": ["x2*exp(-x1^2) - tanh(k*t) + 50*u1",
                       "-sin(2*x1) - 0.3*x2 + u1*u2",
                       "x1 - abs(x3) + max(u1, u2)"],
       "constants": {"k": 3}}


def command(d_in, spacing, amplitude, seed):
    """Corners of a command that goes straight between them."""
    t = np.append(np.arange(0, SECONDS, spacing), SECONDS)
    u = np.random.RandomState(seed).uniform(-amplitude, amplitude,
                                            (len(t), d_in))
    return t, u


def ours(description, t, u):
    """The drive of a job whose command is uploaded."""
    schedule = {"duration": SECONDS, "settle": 0, "test": 0,
                **description.get("schedule", {})}
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, t=t, u=u)
        file.flush()
        return model_print("drive", 777, file.name, spec={
            **description,
            "network": {"neurons_ff": 10, "neurons_rec": 10},
            "input": {"type": "array", "array": "0" * 64, "scale": 1},
            "schedule": {"period": 1, "trial_clamp": False, **schedule},
            "record": {"window": 1}})


def theirs(f, effect, start, t, u, clamp=False):
    """x at every step; a clamp is the last half second of each."""
    corners = [t, np.arange(1, 2 * SECONDS + 1) / 2]
    steps = np.arange(1, int(SECONDS / DT) + 1) * DT
    corners = np.unique(np.round(np.concatenate(corners), 12))
    x, out = np.array(start, float), {}
    for begin, end in zip(corners[:-1], corners[1:]):
        inside = steps[(steps > begin + 1e-9) & (steps < end + 1e-9)]
        times = np.append(inside[inside < end - 1e-9], end)
        if clamp and (begin + end) / 2 % 1 > 0.5:
            rows = x * np.exp(-(times - begin) / DT)[:, None]
        else:
            def slope(now, y):
                v = [np.interp(now, t, column) for column in u.T]
                return f(now, y) + effect(np.array(v))
            rows = solve_ivp(slope, (begin, end), x, "DOP853", t_eval=times,
                             rtol=1e-13, atol=1e-15, max_step=DT * 5).y.T
        out.update(zip(np.round(times, 9), rows))
        x = rows[-1]
    return np.array([out[round(step, 9)] for step in steps])


class References(TestCase):
    def check(self, description, f, effect, start, amplitude, spacing=0.05,
              clamp=False, digits=1e-9):
        d_in = 3 if len(start) == 3 and f is lorenz else 2
        t, u = command(d_in, spacing, amplitude, 5)
        x = ours(description, t, u)["x"]
        apart = np.abs(x - theirs(f, effect, start, t, u, clamp)).max()
        self.assertLess(apart, digits)
        self.assertGreater(np.abs(x).max(), 0.1, "it does not even move")

    def test_the_linear_oscillator_is_right(self):
        self.check({"preset": "LinOsc"}, linear(), lambda u: u / 0.02,
                   [.001, .001], 0.05)
        self.check({"preset": "LinOsc", "system": {"variant": "paper"}},
                   linear(0.05), lambda u: u / 0.02, [.001, .001], 0.05)

    def test_the_command_may_act_on_another_time_scale(self):
        self.check({"preset": "LinOsc",
                    "system": {"tau_input": 0.1, "start": [0.2, -0.3]}},
                   linear(), lambda u: u / 0.1, [.2, -.3], 0.2)

    def test_cubic_functions_of_the_command_are_right(self):
        self.check({"preset": "LinOsc-nonlin"}, linear(),
                   lambda u: 10 * ((u / 0.1) ** 3 - u / 0.1), [.001, .001],
                   0.1)
        self.check({"preset": "LinOsc-nonlin2"}, linear(),
                   lambda u: 10 * ((u / 0.1) ** 3 - u / 0.4), [.001, .001],
                   0.1)

    def test_the_lorenz_attractor_is_right(self):
        self.check({"preset": "Lorenz"}, lorenz, lambda u: u / 0.02,
                   [.001] * 3, 1)

    def test_both_pendulums_are_right(self):
        self.check({"preset": "robot1"}, robot1, lambda u: u / 0.02,
                   [.001, .001], 0.2)
        self.check({"preset": "robot1", "system": {"start": [-1.5, 0.2]}},
                   robot1, lambda u: u / 0.02, [-1.5, .2], 0.2)
        self.check({"preset": "rob1SL"}, rob1SL, lambda u: u / 0.02,
                   [.001, .001], 0.2)

    def test_formulas_of_the_users_own_are_right(self):
        self.check({"preset": "custom", "system": {**OWN,
                                                   "start": [.5, -.2, .7]}},
                   own, lambda u: np.array([50 * u[0], u[0] * u[1], max(u)]),
                   [.5, -.2, .7], 0.05)

    def test_corners_of_the_command_may_lie_between_steps(self):
        self.check({"preset": "LinOsc"}, linear(), lambda u: u / 0.02,
                   [.001, .001], 0.05, spacing=0.033337)

    def test_a_clamped_system_goes_to_zero_and_starts_again(self):
        self.check({"preset": "LinOsc", "schedule": {"trial_clamp": True}},
                   linear(), lambda u: u / 0.02, [.001, .001], 0.05,
                   clamp=True)


class Ranges(TestCase):
    """What is known of the published runs: how far their references go."""

    def test_a_free_van_der_pol_oscillator_has_the_published_amplitude(self):
        t = np.array([0, SECONDS])
        x = ours({"preset": "vanderPol",
                  "system": {"start": [2.02, 0]}}, t, np.zeros((2, 2)))["x"]
        self.assertAlmostEqual(np.abs(x[:, 0]).max(), 2.02, 2)
        self.assertAlmostEqual(np.abs(x[:, 1]).max(), 3.82, 1)


if __name__ == "__main__":
    main()
