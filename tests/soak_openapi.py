"""The API as a stranger reads it: schemathesis (from PyPI; SCHEMATHESIS names
the program) makes requests of /api/v1/openapi.json and judges every answer."""

import os
import re
import shutil
import subprocess

from followd_testing import Daemon, TestCase, main, often
from runs_testing import note

PROGRAM = os.environ.get("SCHEMATHESIS", "schemathesis")
# What it may take for a fault and is none: a request that fits the schema may be
# refused all the same, since one key's meaning hangs on another's (rl.alpha needs
# rl.task; from needs to; an upload must be an npz), which is said in the answer.
EXCUSED = "positive_data_acceptance"


class OpenApi(TestCase):
    def test_what_the_api_says_of_itself_is_what_it_does(self):
        if shutil.which(PROGRAM) is None:
            self.skipTest("no schemathesis")
        with Daemon() as daemon:
            answer = subprocess.run(
                [PROGRAM, "run", daemon.url.strip() + "/api/v1/openapi.json",
                 "--header", "Authorization: Bearer " + daemon.token,
                 "--phases", often("coverage", "coverage,fuzzing,stateful"),
                 "--exclude-checks", EXCUSED,
                 "--exclude-path", "/api/v1/events",  # has no end
                 "--request-timeout", "30", "--continue-on-failure"],
                cwd=daemon.state, capture_output=True, text=True)
        for line in re.findall(r"\d+ generated.*|Tested: .*", answer.stdout):
            note(line)
        self.assertEqual(answer.returncode, 0, answer.stdout[-6000:])


if __name__ == "__main__":
    main()
