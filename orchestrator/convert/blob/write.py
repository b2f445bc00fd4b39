"""From a fitted estimator to a loadable model that has proved itself."""

from __future__ import annotations

import math
from typing import Any

from fieldmouse.blob import Blob, BlobError
from orchestrator.convert.blob import linear, trees
from orchestrator.convert.blob.frame import Content, assemble
from orchestrator.convert.check import Measured, against_fitted, compare
from orchestrator.convert.compress import compressed, fitted_answers
from orchestrator.convert.conversion import integer_rows
from orchestrator.convert.ensemble import CLASSIFIERS
from orchestrator.convert.errors import ConvertError, TooLargeError
from orchestrator.convert.header import ModelFacts, check_facts
from orchestrator.convert.options import Options
from orchestrator.convert.pipeline import unwrap

KINDS = {**trees.KINDS, **linear.KINDS}


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
            f"{kind} cannot be loaded; these can: {', '.join(sorted(KINDS))}; build it into the firmware"
        )
    check_facts(facts)
    chosen = options or Options()
    rows = integer_rows(calibration if parts.quantiser is None else parts.quantiser.transform(calibration))

    def made(tried: Any) -> tuple[bytes, Content]:
        content = KINDS[kind](unwrap(tried).estimator, chosen, rows, parts.affine)
        return assemble(facts, content), content

    def bytes_of(tried: Any) -> float:
        try:
            return len(made(tried)[0])
        except TooLargeError:
            return math.inf

    changed, _ = compressed(model, chosen, rows, bytes_of)
    blob, content = made(changed)
    try:
        loaded = Blob(blob)
    except BlobError as error:
        raise ConvertError(f"the written model does not pass its own check ({error}): please report it") from None
    measured = compare(loaded, content.reference(rows), rows, content.bound, f"loadable {kind}")
    if changed is model and kind not in CLASSIFIERS:  # of which votes and leaves may be others too
        return blob, measured
    return blob, against_fitted(loaded, measured, fitted_answers(model, rows), rows)
