"""Runs in the base image with the environment's own Python: the pip section, then byte code.

finish.py WORK PREFIX [CACHE]. It knows nothing of the conda step and works with Python 3.6 and newer. Byte
code is compiled here, once and reproducibly, so that no run compiles it again: pyc files whose
validity does not hang on times, which an image layer does not keep.
"""
import collections
import hashlib
import importlib.util
import json
import multiprocessing
import os
import py_compile
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

PERSON, PASSING = 3, 4
TAIL = 15
LONGEST_MESSAGE = 3000
DEFAULT_INDEX = "https://pypi.org/simple"


def say(text):
    print(json.dumps({"progress": text}), flush=True)


def pip(work):
    """Installs the requirements; gives None or why it did not work."""
    requirements = os.path.join(work, "requirements.txt")
    command = [sys.executable, "-m", "pip", "install", "--no-input", "--no-compile"]
    command += ["--progress-bar", "off", "--no-warn-script-location", "-r", requirements]
    tail = collections.deque(maxlen=TAIL)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        tail.append(line)
        say("pip: " + line.strip()[:300])
    if process.wait() == 0:
        return None
    return {"lines": "\n".join(tail), "reachable": index_answers(requirements)}


def index_answers(requirements):
    """Whether the package index answers at all, whatever it says."""
    url = os.environ.get("PIP_INDEX_URL", DEFAULT_INDEX)
    with open(requirements) as file:
        for line in file:
            words = line.replace("=", " ", 1).split()
            if len(words) == 2 and words[0] in ("--index-url", "-i"):
                url = words[1]
    try:
        urllib.request.urlopen(url, timeout=15).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (urllib.error.URLError, OSError):
        return False
    return True


def compile_all(prefix, cache):
    """Compiles all modules; what cache has of the same source is copied.

    The path in byte code is the one below the prefix: the interpreter puts the real one in its place
    as it loads a module. So byte code hangs on nothing but the source and the version of Python.
    """
    say("compiling")
    library = os.path.join(prefix, "lib", "python%d.%d" % sys.version_info[:2])
    kept = os.path.join(cache, "pyc", sys.implementation.cache_tag) if cache else ""
    sources = [(source, os.path.relpath(source, prefix), kept) for source in modules(library)]
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        for _ in pool.imap_unordered(compile_one, sources, chunksize=64):
            pass


def modules(library):
    for directory, names, files in os.walk(library):
        # A package's own tests are a third of all files, and no run imports them.
        names[:] = sorted(n for n in names if n not in ("test", "tests", "__pycache__"))
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.join(directory, name)


def compile_one(work):
    source, name, kept = work
    target = importlib.util.cache_from_source(source)
    try:
        if not kept:
            compiled(source, name, target)
            return
        with open(source, "rb") as file:
            key = hashlib.sha256(name.encode() + b"\0" + file.read()).hexdigest()
        place = os.path.join(kept, key[:2], key)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            shutil.copyfile(place, target)
        except OSError:
            compiled(source, name, target)
            keep(target, place)
    except (py_compile.PyCompileError, OSError, ValueError, RecursionError):
        # Some packages ship files for other versions of Python; those that do not compile are left.
        pass


def compiled(source, name, target):
    options = {}
    if sys.version_info >= (3, 7):
        options["invalidation_mode"] = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(source, cfile=target, dfile=name, doraise=True, **options)


def keep(target, place):
    """Puts byte code into the cache, whole or not at all; a cache that is full is no trouble."""
    part = "%s.%d" % (place, os.getpid())
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copyfile(target, part)
        os.replace(part, place)
    except OSError:
        try:
            os.unlink(part)
        except OSError:
            pass


def installed_by_pip(work):
    """Name and version of what pip installed, so that it is told beside conda's packages."""
    if sys.version_info < (3, 8):
        return
    from importlib.metadata import distributions

    lines = sorted(
        "%s==%s\n" % (d.metadata["Name"], d.version)
        for d in distributions()
        if (d.read_text("INSTALLER") or "").strip() == "pip"
    )
    with open(os.path.join(work, "pip.txt"), "w") as file:
        file.writelines(lines)


def trusted():
    """Secrets and authorities are mounted only where an administrator made them."""
    for name in ("NETRC", "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        if name in os.environ and not os.path.isfile(os.environ[name]):
            del os.environ[name]


def main(work, prefix, cache=""):
    trusted()
    answer = {"ok": True}
    begin = time.time()
    if os.path.getsize(os.path.join(work, "requirements.txt")):
        trouble = pip(work)
        answer["pipSeconds"] = round(time.time() - begin, 1)
        if trouble:
            reason = "PipFailed" if trouble["reachable"] else "PackageIndexUnreachable"
            message = "pip could not install the pip section. Its last lines:\n" + trouble["lines"]
            return {"ok": False, "reason": reason, "message": message[-LONGEST_MESSAGE:],
                    "passing": not trouble["reachable"]}
    begin = time.time()
    compile_all(prefix, cache)
    installed_by_pip(work)
    answer["compileSeconds"] = round(time.time() - begin, 1)
    return answer


if __name__ == "__main__":
    result = main(*sys.argv[1:])
    with open(os.environ.get("TRAINYARD_RESULT", "/dev/termination-log"), "w") as file:
        json.dump(result, file)
    sys.exit(0 if result["ok"] else PASSING if result["passing"] else PERSON)
