"""The set-ups that nengo_record.py records, and what drives them.

A set-up says what a network is; its drive is command, reference and gates of
every step. Commands are alike to the published ones in kind and size, not in
their random numbers.
"""

import numpy as np

DT = 0.001  # s, one step

# The van der Pol network of the scripts, small and in a hurry.
DEFAULTS = dict(
    nengo="2.4.0",           # the release whose rule is recorded
    system="vanderPol",
    neurons=(100, 100),      # command layer, recurrent layer
    radius=(0.2, 5.0),       # command units, reference units
    seeds=(3, 4),
    gain=None,               # of every neuron; None: from rates and intercepts
    bias=(-2.0, 2.0),        # uniform, with `gain`
    nengo_defaults=False,    # encoders and the rest as the release likes them
    decoder_noise=None,      # decoders times 1 + this times uniform(-1, 1)
    eta=2e-3,
    tau=0.02,                # s, every synapse
    tau_error=0.2,           # s
    tau_feedback=0.02,       # s
    feedback=10.0,           # k, 0: the connection is not there
    reference_filtered=True,
    cutoff=0.0,              # of the filtered error, reference units
    clamped=(0, 1),          # layers that are silenced
    plastic="weights",       # or "decoders" (plastDecoders), "readout"
    start=None,              # "random", or the trace whose D it starts with
    connectivity=1.0,        # fraction of connections that exist
    neuron_noise=None,       # mean, sd of WhiteNoise into each neuron
    error_noise=None,        # mean, sd of WhiteNoise, through 5 ms
    seconds=3.0,
    period=1.0,              # s, one trial
    clamp=0.2,               # s, at the end of each trial; 0: never
    error=(0.5, 2.5),        # s, the error passes in between
    learn=(0.0, 3.0),        # s, what is left of it reaches the weights
)

LINEAR = dict(system="LinOsc", radius=(0.2, 1.0), clamp=0.0)
LORENZ = dict(system="Lorenz", radius=(6.0, 30.0), clamp=0.0, seconds=2.5,
              error=(0.25, 2.0))
# The arm's script: no filter of the reference, only one layer ever clamped.
ARM = dict(system="arm", radius=(0.2, 1.0), clamp=0.0, clamped=(1,),
           reference_filtered=False, learn=(0.0, 2.5))
NENGO_25 = dict(nengo="2.5.0", eta=1e-4)
NENGO_41 = dict(nengo="4.1.0", eta=1e-4)
# Few spikes, and weights that count for little: as in Fig. 2, but faster.
GAIN_2 = dict(gain=2.0, radius=(0.2, 4.5), eta=2e-2)
READOUT = dict(plastic="readout", start="trace_short100_v240.npz", feedback=0.0,
               tau_error=0.02, eta=1e-3)

SETUPS = {
    "vdp100_v280": dict(NENGO_25, nengo="2.8.0"),
    "vdp100_v410": dict(NENGO_41),
    "vdp1000_v240": dict(neurons=(1000, 1000), seconds=0.9, period=0.5,
                         clamp=0.1, error=(0.1, 0.8)),
    "unequal_v240": dict(neurons=(70, 130)),
    "linosc100_v250": dict(LINEAR, **NENGO_25),
    "lorenz150_v240": dict(LORENZ, neurons=(150, 150)),
    "arm120_v240": dict(ARM, neurons=(120, 120)),
    "arm120_v410": dict(ARM, neurons=(120, 120), **NENGO_41),
    "link60_v240": dict(ARM, system="link", neurons=(60, 60)),
    # slow feedback, which outlasts learning
    "feedback50_v240": dict(tau_feedback=0.05, seconds=2.5, learn=(0, 1.5)),
    "plastdecoders_v240": dict(plastic="decoders", seconds=2.5),
    "plastdecoders_v250": dict(plastic="decoders", seconds=2.5, nengo="2.5.0"),
    # other networks, noise, and weights beyond W = E D
    "plastdecoders_v410": dict(plastic="decoders", nengo="4.1.0"),
    "gain2_v240": dict(GAIN_2, tau_error=0.08),
    "gain2_v250": dict(GAIN_2, nengo="2.5.0"),
    "gain2_v410": dict(GAIN_2, nengo="4.1.0"),
    "neuronnoise_v240": dict(neuron_noise=(0.001, 0.003)),
    "errornoise_v240": dict(error_noise=(0.0005, 0.01)),
    "cutoff_v240": dict(cutoff=0.1),
    "armclamp_v240": dict(ARM, neurons=(120, 120), clamp=0.25),
    "short100_v240": dict(),
    "continue_v240": dict(start="trace_short100_v240.npz"),
    "continue_v280": dict(NENGO_25, nengo="2.8.0", start="trace_vdp100_v280.npz"),
    "continue_v410": dict(NENGO_41, start="trace_vdp100_v410.npz"),
    "readout_v240": dict(READOUT),
    "readout_v410": dict(READOUT, nengo="4.1.0",
                         start="trace_vdp100_v410.npz"),
    "random_v240": dict(start="random", neurons=(70, 70)),
    "random_v250": dict(NENGO_25, start="random", neurons=(70, 70)),
    "random_v410": dict(NENGO_41, start="random", neurons=(70, 70)),
    "sparse_v240": dict(connectivity=0.3, seconds=2.5),
    "sparse_v250": dict(NENGO_25, connectivity=0.3, seconds=2.5),
    "sparse_v410": dict(NENGO_41, connectivity=0.3, seconds=2.5),
    "decodernoise_v240": dict(decoder_noise=2.0),
    "defaults_v410": dict(NENGO_41, nengo_defaults=True),
}


