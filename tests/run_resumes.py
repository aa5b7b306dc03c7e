"""A job that is stopped in its middle goes on with the same bits, whatever it
asks for: all that its network remembers is in its checkpoint. The jobs are those
of kinds_testing.py, a sentence each."""

from followd_testing import TestCase, main, np
from kinds_testing import MORE, OF_OTHERS, WHOLE, ZERO, changed, kinds
from runs_testing import OVER, House, await_true, assert_same_arrays

SECONDS = 160  # s, of a job; longer where the machine is too fast to stop it
LONGEST = 64 * SECONDS


class Resumes(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        zero, more = kinds(cls.house, LONGEST)
        cls.kinds = {**zero, **more, **WHOLE}

    def raw(self, job):
        return dict(self.house.request(
            "GET", f"/internal/jobs/{job.number}/checkpoints/final").npz())

    def was_stopped(self, job):
        """Pauses a job that runs, if it does not end before."""
        def about():
            return self.house.get(job.path)

        await_true(lambda: about()["progress"]["done"] > 0 or
                   about()["state"] in OVER, "progress")
        self.house.request("POST", job.path + "/pause")
        await_true(lambda: about()["state"] in ("paused", *OVER), "a pause")
        return about()["state"] == "paused"

    def assert_goes_on(self, name):
        seconds = SECONDS
        while seconds <= LONGEST:
            description = changed(self.kinds[name],
                                  schedule={"duration": seconds})
            job = self.house.begin(description)
            if self.was_stopped(job):
                break
            seconds *= 2
        whole = self.house.begin(description)
        job.ask("resume")
        for one in job.finish(), whole.finish():
            self.assertTrue(np.isfinite(one.traces("end")["xhat"]).all())
        self.assertEqual(job.log().count("simulating from"), 2)
        assert_same_arrays(self.raw(job), self.raw(whole))
        assert_same_arrays(job.metrics(), whole.metrics(),
                           but=["steps_per_second"])
        for window in ("start", "end"):
            assert_same_arrays(job.traces(window), whole.traces(window))

    def test_none_is_left_out(self):
        self.assertEqual({"test_" + name for name in self.kinds}, ADDED)


def add(name):
    """The sentence of a kind of job."""
    setattr(Resumes, "test_" + name, lambda self: self.assert_goes_on(name))
    return "test_" + name


ADDED = {add(name) for name in (*ZERO, *MORE, *WHOLE, *OF_OTHERS)}

if __name__ == "__main__":
    main()
