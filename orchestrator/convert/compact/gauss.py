"""Gaussian densities for lib/compact/compact_mixture.h: integer tables of means and factors, and the costs that the C finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestrator.convert.ctext import array
from orchestrator.convert.errors import ConvertError

FAR = 2**30
FAR_TERM = 32767
BUDGET = 2**30 - 1
FINEST = 6  # bits of a term's fraction: costs are in steps of 2^-12, and 2^30 of them are 262,144 nats


@dataclass(frozen=True)
class Diagonal:
    """Independent features from `first` on: (|x · 2^scale − mean| · factor) >> shift, in steps of 2^-FINEST; int64 [n_classes, n], shifts
    [n_classes]."""

    means: np.ndarray
    factors: np.ndarray
    scale: int
    shifts: np.ndarray
    first: int

    def costs(self, X: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Costs int64 [rows, n_classes], held to FAR."""
        X = X[:, self.first : self.first + self.means.shape[1]]
        found = np.empty((len(X), len(self.means)), dtype=np.int64)
        for c, (mean, factor, shift) in enumerate(zip(self.means, self.factors, self.shifts, strict=True)):
            distance = np.minimum(np.abs((X.astype(np.int64) << self.scale) - mean), 65535)
            term = np.minimum((distance * factor) >> shift, FAR_TERM)
            found[:, c] = (term * (term + 1)).sum(axis=1)
        return np.minimum(found + extra, FAR)


def diagonal(means: np.ndarray, roots: np.ndarray, X: np.ndarray, spare: int = 0, relative: bool = False) -> Diagonal:
    """The tables of Σ (root · (x − mean))² of integer features x; float [n_classes, n]. `spare` is by how many bits the largest factors may
    be cut so that the smaller ones keep more of theirs. `relative`: costs only matter against those of the other classes, and features before
    the first and after the last that tells classes apart are left out."""
    differ = np.flatnonzero((means != means[0]).any(axis=0) | (roots != roots[0]).any(axis=0))
    used = slice(differ[0], differ[-1] + 1) if relative and len(differ) else slice(0, means.shape[1])
    means, roots, X = means[:, used], roots[:, used], X[:, used]
    reach = max(np.abs(means).max(), np.abs(X.astype(float)).max(), 1.0)
    if np.abs(means).max() > 32767:
        raise ConvertError("a mean lies outside int16: fit on int16 features")
    scale = int(max(np.floor(np.log2(32767 / reach)), 0))
    factors = roots * 2.0 ** (FINEST - scale)
    shifts = (np.clip(np.floor(np.log2(65535 / factors.max(axis=1))), 0, 31 - spare) + spare).astype(np.int64)
    whole = np.minimum(np.rint(factors * 2.0 ** shifts[:, None]), 65535).astype(np.int64)
    return Diagonal(np.rint(means * 2.0**scale).astype(np.int64), whole, scale, shifts, int(used.start))


