"""follow-bench against traces that Nengo's own CPU simulator left behind.

tests/data/trace_*.npz are the first seconds of two recorded runs: van der Pol,
100 + 100 neurons in Nengo 2.4.0, 9 s, and 300 + 300 in Nengo 2.5.0, 5 s; both
begin to learn at 4 s. The engine makes the network from the seeds alone.
"""

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

    def test_a_trace_that_lacks_an_array_is_refused_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.npz")
            arrays = dict(np.load(trace("vdp100_v240")))
            del arrays["gate_wt"]
            np.savez(path, **arrays)
            done = subprocess.run([BENCH, "--verify", path], capture_output=True,
                                  text=True, timeout=60)
        assert done.returncode == 2, done.stderr
        assert "t.npz: " in done.stderr and "gate_wt" in done.stderr, \
            done.stderr


if __name__ == "__main__":
    main()
