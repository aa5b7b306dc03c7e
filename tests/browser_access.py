"""Who can use the page, and from where: by keyboard, by ear, with weak eyes, on a
phone, behind a proxy. Names and roles are those that Chromium gives to a screen
reader; contrast is that of WCAG 2."""

import http.client
import http.server
import threading

from browser_testing import LAPTOP, PHONE, Browser
from followd_testing import Daemon, TestCase, Worker, main, np
from runs_testing import House

SMALL = {"preset": "Lorenz",
         "network": {"neurons_ff": 40, "neurons_rec": 50},
         "schedule": {"duration": 60, "settle": 20, "test": 20},
         "record": {"spikes": True, "rates": True, "window": 40}}
# Each view, and what tells that it is all there.
VIEWS = {
    "": "td.is-name",
    "job=1&tent=yes": ".planes figure:nth-of-type(3) canvas",
    "job=1&tab=network": '[aria-label="values: Spikes"]',
    "job=1&tab=parameters": "table.parameters",
    "job=1&tab=files": ".files tbody tr",
    "compare=1,2,3&smooth=0.5": ".compare-view .plot canvas",
    "new=vanderPol&learning.eta=-1": ".faults li",
    "job=99": "h1.empty",
}
NAMED = {"button", "link", "textbox", "searchbox", "combobox", "slider",
         "checkbox", "image", "img", "progressbar", "region", "figure", "table"}

# Texts whose contrast with what is behind them is below 4.5 (3 for large ones).
PALE = """
const parts = (text) => {
  const all = text.match(/[\\d.]+/g).map(Number);
  if (text.startsWith("color(")) all.splice(0, 3, ...all.slice(0, 3)
    .map((one) => one * 255));
  return all;
};
const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
  .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
  .reduce((sum, one, i) => sum + one * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  if (!element) return [255, 255, 255];
  const [r, g, b, a = 1] = parts(getComputedStyle(element).backgroundColor);
  if (a === 1) return [r, g, b];
  return behind(element.parentElement).map((one, i) =>
    one * (1 - a) + [r, g, b][i] * a);
};
return [...document.querySelectorAll("body *")].filter((one) =>
  one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
  !one.disabled && [...one.childNodes].some((node) =>
    node.nodeType === 3 && node.data.trim())).map((one) => {
  const style = getComputedStyle(one);
  const pair = [light(parts(style.color)), light(behind(one))]
    .sort((a, b) => b - a);
  const large = parseFloat(style.fontSize) >= 24;
  return [(pair[0] + 0.05) / (pair[1] + 0.05), large ? 3 : 4.5, one.tagName,
    one.textContent.slice(0, 30)];
}).filter(([ratio, least]) => ratio < least);
"""


class Proxy:
    """Hands what is asked for under /lab/follow/ on to a daemon, piece by
    piece, as a web server does in front of several services. The daemon sees
    the host that the reader asked."""

    def __init__(self):
        self.daemon, proxy = None, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if not self.path.startswith("/lab/follow/"):
                    self.send_error(404)
                    return
                connection = http.client.HTTPConnection(
                    proxy.daemon.url.strip().split("//")[1])
                connection.request(self.command, self.path[11:],
                                   self.rfile.read(int(
                                       self.headers["Content-Length"] or 0)),
                                   dict(self.headers))
                answer = connection.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name not in ("Connection", "Transfer-Encoding"):
                        self.send_header(name, value)
                self.end_headers()
                try:
                    while piece := answer.read1():
                        self.wfile.write(piece)
                except OSError:
                    pass  # the reader has gone
                connection.close()

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = "127.0.0.1:%d" % self.server.server_address[1]
        self.url = f"http://{self.host}/lab/follow/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()


