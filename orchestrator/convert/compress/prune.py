"""Which splits of an ensemble to give up first: weakest-link pruning over all of its trees at once.

A leaf that takes the place of a subtree answers the mean of that subtree's training rows. What that costs is the sum of squares
between this mean and the leaves that went, weighted by training rows: for proportions of classes the Gini impurity that the
subtree took away, for values the variance, for boosting the square of what the score moves. The subtree that costs least
a byte of its tables goes first (Breiman, Friedman, Olshen and Stone 1984, chapter 3, with all trees as one).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np

from orchestrator.convert.compress.shapes import Shape

SPLIT_BYTES = 3.0


def _moments(shapes: Sequence[Shape]) -> list[np.ndarray]:
    """At each node of each tree, the weighted sum of squares of the leaves below it around their mean; each output in units of
    its own spread."""
    leaves = [np.flatnonzero(s.left < 0) for s in shapes]
    weight = np.concatenate([s.weight[at] for s, at in zip(shapes, leaves, strict=True)])
    values = np.vstack([s.values[at] for s, at in zip(shapes, leaves, strict=True)])
    unit = np.ones(values.shape[1])
    if len(unit) > 1 and not np.allclose(values.sum(axis=1), 1):  # several outputs, each in a unit of its own
        mean = np.average(values, axis=0, weights=weight)
        spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
        unit = np.where(spread > 0, spread, 1.0)
    found = []
    for s in shapes:
        scaled = s.values / unit
        mass, first, second = s.weight.copy(), scaled * s.weight[:, None], (scaled**2).sum(axis=1) * s.weight
        for node in np.flatnonzero(s.left >= 0)[::-1]:
            left, right = s.left[node], s.right[node]
            mass[node] = mass[left] + mass[right]
            first[node] = first[left] + first[right]
            second[node] = second[left] + second[right]
        found.append(np.maximum(second - (first**2).sum(axis=1) / np.maximum(mass, 1e-300), 0) * (s.left >= 0))
    return found


def order(shapes: Sequence[Shape], leaf_bytes: Sequence[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """For each tree, int [n_nodes]: after how many steps its node splits no more, −1 at leaves; each step takes one split whose
    children are leaves by then. And float [steps + 1], what has been given up after so many steps: never falling.

    `leaf_bytes`, float [n_nodes] for each tree, is what each node takes in tables as a leaf, beside SPLIT_BYTES a split.
    """
    error = _moments(shapes)
    steps = [np.where(s.left >= 0, 0, -1) for s in shapes]
    parent = [np.full(len(s.left), -1) for s in shapes]
    held = [each * (s.left < 0) for s, each in zip(shapes, leaf_bytes, strict=True)]  # bytes of the subtree, now
    spent = [np.zeros(len(s.left)) for s in shapes]  # given up in the subtree so far
    costs = [0.0]

    def price(k: int, node: int) -> float:
        saved = held[k][node] - leaf_bytes[k][node]
        return float((error[k][node] - spent[k][node]) / saved) if saved > 0 else math.inf

    heap: list[tuple[float, int, int]] = []
    for k, s in enumerate(shapes):
        for node in map(int, np.flatnonzero(s.left >= 0)[::-1]):
            parent[k][[s.left[node], s.right[node]]] = node
            held[k][node] = SPLIT_BYTES + held[k][s.left[node]] + held[k][s.right[node]]
            heap.append((price(k, node), k, node))
    heapq.heapify(heap)
    while heap:
        cost, k, node = heapq.heappop(heap)
        if steps[k][node] != 0 or cost != price(k, node):
            continue  # gone with what was above it, or it costs something else by now and is in the heap again
        for below in _splits(shapes[k], steps[k], node):
            more, less = error[k][below] - spent[k][below], held[k][below] - leaf_bytes[k][below]
            costs.append(costs[-1] + max(more, 0.0))
            steps[k][below] = len(costs) - 1
            above = below
            while above >= 0:
                held[k][above] -= less
                spent[k][above] += more
                above = parent[k][above]
        above = int(parent[k][node])
        while above >= 0:
            heapq.heappush(heap, (price(k, above), k, above))
            above = int(parent[k][above])
    return steps, np.array(costs)


def _splits(found: Shape, steps: np.ndarray, root: int) -> list[int]:
    """The splits from `root` down that are there still, children before parents."""
    order, to_do = [], [root]
    while to_do:
        node = to_do.pop()
        if steps[node] == 0:
            order.append(node)
            to_do += [int(found.right[node]), int(found.left[node])]
    return order[::-1]
