"""Tells how far the step is: one line of JSON on standard output, not more often than needed."""
import json
import sys
import time

PAUSE = 0.5


class Progress:
    def __init__(self, out=sys.stdout, clock=time.monotonic):
        self.out = out
        self.clock = clock
        self.last = float("-inf")

    def say(self, text, always=True):
        now = self.clock()
        if always or now - self.last >= PAUSE:
            self.last = now
            print(json.dumps({"progress": text}), file=self.out, flush=True)


class Installation:
    """What rattler reports while it installs; it finds the methods by their names."""

    def __init__(self, progress):
        self.progress = progress
        self.total = 0
        self.linked = 0
        self.downloads = {}
        self.names = {}

    def on_transaction_start(self, total_operations):
        self.total = total_operations

    def on_populate_cache_start(self, operation, package_name):
        self.names[operation] = package_name
        return operation

    def on_download_start(self, cache_entry):
        return cache_entry

    def on_download_progress(self, download_idx, progress, total):
        self.downloads[download_idx] = progress
        megabytes = sum(self.downloads.values()) / 1e6
        self.progress.say(
            f"installing {self.linked} of {self.total}, {megabytes:.0f} MB downloaded", always=False
        )

    def on_link_start(self, operation, package_name):
        self.names[operation] = package_name
        return operation

    def on_link_complete(self, index):
        self.linked += 1
        name = self.names.get(index, "")
        self.progress.say(
            f"installing {self.linked} of {self.total}: {name}", always=self.linked == self.total
        )

    def downloaded(self):
        return sum(self.downloads.values())

    def __getattr__(self, name):
        # rattler calls every method of the protocol; what is not told here is of no interest.
        if name.startswith("on_"):
            return lambda *arguments: 0
        raise AttributeError(name)
