"""Every preset runs: small networks, for 30 s or 8 periods, whichever is longer.
None diverges, and command and reference are those that SciPy and NumPy make of
the same description (drive_references.py, drive_numpy.py)."""

import sys

from followd_testing import TestCase, main, np
from runs_testing import House, note

try:
    from drive_numpy import ARMS
    from drive_published import Job, published
    from drive_references import DT, PRESETS, STRIDE, arm_solution, solution
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

SECONDS = 30
SOME = 7  # steps: commands are compared so often (in each: drive_commands.py)
# Presets with the system of another one.
ALIKE = {"vanderPol-lowrate": "vanderPol", "readout": "vanderPol",
         "custom": "vanderPol"}
# s, so far are references compared: later chaos has made more than 1e-9 of
# Lorenz's last bit, and NumPy takes long over arms, whose trials last 1 s.
UNTIL, ARMS_UNTIL = 8, 4


def expected(spec):
    """The job of drive_published.py that has the same command; `custom` has
    not what the scripts give to van der Pol alone."""
    preset = ALIKE.get(spec["preset"], spec["preset"])
    job = Job(preset, spec["input"]["type"], spec["input"]["seed"],
              spec["schedule"]["duration"],
              R2=spec["network"]["radius_rec"],
              clamp=spec["schedule"]["trial_clamp"])
    if spec["preset"] == "custom":
        job.preset = "LinOsc"
    job.until = ARMS_UNTIL if preset in ARMS else UNTIL
    return job


class Presets(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        first, cls.jobs = None, {}
        for preset in cls.house.get("/api/v1/presets")["items"]:
            if preset["spec"].get("rl"):
                continue  # those have neither command nor network
            job = cls.begin(preset, first)
            first = first or job
            cls.jobs[preset["name"]] = job

    @classmethod
    def begin(cls, preset, first):
        description = {
            "preset": preset["name"],
            "network": {"neurons_ff": 50, "neurons_rec": 60},
            "compute": {"precision": "f64"}}
        duration = max(SECONDS, 8 * preset["spec"]["schedule"]["period"])
        description["schedule"] = {"duration": duration}
        description["record"] = {"window": duration, "snapshots": 1}
        if preset["name"] == "readout":
            description["start"] = {"job": first.finish().number}
        return cls.house.begin(description)

    def test_none_is_left_out(self):
        self.assertEqual(set(self.jobs), {*PRESETS, *ARMS, *ALIKE})

    def test_each_ends_well_and_its_estimate_is_finite(self):
        for name, job in self.jobs.items():
            traces = job.finish().traces("start")
            self.assertTrue(np.isfinite(traces["xhat"]).all(), name)
            self.assertGreater(np.abs(traces["xhat"]).max(), 0, name)

    def test_the_command_of_each_is_the_published_one(self):
        for name, job in self.jobs.items():
            spec = job.finish()["spec"]
            theirs = expected(spec)
            u, _ = published(theirs)
            ours = job.traces("start")["u"][:-1:SOME]
            u = np.array([u((i * SOME + 1) * DT) for i in range(len(ours))])
            u *= theirs.factor * spec["input"]["scale"]
            np.testing.assert_allclose(ours, u, 0, 1e-9, name)
            self.assertGreater(np.abs(u).max(), 0, name)

    def test_the_reference_of_each_is_the_solution_of_its_equations(self):
        for name, job in self.jobs.items():
            if name in ("readout", "vanderPol-lowrate"):
                continue  # one imitates a network, one is as vanderPol
            spec = job.finish()["spec"]
            theirs, x = expected(spec), job.traces("start")["x"]
            scale = spec["input"]["scale"]
            if name in ARMS:
                solved = arm_solution(theirs, scale)[1:]
                x = x[:len(solved)]
            else:
                system = PRESETS[ALIKE.get(name, name)]
                solved = solution(theirs, *system, scale)
                x = x[STRIDE - 1::STRIDE][:len(solved)]
            most = max(1, np.abs(solved).max())
            apart = np.abs(x - solved).max() / most
            note(f"{name}: |x| up to {np.abs(solved).max():.3g}, within "
                 f"{apart:.1e} of that")
            self.assertLess(apart, 1e-9, name)


if __name__ == "__main__":
    main()
