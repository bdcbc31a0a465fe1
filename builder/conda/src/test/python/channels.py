"""A small conda channel on this machine, for tests: real packages, served with a password or not."""
import bz2
import functools
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading
from base64 import b64encode


def package(directory, name, version, depends=(), content=b"hello", path=None):
    """Writes one package and gives its file name and record."""
    index = {"name": name, "version": version, "build": "0", "build_number": 0,
             "depends": list(depends), "subdir": "noarch", "noarch": "generic",
             "timestamp": 1_700_000_000_000}
    path = path or f"share/{name}.txt"
    paths = {"paths_version": 1, "paths": [
        {"_path": path, "path_type": "hardlink", "size_in_bytes": len(content),
         "sha256": hashlib.sha256(content).hexdigest()}]}
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for member, data in (("info/index.json", json.dumps(index).encode()),
                             ("info/paths.json", json.dumps(paths).encode()),
                             (path, content)):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    data = bz2.compress(raw.getvalue())
    file = f"{name}-{version}-0.tar.bz2"
    with open(f"{directory}/{file}", "wb") as out:
        out.write(data)
    index.update(size=len(data), md5=hashlib.md5(data).hexdigest(),
                 sha256=hashlib.sha256(data).hexdigest())
    return file, index


def write_channel(directory, packages):
    os.makedirs(f"{directory}/noarch")
    os.makedirs(f"{directory}/linux-64")
    records = dict(package(f"{directory}/noarch", *entry) for entry in packages)
    for subdir, content in (("noarch", records), ("linux-64", {})):
        with open(f"{directory}/{subdir}/repodata.json", "w") as file:
            json.dump({"info": {"subdir": subdir}, "packages": content, "packages.conda": {},
                       "repodata_version": 1}, file)


class Server:
    """Serves a directory; below /private only to user and password, below /broken never."""

    def __init__(self, directory, user="reader", password="canary"):
        expected = "Basic " + b64encode(f"{user}:{password}".encode()).decode()

        class Handler(http.server.SimpleHTTPRequestHandler):
            def refused(self):
                if self.path.startswith("/broken"):
                    self.send_error(503)
                elif self.path.startswith("/private") and self.headers.get("Authorization") != expected:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", "Basic")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    return False
                return True

            def do_GET(self):
                if not self.refused():
                    self.path = self.path.replace("/private", "", 1)
                    super().do_GET()

            def do_HEAD(self):
                if not self.refused():
                    self.path = self.path.replace("/private", "", 1)
                    super().do_HEAD()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=directory))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
