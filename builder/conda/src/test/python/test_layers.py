import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import channels

BASE = [
    ("apple", "1.0"),
    ("basket", "1.0", ["apple", "handle"]),
    ("handle", "1.0"),
    ("big", "1.0", [], os.urandom(5 << 20)),
    ("python", "3.11.2", ["libpython"]),
    ("libpython", "3.11.2"),
    ("pip", "25.0"),
]


class LayersTest(unittest.TestCase):
    """The conda step beside a cache in which earlier builds kept what they made of layers."""

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory()
        channels.write_channel(f"{cls.root.name}/channel", BASE)
        channels.write_channel(f"{cls.root.name}/newer", [
            entry if entry[0] != "handle" else ("handle", "2.0") for entry in BASE])
        # A file of big that handle has as well.
        channels.write_channel(f"{cls.root.name}/clash", [
            entry if entry[0] != "handle" else ("handle", "3.0", [], b"hello", "share/big.txt")
            for entry in BASE])
        cls.server = channels.Server(cls.root.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.root.cleanup()

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.cache = Path(self.directory.name) / "cache"
        self.prefix = Path(self.directory.name) / "prefix"
        self.cache.mkdir()

    def build(self, channel, pip=()):
        """One build; gives its layers, as the pack step reads them."""
        subprocess.run(["rm", "-rf", str(self.prefix)], check=True)
        self.prefix.mkdir()
        work = Path(tempfile.mkdtemp(dir=self.directory.name))
        request = {"channels": [f"{self.server.url}/{channel}"],
                   "dependencies": ["basket", "big", "python"], "pip": list(pip)}
        subprocess.run(
            [sys.executable, "-m", "trainyard_conda", f"--prefix={self.prefix}",
             f"--cache={self.cache}", f"--work={work}", f"--result={work}/result"],
            env=os.environ | {"TRAINYARD_REQUEST": json.dumps(request)},
            check=True, capture_output=True, timeout=120)
        return json.loads((work / "layers.json").read_text())

    def keep(self, layers):
        """What the pack step does once the layers are pushed."""
        (self.cache / "layers").mkdir(exist_ok=True)
        for layer in layers:
            if layer["made"] is None:
                paths = [path for name in layer["packages"]
                         for path in json.loads((self.prefix / f"conda-meta/{name}.json").read_text())["files"]]
                digest = "sha256:" + hashlib.sha256(layer["key"].encode()).hexdigest()
                (self.cache / "layers" / f"{layer['key']}.json").write_text(json.dumps(
                    {"digest": digest, "diffId": digest, "size": 7, "paths": paths}))

    def installed(self):
        return {path.name.split("-")[0] for path in (self.prefix / "conda-meta").glob("*.json")}

    def test_a_large_package_has_a_layer_of_its_own_and_each_package_is_in_one(self):
        layers = self.build("channel")
        self.assertEqual(["big-1.0-0"], layers[0]["packages"])
        self.assertEqual(["apple-1.0-0", "basket-1.0-0", "big-1.0-0", "handle-1.0-0",
                          "libpython-3.11.2-0", "python-3.11.2-0"],
                         sorted(name for layer in layers for name in layer["packages"]))

    def test_the_same_packages_have_the_same_keys_whatever_was_built_before(self):
        first = self.build("channel")
        self.assertEqual(first, self.build("channel"))
        self.assertTrue(all(len(layer["key"]) == 64 for layer in first))

    def test_what_an_earlier_build_made_is_not_installed_again(self):
        self.keep(self.build("channel"))
        layers = self.build("newer")
        changed = next(l for l in layers if "handle-2.0-0" in l["packages"])
        self.assertIsNone(changed["made"])
        self.assertTrue(all(l["made"]["size"] == 7 for l in layers if l is not changed))
        expected = {name.split("-")[0] for name in changed["packages"]} | {"python", "libpython"}
        self.assertEqual(expected, self.installed())

    def test_what_belongs_to_no_package_is_the_same_whatever_was_installed(self):
        self.build("newer")
        whole = self.rest()
        self.keep(self.build("channel"))
        self.build("newer")
        self.assertEqual(whole, self.rest())

    def rest(self):
        """The files that go into the last layer, with what is in them."""
        records = list((self.prefix / "conda-meta").glob("*.json"))
        owned = {f"conda-meta/{path.name}" for path in records}
        for path in records:
            owned.update(json.loads(path.read_text())["files"])
        names = {str(path.relative_to(self.prefix)): path for path in self.prefix.rglob("*")
                 if path.is_file() or not any(path.iterdir())}
        return {name: path.is_file() and path.read_bytes()
                for name, path in names.items() if name not in owned}

    def test_an_environment_whose_layers_are_all_made_needs_no_package(self):
        self.keep(self.build("channel"))
        self.assertTrue(all(layer["made"] for layer in self.build("channel")))
        self.assertEqual(set(), self.installed())

    def test_a_package_with_a_file_of_one_that_is_not_installed_makes_all_anew(self):
        self.keep(self.build("channel"))
        layers = self.build("clash")
        self.assertFalse([layer for layer in layers if layer["made"]])
        self.assertEqual({"apple", "basket", "big", "handle", "libpython", "python"},
                         self.installed())

    def test_with_a_pip_section_every_package_is_installed(self):
        self.keep(self.build("channel"))
        layers = self.build("channel", pip=["six"])
        self.assertFalse([layer for layer in layers if layer["made"] or layer["key"]])

    def test_what_is_kept_and_broken_is_made_anew(self):
        layers = self.build("channel")
        self.keep(layers)
        kept = self.cache / "layers" / f"{layers[0]['key']}.json"
        for broken in ("{", "[]", kept.read_text().replace("sha256:", "")):
            kept.write_text(broken)
            self.assertIsNone(self.build("channel")[0]["made"])

    def test_the_records_of_packages_say_nothing_of_this_build(self):
        self.build("channel")
        text = (self.prefix / "conda-meta/big-1.0-0.json").read_text()
        self.assertNotIn(str(self.cache), text)


if __name__ == "__main__":
    unittest.main()
