"""Voting tree ensembles for our own engine: lib/compact/compact_trees.h walks, lib/compact/compact_votes.h counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrator.convert.compact import leaves
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn
from orchestrator.convert.compact.rows import PLACES, Row, Scale, alone_scale, scale_of, shares_scale
from orchestrator.convert.compact.voting import Forest, written
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, check_number, said, trees
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Bound, Piece
from orchestrator.convert.pipeline import Affine

MAX_TREES = 65535


def _forest(
    estimator: Any, name: str, contents: Sequence[Sequence[Row | None]], cut: Thresholds, scale: Scale | None
) -> Forest | None:
    """None where the rows have no scale. Without one, it is found."""
    n_classes = len(estimator.classes_)
    known: dict[Any, int] = {Row(1, ((c, 1),)): c for c in range(n_classes)}
    built = [from_sklearn(t.tree_, rows, known, cut) for t, rows in zip(trees(estimator), contents, strict=True)]
    rows = list(known)
    used = [[rows[leaf] for leaf in set(tree.leaves())] for tree in built]
    most = 15 if n_classes <= 16 else 255
    if scale is None:
        scale = alone_scale(used[0], most) if len(used) == 1 else scale_of(used, most)
    if scale is None or n_classes + len(scale.weights) > PLACES:
        return None
    return Forest(name, n_classes, built, rows, scale)


def min_threshold(tree: Tree) -> int:
    """The smallest threshold of a tree."""
    return min(tree.threshold, default=0)


def _soft_forest(estimator: Any, name: str, made: leaves.Made, cut: Thresholds) -> Forest:
    """Over counts, or over shares where those have no weights that are exact enough."""
    found = _forest(estimator, name, made.rows, cut, None) if made.fractions else None
    if found is not None:
        return found
    n_trees = len(trees(estimator))
    scale = shares_scale(n_trees)
    found = scale and _forest(estimator, name, leaves.shares(estimator) if made.fractions else made.rows, cut, scale)
    if not found:
        raise TooLargeError(f"{n_trees} trees vote too finely: round their leaves (convert.snap, or leaf_steps)")
    return found


def voting(estimator: Any, name: str, options: Options, affine: Affine) -> tuple[leaves.Made | None, Forest]:
    """What becomes of the leaves, None for hard votes, and the trees over them."""
    cut = Thresholds(affine, single=True)
    changed = options.leaves is not None or options.leaf_steps is not None
    alone = len(trees(estimator)) == 1 and not options.probabilities and not changed  # a tree's class is its leaf's
    if options.vote == "hard" or alone:
        contents = [[Row(1, ((int(c), 1),)) for c in classes] for classes in leaves.hard(estimator)]
        one = 255 << 8 if len(contents) == 1 else 1
        return None, _forest(estimator, name, contents, cut, Scale(one, {}, 2, 0, 0.0))
    made = leaves.made(estimator, options)
    return made, _soft_forest(estimator, name, made, cut)


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A tree, a random forest or extra trees that classify."""
    check_classifier(estimator)
    n_trees = len(trees(estimator))
    check_number(estimator, MAX_TREES, "trees", n_trees)
    made, chosen = voting(estimator, name, options, affine)
    if options.nonnegative and (calibration.min(initial=0) < 0 or min(map(min_threshold, chosen.trees)) < 0):
        raise ConvertError("there are features or thresholds below 0: leave nonnegative as it is")
    code, size, code_bytes = written(chosen, options)
    common = {
        "kind": type(estimator).__name__,
        "code": code,
        "headers": ("compact_softmax.h", "compact_trees.h", "compact_votes.h"),
        "members": {"classify": f"{name}_classify"},
        "tables": size,
        "code_bytes": code_bytes,
        "fitted": lambda X: said(estimator, affine.transform(X)),
    }
    if made is None:
        return Piece(
            **common,
            reference=lambda X: leaves.hard_answers(estimator, X, affine),
            note="exact: the majority vote of the trees, the lowest of equals"
            if n_trees > 1
            else "exact: the leaf's class",
        )
    margin, note = 0.0 if chosen.alone else chosen.scale.margin, "exact: the same vote as scikit-learn's"
    if not chosen.alone and (margin or not made.whole):
        note += f"; of classes that are within {max(margin, leaves.ROUNDING):.1g} of a vote the lowest is answered"
    return Piece(
        **common,
        reference=lambda X: leaves.made_answers(made, margin, X, affine),
        bound=Bound(proba=0.5 + chosen.to_255[-1]),
        note=note,
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
