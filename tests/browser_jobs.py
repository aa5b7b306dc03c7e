"""What a reader does with jobs in the page, in a real Chromium over a real
daemon and a real worker: hand in, watch, stop, go on, test, find."""

import json
import subprocess

from browser_testing import Browser
from followd_testing import TestCase, executable, main
from runs_testing import House, await_true

SMALL = {"preset": "vanderPol",
         "network": {"neurons_ff": 60, "neurons_rec": 70},
         "schedule": {"duration": 44}}
LONG = {"preset": "vanderPol", "name": "long",
        "network": {"neurons_ff": 900, "neurons_rec": 1000},
        "schedule": {"duration": 100000}}


def follow(house, *words):
    """What the client would hand in, as JSON."""
    made = subprocess.run(
        [executable("follow"), "--server", house.url.strip(), "--token-file",
         str(house.state / "token"), "--json", *words],
        capture_output=True, check=True, timeout=30)
    return json.loads(made.stdout)


class Jobs(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = cls.entered(House())
        cls.page = cls.entered(Browser(cls.house))
        cls.done = cls.house.run(dict(SMALL, name="done"))

    @classmethod
    def entered(cls, context):
        cls.addClassCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def tearDown(self):
        self.assertEqual(self.page.complaints(), [])
        self.assertEqual(self.page.strangers(), [])

    def test_the_form_hands_in_what_was_typed_and_nothing_else(self):
        page = self.page
        page.open("new=LinOsc")
        page.type("#field-network-neurons_rec", "80")
        page.type("#field-network-neurons_ff", "50")
        page.type("#field-schedule-duration", "30")
        page.type("#field-name", "by hand")
        page.wait("document.querySelector('.side .facts')?.innerText"
                  ".includes('Memory')")
        page.press("Hand in")
        page.wait("/^#job=\\d+$/.test(location.hash)")
        job = self.house.get("/api/v1/jobs?limit=1")["items"][0]
        twin = self.house.submit({
            "preset": "LinOsc", "name": "by hand",
            "network": {"neurons_rec": 80, "neurons_ff": 50},
            "schedule": {"duration": 30}})
        self.assertEqual(job["spec"], twin["spec"])
        self.assertEqual(job["name"], "by hand")

    def test_the_form_says_what_the_daemon_finds_wrong(self):
        page = self.page
        page.open("new=vanderPol&learning.eta=-1&schedule.duration=oops")
        fault = "document.querySelector('#field-learning-eta-trouble')" \
            ".textContent"
        page.wait(fault)
        problem = self.house.request(
            "POST", "/api/v1/jobs?validate=true",
            {"preset": "vanderPol", "learning": {"eta": -1},
             "schedule": {"duration": "oops"}}).json()
        told = {one["pointer"]: one["detail"] for one in problem["errors"]}
        self.assertEqual(page.script("return " + fault),
                         told["#/learning/eta"])
        self.assertEqual(
            page.text("#field-schedule-duration-trouble"),
            told["#/schedule/duration"])
        self.assertFalse(page.find(".side button.main").is_enabled())

    def test_a_run_is_watched_paused_resumed_and_cancelled(self):
        page = self.page
        job = self.house.begin(LONG)
        page.open(f"job={job.number}")
        shown = "document.querySelector('.job-head progress').value"
        first = page.wait(shown + " > 0 && " + shown)
        page.wait(f"{shown} > {first}")
        page.wait("document.title.startsWith('▶')")
        page.wait("document.querySelectorAll('.signals .plot canvas').length")
        page.press("Pause")
        page.wait("document.querySelector('.job-head .state.paused')")
        self.assertEqual(job["state"], "paused")
        page.press("Resume")
        page.wait("document.querySelector('.job-head .state.running')")
        page.press("Cancel")
        page.wait("document.querySelector('.job-head .state.cancelled')")
        self.assertEqual(job["state"], "cancelled")

    def test_a_job_is_tested_and_continued_as_the_client_does(self):
        page = self.page
        for name, word in ("Test", "test"), ("Continue", "continue"):
            page.open(f"job={self.done.number}")
            page.press(name)
            page.wait("document.querySelector('.side .facts')?.innerText"
                      ".includes('Memory')")
            page.press("Hand in")
            page.wait("/^#job=\\d+$/.test(location.hash)")
            job = self.house.get("/api/v1/jobs?limit=1")["items"][0]
            wanted = follow(self.house, word, str(self.done.number),
                            "--dry-run")
            self.assertEqual(job["spec"], wanted["spec"], word)
            self.assertEqual(job["name"], wanted["name"])
            self.assertEqual(job["parent"], self.done.number)

    def test_the_filter_in_the_address_is_the_list_that_is_shown(self):
        page = self.page
        names = "[...document.querySelectorAll('td.is-name a')]" \
            ".map((one) => one.textContent).join()"
        self.house.submit(dict(SMALL, name="first", tags={"f": "b c"}))
        other = self.house.submit(dict(SMALL, name="other", tags={"f": "x"}))
        page.open("q=tag%3Af")
        page.wait(f"{names} === 'other,first'")
        page.open("q=tag%3Af&sort=name")
        page.wait(f"{names} === 'first,other'")
        page.press("f=b c")
        page.wait(f"{names} === 'first'")
        self.assertIn("tag:f+%22tag:f%3Db+c%22",
                      page.script("return location.hash"))
        page.open(f"q={other['id']}&cols=id,name,learning.eta")
        page.wait("document.querySelector('td.is-learning-eta')"
                  "?.textContent === '0.002'")

    def test_what_is_chosen_is_paused_together(self):
        page = self.page
        pair = [self.house.submit(dict(LONG, name="pair", tags={"pair": ""}))
                for _ in range(2)]
        page.open("q=tag%3Apair")
        page.wait("document.querySelectorAll('td.tick input').length === 2")
        for tick in page.all("td.tick input"):
            tick.click()
        page.press("Pause")
        state = lambda one: self.house.get(
            f"/api/v1/jobs/{one['id']}")["state"]
        await_true(lambda: [state(one) for one in pair] == ["paused"] * 2,
                   "both are paused")
        page.wait("document.querySelectorAll('td .paused').length === 2")
        page.press("Cancel")
        await_true(lambda: [state(one) for one in pair] == ["cancelled"] * 2,
                   "both are cancelled")

    def test_name_and_tags_are_changed_in_place(self):
        page = self.page
        job = self.house.submit(dict(SMALL, name="old"))
        page.open(f"job={job['id']}")
        page.press("change name, tags, note and priority")
        page.type("dialog [name=name]", "<b>new</b> & bold")
        page.type("dialog [name=tags]", "figure=2 seen")
        page.press("Keep", within="dialog")
        page.wait("document.querySelector('h1').textContent"
                  ".includes('<b>new</b> & bold')")
        now = self.house.get(f"/api/v1/jobs/{job['id']}")
        self.assertEqual(now["tags"], {"figure": "2", "seen": ""})
        self.assertEqual(now["name"], "<b>new</b> & bold")

    def await_live(self):
        self.page.wait("document.querySelector('#link').textContent === 'live'"
                       " && document.querySelector('table.jobs tbody tr')")

    def test_pages_that_were_left_take_no_connection(self):
        for _ in range(8):  # a browser has six for one daemon
            self.page.open()
            self.await_live()
        self.page.driver.back()
        self.page.driver.back()
        self.await_live()
        job = self.house.submit(dict(SMALL, name="for who comes back"))
        self.page.wait("document.querySelector('table.jobs').textContent"
                       f".includes('{job['name']}')")

    def test_more_pages_than_a_browser_has_connections_are_live(self):
        driver = self.page.driver
        first = driver.current_window_handle
        self.page.open()
        self.await_live()
        for _ in range(7):
            driver.switch_to.new_window("tab")
            self.page.open()
            self.await_live()
        job = self.house.submit(dict(SMALL, name="for all of them"))
        for handle in driver.window_handles:
            driver.switch_to.window(handle)
            self.page.wait("document.querySelector('table.jobs').textContent"
                           f".includes('{job['name']}')")
            if handle != first:
                driver.close()
        driver.switch_to.window(first)

    def test_a_token_that_is_not_taken_is_asked_for(self):
        page = self.page
        page.driver.get("about:blank")
        page.driver.get(page.base + "#token=wrong&job=1")
        page.find("#token")
        page.wait("document.querySelector('#refused').textContent")
        page.type("#token", self.house.token).submit()
        page.wait("document.querySelector('.job-head')")


class Broken(TestCase):
    def test_a_daemon_that_died_and_came_back_is_followed_again(self):
        with House() as house:
            house.keep_port()
            house.run(dict(SMALL, name="before"))
            with Browser(house) as page:
                page.open()
                page.wait("document.querySelector('#link').textContent"
                          " === 'live'")
                house.kill()
                page.wait("document.title.startsWith('⚠')")
                self.assertIn("trying again", page.text("#link"))
                house.start()
                house.submit(dict(SMALL, name="after"))
                page.wait("document.querySelector('#link').textContent"
                          " === 'live'")
                page.wait("document.querySelector('table.jobs').textContent"
                          ".includes('after')")
                self.assertEqual(page.strangers(), [])


if __name__ == "__main__":
    main()
