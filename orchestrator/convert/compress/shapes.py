"""The fitted trees of scikit-learn's ensembles as arrays, whatever class holds them, and copies of an ensemble with fewer splits."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree._tree import TREE_LEAF, TREE_UNDEFINED, Tree

from orchestrator.convert.ensemble import CLASSIFIERS, trees
from orchestrator.convert.errors import ConvertError

REGRESSORS = ("DecisionTreeRegressor", "ExtraTreeRegressor", "RandomForestRegressor", "ExtraTreesRegressor")
BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
BINNED = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
PRUNED = (*CLASSIFIERS, *REGRESSORS, *BOOSTED, *BINNED)


@dataclass(frozen=True)
class Shape:
    """One tree. `left` and `right` int [n], negative at leaves; parents come before children. `weight` float [n], of the training rows in
    each node; `values` float [n, m], what its leaves answer and what a node would answer as a leaf: the mean over its rows."""

    left: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    values: np.ndarray


def members(estimator: Any) -> list[Any]:
    """The trees of an ensemble, each with a `tree_` or with `nodes`; boosting's stage by stage."""
    kind = type(estimator).__name__
    if kind in BINNED:
        return [tree for stage in getattr(estimator, "_predictors", ()) for tree in stage]
    if kind in BOOSTED:
        return list(np.ravel(getattr(estimator, "estimators_", ())))
    return trees(estimator) if hasattr(estimator, "estimators_") or hasattr(estimator, "tree_") else []


def check_trees(estimator: Any, kinds: Sequence[str], what: str) -> None:
    """Raise ConvertError for what is none of these fitted kinds; `what` is the option that needs one."""
    kind = type(estimator).__name__
    if kind not in kinds:
        raise ConvertError(f"{what} is for trees, and {kind} has none that it takes; these have: {', '.join(kinds)}")
    if not members(estimator):
        raise ConvertError(f"this {kind} is not fitted: call fit first")


def _mean_of_leaves(left: np.ndarray, right: np.ndarray, weight: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Leaves' values as they are, and at every other node their mean by weight."""
    total, mass = values * weight[:, None], weight.copy()
    for node in np.flatnonzero(left >= 0)[::-1]:
        total[node] = total[left[node]] + total[right[node]]
        mass[node] = mass[left[node]] + mass[right[node]]
    return np.where((left >= 0)[:, None], total / np.maximum(mass, 1e-300)[:, None], values)


def shape(estimator: Any, member: Any) -> Shape:
    """One of `members`."""
    if type(estimator).__name__ in BINNED:
        inner = member.nodes["is_leaf"] == 0
        left, right = (np.where(inner, member.nodes[side].astype(np.int64), -1) for side in ("left", "right"))
        weight = member.nodes["count"].astype(float)
        return Shape(left, right, weight, _mean_of_leaves(left, right, weight, member.nodes["value"][:, None]))
    tree = member.tree_
    left, right, weight = tree.children_left, tree.children_right, tree.weighted_n_node_samples
    if type(estimator).__name__ in CLASSIFIERS:
        return Shape(left, right, weight, tree.value[:, 0, :])
    values = tree.value[:, :, 0]
    # Boosting sets its leaves after the splits were found, so its other nodes hold something else.
    return Shape(
        left,
        right,
        weight,
        _mean_of_leaves(left, right, weight, values) if type(estimator).__name__ in BOOSTED else values,
    )


def _kept(found: Shape, split: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nodes that remain where only `split` bool [n] still split, in their order, and each node's new number."""
    reached = np.zeros(len(split), dtype=bool)
    reached[0] = True
    for node in np.flatnonzero(split):
        if reached[node]:
            reached[[found.left[node], found.right[node]]] = True
    return np.flatnonzero(reached), np.cumsum(reached) - 1


def _depths(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    depth = np.zeros(len(left), dtype=np.int64)
    for node in np.flatnonzero(left >= 0):
        depth[[left[node], right[node]]] = depth[node] + 1
    return depth


def _cut_tree(tree: Any, found: Shape, split: np.ndarray) -> Any:
    """A `tree_` of scikit-learn with fewer splits, as its own unpickling makes one."""
    kept, new = _kept(found, split)
    maker, arguments, state = tree.__reduce__()
    nodes, inner = state["nodes"][kept].copy(), split[kept]
    nodes["left_child"] = np.where(inner, new[nodes["left_child"]], TREE_LEAF)
    nodes["right_child"] = np.where(inner, new[nodes["right_child"]], TREE_LEAF)
    nodes["feature"] = np.where(inner, nodes["feature"], TREE_UNDEFINED)
    nodes["threshold"] = np.where(inner, nodes["threshold"], TREE_UNDEFINED)
    values = state["values"].copy()
    values[:] = found.values.reshape(values.shape)
    made: Tree = maker(*arguments)
    depth = int(_depths(nodes["left_child"], nodes["right_child"]).max())
    made.__setstate__({**state, "nodes": nodes, "values": values[kept], "node_count": len(kept), "max_depth": depth})
    return made


def _cut_nodes(nodes: np.ndarray, found: Shape, split: np.ndarray) -> np.ndarray:
    """The nodes of one of histogram boosting's trees, with fewer splits."""
    kept, new = _kept(found, split)
    made, inner = nodes[kept].copy(), split[kept]
    for side in ("left", "right"):
        made[side] = np.where(inner, new[made[side]], 0)
    made["is_leaf"], made["value"] = ~inner, found.values[kept, 0]
    return made


def with_splits(estimator: Any, shapes: Sequence[Shape], splits: Sequence[np.ndarray]) -> Any:
    """A copy of the estimator in which only `splits`, a bool [n_nodes] for each of its `members`, still split; what is below the
    others is gone, and they answer their `values`."""
    changed = copy.deepcopy(estimator)
    for member, found, split in zip(members(changed), shapes, splits, strict=True):
        if type(estimator).__name__ in BINNED:
            member.nodes = _cut_nodes(member.nodes, found, split)
        else:
            member.tree_ = _cut_tree(member.tree_, found, split)
    return changed


def move_thresholds(estimator: Any, move: Callable[[int, float], float]) -> Any:
    """A copy of the estimator whose thresholds are `move(feature, threshold)`."""
    changed = copy.deepcopy(estimator)
    columns = getattr(changed, "estimators_features_", None)
    for k, member in enumerate(members(changed)):
        if type(estimator).__name__ in BINNED:
            for node in np.flatnonzero(member.nodes["is_leaf"] == 0):
                row = member.nodes[node]
                member.nodes["num_threshold"][node] = move(int(row["feature_idx"]), float(row["num_threshold"]))
            continue
        tree = member.tree_
        for node in np.flatnonzero(tree.children_left >= 0):
            feature = int(tree.feature[node] if columns is None else columns[k][tree.feature[node]])
            tree.threshold[node] = move(feature, float(tree.threshold[node]))
    return changed
