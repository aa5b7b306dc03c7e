"""The OpenAPI document: it has every route, and every answer is as it says."""

import pathlib
import re

from followd_testing import Daemon, TestCase, Worker, main, npz_bytes
from openapi_testing import OpenAPI

import numpy as np

ROUTES = (pathlib.Path(__file__).resolve().parent.parent /
          "daemon/api/routes.c").read_text()
JOB = {"preset": "vanderPol", "network": {"neurons_ff": 40, "neurons_rec": 50},
       "record": {"rates": True}}
SWEEP = {"job": JOB, "set": {"network.seed_ff": [1, 2]}}
AT = "/api/v1/jobs/1/checkpoints/final"


def routes():
    """(method, path) of each row of routes.c that is for users."""
    names = dict(re.findall(r'#define (V1|JOB|AT) +(.+)', ROUTES))
    for method, words in re.findall(r'\{ "([A-Z]+)", +((?:[A-Z0-9]+|"[^"]*"| )+),',
                                    ROUTES):
        path = words
        while re.search(r"\b(AT|JOB|V1)\b", path):
            path = re.sub(r"\b(AT|JOB|V1)\b", lambda m: names[m.group()], path)
        path = path.replace('"', "").replace(" ", "")
        if path.startswith("/api") or path in ("/healthz", "/readyz",
                                               "/metrics"):
            yield method, path


class Document(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.document = OpenAPI(cls.daemon.get("/api/v1/openapi.json"))

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def ask(self, method, target, body=None, **headers):
        headers = {name.replace("_", "-"): value
                   for name, value in headers.items()}
        token = headers.pop("token", None)
        answer = self.daemon.request(method, target, body, headers,
                                     token=token)
        self.document.check(method, target, answer)
        return answer

    def test_it_has_every_route_and_no_other(self):
        found = set(routes())
        self.assertGreater(len(found), 30)
        self.assertEqual(found, self.document.operations())

    def test_every_answer_is_as_it_is_written_down(self):
        upload = npz_bytes(t=np.arange(3.0), x=np.eye(3))
        jobs = [self.ask("POST", "/api/v1/jobs", JOB, Idempotency_Key="k")
                for _ in range(2)]
        self.assertEqual([job.status for job in jobs], [201, 200])
        worker = Worker(self.daemon)
        worker.lease().finish()
        sha256 = self.ask("POST", "/api/v1/arrays", upload,
                          Content_Type="application/octet-stream"
                          ).json()["sha256"]
        self.ask("POST", "/api/v1/jobs?validate=true", JOB)
        self.ask("POST", "/api/v1/sweeps", SWEEP)
        self.ask("POST", "/api/v1/sweeps?validate=true", SWEEP)
        self.ask("PATCH", "/api/v1/jobs/1", {"note": "x"})
        for verb in ("pause", "resume", "cancel", "retry"):
            self.ask("POST", f"/api/v1/jobs/2/{verb}")
        self.ask("POST", "/api/v1/jobs/3/cancel")
        self.ask("DELETE", "/api/v1/jobs/3")
        gets = ["/healthz", "/readyz", "/metrics", "/api/v1/version",
                "/api/v1/openapi.json", "/api/v1/presets",
                "/api/v1/presets/vanderPol", "/api/v1/devices",
                "/api/v1/schema/job", "/api/v1/jobs", "/api/v1/jobs?limit=1",
                "/api/v1/jobs/1", "/api/v1/jobs/1?wait=0.1&since=1000",
                "/api/v1/sweeps", "/api/v1/sweeps/1",
                "/api/v1/metrics.csv?job=1&job=2", "/api/v1/jobs/1/log",
                "/api/v1/jobs/1/log?format=json",
                "/api/v1/jobs/1/checkpoints", "/api/v1/arrays",
                f"/api/v1/arrays/{sha256}", f"{AT}/weights.npz",
                f"{AT}/weights/ff.npy", f"{AT}/histogram?bins=3",
                f"{AT}/tile?height=2&width=2", f"{AT}/tile?format=npy",
                f"{AT}/D_ff.npy"]
        for table in ("metrics", "traces"):
            for kind in ("json", "csv", "npz"):
                gets.append(f"/api/v1/jobs/1/{table}?format={kind}&points=9")
        for target in gets:
            for method in ("GET", "HEAD"):
                answer = self.ask(method, target)
                self.assertLess(answer.status, 400, target)
                if "etag" in answer.headers:
                    answer = self.ask(method, target,
                                      If_None_Match=answer.headers["etag"])
                    self.assertEqual(answer.status, 304)
        for target in (f"{AT}/weights.npz", f"/api/v1/arrays/{sha256}",
                       "/api/v1/jobs/1/log"):
            self.assertEqual(self.ask("GET", target, Range="bytes=0-9").status,
                             206)
        self.ask("DELETE", f"/api/v1/arrays/{sha256}")
        left = {path for method, path in
                self.document.operations() - self.document.seen}
        self.assertEqual(left, {  # no end; no spikes and rates were recorded
            "/api/v1/events", "/api/v1/jobs/{id}/spikes.npz",
            "/api/v1/jobs/{id}/rates"})

    def test_every_refusal_is_as_it_is_written_down(self):
        for method, path in sorted(self.document.operations()):
            target = (path.replace("{id}", "999").replace("{time}", "final")
                      .replace("{layer}", "x").replace("{array}", "x")
                      .replace("{name}", "x").replace("{sha256}", "0" * 64))
            strange = self.ask(method, target + "?strange=1",
                               {} if method in ("POST", "PATCH") else None)
            self.assertTrue(strange.status < 300 or
                            strange.status in (400, 404, 422),
                            (method, target, strange.status))
            if path not in ("/healthz", "/readyz"):
                self.assertEqual(
                    self.ask(method, target, token="").status, 401)


if __name__ == "__main__":
    main()
