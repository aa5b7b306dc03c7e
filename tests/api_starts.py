"""What one job takes from another: its states, its weights, its torques."""

import hashlib

from followd_testing import Daemon, TestCase, Worker, as_bytes, main

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
