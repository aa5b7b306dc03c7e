#!/usr/bin/python3
"""follow with jobs that stand on others: continue, test, --from; and upload."""

import hashlib
import json
import pathlib

import numpy as np

from cli_jobs import Client
from followd_testing import Daemon, TestCase, Worker, main

SMALL = {"neurons_ff": 30, "neurons_rec": 40}


class Derive(TestCase):
    """Job 1 has learned all it shall, with a schedule of learning rates and a
    gain that fell; job 2 waits."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.start()
        cls.client = Client(cls.daemon)
        cls.daemon.submit({
            "preset": "vanderPol", "name": "master", "network": SMALL,
            "learning": {"eta_schedule": [[8, 4e-3], [30, 1e-3]]},
            "feedback": {"gain": 10, "gain_end": 5}})
        cls.lease = Worker(cls.daemon).lease()
        cls.lease.report(t=20.0, rate=2.0, arrays={
            "checkpoint": np.frombuffer(cls.lease.checkpoint(20.0), np.uint8)},
            checkpoint={"t": 20.0, "step": 20000, "kind": "snapshot"})
        cls.lease.finish()
        cls.daemon.submit({"preset": "vanderPol", "network": SMALL})

    def made(self, *words):
        """The job that a command makes."""
        return self.daemon.get("/api/v1/jobs/" +
                               self.client.result(*words).strip())

    def differences(self, job):
        """Paths and values of a job's description that job 1 has otherwise."""
        master = self.daemon.get("/api/v1/jobs/1")["spec"]
        return {f"{section}.{key}": value
                for section, keys in job["spec"].items()
                if isinstance(keys, dict)
                for key, value in keys.items() if master[section][key] != value}

    def test_continue_prints_the_number_of_a_job_that_goes_on_from_the_end(self):
        answer = self.client.run("continue", "1")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertRegex(answer.stdout, r"\A\d+\n\Z")
        job = self.daemon.get("/api/v1/jobs/" + answer.stdout.strip())
        self.assertEqual(self.differences(job), {
            "start.job": 1, "start.states": True, "learning.eta": 1e-3,
            "learning.eta_schedule": [], "feedback.gain": 5})
        self.assertEqual((job["name"], job["parent"]), ("master", 1))

    def test_continue_from_a_time_goes_on_with_what_held_then(self):
        job = self.made("continue", "1@20")
        self.assertEqual(self.differences(job), {
            "start.job": 1, "start.at": 20, "start.states": True,
            "learning.eta": 4e-3, "learning.eta_schedule": [[10, 1e-3]],
            "feedback.gain": 7.5})

    def test_options_and_settings_change_what_is_continued(self):
        job = self.made("continue", "1", "--name", "more", "--tag", "a=b",
                        "--set", "duration=80", "--set", "input.seed=7")
        self.assertEqual((job["name"], job["tags"]), ("more", {"a": "b"}))
        self.assertEqual(job["spec"]["schedule"]["duration"], 80)
        self.assertEqual(job["spec"]["input"]["seed"], 7)

    def test_a_test_is_the_network_alone_with_all_its_spikes(self):
        job = self.made("test", "1", "--set", "record.spikes=false")
        self.assertEqual(self.differences(job), {
            "start.job": 1, "learning.enabled": False,
            "feedback.enabled": False,
            "input.seed": 3, "schedule.trial_clamp": False})
        self.assertEqual(job["name"], "test of master")

    def test_a_test_takes_command_seed_and_duration(self):
        job = self.made("test", "1", "--input", "rampLeaveRampHeights",
                        "--seed", "9", "--duration", "6", "--set",
                        "record.spikes=false")
        spec = job["spec"]
        self.assertEqual((spec["input"]["type"], spec["input"]["seed"]),
                         ("rampLeaveRampHeights", 9))
        self.assertEqual((spec["schedule"]["duration"],
                          spec["record"]["window"]), (6, 6))
        for words in (("--seed", "1.5"), ("--seed", "-1"), ("--duration", "x"),
                      ("--input", "frob")):
            self.assertEqual(self.client.run("test", "1", *words).returncode, 2)

    def test_a_new_job_starts_with_the_weights_of_another(self):
        for word, at in (("1", "final"), ("1@20", 20), ("1@final", "final")):
            job = self.made("submit", "vanderPol", "--from", word,
                            "--set", "neurons_ff=30", "--set", "neurons_rec=40")
            self.assertEqual(job["spec"]["start"],
                             {"job": 1, "at": at, "states": False})
        answer = self.client.run("submit", "vanderPol", "--from", "1@latest")
        self.assertEqual(answer.returncode, 2)

    def test_jobs_in_settings_have_all_their_names(self):
        uuid = self.daemon.get("/api/v1/jobs/1")["uuid"]
        for name in ("1", uuid[:13], uuid):
            job = self.made("submit", "vanderPol", "--set",
                            "start.job=" + name, "--set", "neurons_ff=30",
                            "--set", "neurons_rec=40")
            self.assertEqual(job["spec"]["start"]["job"], 1)
        answer = self.client.run("submit", "vanderPol", "--set",
                                 "start.job=@next")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("no job", answer.stderr)

    def test_a_job_that_learns_torques_goes_on_and_is_no_network_to_test(self):
        learner = self.daemon.submit({"preset": "rl-reach1", "priority": 100,
                                      "rl": {"episodes": 50}})["id"]
        lease = Worker(self.daemon).lease()
        self.assertEqual(lease.job, learner)
        lease.report("succeeded", t=50,
                     checkpoint={"t": 50, "step": 50, "kind": "final"},
                     arrays={"checkpoint": np.zeros(9, np.uint8)})
        job = self.made("continue", str(learner), "--set", "episodes=20")
        self.assertEqual(job["spec"]["start"], {"job": learner, "at": "final"})
        self.assertEqual((job["spec"]["rl"]["task"],
                          job["spec"]["rl"]["episodes"]), ("reach1", 20))
        answer = self.client.run("test", str(learner))
        self.assertEqual(answer.returncode, 2)
        self.assertIn(f"command_from={learner}", answer.stderr)

    def test_what_has_no_weights_yet_cannot_be_gone_on_from(self):
        for command in ("continue", "test"):
            answer = self.client.run(command, "2")
            self.assertIn(answer.returncode, (2, 6))
            self.assertIn("job 2", answer.stderr)
        self.assertEqual(self.client.run("continue", "99").returncode, 5)
        self.assertNotEqual(self.client.run("continue", "1@3.5").returncode, 0)

    def test_a_job_may_come_after_others(self):
        answer = self.client.run("submit", "vanderPol", "--after", "1",
                                 "--after", "@last:any")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        job = self.daemon.get("/api/v1/jobs/" + answer.stdout.strip())
        self.assertEqual([(one["job"], one["end"]) for one in job["after"]],
                         [(1, "success"), (job["id"] - 1, "any")])
        for word, code, text in (("1:never", 2, "JOB:any"), ("999", 2, "no job 999")):
            answer = self.client.run("submit", "vanderPol", "--after", word)
            self.assertEqual((answer.returncode, answer.stdout), (code, ""))
            self.assertIn(text, answer.stderr)

    def file(self, name, **arrays):
        path = self.daemon.state / name
        np.savez(path, **arrays)
        return path

    def test_upload_prints_the_sha256_of_the_file(self):
        path = self.file("a.npz", t=np.arange(9.), x=np.ones((9, 2)))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        for _ in range(2):  # the same again is no mistake
            self.assertEqual(self.client.result("upload", str(path)),
                             digest + "\n")
        answer = json.loads(self.client.result("upload", str(path), "--json"))
        self.assertEqual([array["name"] for array in answer["arrays"]],
                         ["t", "x"])
        got = self.daemon.request("GET", "/api/v1/arrays/" + digest)
        self.assertEqual(got.body, path.read_bytes())

    def test_what_is_no_array_is_refused_by_its_name(self):
        bad = self.daemon.state / "bad.npz"
        bad.write_text("nothing of the kind")
        for path in (str(bad), "/nothing.npz"):
            answer = self.client.run("upload", path)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertIn(path, answer.stderr)

    def test_a_file_in_a_setting_is_uploaded_and_named(self):
        path = self.file("w.npz", W_ff=np.zeros((40, 30)),
                         W_rec=np.ones((40, 40)))
        job = self.made("submit", "vanderPol", "--set", "neurons_ff=30",
                        "--set", "neurons_rec=40", "--set", "init=array",
                        "--set", f"weights.array=@{path}")
        self.assertEqual(job["spec"]["weights"]["array"],
                         hashlib.sha256(path.read_bytes()).hexdigest())
        answer = self.client.run("submit", "vanderPol", "--set",
                                 "weights.array=@/nothing.npz")
        self.assertEqual(answer.returncode, 2)

    def test_lists_and_formulas_are_json(self):
        job = self.made("submit", "vanderPol", "--set",
                        "eta_schedule=[[8, 4e-2]]")
        self.assertEqual(job["spec"]["learning"]["eta_schedule"], [[8, 0.04]])
        job = self.made("submit", "custom", "--set",
                        'expressions=["x2 + u1", "-x1 - x2"]')
        self.assertEqual(job["spec"]["system"]["expressions"],
                         ["x2 + u1", "-x1 - x2"])


if __name__ == "__main__":
    main()
