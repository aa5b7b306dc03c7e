"""Weights that are the system itself, and decoders that are not what was solved
for; NumPy says what both must be."""

from followd_testing import TestCase, main, np
from runs_testing import House, note

TAU = 0.02  # s, synapse


def job(**sections):
    """Nothing is learned or fed back."""
    description = {"preset": "vanderPol",
                   "network": {"neurons_ff": 150, "neurons_rec": 200},
                   "weights": {"init": "ideal"},
                   "learning": {"enabled": False},
                   "feedback": {"enabled": False},
                   "schedule": {"duration": 8, "settle": 0, "test": 0},
                   "record": {"window": 8, "snapshots": 1},
                   "compute": {"precision": "f64"}}
    for section, keys in sections.items():
        if isinstance(keys, dict):
            description.setdefault(section, {}).update(keys)
        else:
            description[section] = keys
    return description


def points(seed, neurons, d, radius):
    """Where decoders are fitted, as Nengo draws them."""
    random = np.random.RandomState(seed)
    count = max(int(np.clip(500 * d, 750, 2500)), 2 * neurons)
    rows = random.randn(count, d)
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    return rows * random.rand(count, 1) ** (1.0 / d) * radius


def factors(at, targets, encoders, gain, bias, radius):
    """Least squares, regularised as Nengo's."""
    J = gain * (at @ encoders.T / radius) + bias
    with np.errstate(divide="ignore", invalid="ignore"):
        A = np.where(J > 1, 1 / (0.002 + TAU * np.log1p(1 / (J - 1))), 0)
    most = 0.1 * A.max()
    gram = A.T @ A + len(at) * most ** 2 * np.eye(A.shape[1])
    return np.linalg.solve(gram, A.T @ targets).T


def van_der_pol(x):
    return np.stack([x[:, 1], 2 * (1 - x[:, 0] ** 2) * x[:, 1] - x[:, 0]],
                    axis=1) / 0.125


def linear(x):
    return x @ np.array([[-0.2, 1], [-1, -0.2]]) / 0.1


def lorenz(x):
    return np.stack([10 * (x[:, 1] - x[:, 0]),
                     -x[:, 0] * x[:, 2] - x[:, 1],
                     x[:, 0] * x[:, 1] - 8 / 3 * (x[:, 2] + 28)], axis=1)


def nonlin2(u, radius_rec):
    v = u / (0.1 * radius_rec)
    return 10 * (v ** 3 - v / 4)


class Ideal(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__)
        cls.house.start()

    def assert_ideal(self, description, f, g=lambda u, radius: u / TAU):
        run = self.house.run(description)
        ours = run.weights()
        spec = run["spec"]["network"]
        for layer, d, seed, wanted in (
                ("rec", len(ours["D_rec"]), 4, lambda x: TAU * f(x) + x),
                ("ff", ours["encoders_ff"].shape[1], 3,
                 lambda u: TAU * g(u, spec["radius_rec"]))):
            radius = spec["radius_" + layer]
            at = points(seed, spec["neurons_" + layer], d, radius)
            theirs = factors(at, wanted(at), ours["encoders_" + layer],
                             ours["gain_" + layer], ours["bias_" + layer],
                             radius)
            apart = (np.abs(ours["D_" + layer] - theirs).max() /
                     np.abs(theirs).max())
            note(f"D_{layer} is {apart:.1e} from NumPy's")
            self.assertLess(apart, 1e-9)
        return run

    def test_the_oscillator_of_van_der_pol(self):
        self.assert_ideal(job(), van_der_pol)

    def test_a_damped_oscillator_follows_its_reference_on_its_own(self):
        run = self.assert_ideal(job(preset="LinOsc"), linear)
        traces = run.traces("start")
        off = np.sqrt(np.mean((traces["xhat"] - traces["x"]) ** 2))
        note(f"rms error {off:.3f} of {traces['x'].std():.3f}")
        self.assertLess(off, 0.4 * traces["x"].std())

    def test_a_command_that_acts_as_a_cube(self):
        self.assert_ideal(job(preset="LinOsc-nonlin2"), linear, nonlin2)

    def test_three_dimensions(self):
        self.assert_ideal(job(preset="Lorenz",
                              schedule={"period": 4}), lorenz)

    def test_formulas_of_the_users_own(self):
        self.assert_ideal(job(
            system={"type": "expression", "dimensions": 2, "dimensions_in": 1,
                    "expressions": ["x2 * x1 + sin(u1)", "-x1"]},
            input={"type": "nostim"}),
            lambda x: np.stack([x[:, 1] * x[:, 0], -x[:, 0]], axis=1),
            lambda u, radius: np.hstack([np.sin(u), 0 * u]))

    def test_a_command_that_multiplies_the_state_has_no_ideal_weights(self):
        description = job(
            system={"type": "expression", "dimensions": 2, "dimensions_in": 2,
                    "expressions": ["x2 + u1", "-x1 * u2"]},
            input={"type": "nostim"})
        run = self.house.begin(description)
        self.assertIn("dx2/dt is not the sum",
                      run.await_state("failed")["state_reason"])

    def test_all_ways_to_hold_them_and_all_rules_make_one_network(self):
        plain = self.house.run(job()).traces("start")["xhat"][:300]
        for sections in ({"network": {"nengo": "2.5"}},
                         {"network": {"nengo": "4"}},
                         {"compute": {"engine": "dense"}},
                         {"network": {"nengo": "2.5"},
                          "compute": {"engine": "dense"}}):
            ours = self.house.run(job(**sections)).traces("start")["xhat"]
            np.testing.assert_allclose(ours[:300], plain, atol=1e-9)
        self.assertGreater(np.abs(plain).max(), 0.1)


class Spoiled(TestCase):
    def test_decoders_are_off_by_what_the_published_script_draws(self):
        with House() as house:
            plain = house.run(job(weights={"init": "zero"}))
            right = plain.weights()["decoders"]
            for seed in (None, 7):
                spoiled = house.run(job(
                    weights={"init": "zero"}, input={"seed": 5},
                    readout={"decoder_noise": 2, "decoder_factor": 0.75,
                             "seed": seed}))
                random = np.random.RandomState(seed)
                if seed is None:  # the command comes first
                    random = np.random.RandomState([5])
                    random.uniform(size=2)
                    random.normal(size=(2, int(8 / 4) + 1))
                    random.uniform(size=(2, int(8 / 0.05) + 1))
                theirs = right * (0.75 + 2 * random.uniform(
                    -1, 1, size=right.shape))
                np.testing.assert_allclose(spoiled.weights()["decoders"],
                                           theirs, rtol=1e-12)
            self.assertGreater(np.abs(spoiled.traces("start")["xhat"] -
                                      plain.traces("start")["xhat"]).max(),
                               0.1)


if __name__ == "__main__":
    main()
