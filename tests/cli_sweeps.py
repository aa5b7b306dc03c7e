"""follow sweep: a job for each combination of values."""

import itertools
import json

from cli_jobs import CliTestCase
from followd_testing import Worker, main

SMALL = ("--set", "neurons_ff=20", "--set", "neurons_rec=20")


class Sweeps(CliTestCase):
    def jobs(self, number):
        """The jobs of a sweep, in order."""
        sweep = self.daemon.get(f"/api/v1/sweeps/{number}")
        return [self.daemon.get(f"/api/v1/jobs/{one}") for one in sweep["jobs"]]

    def test_it_prints_its_number_and_makes_a_job_of_each_combination(self):
        number = self.client.result(
            "sweep", "vanderPol", *SMALL, "--set", "eta=1e-3,2e-3", "--set",
            "network.seed_ff=3..5", "--set", "precision=f32,f64", "--name",
            "many", "--tag", "a=b")
        self.assertEqual(number, "1\n")
        jobs = self.jobs(1)
        self.assertEqual(
            [(job["spec"]["learning"]["eta"], job["spec"]["network"]["seed_ff"],
              job["spec"]["compute"]["precision"]) for job in jobs],
            list(itertools.product((1e-3, 2e-3), (3, 4, 5), ("f32", "f64"))))
        for job in jobs:
            self.assertEqual((job["spec"]["network"]["neurons_rec"],
                              job["tags"], job["sweep"]), (20, {"a": "b"}, 1))
        self.assertEqual(self.daemon.get("/api/v1/sweeps/1")["name"], "many")

    def test_lists_are_one_value_and_have_commas_of_their_own(self):
        self.client.result("sweep", "vanderPol", *SMALL, "--set",
                           "max_rates=[100,200],[200,400]")
        self.assertEqual([job["spec"]["network"]["max_rates"]
                          for job in self.jobs(1)], [[100, 200], [200, 400]])

    def test_a_sweep_stands_for_all_of_its_jobs(self):
        self.client.result("sweep", "vanderPol", *SMALL, "--set",
                           "seed_ff=1..3")
        other = self.daemon.submit({"preset": "vanderPol"})["id"]
        listed = self.client.result("ls", "--sweep", "1", "--json")
        self.assertEqual([job["id"] for job in json.loads(listed)["items"]],
                         [3, 2, 1])
        self.client.result("cancel", "sweep:1")
        self.assertEqual({job["state"] for job in self.jobs(1)}, {"cancelled"})
        self.assertEqual(self.daemon.get(f"/api/v1/jobs/{other}")["state"],
                         "queued")
        self.assertEqual(self.client.run("wait", "sweep:1").returncode, 1)
        self.assertEqual(self.client.run("show", "sweep:9").returncode, 5)
        self.assertEqual(self.client.run("cancel", "sweep:x").returncode, 2)

    def test_a_narrow_terminal_shows_by_what_jobs_differ(self):
        self.client.result("sweep", "vanderPol", *SMALL, "--name",
                           "a long name of many jobs", "--set",
                           "seed_ff=1..2")
        self.client.result("cancel", "sweep:1")
        for words in ["ls"], ["watch", "sweep:1"]:
            for columns in 60, 80:
                seen = self.client.terminal(*words, columns=columns)[1]
                for value in "1", "2":
                    self.assertRegex(seen, f"a long.*seed_ff={value} ")

    def test_it_may_wait_for_all_of_them(self):
        process = self.client.start("sweep", "vanderPol", *SMALL, "--set",
                                    "seed_ff=1..2", "--wait")
        self.assertEqual(process.stdout.readline(), "1\n")
        for state in ("succeeded", "failed"):
            Worker(self.daemon).lease(wait=10).finish(state)
        self.assertIn("job 2 failed", process.communicate(timeout=30)[1])
        self.assertEqual(process.returncode, 1)

    def test_more_jobs_than_a_terminal_has_rows_are_summed_up(self):
        self.client.result("sweep", "vanderPol", *SMALL, "--set",
                           "seed_ff=1..30")
        Worker(self.daemon).lease().finish()
        self.client.result("cancel", *map(str, range(2, 31)))
        status, seen = self.client.terminal("watch", "sweep:1", rows=10)
        self.assertEqual(status, 0)
        last = seen.replace("\r", "").split("\n")[-10:-1]
        self.assertIn("and 22 more: 0 to come, 22 over", last[-1])
        self.assertEqual(sum("cancelled" in line for line in last), 8)

    def test_a_dry_run_counts_and_starts_nothing(self):
        words = ("sweep", "vanderPol", "--set", "seed_ff=1..3", "--dry-run")
        answer = self.client.run(*words)
        self.assertEqual((answer.returncode, answer.stderr),
                         (0, "valid: 3 jobs\n"))
        self.assertEqual(json.loads(self.client.result(*words, "--json"))
                         ["count"], 3)
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"], [])

    def test_what_is_no_sweep_is_refused(self):
        for setting, text in (("eta=1e-3", "several values"),
                              ("etta=1,2", "did you mean"),
                              ("seed_ff=5..1", "no range"),
                              ("seed_ff=1..1000000000000", "no range"),
                              ("eta=1,-1", "/learning/eta")):
            answer = self.client.run("sweep", "vanderPol", "--set", setting)
            self.assertEqual(answer.returncode, 2, setting)
            self.assertIn(text, answer.stderr)
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"], [])


if __name__ == "__main__":
    main()
