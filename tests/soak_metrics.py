"""Ten million periods of one job, sent as a worker sends them: how long a plot of
them takes. Speed is told, and not judged."""

import time

from followd_testing import Daemon, TestCase, Worker, main, np, often
from runs_testing import note

ROWS = often(100000, 10000000)
PIECE = 100000  # rows of one report
POINTS = 1000


class Many(TestCase):
    def ask(self, daemon, path):
        """The best of five: how long it took, and the answer."""
        took = []
        for _ in range(5):
            began = time.monotonic()
            answer = daemon.get(path)
            took.append(time.monotonic() - began)
        return min(took), max(took), answer

    def test_a_plot_of_all_periods_reads_some_thousand_rows(self):
        with Daemon() as daemon:
            job = daemon.submit({"preset": "vanderPol", "schedule": {
                "duration": 1000000, "period": 1}})["id"]
            lease = Worker(daemon).lease()
            began = time.monotonic()
            for first in range(0, ROWS, PIECE):
                rows = lease.metrics(first, PIECE)
                rows[:, 1] = rows[:, 0] * 0.1 + 0.1
                lease.report(t=0, arrays={"metrics": rows})
            took = time.monotonic() - began
            note(f"{ROWS} rows told in {took:.1f} s, "
                 f"{ROWS / took:.0f} a second")
            for stretch in ("", f"&from={ROWS * 0.04}&to={ROWS * 0.06}"):
                least, most, answer = self.ask(
                    daemon, f"/api/v1/jobs/{job}/metrics?points={POINTS}"
                    + stretch)
                shown = len(answer["columns"]["mse"])
                note(f"{shown} of them in {least * 1e3:.1f} to "
                     f"{most * 1e3:.1f} ms {stretch}")
                self.assertLessEqual(shown, 2 * POINTS)
                self.assertGreater(shown, POINTS / 8)
            mse = np.array(answer["columns"]["mse"], float)
            self.assertTrue(np.isfinite(mse).all())


if __name__ == "__main__":
    main()
