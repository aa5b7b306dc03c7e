"""Uploads: what is taken, what is refused, and what is left of them."""

import hashlib
import io
import os
import threading
import time
import zipfile

import numpy as np

from followd_testing import Daemon, TestCase, main, npz_bytes

TIME = np.arange(5) / 4
SMALL = npz_bytes(t=TIME, x=np.ones((5, 2), np.float32),
                  mask=np.array([[True, False]]))


class Arrays(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon().start()
        cls.folder = cls.daemon.state / "arrays"

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.stop() == 0

    def post(self, body, daemon=None, **headers):
        return (daemon or self.daemon).request("POST", "/api/v1/arrays", body,
                                               headers)

    def get(self, sha256, **headers):
        headers = {key.replace("_", "-"): value
                   for key, value in headers.items()}
        return self.daemon.request("GET", f"/api/v1/arrays/{sha256}", None,
                                   headers)

    def refused(self, body, status=422):
        """The sentence with which an upload is refused; nothing is kept."""
        before = sorted(os.listdir(self.folder)) if self.folder.exists() else []
        answer = self.post(body)
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.json()["status"], status)
        after = sorted(os.listdir(self.folder)) if self.folder.exists() else []
        self.assertEqual(after, before)
        return answer.json()["detail"]

    # ---- taken --------------------------------------------------------------

    def test_an_upload_is_known_by_its_sha256_and_told_array_by_array(self):
        body = npz_bytes(t=TIME, x=np.ones((5, 2), np.float32),
                         mask=np.array([[True, False]]), n=np.float64(3))
        answer = self.post(body)
        self.assertEqual(answer.status, 201)
        about = answer.json()
        sha256 = hashlib.sha256(body).hexdigest()
        self.assertEqual((about["sha256"], about["bytes"], about["jobs"]),
                         (sha256, len(body), []))
        self.assertEqual(answer.headers["location"],
                         "/api/v1/arrays/" + sha256)
        arrays = {one.pop("name"): one for one in about["arrays"]}
        self.assertEqual(arrays, {
            "t": {"shape": [5], "dtype": "float64", "first": 0, "last": 1,
                  "ascending": True},
            "x": {"shape": [5, 2], "dtype": "float32"},
            "mask": {"shape": [1, 2], "dtype": "bool"},
            "n": {"shape": [], "dtype": "float64"}})

    def test_the_same_upload_again_is_the_same_and_not_created(self):
        first, again = (self.post(SMALL) for _ in range(2))
        self.assertEqual(again.status, 200)
        self.assertEqual(again.json(), first.json())

    def test_what_was_uploaded_comes_back_byte_for_byte_in_any_part(self):
        sha256 = self.post(SMALL).json()["sha256"]
        whole = self.get(sha256)
        self.assertEqual((whole.status, whole.body), (200, SMALL))
        self.assertEqual(whole.headers["etag"], f'"sha256-{sha256}"')
        np.testing.assert_array_equal(whole.npz()["t"], TIME)
        part = self.get(sha256, Range="bytes=7-99")
        self.assertEqual((part.status, part.body), (206, SMALL[7:100]))
        self.assertEqual(self.get(sha256, If_None_Match=whole.headers["etag"])
                         .status, 304)
        head = self.daemon.request("HEAD", "/api/v1/arrays/" + sha256)
        self.assertEqual((head.headers["content-length"], head.body),
                         (str(len(SMALL)), b""))

    def test_an_upload_in_chunks_and_a_compressed_npz_are_taken(self):
        out = io.BytesIO()
        np.savez_compressed(out, W_ff=np.zeros((300, 400)))
        body = out.getvalue()
        pieces = (body[at:at + 100] for at in range(0, len(body), 100))
        answer = self.post(pieces)
        self.assertEqual((answer.status, answer.json()["arrays"]),
                         (201, [{"name": "W_ff", "shape": [300, 400],
                                 "dtype": "float64"}]))

    def test_an_upload_is_still_there_after_a_crash(self):
        with Daemon() as daemon:
            sha256 = self.post(SMALL, daemon).json()["sha256"]
            daemon.kill()
            daemon.start()
            answer = daemon.request("GET", "/api/v1/arrays/" + sha256)
            self.assertEqual(answer.body, SMALL)

    def test_uploads_are_listed_the_newest_first_page_by_page(self):
        with Daemon() as daemon:
            made = []
            for i in range(3):
                made.append(self.post(npz_bytes(n=np.float64(i)), daemon)
                            .json())
                time.sleep(0.01)
            page = daemon.get("/api/v1/arrays?limit=2")
            rest = daemon.get("/api/v1/arrays?limit=2&cursor=" +
                              page["next_cursor"])
            self.assertEqual(page["items"] + rest["items"], made[::-1])
            self.assertIsNone(rest["next_cursor"])

    # ---- refused --------------------------------------------------------------

    def test_what_is_no_sound_npz_is_refused_and_says_why(self):
        for body in (b"PK", b"x" * 5000, SMALL[:-40], SMALL[:200] +
                     bytes([SMALL[200] ^ 1]) + SMALL[201:]):
            self.assertIn("npz", self.refused(body))
        self.assertIn("empty", self.refused(b""))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            file.writestr("notes.txt", "no array")
        self.assertIn("notes.txt", self.refused(out.getvalue()))

    def test_types_that_no_job_takes_are_refused_by_name(self):
        for array in (np.arange(3), np.array(["a"]), np.array("text"),
                      np.arange(3, dtype=complex),
                      np.arange(3, dtype=np.float16)):
            self.assertIn("odd", self.refused(npz_bytes(t=TIME, odd=array)))
        out = io.BytesIO()
        np.savez(out, odd=np.array([{}]))
        self.assertIn("odd", self.refused(out.getvalue()))

    def test_numbers_that_are_not_finite_are_refused_by_name(self):
        for value in (np.nan, np.inf, -np.inf):
            for kind in (np.float32, np.float64):
                W = np.zeros((100, 300), kind)
                W[99, 299] = value
                self.assertIn("W_rec", self.refused(npz_bytes(W_rec=W)))

    def test_more_than_the_limit_is_refused_before_a_byte_of_it_is_read(self):
        answer = self.daemon.request("POST", "/api/v1/arrays", None,
                                     {"Content-Length": str((1 << 30) + 1)})
        self.assertEqual(answer.status, 413)

    def test_a_small_file_of_very_large_arrays_is_refused(self):
        out = io.BytesIO()
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False,
                     "shape": ((1 << 27) + 1,)})
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED,
                             compresslevel=1) as file:
            with file.open("bomb.npy", "w", force_zip64=True) as entry:
                entry.write(header.getvalue())
                for _ in range(1 << 10):
                    entry.write(bytes(1 << 20))
                entry.write(bytes(8))
        self.assertLess(len(out.getvalue()), 8 << 20)
        self.assertIn("bomb", self.refused(out.getvalue(), 413))

    def test_more_than_64_arrays_are_refused(self):
        self.refused(npz_bytes(**{f"a{i}": TIME for i in range(65)}), 413)

    def test_uploads_need_the_token(self):
        for method, path in (("POST", ""), ("GET", ""), ("GET", "/" + "0" * 64),
                             ("DELETE", "/" + "0" * 64)):
            answer = self.daemon.request(method, "/api/v1/arrays" + path,
                                         token="")
            self.assertEqual(answer.status, 401)

    # ---- left -----------------------------------------------------------------

    def test_what_is_taken_away_is_gone_with_its_file(self):
        body = npz_bytes(n=np.float64(77))
        sha256 = self.post(body).json()["sha256"]
        path = self.folder / (sha256 + ".npz")
        self.assertTrue(path.exists())
        gone = self.daemon.request("DELETE", "/api/v1/arrays/" + sha256)
        self.assertEqual((gone.status, gone.body), (204, b""))
        self.assertFalse(path.exists())
        for name in (sha256, "0" * 64, "..%2ffollow.db", "x", sha256.upper()):
            for method in ("GET", "DELETE"):
                answer = self.daemon.request(method, "/api/v1/arrays/" + name)
                self.assertIn(answer.status, (400, 404), name)

    def test_an_upload_that_broke_off_leaves_nothing_once_it_is_closed(self):
        with Daemon() as daemon:
            folder = daemon.state / "arrays"
            end = time.monotonic() + 20

            def pieces():
                yield SMALL[:100]
                while not any(folder.glob("*")) and time.monotonic() < end:
                    time.sleep(0.02)
                raise ConnectionError
            with self.assertRaises(ConnectionError):
                self.post(pieces(), daemon)
            while os.listdir(folder) and time.monotonic() < end:
                time.sleep(0.05)
            self.assertEqual(os.listdir(folder), [])

    def test_what_a_crash_left_half_uploaded_is_swept_at_the_next_start(self):
        with Daemon() as daemon:
            sha256 = self.post(SMALL, daemon).json()["sha256"]
            folder = daemon.state / "arrays"
            begun, crashed = threading.Event(), threading.Event()

            def pieces():
                yield SMALL[:100]
                begun.set()
                crashed.wait(20)
                yield SMALL[100:]

            def send():
                try:
                    self.post(pieces(), daemon)
                except OSError:
                    pass
            thread = threading.Thread(target=send)
            thread.start()
            begun.wait(20)
            end = time.monotonic() + 20
            while len(os.listdir(folder)) < 2 and time.monotonic() < end:
                time.sleep(0.02)
            daemon.kill()
            crashed.set()
            thread.join()
            (folder / ("f" * 64 + ".npz")).write_bytes(b"no row is about this")
            self.assertEqual(len(os.listdir(folder)), 3)
            daemon.start()
            self.assertEqual(os.listdir(folder), [sha256 + ".npz"])

    def test_a_file_that_was_cut_is_not_served(self):
        with Daemon() as daemon:
            sha256 = self.post(SMALL, daemon).json()["sha256"]
            path = daemon.state / "arrays" / (sha256 + ".npz")
            path.write_bytes(SMALL[:-1])
            self.assertEqual(
                daemon.request("GET", "/api/v1/arrays/" + sha256).status, 500)
            again = self.post(SMALL, daemon)
            self.assertEqual(again.status, 200)
            self.assertEqual(daemon.request(
                "GET", "/api/v1/arrays/" + sha256).body, SMALL)


if __name__ == "__main__":
    main()
