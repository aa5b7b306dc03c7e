"""Spikes, rates and episodes: NumPy says what should come out of what a false
worker reported."""

import csv
import io
import json

import numpy as np

from followd_testing import (DT, Daemon, TestCase, Worker, as_bytes, main,
                             npz_bytes)

FF, REC = 21, 30
JOB = {"preset": "vanderPol",
       "network": {"neurons_ff": FF, "neurons_rec": REC},
       "schedule": {"duration": 24.0}, "record": {"window": 4.0}}


def spikes(seed, steps, neurons):
    """Neurons that fire at rates from none to 100 Hz."""
    random = np.random.RandomState(seed)
    return random.rand(steps, neurons) < np.linspace(0, 0.1, neurons)


def cv(train):
    """As the published script has it: of more than 5 spikes."""
    times = np.flatnonzero(train)
    if len(times) <= 5:
        return np.nan
    intervals = np.diff(times)
    return np.std(intervals) / np.mean(intervals)


class Neurons(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.job = cls.daemon.submit(JOB)["id"]
        cls.path = f"/api/v1/jobs/{cls.job}"
        cls.lease = Worker(cls.daemon).lease()
        cls.ff, cls.rec = spikes(1, 5000, FF), spikes(2, 5000, REC)
        # What is recorded: steps 1 to 1000, and 20001 to 24000.
        cls.tell(0, 0, 1000)
        cls.tell(20000, 1000, 4200)
        cls.tell(23000, 4000, 5000)  # 200 steps of it a second time
        cls.counts = {"ff": np.arange(FF), "rec": np.arange(REC)[::-1] * 3}
        cls.lease.report(
            t=24.0, counts={"start": {"first_step": 0, "steps": 4000}},
            arrays={"counts_start_" + layer: counts.astype(np.int32)
                    for layer, counts in cls.counts.items()})

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    @classmethod
    def tell(cls, first_step, begin, end):
        cls.lease.report(
            t=(first_step + end - begin) * DT,
            spikes={"first_step": first_step},
            arrays={"spikes_ff_packed": np.packbits(cls.ff[begin:end], axis=1),
                    "spikes_rec_packed": np.packbits(cls.rec[begin:end],
                                                     axis=1)})

    def get(self, path, **headers):
        return self.daemon.request("GET", self.path + path, None, headers)

    # ---- spikes -------------------------------------------------------------

    def test_spikes_come_out_as_they_went_in(self):
        got = self.get("/spikes.npz").npz()
        steps = np.r_[1:1001, 20001:24001]
        np.testing.assert_array_equal(got["t"], steps * DT)
        self.assertEqual((got["neurons_ff"], got["neurons_rec"]), (FF, REC))
        for layer, all_of_them in (("ff", self.ff), ("rec", self.rec)):
            bits = np.unpackbits(got["spikes_" + layer], axis=1,
                                 count=all_of_them.shape[1])
            np.testing.assert_array_equal(bits, all_of_them)

    def test_spikes_of_a_range_have_its_ends(self):
        got = self.get("/spikes.npz?from=0.999&to=20.002").npz()
        np.testing.assert_allclose(got["t"], [.999, 1.0, 20.001, 20.002])
        np.testing.assert_array_equal(
            got["spikes_rec"], np.packbits(self.rec[998:1002], axis=1))
        self.assertEqual(self.get("/spikes.npz?from=5&to=6").status, 404)

    def test_spikes_are_a_download_in_parts(self):
        whole = self.get("/spikes.npz")
        part = self.get("/spikes.npz", Range="bytes=100-199")
        self.assertEqual((part.status, part.body),
                         (206, whole.body[100:200]))

    def test_a_job_without_spikes_says_what_asks_for_them(self):
        job = self.daemon.submit(JOB)["id"]
        for path in ("spikes.npz", "rates"):
            answer = self.daemon.request("GET", f"/api/v1/jobs/{job}/{path}")
            self.assertEqual(answer.status, 404)
            self.assertIn("record.spikes", answer.json()["detail"])

    # ---- rates ----------------------------------------------------------------

    def test_rates_and_regularity_of_a_window_are_those_of_its_spikes(self):
        got = self.get("/rates").json()
        self.assertEqual((got["job"], got["from"], got["to"], got["seconds"]),
                         (self.job, 20.0, 24.0, 4.0))
        for layer, trains in (("ff", self.ff[1000:]), ("rec", self.rec[1000:])):
            rate = trains.sum(axis=0) / 4.0
            about = got[layer]
            np.testing.assert_allclose(about["rate"], rate, rtol=1e-15)
            np.testing.assert_allclose(
                [np.nan if value is None else value for value in about["cv"]],
                [cv(train) for train in trains.T], rtol=1e-9)
            self.assertAlmostEqual(about["mean"], rate.mean(), 12)
            self.assertEqual(about["silent"], np.sum(rate == 0))
            counts, edges = np.histogram(rate, 50, (0, 500))
            self.assertEqual(about["histogram"]["counts"], list(counts))
            np.testing.assert_allclose(about["histogram"]["edges"], edges)

    def test_a_histogram_has_the_bins_that_are_asked_for(self):
        got = self.get("/rates?bins=7&most=90").json()["rec"]
        counts, edges = np.histogram(got["rate"], 7, (0, 90))
        self.assertEqual(got["histogram"]["counts"], list(counts))
        np.testing.assert_allclose(got["histogram"]["edges"], edges)

    def test_counted_rates_need_no_spikes_and_tell_no_regularity(self):
        got = self.get("/rates?window=start").json()
        self.assertEqual((got["from"], got["to"]), (0, 4))
        for layer, counts in self.counts.items():
            np.testing.assert_allclose(got[layer]["rate"], counts / 4.0)
            self.assertEqual(set(got[layer]["cv"]), {None})

    def test_an_interval_never_spans_what_was_not_recorded(self):
        got = self.get("/rates?window=spikes&format=npz").npz()
        parts = [np.flatnonzero(train) for train in
                 (self.rec[:1000, -1], self.rec[1000:, -1])]
        intervals = np.concatenate([np.diff(part) for part in parts])
        self.assertAlmostEqual(got["cv_rec"][-1],
                               np.std(intervals) / np.mean(intervals), 12)
        self.assertAlmostEqual(got["rate_rec"][-1], self.rec[:, -1].sum() / 5.0,
                               12)
        self.assertEqual((got["from"], got["to"]), (0, 24))

    def test_rates_of_a_range_are_those_of_its_spikes(self):
        got = self.get("/rates?from=20.001&to=21&format=csv").body.decode()
        rows = list(csv.DictReader(io.StringIO(got)))
        self.assertEqual(len(rows), FF + REC)
        expected = self.ff[1000:2000].sum(axis=0)
        for neuron, row in enumerate(rows[:FF]):
            self.assertEqual((row["layer"], int(row["neuron"])), ("ff", neuron))
            self.assertAlmostEqual(float(row["rate"]), expected[neuron], 9)

    def test_what_has_no_meaning_is_refused(self):
        for query in ("window=live", "window=end&from=1", "bins=0", "most=-1",
                      "format=xml", "from=x", "other=1"):
            self.assertEqual(self.get("/rates?" + query).status, 422, query)

    # ---- reports ----------------------------------------------------------------

    def test_a_report_of_another_network_or_time_is_refused_whole(self):
        lease = self.lease
        ff, rec = (np.zeros((3, (n + 7) // 8), np.uint8) for n in (FF, REC))
        good = {"spikes_ff_packed": ff, "spikes_rec_packed": rec}
        counts = {"counts_end_ff": np.zeros(FF, np.int32),
                  "counts_end_rec": np.zeros(REC, np.int32)}
        place = {"end": {"first_step": 20000, "steps": 4000}}
        bad = (
            ({"spikes_ff_packed": ff}, {"spikes": {"first_step": 0}}),
            ({"spikes_ff_packed": ff, "spikes_rec_packed": rec[:2]},
             {"spikes": {"first_step": 0}}),
            ({"spikes_ff_packed": ff[:, :2], "spikes_rec_packed": rec},
             {"spikes": {"first_step": 0}}),
            (good, {}), (good, {"spikes": {"first_step": 23998}}),
            (good, {"spikes": {"first_step": -1}}),
            (counts, {}), (counts, {"counts": {"end": {"first_step": 0}}}),
            (counts, {"counts": {"end": {"first_step": 20001,
                                         "steps": 4000}}}),
            ({"counts_end_ff": np.zeros(FF + 1, np.int32),
              "counts_end_rec": np.zeros(REC, np.int32)}, {"counts": place}),
            ({"counts_end_ff": np.zeros(FF), "counts_end_rec": np.zeros(REC)},
             {"counts": place}),
            ({"counts_live_ff": np.zeros(FF, np.int32),
              "counts_live_rec": np.zeros(REC, np.int32)},
             {"counts": {"live": place["end"]}}),
            ({"episodes": np.zeros((1, 2))}, {}),
        )
        for arrays, about in bad:
            report = json.dumps(dict(about, state="running", t=24.0)).encode()
            answer = lease.send(dict(arrays, report=as_bytes(report)))
            self.assertEqual(answer.status, 422, about)

    # ---- episodes ---------------------------------------------------------------

    def test_a_job_that_learns_by_reinforcement_tells_its_episodes(self):
        with Daemon() as daemon:
            job = daemon.submit({"preset": "rl-swing",
                                 "rl": {"episodes": 50}})["id"]
            path = f"/api/v1/jobs/{job}"
            lease = Worker(daemon).lease()
            times = np.stack([np.arange(50), 10 - np.arange(50) % 7 * .5], 1)
            self.assertEqual(daemon.get(path)["metrics"],
                             {"last": None, "min": None})
            torque = np.arange(10.0).reshape(5, 2)
            lease.report(
                t=20, checkpoint={"t": 20, "step": 20, "kind": "snapshot"},
                arrays={"episodes": times[:20], "checkpoint":
                        as_bytes(npz_bytes(torque=torque[:3]))})
            lease.report(
                "succeeded", t=50,
                checkpoint={"t": 50, "step": 50, "kind": "final"},
                arrays={"episodes": times[20:],
                        "checkpoint": as_bytes(npz_bytes(torque=torque))})
            about = daemon.get(path)
            self.assertEqual((about["state"], about["progress"]["done"]),
                             ("succeeded", 50))
            self.assertEqual(about["metrics"],
                             {"last": {"episode": 49, "time": 10.0},
                              "min": {"time": 7.0}})
            rows = daemon.get(path + "/metrics?from=18&to=21")
            self.assertEqual(rows["columns"], {
                "episode": [18, 19, 20, 21], "time": list(times[18:22, 1])})
            got = daemon.request("GET",
                                 path + "/checkpoints/final/torque.npy")
            np.testing.assert_array_equal(np.load(io.BytesIO(got.body)), torque)
            got = daemon.request("GET", path + "/checkpoints/20/torque.npy")
            np.testing.assert_array_equal(np.load(io.BytesIO(got.body)),
                                          torque[:3])
            weights = daemon.request("GET",
                                     path + "/checkpoints/final/weights.npz")
            self.assertEqual(weights.status, 409)
            self.assertIn("torques", weights.json()["detail"])


if __name__ == "__main__":
    main()
