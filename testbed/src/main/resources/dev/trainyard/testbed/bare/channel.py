"""Makes conda packages and a wheel index: channel.py PYTHON WHEELS TARGET.

PYTHON is a tree with Debian's Python 3.11 and its libraries, WHEELS has conda/ (wheels that become
packages) and pip/ (wheels that stay wheels). A package is a .conda file: a zip of two tar.zst.
"""
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

from pip._vendor.packaging.requirements import Requirement

TIME = 1_700_000_000
ENVIRONMENT = {"python_version": "3.11", "python_full_version": "3.11.2", "extra": ""}


def compressed(members):
    """A tar.zst of (name, bytes or link target, mode), in that order."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, mode in members:
            info = tarfile.TarInfo(name)
            info.mtime, info.mode = TIME, mode
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    command = ["zstd", "-q", "-9", "-T0", "-c"]
    return subprocess.run(command, input=raw.getvalue(), stdout=subprocess.PIPE, check=True).stdout


class Channel:
    def __init__(self, directory):
        self.directory = directory
        self.records = {"linux-64": {}, "noarch": {}}
        for subdir in self.records:
            os.makedirs(f"{directory}/{subdir}", exist_ok=True)

    def add(self, name, version, build, files, depends, subdir, entry_points=None):
        index = {
            "name": name, "version": version, "build": build, "build_number": 0,
            "depends": depends, "subdir": subdir, "timestamp": TIME * 1000, "license": "see files",
            "arch": None if subdir == "noarch" else "x86_64",
            "platform": None if subdir == "noarch" else "linux",
        }
        info = []
        if subdir == "noarch":
            index["noarch"] = "python"
            link = {"noarch": {"type": "python", "entry_points": entry_points or []},
                    "package_metadata_version": 1}
            info.append(("info/link.json", json.dumps(link).encode(), 0o644))
        paths = []
        for path, (content, _) in sorted(files.items()):
            is_link = isinstance(content, str)
            data = b"" if is_link else content
            paths.append({"_path": path, "path_type": "softlink" if is_link else "hardlink",
                          "sha256": hashlib.sha256(data).hexdigest(), "size_in_bytes": len(data)})
        info += [("info/index.json", json.dumps(index).encode(), 0o644),
                 ("info/paths.json", json.dumps({"paths": paths, "paths_version": 1}).encode(), 0o644),
                 ("info/about.json", b"{}", 0o644)]
        base = f"{name}-{version}-{build}"
        package = f"{self.directory}/{subdir}/{base}.conda"
        with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
            def put(member, data):
                archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data)
            put("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
            put(f"pkg-{base}.tar.zst", compressed((p, c, m) for p, (c, m) in sorted(files.items())))
            put(f"info-{base}.tar.zst", compressed(info))
        with open(package, "rb") as file:
            data = file.read()
        index.update(size=len(data), sha256=hashlib.sha256(data).hexdigest(),
                     md5=hashlib.md5(data).hexdigest())
        self.records[subdir][f"{base}.conda"] = index
        print(f"{base}.conda {len(data) // 1024} KiB", flush=True)

    def close(self):
        for subdir, records in self.records.items():
            repodata = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records,
                        "removed": [], "repodata_version": 1}
            with open(f"{self.directory}/{subdir}/repodata.json", "w") as file:
                json.dump(repodata, file, indent=1, sort_keys=True)


def relocatable_python(tree):
    """Debian's Python as files of a conda package: found by where it is, without Debian's paths."""
    moves = [("usr/bin/python3.11", "bin/python3.11"), ("usr/lib/python3.11", "lib/python3.11"),
             ("usr/lib/x86_64-linux-gnu", "lib"), ("lib/x86_64-linux-gnu", "lib")]
    root = tree + ".conda"
    os.makedirs(f"{root}/bin")
    for source, target in moves:
        path = f"{tree}/{source}"
        if os.path.isdir(path):
            shutil.copytree(path, f"{root}/{target}", symlinks=True, dirs_exist_ok=True)
        elif os.path.exists(path):
            shutil.copy2(path, f"{root}/{target}")
    for name in ("python", "python3"):
        os.symlink("python3.11", f"{root}/bin/{name}")
    for unwanted in ("EXTERNALLY-MANAGED", "sitecustomize.py"):
        path = f"{root}/lib/python3.11/{unwanted}"
        if os.path.lexists(path):
            os.remove(path)
    undo_debian(f"{root}/lib/python3.11")
    files = {}
    for directory, directories, names in os.walk(root):
        directories[:] = [d for d in directories if d not in ("__pycache__", "engines-3")]
        for name in names + [d for d in directories if os.path.islink(f"{directory}/{d}")]:
            path = f"{directory}/{name}"
            relative = os.path.relpath(path, root)
            if os.path.islink(path):
                target = os.readlink(path)
                if not target.startswith("/"):
                    files[relative] = (target, 0o777)
                continue
            if is_elf(path):
                up = os.path.relpath(f"{root}/lib", directory)
                run_path = "$ORIGIN" if up == "." else f"$ORIGIN/{up}"
                subprocess.run(["patchelf", "--set-rpath", run_path, path], check=True)
            with open(path, "rb") as file:
                files[relative] = (file.read(), os.stat(path).st_mode & 0o777)
    return files


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def undo_debian(library):
    """Packages go to site-packages and not to Debian's dist-packages."""
    path = f"{library}/sysconfig.py"
    with open(path) as file:
        text = file.read()
    patched = text.replace("prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'")
    if patched == text:
        raise SystemExit(f"{path} is not as expected: Debian's patch changed")
    with open(path, "w") as file:
        file.write(patched)
    # The module site is frozen into the interpreter, so its file cannot be patched.
    with open(f"{library}/sitecustomize.py", "w") as file:
        file.write("import os, site\n"
                   "site.addsitedir(os.path.join(os.path.dirname(__file__), 'site-packages'))\n")


