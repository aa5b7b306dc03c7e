"""follow-bench against traces that Nengo's own CPU simulator left behind.

tests/data/README.md tells what each trace is. The engine makes the network from
the seeds, and takes from the file what no seed of its own determines.
"""

import glob
import json
import os
import subprocess
import tempfile

from followd_testing import TestCase, executable, main, np

BENCH = executable("follow-bench")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def verify(path, *options):
    done = subprocess.run([BENCH, "--verify", path, *options],
                          capture_output=True, text=True, timeout=120)
    if not done.stdout:
        raise AssertionError(done.stderr)
    return done.returncode, json.loads(done.stdout)


def trace(name):
    return os.path.join(DATA, "trace_%s.npz" % name)


def changed(name, folder, **changes):
    """A copy of a trace in which some arrays are others."""
    arrays = dict(np.load(trace(name)))
    arrays.update(changes)
    path = os.path.join(folder, "changed.npz")
    np.savez(path, **arrays)
    return path


class SetUps(TestCase):
    """Spike for spike as Nengo in set-ups of every kind; and with one constant
    of the set-up wrong, apart at the step where an independent simulation, in
    NumPy and with whole weight matrices, parts from Nengo too."""

    def follows(self, name, parts_at, within=1e-9, **wrong):
        code, told = verify(trace(name), "--precision", "f64")
        self.assertEqual(code, 0, told)
        assert told["max_abs_xhat"] < 1e-9, told
        for difference in ("max_abs_D_ff", "max_abs_D_rec"):
            assert told[difference] < within, told
        with tempfile.TemporaryDirectory() as folder:
            path = changed(name, folder, **wrong)
            code, told = verify(path, "--precision", "f64")
        self.assertEqual(told["first_mismatch_step"], parts_at, told)

    def test_nengo_2_8_learns_as_2_5_does(self):
        self.follows("vdp100_v280", 515, meta_nengo_version="2.4.0")

    def test_nengo_4_shows_learning_a_step_later(self):
        self.follows("vdp100_v410", 532, meta_nengo_version="2.5.0")

    def test_a_thousand_neurons_a_layer(self):
        self.follows("vdp1000_v240", 295, meta_eta=2e-3 * 1.0001)

    def test_layers_of_different_sizes(self):
        self.follows("unequal_v240", 773, meta_eta=2e-3 * 1.0001)

    def test_a_linear_oscillator_without_trials(self):
        self.follows("linosc100_v250", 514, meta_nengo_version="2.4.0")

    def test_three_dimensions_of_the_lorenz_system(self):
        self.follows("lorenz150_v240", 357, meta_eta=2e-3 * 1.0001)

    def test_two_torques_four_states_and_an_unfiltered_reference(self):
        self.follows("arm120_v240", 503, meta_tref_filter=0.02)

    def test_the_arm_with_nengo_4(self):
        self.follows("arm120_v410", 514, meta_nengo_version="2.5.0")

    def test_a_single_torque(self):
        self.follows("link60_v240", 508, meta_tref_filter=0.02)

    def test_slow_feedback(self):
        self.follows("feedback50_v240", 502, meta_tau_fb=0.02)

    def test_feedback_goes_on_when_learning_is_over(self):
        clamp = np.load(trace("feedback50_v240"))["clamp"]
        self.follows("feedback50_v240", 1517, gate_wt=~clamp)

    def test_plastic_decoders_are_plastic_weights(self):
        """Nengo learned d numbers a neuron here, and had no weight matrix."""
        self.follows("plastdecoders_v240", 515, meta_nengo_version="2.5.0",
                     meta_plastic="weights")

    def test_learning_goes_on_from_weights_that_were_learned_before(self):
        D = np.load(trace("continue_v240"))["D0_ff"]
        self.follows("continue_v240", 6, D0_ff=0 * D)

    def test_learning_goes_on_with_nengo_4(self):
        D = np.load(trace("continue_v410"))["D0_ff"]
        self.follows("continue_v410", 6, D0_ff=0 * D)

    def test_plastic_decoders_of_nengo_2_5_pass_the_gain_once(self):
        self.follows("plastdecoders_v250", 515, meta_plastic="weights")

    def test_learning_on_top_of_random_weights(self):
        W = np.load(trace("random_v240"))["W0_ff"]
        self.follows("random_v240", 8, W0_ff=0 * W)

    def test_random_weights_pass_the_gain_too_with_nengo_2_5(self):
        W = np.load(trace("random_v250"))["W0_rec"]
        self.follows("random_v250", 6, W0_rec=0 * W)

    def test_learning_on_top_of_random_weights_with_nengo_4(self):
        self.follows("random_v410", 540, meta_nengo_version="2.5.0")

    def test_most_connections_missing(self):
        mask = np.load(trace("sparse_v240"))["mask_rec"]
        self.follows("sparse_v240", 527, mask_rec=mask | True)

    def test_most_connections_missing_with_nengo_2_5(self):
        mask = np.load(trace("sparse_v250"))["mask_ff"]
        self.follows("sparse_v250", 527, mask_ff=mask | True)

    def test_most_connections_missing_with_nengo_4(self):
        """Whose factors the recorder could only recover to seven digits."""
        self.follows("sparse_v410", 565, 1e-7, meta_nengo_version="2.5.0")

    def test_small_errors_are_not_learned_from(self):
        self.follows("cutoff_v240", 515, meta_cutoff=0.0)

    def test_a_clamp_of_the_recurrent_layer_alone(self):
        self.follows("armclamp_v240", 751, meta_clamped_in=True)

    def test_noise_on_the_error(self):
        self.follows("errornoise_v240", 503, meta_error_noise_mean=0.0)

    def test_noise_on_the_decoders(self):
        """A run without it has the decoders as solved for."""
        with tempfile.TemporaryDirectory() as folder:
            arrays = dict(np.load(trace("decodernoise_v240")))
            del arrays["decoders_out"]
            path = os.path.join(folder, "plain.npz")
            np.savez(path, **arrays)
            code, told = verify(path, "--precision", "f64")
        assert code == 1 and told["first_mismatch_step"] == 502, told
        code, told = verify(trace("decodernoise_v240"), "--precision", "f64")
        assert code == 0 and told["max_abs_xhat"] < 1e-9, told

    def test_constant_gains(self):
        self.follows("gain2_v240", 2216, meta_eta=2e-2 * 1.0001)

    def test_constant_gains_with_nengo_2_5(self):
        self.follows("gain2_v250", 634, meta_nengo_version="4.1.0")

    def test_constant_gains_with_nengo_4(self):
        self.follows("gain2_v410", 634, meta_nengo_version="2.5.0")

    def test_a_network_that_nengo_4_drew_by_its_own_rules(self):
        self.follows("defaults_v410", 581, meta_nengo_version="2.5.0")


