"""However weights are held, the spikes are the same: jobs of every kind, as
factors or by the columns of spikes, and with every weight a number of its own."""

from followd_testing import TestCase, main, np
from kinds_testing import N_FF, N_REC, changed, kinds
from runs_testing import House, note

HELD = 12000  # steps in which the error is fed back
# Alone, a network soon shows in a spike what it summed up in another order;
# ideal weights leave it alone from the first step on.
ALONE = {"ideal_weights": 1000}


class Engines(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()
        cls.kinds = kinds(cls.house)
        cls.jobs = {
            name: [cls.house.begin(changed(
                one, record={"spikes": True, "window": 16},
                compute={"engine": engine})) for engine in (usual, "dense")]
            for usual, kind in zip(("factored", "auto"), cls.kinds)
            for name, one in kind.items()}

    def test_no_spike_differs(self):
        for name, jobs in self.jobs.items():
            ours, dense = (job.finish().npz("/spikes.npz") for job in jobs)
            steps = ALONE.get(name, HELD)
            for layer in "spikes_ff", "spikes_rec":
                a, b = ours[layer][:steps], dense[layer][:steps]
                count = int(np.unpackbits(a).sum())
                note(f"{name} {layer}: {count}")
                self.assertGreater(count, steps / 4, name)
                np.testing.assert_array_equal(a, b, f"{name} {layer}")

    def test_the_estimate_is_the_same(self):
        for name, jobs in self.jobs.items():
            ours, dense = (job.finish().traces("start") for job in jobs)
            most = max(1, np.abs(dense["xhat"]).max())
            steps = ALONE.get(name, HELD)
            np.testing.assert_allclose(ours["xhat"][:steps],
                                       dense["xhat"][:steps], 0, 1e-9 * most,
                                       name)
            self.assertTrue(dense["xhat"].any(), name)

    def test_the_weights_are_the_same(self):
        for name, jobs in self.jobs.items():
            for layer, n in ("ff", N_FF), ("rec", N_REC):
                path = f"/checkpoints/final/weights/{layer}.npy"
                W = []
                for job in jobs:
                    answer = self.house.request("GET",
                                                job.finish().path + path)
                    self.assertEqual(answer.status, 200, answer.body)
                    W.append(answer.npz())
                self.assertEqual(W[0].shape, (N_REC, n), name)
                most = np.abs(W[1]).max()
                np.testing.assert_allclose(W[0], W[1], 0, 1e-6 * most, name)


if __name__ == "__main__":
    main()
