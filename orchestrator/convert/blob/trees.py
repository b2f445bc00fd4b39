"""Trees in a loadable model: their splits, and leaves that vote or are added up."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrator.convert.blob.frame import SHARES, TREES, VALUES, Content, link, names, table
from orchestrator.convert.compact import boosting, isolation, leaves, tree_values
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn
from orchestrator.convert.compact.packing import head, left_leaves
from orchestrator.convert.compact.sums import Folded, Terms, fold
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, trees
from orchestrator.convert.errors import TooLargeError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound
from orchestrator.convert.pipeline import Affine


def _trees(forest: list[Tree], kind: str | None) -> bytes:
    """The section TREES, with leaves of that type or of none."""
    rows = [(tree.threshold[at], head(tree, at), link) for tree in forest for at, link in enumerate(left_leaves(tree))]
    heads, links = [row[1] for row in rows], [row[2] for row in rows]
    width = "u1" if max(heads, default=0) <= 255 and max(links, default=0) <= 255 else "<u2"
    table("uint16", "features times four", heads)
    table("uint16", "leaves below one split", links)
    splits = np.array(rows, dtype=[("threshold", "<i2"), ("head", width), ("link", width)])
    found = [leaf for tree in forest for leaf in tree.leaves()] if kind else []
    table("uint16", "trees", len(forest))
    leaf_bytes = np.dtype(kind).itemsize if kind else 0
    counts = table("uint16", "splits of a tree", [len(tree) for tree in forest])
    start = struct.pack("<HBBI", len(forest), splits.itemsize, leaf_bytes, len(rows))
    return start + counts + splits.tobytes() + (table(kind, "rows of leaves", found) if kind else b"")


def _leaf_type(forest: list[Tree], n_rows: int, row_bytes: int) -> str | None:
    """Of leaves that share rows, or None where a row a leaf is shorter."""
    found = [leaf for tree in forest for leaf in tree.leaves()]
    kind = "uint8" if max(found) <= 255 else "uint16"
    shared = len(found) * np.dtype(kind).itemsize + n_rows * row_bytes
    return kind if shared <= len(found) * row_bytes or len(found) > 65535 else None


def votes(estimator: Any, options: Options, X: np.ndarray, affine: Affine) -> Content:
    """A tree or a forest that classifies: soft votes, or hard ones."""
    check_classifier(estimator)
    n_classes, cut = len(estimator.classes_), Thresholds(affine, single=True)
    made = None
    if options.vote == "hard":
        one, contents = 1, leaves.hard(estimator)
        known: dict[Any, int] = {c: c for c in range(n_classes)}
    else:
        made = leaves.soft(estimator, options, X, affine)
        one, contents = made.one, [list(map(tuple, rows.tolist())) for rows in made.rows]
        known = {tuple(one if k == c else 0 for k in range(n_classes)): c for c in range(n_classes)}
    forest = [from_sklearn(t.tree_, leaf, known, cut) for t, leaf in zip(trees(estimator), contents, strict=True)]
    if one * len(forest) >= 2**32:
        raise TooLargeError(f"{len(forest)} trees with leaves of 1/{one}: choose coarser leaves (leaf_steps)")
    used = sorted({leaf for tree in forest for leaf in tree.leaves() if leaf >= n_classes})
    new = {**{c: c for c in range(n_classes)}, **{leaf: n_classes + k for k, leaf in enumerate(used)}}
    forest = [tree.renumbered(new) for tree in forest]
    kind = "uint8" if one <= 255 else "uint16" if one <= 65535 else "uint32"
    row_of = {number: row for row, number in known.items()}
    rows = [row_of[leaf] for leaf in used]
    leaf_type = _leaf_type(forest, len(used), n_classes * np.dtype(kind).itemsize)
    if leaf_type is None:
        pure = np.eye(n_classes, dtype=int) * one
        rows = [pure[at] if at < n_classes else rows[at - n_classes] for tree in forest for at in tree.leaves()]
    shares = struct.pack("<IIHBB", one, 0, len(rows), np.dtype(kind).itemsize, 0) + table(kind, "shares", rows)
    sections = {**names(estimator), TREES: _trees(forest, leaf_type), SHARES: shares}
    if made is None:
        return Content(sections, lambda X: leaves.hard_answers(estimator, X, affine), Bound())
    exact = made.on_purpose or made.error == 0
    bound = Bound(proba=0.5 if exact else 0.5 + made.error * 255)
    return Content(sections, lambda X: leaves.soft_answers(made, X, affine), bound)


def _sums(terms: Terms, affine: Affine) -> tuple[Folded, dict[int, bytes]]:
    """What is added up, and its sections."""
    folded = fold(terms, affine)
    kind = folded.kind.removesuffix("_t")
    n_bytes = np.dtype(kind).itemsize
    leaf_type = _leaf_type(folded.trees, len(folded.contents), n_bytes * terms.bias.shape[1])
    rows: Sequence[Any] = folded.contents
    if leaf_type is None:
        rows = [rows[leaf] for tree in folded.trees for leaf in tree.leaves()]
    table("uint16", "rows of values", len(rows))
    start = struct.pack("<HBB", len(rows), n_bytes, len(terms.groups))
    start += table("int32", "values to begin with", folded.bias)
    return folded, {TREES: _trees(folded.trees, leaf_type), VALUES: start + table(kind, "values", rows)}


def values(estimator: Any, _options: Options, _X: np.ndarray, affine: Affine) -> Content:
    """Trees, forests and boosting that regress, of one output or several."""
    terms = (
        tree_values.terms(estimator)
        if type(estimator).__name__ in tree_values.REGRESSORS
        else boosting.terms(estimator)
    )
    folded, sections = _sums(terms, affine)
    n = folded.bias.size
    return Content(
        sections,
        lambda X: Answers(outputs=np.asarray(estimator.predict(affine.transform(X)), dtype=float).reshape(len(X), n)),
        Bound(output=folded.error * (1 + 1e-6)),
        n,
        folded.fraction,
    )


def classes(estimator: Any, options: Options, _X: np.ndarray, affine: Affine) -> Content:
    """Boosting that classifies."""
    folded, sections = _sums(boosting.terms(estimator), affine)
    return Content(
        {**names(estimator), **sections, **link(boosting.logs_of(estimator, folded.fraction))},
        boosting.class_answers(estimator, affine, folded.error),
        boosting.class_bound(estimator, folded.error),
    )


def score(estimator: Any, _options: Options, _X: np.ndarray, affine: Affine) -> Content:
    """An isolation forest."""
    folded, sections = _sums(isolation.terms(estimator), affine)
    return Content(
        {**sections, **link(isolation.logs_of(folded.fraction), isolation.offset_of(estimator))},
        lambda X: Answers(score=estimator.decision_function(affine.transform(X))),
        Bound(score=isolation.error_of(folded.error)),
        fraction=isolation.FRACTION,
    )


KINDS = {
    **dict.fromkeys(CLASSIFIERS, votes),
    **dict.fromkeys(tree_values.REGRESSORS, values),
    **{kind: values if kind.endswith("Regressor") else classes for kind in boosting.KINDS},
    **dict.fromkeys(isolation.KINDS, score),
}
