"""SciPy and NumPy judge the reference x(t) under the commands that change all the
time. What each preset learns with is in run_presets.py, by the same solutions.

Differential equations are solved by DOP853 at its tightest, from one corner of
the command to the next; arms by Euler's method. Both are written here, and in
drive_published.py and drive_numpy.py, from the published equations."""

import sys

import numpy as np

from followd_testing import TestCase, main

try:
    from scipy.integrate import ode
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


PRESETS = {  # f(x), and what of u is added to it
    "vanderPol": (van_der_pol, by_tau),
    "LinOsc": (linear(), by_tau),
    "LinOsc-nonlin": (linear(), cubic(0.1)),
    "LinOsc-nonlin2": (linear(), cubic(0.4)),
    "Lorenz": (lorenz, by_tau),
    "robot1": (robot1, by_tau),
    "rob1SL": (rob1SL, by_tau),
}


def corners_of(job):
    """Where u may jump or bend, and every STRIDE steps."""
    end, period = job.until or job.duration, job.period

    def each(spacing, *offsets):
        return [np.arange(0, end, spacing) + offset for offset in offsets]

    def grid(spacing):
        return np.linspace(0, job.duration, int(job.duration / spacing) + 1)

    times = [grid(period), [end], *each(STRIDE * DT, 0),
             *each(period, 0, job.ramp, period - job.clamped_for)]
    if job.kind.startswith("amplVary"):
        times.append((grid(50e-3)[1:] + grid(50e-3)[:-1]) / 2)
    if job.kind == "amplVaryMultiTime":
        times += [grid(spacing) for spacing in np.linspace(0.1, period, 5)]
    if job.kind == "rampLeaveDirnVaryNonLin":
        times += each(period, 10 * job.ramp)
    if job.kind == "persistent":
        times += each(period / 5, 0, job.ramp)
    times = np.unique(np.round(np.concatenate(times), 12))
    return times[times <= end + 1e-12]


def solution(job, f, effect, scale=1):
    """x every STRIDE steps, under so many times the command. What jumps is taken
    in the middle of a stretch; what bends is followed, and at the ends kept off
    the neighbours'."""
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
                return f(t, y) + effect(scale * np.asarray(u(inside)))
            solver = ode(slope).set_integrator(
                "dop853", rtol=1e-13, atol=1e-15, nsteps=10000,
                max_step=5 * DT)
            solver.set_initial_value(x, begin)
            x = solver.integrate(end)
            assert solver.successful(), (job.preset, begin)
        if abs(end / (STRIDE * DT) - round(end / (STRIDE * DT))) < 1e-9:
            rows.append(x)
    return np.array(rows)


def arm_solution(job, scale=1):
    """x after the torque of t = 0, 1 ms, ..., so many times what is told."""
    arm, by_ends, factors, _ = ARMS[job.preset]
    u, _ = published(job)
    state, rows = np.zeros(2 * arm.links), []
    for step in range(round((job.until or job.duration) / DT)):
        t = step * DT
        if job.clamp and t % 1 > 0.75:  # the script resets the arm then
            state = np.zeros(2 * arm.links)
        else:
            state = arm.run(scale * u(t)[None], state)[0]
        rows.append(state)
    rows = np.array(rows)
    return (arm.ends(rows) if by_ends else rows) * factors


class References(TestCase):
    def check(self, job, digits=1e-9):
        f, effect = PRESETS[job.preset]
        x = job.drive()["x"][STRIDE - 1::STRIDE]
        theirs = solution(job, f, effect)[:len(x)]
        apart = np.abs(x - theirs).max() / max(1, np.abs(theirs).max())
        self.assertLess(apart, digits, f"{job.preset} {job.kind}")
        self.assertGreater(np.abs(theirs).max(), 0.01)

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
        x = arm_solution(job)[1:]
        most = max(1, np.abs(x).max())  # without limits, arms turn and turn
        np.testing.assert_allclose(job.drive()["x"][:-1], x, 0, 1e-9 * most,
                                   f"{preset} {kind}")

    def test_trials_put_the_arm_back_to_where_it_began(self):
        for preset in ("robot1_gravity", "robot2_todorov_gravity"):
            for kind in ("amplVaryHeights", "rampLeaveDirnVary"):
                self.check(preset, kind, clamp=True)

    def test_arms_move_under_a_spline(self):
        self.check("robot2_todorov_gravity", "rampLeaveDirnVary")
        self.check("robot1XY_gravity_interpol", "rampLeaveDirnVary")


if __name__ == "__main__":
    main()
