"""What leaves for a plot or a table elsewhere: a matrix as a picture, metrics of
many jobs at once. The worker is false, so NumPy knows every number."""

import base64
import csv
import gzip
import hashlib
import io

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from followd_testing import Daemon, TestCase, Worker, main

JOB = {"preset": "vanderPol", "network": {"neurons_ff": 40, "neurons_rec": 50}}
EPISODES = {"preset": "rl-swing"}
BLOCKS = {"mean": np.mean, "min": np.min, "max": np.max,
          "rms": lambda block: np.sqrt(np.mean(block ** 2)),
          "extreme": lambda block: block.flat[np.abs(block).argmax()]}


class Exports(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        worker = Worker(cls.daemon)
        cls.jobs = [cls.daemon.submit(JOB)["id"] for _ in range(3)]
        cls.leases = [worker.lease() for _ in cls.jobs[:2]]
        for lease in cls.leases:
            lease.finish()
        lease = cls.leases[0]
        scaled = np.load(io.BytesIO(lease.network()))["scaled_encoders_rec"]
        learned = np.load(io.BytesIO(lease.checkpoint(40.0)))
        cls.dense = {layer: scaled @ learned["D_" + layer].astype(float)
                     for layer in ("ff", "rec")}
        cls.path = f"/api/v1/jobs/{cls.jobs[0]}/checkpoints/final/tile"

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def expect(self, part, height, width, measure):
        rows = np.arange(height + 1) * part.shape[0] // height
        columns = np.arange(width + 1) * part.shape[1] // width
        return [[BLOCKS[measure](part[rows[i]:rows[i + 1],
                                      columns[j]:columns[j + 1]])
                 for j in range(width)] for i in range(height)]

    def test_each_point_of_a_tile_is_numpys_of_its_block(self):
        for layer, W in self.dense.items():
            for measure in BLOCKS:
                got = self.daemon.get(f"{self.path}?layer={layer}&of={measure}"
                                      "&height=7&width=11")
                np.testing.assert_allclose(
                    got["values"], self.expect(W, 7, 11, measure), rtol=1e-9)
                self.assertEqual(got["shape"], list(W.shape))
                self.assertEqual((got["layer"], got["of"], got["t"]),
                                 (layer, measure, 40.0))

    def test_a_tile_of_a_part_is_that_part(self):
        got = self.daemon.get(self.path + "?row_from=10&row_to=30&column_from=5"
                              "&column_to=1000&of=mean&height=4&width=5")
        self.assertEqual((got["rows"], got["columns"]), ([10, 30], [5, 50]))
        np.testing.assert_allclose(
            got["values"],
            self.expect(self.dense["rec"][10:30, 5:], 4, 5, "mean"), rtol=1e-9)

    def test_a_tile_has_no_more_points_than_there_are_entries(self):
        got = self.daemon.get(self.path)
        np.testing.assert_allclose(got["values"], self.dense["rec"], rtol=1e-9)

    def test_a_tile_is_there_as_npy(self):
        answer = self.daemon.request("GET", self.path + "?format=npy")
        self.assertIn("repr-digest", answer.headers)
        array = np.load(io.BytesIO(answer.body))
        self.assertEqual(array.dtype, np.float32)
        np.testing.assert_allclose(array, self.dense["rec"], rtol=1e-6)

    def test_a_tile_outside_of_the_matrix_is_refused(self):
        for query, words in (("row_from=50", "there are 50"),
                             ("row_from=9&row_to=9", "no rows from 9 to 9"),
                             ("layer=in", "rec, ff"), ("of=sum", "extreme"),
                             ("height=0", "1 to 1024"), ("x=1", "'x'")):
            answer = self.daemon.request("GET", f"{self.path}?{query}")
            self.assertEqual(answer.status, 422)
            self.assertIn(words, answer.json()["detail"])

    # ---- metrics of many jobs ------------------------------------------------

    def table(self, query):
        answer = self.daemon.request("GET", "/api/v1/metrics.csv" + query)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("text/csv", answer.headers["content-type"])
        return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))

    def test_many_jobs_are_one_table_each_row_with_its_job(self):
        first, second, empty = self.jobs
        for query in (f"?job={first}&job={second}&job={empty}",
                      f"?job={first},{second},{empty}"):
            head, *rows = self.table(query)
            self.assertEqual(head[:4], ["job", "period", "t_end", "mse"])
            expected = [[job, *row] for job in (first, second)
                        for row in self.leases[0].metrics(0, 10)]
            np.testing.assert_array_equal(np.array(rows, float), expected)

    def test_a_table_of_many_jobs_is_cut_and_thinned_like_that_of_one(self):
        rows = self.table(f"?job={self.jobs[0]}&from=12&to=20")[1:]
        self.assertEqual([float(row[2]) for row in rows], [12, 16, 20])
        one = self.daemon.request(
            "GET", f"/api/v1/jobs/{self.jobs[0]}/metrics?points=5&format=csv")
        rows = self.table(f"?job={self.jobs[0]}&points=5")
        self.assertEqual([row[1:] for row in rows],
                         [line.split(",") for line in
                          one.body.decode().splitlines()])

    def test_jobs_that_do_not_fit_into_one_table_are_told(self):
        other = self.daemon.submit(EPISODES)["id"]
        for query, status, words in (
                (f"?job={self.jobs[0]}&job={other}", 422, "episodes"),
                ("", 422, "which jobs"), ("?job=99", 404, "99"),
                ("?job=x,1", 404, "'x'"), ("?job=1&sweep=", 422, "sweep")):
            answer = self.daemon.request("GET", "/api/v1/metrics.csv" + query)
            self.assertEqual(answer.status, status, answer.body)
            self.assertIn(words, answer.json()["detail"])

    def test_metrics_are_there_as_npz(self):
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs/{self.jobs[0]}/metrics?format=npz")
        arrays = answer.npz()
        expected = self.leases[0].metrics(0, 10)
        self.assertEqual(arrays.files[:3], ["period", "t_end", "mse"])
        np.testing.assert_array_equal(
            np.stack([arrays[name] for name in arrays.files], 1), expected)

    # ---- texts ---------------------------------------------------------------

    def test_texts_are_gzipped_for_whom_takes_that_and_say_so(self):
        path = f"/api/v1/jobs/{self.jobs[0]}"
        for way in ("/traces?format=csv", "/traces?points=50", "/log",
                    "/metrics?format=csv"):
            plain = self.daemon.request("GET", path + way)
            self.assertNotIn("content-encoding", plain.headers)
            for takes, zips in (("gzip", True), ("br, GZIP;q=0.1", True),
                                ("gzip;q=0", False), ("br", False),
                                ("xgzip, gzipx", False)):
                answer = self.daemon.request(
                    "GET", path + way, headers={"Accept-Encoding": takes})
                zipped = "content-encoding" in answer.headers
                self.assertEqual(zipped, zips and len(plain.body) >= 1024)
                body = gzip.decompress(answer.body) if zipped else answer.body
                self.assertEqual(body, plain.body)
                if len(plain.body) >= 1024:
                    self.assertEqual(answer.headers["vary"], "Accept-Encoding")

    def test_a_part_of_a_text_is_a_part_of_what_was_agreed_on(self):
        path = f"/api/v1/jobs/{self.jobs[0]}/traces?format=csv"
        for coding in ("identity", "gzip"):
            headers = {"Accept-Encoding": coding}
            whole = self.daemon.request("GET", path, headers=headers)
            digest = base64.b64encode(hashlib.sha256(whole.body).digest())
            self.assertEqual(whole.headers["repr-digest"],
                             f"sha-256=:{digest.decode()}:")
            part = self.daemon.request("GET", path, headers=dict(
                headers, Range="bytes=100-", **{
                    "If-Range": whole.headers["etag"]}))
            self.assertEqual((part.status, part.body),
                             (206, whole.body[100:]))

    def test_what_is_no_text_is_sent_as_it_is(self):
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs/{self.jobs[0]}/checkpoints/final/weights.npz",
            headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("content-encoding", answer.headers)
        self.assertIn("D_rec", answer.npz().files)

    # ---- for Prometheus ------------------------------------------------------

    def numbers(self):
        answer = self.daemon.request("GET", "/metrics")
        self.assertEqual(answer.status, 200)
        self.assertIn("version=0.0.4", answer.headers["content-type"])
        return {(sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(
                    answer.body.decode()) for sample in family.samples}

    def test_prometheus_reads_how_many_jobs_there_are(self):
        counts = self.numbers()
        for state in ("queued", "succeeded", "failed"):
            listed = self.daemon.get(f"/api/v1/jobs?state={state}")["items"]
            self.assertEqual(counts["followd_jobs", state], len(listed))

    def test_prometheus_reads_how_many_requests_came(self):
        before = self.numbers()
        for path in ("/healthz", "/api/v1/version", "/api/v1/nothing"):
            self.daemon.request("GET", path)
        after = self.numbers()
        grown = {name[1]: after[name] - before[name] for name in after
                 if name[0] == "followd_http_requests_total"}
        self.assertEqual(  # the first question for numbers was answered, too
            grown, {"1xx": 0, "2xx": 3, "3xx": 0, "4xx": 1, "5xx": 0})
        self.assertEqual(after["followd_http_request_seconds_bucket", "+Inf"],
                         after["followd_http_request_seconds_count",])

    def test_numbers_are_not_for_strangers(self):
        answer = self.daemon.request("GET", "/metrics", token="")
        self.assertEqual(answer.status, 401)


if __name__ == "__main__":
    main()
