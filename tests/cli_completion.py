#!/usr/bin/python3
"""Words that bash, zsh and fish complete, typed at a real prompt."""

import os
import pty
import select
import shutil
import subprocess
import time

from cli_jobs import CliTestCase
from followd_testing import TOP, executable, main

PATIENCE = 60  # s until a shell has answered
START = {"bash": (["bash", "--norc", "--noprofile", "-i"],
                  f". '{TOP}/completion/bash/follow'"),
         "zsh": (["zsh", "-f", "-i"],
                 f"fpath=('{TOP}/completion/zsh' $fpath); "
                 "autoload -U compinit; compinit -u -D")}
# A line, and what a tab makes of it.
LINES = (("follow sub", "follow submit "),
         ("follow --server x sub", "follow --server x submit "),
         ("follow test 1 --du", "follow test 1 --duration"),
         ("follow --prof", "follow --profile"),
         ("follow submit vanderPol-", "follow submit vanderPol-lowrate "),
         ("follow submit vanderPol --set learning.tau_",
          "follow submit vanderPol --set learning.tau_error="),
         ("follow submit vanderPol --set error_c",
          "follow submit vanderPol --set error_cutoff="),
         ("follow test 1 -i rampS", "follow test 1 -i rampStep "),
         ("follow show @l", "follow show @last "),
         ("follow show 1", "follow show 10 "),
         ("follow ls --state succ", "follow ls --state succeeded "),
         ("follow weights 1 --dense=r", "follow weights 1 --dense=rec "),
         ("follow upload ./arr", "follow upload ./arrays.npz "),
         ("follow completion z", "follow completion zsh "))


class Prompt:
    """A shell on a terminal of its own that has read what the build made."""

    def __init__(self, shell, folder, env):
        words, start = START[shell]
        self.process, self.terminal = pty.fork()
        if not self.process:
            os.chdir(folder)
            os.execvpe(words[0], words, dict(env, TERM="dumb", PS1="$ "))
        self.heard = ""
        self.type(start + "; echo rea''dy\n")
        self.expect("ready\r\n")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def expect(self, text):
        end = time.monotonic() + PATIENCE
        while text not in self.heard and time.monotonic() < end:
            if select.select([self.terminal], [], [], 1)[0]:
                self.heard += os.read(self.terminal, 65536).decode()
        if text not in self.heard:
            raise AssertionError(f"no {text!r} in {self.heard!r}")
        self.heard = ""

    def close(self):
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


class Completion(CliTestCase):
    def setUp(self):
        super().setUp()
        for _ in range(10):
            self.daemon.submit({"preset": "vanderPol"})
        self.client.result("cancel", *"123456789")
        self.client.result("rm", *"123456789")
        (self.daemon.state / "arrays.npz").touch()
        path = os.path.dirname(executable("follow")) + ":" + os.environ["PATH"]
        self.env = dict(self.client.env, PATH=path)

    def completed(self, shell):
        if not shutil.which(shell):
            self.skipTest("no " + shell)
        prompt = Prompt(shell, self.daemon.state, self.env)
        self.addCleanup(prompt.close)
        for line, whole in LINES:
            prompt.type(line + "\t")
            prompt.expect(whole)
            prompt.type("\x15")  # the line is taken back

    def test_bash_completes_what_the_server_knows_and_the_tables_say(self):
        self.completed("bash")

    def test_zsh_completes_what_the_server_knows_and_the_tables_say(self):
        self.completed("zsh")

    def test_fish_completes_what_the_server_knows_and_the_tables_say(self):
        if not shutil.which("fish"):
            self.skipTest("no fish")
        script = f"source '{TOP}/completion/fish/follow.fish'\n"
        for line, _ in LINES:
            script += f"complete -C '{line}'\n"
        out = subprocess.run(["fish", "-N", "-c", script], env=self.env,
                             cwd=self.daemon.state, capture_output=True,
                             text=True, timeout=PATIENCE, check=True).stdout
        self.assertEqual([line.split("\t")[0] for line in out.splitlines()],
                         [whole.split()[-1] for _, whole in LINES])


if __name__ == "__main__":
    main()
