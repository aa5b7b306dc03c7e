"""What a reader sees of results, in a real Chromium over a real daemon: zooms,
cursors, comparisons, sweeps, uploads, files. What is shown is compared with what
the API gives to NumPy."""

import csv
import hashlib
import io
import struct
import xml.etree.ElementTree as ElementTree

from browser_testing import Browser
from followd_testing import TestCase, main, np
from runs_testing import House, await_true

SMALL = {"preset": "vanderPol",
         "network": {"neurons_ff": 60, "neurons_rec": 70},
         "schedule": {"duration": 80},
         "record": {"spikes": True, "rates": True}}
LEARNED = slice(1, -4)  # periods, of 20: not the first one and not the test
THINNED = 50  # steps at most, that one point of a curve stands for
SHOWN = 1e-4  # relative, of a number as it is shown


class Views(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = cls.entered(House())
        cls.page = cls.entered(Browser(cls.house))
        cls.job = cls.house.run(dict(SMALL, name="one"))
        cls.slow = cls.house.run(dict(SMALL, name="two",
                                      learning={"eta": 0.0005}))

    @classmethod
    def entered(cls, context):
        cls.addClassCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])
        self.assertEqual(self.page.strangers(), [])

    def metrics(self, job):
        columns = self.house.get(job.path + "/metrics")["columns"]
        return {name: np.array(values) for name, values in columns.items()}

    def table(self, title):
        """The values below a picture, as they are shown."""
        page = self.page
        for on in ("true", "false"):  # it is made when it is opened
            switch = page.find(f'[aria-label="values: {title}"]'
                               '[aria-pressed]')
            if switch.get_attribute("aria-pressed") != on:
                page.press(f"values: {title}")
            if on == "true":
                rows = page.wait(
                    "((all) => all && [...all.closest('figure')"
                    ".querySelectorAll('table.values tr')].map((row) => "
                    "[...row.cells].map((one) => one.textContent)))"
                    f"(document.querySelector('[aria-label=\"values: {title}"
                    "\"]'))")
        return rows[0], np.array([[float(one or "nan") for one in row]
                                  for row in rows[1:]])

    def saved(self, title, text, pattern):
        page = self.page
        summary = page.find(f'summary[aria-label="save: {title}"]')
        page.script("""
            const [summary, text] = arguments;
            [...summary.parentElement.querySelectorAll("button")]
                .find((one) => one.textContent === text).click();""",
                    summary, text)
        return page.downloaded(pattern)

    # ---- a job -----------------------------------------------------------------

    def test_a_zoom_asks_for_the_range_again_and_a_double_click_for_all(self):
        page = self.page
        page.open(f"job={self.job.number}&window=end")
        whole = "document.querySelectorAll('.signals .plot canvas').length > 7"
        page.wait(whole)
        before = len(page.asked("/traces"))
        plot = page.find(".signals .plot")
        page.drag(plot, 0.4, 0.6)
        await_true(lambda: [one for one in page.asked("/traces")[before:]
                            if "from" in one and "points" in one],
                   "a second request")
        asked = [one for one in page.asked("/traces")[before:]
                 if "points" in one][-1]
        left, right = float(asked["from"]), float(asked["to"])
        # A fifth of the width, of 20 s behind the texts of an axis.
        self.assertAlmostEqual(right - left, 4.35, delta=0.4)
        page.wait("document.querySelector('.planes .note').textContent"
                  f".startsWith('{left:.1f}'.slice(0, 3))")
        for title in "Command u", "x2 and its estimate":
            head, rows = self.table(title)
            self.assertGreaterEqual(rows[0, 0], left - 1e-6, title)
            self.assertLessEqual(rows[-1, 0], right + 1e-6, title)
        page.double_click(plot)
        page.wait("document.querySelector('.planes .note').textContent"
                  ".startsWith('72')")
        head, rows = self.table("Command u")
        self.assertAlmostEqual(rows[0, 0], 60, delta=0.01)

    def test_a_cursor_stands_in_all_signals_and_says_their_values(self):
        page = self.page
        page.open(f"job={self.job.number}&window=end")
        page.wait("document.querySelectorAll('.signals .plot canvas').length"
                  " > 7")
        plot = page.find(".signals .plot")
        page.point(plot, 0.5)
        places = page.wait(
            "((all) => all.length === 4 && all.every((one) => !one.hidden) && "
            "all.map((one) => one.style.transform))"
            "([...document.querySelectorAll('.signals .cursor')])")
        self.assertEqual(len(set(places)), 1)
        legends = page.script("""
            return [...document.querySelectorAll(".signals .legend")].map(
                (one) => [one.querySelector("output").textContent,
                          one.lastElementChild.textContent]);""")
        at = {where for value, where in legends}
        self.assertEqual(len(at), 1)
        traces = self.job.npz("/traces?window=end&format=npz")
        row = np.argmin(np.abs(traces["t"] -
                               float(at.pop().removeprefix("t (s) "))))
        near = slice(max(row - THINNED, 0), row + THINNED)
        wanted = [traces["u"][near, 0], traces["error"][near, 0],
                  traces["x"][near, 0], traces["x"][near, 1]]
        for (value, _), values in zip(legends, wanted):
            self.assertGreaterEqual(float(value), values.min() - 2e-3)
            self.assertLessEqual(float(value), values.max() + 2e-3)

    def test_the_raster_shows_the_spikes_that_were_recorded(self):
        page = self.page
        page.open(f"job={self.job.number}&tab=network")
        page.find('[aria-label="from (s)"]')
        page.type('[aria-label="from (s)"]', "61")
        page.script("document.querySelector('[aria-label=\"from (s)\"]')"
                    ".dispatchEvent(new Event('change'))")
        await_true(lambda: any(one.get("from") == "61" for one in
                               page.asked("/spikes.npz")), "spikes")
        text = self.saved("Spikes", "CSV", "*spikes.csv").decode()
        shown = {(int(neuron), round(float(t), 3)) for neuron, t in
                 list(csv.reader(io.StringIO(text)))[1:]}
        spikes = self.job.npz("/spikes.npz?from=61&to=61.75")
        bits = np.unpackbits(spikes["spikes_rec"], axis=1)[:, :50]
        fired = {(int(neuron), round(float(spikes["t"][step]), 3))
                 for step, neuron in np.argwhere(bits)}
        self.assertGreater(len(fired), 100)
        self.assertEqual(shown, fired)

    def test_what_is_shown_is_saved_as_numbers_and_as_pictures(self):
        page = self.page
        page.open(f"job={self.job.number}")
        page.wait("document.querySelector('.overview .plot canvas')")
        title = "Squared error per period"
        rows = list(csv.reader(io.StringIO(
            self.saved(title, "CSV", "*error.csv").decode())))
        shown = np.array([[float(one or "nan") for one in row]
                          for row in rows[1:]])
        metrics = self.metrics(self.job)
        np.testing.assert_array_equal(shown[:, 0], metrics["t_end"])
        np.testing.assert_array_equal(shown[LEARNED, 1],
                                      metrics["mse"][LEARNED])
        self.assertTrue(np.isnan(shown[[0, -1], 1]).all())
        np.testing.assert_array_equal(shown[:, 2], metrics["mse_raw"])
        png = self.saved(title, "PNG", "*error.png")
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        wide, high = struct.unpack(">II", png[16:24])
        box = page.find(".overview .plot").size
        self.assertEqual((wide, high), (2 * box["width"], 2 * box["height"]))
        svg = ElementTree.fromstring(self.saved(title, "SVG", "*error.svg"))
        paths = svg.findall(".//{http://www.w3.org/2000/svg}path")
        self.assertTrue(any(one.get("d").count("L") >= 18 for one in paths))

    def test_weights_come_as_numpy_reads_them(self):
        page = self.page
        page.open(f"job={self.job.number}&tab=files")
        page.press("weights.npz")
        weights = np.load(io.BytesIO(page.downloaded("*.npz")))
        truth = self.job.weights()
        for name in truth:
            np.testing.assert_array_equal(weights[name], truth[name], name)
        page.press("W_rec.npy")
        dense = np.load(io.BytesIO(page.downloaded("*.npy")))
        np.testing.assert_allclose(
            dense, truth["scaled_encoders_rec"] @ truth["D_rec"],
            rtol=1e-4, atol=1e-7)

    # ---- jobs over each other ----------------------------------------------------

    def test_jobs_are_compared_by_the_numbers_of_the_api(self):
        page = self.page
        page.open(f"compare={self.job.number},{self.slow.number}&x=step")
        page.wait("document.querySelector('.compare-view .plot canvas')")
        head, rows = self.table("error² learned from")
        for column, job in enumerate((self.job, self.slow), 1):
            metrics = self.metrics(job)
            np.testing.assert_allclose(rows[:, column],
                                       metrics["mse"][LEARNED], rtol=SHOWN)
            np.testing.assert_allclose(rows[:, 0],
                                       1000 * metrics["t_end"][LEARNED])
        differ = page.wait("[...document.querySelectorAll('table.parameters "
                           "tbody th')].map((one) => one.textContent)")
        self.assertEqual(differ, ["least error²", "learning.eta"])

    def test_smoothing_keeps_the_raw_curve_as_a_shadow(self):
        page = self.page
        weight = 0.9
        page.open(f"compare={self.job.number}&smooth={weight}")
        page.wait("document.querySelector('.compare-view .plot canvas')")
        head, rows = self.table("error² learned from")
        self.assertTrue(head[2].endswith("(raw)"))
        logs = np.log(self.metrics(self.job)["mse"][LEARNED])
        np.testing.assert_allclose(rows[:, 2], np.exp(logs), rtol=SHOWN)
        for i, shown in enumerate(rows[:, 1]):
            share = weight ** np.arange(i, -1, -1)
            mean = np.exp(np.average(logs[:i + 1], weights=share))
            self.assertAlmostEqual(shown / mean, 1, delta=SHOWN)

    def test_a_sweep_is_handed_in_and_seen_as_a_grid(self):
        page = self.page
        page.open("new=vanderPol")
        for key, text in (("schedule-duration", "40"),
                          ("network-neurons_ff", "30"),
                          ("network-neurons_rec", "30"),
                          ("learning-eta", "0.001, 0.004"),
                          ("network-seed_rec", "1..2")):
            page.type("#field-" + key, text)
        page.wait("document.querySelector('.side .facts')?.innerText"
                  ".includes('Time of each')")
        page.press("Hand in")
        page.wait("/^#sweep=\\d+$/.test(location.hash)")
        sweep = self.house.get("/api/v1/sweeps")["items"][0]
        self.assertEqual(sweep["set"], {"network.seed_rec": [1, 2],
                                        "learning.eta": [0.001, 0.004]})
        ids = self.house.get(f"/api/v1/sweeps/{sweep['id']}")["jobs"]
        jobs = lambda: [self.house.get(f"/api/v1/jobs/{one}") for one in ids]
        await_true(lambda: all(one["state"] == "succeeded" for one in jobs()),
                   "the sweep")
        page.open(f"sweep={sweep['id']}")
        page.wait("document.querySelectorAll('table.grid td a').length === 4")
        for one in jobs():
            cell = page.find(f'table.grid a[href="#job={one["id"]}"]')
            least = one["metrics"]["min"]["mse"]
            self.assertAlmostEqual(float(cell.text) / least, 1, delta=0.06)

    def test_an_array_is_uploaded_from_the_form(self):
        data = io.BytesIO()
        t = np.arange(0, 50, 0.01)
        np.savez(data, t=t, u=np.stack([np.sin(t), np.cos(t)], axis=1))
        path = self.house.state / "u.npz"
        path.write_bytes(data.getvalue())
        page = self.page
        page.open("new=vanderPol&input.type=array")
        page.wait("document.querySelector('#field-input-array')")
        page.driver.find_element(
            "css selector", '[aria-label="input.array as a file"]'
        ).send_keys(str(path))
        sha = hashlib.sha256(data.getvalue()).hexdigest()
        page.wait("document.querySelector('#field-input-array').value"
                  f" === '{sha}'")
        page.wait("document.querySelector('.side .facts')?.innerText"
                  ".includes('Memory')")


if __name__ == "__main__":
    main()
