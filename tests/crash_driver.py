"""A driver that fails, hangs or crashes, at each call that a worker makes of it
and with each kind of error (tests/fault_layer.c): the daemon stays, other jobs
end with the bits they always have, and so does the job that was hit, by itself
or, where it failed and said why, once it is tried again."""

import re
import sqlite3

from followd_testing import TestCase, main, often
from runs_testing import (FAULT_LAYER, FaultyHouse, await_true, is_alive, note,
                          small)

CODES = {"-4": "no device memory", "-5": "out of resources",
         "-6": "no host memory", "-11": "build failed",
         "-36": "device lost", "-9999": "error -9999"}
CALLS = re.findall(r"^(?:STATUS\(|MAKER\(\w+, )(\w+)",
                   FAULT_LAYER.read_text(), re.M)
# A worker makes these at its start, before it asks for work.
AT_START = ("clGetPlatformInfo", "clGetDeviceIDs", "clGetDeviceInfo",
            "clCreateContext", "clCreateCommandQueue")
# Each call of these happens often, so another one than the first fails too.
OFTEN = ("clEnqueueNDRangeKernel", "clFinish", "clFlush", "clSetKernelArg",
         "clEnqueueReadBuffer", "clEnqueueWriteBuffer", "clCreateBuffer")


def description(neurons):
    return small(network={"neurons_ff": neurons, "neurons_rec": neurons + 10},
                 schedule={"duration": 120})


