#!/usr/bin/python3
"""follow with a daemon: submitting, looking, waiting, stopping."""

import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import time

from followd_testing import Daemon, TestCase, Worker, executable, main

SMALL = ("--set", "neurons_ff=20", "--set", "neurons_rec=20")


class Client:
    """Runs follow against one daemon, found by its state folder."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("FOLLOW_", "XDG_"))}
        self.env.update(STATE_DIRECTORY=str(daemon.state), LC_ALL="C.UTF-8",
                        HOME=str(daemon.state), TZ="UTC")

    def start(self, *words, **more):
        return subprocess.Popen([executable("follow"), *words], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=more.pop("stdin", subprocess.DEVNULL),
                                env=dict(self.env, **more))

    def run(self, *words, stdin=None, **env):
        return subprocess.run([executable("follow"), *words], text=True,
                              capture_output=True, timeout=60, input=stdin,
                              env=dict(self.env, **env))

    def result(self, *words, **more):
        """stdout of a run that must succeed."""
        answer = self.run(*words, **more)
        assert answer.returncode == 0, (words, answer)
        return answer.stdout

    def terminal(self, *words, columns=100, rows=40):
        """What a terminal of that size shows."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"stty cols {columns} rows {rows}; exec \"$@\"", "sh",
             executable("follow"), *words], stdin=theirs, stdout=theirs,
            stderr=theirs, env=dict(self.env, TERM="xterm"))
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        return process.wait(30), seen.decode()


class CliTestCase(TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.__exit__)
        self.daemon.start()
        self.client = Client(self.daemon)


class Submit(CliTestCase):
    def test_submit_prints_the_number_and_nothing_else(self):
        answer = self.client.run("submit", "vanderPol", *SMALL)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout, "1\n")

    def test_settings_names_tags_and_priority_arrive(self):
        self.client.result("submit", "vanderPol", *SMALL, "--set", "eta=4e-2",
                           "--set", "schedule.duration=48", "--set",
                           "nengo=2.5", "--set", "max_rates=[100,200]",
                           "--name", "mine", "--tag", "a=1", "--tag", "b=x=y",
                           "--priority", "3", "--note", "why not")
        job = self.daemon.get("/api/v1/jobs/1")
        self.assertEqual(job["spec"]["learning"]["eta"], 4e-2)
        self.assertEqual(job["spec"]["schedule"]["duration"], 48)
        self.assertEqual(job["spec"]["network"]["nengo"], "2.5")
        self.assertEqual(job["spec"]["network"]["max_rates"], [100, 200])
        self.assertEqual((job["name"], job["priority"], job["note"]),
                         ("mine", 3, "why not"))
        self.assertEqual(job["tags"], {"a": "1", "b": "x=y"})

    def test_a_description_comes_from_a_file_or_from_stdin(self):
        text = json.dumps({"preset": "vanderPol", "name": "given"})
        path = self.daemon.state / "job.json"
        path.write_text(text)
        self.client.result("submit", str(path), *SMALL)
        self.client.result("submit", "-", *SMALL, stdin=text)
        for job in self.daemon.get("/api/v1/jobs")["items"]:
            self.assertEqual(job["name"], "given")

    def test_settings_that_are_unknown_or_ambiguous_start_nothing(self):
        for setting, said in (("etta=1", "did you mean 'eta'"),
                              ("scale=1", "system.scale, input.scale"),
                              ("gain=1", "network.gain, feedback.gain"),
                              ("decay=1", "system.decay, learning.decay"),
                              ("seed=1", "weights.seed, input.seed, noise.seed,"
                               " readout.seed, rl.seed"),
                              ("eta", "key=value")):
            answer = self.client.run("submit", "vanderPol", "--set", setting)
            self.assertEqual(answer.returncode, 2)
            self.assertIn(said, answer.stderr)
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"], [])

    def test_every_fault_of_a_description_is_named(self):
        answer = self.client.run("submit", "vanderPol", "--set", "eta=-1",
                                 "--set", "radius_ff=nan")
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("/learning/eta", answer.stderr)
        self.assertIn("/network/radius_ff", answer.stderr)

    def test_what_is_wrong_in_a_formula_has_a_mark_below(self):
        def told(*formulas):
            answer = self.client.run("submit", "custom", "--set",
                                     "expressions=" + json.dumps(formulas))
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            return answer.stderr

        mark = "    x2 + u1*y\n            ^\n"
        self.assertIn(mark, told("x2 + u1*y", "-x1"))
        self.assertIn("    x1/u2\n      ^\n", told("x2", "x1/u2"))
        both = told("x2 + u1*y", "-(x1")
        self.assertIn(mark + "    -(x1\n        ^\n", both)
        self.assertIn("a closing parenthesis is missing", both)

    def test_a_file_that_is_not_there_or_no_json_is_a_usage_error(self):
        answer = self.client.run("submit", "./nothing.json")
        self.assertEqual(answer.returncode, 2)
        answer = self.client.run("submit", "-", stdin="{\n \"a\":}")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("line 2", answer.stderr)

    def test_a_dry_run_shows_the_whole_description_and_starts_nothing(self):
        out = self.client.result("submit", "vanderPol", "--dry-run")
        self.assertEqual(json.loads(out)["network"]["neurons_rec"], 3000)
        self.assertEqual(self.daemon.get("/api/v1/jobs")["items"], [])

    def test_submit_wait_ends_with_the_job(self):
        process = self.client.start("submit", "vanderPol", *SMALL, "--wait")
        Worker(self.daemon).lease(wait=20).finish()
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, out), (0, "1\n"))
        self.assertIn("succeeded", err)


