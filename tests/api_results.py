"""What a job left behind: metrics, traces, checkpoints, matrices, its log.
The worker is false, so every number that comes out is one that went in."""

import base64
import hashlib
import io
import json

import numpy as np

from followd_testing import (DT, Daemon, TestCase, Worker, as_bytes, main,
                             npz_bytes, trace)

JOB = {"preset": "vanderPol", "name": "results",
       "network": {"neurons_ff": 40, "neurons_rec": 50},
       "schedule": {"duration": 40.0, "period": 4.0},
       "record": {"window": 8.0}}


class Results(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.worker = Worker(cls.daemon)
        cls.job = cls.daemon.submit(JOB)["id"]
        cls.path = f"/api/v1/jobs/{cls.job}"
        cls.lease = cls.worker.lease()
        cls.lease.finish()
        cls.network = dict(np.load(io.BytesIO(cls.lease.network())))
        cls.learned = dict(np.load(io.BytesIO(cls.lease.checkpoint(40.0))))
        cls.dense = {
            layer: cls.network["scaled_encoders_rec"]
            @ cls.learned["D_" + layer].astype(np.float64)
            for layer in ("ff", "rec")}

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def get(self, path, **headers):
        headers = {key.replace("_", "-"): value
                   for key, value in headers.items()}
        return self.daemon.request("GET", self.path + path, headers=headers)

    def array(self, path):
        answer = self.get(path)
        self.assertEqual(answer.status, 200, answer.body)
        return np.load(io.BytesIO(answer.body))

    # ---- the job ---------------------------------------------------------------

    def test_a_job_that_is_over_tells_how_it_went(self):
        job = self.daemon.get(self.path)
        self.assertEqual(job["state"], "succeeded")
        self.assertEqual(job["progress"]["fraction"], 1)
        self.assertEqual(job["metrics"]["last"]["period"], 9)
        self.assertEqual(job["metrics"]["last"]["mse"], 0.02 / 10 + 3e-5)
        # the last period in which the error passed is that before the test
        least = 0.02 / 6 + 3e-5
        self.assertEqual(job["metrics"]["min"]["mse"], least)
        self.assertEqual(job["metrics"]["min"]["mse_raw"], 2 * least)
        self.assertEqual(job["provenance"]["driver"], "1.0")
        self.assertIsNotNone(job["finished_at"])

    def test_the_log_is_there_as_text_and_line_by_line(self):
        text = self.get("/log").body.decode()
        self.assertIn("network made", text)
        lines = self.daemon.get(self.path + "/log?format=json")
        self.assertIn("network made", [line["text"]
                                       for line in lines["items"]])
        after = self.daemon.get(
            self.path + f"/log?format=json&after={lines['next']}")
        self.assertEqual(after, {"items": [], "next": lines["next"]})
        events = self.daemon.get(
            self.path + "/log?format=json&events=true")["items"]
        self.assertEqual([(one["event"], one["from"], one["to"])
                          for one in events],
                         [("submit", None, "queued"),
                          ("lease", "queued", "running"),
                          ("succeeded", "running", "succeeded")])

    # ---- metrics -----------------------------------------------------------------

    def test_metrics_come_out_as_they_went_in(self):
        sent = self.lease.metrics(0, 10)
        got = self.daemon.get(self.path + "/metrics")
        self.assertEqual((got["job"], got["rows"], got["thinned"]),
                         (self.job, 10, False))
        self.assertEqual(list(got["columns"]), [
            "period", "t_end", "mse", "mse_raw", "rate_ff", "rate_rec",
            "weight_rms_ff", "weight_rms_rec", "steps_per_second"])
        np.testing.assert_array_equal(
            np.array(list(got["columns"].values())).T, sent)
        text = self.get("/metrics?format=csv").body.decode()
        table = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1)
        np.testing.assert_array_equal(table, sent)

    def test_metrics_of_a_range_are_those_that_end_in_it(self):
        got = self.daemon.get(self.path + "/metrics?from=8&to=16")
        self.assertEqual(got["columns"]["t_end"], [8, 12, 16])

    def test_thinned_metrics_keep_both_ends_and_every_extreme(self):
        with Daemon() as daemon:
            job = daemon.submit(dict(JOB, schedule={"duration": 4000.0}))["id"]
            lease = Worker(daemon).lease()
            rows = lease.metrics(0, 1000)
            rows[:, 2] = np.random.RandomState(5).rand(1000)
            rows[517, 2] = 99.0
            rows[518, 2] = -99.0
            lease.report(t=4000.0, arrays={"metrics": rows})
            got = daemon.get(f"/api/v1/jobs/{job}/metrics?points=50")
            mse = got["columns"]["mse"]
            self.assertTrue(got["thinned"])
            self.assertLessEqual(len(mse), 52)
            self.assertEqual((mse[0], mse[-1]), (rows[0, 2], rows[-1, 2]))
            self.assertEqual((max(mse), min(mse)), (99.0, -99.0))
            self.assertEqual(got["columns"]["t_end"],
                             sorted(got["columns"]["t_end"]))

    def test_what_is_not_finite_is_null_and_marked(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)["id"]
            path = f"/api/v1/jobs/{job}"
            lease = Worker(daemon).lease()
            rows = lease.metrics(0, 8)
            rows[6, 2] = np.nan
            rows[7, 2] = np.inf
            lease.report("diverged", t=32.0, arrays={"metrics": rows},
                         reason="the state is not finite at step 31000")
            got = daemon.get(path + "/metrics")
            self.assertEqual(got["columns"]["mse"][6:], [None, None])
            self.assertEqual(set(got["nonfinite"]["mse"]), {"6", "7"})
            shown = daemon.get(path)
            self.assertEqual(shown["state"], "diverged")
            self.assertIn("31000", shown["state_reason"])
            self.assertIsNone(shown["metrics"]["last"]["mse"])
            self.assertIn("mse", shown["metrics"]["last"]["nonfinite"])
            text = daemon.request("GET", path + "/metrics?format=csv").body
            self.assertIn(b",nan,", text)
            thin = daemon.get(path + "/metrics?points=5")
            self.assertIn(None, thin["columns"]["mse"])

    # ---- traces --------------------------------------------------------------------

    def test_traces_come_out_as_they_went_in(self):
        npz = self.array("/traces?window=start&format=npz")
        sent = trace(0, 8000, 0.15)
        self.assertEqual(list(npz), ["t", "u", "x", "xhat", "error",
                                     "error_filtered"])
        np.testing.assert_array_equal(npz["t"], sent[:, 0])
        for number, key in enumerate(("u", "x", "xhat", "error",
                                      "error_filtered")):
            np.testing.assert_array_equal(
                npz[key], sent[:, 1 + 2 * number:3 + 2 * number])
        got = self.daemon.get(self.path + "/traces?window=start")
        self.assertEqual(got["window"], "start")
        self.assertEqual(list(got["columns"]), [
            "t", "u1", "u2", "x1", "x2", "xhat1", "xhat2", "error1", "error2",
            "error_filtered1", "error_filtered2"])
        np.testing.assert_array_equal(
            np.array(list(got["columns"].values())).T, sent)

    def test_all_windows_together_are_in_order_and_no_step_is_twice(self):
        t = self.array("/traces?format=npz")["t"]
        self.assertEqual(len(t), 16000)
        self.assertTrue(np.all(np.diff(t) > 0))
        self.assertEqual((t[0], t[-1]), (DT, 40.0))

    def test_a_live_window_hides_nothing_of_the_end(self):
        with Daemon() as daemon:
            job = daemon.submit(dict(JOB, record={"window": 20.0}))["id"]
            lease = Worker(daemon).lease()
            signals = np.zeros((40000, 11))
            signals[:, 0] = DT * np.arange(1, 40001)
            lease.report(t=20.0, traces={"start": {"first_step": 0},
                                         "live": {"first_step": 18000}},
                         arrays={"trace_start": signals[:20000],
                                 "trace_live": signals[18000:20000]})
            for first in range(20000, 40000, 2000):
                rows = signals[first:first + 2000]
                lease.report(t=DT * (first + 2000),
                             traces={"end": {"first_step": first},
                                     "live": {"first_step": first}},
                             arrays={"trace_end": rows, "trace_live": rows})
            answer = daemon.request(
                "GET", f"/api/v1/jobs/{job}/traces?window=all&format=npz")
            np.testing.assert_array_equal(answer.npz()["t"], signals[:, 0])

    def test_a_range_of_a_trace_has_its_ends(self):
        t = self.array("/traces?window=start&from=1&to=2&format=npz")["t"]
        np.testing.assert_allclose(t, DT * np.arange(1000, 2001), rtol=1e-12)
        got = self.daemon.get(self.path +
                              "/traces?window=end&points=100&from=34")
        self.assertTrue(got["thinned"])
        self.assertLessEqual(got["rows"], 102)
        self.assertEqual(got["columns"]["t"][-1], 40.0)

    def test_a_window_that_was_not_recorded_is_empty(self):
        npz = self.array("/traces?window=live&format=npz")
        self.assertEqual((npz["t"].shape, npz["x"].shape), ((0,), (0, 2)))
        got = self.daemon.get(self.path + "/traces?window=live")
        self.assertEqual(got["rows"], 0)

    # ---- weights -------------------------------------------------------------------

    def test_checkpoints_are_listed(self):
        one, = self.daemon.get(self.path + "/checkpoints")["items"]
        self.assertEqual((one["t"], one["step"], one["kind"]),
                         (40.0, 40000, "final"))
        self.assertEqual(one["sha256"], hashlib.sha256(
            self.lease.checkpoint(40.0)).hexdigest())

    def test_weights_are_read_by_numpy_with_the_documented_keys(self):
        for when in ("final", "latest", "40", "40.0", "4e1"):
            weights = self.array(f"/checkpoints/{when}/weights.npz")
            self.assertEqual(set(weights), {
                "D_ff", "D_rec", "decoders", "encoders_ff", "encoders_rec",
                "scaled_encoders_rec", "gain_ff", "bias_ff", "gain_rec",
                "bias_rec", "t", "spec"})
            for key in ("D_ff", "D_rec"):
                np.testing.assert_array_equal(weights[key], self.learned[key])
                self.assertEqual(weights[key].dtype, self.learned[key].dtype)
            for key, value in self.network.items():
                np.testing.assert_array_equal(weights[key], value)
            self.assertEqual(float(weights["t"]), 40.0)
            spec = json.loads(bytes(weights["spec"]))
            self.assertEqual(spec, self.daemon.get(self.path)["spec"])

    def test_each_array_is_there_alone(self):
        for key in ("D_ff", "D_rec"):
            np.testing.assert_array_equal(
                self.array(f"/checkpoints/final/{key}.npy"),
                self.learned[key])
        for key, value in self.network.items():
            np.testing.assert_array_equal(
                self.array(f"/checkpoints/final/{key}.npy"), value)
        self.assertEqual(self.get("/checkpoints/final/nothing.npy").status,
                         404)

    def test_a_dense_matrix_is_the_product_of_its_factors(self):
        for layer in ("ff", "rec"):
            matrix = self.array(f"/checkpoints/final/weights/{layer}.npy")
            self.assertEqual(matrix.dtype, np.float32)
            self.assertEqual(matrix.shape, self.dense[layer].shape)
            np.testing.assert_allclose(matrix, self.dense[layer], rtol=1.2e-7,
                                       atol=1e-12)
        self.assertEqual(self.get("/checkpoints/final/weights/in.npy").status,
                         404)

    def test_a_moment_without_a_checkpoint_is_not_found_and_says_which(self):
        answer = self.get("/checkpoints/39/weights.npz")
        self.assertEqual(answer.status, 404)
        for when in ("soon", "-1", "nan", "1e300", "50"):
            self.assertEqual(
                self.get(f"/checkpoints/{when}/weights.npz").status, 404)

    # ---- downloads -----------------------------------------------------------------

    DOWNLOADS = ("/checkpoints/final/weights.npz",
                 "/checkpoints/final/weights/rec.npy",
                 "/checkpoints/final/D_rec.npy", "/traces?format=npz")

    def test_a_download_tells_its_digest_name_and_size(self):
        for path in self.DOWNLOADS:
            answer = self.get(path)
            digest = hashlib.sha256(answer.body)
            self.assertEqual(answer.headers["etag"],
                             f'"sha256-{digest.hexdigest()}"', path)
            self.assertEqual(
                answer.headers["repr-digest"],
                f"sha-256=:{base64.b64encode(digest.digest()).decode()}:")
            self.assertIn("attachment; filename=",
                          answer.headers["content-disposition"])
            self.assertEqual(answer.headers["accept-ranges"], "bytes")
            head = self.daemon.request("HEAD", self.path + path)
            for key in ("etag", "repr-digest", "content-length",
                        "content-disposition"):
                self.assertEqual(head.headers[key], answer.headers[key])
            self.assertEqual(head.body, b"")

    def test_any_range_of_a_download_is_that_slice_of_it(self):
        random = np.random.RandomState(6)
        for path in self.DOWNLOADS:
            whole = self.get(path).body
            size = len(whole)
            ends = [(0, 0), (0, size - 1), (size - 1, size - 1), (1, 127),
                    (127, 128), (128, 132), (129, 131)]
            ends += [sorted(random.randint(0, size, 2)) for _ in range(25)]
            for first, last in ends:
                answer = self.get(path, Range=f"bytes={first}-{last}")
                self.assertEqual(answer.status, 206)
                self.assertEqual(answer.headers["content-range"],
                                 f"bytes {first}-{last}/{size}")
                self.assertEqual(answer.body, whole[first:last + 1])
            tail = self.get(path, Range="bytes=-10")
            self.assertEqual(tail.body, whole[-10:])
            rest = self.get(path, Range=f"bytes={size - 7}-")
            self.assertEqual(rest.body, whole[-7:])
            over = self.get(path, Range=f"bytes=5-{size * 2}")
            self.assertEqual(over.body, whole[5:])

    def test_a_range_outside_is_refused_and_a_strange_one_ignored(self):
        for path in self.DOWNLOADS:
            size = len(self.get(path).body)
            answer = self.get(path, Range=f"bytes={size}-")
            self.assertEqual(answer.status, 416)
            self.assertEqual(answer.headers["content-range"],
                             f"bytes */{size}")
            self.assertEqual(answer.json()["status"], 416)
            for strange in ("bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=-",
                            "bytes=0-1,3-4", "bytes=99999999999999999999-"):
                answer = self.get(path, Range=strange)
                self.assertEqual((answer.status, len(answer.body)),
                                 (200, size), strange)

    def test_a_range_of_what_has_changed_is_the_whole(self):
        for path in self.DOWNLOADS:
            etag = self.get(path).headers["etag"]
            same = self.get(path, Range="bytes=0-9", If_Range=etag)
            other = self.get(path, Range="bytes=0-9", If_Range='"sha256-0"')
            known = self.get(path, If_None_Match=etag)
            self.assertEqual((same.status, other.status, known.status),
                             (206, 200, 304))
            self.assertEqual(known.body, b"")

    def test_a_large_matrix_is_summed_up_aside_and_then_served(self):
        with Daemon() as daemon:
            description = dict(JOB, network={"neurons_ff": 2000,
                                             "neurons_rec": 2100})
            job = daemon.submit(description)["id"]
            lease = Worker(daemon).lease()
            lease.finish()
            path = f"/api/v1/jobs/{job}/checkpoints/final/weights/ff.npy"
            answer = daemon.request("GET", path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["etag"], '"sha256-%s"' %
                             hashlib.sha256(answer.body).hexdigest())
            matrix = np.load(io.BytesIO(answer.body))
            self.assertEqual(matrix.shape, (2100, 2000))
            learned = np.load(io.BytesIO(lease.checkpoint(40.0)))["D_ff"]
            encoders = np.load(io.BytesIO(
                lease.network()))["scaled_encoders_rec"]
            np.testing.assert_allclose(matrix[1234],
                                       encoders[1234] @ learned.astype(float),
                                       rtol=1.2e-7, atol=1e-12)

    def test_a_histogram_is_numpys_of_the_dense_matrix(self):
        for layer in ("ff", "rec"):
            W = self.dense[layer]
            got = self.daemon.get(f"{self.path}/checkpoints/final/histogram"
                                  f"?layer={layer}")
            mean, sd = W.mean(), W.std()
            counts, edges = np.histogram(W, 500, (mean - 2 * sd,
                                                  mean + 2 * sd))
            self.assertLessEqual(np.abs(counts - got["counts"]).sum(), 2)
            np.testing.assert_allclose(got["edges"], edges, rtol=1e-9,
                                       atol=1e-12)
            self.assertEqual(got["below"], np.sum(W < edges[0]))
            self.assertEqual(got["above"], np.sum(W > edges[-1]))
            np.testing.assert_allclose(
                [got[key] for key in ("mean", "sd", "mean_abs", "min", "max")],
                [mean, sd, np.abs(W).mean(), W.min(), W.max()], rtol=1e-9)
            self.assertEqual((got["job"], got["t"], got["layer"]),
                             (self.job, 40.0, layer))
        few = self.daemon.get(f"{self.path}/checkpoints/final/histogram"
                              "?bins=3&width=1e3")
        self.assertEqual((len(few["counts"]), sum(few["counts"])), (3, 2500))

    def test_weights_that_are_not_finite_have_no_histogram(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)["id"]
            lease = Worker(daemon).lease()
            arrays = dict(np.load(io.BytesIO(lease.checkpoint(2.0))))
            arrays["D_rec"][1, 7] = np.nan
            lease.report(t=2.0, checkpoint={"t": 2.0, "step": 2000,
                                            "kind": "snapshot"},
                         arrays={"checkpoint": as_bytes(npz_bytes(**arrays)),
                                 "network": as_bytes(lease.network())})
            path = f"/api/v1/jobs/{job}/checkpoints/2/histogram"
            answer = daemon.request("GET", path)
            self.assertEqual(answer.status, 409)
            self.assertIn("not finite", answer.json()["detail"])
            self.assertEqual(
                daemon.request("GET", path + "?layer=ff").status, 200)

    # ---- before the end ---------------------------------------------------------------

    def test_a_job_that_has_not_begun_has_no_results_and_says_so(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)["id"]
            path = f"/api/v1/jobs/{job}"
            self.assertEqual(daemon.get(path + "/metrics")["rows"], 0)
            self.assertEqual(daemon.get(path + "/traces")["rows"], 0)
            self.assertEqual(daemon.get(path + "/checkpoints")["items"], [])
            for name in ("weights.npz", "D_ff.npy", "weights/ff.npy"):
                answer = daemon.request("GET",
                                        f"{path}/checkpoints/final/{name}")
                self.assertEqual(answer.status, 404)

    def test_a_snapshot_is_downloaded_while_the_job_runs(self):
        with Daemon() as daemon:
            job = daemon.submit(JOB)["id"]
            path = f"/api/v1/jobs/{job}/checkpoints"
            lease = Worker(daemon).lease()
            lease.report(t=2.0, checkpoint={"t": 2.0, "step": 2000,
                                            "kind": "snapshot"},
                         arrays={"checkpoint": as_bytes(lease.checkpoint(2.0))})
            answer = daemon.request("GET", path + "/2/weights.npz")
            self.assertEqual(answer.status, 409)  # its network is not known
            lease.report(t=3.0,
                         arrays={"network": as_bytes(lease.network())})
            answer = daemon.request("GET", path + "/2/weights.npz")
            self.assertEqual(answer.status, 200)
            self.assertEqual(
                daemon.request("GET", path + "/final/weights.npz").status, 404)
            self.assertEqual(
                daemon.request("GET", path + "/latest/D_ff.npy").status, 200)


if __name__ == "__main__":
    main()