class Driver(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = FaultyHouse()
        cls.addClassCleanup(cls.house.__exit__)
        cls.fault = cls.house.fault
        cls.house.start()
        cls.undisturbed = [cls.bits(cls.house.run(description(neurons)))
                           for neurons in (50, 60)]

    @staticmethod
    def bits(job):
        weights = job.weights()
        del weights["spec"]
        return {name: array.tobytes() for name, array in weights.items()}

    def start_afresh(self):
        """A daemon waits longer before each new start of a worker that dies;
        and a device's first calls are made again."""
        self.assertEqual(self.house.stop(), 0)
        self.fault.unlink(missing_ok=True)
        self.house.start()

    def hit(self, call, number, what):
        """Two jobs that cannot share a launch, while something happens to one.
        How the first one ended before it was tried again."""
        if call not in AT_START:
            self.house.await_service()
        self.fault.write_text(f"{call} {number} {what}\n")
        jobs = [self.house.begin(description(neurons)) for neurons in (50, 60)]
        first = self.end(jobs[0])
        second = self.end(jobs[1])
        self.assertIsNone(self.house.process.poll(), self.house.log())
        for job, undisturbed in zip(jobs, self.undisturbed):
            self.assertEqual(self.bits(job), undisturbed, (call, what))
        happened = not self.fault.exists()
        self.fault.unlink(missing_ok=True)
        return happened, first, second

    def end(self, job):
        """Its state once it was over; then it is tried again if it failed."""
        await_true(lambda: job["finished_at"] is not None,
                   f"the end of {job.number}: {job.log()}", wait=90)
        state = job["state"]
        self.assertIn(state, ("succeeded", "failed"), job.log())
        if state == "failed":
            self.assertRegex(job["state_reason"], "OpenCL|kernels do not build|"
                             "no device|in a row", job.log())
            job.ask("retry")
            await_true(lambda: job["state"] == "succeeded", "its success")
        return state

    def test_whatever_call_fails_the_daemon_stays_and_jobs_end_as_ever(self):
        """In a test of every day each call with one error; else with all."""
        happened, failed, points = 0, 0, 0
        codes = list(CODES)
        for index, call in enumerate(CALLS):
            chosen = codes if often(0, 1) else [codes[index % len(codes)]]
            for code in chosen:
                for number in (1, 7) if often(0, call in OFTEN) else (
                        (7,) if call in OFTEN else (1,)):
                    self.start_afresh()
                    hit, first, second = self.hit(call, number, code)
                    points += 1
                    happened += hit
                    failed += (first, second).count("failed")
                    self.assertLessEqual((first, second).count("failed"), 1)
        note(f"{points} faults, {happened} of them hit, {failed} jobs failed "
             "and were tried again")
        self.assertGreaterEqual(happened, 0.8 * points)
        self.assertGreaterEqual(len(CALLS), 20)

    def test_a_driver_that_crashes_takes_a_worker_along_and_nothing_else(self):
        self.start_afresh()
        hit, first, second = self.hit("clEnqueueNDRangeKernel", 5, "crash")
        self.assertTrue(hit)
        self.assertEqual((first, second), ("succeeded", "succeeded"))
        self.assertIn("signal=11", self.house.log())

    def test_a_driver_that_is_dead_once_it_failed_takes_no_other_job_along(self):
        """The job that it failed with may have failed it; others have not."""
        self.start_afresh()
        self.house.await_service()
        self.fault.write_text("clEnqueueNDRangeKernel 3 dead\n")
        jobs = [self.house.begin(description(neurons)) for neurons in (50, 60)]
        await_true(lambda: jobs[0]["state"] == "failed", "its failure")
        self.assertIn("OpenCL error -9999", jobs[0]["state_reason"])
        jobs[1].finish()
        self.assertEqual(jobs[1]["restarts"], 0, jobs[1].log())
        self.assertEqual(self.bits(jobs[1]), self.undisturbed[1])
        jobs[0].ask("retry")
        await_true(lambda: jobs[0]["state"] == "succeeded", "its success")
        self.assertEqual(self.bits(jobs[0]), self.undisturbed[0])

    def test_a_device_without_memory_for_another_job_goes_on_with_one(self):
        """The second waits until the first has ended, and none fails."""
        self.start_afresh()
        if self.house.get("/api/v1/devices")["items"][0]["units"] < 2:
            self.skipTest("it takes one job at a time anyway")
        self.house.await_service()
        long = dict(description(50), schedule={"duration": 4000})
        undisturbed = self.bits(self.house.run(long))
        jobs = [self.house.begin(long)]
        jobs[0].await_time(10)
        self.fault.write_text("clCreateBuffer 1 -4\n")
        jobs.append(self.house.begin(long))
        for job in jobs:
            job.finish()
            self.assertEqual(job["restarts"], 0, job.log())
            self.assertEqual(self.bits(job), undisturbed)
        self.assertFalse(self.fault.exists())

    def test_a_job_alone_without_memory_waits_until_there_is_some(self):
        """As when other programs have it: the job says so, and does not fail."""
        self.start_afresh()
        self.house.await_service()
        self.fault.write_text("clCreateBuffer 0 -4\n")
        job = self.house.begin(description(50))
        for wait in ("1 s", "2 s"):
            await_true(lambda: f"has no memory for it now, it is tried there "
                       f"again in {wait}: " in (job["state_reason"] or ""),
                       "its reason")
        self.assertIn("no device memory", job.log())
        self.fault.unlink()
        job.finish()
        self.assertEqual(job["restarts"], 0, job.log())
        self.assertEqual(self.bits(job), self.undisturbed[0])

    def test_a_job_that_no_device_can_hold_fails_and_says_so(self):
        self.start_afresh()
        self.house.await_service()
        self.fault.write_text("clCreateBuffer 0 -61\n")
        job = self.house.begin(description(50))
        await_true(lambda: job["state"] == "failed", "its failure")
        self.assertRegex(job["state_reason"], "it does not fit cpu0 of .*, nor "
                         "any other device that serves: .*buffer too large")
        self.fault.unlink()
        job.ask("retry")
        await_true(lambda: job["state"] == "succeeded", "its success")
        self.assertEqual(self.bits(job), self.undisturbed[0])

    def test_a_batch_that_finds_no_memory_as_it_runs_gets_smaller(self):
        """Memory that a driver promised and does not have."""
        self.start_afresh()
        if self.house.get("/api/v1/devices")["items"][0]["units"] < 2:
            self.skipTest("it takes one job at a time anyway")
        self.house.await_service()
        long = dict(description(50), schedule={"duration": 2000})
        undisturbed = self.bits(self.house.run(long))
        jobs = [self.house.begin(long) for _ in range(2)]
        for job in jobs:
            job.await_time(1)
        self.fault.write_text("clEnqueueNDRangeKernel 1 -4\n")
        await_true(lambda: not self.fault.exists(), "it is hit")
        for job in jobs:
            job.finish()
            self.assertEqual(job["restarts"], 0, job.log())
            self.assertIn("queued: clEnqueueNDRangeKernel: no device memory",
                          job.log())
            self.assertEqual(self.bits(job), undisturbed)
        lease = re.compile(r"(\S+) running: worker")
        self.assertEqual([len(lease.findall(job.log())) for job in jobs], [2, 2])

    def test_a_driver_that_hangs_is_ended(self):
        self.start_afresh()
        self.house.await_service()
        self.fault.write_text("clFinish 3 hang\n")
        job = self.house.begin(description(50))
        await_true(lambda: not self.fault.exists(), "it hangs")
        pid = self.house.worker_pid()
        if often(True, False):  # what 30 s without a report would do
            database = sqlite3.connect(self.house.state / "follow.db")
            with database:
                database.execute("UPDATE lease SET expires_at = 1"
                                 " WHERE ended_at IS NULL")
            database.close()
        await_true(lambda: not is_alive(pid), "its end", wait=60)
        self.assertEqual(self.end(job), "succeeded")
        self.assertEqual(self.bits(job), self.undisturbed[0])

    def test_a_job_that_crashes_every_driver_fails_and_others_do_not(self):
        """The same crash in every worker that has the job."""
        self.start_afresh()
        poison = self.house.begin(small(
            network={"neurons_ff": 50, "neurons_rec": 60},
            schedule={"duration": 4000}, record={"snapshots": 0}))
        sibling = self.house.begin(description(60))
        for turn in range(3):
            poison.await_that(lambda about: about["state"] == "running")
            self.fault.write_text("clEnqueueNDRangeKernel 1 crash\n")
            await_true(lambda: not self.fault.exists(), "a crash")
            await_true(lambda: poison["state"] != "running", "it is noticed")
        self.assertEqual(poison["state"], "failed", poison.log())
        self.assertIn("the 3rd in a row", poison["state_reason"])
        await_true(lambda: sibling["state"] == "succeeded", "its sibling")
        self.assertEqual(self.bits(sibling), self.undisturbed[1])


if __name__ == "__main__":
    main()
