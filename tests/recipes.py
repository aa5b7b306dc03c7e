"""doc/recipes.md does what it says, on a run of Lorenz's system."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from followd_testing import TestCase, executable, main, np
from runs_testing import DT, House

try:
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import argrelmax
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

PAGE = pathlib.Path(__file__).resolve().parent.parent / "doc/recipes.md"
PERIOD = 2  # s


class Recipes(TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        with House() as house:
            job = house.run({
                "preset": "Lorenz",
                "network": {"neurons_ff": 50, "neurons_rec": 60},
                "schedule": {"duration": 220, "period": PERIOD},
                "record": {"window": 220}})
            cls.traces, cls.metrics = job.traces("start"), job.metrics()
            for words in (("metrics", "--csv"),
                          ("traces", "--window", "all", "-o", "traces.npz")):
                cls.follow(house, folder.name, *words, str(job.number))
        here, cls.told = os.getcwd(), {}
        os.chdir(folder.name)
        cls.addClassCleanup(os.chdir, here)
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(),
                                re.DOTALL):
            exec(block, cls.told)

    @classmethod
    def follow(cls, house, folder, *words):
        """As the page has it; what is printed becomes metrics.csv."""
        with open(os.path.join(folder, "metrics.csv"), "ab") as out:
            subprocess.run([executable("follow"), *words], cwd=folder,
                           check=True, stdout=out if "--csv" in words else
                           subprocess.DEVNULL, env=dict(
                               os.environ, FOLLOW_URL=house.url.strip(),
                               FOLLOW_TOKEN=house.token))

    def test_the_curve_is_the_mean_square_of_the_error_that_was_learned_from(
            self):
        error = self.traces["error_filtered"]
        rows = round(PERIOD / DT)
        theirs = [(error[first:first + rows] ** 2).mean(axis=1).mean()
                  for first in range(rows, len(error) - 4 * rows, rows)]
        np.testing.assert_allclose(self.told["curve"], theirs, 1e-9)

    def test_one_number_is_that_of_the_hundred_periods_before_the_test(self):
        rows = round(PERIOD / DT)
        error = self.traces["error_filtered"][-104 * rows:-4 * rows]
        self.assertAlmostEqual(self.told["mserrfb"] / (error ** 2).mean(), 1)

    def test_the_maxima_of_the_reference_are_those_of_scipy(self):
        z = self.traces["x"][:, 2]
        theirs = z[argrelmax(z)[0]]
        self.assertGreater(len(theirs), 100)
        np.testing.assert_array_equal(self.told["reference"], theirs)
        tent = self.told["tent_of_reference"]
        np.testing.assert_array_equal(tent, np.c_[theirs[:-1], theirs[1:]])

    def test_the_maxima_of_the_network_are_found_as_published(self):
        z = self.traces["xhat"][:, 2]
        smooth = gaussian_filter1d(z, 0.1 / DT, mode="constant", truncate=4)
        theirs = []
        for row in argrelmax(smooth)[0]:
            if 111 <= row < len(z) - 111:
                top = row - 100 + np.argmax(z[row - 100:row + 101])
                theirs.append(z[top - 10:top + 11].mean())
        self.assertGreater(len(theirs), 100)
        np.testing.assert_allclose(self.told["network"], theirs, 1e-9)


if __name__ == "__main__":
    main()
