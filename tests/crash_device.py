"""A device that does not compute what it should, by a driver that skips, fails or
crashes (tests/fault_layer.c): it is out of service, all may see why, what other
devices do goes on, and once it is well it serves again."""

import os
import signal
import subprocess

from followd_testing import TestCase, executable, main
from runs_testing import (FaultyHouse, assert_same_arrays, await_true, is_alive,
                          small)

JOB = small(network={"neurons_ff": 40, "neurons_rec": 50},
            schedule={"duration": 40})


class Device(TestCase):
    def enter(self, **more):
        house = FaultyHouse(**more)
        self.addCleanup(house.__exit__)
        return house

    def fault_of(self, house, device="cpu0"):
        return next((one["fault"] for one in
                     house.get("/api/v1/devices")["items"]
                     if one["id"] == device and one["worker"]), None)

    def await_fault(self, house, text, device="cpu0"):
        await_true(lambda: text in (self.fault_of(house, device) or ""),
                   f"a fault with '{text}' of {house.log()}")

    def await_rest(self, house):
        """The daemon has seen that its worker is gone, and leaves it at that."""
        await_true(lambda: "event=device_rests" in house.log(), "its rest")

    def test_a_device_that_computes_wrongly_is_given_no_job(self):
        """Every launch does nothing, and says that it did."""
        house = self.enter()
        house.fault.write_text("clEnqueueNDRangeKernel 0 skip\n")
        house.start()
        job = house.begin(JOB)
        self.await_fault(house, "computes wrongly in f32")
        fault = self.fault_of(house)
        self.assertIn("spikes_ff is 0 and should be 2897", fault)
        self.await_rest(house)
        self.assertEqual(job["state"], "queued")
        log = house.log()
        self.assertEqual(log.count("event=worker_started"), 1)
        self.assertIn("event=device_out_of_service", log)
        shown = subprocess.run([executable("follow"), "devices"], text=True,
                               env=dict(os.environ, FOLLOW_URL=house.url.strip(),
                                        FOLLOW_TOKEN=house.token),
                               capture_output=True)
        self.assertIn("cpu0 is out of service: " + fault, shown.stdout)

        # It is tried again when it is asked for, and serves once it is well.
        house.process.send_signal(signal.SIGHUP)
        await_true(lambda: house.log().count("event=device_rests") == 2,
                   "another trial")
        house.fault.unlink()
        house.process.send_signal(signal.SIGHUP)
        job.finish()
        self.assertIsNone(self.fault_of(house))

    def test_what_is_written_to_it_and_lost_is_noticed(self):
        house = self.enter()
        house.fault.write_text("clEnqueueWriteBuffer 0 skip\n")
        house.start()
        self.await_fault(house, "computes wrongly")

    def test_a_device_whose_kernels_do_not_build_says_so(self):
        house = self.enter()
        house.fault.write_text("clBuildProgram 0 -11\n")
        house.start()
        self.await_fault(house, "kernels do not build")
        self.await_rest(house)
        house.fault.unlink()
        self.assertEqual(house.stop(), 0)  # a new start is another trial
        house.start()
        house.run(JOB)
        self.assertIsNone(self.fault_of(house))

    def test_what_goes_wrong_once_is_tried_again(self):
        house = self.enter()
        house.fault.write_text("clEnqueueNDRangeKernel 2 skip\n")
        house.start()
        house.run(JOB)
        self.assertIn("event=selftest_again", house.log())
        self.assertEqual(house.log().count("event=worker_started"), 1)

    def test_a_driver_that_crashes_or_hangs_in_it_is_shown(self):
        house = self.enter()
        house.fault.write_text("clEnqueueNDRangeKernel 0 hang\n")
        house.start()
        self.await_fault(house, "has begun and not come to its end")
        pid = next(one["worker"]["pid"]
                   for one in house.get("/api/v1/devices")["items"])
        await_true(lambda: "fault_layer: clEnqueueNDRangeKernel: hang" in
                   house.log(), "it hangs")
        house.fault.write_text("clEnqueueNDRangeKernel 3 crash\n")
        os.kill(pid, signal.SIGALRM)  # what two minutes of it would do
        await_true(lambda: not is_alive(pid), "its end")
        await_true(lambda: "signal=11" in house.log(), "a crash")
        house.run(JOB)
        self.assertIsNone(self.fault_of(house))

    def test_other_devices_go_on(self):
        house = self.enter(workers="cpu0,cpu1")
        house.env["POCL_DEVICES"] = "pthread pthread"
        house.start()
        alone = house.run(JOB)
        self.assertEqual(house.stop(), 0)
        house.fault.write_text("clEnqueueNDRangeKernel 0 skip cpu1\n")
        house.start()
        self.await_fault(house, "computes wrongly", "cpu1")
        jobs = [house.begin(JOB) for _ in range(3)]
        for job in jobs:
            assert_same_arrays(job.finish().weights(), alone.weights(),
                               but=["spec"])
            self.assertIn("on cpu0", job.log())
        self.assertIsNone(self.fault_of(house))
        waits = house.begin(dict(JOB, compute={"device": "cpu1"}))
        self.assertEqual(waits["state"], "queued")


if __name__ == "__main__":
    main()
