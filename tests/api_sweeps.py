"""Sweeps: one job for each combination of values, all of them or none."""

import itertools

from followd_testing import Daemon, TestCase, Worker, main

SET = {"network.seed_ff": [1, 2, 3], "learning.eta": [1e-3, 2e-3]}
SWEEP = {"name": "seeds", "job": {"preset": "vanderPol", "tags": {"a": "b"}},
         "set": SET}


class Sweeps(TestCase):
    def setUp(self):
        self.daemon = Daemon().start()
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(self.daemon.stop)

    def post(self, body, key=None, query=""):
        return self.daemon.request("POST", "/api/v1/sweeps" + query, body,
                                   {"Idempotency-Key": key} if key else None)

    def jobs(self):
        return self.daemon.get("/api/v1/jobs?limit=500")["items"]

    def test_every_combination_is_a_job(self):
        answer = self.post(SWEEP)
        self.assertEqual(answer.status, 201)
        sweep = answer.json()
        self.assertEqual(answer.headers["location"],
                         f"/api/v1/sweeps/{sweep['id']}")
        self.assertEqual(self.daemon.get(answer.headers["location"]), sweep)
        self.assertEqual(self.daemon.get("/api/v1/sweeps")["items"], [sweep])
        self.assertEqual((sweep["name"], sweep["set"], sweep["states"]),
                         ("seeds", SET, {"queued": 6}))
        jobs = [self.daemon.get(f"/api/v1/jobs/{id}") for id in sweep["jobs"]]
        self.assertEqual(
            [(job["spec"]["network"]["seed_ff"],
              job["spec"]["learning"]["eta"]) for job in jobs],
            list(itertools.product(*SET.values())))
        for job in jobs:
            self.assertEqual((job["sweep"], job["tags"]),
                             (sweep["id"], {"a": "b"}))

    def test_each_job_is_called_by_what_it_has_otherwise_than_others(self):
        def names(**change):
            sweep = self.post(dict(SWEEP, **change)).json()
            return [self.daemon.get(f"/api/v1/jobs/{id}")["name"]
                    for id in sweep["jobs"]]

        few = {"learning.eta": [1e-3, 2e-3], "weights.seed": [1],
               "noise.seed": [7, 8], "record.spikes": [True]}
        self.assertEqual(names(set=few), [
            "seeds eta=0.001 noise.seed=7", "seeds eta=0.001 noise.seed=8",
            "seeds eta=0.002 noise.seed=7", "seeds eta=0.002 noise.seed=8"])
        one = {"learning.eta": [1e-3, 2e-3]}
        named = dict(SWEEP["job"], name="mine")
        self.assertEqual(names(set=one, job=named),
                         ["mine eta=0.001", "mine eta=0.002"])
        self.assertEqual(names(set=one, name=""),
                         ["vanderPol eta=0.001", "vanderPol eta=0.002"])
        self.assertEqual(names(set={"name": ["a", "b"]}), ["a", "b"])
        lists = {"network.max_rates": [[100, 200], [200, 400]]}
        self.assertEqual(names(set=lists)[0], "seeds max_rates=[100,200]")
        long = names(set=one, name="ä" * 64)
        self.assertEqual(long[0], "ä" * 64)

    def test_jobs_of_a_sweep_are_found_and_exported_by_it(self):
        alone = self.daemon.submit({"preset": "vanderPol"})
        first, second = (self.post(SWEEP).json() for _ in range(2))
        listed = self.daemon.get(f"/api/v1/jobs?sweep={second['id']}")
        self.assertEqual([job["id"] for job in listed["items"]],
                         second["jobs"][::-1])
        self.assertNotIn(alone["id"], first["jobs"] + second["jobs"])
        worker = Worker(self.daemon)
        while lease := worker.lease():
            lease.finish()
        rows = self.daemon.request(
            "GET", f"/api/v1/metrics.csv?sweep={first['id']}&from=40"
        ).body.decode().splitlines()[1:]
        self.assertEqual([int(row.split(",")[0]) for row in rows],
                         first["jobs"])
        self.assertEqual(
            self.daemon.get(f"/api/v1/sweeps/{first['id']}")["states"],
            {"succeeded": 6})

    def test_a_sweep_goes_with_the_last_of_its_jobs(self):
        sweep = self.post(SWEEP).json()
        for count, job in enumerate(sweep["jobs"]):
            left = self.daemon.get(f"/api/v1/sweeps/{sweep['id']}")["jobs"]
            self.assertEqual(left, sweep["jobs"][count:])
            self.daemon.request("POST", f"/api/v1/jobs/{job}/cancel")
            self.daemon.request("DELETE", f"/api/v1/jobs/{job}")
        answer = self.daemon.request("GET", f"/api/v1/sweeps/{sweep['id']}")
        self.assertEqual(answer.status, 404)
        self.assertEqual(self.daemon.get("/api/v1/sweeps")["items"], [])

    def test_one_bad_combination_and_there_is_no_job(self):
        for change, pointer, words in (
                ({"set": dict(SET, **{"learning.eta": [1e-3, -1]})},
                 "#/job/learning/eta", "is -1 (combination 2)"),
                ({"set": {"learning.etta": [1]}}, "#/job/learning/etta",
                 "unknown key"),
                ({"set": {"learning.eta.x": [1]},
                  "job": {"preset": "vanderPol", "learning": {"eta": 1e-3}}},
                 "#/set/learning.eta.x", "no such key"),
                ({"set": {"learning.eta": 7}}, "#/set/learning.eta", "a list"),
                ({"set": {"learning.eta": []}}, "#/set/learning.eta", "a list"),
                ({"set": {}}, "#/set", "an object"),
                ({"set": [1]}, "#/set", "an object"),
                ({"set": {"network.seed_ff": list(range(501))}}, "#/set",
                 "more than 500 jobs"),
                ({"set": {f"k{i}": [1, 2] for i in range(64)}}, "#/set",
                 "more than 500 jobs"),
                ({"job": "vanderPol"}, "#/job", "description"),
                ({"name": 7}, "#/name", "a text"),
                ({"jobs": {}}, "#/jobs", "unknown key")):
            answer = self.post(dict(SWEEP, **change))
            self.assertEqual(answer.status, 422, answer.body)
            fault = answer.json()["errors"][0]
            self.assertEqual(fault["pointer"], pointer)
            self.assertIn(words, fault["detail"])
        for body in (b"{", b"[]", b""):
            answer = self.daemon.request(
                "POST", "/api/v1/sweeps", body,
                {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 400)
        self.assertEqual(self.jobs(), [])
        self.assertEqual(self.daemon.get("/api/v1/sweeps")["items"], [])

    def test_a_sweep_that_is_only_validated_is_not_kept(self):
        answer = self.post(SWEEP, query="?validate=true")
        self.assertEqual((answer.status, answer.json()["count"]), (200, 6))
        self.assertEqual(self.jobs(), [])

    def test_a_sweep_that_is_sent_again_is_the_same(self):
        first = self.post(SWEEP, "once")
        again = self.post(SWEEP, "once")
        self.assertEqual((first.status, again.status), (201, 200))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.post(dict(SWEEP, name="x"), "once").status, 409)
        self.assertEqual(len(self.jobs()), 6)

    def test_sweeps_come_page_by_page(self):
        made = [self.post(SWEEP).json()["id"] for _ in range(5)]
        seen, cursor = [], ""
        while cursor is not None:
            page = self.daemon.get("/api/v1/sweeps?limit=2" + cursor)
            seen += [sweep["id"] for sweep in page["items"]]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        self.assertEqual(seen, made[::-1])
        for path, status in (("/99", 404), ("/x", 404), ("?limit=0", 422),
                             ("/1?x=1", 422)):
            answer = self.daemon.request("GET", "/api/v1/sweeps" + path)
            self.assertEqual(answer.status, status)


if __name__ == "__main__":
    main()
