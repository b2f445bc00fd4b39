"""Rows and queries of lib/compact/compact_neighbours.h: of 8 or 16 bits, features scaled to their unit, no distance beyond uint32."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from orchestrator.convert.ctext import array
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.pipeline import Affine


@dataclass(frozen=True)
class Space:
    """(x − low) · factor / 2^shift, held to least … most; no factors where the unit is that of the features. float64 rows in it are
    rounded to `rows`, int64 [m, n]."""

    bits: int
    rows: np.ndarray
    lows: np.ndarray
    factors: np.ndarray | None
    shift: int
    least: int
    most: int
    exact: bool

    def query(self, X: np.ndarray) -> np.ndarray:
        """`compact_query` of int16 rows."""
        value = X.astype(np.int64) - self.lows
        if self.factors is not None:
            size = (((np.abs(value) * self.factors) >> (self.shift - 1)) + 1) >> 1
            value = np.where(value < 0, -size, size)
        return np.clip(value, self.least, self.most)

    def distances(self, X: np.ndarray) -> np.ndarray:
        """Squared distances int64 [n, m]."""
        query = self.query(X)
        squares = (query**2).sum(axis=1)[:, None] + (self.rows**2).sum(axis=1)
        return squares - 2 * (query @ self.rows.T)


def space_for(
    rows: np.ndarray, scale: np.ndarray, bits: int, unit: float | None = None, around: np.ndarray | None = None
) -> Space:
    """The space of float rows [m, n] in units of the features, which the model sees times `scale` [n]. `unit` is what a unit of the
    model's space becomes, else as large as fits; `around` are more rows that are to fit, else the rows themselves."""
    n = rows.shape[1]
    reach = math.isqrt((2**31 - 1) // n)
    top = min(255 if bits == 8 else 2 * reach // 3, 32767)
    low = np.floor((rows if around is None else around).min(axis=0)).astype(np.int64)
    spans = rows.max(axis=0) - low
    whole = bool((np.abs(rows - np.rint(rows)) < 1e-6).all())
    slack = min(reach - top, 32767 - top)
    if unit is None and whole and np.ptp(scale) == 0 and np.rint(spans).max() <= top:
        low = np.full(n, low.min()) if np.rint(rows.max() - low.min()) <= top else low
        return Space(bits, np.rint(rows).astype(np.int64) - low, low, None, 0, -slack, top + slack, True)
    if unit is None:
        unit = top / max(float((spans * scale).max()), 1e-12)
    factors = scale * unit
    if factors.max() > 65535:
        raise ConvertError("a feature hardly varies: spread the features over more of int16")
    shift = int(np.clip(np.floor(np.log2(65535 / factors.max())), 1, 31))
    whole_factors = np.rint(factors * 2.0**shift).astype(np.int64)
    placed = np.clip(np.rint((rows - low) * whole_factors / 2.0**shift), 0, top).astype(np.int64)
    return Space(bits, placed, low, whole_factors, shift, -slack, top + slack, False)


def tables(name: str, space: Space) -> tuple[str, int, str]:
    """The tables as C, their bytes, and the statement that makes the query."""
    n = space.rows.shape[1]
    kind = "uint8_t" if space.bits == 8 else "int16_t"
    text, size = array(f"{name}_rows", kind, space.rows.ravel()), space.rows.size * space.bits // 8
    lows, low = f"{name}_lows", 0
    if len(set(space.lows.tolist())) == 1:
        lows, low = "NULL", int(space.lows[0])
    else:
        text, size = text + array(lows, "int16_t", space.lows), size + 2 * n
    factors = "NULL"
    if space.factors is not None:
        factors = f"{name}_factors"
        text, size = text + array(factors, "uint16_t", space.factors), size + 2 * n
    query = (
        f"compact_query(features, {n}, {lows}, {factors}, {low}, {space.shift}, {space.least}, {space.most}, query);"
    )
    return text, size, query


def search(name: str, space: Space, k: int, query: str) -> str:
    """The function that finds the nearest rows."""
    m, n = space.rows.shape
    return f"""
static HOT SHARED void {name}_nearest(const int16_t *features, uint32_t *distances, uint16_t *nearest)
{{
    int16_t query[{n}];
    {query}
    compact_nearest{space.bits}({name}_rows, {m}, {n}, {k}, query, distances, nearest);
}}
"""


def seen(affine: Affine, X: np.ndarray) -> np.ndarray:
    """What the estimator sees, as float."""
    return affine.transform(X.astype(np.float64))
