"""doc/python.md does what it says: with a worker and, where there is one, Nengo.

FOLLOWD_NENGO names a Python that has Nengo 4. With FOLLOWD_SOAK one is made
with what PyPI has, and where that is not reached its test is skipped."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from followd_testing import TestCase, main, np
from runs_testing import House, note

SOURCE = pathlib.Path(__file__).resolve().parent.parent
PAGE = (SOURCE / "doc/python.md").read_text()
NENGO = "nengo==4.1.0"
LEAST = 2000  # steps that rounding cannot have changed


def blocks(kind):
    return re.findall(rf"```python{kind}\n(.*?)```", PAGE, re.DOTALL)


def nengo_python(folder):
    """A Python with Nengo; skips the test where there is none."""
    if "FOLLOWD_NENGO" in os.environ:
        return os.environ["FOLLOWD_NENGO"]
    if not os.environ.get("FOLLOWD_SOAK"):
        raise unittest.SkipTest("Nengo comes from PyPI: FOLLOWD_SOAK=1")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder + "/bin/python"
    got = subprocess.run([python, "-m", "pip", "install", "-q", NENGO],
                         capture_output=True, text=True, timeout=300)
    if got.returncode:
        raise unittest.SkipTest("no Nengo: " + got.stderr.strip()[-200:])
    return python


class Page(TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.env = {key: value for key, value in os.environ.items()
                   if not key.startswith(("FOLLOW_", "XDG_"))}
        cls.env.update(STATE_DIRECTORY=str(cls.house.state), HOME=cls.folder,
                       PYTHONPATH=str(SOURCE / "client"))
        cls.said = cls.run_page(sys.executable, *blocks(""), "print(test.id)")

    @classmethod
    def run_page(cls, python, *parts):
        """What a Python prints that runs all this."""
        answer = subprocess.run([python, "-c", "\n".join(parts)], env=cls.env,
                                capture_output=True, text=True, timeout=300)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def test_the_job_of_its_examples_is_learned_and_tested(self):
        self.assertIn("<job 1 small succeeded, 100 %>", self.said)
        number = int(self.said.splitlines()[-1])
        error = np.array(self.house.get(
            f"/api/v1/jobs/{number}/metrics")["columns"]["mse_raw"])
        self.assertEqual(len(error), 5)
        self.assertTrue(np.isfinite(error).all())

    def test_nengo_runs_what_was_learned_spike_for_spike(self):
        python = nengo_python(self.folder + "/nengo")
        said = self.run_page(
            python, "import follow", "job = follow.job(1)",
            "test = follow.job(2)", *blocks(" nengo")).splitlines()[-1]
        note(said)
        until, apart = re.search(r"for (\d+) of .* within (\S+)", said).groups()
        self.assertGreater(int(until), LEAST)
        self.assertLess(float(apart), 1e-9)


if __name__ == "__main__":
    main()