@dataclass(frozen=True)
class Triangular:
    """Columns of upper triangular factors: (bias + weights · x) >> shift, in steps of 2^-fine."""

    weights: np.ndarray  # int64 [n_classes, n, n], column by column in the last axis
    biases: np.ndarray  # int64 [n_classes, n]
    shifts: np.ndarray  # int64 [n_classes, n]
    fine: int
    shared: bool  # whether all classes have the same weights

    def costs(self, X: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Costs int64 [rows, n_classes], held to FAR."""
        found = np.empty((len(X), len(self.weights)), dtype=np.int64)
        for c, (weights, bias, shift) in enumerate(zip(self.weights, self.biases, self.shifts, strict=True)):
            term = np.minimum(np.abs((X.astype(np.int64) @ weights + bias) >> shift), FAR_TERM)
            found[:, c] = (term * term).sum(axis=1)
        return np.minimum(found + extra, FAR)

    def packed(self) -> np.ndarray:
        """The weights as the C reads them."""
        n = self.weights.shape[1]
        classes = self.weights[:1] if self.shared else self.weights
        return np.concatenate([w[: i + 1, i] for w in classes for i in range(n)])


def triangular(means: np.ndarray, factors: np.ndarray, fine: int = FINEST, steep: bool = False) -> Triangular:
    """The tables of |(x − mean) @ factor|² of integer features x; means float [n_classes, n], factors [n_classes, n, n] upper.

    A column that is too steep for `fine`, where one step of a feature is hundreds of standard deviations, makes all coarser; or with
    `steep` it is flattened, which leaves it decisive.
    """
    k, n = means.shape
    weights = np.zeros((k, n, n), dtype=np.int64)
    biases, shifts = np.zeros((k, n), dtype=np.int64), np.zeros((k, n), dtype=np.int64)
    reach = np.maximum(np.abs(means).max(), 1.0)
    for c in range(k):
        for i in range(n):
            column = factors[c][: i + 1, i]
            room = (BUDGET - 32768 * (i + 1)) / (np.abs(column).sum() * max(32768.0, reach))
            shift = int(np.floor(np.log2(room))) - fine
            if shift < 0 and steep:
                column, shift = column * 2.0**shift, 0
            if shift < 0:
                if fine == 0:
                    raise ConvertError(
                        "a feature hardly varies for this covariance: spread the features over more of int16"
                    )
                return triangular(means, factors, fine - 1)
            shift = min(shift, 31)
            whole = np.rint(column * 2.0 ** (fine + shift)).astype(np.int64)
            weights[c, : i + 1, i], shifts[c, i] = whole, shift
            biases[c, i] = round(-float(whole @ means[c][: i + 1])) + ((1 << shift) >> 1)
    if (np.abs(biases) > BUDGET).any() or np.abs(weights).max() > 32767:
        raise ConvertError("a mean lies outside int16: fit on int16 features")
    shared = bool((weights == weights[0]).all() and (shifts == shifts[0]).all())
    return Triangular(weights, biases, shifts, fine, shared)


def diagonal_code(name: str, tables: Diagonal, extra: np.ndarray) -> tuple[str, int, str]:
    """The tables as C, their bytes, and the call that fills `scores` up to the margin."""
    k, n = tables.means.shape
    text = (array(f"{name}_means", "int16_t", tables.means.ravel()) + array(f"{name}_factors", "uint16_t", tables.factors.ravel())
            + array(f"{name}_shifts", "uint8_t", tables.shifts) + array(f"{name}_extra", "int32_t", extra))  # fmt: skip
    given = f"features + {tables.first}" if tables.first else "features"
    call = (f"compact_diagonal_scores({name}_means, {name}_factors, {name}_shifts, {name}_extra, {n}, {k}, {tables.scale}, {given}, "
            "margin, scores);")  # fmt: skip
    return text, 4 * k * n + 5 * k, call


def triangular_tables(name: str, tables: Triangular) -> tuple[str, int]:
    """Weights, biases and shifts as C, and their bytes."""
    packed = tables.packed()
    shifts = tables.shifts[:1] if tables.shared else tables.shifts
    text = (array(f"{name}_weights", "int16_t", packed) + array(f"{name}_biases", "int32_t", tables.biases.ravel())
            + array(f"{name}_column_shifts", "uint8_t", shifts.ravel()))  # fmt: skip
    return text, 2 * packed.size + 4 * tables.biases.size + shifts.size


def triangular_code(name: str, tables: Triangular, extra: np.ndarray) -> tuple[str, int, str]:
    """As diagonal_code."""
    k, n = tables.biases.shape
    text, size = triangular_tables(name, tables)
    step = 0 if tables.shared else n * (n + 1) // 2
    call = (f"compact_triangular_scores({name}_weights, {name}_biases, {name}_column_shifts, {name}_extra, {n}, {k}, {step}, "
            f"{0 if tables.shared else n}, features, margin, scores);")  # fmt: skip
    return text + array(f"{name}_extra", "int32_t", extra), size + 4 * k, call
