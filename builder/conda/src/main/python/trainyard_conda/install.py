"""The work itself: solve, lock, install."""
import os
import time
from dataclasses import dataclass
from pathlib import Path

from rattler import Client, Gateway, MatchSpec, VirtualPackage, install, solve
from rattler.exceptions import InvalidMatchSpecError, SolverError
from rattler.virtual_package.virtual_package import Override, VirtualPackageOverrides

from trainyard_conda import failure, layers
from trainyard_conda.failure import Failure
from trainyard_conda.progress import Installation
from trainyard_conda.request import Request

PLATFORMS = ("linux-64", "noarch")


async def make(request, base, prefix, cache, work, progress):
    """Makes the environment; gives what the operator wants to know of it, or raises Failure."""
    specs = parsed(request.dependencies)
    client = Client.default_client()
    gateway = Gateway(cache_dir=Path(cache) / "repodata", client=client)
    begin = time.monotonic()
    progress.say(f"solving {len(specs)} specs")
    records = await solved(request, specs, gateway, base)
    solved_at = time.monotonic()
    lock(records, Path(work))
    (Path(work) / "requirements.txt").write_text("".join(f"{line}\n" for line in request.pip))
    parts = layers.of(records)
    if not request.pip:
        # pip may change what conda installed, so that its layers hang on both.
        layers.recall(parts, prefix, cache)
    reporter = Installation(progress)
    setup = Setup(request, prefix, cache, client, reporter)
    chosen = layers.needed(parts)
    if chosen:
        await setup.install(chosen, progress)
    if layers.overlap(parts, prefix):
        layers.forget(parts)
        await setup.install(records, progress)
    layers.settle(parts, prefix)
    layers.write(parts, work)
    return {
        "packages": len(records),
        "downloadedBytes": reporter.downloaded(),
        "solveSeconds": round(solved_at - begin, 1),
        "installSeconds": round(time.monotonic() - solved_at, 1),
    }


@dataclass(frozen=True)
class Setup:
    """Where packages are installed, and by what."""

    request: Request
    prefix: str
    cache: str
    client: Client
    reporter: Installation

    async def install(self, records, progress):
        progress.say(f"installing 0 of {len(records)}")
        try:
            await install(
                records,
                self.prefix,
                cache_dir=Path(self.cache) / "packages",
                client=self.client,
                reporter=self.reporter,
            )
        except Exception as error:
            claim = os.environ.get("TRAINYARD_CACHE_CLAIM", "")
            raise (
                failure.of_disk(self.cache, error, claim)
                or failure.of_disk(self.prefix, error)
                or failure.of_channels(self.request.channels, error)
                or Failure(
                    "InstallFailed", f"A package could not be installed: {error}.", passing=True
                )
            ) from error


def parsed(dependencies):
    specs = []
    for text in dependencies:
        try:
            specs.append(MatchSpec(text, strict=False))
        except InvalidMatchSpecError as error:
            raise Failure(
                "InvalidDependency", f"'{text}' is not a conda match spec: {error}."
            ) from error
    return specs


async def solved(request, specs, gateway, base):
    try:
        records = await solve(
            list(request.channels),
            specs,
            gateway=gateway,
            platforms=PLATFORMS,
            virtual_packages=virtual_packages(base),
            add_pip_as_python_dependency=bool(request.pip),
        )
    except SolverError as error:
        raise await unsatisfiable(request, specs, gateway, error) from error
    except Exception as error:
        raise (
            failure.of_channels(request.channels, error)
            or Failure("ChannelUnreachable", f"A conda channel failed: {error}.", passing=True)
        ) from error
    return sorted(records, key=lambda record: record.name.normalized)


async def unsatisfiable(request, specs, gateway, error):
    """Names the packages that no channel has; otherwise the solver's own explanation counts."""
    known = {name.normalized for name in await gateway.names(list(request.channels), PLATFORMS)}
    missing = [
        spec.name.normalized
        for spec in specs
        if spec.name is not None and spec.name.normalized not in known
    ]
    if missing:
        return Failure(
            "PackageNotFound",
            f"No channel has {', '.join(missing)} (searched: {', '.join(request.channels)}). Check"
            " the names under dependencies, or add the channel that has them; a package that is"
            " only on PyPI belongs under pip.",
        )
    return Failure("Unsatisfiable", str(error))


def virtual_packages(base):
    overrides = VirtualPackageOverrides(
        libc=Override.string(base.glibc) if base.glibc else None,
        cuda=Override.string(base.cuda or ""),
    )
    return VirtualPackage.detect(overrides)


def lock(records, work):
    """The exact packages: as a list for people, and as a file that conda and pixi install from."""
    lines = [f"{r.name.normalized}={r.version}={r.build}" for r in records]
    (work / "packages.txt").write_text("".join(line + "\n" for line in lines))
    urls = [f"{r.url}#sha256:{r.sha256.hex()}" if r.sha256 else str(r.url) for r in records]
    (work / "explicit.txt").write_text("@EXPLICIT\n" + "".join(url + "\n" for url in urls))
