"""What a job takes from others and from uploads: what of it is not there, or
does not fit, is refused when the job is handed in."""

import hashlib
import json
import sqlite3

import numpy as np

from followd_testing import (Daemon, TestCase, Worker, as_bytes, main,
                             npz_bytes)

SMALL = {"preset": "vanderPol",
         "network": {"neurons_ff": 20, "neurons_rec": 30},
         "schedule": {"duration": 24.0}}


class Starts(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.worker = Worker(cls.daemon)
        cls.job = cls.daemon.submit(SMALL)["id"]
        cls.lease = cls.worker.lease()
        cls.lease.report(t=8.0, checkpoint={"t": 8.0, "step": 8000,
                                            "kind": "snapshot"},
                         arrays={"checkpoint":
                                 as_bytes(cls.lease.checkpoint(8.0))})
        cls.lease.finish()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def raw(self, job, step, **headers):
        return self.daemon.request(
            "GET", f"/internal/jobs/{job}/checkpoints/{step}", None, headers)

    # ---- starts ------------------------------------------------------------

    def faults(self, changes, daemon=None):
        """The faults of SMALL with these changes, by pointer; and the resolved
        spec, or None."""
        description = dict(SMALL)
        for key, value in changes.items():
            description[key] = (dict(SMALL.get(key, {}), **value)
                                if isinstance(value, dict) else value)
        answer = (daemon or self.daemon).request(
            "POST", "/api/v1/jobs?validate=true", description)
        if answer.status == 200:
            return {}, answer.json()["spec"]
        self.assertEqual(answer.status, 422, answer.body)
        found = {}
        for fault in answer.json()["errors"]:
            found.setdefault(fault["pointer"][1:], fault["detail"])
        return found, None

    def test_a_start_from_a_checkpoint_that_is_there_is_good(self):
        for start in ({}, {"at": "final"}, {"at": 8.0}, {"at": 24.0},
                      {"states": True}):
            found, _ = self.faults({"start": dict(start, job=self.job)})
            self.assertEqual(found, {})

    def test_a_job_that_is_not_there_is_a_fault_at_each_place(self):
        found, _ = self.faults({"start": {"job": 77},
                                "reference": {"job": 78}})
        self.assertEqual(found, {"/start/job": "there is no job 77",
                                 "/reference/job": "there is no job 78"})
        found, _ = self.faults({
            "preset": "robot2_todorov_gravity",
            "schedule": {"duration": 30.0},
            "input": {"type": "RLReach1", "command_from": 79}})
        self.assertEqual(found, {"/input/command_from":
                                 "there is no job 79"})

    def test_a_moment_without_a_checkpoint_says_which_is_before(self):
        found, _ = self.faults({"start": {"job": self.job, "at": 9.0}})
        self.assertEqual(found, {"/start/at": f"job {self.job} has no "
                                 "checkpoint at 9 s, the one before is at 8 s"})
        found, _ = self.faults({"start": {"job": self.job, "at": 7.0}})
        self.assertIn("at 7 s or before", found["/start/at"])

    def test_a_job_that_is_not_over_has_no_final_checkpoint_yet(self):
        with Daemon() as daemon:
            first, second = (daemon.submit(SMALL)["id"] for _ in range(2))
            lease = Worker(daemon).lease()
            for t, kind in ((4.0, "snapshot"), (8.0, "rolling")):
                lease.report(t=t, checkpoint={"t": t, "step": round(t * 1000),
                                              "kind": kind},
                             arrays={"checkpoint":
                                     as_bytes(lease.checkpoint(t))})

            def fault(key, **about):
                return self.faults({key: about}, daemon)[0].get(
                    f"/{key}/" + ("at" if "at" in about else "job"))
            for key in ("start", "reference"):
                self.assertEqual(fault(key, job=first),
                                 "job 1 is running: it has no final "
                                 "checkpoint yet")
                self.assertIn("job 2 is queued", fault(key, job=second))
            self.assertIsNone(fault("start", job=first, at=4.0))
            self.assertIn("will not stay", fault("start", job=first, at=8.0))
            daemon.request("POST", "/api/v1/jobs/1/cancel")
            lease.report("cancelled", t=8.0)
            self.assertIsNone(fault("start", job=first, at=8.0))
            self.assertIn("is cancelled and has no final checkpoint, its last "
                          "is at 8 s", fault("start", job=first))

    def test_a_start_needs_the_network_that_has_learned(self):
        found, _ = self.faults({
            "network": {"neurons_rec": 31, "seed_ff": 9, "radius_ff": 0.3,
                        "tau_synapse": 0.03},
            "start": {"job": self.job}})
        self.assertEqual(set(found), {"/network/neurons_rec",
                                      "/network/seed_ff",
                                      "/network/radius_ff"})
        self.assertEqual(found["/network/neurons_rec"],
                         f"must be 30, as of job {self.job}, whose weights are "
                         "gone on from")

    def test_a_start_and_a_reference_need_the_same_dimensions(self):
        found, _ = self.faults({"preset": "Lorenz",
                                "schedule": {"duration": 200.0},
                                "start": {"job": self.job},
                                "reference": {"job": self.job}})
        for key in ("/start/job", "/reference/job"):
            self.assertIn("has 2 dimensions of x and 2 of u, this one has 3 "
                          "and 3", found[key])

    def test_a_reference_may_be_another_network(self):
        found, _ = self.faults({"network": {"neurons_rec": 50},
                                "reference": {"job": self.job}})
        self.assertEqual(found, {})

    def plant(self, daemon, preset, **changes):
        """A job that is over without having run."""
        spec = daemon.get("/api/v1/presets/" + preset)["spec"]
        for section, values in changes.items():
            spec[section].update(values)
        job = daemon.submit(SMALL)["id"]
        Worker(daemon).lease().finish()
        with sqlite3.connect(daemon.state / "follow.db") as database:
            database.execute("UPDATE job SET spec = ? WHERE id = ?",
                             [json.dumps(spec), job])
        return job

    def test_torques_come_from_a_job_that_learned_some_and_nothing_else_does(
            self):
        arm = {"preset": "robot2_todorov_gravity",
               "schedule": {"duration": 30.0}}
        with Daemon() as daemon:
            learner = daemon.submit(SMALL)["id"]
            Worker(daemon).lease().finish()
            torques = self.plant(daemon, "rl-swing")

            def found(**about):
                return self.faults(dict(arm, **about), daemon)[0]
            self.assertEqual(found(input={"type": "RLSwing",
                                          "command_from": torques}), {})
            one_link = {"system": {"type": "robot1_gravity"},
                        "network": {"radius_ff": 1}}
            self.assertIn("of 2 joints, and the command of robot1_gravity "
                          "has 1", found(
                              input={"type": "RLSwing",
                                     "command_from": torques}, **one_link)[
                                         "/input/command_from"])
            self.assertIn("no torques", found(
                input={"type": "RLSwing", "command_from": learner})[
                    "/input/command_from"])
            for key in ("start", "reference"):
                self.assertIn("torques",
                              found(**{key: {"job": torques}})[f"/{key}/job"])

    def test_torques_are_learned_on_from_a_job_of_the_same_task(self):
        with Daemon() as daemon:
            daemon.submit(SMALL)
            Worker(daemon).lease().finish()
            daemon.submit({"preset": "rl-reach1", "rl": {"episodes": 50}})
            lease = Worker(daemon).lease()
            for step, kind in ((20, "snapshot"), (50, "final")):
                lease.report("running" if step < 50 else "succeeded", t=step,
                             checkpoint={"t": step, "step": step, "kind": kind},
                             arrays={"checkpoint": np.zeros(9, np.uint8)})

            def fault(preset, **start):
                answer = daemon.request("POST", "/api/v1/jobs?validate=true",
                                        {"preset": preset, "start": start})
                return "" if answer.status == 200 else answer.json()["detail"]
            self.assertEqual(fault("rl-reach1", job=2), "")
            self.assertEqual(fault("rl-reach1", job=2, at=20), "")
            self.assertIn("no checkpoint at 30 episodes, the one before is at "
                          "20 episodes", fault("rl-reach1", job=2, at=30))
            self.assertIn("another task", fault("rl-reach2", job=2))
            self.assertIn("no torques", fault("rl-reach1", job=1))

    def test_what_goes_on_has_the_connections_and_the_engine_of_its_start(self):
        network = dict(SMALL["network"])
        with Daemon() as daemon:
            thin = self.plant(daemon, "vanderPol", network=network,
                              weights={"connectivity": 0.5})
            dense = self.plant(daemon, "vanderPol", network=network,
                               compute={"engine": "dense"})
            found, _ = self.faults({"start": {"job": thin}}, daemon)
            self.assertEqual(set(found), {"/weights/connectivity"})
            found, _ = self.faults({"start": {"job": dense}}, daemon)
            self.assertEqual(set(found), {"/compute/engine"})
            found, _ = self.faults({"start": {"job": thin},
                                    "weights": {"connectivity": 0.5}}, daemon)
            self.assertEqual(found, {})
            found, _ = self.faults({"start": {"job": dense},
                                    "compute": {"engine": "dense"}}, daemon)
            self.assertEqual(found, {})

    def test_dense_weights_that_no_checkpoint_can_hold_are_refused(self):
        for key, value in (("compute", {"engine": "dense"}),
                           ("weights", {"sign": "nonnegative"})):
            for neurons, fits in ((5000, True), (9000, False)):
                found, _ = self.faults({
                    key: value, "network": {"neurons_ff": neurons,
                                            "neurons_rec": neurons}})
                self.assertEqual("/network/neurons_rec" not in found, fits)

    # ---- uploads -----------------------------------------------------------

    def upload(self, **arrays):
        answer = self.daemon.request("POST", "/api/v1/arrays",
                                     npz_bytes(**arrays))
        self.assertIn(answer.status, (200, 201), answer.body)
        return answer.json()["sha256"]

    def own(self, system, **changes):
        """Faults and spec of a job with a system of the user's own."""
        return self.faults(dict({"preset": "custom",
                                 "system": dict(system, type="array")},
                                **changes))

    T = np.arange(24001) / 1000

    def test_an_array_tells_the_dimensions_that_are_left_out(self):
        u = np.zeros((24001, 3))
        x = np.zeros((24001, 5), np.float32)
        sha256 = self.upload(t=self.T, x=x, u=u)
        found, spec = self.own({"array": sha256},
                               input={"type": "array", "array": sha256})
        self.assertEqual(found, {})
        if spec is not None:
            self.assertEqual((spec["system"]["dimensions"],
                              spec["system"]["dimensions_in"]), (5, 3))
        found, _ = self.own({"array": sha256, "dimensions": 4,
                             "dimensions_in": 3},
                            input={"type": "array", "array": sha256})
        self.assertEqual(found, {"/system/array": "array \"x\" must have the "
                                 "shape (24001, 4), has (24001, 5)"})

    def test_a_signal_must_be_there_ascend_and_last_as_long_as_the_job(self):
        t, x = self.T, np.zeros((24001, 2))
        for sentence, arrays in (
                ('no array "t"', {"x": x}), ('no array "x"', {"t": t}),
                ("(24001, 2), has (24000, 2)", {"t": t, "x": x[1:]}),
                ("(n,), has (24001, 1)", {"t": t[:, None], "x": x}),
                ("must be float64 or float32, is bool",
                 {"t": t, "x": x.astype(bool)}),
                ("must ascend", {"t": np.r_[t[:-1], t[-2]], "x": x}),
                ("from 0.001 to 23.9", {"t": t[1:-100], "x": x[1:-100]}),
                ("from 1 to 25", {"t": t + 1, "x": x}),
                ("two times", {"t": t[:1], "x": x[:1]})):
            found, _ = self.own({"array": self.upload(**arrays)},
                                input={"type": "nostim"})
            self.assertIn(sentence, found["/system/array"])
        found, _ = self.own({"array": self.upload(t=t[1:], x=x[1:])},
                            input={"type": "nostim"})
        self.assertEqual(found, {})

    def test_an_upload_that_is_not_there_is_a_fault(self):
        found, _ = self.faults({
            "input": {"type": "array", "array": "0" * 64},
            "network": {"arrays": "1" * 64},
            "weights": {"init": "array", "array": "2" * 64}})
        self.assertEqual(found, {
            pointer: "nothing was uploaded with this SHA-256" for pointer in
            ("/input/array", "/network/arrays", "/weights/array")})

    def test_weights_that_were_uploaded_have_the_shapes_of_the_network(self):
        sha256 = self.upload(W_ff=np.zeros((30, 20)),
                             W_rec=np.zeros((30, 30), np.float32))
        found, _ = self.faults({"weights": {"init": "array",
                                            "array": sha256}})
        self.assertEqual(found, {})
        sha256 = self.upload(W_ff=np.zeros((20, 30)), W_rec=np.zeros((30, 30)))
        found, _ = self.faults({"weights": {"init": "array",
                                            "array": sha256}})
        self.assertEqual(found, {"/weights/array": "array \"W_ff\" must have "
                                 "the shape (30, 20), has (20, 30)"})

    def network(self, ff=20, rec=30, d_in=2, d=2):
        return {"encoders_ff": np.ones((ff, d_in)), "gain_ff": np.ones(ff),
                "bias_ff": np.ones(ff), "encoders_rec": np.ones((rec, d)),
                "gain_rec": np.ones(rec), "bias_rec": np.ones(rec),
                "decoders": np.ones((d, rec))}

    def test_a_network_that_was_uploaded_tells_its_neurons(self):
        sha256 = self.upload(**self.network(17, 23))
        answer = self.daemon.request(
            "POST", "/api/v1/jobs?validate=true",
            {"preset": "vanderPol", "network": {"arrays": sha256}})
        if answer.status == 200:
            network = answer.json()["spec"]["network"]
            self.assertEqual((network["neurons_ff"], network["neurons_rec"]),
                             (17, 23))
        else:
            self.assertEqual([fault["pointer"] for fault in
                              answer.json()["errors"]], ["#/network/arrays"])
        found, _ = self.faults({"network": {"arrays": sha256}})
        self.assertEqual(set(found), {"/network/arrays"})  # 20 + 30 are given
        for key in self.network():
            arrays = self.network()
            del arrays[key]
            found, _ = self.faults({"network": {
                "arrays": self.upload(**arrays)}})
            self.assertEqual(found["/network/arrays"], f'has no array "{key}"')

    def test_uploads_need_not_be_named_by_texts(self):
        for value in (5, [], {}, "x", None, "Z" * 64):
            answer = self.daemon.request(
                "POST", "/api/v1/jobs?validate=true",
                {"preset": "custom", "system": {"array": value},
                 "network": {"arrays": value}, "input": value})
            self.assertEqual(answer.status, 422)

    # ---- what a worker is given --------------------------------------------

    def test_a_worker_gets_any_checkpoint_byte_for_byte(self):
        for step, t in (("8000", 8.0), ("final", 24.0), ("24000", 24.0)):
            answer = self.raw(self.job, step)
            reported = self.lease.checkpoint(t)
            self.assertEqual((answer.status, answer.body), (200, reported))
            self.assertEqual(answer.headers["etag"], '"sha256-%s"' %
                             hashlib.sha256(reported).hexdigest())
            part = self.raw(self.job, step, Range="bytes=10-19")
            self.assertEqual((part.status, part.body), (206, reported[10:20]))

    def test_a_step_without_a_checkpoint_is_not_found(self):
        for step in ("8001", "0", "-1", "8000.0", "latest", "9" * 30):
            self.assertEqual(self.raw(self.job, step).status, 404, step)
        self.assertEqual(self.raw(999, "final").status, 404)

    def test_a_checkpoint_is_for_who_has_the_token(self):
        answer = self.daemon.request(
            "GET", f"/internal/jobs/{self.job}/checkpoints/final", token="")
        self.assertEqual(answer.status, 401)


if __name__ == "__main__":
    main()
