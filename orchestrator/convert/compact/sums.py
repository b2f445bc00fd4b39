"""Trees whose leaves are values that are added up: the tables and the function that adds, for lib/compact/compact_trees.h."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact.binary import Thresholds, Tree, simplify
from orchestrator.convert.compact.coarse import packed_coarse
from orchestrator.convert.ctext import TYPES, array
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.pipeline import Affine

MAX_FRACTION = 30


@dataclass(frozen=True)
class Source:
    """A fitted tree: nodes, `left` negative at leaves, and the leaves' values float [n_nodes, m]; thresholds as fitted."""

    feature: Sequence[int]
    threshold: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    values: np.ndarray


@dataclass(frozen=True)
class Terms:
    """What a model adds up: groups of as many trees each, and what their sums begin with, float [n_groups, m]. `single` is whether the estimator
    rounds its input to float32."""

    groups: Sequence[Sequence[Source]]
    bias: np.ndarray
    single: bool = True


@dataclass(frozen=True)
class Sums:
    """The C function `<name>_sums(features, sums)`, which writes n int32, value · 2^fraction, each within `error` of the sum of the
    fitted leaves and the bias; `size` is the bytes of its tables."""

    code: str
    n: int
    fraction: int
    error: float
    size: int


def from_sklearn(tree: Any, values: np.ndarray, features: Sequence[int] | None = None) -> Source:
    """A `tree_` of scikit-learn; `features` are the columns that it was fitted on."""
    columns = tree.feature if features is None else np.asarray(features)[np.maximum(tree.feature, 0)]
    return Source(
        columns.tolist(), tree.threshold.tolist(), tree.children_left.tolist(), tree.children_right.tolist(), values
    )


def _fraction(most: float, total: float, limit: int) -> int:
    """The finest fraction with which a leaf fits `limit` and a sum fits int32, rounding included."""
    fine = math.floor(math.log2(limit / most)) if most > 0 else MAX_FRACTION
    if total > 0:
        fine = min(fine, math.floor(math.log2((2**31 - 2**18) / total)))
    return min(fine, MAX_FRACTION)


def _leaf_type(most: float, total: float) -> tuple[str, int]:
    for kind in ("int16_t", "int32_t"):
        fraction = _fraction(most, total, TYPES[kind][1] - 1)
        if fraction >= 0:
            return kind, fraction
    raise ConvertError(f"the model's values reach {total:.3g}, beyond int32: fit on a target in a larger unit")


@dataclass(frozen=True)
class Folded:
    """Sums in integers: trees with leaves that are rows of `contents`, whose values fit `kind`, and a bias [n_groups, m]; all is value ·
    2^fraction."""

    trees: list[Tree]
    contents: list[tuple[int, ...]]
    kind: str
    bias: np.ndarray
    fraction: int
    error: float


def fold(terms: Terms, affine: Affine) -> Folded:
    """The integers of sums of groups of trees.

    A leaf is stored less the middle of its tree's leaves, which goes to the bias, rounded to nearest: n trees are off by at most n/2 steps, and
    the bias by half a one. No sum overflows: the fraction is chosen so that all largest leaves and the bias together fit.
    """
    groups, cut = terms.groups, Thresholds(affine, single=terms.single)
    middles = np.array(terms.bias, dtype=float)
    spread = np.zeros_like(middles)
    shifted: list[list[np.ndarray]] = []
    for g, group in enumerate(groups):
        shifted.append([])
        for source in group:
            leaf = np.asarray(source.left) < 0
            low, high = source.values[leaf].min(axis=0), source.values[leaf].max(axis=0)
            middles[g] += (low + high) / 2
            spread[g] += (high - low) / 2
            shifted[g].append(source.values - (low + high) / 2)
    most = max(
        float(np.abs(v[np.asarray(s.left) < 0]).max())
        for vs, group in zip(shifted, groups, strict=True)
        for v, s in zip(vs, group, strict=True)
    )
    n_trees = len(groups[0])
    kind, fraction = _leaf_type(most, float((np.abs(middles) + spread).max()))
    known: dict[Any, int] = {}
    trees: list[Tree] = []
    for values, group in zip(shifted, groups, strict=True):
        for v, source in zip(values, group, strict=True):
            whole = [tuple(row) for row in np.rint(v * 2.0**fraction).astype(np.int64).tolist()]
            thresholds = [
                cut(f, t) if left >= 0 else 0
                for f, t, left in zip(source.feature, source.threshold, source.left, strict=True)
            ]
            trees.append(simplify(source.feature, thresholds, source.left, source.right, whole, known))
    whole_bias = np.rint(middles * 2.0**fraction).astype(np.int64)
    return Folded(trees, list(known), kind, whole_bias, fraction, (n_trees + 1) / 2 * 2.0**-fraction)


def add_up(name: str, terms: Terms, affine: Affine) -> Sums:
    """The tables and the function of sums of groups of trees."""
    folded, groups = fold(terms, affine), terms.groups
    m, trees, contents, kind = terms.bias.shape[1], folded.trees, folded.contents, folded.kind
    leaves = [contents[leaf] for tree in trees for leaf in (tree.leaves() if len(tree) else [~tree.root] * 2)]
    packed, lines = packed_coarse(name, trees, counting=True)
    n_trees = len(groups[0])
    size = packed.size + (lines.size if lines else 0) + len(leaves) * m * TYPES[kind][2] + 4 * folded.bias.size
    code = packed.code + array(f"{name}_leaves", kind, [value for row in leaves for value in row])
    code += array(f"{name}_bias", "int32_t", folded.bias.ravel())
    code += lines.tables(name) if lines else ""
    code += f"""
HOT static void {name}_sums(const int16_t *features, int32_t *sums)
{{
{lines.statements(name) if lines else ""}    for (uint_fast16_t i = 0; i < {folded.bias.size}U; i++) {{
        sums[i] = {name}_bias[i];
    }}
    uint_fast16_t tree = 0;
    for (uint_fast16_t group = 0; group < {len(groups)}U; group++) {{
        for (uint_fast16_t i = 0; i < {n_trees}U; i++) {{
            const uint32_t root = {name}_roots[tree];
            const uint_fast16_t place = compact_trees_place((const ROM uint8_t *)&{name}_nodes[root], {packed.bytes}, features);
            const ROM {kind} *leaf = &{name}_leaves[(root + tree + place) * {m}U];
            tree++;
            for (uint_fast16_t k = 0; k < {m}U; k++) {{
                sums[group * {m}U + k] += leaf[k];
            }}
        }}
    }}
}}
"""
    return Sums(code, int(folded.bias.size), folded.fraction, folded.error, size)
