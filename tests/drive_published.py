"""The commands of the published scripts once more, in NumPy and SciPy, written
from their formulas: u(t) of a job, with which tests judge followd's.

    Job("vanderPol", "amplVary", seed=3, duration=30)

is a job whose command `published(job)` returns as a function of t.
"""

import numpy as np
from scipy.interpolate import interp1d

from model_numpy import model_print

PENDULUMS = "robot1", "rob1SL"
# What the scripts know of each system: dimensions of u, period, ramp, R1, R2,
# reduction, trials that end in a clamp.
SYSTEMS = {
    "vanderPol": (2, 4.0, 0.1, 0.2, 5.0, 50.0, True),
    "LinOsc": (2, 2.0, 0.1, 0.2, 1.0, 8.0, False),
    "LinOsc-nonlin": (2, 2.0, 0.1, 0.2, 1.0, 8.0, False),
    "LinOsc-nonlin2": (2, 2.0, 0.1, 0.2, 1.0, 8.0, False),
    "Lorenz": (3, 20.0, 0.25, 6.0, 30.0, 10.0, False),
    "robot1": (2, 1.0, 0.25, 1.2, 6.0, 1.0, False),
    "rob1SL": (2, 1.0, 0.25, 1.2, 6.0, 1.0, False),
}
ARM = (2, 1.0, 0.5, 0.2, 1.0, 0.3, False)
ONE_LINK = (1, *ARM[1:])
ARMS = {
    # and the factor of their torques
    "robot1_gravity": (ONE_LINK, .125),
    "robot1XY_gravity": (ONE_LINK, .02),
    "robot1_gravity_interpol": (ONE_LINK, .02),
    "robot1XY_gravity_interpol": (ONE_LINK, .02),
    "robot2_gravity_interpol": (ARM, .02),
    "robot2_todorov": (ARM, .5),
    "robot2_todorov_gravity": (ARM, .02),
    "robot2XY_todorov_gravity": (ARM, .025),
    "acrobot2_gravity": ((*ARM[:5], 0.5, False), .05),
    "acrobot2XY_gravity": ((*ARM[:5], 0.5, False), .025),
}


class Job:
    """A preset with another command; what is not told is as published."""

    def __init__(self, preset, kind, seed=2, duration=None, **more):
        self.preset, self.kind, self.seed = preset, kind, seed
        self.arm = preset in ARMS
        known = ARMS[preset][0] if self.arm else SYSTEMS[preset]
        (self.d, self.period, self.ramp, self.R1, self.R2, self.reduction,
         self.clamp) = known
        self.factor = ARMS[preset][1] if self.arm else 1
        self.normals = 0
        self.until = None  # s, how far its reference is wanted; all the way
        self.description = more.pop("description", {})
        self.__dict__.update(more)
        self.duration = duration or 8 * self.period

    def spec(self):
        return {"preset": self.preset,
                "network": {"neurons_ff": 10, "neurons_rec": 10,
                            "radius_ff": self.R1, "radius_rec": self.R2},
                "input": {"type": self.kind, "seed": self.seed, "scale": 1,
                          "reduction": self.reduction},
                "schedule": {"duration": self.duration, "period": self.period,
                             "ramp": self.ramp, "trial_clamp": self.clamp,
                             "settle": 0, "test": self.test},
                "record": {"window": 0.001}, **self.description}

    @property
    def test(self):
        return 4 * self.period if self.duration >= 6 * self.period else 0

    @property
    def van_der_pol(self):
        return self.preset == "vanderPol"

    @property
    def clamped_for(self):
        return (0.25 if self.arm else 0.5) if self.clamp else 0

    def gate(self, t):
        return float(not self.clamp or
                     t % self.period < self.period - self.clamped_for)

    def drive(self, slices=777):
        return model_print("drive", slices, spec=self.spec())


