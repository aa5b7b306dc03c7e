"""What leaves for a plot or a table elsewhere: a matrix as a picture, metrics of
many jobs at once. The worker is false, so NumPy knows every number."""

import csv
import io

import numpy as np

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


if __name__ == "__main__":
    main()
