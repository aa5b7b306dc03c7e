"""follow.py with a daemon: what it hands in, what it makes of results."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock

import numpy as np

from cli_results import Proxy
from followd_testing import Daemon, TestCase, Worker, main

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "client"))
import follow  # noqa: E402

SMALL = {"network.neurons_ff": 20, "network.neurons_rec": 30}


def server(daemon, **more):
    return follow.Server(daemon.url.strip(), daemon.token, **more)


class Client(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.__exit__)
        cls.daemon.start()
        cls.server = server(cls.daemon)
        cls.job = cls.server.submit("vanderPol", set=SMALL, name="one")
        Worker(cls.daemon).lease().finish()
        cls.job.refresh()

    def get(self, path):
        return self.daemon.request("GET", self.job.path + path)

    def test_what_is_submitted_is_what_was_asked_for(self):
        job = self.server.submit(
            {"preset": "LinOsc"}, tags={"a": "b"}, start=None, note="x", set={
                "learning.eta": np.float64(1e-3), "compute.precision": "f64",
                "network.max_rates": np.array([100., 200.])})
        self.assertEqual(job.state, "queued")
        spec = job.spec
        self.assertEqual((spec["learning"]["eta"], job.about["tags"],
                          job.about["note"], spec["compute"]["precision"],
                          spec["network"]["max_rates"], spec["preset"]),
                         (1e-3, {"a": "b"}, "x", "f64", [100, 200], "LinOsc"))
        self.assertEqual(self.server.job(job.id).about, job.about)
        self.assertIn(job.id, [one.id for one in
                               self.server.jobs(state="queued", tag="a=b")])
        self.assertEqual(job.cancel().state, "cancelled")
        job.delete()
        with self.assertRaises(follow.Error) as refused:
            self.server.job(job.id)
        self.assertEqual(refused.exception.status, 404)

    def test_faults_of_a_description_are_all_told(self):
        with self.assertRaises(follow.Error) as refused:
            self.server.submit("vanderPol", set={"learning.eta": -1,
                                                 "network.nurons": 3})
        text = str(refused.exception)
        self.assertEqual(refused.exception.status, 422)
        self.assertIn("/learning/eta", text)
        self.assertIn("/network/nurons", text)

    def test_a_sweep_is_a_job_for_each_combination(self):
        jobs = self.server.sweep("vanderPol", {
            "learning.eta": [1e-3, 2e-3],
            "network.seed_ff": np.arange(1, 4)}, name="six")
        self.assertEqual([(job.spec["learning"]["eta"],
                           job.spec["network"]["seed_ff"]) for job in jobs],
                         [(eta, seed) for eta in (1e-3, 2e-3)
                          for seed in (1, 2, 3)])
        number = jobs[0].about["sweep"]
        self.assertEqual({job.id for job in self.server.jobs(sweep=number)},
                         {job.id for job in jobs})

    def test_results_are_the_arrays_of_the_files(self):
        weights = self.job.weights()
        theirs = self.get("/checkpoints/final/weights.npz").npz()
        self.assertEqual(set(weights), set(theirs.files))
        for name in theirs.files:
            np.testing.assert_array_equal(weights[name], theirs[name])
        self.assertEqual(weights.spec, self.job.spec)
        product = theirs["scaled_encoders_rec"] @ theirs["D_rec"]
        np.testing.assert_array_equal(weights.rec, product)
        np.testing.assert_allclose(self.job.dense("rec"), product, 1e-6)
        np.testing.assert_allclose(self.job.dense("ff"), weights.ff, 1e-6)
        traces = self.job.traces("end")
        csv = self.get("/traces?window=end&format=csv").body.decode()
        rows = np.genfromtxt(csv.splitlines(), delimiter=",", names=True)
        np.testing.assert_array_equal(traces["t"], rows["t"])
        np.testing.assert_array_equal(traces["xhat"][:, 1], rows["xhat2"])
        csv = self.get("/metrics?format=csv").body.decode().splitlines()
        rows = np.genfromtxt(csv, delimiter=",", names=True)
        np.testing.assert_array_equal(self.job.metrics()["mse"], rows["mse"])
        self.assertEqual(self.job.checkpoints()[-1]["kind"], "final")
        self.assertIn("succeeded", self.job.log())

    def test_a_download_that_is_cut_five_times_ends_with_the_right_bytes(self):
        path = self.job.path + "/checkpoints/final/weights/rec.npy"
        whole = self.daemon.request("GET", path).body
        with Proxy(self.daemon, cuts=5) as proxy:
            got = follow.Server(proxy.url, self.daemon.token).download(path)
        self.assertEqual(hashlib.sha256(got).hexdigest(),
                         hashlib.sha256(whole).hexdigest())
        self.assertEqual(proxy.cuts, 0)
        self.assertEqual(len(proxy.ranges), 5)

    def test_bytes_that_changed_on_the_way_are_refused(self):
        with Proxy(self.daemon, spoil=True) as proxy:
            job = follow.Job(follow.Server(proxy.url, self.daemon.token),
                             self.job.about)
            with self.assertRaisesRegex(follow.Error, "SHA-256"):
                job.weights()

    def test_waiting_ends_with_the_job_and_says_how(self):
        ends = []
        for state in ("succeeded", "failed"):
            job = self.server.submit("vanderPol", set=SMALL, priority=100)
            lease, told = Worker(self.daemon).lease(), []
            self.assertEqual(lease.job, job.id)
            finish = threading.Timer(0.3, lease.finish, (state, "the driver"))
            finish.start()
            try:
                ends.append(job.wait(tell=lambda one: told.append(one.state)))
            except follow.JobFailed as failure:
                ends.append(str(failure))
            finish.join()
            self.assertEqual(told[-1], state)
            self.assertIn("running", told)
        self.assertIs(type(ends[0]), follow.Job)
        self.assertIn("failed: the driver", ends[1])

    def test_who_waits_too_long_is_told_and_the_job_goes_on(self):
        job = self.server.submit("vanderPol", set=SMALL)
        with self.assertRaises(TimeoutError):
            job.wait(timeout=0.3)
        self.assertEqual(job.refresh().state, "queued")
        job.cancel()

    def test_waiting_outlives_a_daemon_that_starts_again(self):
        with Daemon() as daemon:
            daemon.options = ("--listen", daemon.url.strip().split("//")[1])
            job = server(daemon).submit("vanderPol", set=SMALL)

            def restart():
                daemon.stop()
                daemon.start()
                daemon.request("POST", job.path + "/cancel")

            again = threading.Timer(0.3, restart)
            again.start()
            with self.assertRaisesRegex(follow.JobFailed, "cancelled"):
                job.wait(timeout=60)
            again.join()

    def test_an_upload_is_named_by_its_sha256(self):
        t = np.arange(0, 8, 0.01)
        name = self.server.upload(t=t, u=np.sin(t)[:, None])
        self.assertEqual(self.server.npz("/api/v1/arrays/" + name)["t"][-1],
                         t[-1])


class Which(TestCase):
    """Which daemon, and which token."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        self.addCleanup(shutil.rmtree, self.home)
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("FOLLOW_", "XDG_", "STATE_"))}
        patch = unittest.mock.patch.dict(
            os.environ, dict(kept, HOME=str(self.home)), clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def configure(self, text):
        (self.home / ".config/follow").mkdir(parents=True)
        (self.home / ".config/follow/config").write_text(text)

    def test_the_environment_counts_before_the_file_and_the_file_before_here(
            self):
        with self.assertRaises(follow.NotReached):
            follow.Server()
        state = self.home / ".local/state/followd"
        state.mkdir(parents=True)
        (state / "url").write_text("http://here:1\n")
        (state / "token").write_text("of here\n")
        self.assertEqual((follow.Server().url, follow.Server().token),
                         ("http://here:1", "of here"))
        self.configure("# mine\nurl = http://lab:2/\ntoken = of lab\n"
                       "[cluster]\nurl = http://cluster:3\ntoken = of it\n")
        self.assertEqual((follow.Server().url, follow.Server().token),
                         ("http://lab:2", "of lab"))
        os.environ.update(FOLLOW_URL="http://there:4", FOLLOW_TOKEN="given")
        self.assertEqual((follow.Server().url, follow.Server().token),
                         ("http://there:4", "given"))
        lab = follow.Server(profile="cluster")
        self.assertEqual((lab.url, lab.token), ("http://cluster:3", "of it"))
        with self.assertRaisesRegex(follow.Error, "profile"):
            follow.Server(profile="clutser")

    def test_a_token_of_one_server_is_not_sent_to_another(self):
        self.configure("url = http://lab:2\ntoken = of lab\n")
        self.assertFalse(follow.Server("http://other:2").token)

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_a_daemon_is_known_by_its_key_and_nobody_else_gets_the_token(self):
        cert, key = self.home / "cert.pem", self.home / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-subj", "/CN=lab.example", "-days", "2", "-keyout", key, "-out",
             cert], capture_output=True, check=True)
        with Daemon("--tls-cert", str(cert), "--tls-key", str(key)) as daemon:
            os.environ["STATE_DIRECTORY"] = str(daemon.state)
            self.assertEqual(follow.jobs(), [])
            with self.assertRaises(follow.NotReached):
                follow.Server(pin="sha256//" + "A" * 43 + "=").jobs()
            (daemon.state / "pin").unlink()
            with self.assertRaises(follow.NotReached):
                follow.jobs()


if __name__ == "__main__":
    main()
