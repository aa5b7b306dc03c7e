"""NumPy and SciPy judge the commands: every type of input of every system,
against the published formulas (drive_published.py)."""

import sys

import numpy as np

from followd_testing import TestCase, main
from model_numpy import model_print

try:
    from drive_published import ARMS, PENDULUMS, SYSTEMS, Draws, Job, published
except ImportError:
    print("1..0 # SKIP these tests need SciPy (python3-scipy)")
    sys.exit(0)

DT = 0.001
SOME = 7  # steps: shares no factor with a period, so every phase is seen
STEPWISE = ("rampLeave", "rampLeaveRampHeights", "persconst", "amplVary",
            "amplVaryHeights", "amplVaryHeightsScaled", "vanderPolfreqVary",
            "amplDurnVary", "nostim")
CONTINUOUS = ("rampLeaveDirnVary", "rampLeaveDirnVaryNonLin",
              "rampLeaveHeights", "rampStep", "kickStart", "persistent",
              "amplVaryRampHeightsAlt", "amplVaryMultiTime", "inputOsc")
FLAT = "rampStep", "vanderPolfreqVary"  # of two dimensions alone


def takes(preset, kind):
    return SYSTEMS[preset][0] == 2 or kind not in FLAT


class Commands(TestCase):
    def check(self, *case, every=1, **more):
        """Every so many steps."""
        job = Job(*case, **more)
        ours = job.drive()["u"][:-1:every]  # at the end the script's t runs out
        u, _ = published(job)
        theirs = np.array([u((i * every + 1) * DT) for i in range(len(ours))])
        theirs = theirs * job.factor
        what = f"{job.preset} {job.kind} {job.seed} {job.duration}"
        if job.kind in STEPWISE and not job.arm:
            np.testing.assert_array_equal(ours, theirs, what)
        else:
            most = max(1, np.abs(theirs).max())
            np.testing.assert_allclose(ours, theirs, 0, 1e-12 * most, what)
        return theirs

    def test_every_stepwise_command_of_every_system_has_the_published_bits(self):
        for kind in STEPWISE:
            for preset in SYSTEMS:
                if takes(preset, kind):
                    self.check(preset, kind, duration=4.2, period=0.6,
                               every=SOME)

    def test_every_continuous_command_of_every_system_is_the_published_one(self):
        for kind in CONTINUOUS:
            for preset in SYSTEMS:
                if takes(preset, kind):
                    self.check(preset, kind, duration=4.2, period=0.6,
                               every=SOME)

    def test_commands_depend_on_seed_and_duration_as_published(self):
        for kind in STEPWISE + CONTINUOUS:
            self.check("vanderPol", kind, 11, 8.187, period=1.1)
            self.check("LinOsc", kind, 5, 5.049)

    def test_commands_of_trials_are_silenced_as_published(self):
        for kind in STEPWISE + CONTINUOUS:
            for preset in ("vanderPol", "LinOsc"):
                one, two = (self.check(preset, kind, 3, 2.8, period=1.3,
                                       clamp=clamp, every=SOME)
                            for clamp in (True, False))
                if kind.startswith("amplVary"):
                    self.assertTrue((one != two).any())

    def test_the_torques_of_every_arm_are_the_published_ones(self):
        for preset in ARMS:
            for kind in ("amplVaryHeights", "rampLeaveDirnVary", "nostim"):
                for clamp in (False, True):
                    self.check(preset, kind, duration=4.5, clamp=clamp,
                               every=SOME)
        self.check("robot2_todorov_gravity", "rampLeaveDirnVary", 7, 20.0,
                   ramp=0.3, clamp=True)

    def test_a_spline_through_few_points_is_a_polynomial(self):
        for periods in (3, 4, 5, 6):
            self.check("robot1", "rampLeaveDirnVary", 3, periods + .25)
        for points, duration in ((2, 1.9), (3, 2.9)):
            job = Job("robot1", "rampLeaveDirnVary", 3, duration)
            u = job.drive()["u"][:, 1]
            random = np.random.RandomState([3])
            random.uniform(-1, 1, 2)
            through = 0.02 * random.normal(size=points) / 0.25
            t = np.arange(1, len(u) + 1) * DT
            poly = np.polyfit(np.linspace(0, duration, points), through,
                              points - 1)
            np.testing.assert_allclose(u, np.polyval(poly, t), 0, 1e-10)

    def test_a_third_dimension_gets_nothing_of_one_direction(self):
        for kind in ("rampLeave", "kickStart", "persistent", "amplDurnVary"):
            u = Job("Lorenz", kind, 2, 20).drive()["u"]
            self.assertTrue((u[:, 2] == 0).all())
            self.assertGreater(np.abs(u[:, 0]).max(), 0)

    def test_the_published_seeds_begin_with_the_known_numbers(self):
        for seed, y0, B in ((2, (.71349768, .70065759),
                             (.67468570, -.45869293)),
                            (3, (-.98605213, .16643677),
                             (-.02461892, .81547159))):
            draws = Draws(Job("LinOsc", "rampLeave", seed),
                          np.random.RandomState([seed]))
            draws.direction()
            np.testing.assert_allclose(draws.y0, y0, 0, 1e-8)
            u = Job("LinOsc", "rampLeave", seed).drive()["u"]
            np.testing.assert_allclose(u[0] * 0.1, B, 0, 1e-8)
        u = Job("vanderPol", "amplVaryHeightsScaled", 2, 40).drive()["u"]
        np.testing.assert_allclose(u[0], (.02159755, .11513847), 0, 1e-8)
        u = Job("robot2_todorov_gravity", "amplVaryHeights", 2, 10).drive()["u"]
        np.testing.assert_allclose(  # straight back to t = 0
            (2 * u[0] - u[1]) / 0.02, np.array([2.09159624, 2.59544530]) +
            [.06815897, 3.06445709], 0, 1e-7)
        u = Job("Lorenz", "kickStart", 2, 40).drive()["u"]
        self.assertAlmostEqual(np.linalg.norm(u[248]) / 249 * 250, 2.4475, 3)