class Access(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = cls.entered(House())
        cls.page = cls.entered(Browser(cls.house))
        for eta in 2e-4, 4e-4, 8e-4:
            cls.house.run(dict(SMALL, name=f"eta {eta}", tags={"k": "v"},
                               learning={"eta": eta}))

    @classmethod
    def entered(cls, context):
        cls.addClassCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def tearDown(self):
        self.page.look(LAPTOP, False)
        told = [one for one in self.page.complaints() if "jobs/99 " not in one]
        self.assertEqual(told, [])
        self.assertEqual(self.page.strangers(), [])

    def each(self):
        for view, there in VIEWS.items():
            self.page.open(view)
            self.page.find(there)
            yield view

    def test_whatever_can_be_used_or_seen_has_a_name(self):
        for view in self.each():
            nodes = self.page.command("Accessibility.getFullAXTree")["nodes"]
            roles = [node["role"]["value"] for node in nodes
                     if not node["ignored"]]
            self.assertIn("navigation", roles, view)
            for one in "banner", "main":
                self.assertEqual(roles.count(one), 1, view)
            nameless = [node for node in nodes if not node["ignored"] and
                        node["role"]["value"] in NAMED and
                        not node.get("name", {}).get("value", "").strip()]
            # A figure is named by the heading in it.
            self.assertEqual([node["role"]["value"] for node in nameless
                              if node["role"]["value"] != "figure"], [],
                             view)
            levels = self.page.script(
                "return [...document.querySelectorAll('h1, h2, h3')]"
                ".filter((one) => one.checkVisibility())"
                ".map((one) => Number(one.tagName[1]))")
            self.assertEqual(levels.count(1), 1, view)
            for before, level in zip(levels, levels[1:]):
                self.assertLessEqual(level, before + 1, view)
            ids = self.page.script("return [...document.querySelectorAll("
                                   "'[id]')].map((one) => one.id)")
            self.assertEqual(len(ids), len(set(ids)), view)

    def test_texts_stand_out_from_their_ground_in_light_and_dark(self):
        for dark in False, True:
            self.page.look(LAPTOP, dark)
            for view in self.each():
                self.assertEqual(self.page.script(PALE), [],
                                 (view, dark))

    def test_no_view_is_wider_than_a_phone(self):
        self.page.look(PHONE, False)
        for view in self.each():
            self.assertLessEqual(self.page.script(
                "return document.documentElement.scrollWidth"), PHONE[0],
                view)

    def test_a_job_is_found_and_opened_by_keys_alone(self):
        page = self.page
        page.open()
        page.find("td.is-name a")
        page.keys("j")
        page.keys("j")
        page.keys("x")
        page.wait("document.querySelector('#job-2 input').checked")
        page.keys("j")
        page.keys("\ue007")
        page.wait("location.hash === '#job=1'")
        page.find(".job-head")
        page.keys("?")
        page.wait("document.querySelector('dialog.keys')?.open")
        page.keys("\ue00c")
        page.wait("!document.querySelector('dialog.keys')")

    def test_the_tab_key_goes_through_a_job_in_its_order_and_is_seen(self):
        page = self.page
        page.open("job=1")
        page.find(".signals .plot canvas")
        page.script("document.querySelector('.skip').focus()")
        places = []
        for _ in range(40):
            page.keys("\ue004")
            places.append(page.script("""
                const at = document.activeElement;
                const all = [...document.querySelectorAll("*")];
                const style = getComputedStyle(at);
                return [all.indexOf(at), style.outlineStyle !== "none" &&
                    parseFloat(style.outlineWidth) > 0, at.outerHTML
                    .slice(0, 80)];"""))
        order = [at for at, _, _ in places]
        self.assertEqual(order, sorted(order))
        self.assertEqual(len(set(order)), len(order))
        self.assertEqual([one for one in places if not one[1]], [])


class Elsewhere(TestCase):
    def test_the_page_works_under_a_prefix(self):
        with Proxy() as proxy, Daemon("--host", proxy.host) as daemon, \
                Browser(daemon, base=proxy.url) as page:
            proxy.daemon = daemon
            daemon.submit(dict(SMALL, name="before"))
            page.open()
            page.wait("document.querySelector('#link').textContent === 'live'")
            daemon.submit(dict(SMALL, name="told"))
            page.wait("document.querySelector('table.jobs').textContent"
                      ".includes('told')")
            page.open("new=vanderPol")
            page.wait("document.querySelector('.side .facts')?.innerText"
                      ".includes('Memory')")
            page.press("Hand in")
            page.wait("location.hash === '#job=3'")
            self.assertEqual(page.complaints(), [])
            self.assertEqual([one for one in page.requests()
                              if one.startswith("http") and
                              not one.startswith(proxy.url)], [])

    def test_a_value_that_is_not_finite_is_marked_where_it_is(self):
        with Daemon() as daemon, Browser(daemon) as page:
            job = daemon.submit({"preset": "vanderPol"})
            lease = Worker(daemon).lease()
            rows = lease.metrics(0, 9)
            rows[4, 3] = np.nan
            lease.report(t=36, rate=5.0, arrays={"metrics": rows})
            page.open(f"job={job['id']}")
            page.wait("document.querySelector('.overview .legend .bad')"
                      "?.textContent === '1 not finite'")
            # Its red stands at t = 20 s, and nowhere else.
            red = page.wait("""((canvases) => {
                const found = [];
                for (const canvas of canvases) {
                    const { data } = canvas.getContext("2d")
                        .getImageData(0, 30, canvas.width, 1);
                    for (let x = 0; x < canvas.width; x++)
                        if (data[4 * x + 3] && data[4 * x] > 150 &&
                            data[4 * x + 1] < 70 && data[4 * x + 2] < 70)
                            found.push(x);
                }
                return found.length && found;
            })(document.querySelectorAll(".overview .plot canvas"))""")
            self.assertLess(max(red) - min(red), 5)
            self.assertEqual(page.complaints(), [])


if __name__ == "__main__":
    main()
