#!/usr/bin/python3
"""What is written about followd, against followd itself."""

import json
import os
import pathlib
import re
import shlex
import subprocess

from followd_testing import Daemon, TestCase, executable, main

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
                headings = re.findall("^#+ (.*)$", to.read_text(), re.M)
                if part:
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
