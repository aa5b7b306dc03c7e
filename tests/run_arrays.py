"""Jobs made of arrays that a user uploads: what is imitated, the command, the
weights."""

from followd_testing import TestCase, main, np, npz_bytes
from runs_testing import House

N = 80


def job(**sections):
    description = {"preset": "LinOsc",
                   "network": {"neurons_ff": N, "neurons_rec": N},
                   "schedule": {"duration": 16, "settle": 2, "test": 4},
                   "record": {"window": 16},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


class Arrays(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.plain_job = cls.house.run(job())
        cls.plain = cls.plain_job.traces("start")

    def upload(self, **arrays):
        answer = self.house.request("POST", "/api/v1/arrays",
                                    npz_bytes(**arrays))
        self.assertIn(answer.status, (200, 201), answer.body)
        return answer.json()["sha256"]

    def test_a_reference_and_a_command_come_as_they_were_uploaded(self):
        """The traces of one job drive another one to the same estimate."""
        array = self.upload(**{name: self.plain[name] for name in "txu"})
        ours = self.house.run(job(
            system={"type": "array", "array": array},
            input={"type": "array", "array": array})).traces("start")
        for name in ("u", "x", "xhat", "error", "error_filtered"):
            np.testing.assert_array_equal(ours[name], self.plain[name], name)

    def test_a_command_drives_the_system_too(self):
        t = np.arange(0, 16.5, 0.5)
        u = 0.1 * np.stack([np.sin(t), np.cos(t)], axis=1)
        ours = self.house.run(job(input={
            "type": "array", "array": self.upload(t=t, u=u)})).traces("start")
        for i in (0, 1):
            np.testing.assert_allclose(ours["u"][:, i],
                                       np.interp(ours["t"], t, u[:, i]),
                                       atol=1e-15)
        self.assertGreater(np.abs(ours["x"] - self.plain["x"]).max(), 0.01)

    def test_a_network_is_the_uploaded_one_whatever_its_seeds(self):
        arrays = self.plain_job.weights()
        array = self.upload(**{name: arrays[name] for name in (
            "encoders_ff", "gain_ff", "bias_ff", "encoders_rec", "gain_rec",
            "bias_rec", "decoders")})
        ours, other = (self.house.run(job(network={
            "seed_ff": 8, "seed_rec": 9, "arrays": one})).traces("start")
            for one in (array, None))
        np.testing.assert_array_equal(ours["xhat"], self.plain["xhat"])
        self.assertTrue((other["xhat"] != self.plain["xhat"]).any())

    def test_neurons_of_one_gain_fire_less(self):
        rates = [self.house.run(description).metrics()["rate_rec"].mean()
                 for description in (job(), job(network={
                     "gain": 2, "bias": [-2, 2]}))]
        self.assertLess(rates[1], rates[0] / 3)

    def test_weights_act_as_they_were_uploaded(self):
        random = np.random.RandomState(1)
        W = {"W_ff": 1e-5 * random.randn(N, N),
             "W_rec": 1e-5 * random.randn(N, N)}
        array = self.upload(**W)
        test = {"learning": {"enabled": False}, "feedback": {"enabled": False},
                "weights": {"init": "array", "array": array}}
        dense = self.house.run(job(**test, compute={"engine": "dense"}))
        gathered = self.house.run(job(**test))
        final = dict(self.house.request(
            "GET", f"/internal/jobs/{dense.number}/checkpoints/final").npz())
        for name, matrix in W.items():
            np.testing.assert_array_equal(final[name].T, matrix)
        ours, theirs = (one.traces("start")["xhat"]
                        for one in (gathered, dense))
        np.testing.assert_allclose(ours[:300], theirs[:300], atol=1e-9)
        self.assertGreater(np.abs(ours[:300] - self.plain["xhat"][:300]).max(),
                           1e-3)


if __name__ == "__main__":
    main()