def published(job):
    """u(t) in the units of the script, and the stream after it."""
    random = np.random.RandomState([job.seed])
    draws = Draws(job, random)
    if not job.arm:
        draws.direction()
    random.normal(size=job.normals)
    kind = job.kind
    if job.arm and kind in ("amplVaryHeights", "rampLeaveDirnVary"):
        kind = "arm_" + kind
    if job.preset in PENDULUMS and kind == "rampLeaveDirnVary":
        kind = "joint_" + kind
    return getattr(draws, kind)(), random


class Draws:
    """One method per command; each draws what it needs and returns u(t)."""

    def __init__(self, job, random):
        self.job, self.random = job, random
        self.periods = int(job.duration / job.period) + 1

    # ---- what many of them share

    def direction(self):
        y0 = self.random.uniform(-1, 1, 2)
        y0 = y0 / np.sqrt(y0[0] ** 2 + y0[1] ** 2)
        a, b = -0.2 / 0.05 * 0.02 + 1, 1 / 0.05 * 0.02
        W = [[a, -b], [b, a]]
        self.y0 = y0
        self.B = np.array([2 * (y0[i] - (W[i][0] * y0[0] + W[i][1] * y0[1]))
                           for i in range(2)])
        if self.job.van_der_pol:
            self.B = self.B / 3
        self.B = np.append(self.B, [0.] * (self.job.d - 2))

    def unit(self):
        n = self.random.normal(size=(self.job.d, self.periods))
        return n / np.sqrt((n * n).sum(axis=0))

    def uniform(self, most):
        return self.random.uniform(-most, most, (self.job.d, self.periods))

    def grid(self, spacing, most, kind, divide=1):
        points = int(self.job.duration / spacing) + 1
        values = self.random.uniform(-most, most, (self.job.d, points)) / divide
        return self.interpolated(values, kind)

    def interpolated(self, values, kind):
        times = np.linspace(0, self.job.duration, values.shape[1])
        return interp1d(times, values, kind=kind, axis=1, bounds_error=False,
                        fill_value=0.)

    def noise(self, divide=1):
        return self.grid(50e-3, self.job.R1 / 2, "nearest", divide)

    def k(self, t):
        return int(t / self.job.period)

    def phase(self, t):
        return t % self.job.period

    def ramps(self, t, times=1):
        return self.phase(t) < self.job.ramp * times

    # ---- one direction

    def rampLeave(self):
        job = self.job
        return lambda t: self.B / job.ramp * job.R2 * self.ramps(t)

    def kickStart(self):
        job = self.job
        return lambda t: (self.B / job.reduction * t / job.ramp * job.R2 *
                          (t < job.ramp))

    def persistent(self):
        job = self.job
        return lambda t: (np.exp(-self.phase(t) / job.period) * self.B /
                          job.ramp * job.R2 * (t % (job.period / 5) < job.ramp))

    def persconst(self):
        job = self.job
        return lambda t: (self.B / job.ramp * job.R2 if self.ramps(t)
                          else np.full(job.d, 3.))

    # ---- another one every period

    def rampLeaveDirnVary(self):
        job, P = self.job, self.unit() / self.job.reduction
        return lambda t: (P[:, self.k(t)] * self.phase(t) / job.ramp * job.R2 *
                          self.ramps(t))

    def joint_rampLeaveDirnVary(self):
        values = np.zeros((2, self.periods))
        values[1] = 0.02 * self.random.normal(size=self.periods) / self.job.ramp
        return self.interpolated(values, "cubic")

    def rampLeaveDirnVaryNonLin(self):
        job, P = self.job, self.uniform(1) / self.job.reduction
        return lambda t: (P[:, self.k(t)] * self.phase(t) / (job.ramp * 10) *
                          0.1 * job.R2 * self.ramps(t, 10))

    def rampLeaveHeights(self):
        job, weak = self.job, 2 if self.job.van_der_pol else 1
        P = self.unit() / job.reduction / weak
        H = self.unit() / job.reduction / 2 / weak
        return lambda t: (
            P[:, self.k(t)] * self.phase(t) / job.ramp * job.R2 * self.ramps(t)
            + H[:, self.k(t)] * job.R2 * job.gate(t))

    def rampLeaveRampHeights(self):
        job = self.job
        P, H = self.unit() * job.R1 / 2, self.uniform(job.R1 / 2)
        if job.van_der_pol:
            H[0] /= 3
        if "nonlin" in job.preset:
            P, H = P / 3, H / 2
        return lambda t: (H[:, self.k(t)] * job.gate(t) +
                          P[:, self.k(t)] * self.ramps(t))

    def rampStep(self):
        self.random.normal(size=2)
        self.random.uniform(size=2)
        top, after = np.array([.075, .05]), np.array([.025, -.025])
        period = self.job.period
        return lambda t: top * t / period if t <= period else after

    def vanderPolfreqVary(self):
        job, H = self.job, np.zeros((2, self.periods))
        H[0] = np.linspace(-1 / 3, 0, self.periods)
        return lambda t: (H[:, self.k(t)] * job.R1 / 2 * job.gate(t) +
                          np.array([.707, .707]) * job.R1 * self.ramps(t))

    # ---- noise

    def amplVary(self):
        noise = self.noise()
        return lambda t: noise(t) * self.job.gate(t)

    def amplVaryHeights(self):
        job = self.job
        H = self.unit() / job.reduction / 2 / (4 if job.van_der_pol else 1)
        noise = self.noise(3 if "LinOsc" in job.preset else 1)
        return lambda t: ((noise(t) + H[:, self.k(t)] * job.R2) *
                          job.gate(t))

    def amplVaryHeightsScaled(self):
        job = self.job
        third = np.array([3 if job.van_der_pol else 1] + [1] * (job.d - 1))
        H = self.unit() / third[:, None]
        noise = self.grid(50e-3, job.R1, "nearest", third[:, None])
        return lambda t: (noise(t) / 2 * job.gate(t) +
                          H[:, self.k(t)] * job.R1 / 2)

    def amplVaryRampHeightsAlt(self):
        job = self.job
        P = self.unit() / job.reduction / 2
        H = self.unit() / job.reduction / 2 / (2 if job.van_der_pol else 1)
        noise = self.noise()

        def u(t):
            k, odd = self.k(t), self.k(t) % 2
            held = noise(t) * (1 - odd) + H[:, k] * job.R2
            return (held * job.gate(t) + P[:, k] * self.phase(t) / job.ramp *
                    job.R2 * self.ramps(t) * odd)
        return u

    def amplVaryMultiTime(self):
        job = self.job
        grids = [self.grid(spacing, job.R1 / 10, "linear")
                 for spacing in np.linspace(0.1, job.period, 5)]
        return lambda t: job.gate(t) * sum(grid(t) for grid in grids)

    def amplDurnVary(self):
        job, count = self.job, int(1200 / self.job.ramp)
        strengths = self.random.uniform(-2 * job.R2, 2 * job.R2, count)
        ends = self.random.uniform(job.ramp, job.period, count).cumsum()
        pulses = self.rampLeave()
        return lambda t: (
            strengths[np.searchsorted(ends, t)] * self.B * job.R2 / job.ramp
            if t < job.duration - job.test else pulses(t))

    def inputOsc(self):
        omega = 2 * np.pi * self.random.uniform(1, 3, self.job.d)
        phi = 2 * np.pi * self.random.uniform(size=self.job.d)
        return lambda t: np.cos(omega * t + phi)

    def nostim(self):
        return lambda t: np.zeros(self.job.d)

    # ---- torques, N m

    def arm_amplVaryHeights(self):
        job = self.job
        heights = self.interpolated(self.unit() / job.reduction, "linear")
        noise = self.grid(50e-3, job.R2 / job.reduction, "linear")
        return lambda t: (noise(t) + heights(t) * job.R2) * job.gate(t)

    def arm_rampLeaveDirnVary(self):
        job = self.job
        P = 4 * (self.unit() if job.d > 1 else self.uniform(1))
        if not job.clamp:
            return self.interpolated(P, "cubic")

        def u(t):
            part = self.phase(t) / job.ramp
            return P[:, self.k(t)] * self.ramps(t) * (
                2 * part if self.ramps(t, 0.5) else 2 * (1 - part))
        return u
