"""Arms that are driven by what a job has learned by reinforcement: NumPy learns
the same torques, and moves the same arm by them."""

import rl_numpy
from drive_numpy import ARMS
from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import DT, House, assert_same_arrays

SECONDS = 8
# preset that learns, body, command, episodes
LEARNERS = (("rl-reach3", "robot2_todorov_gravity", "RLReach3", 6),
            ("rl-reach1", "robot2_todorov_gravity", "RLReach1", 60),
            ("rl-swing", "robot1_gravity_interpol", "RLSwing", 40),
            ("rl-swing", "acrobot2_gravity", "RLSwing", 30))


def driven(system, **keys):
    return {"preset": system, "input": keys,
            "network": {"neurons_ff": 40, "neurons_rec": 50},
            "schedule": {"duration": SECONDS}, "record": {"window": SECONDS},
            "compute": {"precision": "f64"}}


class Torques(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def learned(self, preset, system, episodes):
        return self.house.run({"preset": preset, "system": {"type": system},
                               "rl": {"episodes": episodes}})

    def test_every_arm_moves_by_the_torques_that_were_learned(self):
        for preset, system, command, episodes in LEARNERS:
            task = rl_numpy.TASKS[preset, system]
            rows = rl_numpy.learn(task, episodes)["torque"]
            job = self.house.run(driven(
                system, type=command,
                command_from=self.learned(preset, system, episodes).number))
            t = np.arange(1000 * SECONDS + 1) * DT
            torques = np.column_stack(
                [np.interp(t, np.arange(len(rows)) * task.interval, column)
                 for column in rows.T])
            arm, _, factors, factor = ARMS[system]
            x = arm.run(torques, [0] * 2 * arm.links)[1:] * factors
            ours = job.traces("start")
            self.assertGreater(np.abs(torques).max(), 1)
            np.testing.assert_allclose(ours["u"], torques[1:] * factor, 1e-9,
                                       1e-12, err_msg=system)
            np.testing.assert_allclose(ours["x"], x, 1e-9, 1e-9, system)

    def test_torques_that_are_uploaded_drive_it_the_same(self):
        preset, system, command, episodes = LEARNERS[0]
        learner = self.learned(preset, system, episodes)
        there = self.house.run(driven(system, type=command,
                                      command_from=learner.number))
        torque, t = (self.house.request(
            "GET", f"{learner.path}/checkpoints/final/{name}.npy").npz()
            for name in ("torque", "torque_t"))
        self.assertGreater(t[-1], SECONDS)
        answer = self.house.request("POST", "/api/v1/arrays",
                                    npz_bytes(t=t, u=torque))
        for kind in (command, "array"):
            here = self.house.run(driven(system, type=kind,
                                         array=answer.json()["sha256"]))
            assert_same_arrays(here.traces("start"), there.traces("start"))

    def test_an_arm_that_is_driven_goes_on_with_the_same_bits(self):
        preset, system, command, episodes = LEARNERS[1]
        learner = self.learned(preset, system, episodes)
        description = {**driven(system, type=command,
                                command_from=learner.number),
                       "network": {"neurons_ff": 210, "neurons_rec": 250},
                       "schedule": {"duration": 600}}
        undisturbed = self.house.run(description)
        job = self.house.begin(description)
        job.await_time(60)
        job.ask("pause")
        job.await_state("paused")
        job.ask("resume")
        job.await_time(200)
        self.house.kill_worker()
        job.finish()
        self.assertEqual(job.log().count("simulating from"), 3)
        assert_same_arrays(job.traces("end"), undisturbed.traces("end"))
        self.assertEqual(job.checkpoints()[-1]["sha256"],
                         undisturbed.checkpoints()[-1]["sha256"])


if __name__ == "__main__":
    main()
