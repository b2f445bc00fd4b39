"""Tree ensembles for our own engine, lib/compact: four bytes a split, its children found by counting."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from orchestrator.convert.forest import LEAF_ONE, ConvertError, check, trees

MAX_FEATURES = 64
MAX_SKIP = 255
MAX_INDEX = 0xFFFE
LEFT_LEAF, RIGHT_LEAF, NO_SPLIT = 0x40, 0x80, 0xFFFF


class TooLargeError(ConvertError):
    """The model is beyond what the packed format can hold; the message says where."""


@dataclass
class _Tables:
    nodes: list[tuple[int, int, int]] = field(default_factory=list)  # threshold, feature and flags, skip
    leaves: list[list[int]] = field(default_factory=list)
    trees: list[tuple[int, int]] = field(default_factory=list)  # first node, first leaf


def _preorder(tree: Any) -> list[int]:
    """The nodes, each before its left subtree and that before its right one; no recursion, for trees can be deep."""
    order, left_to_do = [], [0]
    while left_to_do:
        node = left_to_do.pop()
        order.append(node)
        if tree.children_left[node] >= 0:
            left_to_do += [tree.children_right[node], tree.children_left[node]]
    return order


def _split(tree: Any, node: int, skip: int) -> tuple[int, int, int]:
    threshold, feature = math.floor(tree.threshold[node]), int(tree.feature[node])
    if not -32768 <= threshold <= 32767:
        raise ConvertError(
            f"feature {feature} is split at {tree.threshold[node]}, beyond int16: train on int16 features"
        )
    if feature >= MAX_FEATURES:
        raise TooLargeError(f"it splits feature {feature}, and {MAX_FEATURES - 1} is the last")
    if skip > MAX_SKIP:
        raise TooLargeError(f"a left subtree has {skip} leaves, and {MAX_SKIP} are the most")
    leaf = tree.children_left[[tree.children_left[node], tree.children_right[node]]] < 0
    return threshold, feature | (LEFT_LEAF if leaf[0] else 0) | (RIGHT_LEAF if leaf[1] else 0), skip


def _add(tables: _Tables, tree: Any) -> None:
    """Adds one tree."""
    order = _preorder(tree)
    leaves: dict[int, int] = {}  # below each node
    for node in reversed(order):
        left, right = tree.children_left[node], tree.children_right[node]
        leaves[node] = 1 if left < 0 else leaves[left] + leaves[right]
    tables.trees.append((NO_SPLIT if len(order) == 1 else len(tables.nodes), len(tables.leaves)))
    for node in order:
        if tree.children_left[node] >= 0:
            tables.nodes.append(_split(tree, node, leaves[tree.children_left[node]]))
            continue
        row = [round(share * LEAF_ONE) for share in tree.value[node, 0]]
        if sum(row) != LEAF_ONE:
            raise ConvertError("the model's leaves are not multiples of 1/128: pass it through convert.snap first")
        tables.leaves.append(row[:-1])


def _rows(rows: list[str], each: int = 8) -> str:
    return "".join("    " + ", ".join(rows[i : i + each]) + ",\n" for i in range(0, len(rows), each))


def to_compact(estimator: Any, name: str) -> str:
    """The C tables of a snapped tree ensemble on int16 features: `static const ROM compact_forest_t <name>`.

    Raises TooLargeError when the packed format cannot hold it.
    """
    check(estimator)
    tables = _Tables()
    for tree in trees(estimator):
        _add(tables, tree.tree_)
    for count, what in ((len(tables.nodes), "splits"), (len(tables.leaves), "leaves")):
        if count > MAX_INDEX:
            raise TooLargeError(f"it has {count} {what}, and {MAX_INDEX} are the most")
    nodes = [f"{{{threshold}, {flags}, {skip}}}" for threshold, flags, skip in tables.nodes or [(0, 0, 1)]]
    leaves = [str(share) for row in tables.leaves for share in row] or ["0"]
    roots = [f"{{{node}, {leaf}}}" for node, leaf in tables.trees]
    return f"""enum {{ COMPACT_CLASSES = {len(estimator.classes_)} }};

static const ROM compact_node_t {name}_nodes[] = {{
{_rows(nodes)}}};
static const ROM uint8_t {name}_leaves[] = {{
{_rows(leaves, 24)}}};
static const ROM compact_tree_t {name}_roots[] = {{
{_rows(roots)}}};
static const ROM compact_forest_t {name} = {{{name}_nodes, {name}_roots, {name}_leaves, {len(roots)}}};
"""
