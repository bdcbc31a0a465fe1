import io
import json
import unittest

from trainyard_conda import failure
from trainyard_conda.progress import Installation, Progress
from trainyard_conda.request import BaseImage, version


class PartsTest(unittest.TestCase):
    def test_a_probe_that_says_nothing_is_no_version(self):
        self.assertIsNone(version(""))
        self.assertIsNone(version("musl libc"))
        self.assertEqual("2.31", version("glibc 2.31"))
        self.assertEqual(BaseImage(), BaseImage.read("/no/such/file"))

    def test_progress_of_downloads_is_told_at_most_twice_a_second(self):
        out, now = io.StringIO(), [0.0]
        installation = Installation(Progress(out, lambda: now[0]))
        installation.on_transaction_start(2)
        for step in range(100):
            now[0] += 0.01
            installation.on_download_progress(0, step * 1_000_000, None)
        lines = [json.loads(line)["progress"] for line in out.getvalue().splitlines()]
        self.assertLessEqual(len(lines), 3)
        self.assertRegex(lines[-1], "installing 0 of 2, [0-9]+ MB downloaded")

    def test_a_full_disk_is_told_by_what_to_raise(self):
        error = OSError(28, "No space left on device")
        self.assertEqual("DiskFull", failure.of_disk("/", error).reason)
        wrapped = RuntimeError("install failed")
        wrapped.__cause__ = error
        self.assertIn("environments.storage", failure.of_disk("/", wrapped).message)
        self.assertIsNone(failure.of_disk("/", RuntimeError("other")))

    def test_a_full_disk_is_known_by_rattlers_words_and_the_claim_of_the_cache_is_named(self):
        cache = RuntimeError("failed to interact with the package cache layer.\nCaused by: failed to"
                             " unpack `bin/python3.11`: No space left on device (os error 28)")
        self.assertIn("PersistentVolumeClaim packages",
                      failure.of_disk("/", cache, "packages").message)
        self.assertIn("environments.storage", failure.of_disk("/", cache).message)
        link = RuntimeError("failed to link: No space left on device (os error 28)")
        self.assertIn("environments.storage", failure.of_disk("/", link, "packages").message)
        self.assertIsNone(failure.of_disk("/", RuntimeError("not found (os error 2)")))

    def test_statuses_of_channels_are_told_apart(self):
        expected = {404: "ChannelNotFound", 403: "ChannelUnauthorized", 500: "ChannelUnreachable",
                    429: "ChannelUnreachable"}
        for status, reason in expected.items():
            self.assertEqual(reason, failure.of_status("https://c", status).reason)


if __name__ == "__main__":
    unittest.main()
