"""Records what Nengo itself does with a FOLLOW network, step by step.

The oracle of follow-bench --verify: tests/data/README.md lists what was
recorded. No test runs this, and neither building nor checking followd needs
Nengo. To record again, one environment for each release, outside the source
tree; Nengo 2 and 3.0 want Python 3.9 and a NumPy of their time, 4.1 does not:

    python3.9 -m venv nengo-2.4.0
    nengo-2.4.0/bin/pip install numpy==1.23.5 scipy==1.10.1 nengo==2.4.0
    nengo-2.4.0/bin/python tests/nengo_record.py --replay TRACE.npz
    nengo-2.4.0/bin/python tests/nengo_record.py --out tests/data NAME...

--replay runs the set-up of a trace that was recorded by other means, on its
own command, reference and gates, and counts the spikes that differ: it must
say 0. NAME is one of nengo_setups.py; without any, all for this release.

The seconds are few, so periods, clamps and learning windows are shorter than
the published ones: every rule is at work, in files small enough to keep. The
reference is rounded to 16 bits for the same reason. Nengo adds up what flows
into a neuron in an order that differs from run to run; a trace is written only
when three runs have the same spikes.
"""

import argparse
import os
import sys

import nengo
import numpy as np
from nengo_setups import DT, SETUPS, drive, named

VERSION = tuple(int(part) for part in nengo.__version__.split(".")[:2])
LAYERS = 0, 1  # command, recurrent


# ---- the network -----------------------------------------------------------


def ensemble(setup, layer, dimensions):
    """As the scripts make it: what Nengo 2 does unasked is asked of any."""
    kind = dict(tau_rc=0.02, tau_ref=0.002)
    if VERSION >= (3, 1):  # else the voltages start at random
        kind["initial_state"] = {"voltage": nengo.dists.Choice([0])}
    neurons = setup["neurons"][layer]
    tuning = dict(max_rates=nengo.dists.Uniform(200, 400),
                  intercepts=nengo.dists.Uniform(-1, 1))
    if setup["gain"] is not None:
        tuning = dict(gain=setup["gain"] * np.ones(neurons),
                      bias=nengo.dists.Uniform(*setup["bias"]))
    points = dict(encoders=nengo.dists.UniformHypersphere(surface=True),
                  eval_points=nengo.dists.UniformHypersphere())
    if setup["nengo_defaults"]:
        tuning, points = {}, {}
    made = nengo.Ensemble(neurons, dimensions, radius=setup["radius"][layer],
                          seed=setup["seeds"][layer],
                          neuron_type=nengo.LIF(**kind), **tuning, **points)
    if setup["neuron_noise"] is not None:
        made.noise = white_noise(setup["neuron_noise"], setup["seeds"][layer])
    return made


def white_noise(mean_sd, seed):
    return nengo.processes.WhiteNoise(nengo.dists.Gaussian(*mean_sd),
                                      seed=seed)


def pes(setup):
    """The learning rule; the filter of its spikes has had two names."""
    synapse = (dict(pre_synapse=nengo.Lowpass(setup["tau"]))
               if hasattr(nengo.PES, "pre_synapse")
               else dict(pre_tau=setup["tau"]))
    return nengo.PES(learning_rate=setup["eta"], **synapse)


