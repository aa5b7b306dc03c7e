"""What a user does to jobs that run: cancel, pause, go on; one after the other
with the same network, two at the same time."""

import hashlib
import os

from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import (SMALL, House, assert_same_arrays, assert_same_run,
                          await_true, note, small)


class Stopped(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.undisturbed = cls.house.run(SMALL)

    def stop(self, what, state):
        """A job that was stopped in its middle, and the JSON of it."""
        job = self.house.begin(SMALL)
        job.await_time(300)
        job.ask(what)
        return job, job.await_state(state)

    def assert_holds_its_checkpoint(self, job, about):
        last = job.checkpoints()[-1]
        self.assertEqual(about["progress"]["done"], last["t"])
        self.assertTrue(300 <= last["t"] < 800, last)
        weights = job.weights("latest")
        self.assertEqual(weights["t"], last["t"])
        self.assertEqual(weights["D_rec"].shape, (2, 250))
        self.assertTrue(weights["D_rec"].any())
        first = job.checkpoints()[0]["t"]
        self.assertLess(first, 50)
        assert_same_arrays(job.weights(first), self.undisturbed.weights(first))

    def test_a_cancelled_job_keeps_its_last_checkpoint(self):
        job, about = self.stop("cancel", "cancelled")
        self.assert_holds_its_checkpoint(job, about)
        self.assertIsNotNone(about["finished_at"])

    def test_a_cancelled_job_that_is_tried_again_goes_on_from_there(self):
        job, about = self.stop("cancel", "cancelled")
        job.ask("retry")
        job.finish()
        self.assertIn(f"simulating from t = {about['progress']['done']:g} s",
                      job.log())
        assert_same_run(job, self.undisturbed)

    def test_a_paused_job_goes_on_with_the_same_bits(self):
        job, about = self.stop("pause", "paused")
        self.assert_holds_its_checkpoint(job, about)
        for _ in range(2):
            job.ask("resume")
            job.await_state("running")
            job.ask("pause")
            job.await_state("paused")
        job.ask("resume")
        job.finish()
        self.assertEqual(job["restarts"], 0)
        assert_same_run(job, self.undisturbed)

    def test_an_urgent_job_does_not_change_the_one_that_it_passes(self):
        """They take turns on the device: its engine serves both."""
        job, _ = self.stop("pause", "paused")
        other = self.house.run(small(network={"seed_rec": 5},
                                     learning={"eta": 4e-3}))
        job.ask("resume")
        job.finish()
        assert_same_run(job, self.undisturbed)
        self.assertTrue((other.weights()["D_rec"] !=
                         job.weights()["D_rec"]).any())


class Snapshots(TestCase):
    def test_every_snapshot_is_there_however_fast_the_job_is(self):
        """Those of a quick job come faster than the daemon takes them."""
        with House() as house:
            for count, seconds in ((20, 40), (20, 333), (100, 40)):
                job = house.run(small(schedule={"duration": seconds},
                                      record={"snapshots": count,
                                              "window": 1}))
                due = [round(1000 * seconds * i / count)
                       for i in range(1, count + 1)]
                self.assertEqual([one["step"] for one in job.checkpoints()],
                                 due)


class Decoders(TestCase):
    """Solving for the decoders of a large network takes longer than a short
    job; they are kept in the folder --cache."""

    def test_the_next_job_with_the_same_network_takes_them_from_the_cache(self):
        """The proof: it takes what is put there, here the double of each."""
        description = small(network={"neurons_rec": 1000},
                            schedule={"duration": 40})
        with House() as house:
            first = house.run(description)
            (path,) = house.cache.glob("decoders-*.npz")
            kept = dict(np.load(path))
            np.testing.assert_array_equal(kept["decoders"],
                                          first.weights()["decoders"])
            kept["decoders"] = 2 * kept["decoders"]
            kept["sha256"] = np.frombuffer(
                hashlib.sha256(kept["decoders"].tobytes()).digest(), np.uint8)
            path.write_bytes(npz_bytes(**kept))
            second = house.run(description)
            settled = slice(0, 4000)  # nothing is fed back yet
            ours, theirs = (job.traces("start")["xhat"][settled]
                            for job in (second, first))
            self.assertTrue(theirs.any())
            np.testing.assert_array_equal(ours, 2 * theirs)

    def test_a_damaged_cache_is_not_believed(self):
        with House() as house:
            first = house.run(SMALL)
            (path,) = house.cache.glob("decoders-*.npz")
            sound = path.read_bytes()
            damaged = bytearray(sound)
            damaged[len(sound) // 2] ^= 1
            path.write_bytes(damaged)
            assert_same_run(house.run(SMALL), first)
            self.assertEqual(path.read_bytes(), sound)


class Together(TestCase):
    """Two workers on one device."""

    def test_two_jobs_at_once_are_the_same_as_each_alone(self):
        descriptions = (SMALL, small(input={"seed": 3},
                                     compute={"precision": "f32"}))
        with House(workers="none") as house:
            guests = [house.guest("one")]
            alone = [house.run(one) for one in descriptions]
            guests.append(house.guest("two"))
            await_true(lambda: house.worker_pid() == guests[1].pid, "a worker")
            jobs = [house.begin(one) for one in descriptions]
            began = [job.await_state("running")["started_at"] for job in jobs]
            ended = [job.finish()["finished_at"] for job in jobs]
            note(f"from {began} to {ended}")
            self.assertLess(max(began), min(ended))
            for job, other in zip(jobs, alone):
                assert_same_run(job, other)


if __name__ == "__main__":
    main()
