"""Where a QEMU is that is new enough, and how to get one: Debian 12 has it in its backports alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from orchestrator.emulator.launch import ROOT, LaunchError

PROGRAM = "qemu-system-arm"
NEEDED = 9  # the first with the machines of the STM32L4
FOLDER = ROOT / ".fieldmouse" / "qemu"
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class InstallError(LaunchError):
    """It cannot be had here; the message says what to do."""


def _version(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    found = re.search(r"version (\d+)\.", said)
    return int(found.group(1)) if found else 0


def find() -> Path | None:
    """A QEMU that is new enough: on PATH, else as fetched."""
    places = [Path(found) for found in (shutil.which(PROGRAM),) if found]
    places.append(FOLDER / "usr" / "bin" / PROGRAM)
    return next((place for place in places if _version(place) >= NEEDED), None)


def missing() -> str:
    """Why it cannot run, and what to do about that; empty when it can."""
    if find() is not None:
        return ""
    return (
        f"{PROGRAM} {NEEDED} or newer is not here: install it, or, on Debian 12, "
        "`python -m orchestrator.emulator.qemu --get` takes it from the backports into .fieldmouse/qemu"
    )


def _apt(scratch: Path, *arguments: str) -> str:
    """apt with sources and lists of its own, so that nothing of the machine changes."""
    own = {
        "Dir::Etc::SourceList": scratch / "sources.list", "Dir::Etc::SourceParts": scratch / "none",
        "Dir::State::Lists": scratch / "lists", "Dir::Cache::Archives": scratch / "archives",
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "Debug::NoLocking": "1",
    }  # fmt: skip
    command = ["apt-get", *(f"-o{key}={value}" for key, value in own.items()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError(f"{' '.join(('apt-get', *arguments))} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _sources() -> tuple[str, str]:
    """The machine's own source of Debian packages with its backports, as lines for apt, and the backports' name."""
    known = "$(CREATED_BY)|$(COMPONENT)|$(CODENAME)|$(SITE)"
    rows = subprocess.run(["apt-get", "indextargets", "--format", known], capture_output=True, text=True, check=True)
    signed = f"[signed-by={KEYS}] " if KEYS.is_file() else ""
    for row in rows.stdout.splitlines():
        kind, component, codename, site = row.split("|")
        if (kind, component) == ("Packages", "main") and codename.isalpha():
            name = f"{codename}-backports"
            return "".join(f"deb {signed}{site} {suite} main\n" for suite in (codename, name)), name
    raise InstallError("apt knows no source of Debian packages here")


def install() -> Path:
    """The QEMU that is there; else fetches one with what it needs and this machine lacks, and unpacks both beside the
    project: nothing of the machine changes."""
    found = find()
    if found is not None:
        return found
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallError("this is no Debian: install QEMU 9 or newer as this system does it")
    try:
        _fetch()
    except (OSError, subprocess.SubprocessError) as error:
        raise InstallError(f"a newer QEMU could not be fetched: {error}") from None
    found = find()
    if found is None:
        raise InstallError(f"what was fetched is no {PROGRAM} {NEEDED} or newer that runs here")
    return found


def _fetch() -> None:
    """From the backports, into FOLDER."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name in ("none", "lists/partial", "archives/partial"):
            (scratch / name).mkdir(parents=True)
        sources, backports = _sources()
        (scratch / "sources.list").write_text(sources)
        _apt(scratch, "update")
        _apt(scratch, "install", "-y", "--no-install-recommends", "--download-only", "-t", backports, PROGRAM)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for package in sorted((scratch / "archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)
