"""Trees whose leaves are values that are added up: the tables and the function that adds, for lib/compact/compact_trees.h."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrator.convert.compact.binary import Thresholds, Tree, simplify
from orchestrator.convert.compact.coarse import worth_lines
from orchestrator.convert.compact.coded import NUMBER, coded, wants_code
from orchestrator.convert.compact.packing import pack
from orchestrator.convert.ctext import TYPES, array, literal
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import Affine

MAX_FRACTION = 30


@dataclass(frozen=True)
class Source:
    """A fitted tree: nodes, `left` negative at leaves, the leaves' values float [n_nodes, m], and how many rows came to each node;
    thresholds as fitted."""

    feature: Sequence[int]
    threshold: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    values: np.ndarray
    weight: Sequence[float]


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
    fitted leaves and the bias; `size` is the bytes of its tables, `branches` the splits that are code."""

    code: str
    n: int
    fraction: int
    error: float
    size: int
    branches: int


def from_sklearn(tree: Any, values: np.ndarray, features: Sequence[int] | None = None) -> Source:
    """A `tree_` of scikit-learn; `features` are the columns that it was fitted on."""
    columns = tree.feature if features is None else np.asarray(features)[np.maximum(tree.feature, 0)]
    return Source(
        columns.tolist(),
        tree.threshold.tolist(),
        tree.children_left.tolist(),
        tree.children_right.tolist(),
        values,
        tree.weighted_n_node_samples,
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
            trees.append(simplify(source.feature, thresholds, source.left, source.right, whole, known, source.weight))
    whole_bias = np.rint(middles * 2.0**fraction).astype(np.int64)
    return Folded(trees, list(known), kind, whole_bias, fraction, (n_trees + 1) / 2 * 2.0**-fraction)


def add_up(name: str, terms: Terms, affine: Affine, options: Options) -> Sums:
    """The tables and the function of sums of groups of trees."""
    folded, groups = fold(terms, affine), terms.groups
    if wants_code(options):
        code, size, branches = _coded(name, folded, len(groups), options)
    else:
        (code, size), branches = _walked(name, folded, len(groups)), 0
    return Sums(code, int(folded.bias.size), folded.fraction, folded.error, size, branches)


def _walked(name: str, folded: Folded, n_groups: int) -> tuple[str, int]:
    """All trees as tables: C, bytes of those."""
    m, n_trees = folded.bias.shape[1], len(folded.trees) // n_groups
    lines = worth_lines(folded.trees)
    packed = pack(name, lines.trees if lines else folded.trees)
    leaves = [leaf for tree in folded.trees for leaf in (tree.leaves() if len(tree) else [~tree.root] * 2)]
    values = [value for leaf in leaves for value in folded.contents[leaf]]
    code = (
        packed.code
        + (lines.tables(name) if lines else "")
        + array(f"{name}_leaves", folded.kind, values)
        + array(f"{name}_bias", "int32_t", folded.bias.ravel())
    )
    code += f"""
HOT static void {name}_sums(const int16_t *features, int32_t *sums)
{{
{lines.statements(name) if lines else ""}    for (uint_fast16_t i = 0; i < {folded.bias.size}U; i++) {{
        sums[i] = {name}_bias[i];
    }}
    uint_fast16_t tree = 0;
    for (uint_fast16_t group = 0; group < {n_groups}U; group++) {{
        for (uint_fast16_t i = 0; i < {n_trees}U; i++) {{
            const uint32_t root = {name}_roots[tree];
            const uint_fast16_t place = compact_trees_place((const ROM uint8_t *)&{name}_nodes[root], {packed.bytes}, features);
            const ROM {folded.kind} *leaf = &{name}_leaves[(root + tree + place) * {m}U];
            tree++;
            for (uint_fast16_t k = 0; k < {m}U; k++) {{
                sums[group * {m}U + k] += leaf[k];
            }}
        }}
    }}
}}
"""
    return code, packed.size + (lines.size if lines else 0) + len(values) * TYPES[folded.kind][2] + 4 * folded.bias.size


ADD = """
static void {name}_add(int32_t *sums, uint_fast16_t leaf)
{{
    const ROM {kind} *row = &{name}_rows[(size_t)leaf * {m}U];
    for (uint_fast8_t k = 0; k < {m}U; k++) {{
        sums[k] += row[k];
    }}
}}
"""


def _coded(name: str, folded: Folded, n_groups: int, options: Options) -> tuple[str, int, int]:
    """The trees as code, each of which returns its leaf's value or, where there are several, the place of its row: C, bytes of tables, splits in code."""
    m, n_trees = folded.bias.shape[1], len(folded.trees) // n_groups
    trees = folded.trees
    rows, size = "", 0
    if m > 1:
        rows = array(f"{name}_rows", folded.kind, [value for row in folded.contents for value in row])
        size = len(folded.contents) * m * TYPES[folded.kind][2]
    first = int(folded.bias[0, 0]) if len(trees) == 1 else 0  # a sum of one needs no adding
    if m == 1:
        made = coded(name, trees, lambda leaf: folded.contents[leaf][0] + first, "int32_t", options)
    else:
        made = coded(name, trees, lambda leaf: leaf, NUMBER, options)
    calls = [made.call.format(k) for k in range(len(trees))]
    if len(trees) == m == 1:
        body = f"{made.begin}    sums[0] = {calls[0]};\n"
    elif m == 1:
        parts = [
            f"    sum = {literal(int(folded.bias[group, 0]), 'int32_t')};\n"
            + made.again.join(f"    sum += {call};\n" for call in calls[group * n_trees : (group + 1) * n_trees])
            + f"    sums[{group}] = sum;\n"
            for group in range(n_groups)
        ]
        body = f"    int32_t sum;\n{made.begin}{made.again.join(parts)}"
    else:
        rows += array(f"{name}_bias", "int32_t", folded.bias.ravel()) + ADD.format(name=name, kind=folded.kind, m=m)
        parts = [f"    {name}_add(sums + {k // n_trees * m}, {call});\n" for k, call in enumerate(calls)]
        body = f"""    for (uint_fast16_t i = 0; i < {folded.bias.size}U; i++) {{
        sums[i] = {name}_bias[i];
    }}
{made.begin}{made.again.join(parts)}"""
    code = (
        rows
        + made.code
        + f"""
static void {name}_sums(const int16_t *features, int32_t *sums)
{{
{body}}}
"""
    )
    return code, size + made.size, made.splits
