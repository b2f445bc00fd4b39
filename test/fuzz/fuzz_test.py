"""The node against hostile input: every answer compared with a shadow's, under sanitizers; see fuzz.c to replay one."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from fuzz_build import ALL, ROOT, SANITIZE, UNDER_TEST, Line, build, covering_compiler, sanitizing_compiler

FLIPS = 1_000_000
# What is left: the refusal of a report too long for its line, which test/host/line_test.py reaches.
COVERED_LINES = 0.97
COVERED_BRANCHES = 0.90
LARGE = Line(slot=320)  # two of the harness's models fit, but not beside a third
SMALL = Line(line_bytes=96, window=1)  # as a chip with 2 kB of RAM has it
DEADLINE_S = 1800


@pytest.fixture(scope="session")
def fuzz_frames(long: bool) -> int:
    """How many frames: FIELDMOUSE_FUZZ_FRAMES, else 10^7 in the long form and 2 * 10^5 in the short one."""
    return int(os.environ.get("FIELDMOUSE_FUZZ_FRAMES", 10_000_000 if long else 200_000))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="session")
def compiler(folder: Path) -> str:
    found = sanitizing_compiler(folder)
    if found is None:
        pytest.skip("fuzzing needs gcc or clang with their sanitizers")
    return found


@pytest.fixture(scope="session")
def program(compiler: str, folder: Path) -> Path:
    return build(compiler, folder / "fuzz", SANITIZE, LARGE)


def run(program: Path, *arguments: object, cwd: Path | None = None) -> tuple[bool, str]:
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, cwd=cwd)
    return done.returncode == 0, done.stdout + done.stderr


def outcomes(said: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"^(\w+) (\d+)$", said, re.MULTILINE)}


def fuzz(program: Path, frames: int, seed: int) -> None:
    good, said = run(program, "--seed", seed, "--frames", frames)
    assert good, said
    print(said)
    counts = outcomes(said)
    assert counts.pop("seed") == seed
    assert counts.pop("sent") == frames
    assert [name for name, count in counts.items() if count < frames // 20_000] == [], "what hardly ever happened"


def test_frames(program: Path, fuzz_frames: int) -> None:
    fuzz(program, fuzz_frames, seed=1)


def test_frames_on_a_short_line(compiler: str, folder: Path, fuzz_frames: int) -> None:
    fuzz(build(compiler, folder / "short", SANITIZE, SMALL), fuzz_frames // 10, seed=2)


def test_flips_of_lines_that_change_state(program: Path) -> None:
    good, said = run(program, "--flips", FLIPS)
    assert good, said
    assert outcomes(said) == {"flips": FLIPS, "accepted": 0}


def test_a_frame_replays_alone(program: Path) -> None:
    first, said = run(program, "--seed", 5, "--only", 123_456)
    again, said_again = run(program, "--seed", 5, "--only", 123_456)
    assert first
    assert again
    assert said == said_again
    assert said.startswith("sent ")


def test_coverage(folder: Path) -> None:
    compiler = covering_compiler(folder)
    if compiler is None:
        pytest.skip("coverage needs gcc with its gcov")
    where = folder / "coverage"
    where.mkdir()
    program = build(compiler, where / "fuzz", ["-O0", "--coverage"], LARGE)
    good, said = run(program, "--frames", 100_000, cwd=where)
    assert good, said
    subprocess.run(
        ["gcov", "--json-format", "--branch-probabilities", *map(str, where.glob("*.gcda"))],
        cwd=where,
        check=True,
        capture_output=True,
    )
    lines: dict[tuple[str, int], int] = {}
    branches: list[bool] = []
    for report in where.glob("*.gcov.json.gz"):
        for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
            if Path(file["file"]) not in UNDER_TEST:
                continue
            name = str(Path(file["file"]).relative_to(ROOT))
            for line in file["lines"]:
                key = (name, line["line_number"])
                lines[key] = lines.get(key, 0) + line["count"]
                branches += [branch["count"] > 0 for branch in line["branches"]]
    missed = [f"{name}:{number}" for (name, number), count in sorted(lines.items()) if count == 0]
    line_share = 1 - len(missed) / len(lines)
    branch_share = sum(branches) / len(branches)
    print(f"parser coverage: {line_share:.1%} of {len(lines)} lines, {branch_share:.1%} of {len(branches)} branches")
    print(f"not reached: {', '.join(missed) or 'none'}")
    assert {name for name, _ in lines} == {str(path.relative_to(ROOT)) for path in UNDER_TEST}
    assert line_share >= COVERED_LINES
    assert branch_share >= COVERED_BRANCHES


LOOSE = ["-O0", "-Wno-error"]
# One bug each, as somebody could write it: file, what stands there, what would.
BUGS = {
    "any CRC": ("line_in.c", "!= said", "!= said && false"),
    "lower-case CRC": ("line_in.c", "c >= 'A' && c <= 'F'", "(c & 0x5F) >= 'A' && (c & 0x5F) <= 'F'"),
    "any byte for the space": ("line_in.c", " || star[-1] != ' '", ""),
    "line one longer": ("line_in.c", "self->n + 1U >= self->bytes", "self->n >= self->bytes"),
    "CR in the line": ("line_in.c", "if (self->cr) {", "if (self->cr && byte == '\\r') {"),
    "number wraps": ("line_in.c", "sum > (UINT32_MAX - digit) / 10U", "false"),
    "-32769": ("line_in.c", "negative ? 32768U", "negative ? 32769U"),
    "loose padding": ("line_in.c", "(group & 0xFFFFU) != 0", "false"),
    "CRC of the next line": ("line_out.c", "self->crc = LINE_CRC_START;", ""),
    "window one wider": ("source_feed.c", "behind <= window", "behind <= window + 1U"),
    "repeat of nothing": ("source_feed.c", " && behind <= self->held[stream]", ""),
    "part of a frame": ("source_feed.c", "|| n % frame_bytes != 0", ""),
    "limit one higher": ("source_feed.c", "sample > limit", "sample > limit + 1"),
    "feed without CRC": ("node.c", '{"feed", 1,', '{"feed", 0,'),
    "repeat applied": ("node.c", "if (order == SOURCE_FEED_APPLY) {", "{"),
    "accepted before checked": (
        "node.c",
        "const int32_t n = source",
        "source_feed_accept(&self->feed, at); const int32_t n = source",
    ),
    "bench forgets a set": ("node.c", "            self->touched = true;\n            node", "            node"),
    "trailing words": ("node.c", "number == NULL || rest != NULL", "number == NULL"),
    "load without CRC": ("node.c", '{"load", 1,', '{"load", 0,'),
    "load keeps the state": (
        "node.c",
        "self->slot.changed = false;\n        start_state(self);",
        "self->slot.changed = false;",
    ),
    "reset keeps the model": ("node.c", "    node_slot_init(&self->slot);\n", ""),
    "part again applied": ("node_slot.c", "offset == self->next", "offset <= self->next"),
    "part beyond the end": ("node_slot.c", " || (uint32_t)n > self->bytes - offset", ""),
    "commit too soon": ("node_slot.c", "n == 0 || self->next != n", "n == 0"),
    "commit twice": ("node_slot.c", "    self->bytes = 0;\n    if (model", "    if (model"),
    "room of the one in use": ("node_slot.c", "NODE_MODEL_SLOT - self->used;", "NODE_MODEL_SLOT;"),
    "model of another rate": ("node_slot.c", "model->rate_hz == own->rate_hz && ", ""),
    "stuck fault": ("line_in.c", "    self->fault = LINE_MORE;\n    if", "    if"),
}


@pytest.fixture(scope="module")
def objects(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the fuzzer is made of, compiled once: a planted bug changes one of them."""
    return build(compiler, tmp_path_factory.mktemp("objects"), LOOSE, LARGE)


@pytest.mark.parametrize("bug", BUGS)
def test_the_fuzzer_finds(bug: str, compiler: str, objects: Path, tmp_path: Path) -> None:
    name, right, wrong = BUGS[bug]
    (path,) = (path for path in UNDER_TEST if path.name == name)
    text = path.read_text()
    assert text.count(right) == 1
    changed = tmp_path / name
    changed.write_text(text.replace(right, wrong))
    others = [objects / f"{part.stem}.o" for part in ALL if part.name != name]
    program = build(compiler, tmp_path / "fuzz", LOOSE, LARGE, [changed, *others])
    good, said = run(program, "--frames", 200_000)
    assert not good
    assert "FAILED seed 1 frame" in said