def named(name):
    unknown = set(SETUPS[name]) - set(DEFAULTS)
    assert not unknown, unknown
    return dict(DEFAULTS, name=name, **SETUPS[name])


# ---- systems to imitate (facts: the paper's Methods, the scripts) ----------


def van_der_pol(x, u):
    return (np.array([x[1], 2 * (1 - x[0]**2) * x[1] - x[0]]) / 0.125
            + u / 0.02)


def oscillator(x, u):
    return np.array([-0.2 * x[0] - x[1], x[0] - 0.2 * x[1]]) / 0.1 + u / 0.02


def lorenz(x, u):
    return np.array([10 * (x[1] - x[0]), -x[0] * x[2] - x[1],
                     x[0] * x[1] - 8 / 3 * (x[2] + 28)]) + u / 0.02


def arm(x, u):
    """Two links in gravity; x and u scaled as the network sees them."""
    m1, m2, l1, s1, s2, i1, i2 = 1.4, 1.1, 0.31, 0.11, 0.16, 0.025, 0.045
    q, w = x[:2] * 2.5, x[2:] / 0.05
    beyond = np.clip(abs(q) - np.pi / 2, 0, np.pi / 4) / (np.pi / 4)
    torque = u / 0.02 * np.where(u * q > 0, 1 - beyond, 1)
    c, s, mls = np.cos(q[1]), np.sin(q[1]), m2 * l1 * s2
    inertia = np.array([
        [i1 + i2 + m2 * l1**2 + 2 * mls * c + m1 * s1**2 + m2 * s2**2,
         i2 + mls * c + m2 * s2**2],
        [i2 + mls * c + m2 * s2**2, i2 + m2 * s2**2]])
    hang = 9.81 * m2 * s2 * np.sin(q[0] + q[1])
    drag = np.array([
        -mls * (2 * w[0] + w[1]) * w[1] * s + 0.7 * w[0] + 0.08 * w[1]
        + 9.81 * (m1 * s1 + m2 * l1) * np.sin(q[0]) + hang,
        mls * w[0]**2 * s + 0.8 * w[1] + 0.08 * w[0] + hang])
    return np.concatenate([w / 2.5,
                           np.linalg.solve(inertia, torque - drag) * 0.05])


def link(x, u):
    """One link of the arm, which hangs in gravity."""
    q, w = x[0] * 3.5, x[1] / 0.05
    torque = u[0] / 0.02 - 1.4 * 0.11 * 9.81 * np.sin(q) - 0.7 * w
    return np.array([w / 3.5, torque / 0.04194 * 0.05])


# right side, dimensions of u and x, units of 16 bits of x
SYSTEMS = {
    "vanderPol": (van_der_pol, 2, 2, 2.0**-13),
    "LinOsc": (oscillator, 2, 2, 2.0**-15),
    "Lorenz": (lorenz, 3, 3, 2.0**-10),
    "arm": (arm, 2, 4, 2.0**-15),
    "link": (link, 1, 2, 2.0**-15),
}


def command(setup, t):
    """u [steps][d_in]: noise on a 50 ms grid and a pedestal for each trial."""
    rng = np.random.RandomState(2)
    _, d_in, _, _ = SYSTEMS[setup["system"]]
    radius = setup["radius"][0]
    trials = int(setup["seconds"] / setup["period"]) + 1
    heights = rng.normal(size=(trials, d_in))
    heights /= np.linalg.norm(heights, axis=1, keepdims=True)
    noise = rng.uniform(-1, 1, (int(setup["seconds"] / 0.05) + 2, d_in))
    if setup["system"] == "Lorenz":  # one kick
        kick = np.array([0.67, -0.46, 0.0]) / 10 * 30
        return np.outer(np.where(t < 0.25, t / 0.25, 0), kick)
    u = (noise[np.rint(t / 0.05).astype(int)]
         + heights[(t / setup["period"]).astype(int)]) * radius / 2
    u[:, 0] *= {"vanderPol": 1 / 3, "link": 0.2}.get(setup["system"], 1)
    return np.rint(u * 2**18) / 2**18


def reference(setup, u, clamp):
    """x [steps][d], by Runge and Kutta's method; towards 0 while clamped."""
    f, _, d, unit = SYSTEMS[setup["system"]]
    x = np.full(d, 0.001)
    rows = np.empty((len(u), d))
    for n in range(len(u)):
        if clamp[n]:
            x = x * np.exp(-1)
        else:
            k1 = f(x, u[n])
            k2 = f(x + DT / 2 * k1, u[n])
            k3 = f(x + DT / 2 * k2, u[n])
            x = x + DT / 6 * (k1 + 2 * k2 + 2 * k3 + f(x + DT * k3, u[n]))
        rows[n] = x
    return np.rint(rows / unit) * unit


def drive(setup):
    """All that comes from outside, row i at t = (i + 1) ms."""
    n = np.arange(1, int(round(setup["seconds"] / DT)) + 1)
    t = n * DT
    period = int(round(setup["period"] / DT))
    clamp = n % period >= period - int(round(setup["clamp"] / DT))
    passes, learns = [(t > setup[gate][0]) & (t < setup[gate][1]) & ~clamp
                      for gate in ("error", "learn")]
    u = command(setup, t)
    return dict(u=u, xref=reference(setup, u, clamp), clamp=clamp,
                gate_off=passes, gate_wt=learns)
