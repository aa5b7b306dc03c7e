"""Single spikes of whole runs, and how many there are: Nengo says when each
neuron fires."""

import os

from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import DT, House, assert_same_arrays

DATA = os.path.join(os.path.dirname(__file__), "data")
PERIOD = 4  # s
LAYERS = ("ff", "rec")


def recorded(**sections):
    """The first 24 s of the published experiment in double precision."""
    description = {"preset": "vanderPol",
                   "network": {"neurons_ff": 100, "neurons_rec": 100},
                   "schedule": {"duration": 24, "test": 16},
                   "record": {"spikes": True, "window": 9},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


def unpacked(spikes, layer):
    return np.unpackbits(spikes["spikes_" + layer], axis=1,
                         count=int(spikes["neurons_" + layer]))


class Spikes(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def assert_is_nengo(self, name, **sections):
        """The job learns from 4 to 8 s what Nengo did, from its command and
        its reference; what lasts longer than the trace is none of Nengo's."""
        trace = np.load(os.path.join(DATA, f"trace_{name}.npz"))
        steps, N = len(trace["u"]), int(trace["meta_nexc"])
        more = [(0, 9000 - steps), (0, 0)]
        answer = self.house.request("POST", "/api/v1/arrays", npz_bytes(
            t=np.arange(1, 9001) / 1000, u=np.pad(trace["u"], more),
            x=np.pad(trace["xref"], more)))
        array = answer.json()["sha256"]
        job = self.house.run(recorded(
            system={"type": "array", "array": array},
            input={"type": "array", "array": array},
            schedule={"duration": 9, "test": 1},
            **sections))
        spikes = job.npz("/spikes.npz")
        for layer, theirs in (("ff", "in"), ("rec", "out")):
            theirs = np.unpackbits(trace["spikes_" + theirs], axis=1, count=N)
            self.assertGreater(theirs.sum(), steps)
            np.testing.assert_array_equal(unpacked(spikes, layer)[:steps],
                                          theirs, layer)

    def test_every_spike_of_a_job_is_one_of_nengo(self):
        self.assert_is_nengo("vdp100_v240")

    def test_every_spike_is_one_of_nengo_2_5_too(self):
        self.assert_is_nengo(
            "vdp300_v250", learning={"eta": 1e-4},
            network={"neurons_ff": 300, "neurons_rec": 300, "nengo": "2.5"})

    def test_spikes_are_there_in_both_windows_and_nowhere_else(self):
        whole = self.house.run(recorded(record={"window": 24}))
        for seconds in (3, 12, 15):
            ours = self.house.run(recorded(record={"window": seconds}))
            there = np.arange(1, 24001)
            there = there[(there <= 1000 * seconds) |
                          (there > 1000 * (24 - seconds))]
            spikes, all_ = ours.npz("/spikes.npz"), whole.npz("/spikes.npz")
            np.testing.assert_array_equal(np.rint(1000 * spikes["t"]), there)
            for layer in LAYERS:
                np.testing.assert_array_equal(
                    spikes["spikes_" + layer],
                    all_["spikes_" + layer][there - 1])

    def test_the_rates_of_each_period_are_those_of_its_spikes(self):
        job = self.house.run(recorded(
            network={"neurons_ff": 93, "neurons_rec": 110},
            record={"window": 24}))
        spikes, metrics = job.npz("/spikes.npz"), job.metrics()
        for layer in LAYERS:
            rates = unpacked(spikes, layer).reshape(6, 1000 * PERIOD, -1).mean(
                axis=(1, 2)) * 1000
            np.testing.assert_allclose(metrics["rate_" + layer], rates,
                                       rtol=1e-12)

    def counted(self, job, window):
        rates = job.npz(f"/rates?window={window}&format=npz")
        seconds = rates["to"] - rates["from"]
        return [rates["rate_" + layer] * seconds for layer in LAYERS]

    def test_what_is_counted_in_a_window_are_its_spikes(self):
        """Whether or not they are kept; of windows that overlap, too."""
        for seconds in (5, 12, 20):
            job = self.house.run(recorded(
                network={"neurons_ff": 93, "neurons_rec": 110},
                record={"window": seconds, "rates": True}))
            blind = self.house.run(recorded(
                network={"neurons_ff": 93, "neurons_rec": 110},
                record={"window": seconds, "rates": True, "spikes": False}))
            self.assertEqual(self.house.request(
                "GET", blind.path + "/spikes.npz").status, 404)
            spikes = job.npz("/spikes.npz")
            for window, there in (("start", spikes["t"] < seconds + DT / 2),
                                  ("end", spikes["t"] > 24 - seconds + DT / 2)):
                self.assertEqual(there.sum(), 1000 * seconds)
                sums = [unpacked(spikes, layer)[there].sum(axis=0)
                        for layer in LAYERS]
                for one in (job, blind):
                    for counts, expected in zip(self.counted(one, window), sums):
                        np.testing.assert_allclose(counts, expected,
                                                   rtol=1e-12)

    def assert_same_counts(self, job, other):
        for window in ("start", "end"):
            path = f"/rates?window={window}&format=npz"
            assert_same_arrays(job.npz(path), other.npz(path))

    def test_jobs_that_share_a_device_have_their_own_spikes(self):
        """Each has other windows, and one of them keeps no spikes."""
        descriptions = [recorded(
            schedule={"duration": 200 + 40 * i}, input={"seed": 5 + i},
            record={"window": 90 - 30 * i, "rates": True, "spikes": i < 2})
            for i in range(3)]
        alone = [self.house.run(one) for one in descriptions]
        jobs = [self.house.begin(one) for one in descriptions]
        for i, (job, undisturbed) in enumerate(zip(jobs, alone)):
            job.finish()
            self.assert_same_counts(job, undisturbed)
            if i < 2:
                assert_same_arrays(job.npz("/spikes.npz"),
                                   undisturbed.npz("/spikes.npz"))

    def test_a_job_that_is_killed_and_paused_leaves_the_same_spikes(self):
        description = recorded(schedule={"duration": 400, "test": 16},
                               record={"window": 200, "snapshots": 40,
                                       "rates": True})
        undisturbed = self.house.run(description)
        job = self.house.begin(description)
        job.await_time(90)
        self.house.kill_worker()
        job.await_time(200)
        job.ask("pause")
        job.await_state("paused")
        job.ask("resume")
        job.finish()
        self.assertEqual(job["restarts"], 1)
        self.assertEqual(job.log().count("simulating from"), 3)
        assert_same_arrays(job.npz("/spikes.npz"),
                           undisturbed.npz("/spikes.npz"))
        self.assert_same_counts(job, undisturbed)
        self.assertEqual(job.checkpoints()[-1]["sha256"],
                         undisturbed.checkpoints()[-1]["sha256"])


if __name__ == "__main__":
    main()
