"""python -m trainyard_conda --prefix DIR --cache DIR --work DIR; the request is in TRAINYARD_REQUEST.

Writes its result as JSON to the termination message: {"ok": true, "packages", "downloadedBytes",
"solveSeconds", "installSeconds"} or {"ok": false, "reason", "message", "passing"}. Its exit code is
0, 3 for what a person has to mend, or 4 for what may go by itself.
"""
import argparse
import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from trainyard_conda import finish
from trainyard_conda.failure import Failure
from trainyard_conda.progress import Progress
from trainyard_conda.request import BaseImage, Request

LONGEST_MESSAGE = 3_000
PERSON, PASSING = 3, 4


def main(arguments):
    parser = argparse.ArgumentParser(prog="trainyard_conda")
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--result", default="/dev/termination-log")
    options = parser.parse_args(arguments)
    finish.trusted()
    # The next step has the base image and the environment's own Python, and nothing of this image.
    shutil.copy(finish.__file__, Path(options.work) / "finish.py")
    code, answer = 0, {"ok": True}
    try:
        answer |= made(options)
    except Failure as failure:
        code = PASSING if failure.passing else PERSON
        answer = {
            "ok": False,
            "reason": failure.reason,
            "message": failure.message[:LONGEST_MESSAGE],
            "passing": failure.passing,
        }
    Path(options.result).write_text(json.dumps(answer))
    print(answer.get("message") or json.dumps(answer), flush=True)
    return code


def made(options):
    # rattler is loaded late: what is wrong with the request is told without it.
    from trainyard_conda.install import make

    request = Request.parse(os.environ["TRAINYARD_REQUEST"])
    base = BaseImage.read(Path(options.work) / "base.env")
    return asyncio.run(
        make(request, base, options.prefix, options.cache, options.work, Progress())
    )


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # rattler's threads sometimes crash while the interpreter shuts down, after the work is done.
    os._exit(status)
