"""Runs in the base image with the environment's own Python: the pip section, then byte code.

finish.py WORK PREFIX. It knows nothing of the conda step and works with Python 3.6 and newer. Byte
code is compiled here, once and reproducibly, so that no run compiles it again: pyc files whose
validity does not hang on times, which an image layer does not keep.
"""
import collections
import json
import os
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


def compile_all(prefix):
    say("compiling")
    version = "python%d.%d" % sys.version_info[:2]
    command = [sys.executable, "-m", "compileall", "-q", "-f"]
    if sys.version_info >= (3, 7):
        command += ["--invalidation-mode", "unchecked-hash"]
    # A package's own tests are a third of all files, and no run imports them.
    command += ["-x", r"[/\\]tests?[/\\]"]
    # Some packages ship files for other versions of Python; those that do not compile are left.
    command += ["-j", str(len(os.sched_getaffinity(0))), os.path.join(prefix, "lib", version)]
    subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


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


def main(work, prefix):
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
    compile_all(prefix)
    installed_by_pip(work)
    answer["compileSeconds"] = round(time.time() - begin, 1)
    return answer


if __name__ == "__main__":
    result = main(sys.argv[1], sys.argv[2])
    with open(os.environ.get("TRAINYARD_RESULT", "/dev/termination-log"), "w") as file:
        json.dump(result, file)
    sys.exit(0 if result["ok"] else PASSING if result["passing"] else PERSON)
