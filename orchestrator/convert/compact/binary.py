"""Binary trees over int16 features, free of whatever library fitted them, simplified without changing an answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from orchestrator.convert.pipeline import Affine
from orchestrator.convert.quantise import HIGH, LOW


@dataclass(frozen=True)
class Tree:
    """Splits in preorder: left if the feature is at most the threshold. `left` and `right` are the child's place, or ~leaf. A tree that is one
    leaf has no splits, and `root` is ~leaf. `share` is the share of the rows that come to each split, as it was fitted."""

    root: int
    feature: Sequence[int]
    threshold: Sequence[int]
    left: Sequence[int]
    right: Sequence[int]
    share: Sequence[float]

    def __len__(self) -> int:
        return len(self.feature)

    def leaves(self) -> Iterator[int]:
        """Its leaves, from left to right."""
        to_do = [self.root]
        while to_do:
            at = to_do.pop()
            if at < 0:
                yield ~at
            else:
                to_do += [self.right[at], self.left[at]]

    def renumbered(self, new: Mapping[int, int]) -> Tree:
        """The same with other numbers for its leaves."""

        def child(at: int) -> int:
            return at if at >= 0 else ~new[~at]

        return replace(self, root=child(self.root), left=[*map(child, self.left)], right=[*map(child, self.right)])


class Thresholds:
    """The largest integer that goes left of a fitted threshold, found by asking the scalers themselves: exact, their rounding included."""

    def __init__(self, affine: Affine, single: bool) -> None:
        """`single` is whether the estimator rounds its input to float32, as scikit-learn's trees do."""
        self._affine = affine
        self._single = single
        self._columns: dict[int, np.ndarray] = {}

    def __call__(self, feature: int, threshold: float) -> int:
        """From −32769 (all go right) to 32767 (all go left)."""
        if self._affine.is_identity:
            return int(np.clip(np.floor(threshold), LOW - 1, HIGH))
        if feature not in self._columns:
            column = self._affine.column(feature)
            self._columns[feature] = column.astype(np.float32).astype(np.float64) if self._single else column
        return LOW - 1 + int(np.searchsorted(self._columns[feature], threshold, side="right"))


def _order(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Nodes in preorder; no recursion, for trees can be deep."""
    order, to_do = [], [0]
    while to_do:
        node = to_do.pop()
        order.append(node)
        if left[node] >= 0:
            to_do += [right[node], left[node]]
    return order


def simplify(
    feature: Sequence[int],
    threshold: Sequence[int],
    left: Sequence[int],
    right: Sequence[int],
    leaf: Sequence[Hashable],
    known: dict[Hashable, int],
    weight: Sequence[float],
) -> Tree:
    """The tree of these nodes (left is negative at a leaf, whose content is `leaf`, and `weight` how many rows came to it), without splits that no int16 crosses and splits between
    equal leaves. `known` numbers the leaves' contents and grows; trees that share it share leaves.
    """
    became: dict[int, int] = {}  # node: ~leaf, or itself
    kept: dict[int, tuple[int, int]] = {}
    order = _order(left, right)
    for node in reversed(order):
        if left[node] < 0:
            became[node] = ~known.setdefault(leaf[node], len(known))
            continue
        low, high = became[left[node]], became[right[node]]
        if threshold[node] < LOW or (low == high and low < 0):
            became[node] = high
        elif threshold[node] >= HIGH:
            became[node] = low
        else:
            became[node], kept[node] = node, (low, high)
    splits, to_do = [], [became[0]]
    while to_do:
        node = to_do.pop()
        if node >= 0:
            splits.append(node)
            to_do += [kept[node][1], kept[node][0]]
    place = {node: at for at, node in enumerate(splits)}

    def child(at: int) -> int:
        return place[at] if at >= 0 else at

    return Tree(
        child(became[0]),
        [int(feature[node]) for node in splits],
        [int(threshold[node]) for node in splits],
        [child(kept[node][0]) for node in splits],
        [child(kept[node][1]) for node in splits],
        [float(weight[node] / weight[0]) for node in splits],
    )


def from_sklearn(
    tree: object,
    leaf: Sequence[Hashable],
    known: dict[Hashable, int],
    cut: Thresholds,
    features: Sequence[int] | None = None,
) -> Tree:
    """A `tree_` of scikit-learn with the leaves' contents `leaf` [n_nodes]; `features` are the columns that it was fitted on."""
    left, right = tree.children_left, tree.children_right
    columns = [int(f) if features is None or f < 0 else int(features[f]) for f in tree.feature]
    thresholds = [cut(f, t) if side >= 0 else 0 for f, t, side in zip(columns, tree.threshold, left, strict=True)]
    return simplify(columns, thresholds, left.tolist(), right.tolist(), leaf, known, tree.weighted_n_node_samples)
