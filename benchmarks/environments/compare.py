#!/usr/bin/env python3
"""Compares how an environment becomes an image: Trainyard's Job against a Dockerfile build.

compare.py RESULT.json [ROUNDS]; needs root, buildah, KUBECONFIG of a bare testbed with Trainyard in
it, KUBECTL, and RATTLER, a directory with the wheel of the conda step. Both sides use the same base
image, the same packages from the same channel, the same installer and compiler of byte code, and
push to the same registry. A round is, for both in turn: from cold (a base image that nobody has
seen), one source file changed, one dependency changed.

The clock runs from the request until an image with environment and source is in the registry. What
does not differ between cold and warm is there already on both sides: buildah and the installer on
this machine, the images of the Job's steps on the node.
"""
import base64
import gzip
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import ssl
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "builder/conda/src/main/python"
KUBECTL = [os.environ["KUBECTL"], "--kubeconfig", os.environ["KUBECONFIG"]]
# Repository and tag in the stand-in of public registries; azureml/base:0.2.4 is one of 280 MB.
BASE, TAG = os.environ.get("BASE", "library/python:3.11-slim").split(":")
PHASES = ("cold", "source changed", "dependency changed")
DEPENDENCIES = ["python=3.11", "pip", *os.environ.get("PACKAGES", "scikit-learn").split()]
CHANGED = DEPENDENCIES + ["tabulate"]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode:
        raise SystemExit(f"{command[:4]} ended with {done.returncode}:\n{done.stdout.decode()[-3000:]}")
    return done.stdout.decode()


def kubectl(*words, stdin=None):
    done = subprocess.run(
        [*KUBECTL, *words], stdout=subprocess.PIPE, check=True,
        input=stdin.encode() if stdin is not None else None)
    return done.stdout.decode()


