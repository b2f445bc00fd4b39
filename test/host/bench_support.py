"""A suite of the tests' own: a job of four numbers, one engine of ours, and peers that are wrong in every way."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from pathlib import Path

import numpy as np

from orchestrator.bench import fetch
from orchestrator.bench.contract import Case, Engine, Suite
from orchestrator.bench.measure import signal_to_noise
from orchestrator.project import ROOT

HEAD = '#include <stdint.h>\n#include "case.h"\nint32_t x[N], y[N];\nvoid setup(void);\nvoid run(void);\n'
LOOP = "for (int i = 0; i < N; i++) { y[i] = %s; }"
ADAPTERS = {
    "nothing": "void setup(void);\nvoid run(void);\nvoid setup(void) {}\nvoid run(void) {}\n",
    "doubled": HEAD + "void setup(void) {}\nvoid run(void) { " + LOOP % "2 * x[i]" + " }\n",
    "off_by_one": HEAD
    + "static const uint8_t ballast[1000] = {1};\nvoid setup(void) {}\n"
    + "void run(void) { "
    + LOOP % "2 * x[i] + ballast[x[i] & 1]"
    + " }\n",
    "crash": HEAD + "void setup(void) {}\nvoid run(void) { *(volatile int *)0x70000000 = 1; }\n",
    "deep": HEAD
    + "static int32_t state[25];\nvoid setup(void) { state[0] = 2; }\n"
    + "void run(void) { volatile int32_t room[64]; for (int i = 0; i < 64; i++) { room[i] = 0; } "
    + LOOP % "state[0] * x[i] + room[i]"
    + " state[0]++; }\n",
    "refused": HEAD + "void setup(void) {}\nvoid run(void) { nothing(); }\n",
    "peer": HEAD + '#include "peer.h"\nvoid setup(void) {}\nvoid run(void) { ' + LOOP % "peer_double(x[i])" + " }\n",
}
PEER = {
    "peer.h": "int peer_double(int x);\n",
    "peer.c": '#include "peer.h"\nint peer_double(int x) { return x << 1; }\n',
}
X = [np.array([1, -2, 3, -4], np.int32), np.array([5, 6, 7, 8], np.int32)]


def case(name: str = "double-4") -> Case:
    """Twice each number."""
    right = [2.0 * x for x in X]
    return Case(name, "four numbers doubled", "of 1", [{"x": x} for x in X], right, signal_to_noise)


def engine(folder: Path, adapter: str, family: str, setting: str = "Os", **more: object) -> Engine:
    """One that reads x and writes y."""
    source = folder / f"{adapter}.c"
    source.write_text(ADAPTERS[adapter])
    facts = {
        "case": "double-4",
        "sources": [source],
        "flags": ["-Os", "-std=c99"],
        "inputs": lambda run: {"x": run["x"]},
        "outputs": {"y": ("<i4", 4)},
        "answer": lambda told: told["y"].astype(float),
        "headers": {"case.h": "#define N 4\n"},
    }
    return Engine(family=family, setting=setting, **{**facts, **more})


def suite(folder: Path, *engines: Engine, **more: object) -> Suite:
    """A suite of these, or of ours and one peer."""
    chosen = engines or (engine(folder, "doubled", "ours", "size"), engine(folder, "off_by_one", "rough"))
    facts = {"name": "numbers", "title": "Numbers", "targets": ("cortex-m0plus", "cortex-m4f"), "cases": [case()]}
    return Suite(**{**facts, "engines": chosen, "peers": {"rough": "1"}, "short": "README.md", **more})


def archive(files: dict[str, str], root: str = "peer-1.0") -> bytes:
    """A source package as pip knows them."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, text in files.items():
            row = tarfile.TarInfo(f"{root}/{name}")
            row.size = len(text)
            tar.addfile(row, io.BytesIO(text.encode()))
    return held.getvalue()


def pin(folder: Path, data: bytes) -> fetch.Pin:
    """A requirements file that pins that content, read."""
    file = folder / "requirements.txt"
    file.write_text(f"# A peer.\npeer==1.0 --hash=sha256:{hashlib.sha256(data).hexdigest()}\n")
    return fetch.read_pin(file)


def published(found: Suite) -> str:
    """The page of a suite, once it is sure that it and the short table are of this suite: its cases, and in each its engines.
    Figures are as old as the last `inv bench --publish`; rows are not. An engine that only some people have may be there."""
    page = ROOT / "docs" / f"bench_{found.name}.md"
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^### (\S+): ", text, re.MULTILINE) == [case.name for case in found.cases]
    for case in found.cases:
        block = text.split(f"### {case.name}: ", 1)[1].split("\n### ", 1)[0]
        said = [
            name for name in re.findall(r"^\| `([^`]+)` \|", block, re.MULTILINE) if not name.startswith("cmsis-nn")
        ]
        assert said == [e.name for e in sorted(found.engines, key=lambda e: not e.ours) if e.case == case.name], (
            case.name
        )
    short = (ROOT / found.short).read_text(encoding="utf-8")
    begin, end = f"<!-- bench {found.name}: written by --publish -->", f"<!-- end of bench {found.name} -->"
    assert (short.count(begin), short.count(end)) == (1, 1)
    rows = re.findall(r"^\| ([^|]+) \|", short.split(begin)[1].split(end)[0], re.MULTILINE)[2:]
    assert list(dict.fromkeys(row.split(",")[0] for row in rows)) == list(
        dict.fromkeys(case.title.split(",")[0] for case in found.cases)
    )
    assert all(any(row.startswith(case.title) for row in rows) for case in found.cases)
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert page.with_suffix(".png").stat().st_size < 300_000
    return text
