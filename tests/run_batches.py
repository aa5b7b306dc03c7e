"""Jobs that share a device come and go, and none sees another: each leaves the
bits that it leaves alone."""

import random
import signal
import time

from followd_testing import TestCase, main
from runs_testing import House, assert_same_run, await_true, note, small

SEED = 20261127


def member(i, **sections):
    """A job of one shape with all others here: small, quick, and different in
    all that may differ within a shape."""
    sections.setdefault("schedule", {})["duration"] = 120 + 40 * (i % 3)
    return small(network={"seed_rec": 2 + i % 2}, input={"seed": 10 + i},
                 learning={"eta": 1e-3 * (1 + i % 4)},
                 record={"snapshots": 3 + i, "window": 8}, **sections)


def long(i, duration=2000):
    description = member(i)
    description["schedule"]["duration"] = duration
    return description


class Batches(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def running(self):
        return [job["id"] for job in
                self.house.get("/api/v1/jobs?state=running")["items"]]

    def alone(self, descriptions):
        """What each leaves when nobody is beside it."""
        return [self.house.run(one) for one in descriptions]

    def test_two_jobs_of_one_shape_run_at_once_on_one_device(self):
        jobs = [self.house.begin(long(i)) for i in range(2)]
        await_true(lambda: len(self.running()) == 2, "two that run")
        for job in jobs:
            job.await_time(1)
            job.ask("cancel")
            job.await_state("cancelled")

    def test_whoever_comes_and_goes_beside_a_job_changes_no_bit_of_it(self):
        dice = random.Random(SEED)
        descriptions = [member(i) for i in range(6)]
        alone = self.alone(descriptions)
        jobs = [self.house.begin(one) for one in descriptions]
        paused = 0
        while not all(job["state"] == "succeeded" for job in jobs):
            job = dice.choice(jobs)
            about = self.house.get(job.path)
            if about["state"] == "running" and paused < 8:
                answer = self.house.request("POST", job.path + "/pause")
                paused += answer.status == 202
            for job in jobs:
                if job["state"] == "paused":
                    job.ask("resume")
            time.sleep(dice.uniform(0, 0.1))
        note(f"paused {paused} times")
        self.assertGreater(paused, 2)
        for job, undisturbed in zip(jobs, alone):
            assert_same_run(job, undisturbed)

    def test_one_that_is_cancelled_leaves_the_others_alone(self):
        kept = member(1)
        alone = self.house.run(kept)
        doomed = self.house.begin(long(0))
        job = self.house.begin(kept)
        doomed.await_time(1)
        doomed.ask("cancel")
        doomed.await_state("cancelled")
        assert_same_run(job.finish(), alone)
        self.assertGreater(doomed.checkpoints()[-1]["t"], 0)

    def test_one_that_diverges_leaves_the_others_alone(self):
        kept = member(2)
        alone = self.house.run(kept)
        wild = member(3)
        wild["preset"] = "custom"
        wild["system"] = {"expressions": ["x2 + u1", "x1^3 + u2"],
                          "dimensions": 2, "dimensions_in": 2,
                          "start": [1, 1], "constants": {}}
        sick = self.house.begin(wild)
        job = self.house.begin(kept)
        await_true(lambda: sick["state"] == "diverged", "a divergence")
        assert_same_run(job.finish(), alone)

    def test_fixed_weights_and_masks_move_to_more_seats(self):
        descriptions = [member(i, weights={"init": "random", "sd": 1e-6,
                                           "connectivity": 0.7})
                        for i in range(2)]
        alone = self.alone(descriptions)
        jobs = [self.house.begin(descriptions[0])]
        jobs[0].await_time(5)
        jobs.append(self.house.begin(descriptions[1]))
        for job, undisturbed in zip(jobs, alone):
            assert_same_run(job.finish(), undisturbed)

    def test_a_dead_worker_costs_no_member_a_bit(self):
        descriptions = [member(4), member(5)]
        alone = self.alone(descriptions)
        jobs = [self.house.begin(one) for one in descriptions]
        for job in jobs:
            job.await_time(20)
        self.house.kill_worker()
        for job, undisturbed in zip(jobs, alone):
            assert_same_run(job.finish(), undisturbed)

    def test_a_worker_that_stops_gives_all_of_them_back(self):
        descriptions = [long(6), long(7)]
        jobs = [self.house.begin(one) for one in descriptions]
        for job in jobs:
            job.await_time(20)
        began = time.monotonic()
        self.assertEqual(self.house.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - began, 12)
        self.house.start()
        for job in jobs:
            self.assertGreater(job.checkpoints()[-1]["t"], 20)
            self.assertEqual(job["restarts"], 0)
            job.await_time(21)
            job.ask("cancel")
            job.await_state("cancelled")

    def test_two_shapes_take_turns_and_none_waits_for_ever(self):
        """In the order in which they came, or together with those before."""
        jobs = [self.house.begin(member(
            i, compute={"precision": "f32" if i in (1, 4) else "f64"}))
            for i in range(6)]
        for job in jobs:
            job.finish()
        begun = [job["started_at"] for job in jobs]
        self.assertEqual(begun, sorted(begun))


if __name__ == "__main__":
    main()