def add_wheel(channel, path):
    archive = zipfile.ZipFile(path)
    parts = os.path.basename(path)[:-4].split("-")
    name, version, pure = normalized(parts[0]), parts[1], parts[-1] == "any"
    files, entry_points = {}, []
    depends = ["python" if pure else "python >=3.11,<3.12.0a0"]
    for member in archive.namelist():
        data = archive.read(member) if not member.endswith("/") else None
        if data is None or re.match(r"[^/]+\.data/(scripts|headers|data)/", member):
            continue
        if member.endswith(".dist-info/METADATA"):
            depends += requirements(data.decode())
        if member.endswith(".dist-info/entry_points.txt"):
            entry_points = console_scripts(data.decode())
        target = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", member)
        if target.endswith(".dist-info/RECORD"):
            target = None if pure else target
        if target:
            where = "site-packages/" if pure else "lib/python3.11/site-packages/"
            files[where + target] = (data, 0o755 if target.endswith(".so") else 0o644)
    channel.add(name, version, "py_0" if pure else "py311_0", files, depends,
                "noarch" if pure else "linux-64", entry_points)


def requirements(metadata):
    for line in metadata.split("\n\n")[0].splitlines():
        if line.startswith("Requires-Dist:"):
            requirement = Requirement(line.split(":", 1)[1].strip())
            if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENT):
                yield f"{normalized(requirement.name)} {requirement.specifier}".strip()


def console_scripts(text):
    section = text.partition("[console_scripts]")[2].split("\n[")[0]
    # conda knows no extras behind an entry point.
    return [line.split("[")[0].strip() for line in section.splitlines() if "=" in line]


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def wheel_index(source, target):
    """The simple index of PEP 503."""
    by_name = {}
    for wheel in sorted(os.listdir(source)):
        by_name.setdefault(normalized(wheel.split("-")[0]), []).append(wheel)
    for name, wheels in by_name.items():
        os.makedirs(f"{target}/{name}")
        links = ""
        for wheel in wheels:
            shutil.copy(f"{source}/{wheel}", f"{target}/{name}/{wheel}")
            with open(f"{source}/{wheel}", "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            links += f'<a href="{html.escape(wheel)}#sha256={digest}">{html.escape(wheel)}</a>\n'
        with open(f"{target}/{name}/index.html", "w") as file:
            file.write(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
    with open(f"{target}/index.html", "w") as file:
        file.write("<!DOCTYPE html><html><body>\n"
                   + "".join(f'<a href="{n}/">{n}</a>\n' for n in by_name) + "</body></html>\n")


def main(tree, wheels, target):
    channel = Channel(f"{target}/channel")
    channel.add("python", "3.11.2", "h0_cp311", relocatable_python(tree), [], "linux-64")
    for wheel in sorted(os.listdir(f"{wheels}/conda")):
        add_wheel(channel, f"{wheels}/conda/{wheel}")
    channel.close()
    wheel_index(f"{wheels}/pip", f"{target}/simple")


if __name__ == "__main__":
    main(*sys.argv[1:])
