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


if __name__ == "__main__":
    main()
