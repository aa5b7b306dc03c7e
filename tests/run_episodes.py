"""Whole jobs that learn torques by reinforcement: NumPy says what they learn,
however often they are stopped."""

import rl_numpy
from followd_testing import TestCase, main, np
from runs_testing import House, assert_same_arrays


def learner(preset, system="robot2_todorov_gravity", **rl):
    return {"preset": preset, "system": {"type": system}, "rl": rl}


class Episodes(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def array(self, job, name, when="final"):
        return self.house.request(
            "GET", f"{job.path}/checkpoints/{when}/{name}.npy").npz()

    def raw(self, job):
        return dict(self.house.request(
            "GET", f"/internal/jobs/{job.number}/checkpoints/final").npz())

    # ---- learning ------------------------------------------------------------

    def assert_is_learned(self, preset, system, episodes, **rl):
        theirs = rl_numpy.learn(rl_numpy.TASKS[preset, system], episodes, **rl)
        job = self.house.run(learner(preset, system, episodes=episodes, **rl))
        curve = job.metrics()
        np.testing.assert_array_equal(curve["episode"], np.arange(episodes))
        np.testing.assert_array_equal(curve["time"], theirs["times"])
        for name in ("torque", "Q"):
            np.testing.assert_array_equal(self.array(job, name), theirs[name])
        self.assertEqual(job["progress"]["done"], episodes)
        self.assertEqual(job["metrics"]["last"]["time"], theirs["times"][-1])
        self.assertEqual(job["metrics"]["min"]["time"], theirs["times"].min())

    def test_every_body_learns_what_numpy_learns(self):
        arm = "robot2_todorov_gravity"
        self.assert_is_learned("rl-reach1", arm, 60)
        self.assert_is_learned("rl-swing2", arm, 40)
        self.assert_is_learned("rl-reach3", arm, 4)
        self.assert_is_learned("rl-swing", "robot1_gravity_interpol", 40)
        self.assert_is_learned("rl-swing", "acrobot2_gravity", 30)
        self.assert_is_learned("rl-reach1", arm, 20, seed=5, epsilon=.2)

    def test_the_published_run_ends_with_the_published_time(self):
        """Figure 4 shows 0.6 s."""
        job = self.house.run(learner("rl-reach3"))
        self.assertAlmostEqual(job.metrics()["time"][-1], 0.6)
        self.assertEqual(
            [(one["t"], one["kind"]) for one in job.checkpoints()],
            [(250 * i, "snapshot" if i < 20 else "final")
             for i in range(1, 21)])

    def test_a_checkpoint_holds_what_fewer_episodes_learn(self):
        job = self.house.run(learner("rl-reach1", episodes=80))
        less = self.house.run(learner("rl-reach1", episodes=60))
        for name in ("torque", "Q", "traces"):
            np.testing.assert_array_equal(self.array(job, name, 60),
                                          self.array(less, name))

    def test_two_jobs_in_a_row_learn_what_one_does(self):
        theirs = rl_numpy.learn(rl_numpy.TASKS[
            "rl-reach1", "robot2_todorov_gravity"], 100)
        first = self.house.run(learner("rl-reach1", episodes=60))
        for start, done in (({"at": "final"}, 60), ({"at": 30}, 30)):
            job = self.house.run({
                **learner("rl-reach1", episodes=100 - done),
                "start": {"job": first.number, **start}})
            np.testing.assert_array_equal(job.metrics()["time"],
                                          theirs["times"][done:])
            for name in ("torque", "Q"):
                np.testing.assert_array_equal(self.array(job, name),
                                              theirs[name])

    # ---- being stopped -------------------------------------------------------

    def assert_same_learning(self, job, undisturbed):
        assert_same_arrays(self.raw(job), self.raw(undisturbed))
        assert_same_arrays(job.metrics(), undisturbed.metrics())

    def test_one_that_is_paused_and_killed_learns_the_same(self):
        """Episodes of ten thousand actions and more."""
        long = learner("rl-reach2", episodes=60)
        undisturbed = self.house.run(long)
        job = self.house.begin(long)
        for episodes in (1, 5):
            job.await_time(episodes)
            job.ask("pause")
            job.await_state("paused")
            job.ask("resume")
        job.await_time(10)
        self.house.kill_worker()
        job.await_that(lambda about: about["state"] == "queued")
        job.await_time(25)
        self.house.stop()
        self.house.start()
        job.finish()
        self.assertEqual(job["restarts"], 1, job.log())
        self.assertGreaterEqual(job.log().count("learning from episode"), 4)
        self.assert_same_learning(job, undisturbed)

    def test_one_that_is_cancelled_keeps_what_it_learned(self):
        job = self.house.begin(learner("rl-reach2", episodes=60))
        job.await_time(6)
        job.ask("cancel")
        about = job.await_state("cancelled")
        self.assertEqual(about["state"], "cancelled")
        self.assertGreater(job.checkpoints()[-1]["t"], 0)

    def test_a_target_out_of_reach_is_told(self):
        """The published arm is damped too much to swing up altogether."""
        job = self.house.begin({"preset": "rl-swing2",
                                "system": {"variant": "code"}})
        about = job.await_state("failed")
        self.assertIn("episode 1 did not reach its target in 50000 s",
                      about["state_reason"])

    def test_a_network_job_after_it_is_the_same_as_before(self):
        small = {"preset": "vanderPol",
                 "network": {"neurons_ff": 50, "neurons_rec": 50}}
        before = self.house.run(small)
        self.house.run(learner("rl-swing2"))
        assert_same_arrays(self.house.run(small).traces("end"),
                           before.traces("end"))


if __name__ == "__main__":
    main()
