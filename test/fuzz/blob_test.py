"""Loadable models against hostile bytes: spoiled ones under sanitizers, `load` lines in any order, the checker's coverage, and planted bugs."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from blob_seeds import seeds
from fuzz_build import ROOT, SANITIZE, WARNINGS, covering_compiler, sanitizing_compiler

CASES = int(os.environ.get("FIELDMOUSE_FUZZ_BLOBS", 1_000_000))
REPAIRED = 0.9
LINES = 200_000
SLOT_BYTES = 1000  # two of the smaller seeds fit, two of the larger ones do not
COVERED_LINES, COVERED_BRANCHES = 0.99, 0.95
DEADLINE_S = 600
HERE = ROOT / "test" / "fuzz" / "blob"
MODEL = sorted((ROOT / "lib" / "model").glob("*.c"))
SLOT = [ROOT / "lib" / "node" / "node_slot.c"]
LINE = [ROOT / "lib" / "line" / name for name in ("line_in.c", "line_crc.c")]
FOLDERS = [HERE, *(ROOT / "lib" / name for name in ("model", "port", "node", "line", "source"))]


def build(
    compiler: str, target: Path | None, flags: list[str], sources: list[Path], folder: Path | None = None
) -> Path:
    """Compile one fuzzer with what it tests; without a target its objects, into a folder."""
    defines = [f"-DNODE_MODEL_SLOT={SLOT_BYTES}", "-DNODE_LINE_BYTES=512", "-DNODE_WINDOW=4"]
    include = [f"-I{folder}" for folder in FOLDERS]
    command = [compiler, "-std=gnu99", "-g", *WARNINGS, *flags, *defines, *include, *map(str, sources)]
    folder = folder or target.parent
    command += ["-o", str(target)] if target else []
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target or folder


def run(program: Path, *arguments: object) -> str:
    """What a fuzzer that found nothing said."""
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, cwd=program.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def counts(said: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"^(\w+) (\d+)$", said, re.MULTILINE)}


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return seeds(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = sanitizing_compiler(tmp_path_factory.mktemp("probe"))
    if found is None:
        pytest.skip("fuzzing needs gcc or clang with their sanitizers")
    return found


def soft(blobs: list[Path]) -> list[Path]:
    """Models for one app, its own the first, and some for other apps."""
    by_name = {path.stem: path for path in blobs}
    return [by_name[name] for name in ("soft-a", "soft-b", "boost", "logistic", "leaf", "mean", "long")]


def test_spoiled_models(compiler: str, blobs: list[Path], tmp_path: Path) -> None:
    program = build(compiler, tmp_path / "fuzz", SANITIZE, [HERE / "fuzz_blob.c", *MODEL])
    said = run(program, 1, 0, CASES, *blobs)
    print(said)
    found = counts(said)
    assert found["cases"] == CASES
    assert found["repaired"] >= REPAIRED * CASES
    assert all(count > CASES // 1000 for name, count in found.items() if name.startswith("status"))


def test_load_lines_in_any_order(compiler: str, blobs: list[Path], tmp_path: Path) -> None:
    program = build(compiler, tmp_path / "fuzz", SANITIZE, [HERE / "fuzz_slot.c", *SLOT, *LINE, *MODEL])
    said = run(program, 1, LINES, *soft(blobs))
    print(said)
    found = counts(said)
    assert found["swapped"] > LINES // 50
    assert len([name for name, count in found.items() if name.startswith("outcome") and count > LINES // 1000]) == 5


def test_coverage(blobs: list[Path], tmp_path: Path) -> None:
    compiler = covering_compiler(tmp_path)
    if compiler is None:
        pytest.skip("coverage needs gcc with its gcov")
    flags = ["-O0", "--coverage"]
    run(build(compiler, tmp_path / "blob", flags, [HERE / "fuzz_blob.c", *MODEL]), 1, 0, 200_000, *blobs)
    run(
        build(compiler, tmp_path / "slot", flags, [HERE / "fuzz_slot.c", *SLOT, *LINE, *MODEL]), 1, 50_000, *soft(blobs)
    )
    notes = map(str, tmp_path.glob("*.gcda"))
    subprocess.run(["gcov", "--json-format", "-b", *notes], cwd=tmp_path, check=True, capture_output=True)
    lines: dict[tuple[str, int], int] = {}
    branches: dict[tuple[str, int, int], int] = {}
    for report in tmp_path.glob("*.gcov.json.gz"):
        for file in json.loads(gzip.decompress(report.read_bytes()))["files"]:
            if Path(file["file"]) not in [*MODEL, *SLOT]:
                continue
            name = Path(file["file"]).name
            for line in file["lines"]:
                key = (name, line["line_number"])
                lines[key] = lines.get(key, 0) + line["count"]
                for i, branch in enumerate(line["branches"]):
                    branches[*key, i] = branches.get((*key, i), 0) + branch["count"]
    for name in sorted({name for name, _ in lines}):
        of = [count > 0 for (where, _), count in lines.items() if where == name]
        ways = [count > 0 for (where, _, _), count in branches.items() if where == name]
        print(f"{name}: {sum(of)} of {len(of)} lines, {sum(ways)} of {len(ways)} branches")
    missed = [f"{name}:{line}" for (name, line), count in sorted(lines.items()) if count == 0]
    half = sorted({f"{name}:{line}" for (name, line, _), count in branches.items() if count == 0})
    print(f"lines not reached: {', '.join(missed) or 'none'}; branches not taken: {', '.join(half) or 'none'}")
    assert {name for name, _ in lines} == {path.name for path in [*MODEL, *SLOT]}
    assert 1 - len(missed) / len(lines) >= COVERED_LINES
    assert sum(count > 0 for count in branches.values()) / len(branches) >= COVERED_BRANCHES


# One rule of the checker or the slot each, left out: file, what stands there, what would.
BUGS = {
    "any feature": ("model_blob_trees.c", "head >> MODEL_BLOB_FLAGS >= n_features || ", ""),
    "a link of nothing": ("model_blob_trees.c", " || link == 0", ""),
    "right child beyond": ("model_blob_trees.c", "right >= n : right > n", "right > n : right > n"),
    "right leaf beyond": ("model_blob_trees.c", "right >= n : right > n", "right >= n : right > n + 9U"),
    "any leaf": ("model_blob_trees.c", ">= pure + n_rows) {", ">= pure + n_rows + 1U) {"),
    "fewer rows than leaves": ("model_blob_trees.c", "return trees->n_leaves == n_rows;", "return true;"),
    "any sum of values": ("model_blob_trees.c", "reach = model_blob_reach(reach, most);", ""),
    "any number of splits": ("model_blob_trees.c", "n > left || ", ""),
    "any sum of weights": ("model_blob_weights.c", "(weight, 2) << 15", "(weight, 2) << 8"),
    "any number of weights": ("model_blob_weights.c", " || n_used > n_inputs", ""),
    "any input of a layer": ("model_blob_weights.c", " || n_in > *n_inputs", ""),
    "lines of any width": ("model_blob_weights.c", " && fine <= MODEL_BLOB_FINEST", ""),
    "any shift": ("model_blob_weights.c", "shifts[k] > 31", "shifts[k] > 200"),
    "any power": ("model_blob_weights.c", ">> 12 > 31", ">> 12 > 64"),
    "over the one in use": ("node_slot.c", "NODE_MODEL_SLOT - self->used;", "NODE_MODEL_SLOT;"),
    "never the other end": ("node_slot.c", "self->low ? NODE_MODEL_SLOT - bytes : 0", "0"),
    "unchecked": ("node_slot.c", "model_blob_check(bytes, n) != MODEL_BLOB_GOOD", "false"),
    "after the last one": ("node_slot.c", "self->bytes == 0 || offset", "offset"),
}
LOOSE = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-error"]


@pytest.fixture(scope="module")
def objects(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a fuzzer is made of, compiled once: a planted bug changes one of them."""
    folder = tmp_path_factory.mktemp("objects")
    build(compiler, None, [*LOOSE, "-c"], [*HERE.glob("*.c"), *MODEL, *SLOT, *LINE], folder)
    return folder


@pytest.mark.parametrize("bug", BUGS)
def test_the_fuzzers_find(bug: str, compiler: str, blobs: list[Path], objects: Path, tmp_path: Path) -> None:
    name, right, wrong = BUGS[bug]
    (path,) = (path for path in [*MODEL, *SLOT] if path.name == name)
    text = path.read_text()
    assert text.count(right) == 1
    changed = tmp_path / name
    changed.write_text(text.replace(right, wrong))
    slot = name == "node_slot.c"
    parts = [HERE / "fuzz_slot.c", *SLOT, *LINE] if slot else [HERE / "fuzz_blob.c"]
    others = [objects / f"{part.stem}.o" for part in [*parts, *MODEL] if part.name != name]
    program = build(compiler, tmp_path / "fuzz", LOOSE, [changed, *others])
    with pytest.raises(AssertionError, match=r"FAILED|Sanitizer|runtime error"):
        run(program, *((1, LINES, *soft(blobs)) if slot else (1, 0, 100_000, *blobs)))
