#!/usr/bin/env python3
"""Makes a conda channel with a large environment: large.py CHANNEL TARGET.

CHANNEL is the testbed's channel, of which Python is taken; everything else comes from PyPI's wheels:
TensorFlow, pandas, PyArrow, Matplotlib and scikit-learn with all that they need, 1.6 GB when
installed. Needs pip, zstd, and the network.
"""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "testbed/src/main/resources/dev/trainyard/testbed/bare"))
sys.dont_write_bytecode = True
import channel as testbed

WHEELS = ["tensorflow-cpu==2.15.1", "pandas==2.1.4", "matplotlib==3.8.4", "pyarrow==15.0.2",
          "numpy==1.26.4", "scikit-learn==1.4.2", "scipy==1.11.4", "joblib==1.4.2",
          "threadpoolctl==3.5.0", "pip==24.0", "setuptools==69.5.1", "wheel==0.43.0",
          "tabulate==0.9.0", "six==1.16.0"]
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")


def download(directory):
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:",
         "--python-version=3.11", *(f"--platform={name}" for name in PLATFORMS),
         f"--dest={directory}", *WHEELS], check=True)


def add_python(source, channel):
    for name, record in json.loads((source / "linux-64/repodata.json").read_text())["packages.conda"].items():
        if record["name"] == "python":
            shutil.copy(source / "linux-64" / name, Path(channel.directory) / "linux-64" / name)
            channel.records["linux-64"][name] = record


def main(source, target):
    wheels = Path(target) / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    download(wheels)
    channel = testbed.Channel(f"{target}/channel")
    add_python(Path(source), channel)
    for wheel in sorted(os.listdir(wheels)):
        testbed.add_wheel(channel, str(wheels / wheel))
    channel.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
