"""NumPy judges learning by reinforcement, bit for bit: SARSA(lambda) once more,
over whole tables, with an arm written from its equations."""

import io
import json
import math
import subprocess

import numpy as np

from followd_testing import TestCase, executable, main

PI = math.pi
ARM = dict(m1=1.4, m2=1.1, l1=.31, l2=.27, s1=.11, s2=.16, i1=.025, i2=.045,
           b11=.7, b22=.8, b12=.08, g=9.81)
PAPER = dict(ARM, l1=.3, l2=.33, b11=.05, b22=.05, b12=.025)
ACROBOT = dict(m1=1, m2=1, l1=1, l2=1, s1=.5, s2=.5, i1=1, i2=1, b11=0, b22=0,
               b12=0, g=9.8)
ELBOW = [(0, 1), (0, 0), (0, -1)]
TOGETHER = [(1, 1), (0, 0), (-1, -1)]
ANY = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]


class Task:
    """What is published of each: actions, their strength, the target."""

    def __init__(self, p, actions, across, up, whole=False, strength=5.,
                 speeds=(10., 10.), interval=.1, steps=10):
        self.p, self.across, self.up, self.whole = p, across, up, whole
        self.torques = strength * np.array(actions)
        self.joints = len(speeds)
        self.speeds = np.array(speeds)
        self.interval, self.steps = interval, steps
        self.acrobot = p is ACROBOT


TASKS = {
    ("rl-swing", "robot2_todorov_gravity"): Task(ARM, ELBOW, .3, -.3),
    ("rl-swing2", "robot2_todorov_gravity"): Task(PAPER, ELBOW, .1, -.25, True),
    ("rl-reach1", "robot2_todorov_gravity"): Task(ARM, TOGETHER, .35, -.2),
    ("rl-reach2", "robot2_todorov_gravity"): Task(ARM, ANY, .5, .1),
    ("rl-reach3", "robot2_todorov_gravity"): Task(ARM, ANY, .5, -.2),
    ("rl-swing", "robot1_gravity_interpol"): Task(
        ARM, [(1,), (0,), (-1,)], .1, .1, speeds=(10.,)),
    ("rl-swing", "acrobot2_gravity"): Task(
        ACROBOT, ELBOW, 1, -1, strength=2., speeds=(4 * PI, 9 * PI),
        interval=.2, steps=4),
}


def depth(q):
    return min(max(q - PI / 2, 0), PI / 4) / (PI / 4)


def one_link(p, q, w, u):
    return [(u[0] - p["m1"] * p["s1"] * p["g"] * math.sin(q[0]) -
             p["b11"] * w[0]) / (p["i1"] + p["m1"] * p["s1"] * p["s1"])]


def two_links(p, q, w, u):
    mls = p["m2"] * p["l1"] * p["s2"]
    m1, m2 = p["m1"] * p["s1"] ** 2, p["m2"] * p["s2"] ** 2
    c, s = math.cos(q[1]), math.sin(q[1])
    i11 = p["i1"] + p["i2"] + p["m2"] * p["l1"] ** 2 + 2 * mls * c + m1 + m2
    i12 = p["i2"] + mls * c + m2
    i22 = p["i2"] + m2
    det = i11 * i22 - i12 ** 2
    fore = p["m2"] * p["s2"] * p["g"] * math.sin(q[0] + q[1])
    h1 = (-mls * (2 * w[0] + w[1]) * w[1] * s + p["b11"] * w[0] +
          p["b12"] * w[1] + (p["m1"] * p["s1"] + p["m2"] * p["l1"]) * p["g"] *
          math.sin(q[0]) + fore)
    h2 = (mls * w[0] ** 2 * s + p["b22"] * w[1] + p["b12"] * w[0] + fore)
    r1, r2 = u[0] - h1, u[1] - h2
    return [i22 / det * r1 + -i12 / det * r2, -i12 / det * r1 + i11 / det * r2]


def step(task, state, torque, dt):
    n = task.joints
    q, w = state[:n], state[n:]
    inside = [(a + PI) % (2 * PI) - PI for a in q] if task.acrobot else q
    u = [t * (1 - (t > 0) * depth(a) - (t < 0) * depth(-a))
         for t, a in zip(torque, inside)]
    if task.acrobot:
        u = [t - 10 * v * ((v > 0) * depth(a) + (v < 0) * depth(-a))
             for t, v, a in zip(u, w, inside)]
    dw = (two_links if n == 2 else one_link)(task.p, inside, w, u)
    q = [a + dt * v for a, v in zip(q, w)]
    w = [v + dt * a for v, a in zip(w, dw)]
    if task.acrobot:
        w = [min(max(v, -most), most) for v, most in zip(w, task.speeds)]
    return q + w