class Follow:
    """The network of the scripts, told what to do by the arrays of a drive.

    `transforms`: of the two plastic connections. `decoders`: of the readout,
    None for those that Nengo solves for."""

    def __init__(self, setup, driven, transforms, decoders):
        self.setup = setup
        self.d_in, self.d = driven["u"].shape[1], driven["xref"].shape[1]
        with nengo.Network(seed=2) as self.network:
            self.populations = (ensemble(setup, 0, self.d_in),
                                ensemble(setup, 1, self.d))
            self.plastic = [self.recurrent(layer, transforms)
                            for layer in LAYERS]
            command = nengo.Node(shown(driven["u"]), size_out=self.d_in)
            nengo.Connection(command, self.populations[0], synapse=None)
            self.errors(driven, decoders)
            for layer in setup["clamped"]:
                self.clamp(driven["clamp"], self.populations[layer].neurons)
            self.spikes = [nengo.Probe(population.neurons)
                           for population in self.populations]
            self.x_hat = nengo.Probe(self.readout, "output")

    def recurrent(self, layer, transforms):
        """What comes into the recurrent layer from `layer`."""
        pre, post = self.populations[layer], self.populations[1]
        how = dict(synapse=self.setup["tau"])
        if self.setup["plastic"] != "readout":
            how["learning_rule_type"] = pes(self.setup)
        if self.setup["plastic"] == "decoders":
            return nengo.Connection(pre, post, function=zeros(self.d), **how)
        return nengo.Connection(pre.neurons, post.neurons,
                                transform=transforms[layer], **how)

    def errors(self, driven, decoders):
        """Readout, reference, gates, feedback and what is learned from."""
        setup, d = self.setup, self.d
        error = nengo.Node(size_in=d)
        read, how = self.populations[1], {}
        if decoders is not None:
            read, how = read.neurons, dict(transform=decoders)
        elif setup["plastic"] == "readout":
            how = dict(function=zeros(d), learning_rule_type=pes(setup))
        self.readout = nengo.Connection(read, error, synapse=setup["tau"],
                                        **how)
        reference = nengo.Node(shown(driven["xref"]), size_out=d)
        nengo.Connection(
            reference, error, transform=-1,
            synapse=setup["tau"] if setup["reference_filtered"] else None)
        if setup["error_noise"] is not None:
            noise = nengo.Node(
                white_noise(setup["error_noise"], setup["seeds"][0]),
                size_out=d)
            nengo.Connection(noise, error, synapse=0.005)

        def learned_from(t, e):
            return e * (abs(e) > setup["cutoff"]) * at(driven["gate_wt"], t)

        off = nengo.Node(lambda t, e: e * at(driven["gate_off"], t),
                         size_in=d, size_out=d)
        learned = nengo.Node(learned_from, size_in=d, size_out=d)
        nengo.Connection(error, off, synapse=None)
        nengo.Connection(off, learned, synapse=setup["tau_error"])
        if setup["feedback"] != 0:
            nengo.Connection(off, self.populations[1],
                             synapse=setup["tau_feedback"],
                             transform=-setup["feedback"])
        readout_only = setup["plastic"] == "readout"
        for taught in [self.readout] if readout_only else self.plastic:
            nengo.Connection(learned, taught.learning_rule, synapse=DT)
        self.error = nengo.Probe(error)
        self.learned = nengo.Probe(learned)

    def clamp(self, gate, neurons):
        node = nengo.Node(lambda t: -100.0 * at(gate, t), size_out=1)
        nengo.Connection(node, neurons, synapse=DT,
                         transform=np.ones((neurons.size_in, 1)))


def at(rows, t):
    return rows[int(round(t / DT)) - 1]


def shown(rows):
    return lambda t: at(rows, t)


def zeros(d):
    return lambda x: np.zeros(d)


# ---- one run ---------------------------------------------------------------


def simulator(follow, masks=None):
    """Nengo has no sparse learning: with masks, each increment of its weights
    is multiplied by them and not by 1. Its optimizer must not see that: it
    merges such operators in ways that differ from run to run."""
    model = nengo.builder.Model(dt=DT)
    model.build(follow.network)
    for connection, mask in zip(follow.plastic, masks or []):
        target = model.sig[connection]["weights"]
        for i, op in enumerate(model.operators):
            if op.tag == "weights += delta" and op.incs[0] is target:
                model.operators[i] = nengo.builder.operator.ElementwiseInc(
                    nengo.builder.Signal(mask.astype(float), name="mask"),
                    op.reads[-1], target)
    return nengo.Simulator(None, model=model, progress_bar=False,
                           optimize=masks is None)


def signal(sim, key, name):
    return np.array(sim.signals[sim.model.sig[key][name]])


