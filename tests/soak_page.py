"""What the page costs in a real Chromium: bytes and time until the jobs are
there, the processor while a job is watched, ten million periods in a plot, and
a thousand jobs in the table. Times are told, and not judged."""

import json
import os
import time

from browser_testing import Browser
from followd_testing import Daemon, TestCase, Worker, main, often
from runs_testing import House, note

MOST_BYTES = 600000
PERIODS = often(100000, 10000000)
PIECE = 100000  # rows of one report
JOBS = often(200, 1000)
SECONDS = often(5, 30)  # of watching
LONG = {"preset": "vanderPol", "schedule": {"duration": 1000000}}
ROW = "table.jobs tbody tr"
CURVE = ".plot canvas"

# From the start of a page on: when something stands where it was waited for,
# after the frame that shows it; and tasks of more than 50 ms.
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) longTasks.push(one.duration);
}).observe({ type: "longtask", buffered: true });
window.appears = (css, since = 0) => new Promise((done) => {
  const look = () => document.querySelector(css)
    ? requestAnimationFrame(() => done(performance.now() - since))
    : requestAnimationFrame(look);
  look();
});
"""

# How long frames take while the table is scrolled to its end.
SCROLL = """
const done = arguments[0], frames = [];
const box = document.scrollingElement;
let last = performance.now(), still = 0;
requestAnimationFrame(function step(now) {
  frames.push(now - last);
  last = now;
  const before = box.scrollTop;
  box.scrollBy({ top: 80, behavior: "instant" });
  still = box.scrollTop > before ? 0 : still + 1; // more rows may come
  if (still < 30) requestAnimationFrame(step);
  else done(frames.slice(1));
});
"""


def seconds_of(driver):
    """What renderers, and all processes of a browser, have used of a core."""
    parents, used = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                words = file.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{name}/cmdline", encoding="utf-8") as file:
                renders = "--type=renderer" in file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(name)] = int(words[1])
        used[int(name)] = renders, (int(words[11]) + int(words[12])) / \
            os.sysconf("SC_CLK_TCK")

    def belongs(process):
        while process and process != driver:
            process = parents.get(process, 0)
        return process == driver

    ours = [used[process] for process in used if belongs(process)]
    return (sum(spent for renders, spent in ours if renders),
            sum(spent for _, spent in ours))


def long(tasks):
    return f"{len(tasks)} tasks over 50 ms, longest {max(tasks, default=0):.0f}"


class Page(TestCase):
    def entered(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def browser(self, daemon):
        page = self.entered(Browser(daemon))
        page.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        return page

    def appears(self, page, css, since="0"):
        """ms from `since` on until it is shown."""
        return page.driver.execute_async_script(
            f"appears({json.dumps(css)}, {since}).then(arguments[0])")

    def sizes(self, page):
        """Bytes of each answer of the daemon, as they were on the wire; the
        page that a new browser shows has files of its own."""
        events = [json.loads(entry["message"])["message"]
                  for entry in page.driver.get_log("performance")]
        ours = {event["params"]["requestId"] for event in events
                if event["method"] == "Network.responseReceived" and
                event["params"]["response"]["url"].startswith(page.base)}
        return [event["params"]["encodedDataLength"] for event in events
                if event["method"] == "Network.loadingFinished" and
                event["params"]["requestId"] in ours]

    def test_the_first_page_is_small(self):
        daemon = self.entered(Daemon())
        for _ in range(20):
            daemon.submit(LONG)
        page = self.browser(daemon)
        page.open()
        shown = self.appears(page, ROW)
        paint = page.script("return performance.getEntriesByName("
                            "'first-contentful-paint')[0].startTime")
        time.sleep(1)  # what is asked for later is part of it
        sizes = self.sizes(page)
        note(f"first paint after {paint:.0f} ms, jobs after {shown:.0f} ms, "
             f"{sum(sizes):.0f} bytes in {len(sizes)} answers")
        self.assertGreater(len(sizes), 10)
        self.assertLess(sum(sizes), MOST_BYTES)

    def test_a_job_is_watched(self):
        house = self.entered(House())
        job = house.begin(LONG)
        page = self.browser(house)
        page.open(f"job={job.number}")
        job.await_time(10)
        page.wait(f"document.querySelectorAll('{CURVE}').length > 2")
        time.sleep(2)
        process = page.driver.service.process.pid
        before, drawn = seconds_of(process), page.script(
            "return performance.getEntriesByType('resource').length")
        time.sleep(SECONDS)
        renders, all_of_it = (100 * (after - first) / SECONDS for after, first
                              in zip(seconds_of(process), before))
        asked = page.script("return performance.getEntriesByType('resource')"
                            ".length") - drawn
        plots = page.script("return document.querySelectorAll('.plot').length")
        note(f"{plots} plots live for {SECONDS} s, {asked} requests: "
             f"{renders:.1f} % of a core in the renderer, "
             f"{all_of_it:.1f} % in the whole browser")
        self.assertEqual(page.complaints(), [])

    def test_all_periods_are_plotted(self):
        daemon = self.entered(Daemon())
        job = daemon.submit({"preset": "vanderPol", "schedule": {
            "duration": 1000000, "period": 1}})["id"]
        lease = Worker(daemon).lease()
        for first in range(0, PERIODS, PIECE):
            rows = lease.metrics(first, PIECE)
            rows[:, 1] = rows[:, 0] * 0.1 + 0.1
            lease.report(t=0, arrays={"metrics": rows})
        page = self.browser(daemon)
        page.open()
        self.appears(page, ROW)
        took = []
        for _ in range(5):
            page.script("window.since = performance.now();"
                        f"location.hash = 'job={job}'")
            took.append(self.appears(page, CURVE, "since"))
            page.go("jobs")
            page.find(ROW)
        note(f"{PERIODS} periods: their curve after "
             f"{min(took):.0f} to {max(took):.0f} ms")
        self.assertEqual(page.complaints(), [])

    def test_a_table_of_many_jobs_is_scrolled(self):
        daemon = self.entered(Daemon())
        for i in range(JOBS):
            daemon.submit(dict(LONG, name=f"job {i}"))
        page = self.browser(daemon)
        page.open()
        shown = self.appears(page, ROW)
        page.wait("document.querySelector('#summary').textContent"
                  f".includes('{JOBS} queued')")
        time.sleep(1)
        loading = page.script("return longTasks.splice(0)")
        frames = page.driver.execute_async_script(SCROLL)
        scrolling = page.script("return longTasks.splice(0)")
        self.assertEqual(len(page.all(ROW)), JOBS)
        note(f"{JOBS} jobs: the first after {shown:.0f} ms, "
             f"{long(loading)} while loading, {long(scrolling)} while "
             f"scrolling, frames of {sorted(frames)[len(frames) // 2]:.1f} ms, "
             f"longest {max(frames):.1f}")
        self.assertEqual(page.complaints(), [])


if __name__ == "__main__":
    main()
