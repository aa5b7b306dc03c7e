#!/usr/bin/python3
"""follow on its own: help, wrong words, and servers that are not there."""

import http.server
import os
import pathlib
import re
import subprocess
import tempfile
import threading

from followd_testing import TOP, TestCase, executable, main

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def follow(*words, **env):
    """Runs follow where no followd can be found."""
    with tempfile.TemporaryDirectory(prefix="followd-test-") as home:
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("FOLLOW_", "XDG_", "STATE_DIR"))}
        return subprocess.run([executable("follow"), *words], text=True,
                              capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL,
                              env=dict(kept, HOME=home, **env))


def commands():
    """The commands that --help lists."""
    lines = follow("--help").stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  "))
    return [line.split()[0] for line in lines[start:lines.index("", start)]]


def options(command):
    """The options that COMMAND --help lists."""
    return {word.rstrip(",") for line in
            follow(command, "--help").stdout.splitlines()
            if line.lstrip().startswith("-")
            for word in line.split()[:2] if word.startswith("-")}


def manual(program):
    """The page that the build made."""
    page = pathlib.Path(TOP, "doc", program + ".1").read_text()
    return page.replace("\\-", "-").replace("\\&", "")


def manual_make(template):
    """The page of follow that comes of a template."""
    with tempfile.NamedTemporaryFile("w", prefix="followd-test-") as file:
        file.write(template)
        file.flush()
        return subprocess.run(["sh", SOURCE / "build-aux/manual.sh", file.name,
                               executable("follow")], text=True,
                              capture_output=True, timeout=60)


class Usage(TestCase):
    def test_help_and_version_are_results_and_go_to_stdout(self):
        for words in (["--help"], ["submit", "--help"], ["--version"]):
            answer = follow(*words)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertTrue(answer.stdout)

    def test_every_command_explains_itself_in_lines_of_80_columns(self):
        self.assertGreater(len(commands()), 15)
        for words in ([], *([command] for command in commands())):
            help_text = follow(*words, "--help").stdout
            self.assertIn(" ".join(["usage: follow", *words]), help_text)
            self.assertLessEqual(max(map(len, help_text.splitlines())), 80)

    def test_the_manual_has_every_command_and_option_of_follow(self):
        page = manual("follow")
        for command in commands():
            self.assertIn(f"\n.It Cm {command}", page)
            for option in options(command):
                self.assertIn(f"Fl {option[1:]}", page, command)

    def test_the_manual_has_every_option_of_the_daemon_and_the_worker(self):
        page = manual("followd")
        for words in (["--help"], ["worker", "--help"]):
            out = subprocess.run([executable("followd"), *words], text=True,
                                 capture_output=True, timeout=60).stdout
            options = re.findall(r"^ .*--([a-z-]+)[= ]", out, re.M)
            self.assertGreater(len(options), 7)
            for option in options:
                self.assertIn(f"Fl -{option}", page)

    def test_a_manual_that_says_what_the_program_lacks_stops_the_build(self):
        template = (SOURCE / "doc/follow.1.in").read_text()
        for old, new, why in (
                ("\n--dense\n", "\n--desne\n", "no option --desne"),
                ("@command ls\n", "@command lst\n", "no command lst"),
                ("@command ls\n", "", "nothing about the command ls"),
                ("@options log\n", "@options lgo\n", "lgo --help")):
            self.assertIn(old, template)
            made = manual_make(template.replace(old, new))
            self.assertNotEqual(made.returncode, 0, why)
            self.assertIn(why, made.stderr)

    def test_a_wrong_word_is_a_usage_error_that_names_the_right_one(self):
        for words, meant in ((["submt"], "submit"),
                             (["ls", "--lmit", "3"], "--limit"),
                             (["--sever", "x", "ls"], "--server")):
            answer = follow(*words)
            self.assertEqual(answer.returncode, 2)
            self.assertIn("did you mean", answer.stderr)
            self.assertIn(meant, answer.stderr)
            self.assertEqual(answer.stdout, "")

    def test_too_few_and_too_many_words_are_usage_errors(self):
        for words in ([], ["show"], ["ls", "7"], ["log", "1", "2"],
                      ["submit"], ["frobnicate"]):
            self.assertEqual(follow(*words).returncode, 2, words)

    def test_a_server_that_fails_is_exit_status_7(self):
        class Failing(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Failing) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            answer = follow("--server", "http://127.0.0.1:%d" %
                            server.server_address[1], "ls")
            server.shutdown()
        self.assertEqual(answer.returncode, 7)
        self.assertIn("500", answer.stderr)

    def test_completion_for_an_unknown_shell_is_a_usage_error(self):
        answer = follow("completion", "tcsh")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("fish", answer.stderr)

    def test_a_server_that_is_not_there_is_exit_status_3(self):
        for words, env in ((["ls"], {}),
                           (["--server", "http://127.0.0.1:1", "ls"], {}),
                           (["ls"], {"FOLLOW_URL": "http://127.0.0.1:1"})):
            answer = follow(*words, **env)
            self.assertEqual(answer.returncode, 3, answer.stderr)
            self.assertTrue(answer.stderr.startswith("follow: "))

    def test_a_configuration_with_an_unknown_key_names_its_line(self):
        with tempfile.TemporaryDirectory(prefix="followd-test-") as folder:
            path = pathlib.Path(folder) / "follow/config"
            path.parent.mkdir()
            path.write_text("url = http://127.0.0.1:1\nulr = x\n")
            answer = follow("ls", XDG_CONFIG_HOME=folder)
            self.assertEqual(answer.returncode, 2)
            self.assertIn("line 2", answer.stderr)
            self.assertIn("ulr", answer.stderr)


if __name__ == "__main__":
    main()
