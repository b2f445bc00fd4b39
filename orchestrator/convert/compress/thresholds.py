"""Thresholds on a grid: at most 2^bits a feature, evenly spaced by a power of two, where the fewest rows change sides.

lib/compact then stores a threshold of up to 8 bits in one byte (see compact/coarse.py), whatever the range of its feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact.binary import Thresholds
from orchestrator.convert.compress.shapes import BINNED, PRUNED, check_trees, move_thresholds
from orchestrator.convert.pipeline import Affine
from orchestrator.convert.quantise import HIGH, LOW

KINDS = (*PRUNED, "IsolationForest")
FINER = 4  # powers of two below the one that spans all thresholds, whose ends then hold the outer ones
PLACES = 16  # of the grid's first line that are tried


@dataclass(frozen=True)
class Grid:
    """Lines at `first` + k · 2^`shift`, k from 0 to `last`."""

    first: int
    shift: int
    last: int

    def nearest(self, cuts: np.ndarray) -> np.ndarray:
        """The line nearest to each cut, the upper of equals."""
        half = (1 << self.shift) >> 1
        return self.first + (np.clip((cuts - self.first + half) >> self.shift, 0, self.last) << self.shift)


def _grids(cuts: np.ndarray, bits: int) -> list[Grid]:
    """What is tried: finer grids leave out thresholds at the ends."""
    low, high, last = int(cuts.min()), int(cuts.max()), (1 << bits) - 1
    widest = 0
    while (high - low) >> widest > last:
        widest += 1
    found = []
    for shift in range(widest, max(widest - FINER, 0) - 1, -1):
        spare = max(high - low - (last << shift), 0)
        for begin in sorted({low, low + spare // 2, low + spare}):
            step = max((1 << shift) // PLACES, 1)
            found += [Grid(begin + by, shift, last) for by in range(0, 1 << shift, step)]
    return found


def grid(cuts: Sequence[int], bits: int, column: np.ndarray) -> Grid:
    """The grid for one feature's cuts, one for each split, and its calibration values: the one with which the fewest rows change sides at a
    split, then the nearest, then the coarsest."""
    where, times = np.unique(np.asarray(cuts, dtype=np.int64), return_counts=True)
    values = np.sort(column.astype(np.int64))
    before = np.searchsorted(values, where, side="right")

    def cost(tried: Grid) -> tuple[int, int, int, int]:
        lines = tried.nearest(where)
        crossed = np.abs(np.searchsorted(values, lines, side="right") - before)
        return int((crossed * times).sum()), int((np.abs(lines - where) * times).sum()), -tried.shift, tried.first

    return min(_grids(where, bits), key=cost)


def on_a_grid(estimator: Any, bits: int, rows: np.ndarray, affine: Affine) -> Any:
    """A copy of a model of trees whose thresholds are on a grid of at most 2^bits lines for each feature; `rows` are int16 [n, n_features].

    Nothing changes for a feature whose thresholds lie within 2^bits integers. Raises ConvertError for a model without trees.
    """
    check_trees(estimator, KINDS, "threshold_bits")
    cut = Thresholds(affine, single=type(estimator).__name__ not in BINNED)
    cuts: dict[int, list[int]] = {}

    def note(feature: int, threshold: float) -> float:
        at = cut(feature, threshold)
        if LOW <= at < HIGH:  # the others divide nothing
            cuts.setdefault(feature, []).append(at)
        return threshold

    move_thresholds(estimator, note)
    grids = {feature: grid(found, bits, rows[:, feature]) for feature, found in cuts.items()}

    def moved(feature: int, threshold: float) -> float:
        at = cut(feature, threshold)
        if not LOW <= at < HIGH:
            return threshold
        line = min(max(int(grids[feature].nearest(np.array([at]))[0]), LOW), HIGH - 1)
        if line == at:
            return threshold
        if affine.is_identity:
            return line + 0.5
        column = affine.column(feature)
        return float((column[line - LOW] + column[line - LOW + 1]) / 2)

    return move_thresholds(estimator, moved)