class Look(CliTestCase):
    def test_json_is_the_object_of_the_api_unchanged(self):
        self.client.result("submit", "vanderPol", *SMALL)
        for words, path in ((["show", "1"], "/api/v1/jobs/1"),
                            (["ls"], "/api/v1/jobs?limit=50"),
                            (["presets"], "/api/v1/presets"),
                            (["presets", "vanderPol"],
                             "/api/v1/presets/vanderPol"),
                            (["keys"], "/api/v1/schema/job"),
                            (["devices"], "/api/v1/devices"),
                            (["metrics", "1"], "/api/v1/jobs/1/metrics"),
                            (["server"], "/api/v1/version")):
            out = self.client.result("--json", *words)
            answer = self.daemon.request("GET", path)
            self.assertEqual(out.strip(), answer.body.decode().strip(), words)

    def test_a_device_whose_name_others_have_too_is_shown_with_its_machine(self):
        def ids():
            rows = self.client.result("devices").splitlines()
            return [row.split()[0] for row in rows[1:]]

        near = Worker(self.daemon, device={"id": "gpu0"})
        near.lease()
        self.assertEqual(ids(), ["gpu0"])
        far = Worker(self.daemon, name="far", device={"id": "gpu0"})
        far.about["worker"]["host"] = "far"
        far.lease()
        self.assertEqual(ids(), ["far/gpu0", "localhost/gpu0"])
        self.client.result("submit", "vanderPol", *SMALL,
                           "--set", "device=far/gpu0")
        self.assertIsNone(near.lease())
        self.assertEqual(far.lease().job, 1)

    def test_a_preset_shows_what_it_has_otherwise_than_the_default(self):
        """Put into the default, that is the preset."""
        def flat(spec):
            return {f"{section}.{key}": value
                    for section, keys in spec.items() if isinstance(keys, dict)
                    for key, value in keys.items()}

        def spec(name):
            return flat(self.daemon.get("/api/v1/presets/" + name)["spec"])

        for name in ("Lorenz", "LinOsc-nonlin", "robot2XY_todorov_gravity"):
            out = self.client.result("presets", name)
            head, *rows = [line.split(None, 2) for line in
                           out.splitlines()[2:]]
            self.assertEqual(head, ["KEY", "DEFAULT", name])
            usual, ours = spec("vanderPol"), spec(name)
            self.assertEqual({row[0] for row in rows}, {
                key for key in {**usual, **ours}
                if usual.get(key) != ours.get(key)})
            self.assertIn(["network.neurons_rec", "3000",
                           str(ours["network.neurons_rec"])], rows)
        self.assertNotIn("KEY", self.client.result("presets", "vanderPol"))

    def test_keys_are_listed_found_by_a_word_and_told_of_one(self):
        schema = self.daemon.get("/api/v1/schema/job")["properties"]
        lines = self.client.result("keys").splitlines()[1:]
        self.assertEqual({line.split()[0] for line in lines},
                         {name for name, key in schema.items()
                          if "properties" not in key} |
                         {f"{name}.{inner}" for name, key in schema.items()
                          for inner in key.get("properties", ())})
        lines = self.client.result("keys", "delay").splitlines()
        self.assertEqual([line.split()[0] for line in lines], [
            "KEY", "feedback.delay", "reference.delay", "reference.delay_type"])
        shown = self.client.result("keys", "input.type")
        for word in schema["input"]["properties"]["type"]["enum"]:
            self.assertIn(" " + word, shown)
        answer = self.client.run("keys", "etta")
        self.assertEqual(answer.returncode, 5)
        self.assertIn("did you mean 'eta'?", answer.stderr)

    def test_ls_lists_the_newest_first_and_filters(self):
        self.client.result("submit", "vanderPol", "--name", "one", "--tag",
                           "k=1")
        self.client.result("submit", "vanderPol", "--name", "two")
        lines = self.client.result("ls").splitlines()
        self.assertEqual([line.split()[1] for line in lines],
                         ["NAME", "two", "one"])
        lines = self.client.result("ls", "--tag", "k=1").splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(self.client.run("ls", "--state", "odd").returncode, 2)

    def test_a_job_is_named_by_number_by_last_and_by_its_uuid(self):
        self.client.result("submit", "vanderPol", "--name", "one")
        self.client.result("submit", "vanderPol", "--name", "two")
        uuid = self.daemon.get("/api/v1/jobs/1")["uuid"]
        for word, name in (("1", "one"), ("@last", "two"), (uuid, "one"),
                           (uuid[:9], "one")):
            shown = json.loads(self.client.result("show", word, "--json"))
            self.assertEqual(shown["name"], name)

    def test_what_is_not_there_is_exit_status_5(self):
        for words in (["show", "7"], ["show", "@last"], ["show", "abcdef12"],
                      ["presets", "nothing"]):
            answer = self.client.run(*words)
            self.assertEqual(answer.returncode, 5, words)
        self.assertEqual(self.client.run("show", "x!").returncode, 2)

    def test_without_the_token_it_is_exit_status_4(self):
        url = self.daemon.url.strip()
        answer = self.client.run("ls", STATE_DIRECTORY="/nothing",
                                 FOLLOW_URL=url)
        self.assertEqual(answer.returncode, 4)
        self.assertIn("--token-file", answer.stderr)
        token = str(self.daemon.state / "token")
        self.client.result("--server", url, "--token-file", token, "ls",
                           STATE_DIRECTORY="/nothing")
        self.client.result("ls", STATE_DIRECTORY="/nothing", FOLLOW_URL=url,
                           FOLLOW_TOKEN=self.daemon.token)

    def test_a_configuration_file_names_server_and_token(self):
        folder = self.daemon.state / "config/follow"
        folder.mkdir(parents=True)
        (folder / "config").write_text(
            f"url = {self.daemon.url}token = {self.daemon.token}\n")
        self.client.result("ls", STATE_DIRECTORY="/nothing",
                           XDG_CONFIG_HOME=str(folder.parent))

    def test_a_token_of_one_server_is_not_sent_to_another(self):
        folder = self.daemon.state / "config/follow"
        folder.mkdir(parents=True)
        (folder / "config").write_text(
            f"url = http://192.0.2.1\ntoken = {self.daemon.token}\n")
        answer = self.client.run("ls", STATE_DIRECTORY="/nothing",
                                 FOLLOW_URL=self.daemon.url.strip(),
                                 XDG_CONFIG_HOME=str(folder.parent))
        self.assertEqual(answer.returncode, 4)

    def test_cancel_stops_and_a_second_time_is_a_conflict(self):
        self.client.result("submit", "vanderPol")
        self.client.result("cancel", "1")
        self.assertEqual(self.daemon.get("/api/v1/jobs/1")["state"],
                         "cancelled")
        self.assertEqual(self.client.run("cancel", "1").returncode, 6)

    def test_jobs_are_paused_resumed_and_retried(self):
        self.client.result("submit", "vanderPol")
        for command, state in (("pause", "paused"), ("resume", "queued"),
                               ("cancel", "cancelled"), ("retry", "queued")):
            self.client.result(command, "1")
            self.assertEqual(self.daemon.get("/api/v1/jobs/1")["state"], state)
            self.assertEqual(self.client.run(command, "1").returncode, 6)

    def test_rm_deletes_what_is_over_and_nothing_else(self):
        self.client.result("submit", "vanderPol")
        Worker(self.daemon).lease()
        self.assertEqual(self.client.run("rm", "1").returncode, 6)
        self.client.result("submit", "vanderPol")
        self.client.result("cancel", "2")
        self.client.result("rm", "2")
        self.assertEqual(self.client.run("show", "2").returncode, 5)

    def test_the_log_of_a_job_is_told(self):
        self.client.result("submit", "vanderPol", *SMALL)
        Worker(self.daemon).lease().finish()
        self.assertIn("network made", self.client.result("log", "1"))
        self.assertIn("network made", self.client.result("log", "1", "-f"))