def is_done(task, q):
    p = task.p
    x, y = p["l1"] * math.cos(q[0]), p["l1"] * math.sin(q[0])
    elbow = -x > task.up and y > task.across
    if task.joints == 1:
        return elbow
    x += p["l2"] * math.cos(q[0] + q[1])
    y += p["l2"] * math.sin(q[0] + q[1])
    return (-x > task.up and y > task.across and (elbow or not task.whole))


def tiles(task, state):
    """The outermost one has what lies beyond; the script fails there."""
    q, w = np.array(state[:task.joints]), np.array(state[task.joints:])
    speed = ((w + task.speeds / 2) // (2 * task.speeds / 10)).astype(int)
    return tuple(np.append(
        ((q + 2 * PI / 2) % (2 * PI) // (2 * PI / 10)).astype(int),
        np.clip(speed, -10, 9)))


def learn(task, episodes, seed=2, alpha=.2 / 48, gamma=1, lambda_=.9,
          epsilon=0):
    random = np.random.RandomState(seed)
    count = len(task.torques)
    Q = np.zeros([10] * 2 * task.joints + [count])
    traces = np.zeros(Q.shape)
    torques, times = np.zeros((100000, task.joints)), []
    longest = 0
    for _ in range(episodes):
        state, action, taken = [0.] * 2 * task.joints, count // 2, 0
        place = tiles(task, state) + (action,)
        torques[0] = task.torques[action]
        while not is_done(task, state):
            before, last = Q[place], action
            traces[place] += 1
            cell = tiles(task, state)
            if random.uniform() < epsilon:
                action = int(random.uniform() * count)
            else:
                best = np.where(Q[cell] == Q[cell].max())[0]
                action = best[random.permutation(len(best))[0]]
            old, new = task.torques[last], task.torques[action]
            for i in range(task.steps):
                state = step(task, state, old + i / task.steps * (new - old),
                             {.1: .01, .2: .05}[task.interval])
            place = cell + (action,)
            Q += alpha * (-1 + gamma * Q[place] - before) * traces
            traces *= gamma * lambda_
            taken += 1
            torques[taken] = new
        longest = max(longest, taken + 1)
        times.append(taken * task.interval)
    return {"Q": Q.reshape(-1, count), "traces": traces.reshape(-1, count),
            "times": np.array(times), "torque": torques[:longest + 1]}


def rl_print(every, spec):
    answer = subprocess.run([executable("tests/rl_print"), str(every)],
                            input=json.dumps(spec).encode(), check=True,
                            stdout=subprocess.PIPE)
    return np.load(io.BytesIO(answer.stdout))


class Learning(TestCase):
    def check(self, preset, system, episodes, every=0, **how):
        task = TASKS[preset, system]
        theirs = learn(task, episodes, **how)
        rl = {key.rstrip("_"): value for key, value in how.items()}
        ours = rl_print(every, {"preset": preset, "system": {"type": system},
                                "rl": {"episodes": episodes, **rl}})
        for key in ("times", "torque", "Q"):
            np.testing.assert_array_equal(ours[key], theirs[key],
                                          f"{preset} {system} {key}")
        # Traces that can change nothing any more are forgotten.
        np.testing.assert_allclose(ours["traces"], theirs["traces"], 0, 1e-18)
        np.testing.assert_array_equal(
            ours["torque_t"], np.arange(len(ours["torque"])) * task.interval)
        self.assertGreater(np.abs(theirs["Q"]).max(), 0)
        return theirs["times"]

    def test_every_task_of_the_arm_is_learned_as_published(self):
        arm = "robot2_todorov_gravity"
        self.check("rl-reach1", arm, 60)
        self.check("rl-reach3", arm, 6)
        self.check("rl-swing2", arm, 60)

    def test_one_link_and_the_acrobot_swing_up(self):
        self.check("rl-swing", "robot1_gravity_interpol", 40)
        self.check("rl-swing", "acrobot2_gravity", 30)

    def test_it_is_learned_the_same_by_a_worker_that_stops_again_and_again(
            self):
        self.check("rl-reach1", "robot2_todorov_gravity", 30, every=1)
        self.check("rl-reach1", "robot2_todorov_gravity", 30, every=7)

    def test_seed_rate_discount_decay_and_chance_are_what_they_are(self):
        arm = "robot2_todorov_gravity"
        self.check("rl-reach1", arm, 20, seed=5, alpha=.1)
        self.check("rl-reach1", arm, 20, gamma=.95, lambda_=.5)
        self.check("rl-reach1", arm, 20, epsilon=.2)
        self.check("rl-reach3", arm, 4, seed=1, epsilon=1)

    def test_the_published_runs_end_with_the_published_times(self):
        """Figure 4 and its videos show 0.6 s and 2.3 s."""
        for preset, seconds in (("rl-reach3", .6), ("rl-swing", 2.3)):
            times = rl_print(0, {"preset": preset})["times"]
            self.assertEqual(len(times), 5000)
            self.assertAlmostEqual(times[-1], seconds)


if __name__ == "__main__":
    main()
