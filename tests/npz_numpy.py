"""NumPy judges the .npz files that are read and written here."""

import os
import subprocess
import tempfile
import zipfile

import numpy as np

from followd_testing import TestCase, executable, main

ARRAYS = {
    "f4": np.linspace(0, 1, 7, dtype="<f4"),
    "f8": np.random.RandomState(1).randn(3, 4, 5),
    "u1": np.arange(24, dtype="|u1").reshape(2, 3, 2, 2),
    "b1": np.array([True, False, True]),
    "i4": np.array([[-1, 2 ** 31 - 1]], dtype="<i4"),
    "i8": np.array(-2 ** 60),
    "t": np.float64(12.5),
    "none": np.zeros((0, 3)),
    "fortran": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "system": np.array("vanderPol"),
    "title": np.array("\u00fcber \u4e2d \U0001f600"),
}


class Npz(TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def copy(self, source, target):
        return subprocess.run(
            [executable("tests/npz_copy"), self.path(source),
             self.path(target)], capture_output=True, text=True)

    def check_copy(self, save):
        save(self.path("in.npz"), **ARRAYS)
        done = self.copy("in.npz", "out.npz")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with np.load(self.path("out.npz")) as out:
            self.assertEqual(sorted(out.files), sorted(ARRAYS))
            for name, array in ARRAYS.items():
                self.assertEqual(out[name].dtype, array.dtype, name)
                np.testing.assert_array_equal(out[name], array, name)

    def refused(self, **arrays):
        np.savez(self.path("in.npz"), **arrays)
        done = self.copy("in.npz", "out.npz")
        self.assertEqual(done.returncode, 1)
        self.assertFalse(os.path.exists(self.path("out.npz")))
        return done.stderr

    def test_what_savez_wrote_comes_back_as_it_was(self):
        self.check_copy(np.savez)

    def test_what_savez_compressed_wrote_comes_back_as_it_was(self):
        self.check_copy(np.savez_compressed)

    def test_the_same_arrays_make_the_same_bytes_in_every_time_zone(self):
        np.savez(self.path("in.npz"), **ARRAYS)
        for zone in "UTC", "Asia/Tokyo":
            os.environ["TZ"] = zone
            self.assertEqual(self.copy("in.npz", zone[:3]).returncode, 0)
        with open(self.path("UTC"), "rb") as one, \
                open(self.path("Asi"), "rb") as two:
            self.assertEqual(one.read(), two.read())

    def test_what_is_written_is_a_sound_zip_and_not_compressed(self):
        np.savez_compressed(self.path("in.npz"), **ARRAYS)
        self.assertEqual(self.copy("in.npz", "out.npz").returncode, 0)
        with zipfile.ZipFile(self.path("out.npz")) as file:
            self.assertIsNone(file.testzip())
            for entry in file.infolist():
                self.assertEqual(entry.compress_type, zipfile.ZIP_STORED)
                self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0))

    def test_types_that_are_not_known_are_refused_by_name(self):
        self.assertIn("array z: its type '<c16'", self.refused(z=[1j]))
        self.assertIn("array b: its type '>f8'",
                      self.refused(b=np.zeros(2, ">f8")))
        self.assertIn("array of texts", self.refused(s=np.array(["a", "b"])))
        self.assertIn("shape", self.refused(s=np.zeros((1, 1, 1, 1, 1))))

    def test_an_array_larger_than_the_limit_is_refused_unread(self):
        np.savez_compressed(self.path("in.npz"), bomb=np.zeros(1 << 24))
        done = self.copy("in.npz", "out.npz")
        self.assertIn("too_large: array bomb", done.stderr)


if __name__ == "__main__":
    main()
