"""follow doctor finds what is wrong; profiles name other daemons."""

import http.server
import json
import shutil
import threading

from cli_jobs import CliTestCase
from followd_testing import Daemon, Worker, main

THEN = "Fri, 01 Jan 2021 00:00:00 GMT"


class OldClock:
    """A server of another version whose clock stands."""

    def __enter__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = {"/api/v1/version": b'{"version":"0.0.1"}',
                        "/api/v1/devices":
                            b'{"items":[{"id":"a","name":"A","fault":"x"}]}',
                        "/metrics": b"# HELP\nfollowd_disk_free_bytes 1e6\n"}
                self.send_response_only(200)
                self.send_header("Date", THEN)
                self.end_headers()
                self.wfile.write(text[self.path])

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()


class Doctor(CliTestCase):
    def checks(self, *words, **env):
        """What was checked by name, and the exit status."""
        answer = self.client.run("doctor", "--json", *words, **env)
        told = json.loads(answer.stdout)
        self.assertEqual(told["ok"], all(one["ok"] for one in told["checks"]))
        return ({one["name"]: one["ok"] for one in told["checks"]},
                answer.returncode)

    def test_where_all_is_there_it_says_so(self):
        Worker(self.daemon).ask()
        gnuplot = shutil.which("gnuplot") is not None
        found, status = self.checks()
        self.assertEqual(found, {
            "address": True, "token": True, "server": True, "version": True,
            "clock": True, "devices": True, "disk": True, "gnuplot": gnuplot})
        self.assertEqual(status, 0 if gnuplot else 1)
        lines = self.client.run("doctor").stdout.splitlines()
        self.assertEqual([line.split()[1] for line in lines], list(found))

    def test_what_is_wrong_is_told_and_is_the_exit_status(self):
        found, status = self.checks(FOLLOW_TOKEN="x" * 64)
        self.assertEqual((found["server"], status), (False, 4))
        found, status = self.checks("--server", "http://127.0.0.1:9")
        self.assertEqual((found["token"], found["server"], status),
                         (False, False, 3))
        with OldClock() as url:
            found, status = self.checks("--server", url, FOLLOW_TOKEN="x")
            self.assertEqual([name for name, good in found.items()
                              if not good and name != "gnuplot"],
                             ["version", "clock", "devices", "disk"])
            self.assertEqual(status, 1)
            self.assertIn("ahead of", self.client.run(
                "doctor", "--server", url).stdout)


    def test_a_device_in_its_self_test_is_being_tried(self):
        worker = Worker(self.daemon)
        for fault, devices, doctor in (
                ("being tried: it has begun", "is being tried: it", "being tried"),
                ("hot", "is out of service: hot", "out of service")):
            about = dict(worker.about,
                         device=dict(worker.about["device"], fault=fault))
            self.assertEqual(self.daemon.request(
                "POST", "/internal/devices", about).status, 200)
            self.assertIn(devices, self.client.result("devices"))
            self.assertIn(doctor, self.client.run("doctor").stdout)


class Profiles(CliTestCase):
    def configure(self, text):
        folder = self.daemon.state / ".config/follow"
        folder.mkdir(parents=True)
        (folder / "config").write_text(text)

    def test_a_profile_is_a_section_and_beats_the_environment(self):
        with Daemon() as lab:
            lab.submit({"preset": "vanderPol", "name": "of the lab"})
            self.configure(f"url = {self.daemon.url}"
                           f"token_file = {self.daemon.state}/token\n"
                           f"[lab]\nurl = {lab.url}token = {lab.token}\n")
            self.assertNotIn("of the lab", self.client.result("ls"))
            for words, env in ((("--profile", "lab"), {}),
                               ((), {"FOLLOW_PROFILE": "lab"}),
                               (("--profile=lab",), {
                                   "FOLLOW_URL": "http://127.0.0.1:9",
                                   "FOLLOW_TOKEN": "x"})):
                self.assertIn("of the lab",
                              self.client.result(*words, "ls", **env))

    def test_a_profile_that_is_not_there_is_a_usage_error(self):
        self.assertEqual(self.client.run("--profile", "lab", "ls").returncode,
                         5)  # there is no such file
        self.configure("[lab]\nurl = http://127.0.0.1:9\n")
        answer = self.client.run("--profile", "lap", "ls")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("[lap]", answer.stderr)
        self.assertEqual(self.client.run("ls").returncode, 0)


if __name__ == "__main__":
    main()
