import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import channels

PACKAGES = [
    ("apple", "1.0"),
    ("apple", "2.0"),
    ("basket", "1.0", ["apple >=2", "handle"]),
    ("handle", "1.0"),
    ("old-basket", "1.0", ["apple <2"]),
    ("needs-new-glibc", "1.0", ["__glibc >=2.99"]),
    ("needs-cuda", "1.0", ["__cuda >=12"]),
]


class CondaStepTest(unittest.TestCase):
    """The program as the build runs it: a process of its own, on a real channel."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory()
        channels.write_channel(f"{cls.root.name}/channel", PACKAGES)
        cls.server = channels.Server(cls.root.name)
        cls.channel = cls.server.url + "/channel"

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.root.cleanup()

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        for name in ("prefix", "cache", "work"):
            os.mkdir(f"{self.directory.name}/{name}")

    def path(self, name):
        return Path(self.directory.name) / name

    def run_step(self, dependencies, channel=None, pip=(), environment=None):
        request = {"channels": [channel or self.channel], "dependencies": dependencies,
                   "pip": list(pip)}
        process = subprocess.run(
            [sys.executable, "-m", "trainyard_conda", f"--prefix={self.path('prefix')}",
             f"--cache={self.path('cache')}", f"--work={self.path('work')}",
             f"--result={self.path('result')}"],
            env=os.environ | {"TRAINYARD_REQUEST": json.dumps(request)} | (environment or {}),
            capture_output=True, text=True, timeout=120)
        result = json.loads(self.path("result").read_text())
        return process.returncode, result, process.stdout + process.stderr

    def assert_failed(self, outcome, code, reason, *words):
        self.assertEqual((code, reason), (outcome[0], outcome[1].get("reason")), outcome)
        for word in words:
            self.assertIn(word, outcome[1]["message"])

    def test_installs_what_the_specs_need_and_writes_down_exactly_what_that_was(self):
        code, result, output = self.run_step(["basket"])
        self.assertEqual((0, True, 3), (code, result["ok"], result["packages"]), output)
        self.assertEqual("hello", (self.path("prefix") / "share/basket.txt").read_text())
        self.assertEqual("apple=2.0=0\nbasket=1.0=0\nhandle=1.0=0\n",
                         (self.path("work") / "packages.txt").read_text())
        explicit = (self.path("work") / "explicit.txt").read_text().splitlines()
        self.assertEqual("@EXPLICIT", explicit[0])
        self.assertRegex(explicit[1], r"/channel/noarch/apple-2\.0-0\.tar\.bz2#sha256:[0-9a-f]{64}$")

    def test_tells_how_far_it_is_on_lines_that_the_operator_reads(self):
        output = self.run_step(["basket"])[2]
        said = [json.loads(line)["progress"] for line in output.splitlines()
                if line.startswith('{"progress"')]
        self.assertIn("solving 1 specs", said)
        self.assertIn("installing 0 of 3", said)
        self.assertRegex(said[-1], r"installing 3 of 3: \w+")

    def test_leaves_the_next_step_its_program_and_the_requirements(self):
        self.run_step(["apple"], pip=["humanize==4.9.0", "six"])
        self.assertEqual("humanize==4.9.0\nsix\n",
                         (self.path("work") / "requirements.txt").read_text())
        compile((self.path("work") / "finish.py").read_text(), "finish.py", "exec")

    def test_specs_that_do_not_fit_together_give_the_solvers_own_explanation(self):
        outcome = self.run_step(["basket", "old-basket"])
        self.assert_failed(outcome, 3, "Unsatisfiable", "old-basket", "apple")

    def test_a_version_that_no_channel_has_is_unsatisfiable_by_name(self):
        self.assert_failed(self.run_step(["apple=3"]), 3, "Unsatisfiable", "apple")

    def test_a_package_that_no_channel_has_is_told_by_its_name(self):
        self.assert_failed(self.run_step(["apple", "scikit-learm"]), 3, "PackageNotFound",
                           "No channel has scikit-learm", self.channel)

    def test_a_channel_that_does_not_exist_is_told_by_its_address(self):
        missing = self.server.url + "/no-such-channel"
        self.assert_failed(self.run_step(["apple"], missing), 3, "ChannelNotFound", missing)

    def test_a_channel_that_does_not_answer_may_answer_later(self):
        outcome = self.run_step(["apple"], "http://127.0.0.1:9/channel")
        self.assert_failed(outcome, 4, "ChannelUnreachable", "http://127.0.0.1:9/channel")
        self.assertTrue(outcome[1]["passing"])

    def test_a_channel_that_is_broken_may_be_mended_later(self):
        outcome = self.run_step(["apple"], self.server.url + "/broken/channel")
        self.assert_failed(outcome, 4, "ChannelUnreachable", "503")

    def test_a_private_channel_without_a_password_says_where_to_put_it(self):
        outcome = self.run_step(["apple"], self.server.url + "/private/channel")
        self.assert_failed(outcome, 3, "ChannelUnauthorized", "netrc")

    def test_a_private_channel_opens_with_the_netrc_and_the_password_shows_nowhere(self):
        netrc = self.path("netrc")
        netrc.write_text("machine 127.0.0.1 login reader password canary\n")
        code, result, output = self.run_step(
            ["basket"], self.server.url + "/private/channel", environment={"NETRC": str(netrc)})
        self.assertEqual(0, code, output)
        texts = [output, json.dumps(result)]
        for directory in ("prefix", "work"):
            texts += [p.read_text(errors="replace") for p in self.path(directory).rglob("*") if p.is_file()]
        self.assertFalse([text for text in texts if "canary" in text])

    def test_a_line_that_is_no_match_spec_is_told(self):
        self.assert_failed(self.run_step(["apple>>=1"]), 3, "InvalidDependency", "apple>>=1")

    def test_the_base_image_decides_which_glibc_packages_may_need(self):
        (self.path("work") / "base.env").write_text("glibc=glibc 2.99\ncuda=\n")
        self.assertEqual(0, self.run_step(["needs-new-glibc"])[0])
        (self.path("work") / "base.env").write_text("glibc=glibc 2.31\ncuda=\n")
        self.assert_failed(self.run_step(["needs-new-glibc"]), 3, "Unsatisfiable", "__glibc")

    def test_the_base_image_decides_whether_there_is_cuda(self):
        (self.path("work") / "base.env").write_text("glibc=glibc 2.31\ncuda=12.4.1\n")
        self.assertEqual(0, self.run_step(["needs-cuda"])[0])
        (self.path("work") / "base.env").write_text("glibc=glibc 2.31\ncuda=\n")
        self.assert_failed(self.run_step(["needs-cuda"]), 3, "Unsatisfiable", "__cuda")


if __name__ == "__main__":
    unittest.main()
