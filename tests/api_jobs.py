"""Jobs over HTTP: hand in, list, show, wait, change, stop, delete."""

import sqlite3
import threading
import time

from followd_testing import Daemon, TestCase, Worker, main

SMALL = {"preset": "vanderPol",
         "network": {"neurons_ff": 20, "neurons_rec": 30},
         "schedule": {"duration": 24.0}}


class Jobs(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def problem(self, answer, status):
        """A problem document with this status; returned."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["content-type"],
                         "application/problem+json")
        document = answer.json()
        self.assertEqual(document["status"], status)
        for key in ("type", "title", "detail", "instance"):
            self.assertIn(key, document)
        return document

    def post(self, body, **headers):
        headers = {key.replace("_", "-"): value
                   for key, value in headers.items()}
        return self.daemon.request("POST", "/api/v1/jobs", body, headers)

    # ---- what is handed in -------------------------------------------------

    def test_a_job_that_was_accepted_is_shown_with_every_documented_key(self):
        answer = self.post(SMALL)
        self.assertEqual(answer.status, 201)
        job = answer.json()
        self.assertEqual(answer.headers["location"],
                         f"/api/v1/jobs/{job['id']}")
        self.assertEqual(set(job), {
            "id", "uuid", "rev", "name", "tags", "note", "state",
            "state_reason", "priority", "queue", "after", "progress",
            "created_at",
            "started_at", "finished_at", "restarts", "parent", "sweep",
            "spec", "provenance", "metrics"})
        self.assertEqual(set(job["queue"]), {"position", "estimated_start"})
        self.assertEqual(set(job["progress"]), {"done", "total", "fraction",
                                                "rate", "eta_seconds"})
        self.assertEqual(set(job["metrics"]), {"last", "min"})
        self.assertEqual(job["state"], "queued")
        self.assertEqual(job["spec"]["network"]["neurons_rec"], 30)
        self.assertEqual(self.daemon.get(f"/api/v1/jobs/{job['id']}"), job)

    def test_a_job_is_found_by_its_uuid_too(self):
        job = self.daemon.submit(SMALL)
        self.assertEqual(self.daemon.get("/api/v1/jobs/" + job["uuid"])["id"],
                         job["id"])
        other = job["uuid"][:-1] + ("0" if job["uuid"][-1] != "0" else "1")
        self.problem(self.daemon.request("GET", "/api/v1/jobs/" + other), 404)

    def test_a_resolved_job_handed_in_again_is_the_same_job(self):
        job = self.daemon.submit(SMALL)
        again = self.daemon.submit(job["spec"])
        self.assertEqual(again["spec"], job["spec"])

    def test_every_fault_is_named_at_once(self):
        document = self.problem(self.post({
            "preset": "vanderPol", "nmae": 1,
            "learning": {"eta": -1},
            "network": {"neurons_ff": 1000000000, "radius_ff": "wide"}}), 422)
        self.assertEqual({fault["pointer"] for fault in document["errors"]},
                         {"#/nmae", "#/learning/eta", "#/network/neurons_ff",
                          "#/network/radius_ff"})
        self.assertTrue(all(fault["detail"] for fault in document["errors"]))

    def test_numbers_that_json_does_not_know_are_a_bad_request(self):
        for word in ("NaN", "Infinity", "1e999"):
            answer = self.daemon.request(
                "POST", "/api/v1/jobs",
                b'{"preset":"vanderPol","network":{"radius_ff":%s}}'
                % word.encode(), {"Content-Type": "application/json"})
            self.problem(answer, 400)

    def test_broken_json_is_told_with_its_place(self):
        for body in (b'{"preset":"vanderPol"', b'', b'[]', b'"vanderPol"',
                     b'{"preset":"vanderPol","preset":"vanderPol"}',
                     b'\xff\xfe', b'{"a":' * 40 + b'1' + b'}' * 40):
            answer = self.daemon.request(
                "POST", "/api/v1/jobs", body,
                {"Content-Type": "application/json"})
            self.problem(answer, 400)
        document = self.problem(self.daemon.request(
            "POST", "/api/v1/jobs", b'{\n"preset":,\n}',
            {"Content-Type": "application/json"}), 400)
        self.assertIn("line 2", document["detail"])

    def test_a_body_beyond_the_limit_is_refused_and_the_daemon_stays(self):
        answer = self.daemon.request(
            "POST", "/api/v1/jobs", b'{"note":"' + b"x" * 65536 + b'"}',
            {"Content-Type": "application/json"})
        self.problem(answer, 413)
        self.assertEqual(self.daemon.request("GET", "/healthz").status, 200)

    def test_only_json_is_taken(self):
        for headers in ({}, {"Content-Type": "text/plain"},
                        {"Content-Type": "application/jsonp"}):
            answer = self.daemon.request("POST", "/api/v1/jobs",
                                         b'{"preset":"vanderPol"}', headers)
            self.problem(answer, 415)
        answer = self.post(SMALL, Content_Encoding="gzip")
        self.problem(answer, 415)

    def test_validation_resolves_a_job_and_keeps_nothing(self):
        before = self.daemon.get("/api/v1/jobs?limit=1")["items"]
        answer = self.daemon.request("POST", "/api/v1/jobs?validate=true",
                                     dict(SMALL, name="dry"))
        self.assertEqual(answer.status, 200)
        told = answer.json()
        self.assertEqual(told["name"], "dry")
        self.assertEqual(told["spec"]["network"]["neurons_ff"], 20)
        self.assertGreater(told["memory"], 0)
        self.assertIn("estimated_seconds", told)
        self.assertEqual(self.daemon.get("/api/v1/jobs?limit=1")["items"],
                         before)
        self.problem(self.daemon.request(
            "POST", "/api/v1/jobs?validate=true", {"preset": "nope"}), 422)

    def test_the_same_key_and_body_are_the_same_job(self):
        first = self.post(SMALL, Idempotency_Key="one")
        again = self.post(SMALL, Idempotency_Key="one")
        self.assertEqual((first.status, again.status), (201, 200))
        self.assertEqual(first.json()["id"], again.json()["id"])
        other = self.post(dict(SMALL, name="other"), Idempotency_Key="one")
        self.problem(other, 409)
        self.problem(self.post(SMALL, Idempotency_Key="x" * 129), 400)

    def test_a_key_is_kept_for_a_day_and_may_then_make_another_job(self):
        first = self.post(SMALL, Idempotency_Key="daily").json()["id"]

        def age(hours):
            database = sqlite3.connect(self.daemon.state / "follow.db")
            with database:
                database.execute(
                    "UPDATE idempotency SET created_at = ?"
                    " WHERE key = 'daily'",
                    (int((time.time() - 3600 * hours) * 1000),))
            database.close()
            return self.post(SMALL, Idempotency_Key="daily")
        self.assertEqual(age(23.9).json()["id"], first)
        second = age(24.1)
        self.assertEqual(second.status, 201)
        again = self.post(SMALL, Idempotency_Key="daily")
        self.assertEqual(again.json()["id"], second.json()["id"])

    def test_hostile_names_come_back_as_they_went_in(self):
        name = '<script>alert("1")</script> ü\u2028'
        job = self.daemon.submit(dict(SMALL, note=name))
        self.assertEqual(self.daemon.get(f"/api/v1/jobs/{job['id']}")["note"],
                         name)

    # ---- what is shown -------------------------------------------------------

    def test_pages_of_jobs_are_complete_and_newest_first(self):
        made = [self.daemon.submit(dict(SMALL, tags={"page": "yes"}))["id"]
                for _ in range(5)]
        seen, path = [], "/api/v1/jobs?tag=page%3Dyes&limit=2"
        cursor = ""
        while cursor is not None:
            page = self.daemon.get(path + (cursor and f"&cursor={cursor}"))
            self.assertLessEqual(len(page["items"]), 2)
            seen += [job["id"] for job in page["items"]]
            cursor = page["next_cursor"]
        self.assertEqual(seen, made[::-1])

    def test_jobs_are_listed_by_state(self):
        job = self.daemon.submit(SMALL)["id"]
        self.daemon.request("POST", f"/api/v1/jobs/{job}/cancel")
        states = {one["state"] for one in
                  self.daemon.get("/api/v1/jobs?state=cancelled")["items"]}
        self.assertEqual(states, {"cancelled"})

    def test_a_query_that_makes_no_sense_is_refused(self):
        for query in ("state=sleeping", "limit=0", "limit=501", "limit=x",
                      "cursor=-1", "page=2", "limit=1e3"):
            self.problem(self.daemon.request("GET", "/api/v1/jobs?" + query),
                         422)

    def test_what_is_not_there_is_not_found(self):
        for path in ("/api/v1/jobs/999999", "/api/v1/jobs/x",
                     "/api/v1/jobs/-1", "/api/v1/jobs/0", "/api/v1/nothing",
                     "/api/v1/jobs/99999999999999999999", "/nothing.html",
                     "/api/v1/presets/nothing", "/api", "/internal/x"):
            self.problem(self.daemon.request("GET", path), 404)

    def test_a_job_that_is_known_is_not_sent_again(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        etag = self.daemon.request("GET", path).headers["etag"]
        same = self.daemon.request("GET", path,
                                   headers={"If-None-Match": etag})
        self.assertEqual((same.status, same.body), (304, b""))
        self.daemon.request("POST", path + "/cancel")
        other = self.daemon.request("GET", path,
                                    headers={"If-None-Match": etag})
        self.assertEqual(other.status, 200)

    def test_a_wait_ends_with_the_change_it_waits_for(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        timer = threading.Timer(0.5, self.daemon.request,
                                ("POST", path + "/cancel"))
        began = time.monotonic()
        timer.start()
        answer = self.daemon.request("GET",
                                     f"{path}?wait=30&since={job['rev']}")
        waited = time.monotonic() - began
        timer.join()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["state"], "cancelled")
        self.assertGreater(waited, 0.3)
        self.assertLess(waited, 5)

    def test_a_wait_without_a_change_ends_in_time(self):
        job = self.daemon.submit(SMALL)
        began = time.monotonic()
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs/{job['id']}?wait=1&since={job['rev']}")
        waited = time.monotonic() - began
        self.assertEqual((answer.status, answer.body), (304, b""))
        self.assertGreater(waited, 0.9)
        self.assertLess(waited, 4)

    def test_a_wait_for_what_has_happened_does_not_wait(self):
        job = self.daemon.submit(SMALL)
        began = time.monotonic()
        answer = self.daemon.request(
            "GET", f"/api/v1/jobs/{job['id']}?wait=30&since=0")
        self.assertEqual(answer.status, 200)
        self.assertLess(time.monotonic() - began, 5)

    def test_many_may_wait_for_the_same_job(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        states = []

        def wait():
            answer = self.daemon.request(
                "GET", f"{path}?wait=30&since={job['rev']}")
            states.append(answer.json()["state"])

        threads = [threading.Thread(target=wait) for _ in range(40)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.daemon.request("POST", path + "/cancel")
        for thread in threads:
            thread.join(10)
        self.assertEqual(states, ["cancelled"] * 40)

    # ---- what is changed -----------------------------------------------------

    def test_a_name_a_note_tags_and_a_priority_can_be_changed(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        change = {"name": "arm", "note": "look", "priority": 7,
                  "tags": {"fig": "2"}}
        answer = self.daemon.request("PATCH", path, change)
        self.assertEqual(answer.status, 200, answer.body)
        changed = answer.json()
        self.assertEqual({key: changed[key] for key in change}, change)
        self.assertEqual(changed["rev"], job["rev"] + 1)
        answer = self.daemon.request("PATCH", path, {"priority": 1})
        self.assertEqual(answer.json()["name"], "arm")

    def test_a_change_that_changes_nothing_wakes_nobody(self):
        job = self.daemon.submit(dict(SMALL, name="still"))
        path = f"/api/v1/jobs/{job['id']}"
        for change in ({}, {"name": "still"}, {"priority": 0, "tags": {}}):
            answer = self.daemon.request("PATCH", path, change)
            self.assertEqual((answer.status, answer.json()["rev"]),
                             (200, job["rev"]))

    def test_of_many_changes_of_one_revision_one_is_made(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        etag = self.daemon.request("GET", path).headers["etag"]
        found = []
        threads = [threading.Thread(
            target=lambda number=number: found.append(self.daemon.request(
                "PATCH", path, {"priority": number},
                {"If-Match": etag}).status)) for number in range(1, 13)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(sorted(found), [200] + 11 * [412])
        self.assertEqual(self.daemon.get(path)["rev"], job["rev"] + 1)

    def test_nothing_else_can_be_changed(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        document = self.problem(
            self.daemon.request("PATCH", path, {"state": "succeeded",
                                                "spec": {}}), 422)
        self.assertEqual({fault["pointer"] for fault in document["errors"]},
                         {"#/state", "#/spec"})
        self.problem(self.daemon.request("PATCH", path, {"priority": 101}),
                     422)
        self.assertEqual(self.daemon.get(path), job)

    def test_a_change_of_what_has_changed_is_refused(self):
        job = self.daemon.submit(SMALL)
        path = f"/api/v1/jobs/{job['id']}"
        etag = self.daemon.request("GET", path).headers["etag"]
        change = [self.daemon.request("PATCH", path, {"priority": number},
                                      {"If-Match": etag}).status
                  for number in (1, 2)]
        self.assertEqual(change, [200, 412])

    def test_a_queued_job_is_cancelled_at_once_and_only_once(self):
        job = self.daemon.submit(SMALL)["id"]
        path = f"/api/v1/jobs/{job}/cancel"
        answer = self.daemon.request("POST", path)
        self.assertEqual((answer.status, answer.json()["state"]),
                         (202, "cancelled"))
        document = self.problem(self.daemon.request(
            "POST", f"/api/v1/jobs/{job}/pause"), 409)
        self.assertIn("cancelled", document["detail"])

    def test_a_queued_job_can_be_paused_and_resumed(self):
        job = self.daemon.submit(SMALL)["id"]
        states = [self.daemon.request("POST", f"/api/v1/jobs/{job}/{verb}")
                  .json()["state"] for verb in ("pause", "resume")]
        self.assertEqual(states, ["paused", "queued"])

    def test_a_job_comes_after_those_it_names_and_tells_which(self):
        with Daemon() as daemon:
            first = daemon.submit(SMALL)["id"]
            other = daemon.submit(SMALL)["id"]
            second = daemon.submit(dict(SMALL, after=[
                first, {"job": other, "end": "any"}]))
            self.assertEqual(second["after"], [
                {"job": first, "end": "success", "state": "queued",
                 "met": False},
                {"job": other, "end": "any", "state": "queued", "met": False}])
            self.assertIsNone(second["queue"]["position"])
            Worker(daemon).lease().finish()
            daemon.request("POST", f"/api/v1/jobs/{other}/cancel")
            second = daemon.get(f"/api/v1/jobs/{second['id']}")
            self.assertEqual([one["met"] for one in second["after"]],
                             [True, True])
            self.assertEqual(second["queue"]["position"], 1)
            third = daemon.submit(dict(SMALL, after=[second["id"]]))["id"]
            daemon.request("POST", f"/api/v1/jobs/{second['id']}/cancel")
            answer = daemon.request("GET",
                                    f"/api/v1/jobs/{third}?wait=10&since=1")
            self.assertEqual((answer.status, answer.json()["state"]),
                             (200, "cancelled"))

    def test_an_order_that_makes_no_sense_is_refused_with_its_place(self):
        ended = self.daemon.submit(SMALL)["id"]
        self.daemon.request("POST", f"/api/v1/jobs/{ended}/cancel")
        for after, pointer in ((7, "#/after"), ([0], "#/after/0"),
                               (["1"], "#/after/0"), ([True], "#/after/0"),
                               ([{"job": 1, "end": "x"}], "#/after/0"),
                               ([{"end": "any"}], "#/after/0"),
                               ([{"job": 1, "jab": 2}], "#/after/0"),
                               ([{"job": ended, "end": "any"}, 10 ** 9],
                                "#/after/1"),
                               ([ended], "#/after/0"), ([1] * 17, "#/after")):
            document = self.problem(self.post(dict(SMALL, after=after)), 422)
            self.assertEqual([one["pointer"] for one in document["errors"]],
                             [pointer], after)

    def test_only_a_job_that_is_over_is_deleted(self):
        daemon = self.daemon
        with Daemon() as daemon:
            job = daemon.submit(SMALL)["id"]
            path = f"/api/v1/jobs/{job}"
            lease = Worker(daemon).lease()
            self.problem(daemon.request("DELETE", path), 409)
            lease.finish()
            answer = daemon.request("DELETE", path)
            self.assertEqual((answer.status, answer.body), (204, b""))
            self.problem(daemon.request("GET", path), 404)

    # ---- what else there is ----------------------------------------------------

    def test_every_preset_is_accepted(self):
        for preset in self.daemon.get("/api/v1/presets")["items"]:
            name = preset["name"]
            one = self.daemon.get("/api/v1/presets/" + name)
            self.assertEqual(one, preset)
            description = {"preset": name}
            if name == "readout":
                problem = self.problem(self.daemon.request(
                    "POST", "/api/v1/jobs?validate=true", description), 422)
                self.assertEqual([error["pointer"]
                                  for error in problem["errors"]],
                                 ["#/start/job"])
                parent = self.daemon.submit({"preset": "vanderPol",
                                             "priority": 100})
                lease = Worker(self.daemon).lease()
                self.assertEqual(lease.job, parent["id"])
                lease.finish()
                description["start"] = {"job": parent["id"]}
                preset["spec"]["start"]["job"] = parent["id"]
                preset["spec"]["reference"]["job"] = parent["id"]
            answer = self.daemon.request("POST", "/api/v1/jobs?validate=true",
                                         description)
            self.assertEqual(answer.status, 200, (name, answer.body))
            self.assertEqual(answer.json()["spec"], preset["spec"])

    def test_a_formula_that_is_none_is_refused_with_the_place_of_the_fault(self):
        def faults(*formulas, **more):
            problem = self.problem(self.daemon.request(
                "POST", "/api/v1/jobs?validate=true",
                {"preset": "custom", "system": {
                    "expressions": formulas, "dimensions": len(formulas),
                    **more}}), 422)
            return {fault["pointer"]: fault["detail"]
                    for fault in problem["errors"]}
        found = faults("x2", "x1 + 2*y", "1/(x1 - x1)")
        self.assertEqual(found, {"#/system/expressions/1":
                                 'at character 8: unknown name "y"'})
        found = faults("x1 +", "-x2)")
        self.assertEqual(set(found), {"#/system/expressions/0",
                                      "#/system/expressions/1"})
        found = faults("x2", "1/(x1 - x1)")
        self.assertRegex(found["#/system/expressions/1"],
                         "^at character 2: something is divided by zero at")
        found = faults("x2", "-x1", constants={"x2": 3})
        self.assertEqual(set(found), {"#/system/constants/x2"})
        answer = self.daemon.request(
            "POST", "/api/v1/jobs?validate=true",
            {"preset": "custom", "input": {"type": "rampLeaveRampHeights"}})
        self.assertEqual(answer.status, 200, answer.body)

    def test_the_schema_the_version_and_health_are_told(self):
        self.assertIn("properties", self.daemon.get("/api/v1/schema/job"))
        self.assertEqual(self.daemon.get("/api/v1/version")["api"], "v1")
        for path in ("/healthz", "/readyz"):
            self.assertEqual(
                self.daemon.request("GET", path, token="").status, 200)

    def test_a_device_is_shown_once_a_worker_came_with_it(self):
        with Daemon() as daemon:
            self.assertEqual(daemon.get("/api/v1/devices")["items"], [])
            Worker(daemon).lease()
            device, = daemon.get("/api/v1/devices")["items"]
            self.assertEqual(device["id"], "false:0")
            self.assertEqual(device["worker"]["name"], "false-worker")
            self.assertIsNone(device["fault"])

    def test_what_is_wrong_with_a_device_is_shown_until_work_is_asked_for(self):
        with Daemon() as daemon:
            worker = Worker(daemon)
            about = dict(worker.about)
            for fault, status in ((None, 422), ("", 422), ("hot\x1b[1m", 200)):
                about["device"] = dict(worker.about["device"], fault=fault)
                answer = daemon.request("POST", "/internal/devices", about)
                self.assertEqual(answer.status, status, answer.body)
            device, = daemon.get("/api/v1/devices")["items"]
            self.assertEqual(device["fault"], "hot [1m")
            worker.lease()
            device, = daemon.get("/api/v1/devices")["items"]
            self.assertIsNone(device["fault"])

    def test_the_page_is_there_without_a_token_and_trusts_nobody_else(self):
        answer = self.daemon.request("GET", "/", token="")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"<title>followd</title>", answer.body)
        self.assertIn("default-src 'self'",
                      answer.headers["content-security-policy"])
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        for name in ("app.js", "style.css"):
            one = self.daemon.request("GET", "/" + name, token="")
            self.assertEqual(one.status, 200)
            same = self.daemon.request(
                "GET", "/" + name, token="",
                headers={"If-None-Match": one.headers["etag"]})
            self.assertEqual(same.status, 304)


if __name__ == "__main__":
    main()