class Wait(CliTestCase):
    def test_wait_ends_with_1_when_a_job_fails(self):
        self.client.result("submit", "vanderPol", *SMALL)
        self.client.result("submit", "vanderPol", *SMALL)
        worker = Worker(self.daemon)
        worker.lease().finish()
        worker.lease().report("failed", reason="the device fell off")
        answer = self.client.run("wait", "1", "2")
        self.assertEqual((answer.returncode, answer.stdout), (1, ""))
        self.assertIn("the device fell off", answer.stderr)
        self.assertEqual(self.client.run("wait", "1").returncode, 0)

    def test_wait_gives_up_with_124(self):
        self.client.result("submit", "vanderPol")
        answer = self.client.run("wait", "1", "--timeout", "0.3")
        self.assertEqual(answer.returncode, 124)

    def test_watching_without_a_terminal_is_one_line_a_change(self):
        self.client.result("submit", "vanderPol", *SMALL)
        process = self.client.start("watch", "1")
        time.sleep(0.3)
        lease = Worker(self.daemon).lease()
        for t in (1.0, 1.1, 20.0):
            lease.report(t=t, rate=2.0)
            time.sleep(0.15)
        lease.finish()
        out, err = process.communicate(timeout=30)
        self.assertEqual((process.returncode, err), (0, ""))
        lines = out.splitlines()
        self.assertIn("queued", lines[0])
        self.assertIn("succeeded", lines[-1])
        self.assertTrue(any("50.0 %" in line for line in lines))
        self.assertLess(len(lines), 7)
        self.assertNotIn("\033", out)

    def test_watching_on_a_terminal_is_a_bar(self):
        self.client.result("submit", "vanderPol", *SMALL, "--name", "bar")
        lease = Worker(self.daemon).lease()
        lease.report(t=20.0, rate=2.0)
        lease.finish()
        status, seen = self.client.terminal("watch", "1", columns=90)
        self.assertEqual(status, 0)
        self.assertIn("█", seen)
        for line in re.split("[\r\n]+", re.sub("\033\\[[0-9;]*[A-Za-z]", "",
                                               seen)):
            self.assertLess(len(line), 90)

    def test_ctrl_c_ends_the_watching_and_not_the_job(self):
        self.client.result("submit", "vanderPol")
        for command in ("watch", "wait"):
            process = self.client.start(command, "1")
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
            self.assertEqual(process.returncode, 130)
            self.assertIn("not cancelled", err)
        self.assertEqual(self.daemon.get("/api/v1/jobs/1")["state"], "queued")

    def test_watching_outlives_a_daemon_that_starts_again(self):
        url = self.daemon.url.strip()
        port = url.rsplit(":", 1)[1]
        self.client.result("submit", "vanderPol", *SMALL)
        process = self.client.start("wait", "1")
        time.sleep(0.5)
        self.daemon.kill()
        self.daemon.options = ("--listen", f"127.0.0.1:{port}")
        self.daemon.start()
        Worker(self.daemon).lease().finish()
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0, err)


if __name__ == "__main__":
    main()