class Streams(TestCase):
    """What has no seed of its own goes on with the command's stream."""

    def check(self, job):
        ours = model_print("streams", 7, spec=job.spec())
        before = np.random.RandomState([job.seed])
        if not job.arm:
            before.uniform(-1, 1, 2)
        _, after = published(job)
        for name, random in (("before", before), ("after", after)):
            np.testing.assert_array_equal(ours[name][:7],
                                          random.normal(size=7))
            np.testing.assert_array_equal(ours[name][7:],
                                          random.uniform(size=7))

    def test_it_goes_on_after_every_command(self):
        for kind in STEPWISE + CONTINUOUS:
            self.check(Job("vanderPol", kind, 5, 16))
            self.check(Job("robot1", kind, 5, 16))
        for preset in ARMS:
            for kind in ("amplVaryHeights", "rampLeaveDirnVary", "nostim"):
                self.check(Job(preset, kind, 4, 7))

    def test_random_weights_are_drawn_before_the_command(self):
        for kind in STEPWISE + CONTINUOUS:
            job = Job("vanderPol", kind, 6, 16, normals=100,
                      description={"weights": {"init": "random"}})
            self.check(job)
            u, _ = published(job)
            ours = job.drive()["u"][:-1:SOME]
            theirs = [u((i * SOME + 1) * DT) for i in range(len(ours))]
            np.testing.assert_allclose(ours, theirs, 1e-12, 1e-12)

    def test_layers_of_two_sizes_have_weights_of_their_own(self):
        network = {"neurons_ff": 7, "neurons_rec": 11}
        self.check(Job("LinOsc", "amplVary", 6, 16, normals=11 * 11 + 11 * 7,
                       description={"weights": {"init": "random"},
                                    "network": network}))

    def test_weights_with_a_seed_leave_the_command_alone(self):
        self.check(Job("LinOsc", "amplVary", 6, 16, description={
            "weights": {"init": "random", "seed": 1}}))


assert set(PENDULUMS) < set(SYSTEMS)

if __name__ == "__main__":
    main()
