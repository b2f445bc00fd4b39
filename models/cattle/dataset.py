"""Real cows: the loader of the WASP set, seven cows with a neck collar at 10 Hz."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fieldmouse.recording import DataError, Recording, Span

SET = {
    "name": "wasp",
    "title": "Neck-collar acceleration of dairy cows at 10 Hz, cut into segments of one behaviour each",
    "source": "https://github.com/WASP-lab/db-cow-walking",
    "paper": "Frontiers in Veterinary Science 2025, doi:10.3389/fvets.2025.1630083",
    "licence": "none stated: ask the authors before passing it on",
    "files": ("cattle/wasp_segments.csv", "cattle/wasp_accel_10hz_mg.csv.gz"),
}

SEGMENTS = "wasp_segments.csv"
SAMPLES = "wasp_accel_*_mg.csv*"
AXES = ("bno_ax_mg", "bno_ay_mg", "bno_az_mg")  # the other sensor, mpu_*, jumps by 4 g in one cow

CLASSES = {"Walking": "walking", "Grazing": "grazing", "Standing": "standing", "Resting": "resting"}
RATE_STEP_HZ = 10  # the firmware averages whole numbers of samples down to 10 Hz
OTHER = "other"  # every other behaviour


def _folder(folder: Path) -> Path:
    for candidate in (folder / "cattle", folder):
        if (candidate / SEGMENTS).is_file():
            return candidate
    raise DataError(f"no cattle recordings: looked for {SEGMENTS} in {folder / 'cattle'} and in {folder}")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Line number and the wanted columns of each row."""
    opened = gzip.open if path.suffix == ".gz" else open
    line = 1
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            missing = [name for name in columns if name not in header]
            if missing:
                raise DataError(f"{path}, line 1: no column {', '.join(missing)}")
            at = [header.index(name) for name in columns]
            for row in reader:
                line = reader.line_num
                if len(row) != len(header):
                    raise DataError(f"{path}, line {line}: {len(row)} values, expected {len(header)}")
                yield line, [row[i] for i in at]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}, after line {line}: {error}") from error


def _samples(path: Path) -> dict[str, np.ndarray]:
    """Frames of each segment, in mg."""
    frames: dict[str, list[list[int]]] = {}
    for line, (segment, index, *axes) in _rows(path, ("seg", "i", *AXES)):
        try:
            frame = [int(value) for value in axes]
            expected = len(frames.setdefault(segment, []))
            if int(index) != expected:
                raise ValueError(f"sample {index} of segment {segment}, expected sample {expected}")
            if max(map(abs, frame)) > 32767:
                raise ValueError(f"{max(frame, key=abs)} mg is beyond 16 bits")
        except ValueError as error:
            raise DataError(f"{path}, line {line}: {error}") from error
        frames[segment].append(frame)
    return {segment: np.array(found, dtype=np.int16) for segment, found in frames.items()}


def load(folder: Path) -> list[Recording]:
    """One recording for each segment, in the order of the list of segments; the rate is the file's."""
    folder = _folder(folder)
    paths = sorted(folder.glob(SAMPLES))
    if not paths:
        raise DataError(f"no samples beside {folder / SEGMENTS}: looked for {SAMPLES}")
    frames: dict[str, np.ndarray] = {}
    for path in paths:
        frames.update(_samples(path))
    found = []
    path = folder / SEGMENTS
    for line, (segment, behaviour, cow, length, rate) in _rows(path, ("seg", "behaviour", "cow", "n_samples", "fs_hz")):
        try:
            rate_hz = float(rate)
            if rate_hz < RATE_STEP_HZ or rate_hz % RATE_STEP_HZ:
                raise ValueError(f"a rate of {rate} Hz; need a multiple of {RATE_STEP_HZ} Hz, resample to one first")
            if segment not in frames:
                raise ValueError(f"segment {segment} has no samples")
            if int(length) != len(frames[segment]):
                raise ValueError(f"segment {segment} should have {length} samples and has {len(frames[segment])}")
        except ValueError as error:
            raise DataError(f"{path}, line {line}: {error}") from error
        truth = (Span(0.0, int(length) / rate_hz, CLASSES.get(behaviour, OTHER)),)
        found.append(Recording(f"wasp-{segment}", {"cow": cow}, {0: int(rate_hz)}, {0: frames[segment]}, truth))
    if not found:
        raise DataError(f"{path}: no segment in it")
    return found
