"""A fitted model as bytes that a board loads into RAM: what lib/model/model_blob.h describes, written and proved."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldmouse.blob import Blob, BlobError
from orchestrator.convert.check import Measured, compare
from orchestrator.convert.compact import leaves
from orchestrator.convert.compact.binary import Thresholds, Tree, from_sklearn
from orchestrator.convert.compact.packing import FLAGS, LEFT_LEAF, RIGHT_LEAF, left_leaves
from orchestrator.convert.compact.sums import fold
from orchestrator.convert.compact.tree_values import REGRESSORS, sources
from orchestrator.convert.conversion import integer_rows
from orchestrator.convert.ensemble import CLASSIFIERS, check_classifier, trees
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.header import ModelFacts, check_facts
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Answers, Bound
from orchestrator.convert.pipeline import Affine, unwrap

VERSION = 1
WIDEST = 64  # classes and outputs
MOST = 2**24  # bytes, and votes
NAMES, TREES, SHARES, VALUES = 1, 2, 3, 4
HEAD_BYTES, ROW_BYTES = 48, 12


@dataclass(frozen=True)
class Content:
    """What one kind of model puts into a blob: sections by type, and what its answers must be."""

    sections: Mapping[int, bytes]
    reference: Callable[[np.ndarray], Answers]
    bound: Bound
    n_outputs: int = 0
    fraction: int = 0


def _fields(value: str) -> bytes:
    return value.encode("ascii").ljust(16, b"\0")


def _table(kind: str, what: str, values: Any) -> bytes:
    numbers = np.asarray(values, dtype=np.int64)
    limits = np.iinfo(kind)
    if numbers.size and (numbers.min() < limits.min or numbers.max() > limits.max):
        raise TooLargeError(f"{what} reach {numbers.max()}, and a loadable model holds {limits.max}")
    return numbers.astype(f"<{np.dtype(kind).str[1:]}").tobytes()


def _trees(forest: list[Tree]) -> bytes:
    """The section TREES."""
    rows = [
        row
        for tree in forest
        for row in zip(tree.threshold, tree.feature, tree.left, tree.right, left_leaves(tree), strict=True)
    ]
    heads = [
        feature << FLAGS | (LEFT_LEAF if left < 0 else 0) | (RIGHT_LEAF if right < 0 else 0)
        for _, feature, left, right, _ in rows
    ]
    links = [link for *_, link in rows]
    narrow = max(heads, default=0) <= 255 and max(links, default=0) <= 255
    width = "u1" if narrow else "<u2"
    _table("uint16", "features times four", heads)
    _table("uint16", "leaves below one split", links)
    splits = np.zeros(len(rows), dtype=[("threshold", "<i2"), ("head", width), ("link", width)])
    splits["threshold"], splits["head"], splits["link"] = [row[0] for row in rows], heads, links
    found = [leaf for tree in forest for leaf in tree.leaves()]
    kind = "uint8" if max(found) <= 255 else "uint16"
    counts = _table("uint16", "splits of a tree", [len(tree) for tree in forest])
    _table("uint16", "trees", len(forest))
    head = struct.pack("<HBBI", len(forest), splits.itemsize, np.dtype(kind).itemsize, len(rows))
    return head + counts + splits.tobytes() + _table(kind, "rows of leaves", found)


def _classifier(estimator: Any, options: Options, X: np.ndarray, affine: Affine) -> Content:
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
    if one * len(forest) > MOST:
        raise TooLargeError(f"{len(forest)} trees with leaves of 1/{one}: choose coarser leaves (leaf_steps)")
    used = sorted({leaf for tree in forest for leaf in tree.leaves() if leaf >= n_classes})
    new = {c: c for c in range(n_classes)} | {leaf: n_classes + row for row, leaf in enumerate(used)}
    row_of = {number: row for row, number in known.items()}
    kind = "uint8" if one <= 255 else "uint16"
    shares = struct.pack("<HHBB", one, len(used), np.dtype(kind).itemsize, 0)
    shares += _table(kind, "shares", [row_of[leaf] for leaf in used])
    names = b"".join(_fields(str(name)) for name in estimator.classes_)
    sections = {NAMES: names, TREES: _trees([tree.renumbered(new) for tree in forest]), SHARES: shares}
    if made is None:
        return Content(sections, lambda X: leaves.hard_answers(estimator, X, affine), Bound())
    exact = made.on_purpose or made.error == 0
    bound = Bound(proba=0.5 if exact else 0.5 + made.error * 255)
    return Content(sections, lambda X: leaves.soft_answers(made, X, affine), bound)


def _regressor(estimator: Any, _options: Options, _X: np.ndarray, affine: Affine) -> Content:
    """A tree or a forest that regresses, of one output or several."""
    group = sources(estimator)
    m = group[0].values.shape[1]
    folded = fold([group], np.zeros((1, m)), Thresholds(affine, single=True), even=True)
    values = struct.pack("<HBB", len(folded.contents), np.dtype(folded.kind[:-2]).itemsize, 0)
    values += _table("int32", "values to begin with", folded.bias) + _table(folded.kind[:-2], "values", folded.contents)
    return Content(
        {TREES: _trees(folded.trees), VALUES: values},
        lambda X: Answers(outputs=np.asarray(estimator.predict(affine.transform(X)), dtype=float).reshape(len(X), m)),
        Bound(output=folded.error * (1 + 1e-6)),
        m,
        folded.fraction,
    )


KINDS = {**dict.fromkeys(CLASSIFIERS, _classifier), **dict.fromkeys(REGRESSORS, _regressor)}


def _assemble(facts: ModelFacts, content: Content) -> bytes:
    """The whole blob."""
    n_classes = len(facts.classes)
    if max(n_classes, content.n_outputs) > WIDEST:
        raise TooLargeError(
            f"a loadable model has at most {WIDEST} classes or outputs, not {max(n_classes, content.n_outputs)}"
        )
    at = HEAD_BYTES + ROW_BYTES * len(content.sections)
    rows, body = b"", b""
    for kind, section in sorted(content.sections.items()):
        rows += struct.pack("<HHII", kind, 0, at + len(body), len(section))
        body += section
    size = at + len(body)
    if size > MOST:
        raise TooLargeError(f"the model takes {size} bytes, and {MOST} are the most")
    head = struct.pack("<IHHIHBBB7x", size, VERSION, len(content.sections), facts.rate_hz, facts.n_features, n_classes, content.n_outputs, content.fraction)  # fmt: skip
    rest = head + _fields(facts.data) + rows + body
    return b"fmbl" + struct.pack("<I", zlib.crc32(rest)) + rest


def write_blob(
    model: Any, facts: ModelFacts, calibration: Any, options: Options | None = None
) -> tuple[bytes, Measured]:
    """A fitted estimator or pipeline as a loadable model, and what was measured of it: the firmware's checker finds it good, and its walker
    has answered every calibration row (int16, or float where the pipeline begins with a Quantiser) within the bound.

    Raises ConvertError otherwise, and for what has no loadable form.
    """
    parts = unwrap(model)
    kind = type(parts.estimator).__name__
    if kind not in KINDS:
        raise ConvertError(
            f"{kind} has no loadable form; these have: {', '.join(sorted(KINDS))}; build it into the firmware"
        )
    check_facts(facts)
    rows = integer_rows(calibration if parts.quantiser is None else parts.quantiser.transform(calibration))
    content = KINDS[kind](parts.estimator, options or Options(), rows, parts.affine)
    blob = _assemble(facts, content)
    try:
        loaded = Blob(blob)
    except BlobError as error:
        raise ConvertError(f"the written model does not pass its own check ({error}): please report it") from None
    return blob, compare(loaded, content.reference(rows), rows, content.bound, f"loadable {kind}")
