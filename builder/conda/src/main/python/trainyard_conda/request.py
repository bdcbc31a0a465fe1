"""What is asked of the conda step."""
import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """An environment to make.

    channels are URLs in the order of their priority; dependencies are conda match specs; pip are
    the lines of a requirements file.
    """

    channels: tuple
    dependencies: tuple
    pip: tuple = ()

    @staticmethod
    def parse(text):
        document = json.loads(text)
        return Request(
            tuple(document["channels"]),
            tuple(document["dependencies"]),
            tuple(document.get("pip", ())),
        )


@dataclass(frozen=True)
class BaseImage:
    """What the base image offers to packages; versions are None where it has no such thing."""

    glibc: str | None = None
    cuda: str | None = None
    unknown: tuple = field(default=(), compare=False)

    @staticmethod
    def read(path):
        """Reads the lines NAME=VALUE that the probe wrote; a missing file says nothing."""
        values = {}
        if Path(path).is_file():
            for line in Path(path).read_text().splitlines():
                name, _, value = line.partition("=")
                values[name.strip()] = value.strip()
        return BaseImage(version(values.get("glibc", "")), version(values.get("cuda", "")))


def version(text):
    """The version in texts such as 'glibc 2.36' or '12.4.1'."""
    word = text.split()[-1] if text.split() else ""
    return word if word[:1].isdigit() else None
