"""Which layers an environment's image has, and which of them earlier builds made.

Every large package has a layer of its own, the small ones share a few. So environments that differ
in one package have most layers in common: those are neither installed, nor packed, nor pushed, nor
pulled again. A layer hangs on its packages, on the Python that compiled them, and on nothing else:
the same packages give the same layers whatever was built before.
"""
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

FORMAT = "1"
LARGE = 4 << 20
MOST_LARGE = 24
SHARED = 12
CLOBBERED = "__clobber-from-"
DIGEST = re.compile("sha256:[0-9a-f]{64}")
# What rattler notes of how a package was asked for and where it lay on this node.
TRANSIENT = ("requested_spec", "requested_specs", "link", "package_tarball_full_path",
             "extracted_package_dir")


@dataclass
class Layer:
    """Packages that lie in one layer; made is what the registry has of it, if a build kept that."""

    records: list
    key: str | None = None
    made: dict | None = None

    def describe(self):
        made = self.made and {name: self.made[name] for name in ("digest", "diffId", "size")}
        return {"key": self.key, "packages": [stem(r) for r in self.records], "made": made}


def stem(record):
    """The name that a package's files have, such as numpy-2.1.0-py311_0."""
    return f"{record.name.normalized}-{record.version}-{record.build}"


def of(records):
    """The layers of an environment, always in the same order."""
    large = sorted((r for r in records if (r.size or 0) >= LARGE),
                   key=lambda r: (-r.size, r.name.normalized))[:MOST_LARGE]
    names = {r.name.normalized for r in large}
    shared = {}
    for record in records:
        if record.name.normalized not in names:
            shared.setdefault(place(record.name.normalized), []).append(record)
    alone = sorted(large, key=lambda r: r.name.normalized)
    return [Layer([r]) for r in alone] + [Layer(shared[n]) for n in sorted(shared)]


def place(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % SHARED


def recall(layers, prefix, cache):
    """Gives each layer its key and what an earlier build made of it."""
    python = [r for layer in layers for r in layer.records if r.name.normalized == "python"]
    for layer in layers:
        if all(r.sha256 for r in layer.records + python):
            content = [FORMAT, str(prefix), [identity(r) for r in python],
                       sorted(identity(r) for r in layer.records)]
            layer.key = hashlib.sha256(json.dumps(content).encode()).hexdigest()
            layer.made = made(cache, layer.key)


def identity(record):
    return [stem(record), record.sha256.hex()]


def made(cache, key):
    """What a build wrote of a layer that it pushed; None if that is not there, or not whole."""
    try:
        found = json.loads((directory(cache) / f"{key}.json").read_text())
        digests = {name: found[name] for name in ("digest", "diffId")}
        if all(DIGEST.fullmatch(digest) for digest in digests.values()):
            return digests | {"size": int(found["size"]), "paths": list(map(str, found["paths"]))}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def directory(cache):
    return Path(cache) / "layers"


def needed(layers):
    """The packages to install: those of layers to be made, and the Python that compiles them."""
    every = {r.name.normalized: r for layer in layers for r in layer.records}
    chosen = {r.name.normalized: r for layer in layers if not layer.made for r in layer.records}
    waiting = ["python"] if chosen else []
    seen = set()
    while waiting:
        name = waiting.pop()
        if name in every and name not in seen:
            seen.add(name)
            chosen[name] = every[name]
            waiting += [dependency.split()[0] for dependency in every[name].depends]
    return [chosen[name] for name in sorted(chosen)]


def forget(layers):
    for layer in layers:
        layer.made = None


def overlap(layers, prefix):
    """Whether a package to be packed has a file that one which is not installed has as well."""
    there = {path for layer in layers if layer.made for path in layer.made["paths"]}
    return any(path in there
               for layer in layers if not layer.made
               for record in layer.records
               for path in files(prefix, record))


def files(prefix, record):
    return json.loads(meta(prefix, record).read_text())["files"]


def meta(prefix, record):
    return Path(prefix) / "conda-meta" / f"{stem(record)}.json"


def settle(layers, prefix):
    """Takes from the prefix what would make a layer hang on more than its packages."""
    for path in (Path(prefix) / "conda-meta").glob("*.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({k: v for k, v in content.items() if k not in TRANSIENT}))
    # Two packages with the same file: which one gives way hangs on what else is installed.
    if any(CLOBBERED in path
           for layer in layers if not layer.made
           for record in layer.records
           for path in files(prefix, record)):
        for layer in layers:
            layer.key = None


def write(layers, work):
    (Path(work) / "layers.json").write_text(json.dumps([layer.describe() for layer in layers]))
