"""Jobs of every kind, small, in double precision: what a network may be, what it
may learn and how, whatever has a state of its own. One list, so that no test
that asks something of all of them leaves one out.

    for name, description in kinds(house).items():
"""

import copy
import hashlib

from followd_testing import np, npz_bytes
from runs_testing import House

N_FF, N_REC = 50, 60
SECONDS = 16  # schedules fit into it; a longer one is as good


def changed(description, **sections):
    description = copy.deepcopy(description)
    for section, keys in sections.items():
        description.setdefault(section, {}).update(keys)
    return description


def base(preset="vanderPol", **sections):
    return changed({
        "preset": preset,
        "network": {"neurons_ff": N_FF, "neurons_rec": N_REC},
        "schedule": {"duration": SECONDS, "period": 1, "settle": 1, "test": 4},
        "record": {"window": 4, "snapshots": 2},
        "compute": {"precision": "f64"}}, **sections)


def rotation(d):
    """Dimensions that turn into each other, and are pushed by u1."""
    return {"type": "expression", "dimensions": d, "dimensions_in": 1,
            "constants": {},
            "expressions": [f"6 * x{(i + 1) % d + 1} * {-1 if i % 2 else 1} "
                            f"- x{i + 1} + 20 * u1" for i in range(d)]}


ZERO = {  # W = E D
    "all_switches_of_a_step": base(
        learning={"eta_schedule": [[3, 3e-3], [6, 1e-3]], "decay": 1e-2,
                  "error_cutoff": 1e-3},
        feedback={"gain_end": 5, "delay": 0.007},
        reference={"delay": 0.012},
        noise={"neurons_sd": 1e-3, "error_sd": 1e-3}),
    "a_reference_late_as_an_alpha_synapse": base(
        reference={"delay": 0.05, "delay_type": "alpha"}),
    "feedback_that_outlasts_learning": base(
        learning={"plastic": ["rec"]}, feedback={"tau": 0.05},
        schedule={"test": 0, "trial_clamp": False}),
    "neurons_of_one_gain": base(network={"gain": 2, "bias": [-2, 2]},
                                learning={"eta": 2e-2}),
    "noisy_decoders": base(readout={"decoder_noise": 2}),
    "the_rule_of_nengo_2_5": base(network={"nengo": "2.5"},
                                  learning={"eta": 1e-4}),
    "the_rule_of_nengo_4": base(network={"nengo": "4"},
                                learning={"eta": 1e-4}),
    "the_lorenz_attractor": base("Lorenz"),
    "an_arm": base("robot2_todorov_gravity"),
    "an_arm_seen_as_places_with_trials": base(
        "robot2XY_todorov_gravity", schedule={"trial_clamp": True}),
    "one_dimension": base("custom", system={
        **rotation(1), "expressions": ["-5 * x1 + 20 * u1"]}),
    "eight_dimensions": base("custom", system=rotation(8)),
}
MORE = {  # W = m (W0 + E D)
    "random_weights": base(weights={"init": "random"}),
    "missing_connections": base(weights={"connectivity": 0.3}),
    "random_weights_some_missing_nengo_2_5": base(
        network={"nengo": "2.5"}, learning={"eta": 1e-4, "decay": 1e-2},
        weights={"init": "random", "sd": 1e-5, "connectivity": 0.7}),
    "missing_connections_nengo_4": base(
        network={"nengo": "4"}, learning={"eta": 1e-4},
        weights={"connectivity": 0.5}),
    "an_arm_with_missing_connections": base(
        "robot2_todorov_gravity", weights={"connectivity": 0.25}),
}
WHOLE = {  # each weight by itself
    "weights_that_are_not_negative": base(weights={"sign": "nonnegative"}),
}


def upload(house, **arrays):
    body = npz_bytes(**arrays)
    answer = house.request("POST", "/api/v1/arrays", body)
    assert answer.status in (200, 201), answer.body
    return hashlib.sha256(body).hexdigest()


def of_others(house, seconds):
    """Those that begin with another job, and those that take uploads, as two
    lists like ZERO and MORE."""
    learner = house.run(base())
    start = {"job": learner.number}
    weights = learner.weights()
    t = np.arange(0, seconds + 0.02, 0.01)
    wave = np.stack([np.sin(3 * t), np.cos(2 * t)], axis=1)
    random = np.random.RandomState(9)
    alone = {"learning": {"enabled": False}, "feedback": {"enabled": False},
             "schedule": {"trial_clamp": False}}
    zero = {
        "going_on_where_it_stood": base(start={**start, "states": True}),
        "learning_on_with_another_command": base(start=start,
                                                 input={"seed": 5}),
        "a_test_alone": base(start=start, input={
            "seed": 3, "type": "rampLeaveRampHeights"}, **alone),
        "a_test_with_feedback": base(start=start, learning={"enabled": False}),
        "a_readout_that_learns": base(
            "readout", start=start, schedule={"duration": SECONDS}),
        "imitating_another_network": base(reference=start),
        "rows_as_reference_and_command": base(
            "custom", system={"type": "array", "dimensions": 2,
                              "dimensions_in": 2,
                              "array": upload(house, t=t, x=wave)},
            input={"type": "array", "scale": 1,
                   "array": upload(house, t=t, u=0.1 * wave[:, ::-1])}),
        "an_uploaded_network": base(network={"arrays": upload(house, **{
            name: array for name, array in weights.items()
            if name.startswith(("encoders", "gain", "bias", "decoders"))})}),
        "ideal_weights": base(weights={"init": "ideal"}, **alone),
    }
    more = {
        "shuffled_weights": base(start=start, weights={"init": "shuffled"}),
        "uploaded_weights": base(weights={"init": "array", "array": upload(
            house, W_ff=1e-4 * random.randn(N_REC, N_FF),
            W_rec=1e-4 * random.randn(N_REC, N_REC))}),
        "a_readout_behind_shuffled_weights": base(
            "readout", start=start, weights={"init": "shuffled"}),
    }
    return zero, more


def kinds(house: House, seconds=SECONDS):
    """{name: description} of those that may be held as factors, and of those
    that may not."""
    zero, more = of_others(house, seconds)
    lists = {**ZERO, **zero}, {**MORE, **more}
    return tuple({name: changed(one, schedule={"duration": seconds})
                  for name, one in kind.items()} for kind in lists)


OF_OTHERS = (
    "going_on_where_it_stood", "learning_on_with_another_command",
    "a_test_alone", "a_test_with_feedback", "a_readout_that_learns",
    "imitating_another_network", "rows_as_reference_and_command",
    "an_uploaded_network", "ideal_weights", "shuffled_weights",
    "uploaded_weights", "a_readout_behind_shuffled_weights")
