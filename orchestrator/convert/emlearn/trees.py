"""Tree ensembles through emlearn, with its faults mended.

Mended here (checked against emlearn 0.23.2 by test/host/convert_test.py):
- emlearn emits `x < int(t)` where scikit-learn has `x <= t`; on integer features `x < floor(t) + 1` is the same.
- emlearn rounds leaf proportions to 254ths and truncates; here they are exact multiples of 1/128 (see `convert.snap`).
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

from orchestrator.convert.ensemble import (
    CLASSIFIERS,
    LEAF_ONE,
    MAX_TREES,
    check_classifier,
    check_number,
    int16_threshold,
    leaf_row,
    said,
    trees,
)
from orchestrator.convert.errors import ConvertError
from orchestrator.convert.options import Options
from orchestrator.convert.piece import Piece
from orchestrator.convert.pipeline import Affine

MAX_CLASSES = 30
MAX_FEATURES = 127
NODE_BYTES = 8


def check(estimator: Any) -> None:
    """Raise ConvertError for what emlearn's trees do not take."""
    check_classifier(estimator)
    check_number(estimator, MAX_CLASSES, "classes", len(estimator.classes_))
    check_number(estimator, MAX_FEATURES, "features", estimator.n_features_in_)
    check_number(estimator, MAX_TREES, "trees", len(trees(estimator)))


def _emlearn_byte(k: int) -> int:
    """What emlearn's quantiser makes of the proportion k/128; it is one to one."""
    return int(np.uint8(np.round(k / LEAF_ONE * 254) / 254 * 255))


def _mended(estimator: Any, leaf_bits: int) -> Any:
    """emlearn's own conversion, with thresholds that split integers as scikit-learn does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = np.geterr()
        import emlearn  # slow, and it makes numpy raise on every floating-point event

        np.seterr(**settings)
        converted = emlearn.convert(estimator, method="loadable", dtype="int16_t", leaf_bits=leaf_bits)
    for node in converted.forest_[0]:
        node[1] = np.int64(int16_threshold(node[1], node[0]) + 1)
        if node[1] > 32767:
            raise ConvertError(
                f"feature {node[0]} is split at 32767, which emlearn cannot tell: use the engine compact"
            )
    return converted


def to_csv(estimator: Any) -> str:
    """The text that emlearn writes for emlearn-micropython's `load_model`: a tree ensemble on int16 features, which there counts one vote a tree, the
    lowest class of equals in each. Raises ConvertError for what emlearn does not take."""
    check(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _mended(estimator, leaf_bits=0).save(name="trees", format="csv")


def to_emlearn(estimator: Any, name: str) -> str:
    """The C that emlearn writes for a snapped tree ensemble on int16 features: `static EmlTrees <name>`."""
    check(estimator)
    for tree in trees(estimator):
        for values in tree.tree_.value[tree.tree_.children_left < 0, 0]:
            leaf_row(values)
    converted = _mended(estimator, leaf_bits=8)
    nodes, roots, leaves = converted.forest_
    back = {_emlearn_byte(k): k for k in range(LEAF_ONE + 1)}
    leaves = [np.array([back[int(byte)] for byte in leaf], dtype=np.uint8) for leaf in leaves]
    converted.forest_ = (nodes, roots, leaves)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = converted.save(name=name, format="c", include_proba=False)
    mutable = f"EmlTrees {name} = {{"
    if mutable not in code:
        raise ConvertError("this emlearn writes its trees in another form than 0.23.2: install the pinned version")
    return code.replace(mutable, f"static const {mutable}")  # a table of constants belongs in flash


def _tables(code: str) -> int:
    """Bytes of the tables that emlearn wrote: nodes, roots and leaves."""
    sizes = {what: int(count) for what, count in re.findall(r"_(nodes|roots|leaves)\[(\d+)\] = ", code)}
    return NODE_BYTES * sizes["nodes"] + 4 * sizes["roots"] + sizes["leaves"]


def forest(estimator: Any, name: str, options: Options, calibration: np.ndarray, affine: Affine) -> Piece:
    """A snapped tree ensemble on int16 features."""
    if not affine.is_identity or options.vote == "hard" or options.leaves or options.leaf_steps or options.code_levels:
        raise ConvertError(
            "emlearn takes no scaler, hard vote, clustered or coarser leaves or code levels: use the engine compact"
        )
    code = to_emlearn(estimator, f"{name}_trees")
    # The text is another project's, so it is spared our warnings: it stays a header of its own.
    return Piece(
        kind=type(estimator).__name__,
        code="",
        files={
            f"{name}_trees.h": f"/* emlearn's own output, so spared our warnings. */\n#pragma GCC system_header\n{code}"
        },
        headers=(f"{name}_trees.h",),
        members={"classify": "emlearn_classify"},
        content=f"&{name}_trees",
        reference=lambda X: said(estimator, X),
        tables=_tables(code),
        note="exact: the same integer vote as scikit-learn's over leaves of 128ths",
    )


KINDS = dict.fromkeys(CLASSIFIERS, forest)
