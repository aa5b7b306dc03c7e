"""SciPy judges the reference x(t): the oscillator integrated by its DOP853 at
the tightest tolerance that it has, and by its odeint, from one jump of the
command to the next. (At rtol 1e-10 odeint itself is 1e-8 off after 4 s.)"""

import sys

import numpy as np

from followd_testing import TestCase, main
from model_numpy import drive, published_command

try:
    from scipy.integrate import odeint, solve_ivp
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

DT = 0.001


def derivative(x, u):
    return np.array([x[1] / 0.125,
                     (2 * (1 - x[0] ** 2) * x[1] - x[0]) / 0.125]) + u / 0.02


def stretches(case, duration, period, clamp):
    """(begin, end, u, clamped) between jumps, each ends on a step or at a
    jump; u is taken in the middle, where no rounding can matter."""
    u = published_command(*case)
    points = int(duration / 50e-3) + 1
    grid = np.linspace(0, duration, points)
    jumps = [(grid[1:] + grid[:-1]) / 2,
             np.arange(0, duration, period),
             np.arange(0, duration, period) + 0.1]
    if clamp:
        jumps.append(np.arange(0, duration, period) + period - 0.5)
    steps = np.round(duration / DT)
    times = np.concatenate([np.arange(steps + 1) * DT] + jumps)
    times = np.unique(np.round(times[times < duration + DT / 2], 14))
    begin = 0
    for i in range(1, len(times)):
        middle = (times[i - 1] + times[i]) / 2
        here = u(middle), clamp and middle % period >= period - 0.5
        if i == 1:
            now = here
        if (here[0] != now[0]).any() or here[1] != now[1]:
            yield times[begin:i], now
            begin, now = i - 1, here
    yield times[begin:], now


def reference(case, solve):
    """x at every step of the job."""
    kind, seed, duration, period, clamp = case
    x, out = np.full(2, 0.001), {}
    for times, (u, clamped) in stretches(case, duration, period, clamp):
        if clamped:
            rows = x * np.exp(-(times - times[0]) / DT)[:, None]
        else:
            rows = solve(x, u, times - times[0])
        out.update(zip(np.round(times, 9), rows))
        x = rows[-1]
    steps = int(round(duration / DT))
    return np.array([out[round((i + 1) * DT, 9)] for i in range(steps)])


def tightest(x, u, times):
    return solve_ivp(lambda t, y: derivative(y, u), (0, times[-1]), x,
                     "DOP853", t_eval=times, rtol=1e-13, atol=1e-15,
                     max_step=DT).y.T


def lsoda(x, u, times):
    return odeint(lambda y, t: derivative(y, u), x, times, rtol=1e-12,
                  atol=1e-12, hmax=DT)


class Reference(TestCase):
    def apart(self, case, solve):
        return np.abs(drive(*case)["x"] - reference(case, solve)).max()

    def test_the_reference_is_right_to_eleven_digits(self):
        for seed in (2, 3):
            case = "amplVaryHeightsScaled", seed, 8.0, 4.0, True
            self.assertLess(self.apart(case, tightest), 1e-11)

    def test_the_reference_agrees_with_odeint_over_a_period(self):
        for seed in (2, 3, 7):
            case = "amplVaryHeightsScaled", seed, 4.0, 4.0, True
            self.assertLess(self.apart(case, lsoda), 1e-9)

    def test_a_jump_within_a_step_costs_nothing(self):
        case = "amplVaryHeightsScaled", 2, 5.987, 1.7, True
        self.assertLess(self.apart(case, tightest), 1e-11)

    def test_the_reference_of_the_test_command_is_right(self):
        case = "rampLeaveRampHeights", 3, 8.0, 4.0, False
        self.assertLess(self.apart(case, tightest), 1e-11)


if __name__ == "__main__":
    main()