class Readout(TestCase):
    """Where only the decoders learn, no spike depends on it: x_hat does."""

    def learns(self, name, apart, **wrong):
        """With the wrong constants x_hat is as far off as an independent
        simulation with them, in NumPy."""
        code, told = verify(trace(name), "--precision", "f64")
        self.assertEqual(code, 0, told)
        assert told["max_abs_xhat"] < 1e-9, told
        assert told["max_abs_decoders"] < 1e-12, told
        with tempfile.TemporaryDirectory() as folder:
            path = changed(name, folder, **wrong)
            code, told = verify(path, "--precision", "f64")
        self.assertEqual(code, 0, told)
        assert abs(told["max_abs_xhat"] / apart - 1) < 0.05, told

    def test_decoders_learn_before_their_use(self):
        self.learns("readout_v240", 2.2e-4, meta_eta=1e-3 * 1.0001)

    def test_with_nengo_4_decoders_learn_after_their_use(self):
        self.learns("readout_v410", 0.053, meta_nengo_version="2.5.0")


class Engines(TestCase):
    """Weights that could be factors give the same spikes in any form."""

    def all_follow(self, engine):
        for path in sorted(glob.glob(trace("*"))):
            code, told = verify(path, "--precision", "f64", "--engine", engine)
            self.assertEqual(code, 0, (path, told))
            assert told["spikes"] > 5000, (path, told)
            assert told["max_abs_xhat"] < 1e-9, (path, told)

    def test_by_the_columns_of_spikes(self):
        self.all_follow("gathered")

    def test_with_every_weight_a_number_of_its_own(self):
        self.all_follow("dense")


