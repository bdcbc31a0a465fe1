"""Why an environment could not be made, in one word for the operator and a sentence for a person."""
import errno
import netrc
import os
import re
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from urllib.parse import urlsplit

PROBE_SECONDS = 15
OS_ERROR = re.compile(r"\(os error (\d+)\)")
FULL = {errno.ENOSPC, errno.EDQUOT}


class Failure(Exception):
    """An environment that could not be made.

    reason is one word that the operator knows; passing says whether it may go by itself.
    """

    def __init__(self, reason, message, passing=False):
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.passing = passing


def of_channels(channels, cause):
    """Finds out which channel does not answer as it should; None when all of them do."""
    for channel in channels:
        failure = of_channel(channel, cause)
        if failure is not None:
            return failure
    return None


def of_channel(channel, cause):
    url = channel.rstrip("/") + "/noarch/repodata.json"
    try:
        urllib.request.urlopen(request(url), timeout=PROBE_SECONDS).close()
        return None
    except urllib.error.HTTPError as error:
        return of_status(channel, error.code)
    except (urllib.error.URLError, OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", error)
        return Failure(
            "ChannelUnreachable",
            f"The conda channel {channel} does not answer: {reason}.",
            passing=True,
        )


def of_status(channel, status):
    if status in (404, 410):
        return Failure(
            "ChannelNotFound",
            f"There is no conda channel {channel}: it has no noarch/repodata.json. Check the names"
            " under channels.",
        )
    if status in (401, 403):
        return Failure(
            "ChannelUnauthorized",
            f"The conda channel {channel} answers {status}: put user and password for"
            f" {urlsplit(channel).hostname} into the Secret with the key netrc.",
        )
    return Failure(
        "ChannelUnreachable", f"The conda channel {channel} answers {status}.", passing=True
    )


def request(url):
    """A request with the user and password that the netrc file has for its host."""
    result = urllib.request.Request(url, method="HEAD")
    path = os.environ.get("NETRC", "")
    if path and os.path.isfile(path):
        entry = netrc.netrc(path).authenticators(urlsplit(url).hostname or "")
        if entry:
            pair = b64encode(f"{entry[0]}:{entry[2]}".encode()).decode()
            result.add_header("Authorization", "Basic " + pair)
    return result


def of_disk(path, cause, claim=""):
    """A failure for a full disk, else None.

    rattler cleans up what it could not unpack, so that the volume may have room again: the error's
    number counts, and what the volume says when the error has none. claim is the
    PersistentVolumeClaim that the package cache lies in, where it lies in one.
    """
    if FULL & numbers(cause):
        # What is downloaded and unpacked goes to the cache, what is linked to the prefix.
        return full(claim if "package cache" in str(cause) else "")
    space = os.statvfs(path)
    return full(claim) if space.f_bavail * space.f_frsize < 1 << 20 else None


def numbers(error):
    """The numbers of the operating system's errors that led to one; Rust writes them as text."""
    found = {int(number) for number in OS_ERROR.findall(str(error))}
    while error is not None:
        if isinstance(error, OSError):
            found.add(error.errno)
        error = error.__cause__
    return found


def full(claim=""):
    if claim:
        return Failure(
            "DiskFull",
            f"The package cache is full: enlarge the PersistentVolumeClaim {claim}, or delete it so"
            " that it is made anew.",
        )
    return Failure(
        "DiskFull",
        "The build ran out of disk: raise environments.storage in the chart's values.",
    )
