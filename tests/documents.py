#!/usr/bin/python3
"""What is written about followd, against followd itself."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time

from followd_testing import Daemon, TestCase, executable, main, np

SOURCE = pathlib.Path(__file__).resolve().parent.parent
PAGES = sorted([*SOURCE.glob("*.md"), *SOURCE.glob("doc/*.md")])


def page(name):
    return (SOURCE / name).read_text()


def blocks(text, language):
    """The blocks of code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def anchor(heading):
    """What a link to a heading ends in, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def shape(line):
    """A line of output, but for its numbers, times and blanks."""
    return " ".join("#" if re.search(r"\d|^-$", word) else word
                    for word in line.split())


class Readme(TestCase):
    """The README's commands, in their order, in a folder of their own."""

    text = page("README.md")

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("follow", "followd"):
            (cls.folder / name).symlink_to(executable(name))
        kept = {key: value for key, value in os.environ.items()
                if not key.startswith(("FOLLOW", "XDG_", "STATE_DIR"))}
        cls.env = dict(kept, HOME=str(cls.folder), LC_ALL="C.UTF-8",
                       FOLLOWD_LISTEN="127.0.0.1:0")

    def start(self, command):
        """A command that ends in &: the daemon, until it is ready."""
        process = subprocess.Popen("exec " + command.rstrip(" &"), shell=True,
                                   cwd=self.folder, env=self.env)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        url = self.folder / ".local/state/followd/url"
        end = time.monotonic() + 30
        while not url.exists() and time.monotonic() < end:
            time.sleep(0.05)

    def run_command(self, command):
        done = subprocess.run(command, shell=True, cwd=self.folder, text=True,
                              env=self.env, capture_output=True, timeout=100)
        self.assertEqual(done.returncode, 0, command + "\n" + done.stderr)
        return done.stdout

    def transcript(self, text):
        """Runs what stands behind $ and compares what it says with the lines
        below. A bar (▕) is what a terminal shows, cpu0 is another machine's."""
        for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
            command, *told = part.splitlines()
            if command.endswith("&"):
                self.start(command)
                continue
            said = self.run_command(command.replace("=10000", "=100"))
            if command == "./follow devices" and len(said.splitlines()) < 2:
                self.skipTest("no OpenCL device")
            shapes = [shape(line) for line in said.splitlines()]
            for line in told:
                if "▕" not in line and not line.startswith("cpu0"):
                    self.assertIn(shape(line), shapes, command)

    def test_its_run_runs_and_its_python_reads_the_weights(self):
        for text in blocks(self.text, "console"):
            self.transcript(text)
        for name in ("weights.npz", "traces.npz", "first.png"):
            self.assertTrue((self.folder / name).exists(), name)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        here = {}
        exec(blocks(self.text, "python")[0], here)
        self.assertEqual(here["W"].shape, (3000, 3000))
        self.assertEqual(here["spec"]["preset"], "vanderPol")
        self.run_command("./follow weights 1 --dense rec -o W.npy")
        np.testing.assert_allclose(np.load("W.npy"), here["W"], rtol=1e-6,
                                   atol=1e-9)

    def test_demo_and_check_are_its_first_commands(self):
        self.assertEqual(blocks(self.text, "sh")[:2],
                         ["./bootstrap demo\n", "./bootstrap check\n"])

    def test_the_options_it_names_are_there(self):
        count = 0
        for line in "".join(blocks(self.text, "sh")).splitlines():
            words = shlex.split(line, comments=True)
            if words[0] not in ("follow", "followd"):
                continue
            role = words[:1 + (len(words) > 1 and words[1].isalpha())]
            told = self.run_command(shlex.join(["./" + role[0], *role[1:],
                                                "--help"]))
            for word in words:
                if word.startswith("--"):
                    self.assertRegex(told, rf"{word}\b", line)
                    count += 1
        self.assertGreater(count, 4)


class Jobs(TestCase):
    text = page("doc/jobs.md")

    def test_the_tables_of_jobs_md_are_those_of_the_spec_room(self):
        mark = re.search(r"^<!-- generated.*\n\n", self.text, re.M)
        printed = subprocess.run(["tests/spec_print"], check=True, text=True,
                                 capture_output=True, timeout=60).stdout
        self.assertEqual(self.text[mark.end():], printed,
                         "`make update-doc` makes them anew")

    def test_every_key_beside_the_sections_stands_in_jobs_md(self):
        with Daemon() as daemon:
            schema = daemon.get("/api/v1/schema/job")
        own = [key for key, about in schema["properties"].items()
               if "properties" not in about]
        self.assertGreater(len(own), 3)
        for key in own:
            self.assertIn(f"\n| `{key}` |", self.text)

    def test_the_two_examples_of_jobs_md_are_one_job(self):
        description = json.loads(blocks(self.text, "json")[0])
        command = shlex.split(blocks(self.text, "sh")[0].replace("\\\n", ""))
        with Daemon() as daemon:
            answer = daemon.request("POST", "/api/v1/jobs?validate=true",
                                    description).json()
            env = dict(os.environ, FOLLOW_URL=daemon.url.strip(),
                       FOLLOW_TOKEN=daemon.token)
            job = int(subprocess.run([executable(command[0]), *command[1:]],
                                     env=env, check=True, timeout=60,
                                     capture_output=True).stdout)
            submitted = daemon.get(f"/api/v1/jobs/{job}")
        for key in ("spec", "name", "tags"):
            self.assertEqual(answer[key], submitted[key])
        self.assertEqual(submitted["spec"]["learning"]["eta"], 1e-3)