def started(setup, driven, folder):
    """Transforms before learning, decoders of the readout, masks."""
    n_in, n_out = setup["neurons"]
    shapes = (n_out, n_in), (n_out, n_out)
    transforms, decoders, masks = [np.zeros(s) for s in shapes], None, None
    rng = np.random.RandomState(5)
    follow = Follow(setup, driven, transforms, None)
    sim = simulator(follow)
    if setup["start"] == "random":  # the same numbers twice, as in the scripts
        rec = 1e-4 * rng.normal(size=shapes[1])
        transforms = [rec[:, :n_in] / 20, rec]
    elif setup["start"] is not None:
        other = np.load(os.path.join(folder, setup["start"]))
        built = sim.data[follow.populations[1]]
        transforms = [built.scaled_encoders @ other[D]
                      for D in ("D_ff", "D_rec")]
        if VERSION < (2, 5):  # which multiplies them by the gain
            transforms = [W / built.gain[:, None] for W in transforms]
    if setup["decoder_noise"] is not None:
        decoders = sim.data[follow.readout].weights
        decoders = decoders * (1 + setup["decoder_noise"]
                               * rng.uniform(-1, 1, decoders.shape))
    if setup["connectivity"] < 1:
        masks = [rng.uniform(size=s) < setup["connectivity"] for s in shapes]
    sim.close()
    return transforms, decoders, masks


def run(setup, driven, folder):
    """Everything that was seen, in the names of a trace."""
    transforms, decoders, masks = started(setup, driven, folder)
    follow = Follow(setup, driven, transforms, decoders)
    sim = simulator(follow, masks)
    before = [signal(sim, c, "weights") for c in follow.plastic]
    sim.run_steps(len(driven["u"]))
    seen = dict(driven)
    seen["xhat"] = sim.data[follow.x_hat]
    seen["err"] = sim.data[follow.error]
    seen["errw"] = sim.data[follow.learned]
    for layer, name in zip(LAYERS, ("in", "out")):
        built = sim.data[follow.populations[layer]]
        seen["spikes_" + name] = np.packbits(
            sim.data[follow.spikes[layer]] > 0, axis=1)
        for array in ("encoders", "gain", "bias", "scaled_encoders"):
            seen["%s_%s" % (array, name)] = np.array(getattr(built, array))
    seen["decoders_out"] = signal(sim, follow.readout, "weights")
    for layer, name in zip(LAYERS, ("ff", "rec")):
        W = signal(sim, follow.plastic[layer], "weights")
        seen["W0_" + name], seen["W_" + name] = before[layer], W
        seen["D_" + name] = W
        if setup["plastic"] != "decoders":
            seen["mask_" + name] = (masks[layer] if masks is not None
                                    else np.ones(W.shape, bool))
            E = seen["scaled_encoders_out"]
            if setup["start"] == "random":
                W = W - before[layer]
            elif setup["start"] is not None:
                seen["D0_" + name] = factors(E, before[layer],
                                             seen["mask_" + name])
            seen["D_" + name] = factors(E, W, seen["mask_" + name])
    sim.close()
    return seen


def factors(E, W, mask):
    """D of W = mask * (E D), which must hold."""
    D = np.stack([np.linalg.lstsq(E[m], w[m], rcond=None)[0]
                  for w, m in zip(W.T, mask.T)], axis=1)
    assert abs(mask * (E @ D) - W).max() <= 1e-12 * max(1, abs(W).max())
    return D


def meta(setup):
    """The constants, under the names of the traces that came first."""
    told = dict(
        nengo_version=nengo.__version__, system=setup["system"],
        nexc=setup["neurons"][0], nexc_out=setup["neurons"][1],
        tmax=setup["seconds"], dt=DT, Tperiod=setup["period"],
        eta=setup["eta"], R_in=setup["radius"][0], R_out=setup["radius"][1],
        tau=setup["tau"], tau_w=setup["tau_error"],
        tau_fb=setup["tau_feedback"], tau_clamp=DT, kfb=setup["feedback"],
        tref_filter=setup["tau"] if setup["reference_filtered"] else -1.0,
        seed_in=setup["seeds"][0], seed_out=setup["seeds"][1],
        cutoff=setup["cutoff"], plastic=setup["plastic"],
        start=str(setup["start"]),
        clamped_in=0 in setup["clamped"], clamped_out=1 in setup["clamped"],
        gain=setup["gain"] or 0.0, bias_low=setup["bias"][0],
        bias_high=setup["bias"][1])
    for noise in ("neuron_noise", "error_noise"):
        mean_sd = setup[noise] or (0.0, 0.0)
        told[noise + "_mean"], told[noise + "_sd"] = mean_sd
    return {"meta_" + name: np.array(value) for name, value in told.items()}


