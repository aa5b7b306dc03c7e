"""SciPy and NumPy judge whole presets: the reference x(t) under the command that
each learns with, and under the other commands that change all the time.

Differential equations are solved by DOP853 at its tightest, from one corner of
the command to the next; arms by Euler's method. Both are written here, and in
drive_published.py and drive_numpy.py, from the published equations."""

import sys

import numpy as np

from followd_testing import TestCase, main

try:
    from scipy.integrate import solve_ivp
    from drive_numpy import ARMS
    from drive_published import Job, published
    from drive_scipy import linear, lorenz, rob1SL, robot1
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

DT = 0.001
STRIDE = 25  # steps: x is compared so often, and u changes no more smoothly


def van_der_pol(t, x):
    return np.array([x[1], 2 * (1 - x[0] ** 2) * x[1] - x[0]]) / 0.125


def cubic(share):
    return lambda u: 10 * ((u / 0.1) ** 3 - u / share)


def by_tau(u):
    return u / 0.02


PRESETS = {  # f(x), what of u is added to it, the command it learns with
    "vanderPol": (van_der_pol, by_tau, "amplVaryHeightsScaled"),
    "LinOsc": (linear(), by_tau, "amplVaryHeights"),
    "LinOsc-nonlin": (linear(), cubic(0.1), "amplVaryHeights"),
    "LinOsc-nonlin2": (linear(), cubic(0.4), "amplVaryHeights"),
    "Lorenz": (lorenz, by_tau, "kickStart"),
    "robot1": (robot1, by_tau, "rampLeaveDirnVary"),
    "rob1SL": (rob1SL, by_tau, "rampLeaveDirnVary"),
}


def corners_of(job):
    """Where u may jump or bend, and every STRIDE steps."""
    end, period = job.duration, job.period

    def each(spacing, *offsets):
        return [np.arange(0, end, spacing) + offset for offset in offsets]

    noise = np.linspace(0, end, int(end / 50e-3) + 1)
    times = [noise, (noise[1:] + noise[:-1]) / 2,
             np.linspace(0, end, int(end / period) + 1),
             *each(period, 0, job.ramp, 10 * job.ramp,
                   period - job.clamped_for),
             *each(period / 5, 0, job.ramp), *each(STRIDE * DT, 0), [end]]
    for spacing in np.linspace(0.1, period, 5):
        times.append(np.linspace(0, end, int(end / spacing) + 1))
    times = np.unique(np.round(np.concatenate(times), 12))
    return times[times <= end + 1e-12]


def solution(job, f, effect):
    """x every STRIDE steps. What jumps is taken in the middle of a stretch;
    what bends is followed, and at the ends kept off the neighbours'."""
    u, _ = published(job)
    x, rows = np.full(job.d, 0.001), []
    times = corners_of(job)
    for begin, end in zip(times[:-1], times[1:]):
        near = (end - begin) * 1e-9
        if job.clamp and job.gate((begin + end) / 2) == 0:
            x = x * np.exp(-(end - begin) / DT)
        else:
            def slope(t, y):
                inside = min(max(t, begin + near), end - near)
                return f(t, y) + effect(np.asarray(u(inside)))
            x = solve_ivp(slope, (begin, end), x, "DOP853", rtol=1e-13,
                          atol=1e-15, max_step=5 * DT).y[:, -1]
        if abs(end / (STRIDE * DT) - round(end / (STRIDE * DT))) < 1e-9:
            rows.append(x)
    return np.array(rows)


class References(TestCase):
    def check(self, job, digits=1e-9):
        f, effect, _ = PRESETS[job.preset]
        x = job.drive()["x"][STRIDE - 1::STRIDE]
        theirs = solution(job, f, effect)[:len(x)]
        apart = np.abs(x - theirs).max() / max(1, np.abs(theirs).max())
        self.assertLess(apart, digits, f"{job.preset} {job.kind}")
        self.assertGreater(np.abs(theirs).max(), 0.01)

    def test_every_preset_has_the_reference_of_its_equations(self):
        for preset in PRESETS:
            kind = PRESETS[preset][2]
            if preset == "Lorenz":  # chaos makes 1e-13 some 1e-9 in 10 s
                self.check(Job(preset, kind, 2, 10, period=10), 1e-8)
            else:
                self.check(Job(preset, kind, 2,
                               32 if preset == "vanderPol" else 16))

    def test_every_command_acts_on_the_reference_as_it_should(self):
        for kind in ("rampLeave", "rampLeaveDirnVary",
                     "rampLeaveDirnVaryNonLin", "rampLeaveHeights",
                     "rampLeaveRampHeights", "rampStep", "kickStart",
                     "persistent", "persconst", "amplVary",
                     "amplVaryRampHeightsAlt", "amplVaryMultiTime",
                     "inputOsc", "vanderPolfreqVary"):
            self.check(Job("LinOsc", kind, 3, 4.5, period=1.5))
        for kind in ("rampLeaveHeights", "amplVaryMultiTime", "persistent"):
            self.check(Job("vanderPol", kind, 3, 4.5, period=1.5))


class Arms(TestCase):
    def check(self, preset, kind, **more):
        job = Job(preset, kind, 2, 8, **more)
        arm, by_ends, factors, _ = ARMS[preset]
        u, _ = published(job)
        state, rows = np.zeros(2 * arm.links), []
        for step in range(8000):
            t = step * DT
            if job.clamp and t % 1 > 0.75:  # the script resets the arm then
                state = np.zeros(2 * arm.links)
            else:
                state = arm.run(u(t)[None], state)[0]
            rows.append(state)
        x = arm.ends(np.array(rows)) if by_ends else np.array(rows)
        x = (x * factors)[1:]
        most = max(1, np.abs(x).max())  # without limits, arms turn and turn
        np.testing.assert_allclose(job.drive()["x"][:-1], x, 0, 1e-9 * most,
                                   f"{preset} {kind}")

    def test_every_arm_moves_under_the_command_it_learns_with(self):
        for preset in ARMS:
            self.check(preset, "amplVaryHeights")

    def test_trials_put_the_arm_back_to_where_it_began(self):
        for preset in ("robot1_gravity", "robot2_todorov_gravity"):
            for kind in ("amplVaryHeights", "rampLeaveDirnVary"):
                self.check(preset, kind, clamp=True)

    def test_arms_move_under_a_spline(self):
        self.check("robot2_todorov_gravity", "rampLeaveDirnVary")
        self.check("robot1XY_gravity_interpol", "rampLeaveDirnVary")


if __name__ == "__main__":
    main()