class Model(TestCase):
    text = page("doc/model.md")

    def test_every_key_of_a_job_is_in_a_section(self):
        with Daemon() as daemon:
            sections = daemon.get("/api/v1/schema/job")["properties"]
        keys = [f"{section}.{key}" for section, about in sections.items()
                for key in about.get("properties", {})
                if section not in ("tags",)]
        self.assertGreater(len(keys), 80)
        for key in keys:
            self.assertIn(f"`{key}`", self.text)

    def published(self):
        """The cells of the tables of section 10."""
        text = self.text[self.text.index("## 10. Every published item"):]
        rows = re.findall(r"^\| (.*) \|$", text, re.M)
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)]
                for row in rows]

    def test_every_published_item_names_tests_that_are_there(self):
        tests = {path.stem for path in SOURCE.glob("tests/*.[pc]*")}
        named = [name for row in self.published() if len(row) == 4
                 for name in re.findall(r"`(\w+)`", row[2])]
        self.assertGreater(len(named), 80)
        self.assertEqual(set(named) - tests, set())

    def test_every_preset_and_every_command_is_an_item(self):
        with Daemon() as daemon:
            presets = daemon.get("/api/v1/presets")["items"]
            types = daemon.get("/api/v1/schema/job")["properties"]["input"][
                "properties"]["type"]["enum"]
        items = str(self.published())
        for name in [preset["name"] for preset in presets] + types:
            if not name.startswith(("rl-", "RLReach", "custom", "LinOsc-")):
                self.assertIn(name, items)


class Architecture(TestCase):
    text = page("doc/architecture.md")

    def rows(self, heading):
        """The rows of the first table with this first column."""
        table = re.search(rf"^\| {heading} .*\n\|-.*\n((?:\|.*\n)+)", self.text,
                          re.M).group(1)
        return [[cell.strip() for cell in line.strip("|").split(" | ")]
                for line in table.splitlines()]

    def test_the_rooms_are_those_of_layers(self):
        layers = re.findall(r"^(\w+):", page("daemon/LAYERS"), re.M)
        told = [row[0].strip("`") for row in self.rows("room")]
        self.assertEqual(sorted([*told, "bench", "client"]), sorted(layers))

    def test_every_function_it_names_is_there(self):
        names = set(re.findall(r"\b([a-z_]+)\(\)", self.text))
        code = "".join(path.read_text() for folder in ("daemon", "kernels")
                       for path in SOURCE.glob(folder + "/**/*.c*"))
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertRegex(code, rf"(?m)^{name}\(")

    def test_what_is_to_be_added_to_is_in_the_room_it_names(self):
        rows = self.rows("I want to ...")
        self.assertGreater(len(rows), 10)
        for _, rooms, files in rows:
            for name in re.findall(r"`([\w.]+\.\w+|LAYERS)`", files):
                folders = [folder for room in rooms.split(", ")
                           for folder in (room, "daemon/" + room)]
                if rooms == "build":
                    folders = [".", "daemon", "daemon/base"]
                self.assertTrue(any((SOURCE / folder / name).exists()
                                    for folder in folders), f"{rooms}: {name}")


def addresses(text):
    """METHOD /path of every heading, {} for what varies: "POST /a/b, c" are two."""
    found = set()
    for heading in re.findall("^##+ (.*/.*)$", text, re.M):
        for part in heading.split(", "):
            if " /" not in part:
                part = last[:last.rindex("/") + 1] + part
            last = part
            found.add(re.sub(r"\{[^}]*\}", "{}", part.split("?")[0]))
    return found


class Routes(TestCase):
    def test_every_url_stands_in_the_api_or_the_protocol_and_no_other(self):
        code = page("daemon/api/routes.c")
        macros = dict(re.findall(r'^#define (\w+) +(.*/.*)$', code, re.M))
        found = set()
        for method, path in re.findall(r'^ +\{ "(\w+)", +([^,]*),', code, re.M):
            while names := [name for name in re.findall(r"\b[A-Z]\w*", path)
                            if name in macros]:
                path = path.replace(names[0], macros[names[0]])
            path = "".join(re.findall('"([^"]*)"', path))
            found.add(method + " " + re.sub(r"\{[^}]*\}", "{}", path))
        self.assertGreater(len(found), 20)
        told = addresses(page("doc/api.md")) | addresses(page("doc/protocol.md"))
        self.assertEqual(told, found - {"GET /", "GET /{}"})


class Links(TestCase):
    def test_every_link_leads_somewhere(self):
        count = 0
        for path in PAGES:
            for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
                if re.match("[a-z]+:", link):
                    continue
                name, _, part = link.partition("#")
                to = path.parent / name if name else path
                self.assertTrue(to.exists(), f"{path.name}: {link}")
                if part:
                    headings = re.findall("^#+ (.*)$", to.read_text(), re.M)
                    self.assertIn(part, map(anchor, headings), path.name)
                count += 1
        self.assertGreater(count, 5)

    def test_every_file_that_is_named_is_there(self):
        for path in PAGES:
            for name in re.findall(r"`((?:daemon|kernels|schema|client|bench|web|"
                                   r"doc|tests|build-aux)/[\w./-]*)`",
                                   path.read_text()):
                self.assertTrue((SOURCE / name).exists() or
                                os.path.exists(name), f"{path.name}: {name}")


if __name__ == "__main__":
    main()