class Api:
    """Requests to the API server on a connection that is there already: no process starts for one."""

    def __init__(self):
        config = json.loads(kubectl("config", "view", "--raw", "--flatten", "--minify", "-o", "json"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.host = cluster["server"].removeprefix("https://")
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.tls = ssl.create_default_context(cadata=authority)
        with tempfile.NamedTemporaryFile() as file:
            file.write(base64.b64decode(user["client-certificate-data"]) + b"\n")
            file.write(base64.b64decode(user["client-key-data"]))
            file.flush()
            self.tls.load_cert_chain(file.name)

    def connect(self):
        """Before each use, since an idle connection may have been closed."""
        self.connection = http.client.HTTPSConnection(self.host, context=self.tls)
        self.connection.connect()

    def create(self, path, item):
        self.connection.request(
            "POST", path, json.dumps(item), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise SystemExit(f"{path}: {text.decode()}")

    def watch(self, path, name):
        """What becomes of a resource, until the caller has seen enough."""
        connection = http.client.HTTPSConnection(self.host, context=self.tls)
        connection.request("GET", f"{path}?watch=true&fieldSelector=metadata.name%3D{name}")
        for line in connection.getresponse():
            yield json.loads(line)["object"]


class Yard:
    """The cluster: its node, the stand-in of public registries, the channel."""

    def __init__(self):
        deployment = json.loads(
            kubectl("-n", "trainyard-system", "get", "deploy", "trainyard-operator", "-o", "json"))
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        settings = {e["name"]: e.get("value", "") for e in container["env"]}
        self.channel = os.environ.get("CHANNEL") or re.search(
            r"conda-forge=([^,]+)", settings["TRAINYARD_ENVIRONMENT_CHANNELS"]).group(1)
        self.public = re.search(
            r"mcr\.microsoft\.com=http://([^,/]+)", settings["TRAINYARD_REGISTRY_MIRRORS"]).group(1)
        self.registry = self.public.split(":")[0] + ":30500"
        # The link to the node, seen from this machine: what it receives came from the node.
        route = run(["ip", "route", "get", self.public.split(":")[0]])
        self.link = Path("/sys/class/net") / re.search(r"dev (\S+)", route).group(1) / "statistics"

    def counters(self):
        return [int((self.link / name).read_text()) for name in ("rx_bytes", "tx_bytes")]


def fetch(url, method="GET", data=None, headers=None):
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    with urllib.request.urlopen(request) as answer:
        return answer.read(), answer.headers


def push_blob(host, repository, content):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    _, headers = fetch(f"http://{host}/v2/{repository}/blobs/uploads/", "POST", b"")
    place = headers["Location"]
    place += ("&" if "?" in place else "?") + "digest=" + digest
    fetch(place, "PUT", content, {"Content-Type": "application/octet-stream"})
    return digest


def unseen_base(yard, name):
    """The base image with one more file in each layer, so that no layer of it is known anywhere."""
    url = f"http://{yard.public}/v2/{BASE}"
    manifest = json.loads(fetch(f"{url}/manifests/{TAG}", headers={"Accept": MANIFEST})[0])
    config = json.loads(fetch(url + "/blobs/" + manifest["config"]["digest"])[0])
    repository = "bench/" + name
    for index, layer in enumerate(manifest["layers"]):
        plain = io.BytesIO(gzip.decompress(fetch(url + "/blobs/" + layer["digest"])[0]))
        with tarfile.open(fileobj=plain, mode="a") as tar:
            entry = tarfile.TarInfo(f"usr/share/bench-{index}")
            entry.size = len(name)
            tar.addfile(entry, io.BytesIO(name.encode()))
        config["rootfs"]["diff_ids"][index] = (
            "sha256:" + hashlib.sha256(plain.getvalue()).hexdigest())
        packed = gzip.compress(plain.getvalue(), 1, mtime=0)
        layer["digest"] = push_blob(yard.public, repository, packed)
        layer["size"] = len(packed)
    # buildah wants to know where each layer came from.
    config["history"] = [{"created_by": "bench"} for _ in manifest["layers"]]
    text = json.dumps(config).encode()
    manifest["config"] |= {"digest": push_blob(yard.public, repository, text), "size": len(text)}
    fetch(f"http://{yard.public}/v2/{repository}/manifests/1", "PUT",
         json.dumps(manifest).encode(), {"Content-Type": MANIFEST})
    return repository, sum(layer["size"] for layer in manifest["layers"])


class Dockerfile:
    """buildah as root on this machine, which is the fastest that it can be: no pod, no isolation."""

    TEXT = """
FROM {base}
COPY request.json /tmp/request.json
RUN mkdir /tmp/work && cd /opt/installer && export TRAINYARD_REQUEST="$(cat /tmp/request.json)" \\
 && python3 -m trainyard_conda --prefix={prefix} --cache=/tmp/cache --work=/tmp/work --result=/dev/stdout \\
 && TRAINYARD_RESULT=/dev/stdout {prefix}/bin/python /opt/installer/trainyard_conda/finish.py /tmp/work {prefix} \\
 && rm -rf /tmp/cache /tmp/work
ENV PATH={prefix}/bin:/usr/bin:/bin CONDA_PREFIX={prefix}
COPY train.py /workspace/train.py
"""

    def __init__(self, yard, directory):
        self.yard = yard
        self.directory = directory
        self.installer = directory / "installer"
        shutil.copytree(os.environ["RATTLER"], self.installer)
        shutil.copytree(PROGRAM / "trainyard_conda", self.installer / "trainyard_conda")
        self.storage = ["--root", str(directory / "root"), "--runroot", str(directory / "run"),
                        "--storage-driver", os.environ.get("STORAGE_DRIVER", "overlay")]

    def cold(self):
        run(["buildah", *self.storage, "rmi", "--all", "--force"])

    def build(self, base, dependencies, script, tag):
        context = self.directory / "context"
        context.mkdir(exist_ok=True)
        prefix = "/azureml-envs/azureml_" + hashlib.sha256(str(dependencies).encode()).hexdigest()[:32]
        request = {"channels": [self.yard.channel], "dependencies": dependencies, "pip": []}
        (context / "request.json").write_text(json.dumps(request))
        (context / "train.py").write_text(script)
        (context / "Dockerfile").write_text(
            self.TEXT.format(base=f"{self.yard.public}/{base}:1", prefix=prefix))
        image = f"{self.yard.registry}/bench/dockerfile:{tag}"
        begin, (received, sent) = time.monotonic(), self.yard.counters()
        run(["buildah", *self.storage, "bud", "--layers", "--isolation=chroot", "--tls-verify=false",
             "--volume", f"{self.installer}:/opt/installer:ro", "-t", image, str(context)])
        built = time.monotonic()
        run(["buildah", *self.storage, "push", "--tls-verify=false", image, "docker://" + image])
        after = self.yard.counters()
        return {"seconds": time.monotonic() - begin, "pushSeconds": time.monotonic() - built,
                "received": after[0] - received, "sent": after[1] - sent}


class Trainyard:
    """A TrainingRun in a namespace of its own."""

    def __init__(self, yard):
        self.yard = yard
        self.api = Api()
        self.namespace = json.loads(kubectl(
            "create", "-f", "-", "-o", "json", stdin=json.dumps(
                {"apiVersion": "v1", "kind": "Namespace",
                 "metadata": {"generateName": "bench-environments-"}})))["metadata"]["name"]

        self.directory = Path(tempfile.mkdtemp(prefix="bench-cache-"))
        self.directory.chmod(0o777)
        if os.environ.get("CACHE", "yes") == "yes":
            self.claim()

    def claim(self):
        """A package cache in a directory that the node sees, bound ahead."""
        name = self.namespace
        items = [
            {"kind": "PersistentVolume", "metadata": {"name": name},
             "spec": {"hostPath": {"path": str(self.directory)},
                      "claimRef": {"namespace": name, "name": "trainyard-package-cache"}}},
            {"kind": "PersistentVolumeClaim",
             "metadata": {"name": "trainyard-package-cache", "namespace": name},
             "spec": {"volumeName": name}}]
        for item in items:
            item["apiVersion"] = "v1"
            item["spec"] |= {"storageClassName": "", "accessModes": ["ReadWriteOnce"]}
            size = {"storage": "20Gi"}
            item["spec"] |= (
                {"capacity": size} if "hostPath" in item["spec"] else {"resources": {"requests": size}})
        kubectl("create", "-f", "-", stdin=json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": items}))

    def forget(self):
        """Empties the cache, as for the first build of a namespace."""
        for entry in self.directory.iterdir():
            shutil.rmtree(entry)

    def close(self):
        kubectl("delete", "namespace", self.namespace, "--wait=false")
        kubectl("delete", "pv", self.namespace, "--ignore-not-found", "--wait=false")
        shutil.rmtree(self.directory, ignore_errors=True)

    def build(self, base, size, dependencies, script, name):
        source = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
                  "data": {"train.py": script}}
        environment = {
            "python": {"userManagedDependencies": False, "condaDependencies": {
                "channels": [self.yard.channel], "dependencies": dependencies}},
            "docker": {"enabled": True, "shmSize": "16m",
                       "baseImage": f"mcr.microsoft.com/{base}"}}
        training = {"apiVersion": "trainyard.dev/v1alpha1", "kind": "TrainingRun",
                    "metadata": {"name": name},
                    "spec": {"script": "train.py", "source": {"configMap": {"name": name}},
                             "resources": {"cpu": "100m", "memory": "256Mi"},
                             "runConfiguration": {"environment": environment}}}
        self.api.connect()
        begin = time.monotonic()
        self.api.create(f"/api/v1/namespaces/{self.namespace}/configmaps", source)
        runs = f"/apis/trainyard.dev/v1alpha1/namespaces/{self.namespace}/trainingruns"
        self.api.create(runs, training)
        for found in self.api.watch(runs, name):
            status = found.get("status", {})
            if "image" in status or status.get("phase") in ("Failed", "Canceled"):
                break
        seconds = time.monotonic() - begin
        if "image" not in status:
            raise SystemExit(kubectl("-n", self.namespace, "describe", "tr", name))
        built = status["environment"]["name"]
        tenv = json.loads(kubectl("-n", self.namespace, "get", "tenv", built, "-o", "json"))
        kubectl("-n", self.namespace, "delete", "tr", name, "--wait=false")
        phases = tenv["status"].get("buildPhases", {})
        return {"seconds": seconds, "phases": phases, "environment": built,
                "downloaded": int(phases.get("downloadedBytes", 0)),
                "pushed": int(phases.get("pushedBytes", 0)),
                "baseDownloaded": int(phases.get("baseBytesDownloaded", 0)), "base": size}


def rounds(yard, directory, count):
    figures = {phase: {"dockerfile": [], "trainyard": []} for phase in PHASES}
    dockerfile, trainyard = Dockerfile(yard, directory), Trainyard(yard)
    try:
        # What is not measured is brought to node and registry first.
        trainyard.build(f"{BASE}:{TAG}", 0, ["python=3.11"], "print(0)", "warm-up")
        for number in range(count):
            base, size = unseen_base(yard, f"round-{number}-{int(time.time())}")
            dockerfile.cold()
            trainyard.forget()
            steps = [(DEPENDENCIES, "print(1)"), (DEPENDENCIES, "print(2)"), (CHANGED, "print(2)")]
            for phase, (dependencies, script) in zip(PHASES, steps):
                tag = f"{number}-{PHASES.index(phase)}"
                script += f"  # {base}"
                ours = trainyard.build(f"{base}:1", size, dependencies, script, "run-" + tag)
                if phase == "source changed":
                    ours |= {"downloaded": 0, "pushed": 0}
                theirs = dockerfile.build(base, dependencies, script, tag)
                figures[phase]["trainyard"].append(ours)
                figures[phase]["dockerfile"].append(theirs)
                print(f"  round {number + 1}, {phase}: Trainyard {ours['seconds']:.1f} s,"
                      f" {ours['phases'] if phase != PHASES[1] else ''}"
                      f" Dockerfile {theirs['seconds']:.1f} s, of which push"
                      f" {theirs['pushSeconds']:.1f} s; load {os.getloadavg()[0]:.1f}", flush=True)
    finally:
        trainyard.close()
    return figures


def median(entries, name):
    return statistics.median(entry[name] for entry in entries)


def table(figures):
    lines = [f"{'':20}{'Dockerfile':>12}{'Trainyard':>12}{'times':>7}"
             f"{'MB in':>9}{'MB out':>8}   {'MB packages':>12}{'MB base':>9}{'MB out':>8}"]
    for phase, sides in figures.items():
        theirs, ours = sides["dockerfile"], sides["trainyard"]
        base = median(ours, "base") if phase == "cold" else 0
        lines.append(
            f"{phase:20}{median(theirs, 'seconds'):>10.1f} s{median(ours, 'seconds'):>10.1f} s"
            f"{median(theirs, 'seconds') / median(ours, 'seconds'):>7.1f}"
            f"{median(theirs, 'received') / 1e6:>9.1f}{median(theirs, 'sent') / 1e6:>8.1f}   "
            f"{median(ours, 'downloaded') / 1e6:>12.1f}{base / 1e6:>9.1f}"
            f"{median(ours, 'pushed') / 1e6:>8.1f}")
    return "\n".join(lines)


def main(result, count="3"):
    yard = Yard()
    directory = Path(tempfile.mkdtemp(prefix="bench-environments-"))
    try:
        figures = rounds(yard, directory, int(count))
    finally:
        subprocess.run(["buildah", "--root", str(directory / "root"), "--runroot",
                        str(directory / "run"), "rm", "--all"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["umount", str(directory / "root/overlay")], stderr=subprocess.DEVNULL)
        shutil.rmtree(directory, ignore_errors=True)
    load = os.getloadavg()
    print(f"\n{os.cpu_count()} cores, load {load[0]:.1f}; medians of {count} rounds\n")
    print(table(figures))
    Path(result).write_text(json.dumps({"cores": os.cpu_count(), "load": load, "rounds": figures},
                                       indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
