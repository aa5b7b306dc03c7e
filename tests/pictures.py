"""Takes the pictures of doc/screenshots anew: every view of the page, light and
dark, on a laptop and on a phone, of jobs that are run for it.

    make update-pictures

They are looked at before they are committed; no test reads them.
"""

import base64
import pathlib
import subprocess
import sys
import time

from browser_testing import LAPTOP, PHONE, Browser
from followd_testing import executable
from runs_testing import House, await_true, note

REST = 1.2  # s, until the last picture is drawn
HIGHEST = 1700  # pixels; a view that goes on is cut there
QUALITY = 70  # of WebP


def neurons(count):
    return {"neurons_ff": count, "neurons_rec": count}


ALL = {"rates": True, "spikes": True}
FIRST = {"preset": "vanderPol", "name": "oscillator", "tags": {"figure": "2"},
         "network": neurons(1000), "schedule": {"duration": 1200},
         "record": ALL}
JOBS = [
    {"preset": "Lorenz", "name": "butterfly", "tags": {"figure": "3"},
     "network": neurons(1500), "schedule": {"duration": 1500, "test": 40},
     "record": dict(ALL, window=100)},
    {"preset": "robot2_todorov_gravity", "name": "arm",
     "tags": {"figure": "4"}, "network": neurons(1000),
     "schedule": {"duration": 1200}, "record": ALL},
    {"preset": "rl-swing", "name": "swing up"},
    {"preset": "custom", "name": "too wild",
     "system": {"expressions": ["x1^2"], "dimensions": 1, "dimensions_in": 1,
                "start": [1], "constants": {}},
     "network": neurons(50), "schedule": {"duration": 30,
                                          "trial_clamp": False},
     "record": {"window": 1}},
]
SWEEP = {"job": {"preset": "vanderPol", "network": neurons(200),
                 "schedule": {"duration": 200}},
         "set": {"network.seed_rec": [1, 2, 3],
                 "learning.eta": [0.0005, 0.002, 0.008]}}
LONG = {"preset": "vanderPol", "name": "runs for long",
        "network": neurons(2000), "schedule": {"duration": 200000}}

# name: (view, what tells that it is all there)
SIGNALS = ".signals .plot canvas"
VIEWS = {
    "jobs": ("open=1", "td.is-name"),
    "oscillator": ("job=1", SIGNALS),
    "lorenz": ("job=2&tent=yes", ".planes figure:nth-of-type(3) canvas"),
    "arm": ("job=3", SIGNALS),
    "episodes": ("job=4", ".overview .plot canvas"),
    "network": ("job=1&tab=network", '[aria-label="values: Spikes"]'),
    "parameters": ("job={test}&tab=parameters", "table.parameters"),
    "files": ("job={next}&tab=files", ".files tbody tr"),
    "compare": ("compare=1,{next}&smooth=0.8", ".compare-view .plot canvas"),
    "sweep": ("sweep=1", "table.grid"),
    "form": ("new=vanderPol&learning.eta=0.001,0.002&schedule.duration=100",
             ".side .facts div"),
}


LIVE = {"live": ("job={long}", SIGNALS)}


def follow(house, *words):
    made = subprocess.run(
        [executable("follow"), "--server", house.url.strip(), "--token-file",
         str(house.state / "token"), *words],
        capture_output=True, check=True, text=True, timeout=60)
    return int(made.stdout)


def prepare(house):
    """The jobs; the numbers of those that are not told by their order."""
    first = house.run(FIRST)
    others = [house.begin(one) for one in JOBS]
    assert house.request("POST", "/api/v1/sweeps", SWEEP).status == 201
    further = follow(house, "continue", "1", "--set", "schedule.duration=400")
    tested = follow(house, "test", str(first.number))
    end = lambda: house.get("/api/v1/jobs?limit=100")["items"]
    await_true(lambda: all(one["finished_at"] for one in end()), "all jobs",
               wait=600)
    note(f"{len(others)} other jobs are over")
    return {"next": further, "test": tested}


def take(page, size, path):
    high = page.script("return document.documentElement.scrollHeight")
    page.look((size[0], max(size[1], min(high, HIGHEST))), page.dark)
    time.sleep(REST / 2)
    shot = page.command("Page.captureScreenshot", format="webp",
                        quality=QUALITY)
    path.write_bytes(base64.b64decode(shot["data"]))


def take_all(page, views, numbers, folder):
    for kind, size in ("laptop", LAPTOP), ("phone", PHONE):
        for page.dark in False, True:
            for name, (view, there) in views.items():
                page.look(size, page.dark)
                page.open(view.format(**numbers))
                page.find(there)
                time.sleep(REST)
                dark = "-dark" if page.dark else ""
                take(page, size, folder / f"{name}-{kind}{dark}.webp")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with House() as house:
        numbers = prepare(house)
        with Browser(house) as page:
            take_all(page, VIEWS, numbers, folder)
            long = house.begin(LONG)  # last, as it takes what time there is
            long.await_time(20)
            take_all(page, LIVE, {"long": long.number}, folder)
            assert page.complaints() == [], page.said
            assert page.strangers() == []


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
