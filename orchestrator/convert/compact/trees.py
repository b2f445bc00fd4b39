"""Tree ensembles for our own engine, lib/compact/compact_trees.h: four bytes a split, its children found by counting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orchestrator.convert.ctext import array, rows
from orchestrator.convert.ensemble import (
    CLASSIFIERS,
    MAX_TREES,
    check_classifier,
    check_number,
    int16_threshold,
    leaf_row,
    preorder,
    said,
    trees,
)
from orchestrator.convert.errors import TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Piece
from orchestrator.convert.pipeline import Affine

MAX_FEATURES = 64
MAX_SKIP = 255
MAX_INDEX = 0xFFFE
LEFT_LEAF, RIGHT_LEAF, NO_SPLIT = 0x40, 0x80, 0xFFFF


@dataclass
class _Tables:
    nodes: list[tuple[int, int, int]] = field(default_factory=list)  # threshold, feature and flags, skip
    leaves: list[list[int]] = field(default_factory=list)
    trees: list[tuple[int, int]] = field(default_factory=list)  # first node, first leaf


def _split(tree: Any, node: int, skip: int) -> tuple[int, int, int]:
    feature = int(tree.feature[node])
    threshold = int16_threshold(tree.threshold[node], feature)
    if feature >= MAX_FEATURES:
        raise TooLargeError(f"it splits feature {feature}, and {MAX_FEATURES - 1} is the last")
    if skip > MAX_SKIP:
        raise TooLargeError(f"a left subtree has {skip} leaves, and {MAX_SKIP} are the most")
    leaf = tree.children_left[[tree.children_left[node], tree.children_right[node]]] < 0
    return threshold, feature | (LEFT_LEAF if leaf[0] else 0) | (RIGHT_LEAF if leaf[1] else 0), skip


def _add(tables: _Tables, tree: Any) -> None:
    """Adds one tree."""
    order = preorder(tree)
    leaves: dict[int, int] = {}  # below each node
    for node in reversed(order):
        left, right = tree.children_left[node], tree.children_right[node]
        leaves[node] = 1 if left < 0 else leaves[left] + leaves[right]
    tables.trees.append((NO_SPLIT if len(order) == 1 else len(tables.nodes), len(tables.leaves)))
    for node in order:
        if tree.children_left[node] >= 0:
            tables.nodes.append(_split(tree, node, leaves[tree.children_left[node]]))
        else:
            tables.leaves.append(leaf_row(tree.value[node, 0])[:-1])


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A snapped tree ensemble on int16 features. Raises TooLargeError when the packed format cannot hold it."""
    check_classifier(estimator)
    check_number(estimator, MAX_TREES, "trees", len(trees(estimator)))
    tables = _Tables()
    for tree in trees(estimator):
        _add(tables, tree.tree_)
    for count, what in ((len(tables.nodes), "splits"), (len(tables.leaves), "leaves")):
        if count > MAX_INDEX:
            raise TooLargeError(f"it has {count} {what}, and {MAX_INDEX} are the most")
    n_classes = len(estimator.classes_)
    nodes = [f"{{{threshold}, {flags}, {skip}}}" for threshold, flags, skip in tables.nodes or [(0, 0, 1)]]
    roots = [f"{{{node}, {leaf}}}" for node, leaf in tables.trees]
    code = f"""static const ROM compact_node_t {name}_nodes[] = {{
{rows(nodes)}}};
{array(f"{name}_leaves", "uint8_t", [share for row in tables.leaves for share in row])}
static const ROM compact_tree_t {name}_roots[] = {{
{rows(roots)}}};

static uint8_t {name}_classify(const ROM model_t *self, const int16_t *features, uint8_t *proba)
{{
    uint16_t votes[{n_classes}];
    (void)self;
    return compact_trees_soft({name}_roots, {name}_nodes, {name}_leaves, {len(roots)}, {n_classes}, features, votes, proba);
}}
"""
    return Piece(
        kind=type(estimator).__name__,
        code=code,
        headers=("compact_trees.h",),
        members={"classify": f"{name}_classify"},
        reference=lambda X: said(estimator, X),
        tables=4 * len(nodes) + (n_classes - 1) * len(tables.leaves) + 4 * len(roots),
        note="exact: the same integer vote as scikit-learn's over leaves of 128ths",
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