class Networks(TestCase):
    """Where a file has the network's arrays, too."""

    def verified(self, **wrong):
        built = np.load(os.path.join(DATA, "network_vdp100_v240.npz"))
        arrays = {"decoders_out": built["decoders"]}
        for name in ("encoders", "gain", "bias"):
            arrays[name + "_in"] = built[name + "_ff"]
            arrays[name + "_out"] = built[name + "_rec"]
        for name, change in wrong.items():
            arrays[name] = change(arrays[name])
        with tempfile.TemporaryDirectory() as folder:
            path = changed("vdp100_v240", folder, **arrays)
            return verify(path, "--precision", "f64")[1]

    def test_it_is_made_from_the_seeds_and_not_taken_from_the_file(self):
        """The proof: what is rounded in the file is not so in the run."""
        told = self.verified(decoders_out=lambda array: np.round(array, 10),
                             bias_out=lambda array: np.round(array, 10))
        self.assertEqual((told["network"], told["mismatches"]), ("seeds", 0))
        self.assertLess(told["max_abs_xhat"], 1e-12)

    def test_one_that_no_seed_gives_is_taken_from_the_file(self):
        told = self.verified(bias_out=lambda array: array + 1e-3)
        self.assertEqual(told["network"], "arrays")
        self.assertGreater(told["mismatches"], 0)
        told = verify(trace("defaults_v410"), "--precision", "f64")[1]
        self.assertEqual((told["network"], told["mismatches"]), ("arrays", 0))


class Traces(TestCase):
    def test_no_spike_differs_from_nengo_2_4_in_f64(self):
        code, told = verify(trace("vdp100_v240"), "--precision", "f64")
        self.assertEqual(code, 0, told)
        assert told["mismatches"] == 0 and told["first_mismatch_step"] is None
        assert told["spikes"] > 100000, told
        assert told["max_abs_xhat"] < 1e-9, told

    def test_no_spike_differs_from_nengo_2_5_in_f64(self):
        code, told = verify(trace("vdp300_v250"), "--precision", "f64")
        self.assertEqual(code, 0, told)
        assert told["mismatches"] == 0 and told["max_abs_xhat"] < 1e-9, told

    def test_one_spike_that_differs_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            spikes = np.load(trace("vdp100_v240"))["spikes_out"].copy()
            spikes[1234, 5] ^= 0x10
            path = changed("vdp100_v240", folder, spikes_out=spikes)
            code, told = verify(path, "--precision", "f64")
        assert code == 1, told
        assert told["mismatches"] == 1 and told["first_mismatch_step"] == 1235, told

    def test_a_learning_rate_off_by_1e_4_shows_at_step_4417(self):
        """The step at which an independent simulation parts from Nengo's."""
        with tempfile.TemporaryDirectory() as folder:
            path = changed("vdp100_v240", folder, meta_eta=2e-3 * 1.0001)
            code, told = verify(path, "--precision", "f64")
        assert code == 1 and told["first_mismatch_step"] == 4417, told

    def test_an_unfiltered_reference_shows_at_step_4013(self):
        with tempfile.TemporaryDirectory() as folder:
            path = changed("vdp100_v240", folder, meta_tref_filter=-1.0)
            code, told = verify(path, "--precision", "f64")
        assert code == 1 and told["first_mismatch_step"] == 4013, told

    def test_f32_follows_until_rounding_moves_a_spike(self):
        code, told = verify(trace("vdp100_v240"))
        assert code == 1 and told["first_mismatch_step"] > 100, told
        assert told["mismatches"] < 0.2 * told["spikes"], told

    def refused(self, path, words):
        done = subprocess.run([BENCH, "--verify", path], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 2, done.stderr
        assert os.path.basename(path) + ": " in done.stderr, done.stderr
        assert words in done.stderr, done.stderr

    def test_a_trace_that_lacks_an_array_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.npz")
            arrays = dict(np.load(trace("vdp100_v240")))
            del arrays["gate_wt"]
            np.savez(path, **arrays)
            self.refused(path, "gate_wt")

    def test_what_no_engine_here_can_follow_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            self.refused(changed("vdp100_v410", folder,
                                 meta_neuron_noise_sd=0.003), "noise")
            self.refused(changed("vdp100_v410", folder,
                                 meta_plastic="decoders"), "decoders")


if __name__ == "__main__":
    main()
