"""What the tests of the page stand on: a real Chromium, without a window, over
a real daemon.

    with House() as house, Browser(house) as page:
        page.open("job=1")
        page.wait("document.title.includes('followd')")

Every request and every word of the console is kept: a page that complains, or
asks another host, fails the test that opened it.
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import urllib.parse

try:
    from selenium import webdriver
    from selenium.common.exceptions import JavascriptException
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError:
    print("1..0 # SKIP no python3-selenium to drive a browser with")
    sys.exit(0)

DRIVER = shutil.which("chromedriver")
BROWSER = shutil.which("chromium")
if not (DRIVER and BROWSER):
    print("1..0 # SKIP no chromium with chromedriver")
    sys.exit(0)

WAIT = 20  # s, longest that anything here may take
LAPTOP, PHONE = (1280, 800), (390, 844)


def options(folder):
    """Of a browser that is fresh each time and shows itself nowhere."""
    made = Options()
    made.binary_location = BROWSER
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--no-first-run", "--disable-background-networking",
                     f"--user-data-dir={folder}/profile"):
        made.add_argument(argument)
    made.set_capability("goog:loggingPrefs",
                        {"browser": "ALL", "performance": "ALL"})
    return made


class Browser:
    """A browser at one daemon, or at `base`, an address before it."""

    def __init__(self, house, base=None, size=LAPTOP, dark=False):
        self.house = house
        self.base = base or house.url.strip() + "/"
        self.size, self.dark = size, dark
        self.sent, self.said = [], []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(
            prefix="followd-browser-", ignore_cleanup_errors=True)
        self.downloads = pathlib.Path(self.folder.name, "downloads")
        self.driver = webdriver.Chrome(service=Service(DRIVER),
                                       options=options(self.folder.name))
        self.driver.set_page_load_timeout(WAIT)
        self.command("Browser.setDownloadBehavior", behavior="allow",
                     downloadPath=str(self.downloads))
        self.look(self.size, self.dark)
        return self

    def __exit__(self, *exception):
        self.driver.quit()
        self.folder.cleanup()

    def command(self, name, **values):
        return self.driver.execute_cdp_cmd(name, values)

    def look(self, size, dark):
        """The size of its window, and whether its reader likes it dark."""
        self.command("Emulation.setDeviceMetricsOverride", width=size[0],
                     height=size[1], deviceScaleFactor=1,
                     mobile=size[0] < 600)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])

    def open(self, view=""):
        """A view by what stands behind # in its address, with the token."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.base}#token={self.house.token}&{view}")

    def go(self, view):
        """To another view of the page that is open, as a link would."""
        self.script(f"location.hash = {json.dumps(view)}")

    # ---- what is there -------------------------------------------------------

    def script(self, text, *values):
        return self.driver.execute_script(text, *values)

    def module(self, name, expression):
        """What an expression on a module of the page is worth."""
        return self.driver.execute_async_script(
            f"const done = arguments[arguments.length - 1];"
            f"import('./{name}').then((m) => {expression}).then(done, "
            f"(trouble) => done('failed: ' + trouble));")

    def wait(self, claim, seconds=WAIT):
        """Until a JavaScript expression is true; what it is worth then."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.script(f"return {claim}")
            except JavascriptException:
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"{claim}: not within {seconds} s; "
                                     f"the console: {self.console()}")
            time.sleep(0.03)

    def find(self, css):
        """One element that is shown, as soon as it is there."""
        self.wait(f"document.querySelector({json.dumps(css)})"
                  "?.checkVisibility()")
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css="main"):
        return self.find(css).text

    # ---- what the reader does ------------------------------------------------

    def press(self, name, within="main"):
        """A button or link by the words on it, as soon as it is there."""
        found = self.wait(
            f"[...document.querySelectorAll('{within} button, {within} a, "
            f"{within} summary')].find((one) => one.checkVisibility() && "
            f"!one.disabled && (one.textContent.trim() === {json.dumps(name)} "
            f"|| one.getAttribute('aria-label') === {json.dumps(name)}))")
        self.script("arguments[0].click()", found)

    def type(self, css, text):
        element = self.find(css)
        element.clear()
        element.send_keys(text)
        return element

    def pick(self, label, value):
        """One of a choice, by what the choice is called."""
        self.script("""
            const [label, value] = arguments;
            const select = document.querySelector(
                `select[aria-label="${label}"]`);
            select.value = value;
            select.dispatchEvent(new Event("change"));""", label, value)

    def drag(self, element, left, right, height=0.5):
        """From one part (0 to 1) of an element's width to another."""
        wide, high = element.size["width"], element.size["height"]
        place = lambda part: (round((part - 0.5) * wide),
                              round((height - 0.5) * high))
        chain = ActionChains(self.driver, duration=30)
        chain.move_to_element_with_offset(element, *place(left))
        chain.click_and_hold()
        chain.move_to_element_with_offset(element, *place((left + right) / 2))
        chain.move_to_element_with_offset(element, *place(right))
        chain.release().perform()

    def keys(self, text):
        """Types to whatever has the focus."""
        ActionChains(self.driver).send_keys(text).perform()

    def point(self, element, part):
        """Rests the pointer at a part of an element's width."""
        ActionChains(self.driver, duration=30).move_to_element_with_offset(
            element, round((part - 0.5) * element.size["width"]), 0).perform()

    def double_click(self, element):
        ActionChains(self.driver).double_click(element).perform()

    def downloaded(self, pattern):
        """The bytes of the one file that came, when it is whole."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            found = [one for one in self.downloads.glob(pattern)
                     if one.suffix != ".crdownload"]
            if found:
                data = found[0].read_bytes()
                found[0].unlink()
                return data
            time.sleep(0.05)
        there = [one.name for one in self.downloads.glob("*")]
        raise AssertionError(f"no download {pattern} among {there}")

    # ---- what it asked and said ----------------------------------------------

    def console(self):
        """Warnings and errors so far."""
        self.said += [entry["message"] for entry in
                      self.driver.get_log("browser")
                      if entry["level"] in ("WARNING", "SEVERE")]
        return self.said

    def complaints(self):
        """What was said since this was asked last, but for what the browser
        itself tells of answers that are meant: not this token, a description
        that has faults."""
        told = [one for one in self.console()
                if not re.search("status of (401|422)", one)]
        self.said = []
        return told

    def requests(self):
        """The addresses of all requests so far."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.sent.append(message["params"]["request"]["url"])
        return self.sent

    def asked(self, part):
        """The queries of those requests whose path has `part`."""
        return [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(one).query))
                for one in self.requests()
                if part in urllib.parse.urlsplit(one).path]

    def strangers(self):
        """Requests that went to another host."""
        own = urllib.parse.urlsplit(self.base).netloc
        return [one for one in self.requests()
                if urllib.parse.urlsplit(one).scheme in ("http", "https", "ws")
                and urllib.parse.urlsplit(one).netloc != own]
