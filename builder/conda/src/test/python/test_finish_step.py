import json
import os
import subprocess
import sys
import tempfile
import unittest
import venv
import zipfile
from pathlib import Path

import channels
from trainyard_conda import finish


def write_index(directory, name, version):
    """A wheel index with one pure wheel."""
    wheel = f"{name}-{version}-py3-none-any.whl"
    os.makedirs(f"{directory}/simple/{name}")
    with zipfile.ZipFile(f"{directory}/simple/{name}/{wheel}", "w") as archive:
        info = f"{name}-{version}.dist-info"
        archive.writestr(f"{name}.py", "ANSWER = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    Path(f"{directory}/simple/{name}/index.html").write_text(f'<a href="{wheel}">{wheel}</a>')


class FinishStepTest(unittest.TestCase):
    """The program as the build runs it: by the environment's own Python, with its own pip."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory()
        write_index(cls.root.name, "answer", "1.0")
        cls.server = channels.Server(cls.root.name)
        cls.prefix = Path(cls.root.name) / "prefix"
        venv.create(cls.prefix, with_pip=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.root.cleanup()

    def run_step(self, requirements, index=None, cache=()):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.work = Path(work.name)
        (self.work / "requirements.txt").write_text(requirements)
        environment = {
            "PATH": os.environ["PATH"], "HOME": work.name,
            "PIP_INDEX_URL": index or self.server.url + "/simple", "PIP_RETRIES": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NETRC": "/no/such/file",
            "TRAINYARD_RESULT": str(self.work / "result")}
        process = subprocess.run(
            [self.prefix / "bin/python", finish.__file__, work.name, self.prefix, *cache],
            env=environment, capture_output=True, text=True, timeout=300)
        return process.returncode, json.loads((self.work / "result").read_text()), process.stdout

    def test_the_pip_section_is_installed_and_told_beside_condas_packages(self):
        code, result, output = self.run_step("answer==1.0\n")
        self.assertEqual(0, code, output)
        self.assertIn("pipSeconds", result)
        self.assertIn("answer==1.0\n", (self.work / "pip.txt").read_text())
        self.assertIn('{"progress": "pip: Successfully installed answer-1.0"}', output)

    def test_byte_code_does_not_hang_on_times(self):
        library = self.prefix / "lib" / ("python%d.%d" % sys.version_info[:2])
        for name in ("module", "tests/test_module"):
            file = library / "site-packages" / "sample" / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x = 1\n")
        self.assertEqual(0, self.run_step("")[0])
        compiled = list((library / "site-packages/sample").rglob("*.pyc"))
        self.assertEqual(1, len(compiled), "a package's own tests are left out")
        # PEP 552: bit 0 says that a hash counts instead of a time, bit 1 that it is checked.
        self.assertEqual(1, int.from_bytes(compiled[0].read_bytes()[4:8], "little"))

    def test_byte_code_of_the_cache_is_the_same_and_serves_every_prefix(self):
        library = self.prefix / "lib" / ("python%d.%d" % sys.version_info[:2]) / "site-packages"
        (library / "raises.py").write_text("def fail():\n    raise ValueError('told')\n")
        with tempfile.TemporaryDirectory() as cache:
            byte_code = []
            for arguments in ((), (cache,), (cache,)):
                for old in library.glob("__pycache__/raises.*"):
                    old.unlink()
                self.assertEqual(0, self.run_step("", cache=arguments)[0])
                byte_code.append(next(library.glob("__pycache__/raises.*")).read_bytes())
            self.assertEqual(1, len(set(byte_code)))
            self.assertTrue(any(Path(cache).rglob("*")))
        failed = subprocess.run([self.prefix / "bin/python", "-c", "import raises; raises.fail()"],
                                capture_output=True, text=True)
        self.assertIn(f'File "{library}/raises.py", line 2', failed.stderr)

    def test_a_distribution_that_no_index_has_is_told_in_pips_last_lines(self):
        code, result, _ = self.run_step("no-such-distribution\n")
        self.assertEqual((3, "PipFailed"), (code, result["reason"]))
        self.assertIn("No matching distribution found for no-such-distribution", result["message"])

    def test_an_index_that_does_not_answer_may_answer_later(self):
        code, result, _ = self.run_step("answer\n", index="http://127.0.0.1:9/simple")
        self.assertEqual((4, "PackageIndexUnreachable", True),
                         (code, result["reason"], result["passing"]))


if __name__ == "__main__":
    unittest.main()