# ---- commands --------------------------------------------------------------

KEPT = ("u", "xref", "clamp", "gate_off", "gate_wt", "xhat", "spikes_in",
        "spikes_out", "D_ff", "D_rec")


def needed(setup):
    """What a replay cannot make from the constants, and what it is to find."""
    names = list(KEPT)
    if setup["start"] is not None:
        start = "W0_%s" if setup["start"] == "random" else "D0_%s"
        names += [start % layer for layer in ("ff", "rec")]
    if setup["connectivity"] < 1:
        names += ["mask_ff", "mask_rec"]
    if setup["nengo_defaults"]:
        names += ["%s_%s" % (array, layer) for layer in ("in", "out")
                  for array in ("encoders", "gain", "bias")]
    if (setup["nengo_defaults"] or setup["decoder_noise"]
            or setup["plastic"] == "readout"):
        names.append("decoders_out")
    return names


def record(name, folder, everything):
    setup = named(name)
    driven = drive(setup)
    seen = run(setup, driven, folder)
    for again in (run(setup, driven, folder) for _ in range(2)):
        for spikes in ("spikes_in", "spikes_out"):
            parted = np.flatnonzero((seen[spikes] != again[spikes]).any(axis=1))
            if len(parted):
                sys.exit("%s: two runs part at step %d" % (name, parted[0] + 1))
    kept = {key: value for key, value in seen.items()
            if everything or key in needed(setup)}
    path = os.path.join(folder, "trace_%s.npz" % name)
    np.savez_compressed(path, **kept, **meta(setup))
    print("%s: %d bytes, %d steps, %s spikes, rms error %.3g" % (
        path, os.path.getsize(path), len(seen["u"]),
        [int(np.unpackbits(seen[s]).sum()) for s in ("spikes_in", "spikes_out")],
        np.sqrt(np.mean(seen["err"]**2))))


def replay(path):
    """A trace that was recorded by other means, recorded again."""
    theirs = np.load(path)
    driven = {name: theirs[name] for name in KEPT[:5]}
    told = {name[5:]: theirs[name].item() for name in theirs.files
            if name.startswith("meta_")}
    if told["nengo_version"] != nengo.__version__:
        sys.exit("%s is of Nengo %s, this is %s" % (
            path, told["nengo_version"], nengo.__version__))
    setup = dict(named(next(iter(SETUPS))), neurons=(told["nexc"],) * 2,
                 radius=(told["R_in"], told["R_out"]), eta=told["eta"],
                 seeds=(told["seed_in"], told["seed_out"]),
                 tau_error=told["tau_w"], feedback=told["kfb"],
                 reference_filtered=told["tref_filter"] > 0)
    ours = run(setup, driven, None)
    differ = sum(int(np.unpackbits(ours[s] ^ theirs[s]).sum())
                 for s in ("spikes_in", "spikes_out"))
    print("%s: %d spikes differ" % (path, differ))
    for name in sorted(set(ours) & set(theirs.files)):
        if ours[name].dtype == float:
            print("  %-20s largest difference %.3g" % (
                name, abs(ours[name] - theirs[name]).max()))
    return differ


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replay", metavar="TRACE")
    parser.add_argument("--out", metavar="FOLDER", default=".",
                        help="for traces, and of those that others start with")
    parser.add_argument("--everything", action="store_true",
                        help="keep weights, encoders and errors as well")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.replay:
        sys.exit(replay(options.replay) != 0)
    for name in options.names or SETUPS:
        if named(name)["nengo"] == nengo.__version__:
            record(name, options.out, options.everything)


if __name__ == "__main__":
    main()
